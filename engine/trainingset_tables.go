package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/engine/trainingset"
	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// chooseTables finds the tables and the columns that a training set is made from, each at its version. Without a choice, tables
// that are not built are left out, of which the manifest warns.
func (e *Engine) chooseTables(ctx context.Context, r TrainingSetRequest, m *trainingset.Manifest) ([]*chosen, error) {
	names := r.Tables
	if len(names) == 0 {
		for _, t := range e.tables {
			names = append(names, t.Name)
		}
	}
	for name := range r.Versions {
		if !slices.Contains(names, name) {
			return nil, unknownName(name, "table of this training set", names)
		}
	}
	var tables []*chosen
	for _, name := range names {
		if slices.ContainsFunc(tables, func(t *chosen) bool { return t.table.Name == name }) {
			return nil, &InvalidError{fmt.Sprintf("table %s is named twice", name)}
		}
		t, err := e.tableFor(ctx, name, r)
		if errors.Is(err, workspaces.ErrNoTable) && len(r.Tables) == 0 {
			m.Warnings = append(m.Warnings, name+" is not built, and left out")
			continue
		}
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return chooseFeatures(tables, r.Features, len(r.Tables) > 0)
}

// tableFor finds a table at the version that is asked for.
func (e *Engine) tableFor(ctx context.Context, name string, r TrainingSetRequest) (*chosen, error) {
	w, err := e.ownerOf(name)
	if err != nil {
		return nil, err
	}
	version, given := r.Versions[name]
	if !given && !r.AsOf.IsZero() {
		if version, err = e.versionAt(ctx, w, name, r.AsOf); err != nil {
			return nil, err
		}
		given = true
	}
	if !given {
		version = workspaces.NoTable
	}
	var t workspaces.Table
	if e.atHand(w) {
		t, err = call(ctx, e, func(ctx context.Context) (workspaces.Table, error) {
			if given {
				return w.TableAt(ctx, name, version)
			}
			return w.Table(ctx, name)
		})
	} else {
		w, t, err = e.copyOf(ctx, w, name, version)
	}
	if err != nil {
		return nil, err
	}
	def, err := features.Find(e.tables, name)
	return &chosen{workspace: w, table: t, today: def.Release.Since != ""}, err
}

// versionAt finds the version that was the newest of a table at a time.
func (e *Engine) versionAt(ctx context.Context, w workspaces.Workspace, table string, at time.Time) (int64, error) {
	commits, err := call(ctx, e, func(ctx context.Context) ([]workspaces.Commit, error) { return w.History(ctx, table, 0) })
	if err != nil {
		return 0, err
	}
	for _, c := range commits { // the newest first
		if !c.Time.After(at) {
			return c.Version, nil
		}
	}
	return 0, &InvalidError{fmt.Sprintf("table %s at %s: its oldest known version is of %s", table, at.Format(time.RFC3339), commits[len(commits)-1].Time.Format(time.RFC3339))}
}

// chooseFeatures chooses the columns of the tables: all features, or those that are named, as name or table.name. keep says
// that a table of which none is named is an error, not left out.
func chooseFeatures(tables []*chosen, wanted []string, keep bool) ([]*chosen, error) {
	var known []string
	for _, t := range tables {
		for _, c := range t.table.Schema {
			if isKey(c) {
				continue
			}
			known = append(known, c.Name)
			if len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return means(w, t.table.Name, c.Name) }) {
				t.columns = append(t.columns, c.Name)
			}
		}
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(tables, func(t *chosen) bool {
			return slices.ContainsFunc(t.columns, func(c string) bool { return means(w, t.table.Name, c) })
		}) {
			return nil, unknownName(w, "feature of these tables", known)
		}
	}
	var out []*chosen
	for _, t := range tables {
		switch {
		case len(t.columns) > 0:
			out = append(out, t)
		case keep:
			return nil, &InvalidError{fmt.Sprintf("none of the features is of table %s, which was asked for", t.table.Name)}
		}
	}
	if len(out) == 0 {
		return nil, &InvalidError{"no feature table is built: `featops run` builds them"}
	}
	return out, nil
}

func isKey(c schema.Column) bool {
	return strings.EqualFold(c.Name, features.CustomerKey) || strings.EqualFold(c.Name, features.ReleaseKey)
}

// means reports whether a wanted feature is a column of a table.
func means(wanted, table, column string) bool {
	return strings.EqualFold(wanted, column) || strings.EqualFold(wanted, table+"."+column)
}
