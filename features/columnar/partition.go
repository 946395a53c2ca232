package columnar

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// reader computes a partition as it is read.
type reader struct {
	references atomic.Int64
	ctx        context.Context
	result     *Result
	partition  partition
	machine    *machine // nil when there is nothing left to read
	store      *store   // nil until the first record is read
	from, to   int      // the rows in order that are not computed yet
	ids        []uint32 // of a morsel of a table without event months,
	releases   []int32  // and their release months
	record     arrow.Record
	err        error
}

func newReader(ctx context.Context, r *Result, p partition) *reader {
	out := &reader{ctx: ctx, result: r, machine: r.machines.Get().(*machine), partition: p}
	out.references.Store(1)
	return out
}

func (r *reader) Retain() { r.references.Add(1) }

func (r *reader) Release() {
	if r.references.Add(-1) == 0 {
		r.drop()
		r.end()
	}
}

func (r *reader) Schema() *arrow.Schema { return r.result.plan.schema }
func (r *reader) Record() arrow.Record  { return r.record }
func (r *reader) Err() error            { return r.err }

func (r *reader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

// end gives the machine back. What its sinks still hold would get into another partition.
func (r *reader) end() {
	if r.machine != nil && r.err == nil && r.from == r.to {
		r.machine.use(nil)
		r.result.machines.Put(r.machine)
	}
	r.machine, r.store = nil, nil
}

// load makes the rows of the partition available.
func (r *reader) load() (err error) {
	r.store, r.from, r.to = r.result.store, r.partition.from, r.partition.to
	if r.store == nil {
		if r.store, err = r.result.keeper.load(r.ctx, r.partition); err != nil {
			return err
		}
		r.to = r.store.rows
	}
	r.machine.use(r.store)
	return nil
}

// Next computes the next record.
func (r *reader) Next() bool {
	r.drop()
	if r.machine == nil {
		return false
	}
	if r.store == nil {
		if err := r.load(); err != nil {
			return r.fail(err)
		}
	}
	rows, before := 0, r.from
	sizes := r.result.sizes
	for (rows == 0 || rows+sizes.morsel <= sizes.record) && r.from < r.to {
		n, err := r.morsel()
		if err != nil {
			return r.fail(err)
		}
		rows += n
	}
	r.result.advance(int64(r.from - before))
	if rows == 0 {
		r.end()
		return false
	}
	columns := make([]arrow.Array, len(r.machine.sinks))
	for i, s := range r.machine.sinks {
		columns[i] = s.take()
	}
	r.record = array.NewRecord(r.Schema(), columns, int64(rows))
	for _, c := range columns {
		c.Release()
	}
	return true
}

func (r *reader) fail(err error) bool {
	r.err = fmt.Errorf("compute %s: %w", r.result.plan.table.Name, err)
	r.end()
	return false
}

// advance tells that so many more source rows are computed.
func (r *Result) advance(rows int64) {
	if r.progress == nil || rows == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.computed += rows
	r.progress(Progress{Stage: "compute", Rows: r.computed, Total: r.report.KeptRows, Disk: r.report.DiskBytes})
}

// morsel computes the next rows of whole customers and returns how many rows of output they gave.
func (r *reader) morsel() (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	s, m := r.store, r.machine
	if r.result.plan.grouped() {
		r.group(s, m)
	} else {
		r.expand(s, m)
	}
	return m.compute()
}

// group loads the rows of whole customers.
func (r *reader) group(s *store, m *machine) {
	lo := r.from
	hi := min(lo+r.result.sizes.morsel, r.to)
	for hi < r.to && s.customerAt(hi) == s.customerAt(hi-1) {
		hi++
	}
	r.from = hi
	if piece, first, ok := s.together(lo, hi); ok {
		m.slice(s, piece, first, first+hi-lo)
	} else {
		m.gather(s, s.order[lo:hi], nil)
	}
}

// expand loads each row once for every month of the output from its first one on. Rows of the same
// customer give their months side by side, so that the keys stay in order.
func (r *reader) expand(s *store, m *machine) {
	p := r.result.plan
	since := func(row uint32) int32 { return s.release[row>>rowBits][row&rowMask] }
	ids, releases := r.ids[:0], r.releases[:0]
	for r.from < r.to && len(ids) < r.result.sizes.morsel {
		lo := r.from
		first := since(s.order[lo])
		for r.from++; r.from < r.to && s.customerAt(r.from) == s.customerAt(lo); r.from++ {
			first = min(first, since(s.order[r.from]))
		}
		for month := max(first, p.from); month <= p.to; month++ {
			for _, row := range s.order[lo:r.from] {
				if since(row) <= month {
					ids, releases = append(ids, row), append(releases, month)
				}
			}
		}
	}
	r.ids, r.releases = ids, releases
	m.gather(s, ids, releases)
}
