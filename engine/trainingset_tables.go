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
	names, err := chosenNames(e.tables, r.Tables, r.Versions)
	if err != nil {
		return nil, err
	}
	if names, err = e.onDisk(ctx, names, r); err != nil {
		return nil, err
	}
	var tables []*chosen
	for _, name := range names {
		t, err := e.tableFor(ctx, name, r)
		if errors.Is(err, workspaces.ErrNoTable) && len(r.Tables) == 0 {
			m.Warnings = append(m.Warnings, name+" is not built, and left out")
			continue
		}
		var invalid *InvalidError // it was not there at that time
		if errors.As(err, &invalid) && e.inNobodysWay(name, r) {
			continue
		}
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return chooseFeatures(tables, r.Features, len(r.Tables) > 0)
}

// chosenNames are the names of the tables that a set may be made from: those that are wanted, or all.
func chosenNames(all []features.Table, wanted []string, versions map[string]int64) ([]string, error) {
	names := wanted
	if len(names) == 0 {
		for _, t := range all {
			names = append(names, t.Name)
		}
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, &InvalidError{fmt.Sprintf("table %s is named twice", name)}
		}
	}
	for name := range versions {
		if !slices.Contains(names, name) {
			return nil, unknownName(name, "table of this training set", names)
		}
	}
	return names, nil
}

// onDisk refuses tables of Databricks workspaces that no embedded workspace has a copy of. Without a choice of tables, one that
// has none of the features that are wanted is left out.
func (e *Engine) onDisk(ctx context.Context, names []string, r TrainingSetRequest) ([]string, error) {
	var here, remote []string
	for _, name := range names {
		owner, err := e.ownerOf(name)
		if err != nil {
			return nil, err
		}
		if e.atHand(owner) {
			here = append(here, name)
			continue
		}
		if e.inNobodysWay(name, r) {
			continue
		}
		_, _, err = e.copyOf(ctx, owner, name, workspaces.NoTable)
		var none *InvalidError
		switch {
		case err == nil:
			here = append(here, name)
		case errors.As(err, &none):
			remote = append(remote, name+" in "+owner.Name())
		default:
			return nil, err
		}
	}
	if len(remote) == 0 {
		return here, nil
	}
	first, _, _ := strings.Cut(remote[0], " ")
	return nil, &InvalidError{fmt.Sprintf("a training set is made here of rows on local disk, and these tables are in Databricks workspaces: %s; "+
		"`featops register %s --to WORKSPACE` brings the rows of one to an embedded workspace, `featops sql training-set` writes the statement that makes the set there, "+
		"--tables takes others", strings.Join(remote, ", "), first)}
}

// inNobodysWay reports that a table was not asked for, and has none of the features that were, by its definition.
func (e *Engine) inNobodysWay(table string, r TrainingSetRequest) bool {
	if len(r.Tables) > 0 || len(r.Features) == 0 {
		return false
	}
	def, err := features.Find(e.tables, table)
	return err != nil || !slices.ContainsFunc(def.Features, func(f features.Feature) bool {
		return slices.ContainsFunc(r.Features, func(w string) bool { return means(w, table, def.Prefix+f.Name) })
	})
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
