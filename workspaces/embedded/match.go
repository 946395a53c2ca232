package embedded

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"golang.org/x/sync/errgroup"

	"featops/features/asof"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// Match implements [workspaces.Workspace], for copies of tables of other workspaces too. It reads the keys of the table's files, several files at a time.
func (w *Workspace) Match(ctx context.Context, t workspaces.Table, labels *asof.Labels, lookback int) (workspaces.Matches, error) {
	m, err := w.match(ctx, t, labels, lookback)
	if err != nil {
		return nil, fmt.Errorf("match labels with %s.%s in %s: %w", t.Database, t.Name, w.options.Name, err)
	}
	return m, nil
}

func (w *Workspace) match(ctx context.Context, t workspaces.Table, labels *asof.Labels, lookback int) (_ *matches, err error) {
	s, err := w.snapshotOf(ctx, t)
	if err != nil {
		return nil, err
	}
	columns, err := s.OpenColumns()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, columns.Close())
		}
	}()
	matching := labels.Match()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for file := range columns.Files() {
		g.Go(func() (err error) {
			defer recovered(&err)
			return columns.Read(ctx, file, mergeKeys, func(r arrow.Record, first int64) error {
				who := wide(r.Column(0))
				defer who.Release()
				return matching.Add(who, r.Column(1), first)
			})
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	rows, err := matching.Finish(lookback)
	if err != nil {
		return nil, err
	}
	return &matches{rows: rows, columns: columns}, nil
}

// snapshotOf is a feature table, or the copy of one, at the version that it is given with.
func (w *Workspace) snapshotOf(ctx context.Context, t workspaces.Table) (*delta.Snapshot, error) {
	if t.Workspace != w.options.Name {
		return w.copyAt(ctx, t.Workspace, t.Name, t.Version)
	}
	table, err := w.table(t.Name)
	if err != nil {
		return nil, err
	}
	s, err := table.SnapshotAt(ctx, t.Version)
	return s, w.noTable(t.Name, err)
}

// recovered turns a panic of a goroutine into its error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}

// wide returns customers as 64-bit numbers where they are shorter ones.
func wide(who arrow.Array) arrow.Array {
	short, ok := who.(*array.Int32)
	if !ok {
		who.Retain()
		return who
	}
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(short.Len())
	for i, v := range short.Int32Values() {
		if short.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(int64(v))
		}
	}
	return b.NewArray()
}

// matches are rows of a version of a table.
type matches struct {
	rows    *asof.Rows
	columns *delta.Columns
}

func (m *matches) Counts() asof.Counts { return m.rows.Counts }
func (m *matches) Close() error        { return m.columns.Close() }

// Column implements [workspaces.Matches]. Row groups of which no row is matched are not read.
func (m *matches) Column(ctx context.Context, name string) (*asof.Column, error) {
	i := m.columns.Schema().FieldIndices(name)
	if len(i) == 0 {
		return nil, fmt.Errorf("no column %s", name)
	}
	c, err := m.rows.Column(m.columns.Schema().Field(i[0]).Type)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", name, err)
	}
	for file := range m.columns.Files() {
		err := m.columns.Take(ctx, file, name, m.rows.Within, func(values arrow.Array, first, rows int64) error {
			m.rows.Put(c, values, first, rows)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}
