package embedded

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// Source implements [workspaces.Workspace].
func (w *Workspace) Source(ctx context.Context, s features.Source) (workspaces.Table, error) {
	t, err := w.source(s)
	if err != nil {
		return workspaces.Table{}, err
	}
	now, err := t.Snapshot(ctx)
	if err != nil {
		return workspaces.Table{}, w.noTable(s.FullName(), err)
	}
	rows, err := now.Rows()
	if err != nil {
		return workspaces.Table{}, err
	}
	return workspaces.Table{
		Workspace: w.options.Name, Database: s.Database, Name: s.Name, Location: t.Path(), Version: now.Version,
		Updated: now.Timestamp, Rows: rows, Schema: sourceColumns(now), Description: now.Metadata.Description,
	}, nil
}

// sourceColumns are the columns of a source. It may have some of types that are of no use to featops: those are called as
// Arrow calls them.
func sourceColumns(s *delta.Snapshot) schema.Schema {
	fields := s.Metadata.Schema.Fields()
	out := make(schema.Schema, len(fields))
	for i, f := range fields {
		kind, err := schema.FromArrow(f.Type)
		if err != nil {
			kind = schema.Type(f.Type.String())
		}
		comment, _ := f.Metadata.GetValue("comment")
		out[i] = schema.Column{Name: f.Name, Type: kind, Comment: comment}
	}
	return out
}

// Statistics implements [workspaces.Workspace]. Bounds and null counts are those of the Delta log; the customers are
// counted in the data.
func (w *Workspace) Statistics(ctx context.Context, t workspaces.Table, customer string) (workspaces.Statistics, error) {
	out, err := w.statistics(ctx, t, customer)
	if err != nil {
		err = fmt.Errorf("statistics of %s.%s in %s: %w", t.Database, t.Name, w.options.Name, err)
	}
	return out, err
}

func (w *Workspace) statistics(ctx context.Context, t workspaces.Table, customer string) (out workspaces.Statistics, err error) {
	table, err := w.source(features.Source{Database: t.Database, Name: t.Name})
	if err != nil {
		return out, err
	}
	s, err := table.SnapshotAt(ctx, t.Version)
	if err != nil {
		return out, err
	}
	if out.Rows, err = s.Rows(); err != nil {
		return out, err
	}
	columns, err := s.Summary(ctx)
	if err != nil {
		return out, err
	}
	for _, c := range columns {
		out.Columns = append(out.Columns, workspaces.ColumnStatistics{
			Column: c.Name, Nulls: c.Nulls, Min: c.Min, Max: c.Max, MinCut: c.MinCut, MaxCut: c.MaxCut,
		})
	}
	if customer != "" {
		out.Customers, err = distinct(ctx, s, customer)
	}
	return out, err
}

// distinct counts the different values of a column, nulls not counted.
func distinct(ctx context.Context, s *delta.Snapshot, column string) (int64, error) {
	r, err := s.Read(ctx, []string{column})
	if err != nil {
		return 0, err
	}
	defer r.Release()
	integers, others := map[int64]struct{}{}, map[string]struct{}{}
	var last int64 // rows of a customer mostly stand together
	for r.Next() {
		switch c := r.Record().Column(0).(type) {
		case *array.Int64:
			for i, v := range c.Int64Values() {
				if c.IsValid(i) && (v != last || len(integers) == 0) {
					integers[v] = struct{}{}
					last = v
				}
			}
		default:
			for i := range c.Len() {
				if c.IsValid(i) {
					others[c.ValueStr(i)] = struct{}{}
				}
			}
		}
	}
	return int64(len(integers) + len(others)), r.Err()
}
