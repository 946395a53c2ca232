// Package columnar computes feature tables from Arrow record batches.
//
// A table's expressions (package features) are compiled once to operations on registers: vectors
// of one type with a mask of nulls. An expression that occurs twice is computed once.
//
// The source is read to its end and only the columns that the table needs are kept, in narrow
// types, texts as codes. The rows are then ordered once by customer and month, and cut into
// partitions of whole customers. Rows that do not fit into memory are ordered in parts on disk, from which a partition is put
// together when it is read. A partition is computed as it is read, in morsels of some
// thousand rows, small enough for the second cache level: the operations on rows, the groups of a
// customer and month, of all groups what windows see, and then the features of the groups in the output
// window. The bounds of windows are found once for all columns. No operation allocates for a cell, and none dispatches for
// a cell.
//
// Results do not depend on the number of workers, on how the source is cut into batches, or on the
// machine: sums run in the order of the rows, windows are summed anew rather than slid, and no
// product is fused with a sum.
package columnar

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"featops/features"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/kamstrup/intmap"
)

// Options bound and steer a computation.
type Options struct {
	Start, End time.Time // first and last release date of the output, inclusive, in UTC

	// BadRowsShare is the share of the rows, of those that the table keeps, whose event month may
	// be none: 0 tolerates none, 0.01 one in a hundred. Such rows are left out.
	BadRowsShare float64

	// History leaves out rows that no window of the output sees; nil keeps all.
	History *History

	Workers  int            // goroutines that decode; 0 means GOMAXPROCS
	Memory   *Memory        // nil: the whole source is held
	Progress func(Progress) // may be nil; called by one goroutine at a time
}

// History says which source rows of a table with event months can count.
type History struct {
	From   int32              // the first event month that counts for every customer, as [MonthOf] counts
	Longer *intmap.Set[int64] // the customers of whom earlier ones count too
}

// Progress tells how far a computation is.
type Progress struct {
	Stage string // "read", "sort", "compute"
	Rows  int64  // source rows that are done in this stage
	Total int64  // of so many; 0 while unknown, in the stage "read"
	Disk  int64  // bytes of rows that were sorted on disk so far
}

// Report is what was seen in the source.
type Report struct {
	SourceRows int64
	KeptRows   int64   // that features are computed from
	BadRows    int64   // whose event month is none, among those that would be kept
	BadExample *BadRow // the first one; nil without one
	// FirstMonth and LastMonth are the first and last event month of the kept rows, as their
	// first days in UTC. Zero without rows and in a table without event months.
	FirstMonth, LastMonth time.Time
	// DiskParts says in how many parts the kept rows were sorted on disk, and DiskBytes how large these are; 0 where they
	// were sorted in memory.
	DiskParts int
	DiskBytes int64
}

// Result is a computed table, whose rows are made as partitions are read.
type Result struct {
	plan       *plan
	sizes      sizes
	store      *store // nil where the rows are on disk
	keeper     *keeper
	report     Report
	partitions []partition
	machines   sync.Pool // of *machine

	mu       sync.Mutex // held while progress is told
	progress func(Progress)
	computed int64
}

// Compute reads the source to its end and prepares the table's rows in the order of customer and
// release date, cut into partitions of whole customers.
//
// A definition that does not fit together and columns that are missing or of a wrong type are
// errors, each kind with all its problems in one. *BadMonthsError: more rows than allowed are
// without an event month. A whole number on the way to Where that is no BIGINT is an error that
// names the row.
func Compute(ctx context.Context, t features.Table, source array.RecordReader, opt Options) (*Result, error) {
	return compute(ctx, t, source, opt, measured)
}

func compute(ctx context.Context, t features.Table, source array.RecordReader, opt Options, sizes sizes) (*Result, error) {
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	p, err := newPlan(t, source.Schema(), opt)
	if err != nil {
		return nil, err
	}
	r := &Result{plan: p, sizes: sizes, progress: opt.Progress}
	r.machines.New = func() any { return p.newMachine() }
	r.machines.Put(p.newMachine()) // which finds the columns to store

	if err := r.read(ctx, source, opt); err != nil {
		return nil, errors.Join(fmt.Errorf("compute %s: %w", t.Name, err), r.Release())
	}
	return r, nil
}

// read reads the source to its end and cuts it into partitions.
func (r *Result) read(ctx context.Context, source array.RecordReader, opt Options) (err error) {
	p := r.plan
	r.keeper = p.newKeeper(opt.Memory, r.sizes, opt.Workers, &r.report)
	told := func(rows int64) { r.tell(Progress{Stage: "read", Rows: rows}) }
	if r.report.SourceRows, err = p.read(ctx, source, r.sizes.piece, opt.Workers, told, r.keeper.take); err == nil {
		err = r.keeper.finish(ctx, opt.BadRowsShare)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", p.source, err)
	}
	rows := r.report.KeptRows
	r.tell(Progress{Stage: "sort", Total: rows})
	if len(r.keeper.parts) > 0 {
		r.cutParts(opt.Workers)
	} else {
		if r.store, err = r.keeper.sorted(); err != nil {
			return err
		}
		r.cut(opt.Workers)
	}
	r.tell(Progress{Stage: "sort", Rows: rows, Total: rows})
	return ctx.Err()
}

// tell reports progress, if somebody listens.
func (r *Result) tell(p Progress) {
	if r.progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p.Disk = r.keeper.disk.Load()
	r.progress(p)
}

// Schema returns the keys and the features with their prefix; the metadata of each field has its
// meaning under "comment".
func (r *Result) Schema() *arrow.Schema { return r.plan.schema }

// Report returns what was seen in the source.
func (r *Result) Report() Report { return r.report }

// Partitions returns the number of partitions: none without rows.
func (r *Result) Partitions() int { return len(r.partitions) }

// Partition returns the rows of partition i, from 0, which are computed by the goroutine that reads
// them. Several partitions may be read at the same time. An *OverflowError ends the reading (see
// Err): a whole number of the output is no INT, or one on the way to it, also in a branch that is not taken, is no BIGINT. In
// months that no row of the output sees that may be an error, too.
//
// A record that is released gives its memory to later ones.
func (r *Result) Partition(ctx context.Context, i int) array.RecordReader {
	return newReader(ctx, r, r.partitions[i])
}

// Release lets go of the source's rows, those on disk too. Partitions must not be read afterwards.
func (r *Result) Release() error {
	r.store, r.machines = nil, sync.Pool{}
	return r.keeper.close()
}
