package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"golang.org/x/sync/errgroup"

	"featops/features"
	"featops/workspaces/delta"
)

// inputDir is the directory with the sources of so many customers and months in an order.
func (o options) inputDir(customers, months int, order string) string {
	return filepath.Join(o.input, fmt.Sprintf("%dx%d-by-%s", customers, months, order))
}

// generate writes the source of a table in an order, as a Delta table, unless it is there.
func (t task) generate(ctx context.Context) error {
	source := t.table().Source
	dir := filepath.Join(t.Source, source.Name)
	if _, err := delta.At(dir).Snapshot(ctx); err == nil {
		return nil
	} else if !errors.Is(err, delta.ErrNoTable) {
		return err
	}
	months := t.Months
	if source.Name == features.Clients.Name {
		months = 1
	}
	steps := t.Customers * months
	staging := filepath.Join(t.Source, "staging-"+source.Name)
	written := make([][]delta.DataFile, t.Threads)
	g, ctx := errgroup.WithContext(ctx)
	for i := range written {
		g.Go(func() (err error) {
			reader, err := newReader(source, t, months, steps*i/t.Threads, steps*(i+1)/t.Threads)
			if err == nil {
				written[i], err = delta.WriteFiles(ctx, staging, reader, delta.WriteOptions{})
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	schema, err := source.Columns.Arrow()
	if err != nil {
		return err
	}
	if _, err := delta.At(dir).Create(context.WithoutCancel(ctx), delta.Metadata{Schema: schema}, slices.Concat(written...), delta.CommitOptions{}); err != nil {
		return err
	}
	if err := os.Remove(staging); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// reader gives the rows of the steps next to end, a customer and a month each, in an order.
type reader struct {
	rows
	customers       int
	monthsPerClient int
	byMonth         bool
	next, end       int
	record          arrow.Record
}

func newReader(source features.Source, t task, months, from, to int) (*reader, error) {
	schema, err := source.Columns.Arrow()
	if err != nil {
		return nil, err
	}
	r := &reader{customers: t.Customers, monthsPerClient: months, byMonth: t.Order == "month", next: from, end: to}
	r.rows = rows{
		append: appenders[source.Name], builder: array.NewRecordBuilder(memory.DefaultAllocator, schema),
		months: t.Months, periods: periodsOf(t.Months),
	}
	r.rows.Rand = rand.New(&r.rows.pcg)
	return r, nil
}

func (r *reader) Retain()               {}
func (r *reader) Release()              {}
func (r *reader) Schema() *arrow.Schema { return r.builder.Schema() }
func (r *reader) Record() arrow.Record  { return r.record }
func (r *reader) Err() error            { return nil }

func (r *reader) Next() bool {
	const batch = 1 << 14
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
	for r.n = 0; r.next < r.end && r.n < batch; r.next++ {
		if r.byMonth {
			r.append(&r.rows, r.next%r.customers, r.next/r.customers)
		} else {
			r.append(&r.rows, r.next/r.monthsPerClient, r.next%r.monthsPerClient)
		}
	}
	if r.n == 0 {
		return false
	}
	r.record = r.builder.NewRecord()
	return true
}

// warm reads the files of a source.
func warm(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return err
}
