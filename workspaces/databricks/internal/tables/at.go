package tables

import (
	"context"
	"errors"
	"fmt"

	"featops/features/asof"
	"featops/features/schema"
	"featops/workspaces"
)

// TableAt returns a feature table as it was at a version. What it says of itself is today's.
func (s *Store) TableAt(ctx context.Context, table string, version int64) (workspaces.Table, error) {
	t, err := s.Table(ctx, table)
	if err != nil || t.Version == version {
		return t, err
	}
	t.Version = version
	at := s.at(t)
	if t.Schema, err = s.columnsAt(ctx, t); err != nil {
		return workspaces.Table{}, err
	}
	commits, err := s.commits(ctx, s.fullName(table), s.place(table), 0)
	if err != nil {
		return workspaces.Table{}, err
	}
	for _, c := range commits {
		if c.Version == version {
			t.Updated = c.Time
		}
	}
	t.Rows, err = s.count(ctx, s.fullName(table), "SELECT count(*) AS n FROM "+at)
	return t, err
}

// columnsAt returns the columns of a table at the version that it is given with, with what is said of them today.
func (s *Store) columnsAt(ctx context.Context, t workspaces.Table) (schema.Schema, error) {
	r, err := s.run(ctx, fmt.Sprintf("read version %d of %s", t.Version, s.fullName(t.Name)), "SELECT * FROM "+s.at(t)+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	var out schema.Schema
	for _, c := range r.Columns {
		column := schema.Column{Name: c.Name, Type: kindOf(c.Type)}
		if i := t.Schema.Index(c.Name); i >= 0 {
			column.Comment = t.Schema[i].Comment
		}
		out = append(out, column)
	}
	return out, nil
}

// errMatch says that labels stay where featops is.
var errMatch = errors.New("labels are not sent to a SQL warehouse: `featops sql training-set` writes the statement that joins them there")

// Match implements [workspaces.Workspace]: it is always an error.
func (s *Store) Match(_ context.Context, t workspaces.Table, _ *asof.Labels, _ int) (workspaces.Matches, error) {
	return nil, fmt.Errorf("match labels with %s.%s in %s: %w", t.Database, t.Name, s.options.Workspace, errMatch)
}
