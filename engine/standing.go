package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"

	"golang.org/x/sync/errgroup"
)

// Standing says how what a workspace has registered of a table compares with the table.
type Standing string

// The standings of a registration.
const (
	Verified   Standing = "verified"   // the newest looks at both showed the same
	Unverified Standing = "registered" // it is there; the table cannot be looked at to compare
	Stale      Standing = "stale"      // the table is another by now
	Conflict   Standing = "conflict"   // so that bringing it up to date would take columns, or their types, from its users: that asks
	Orphaned   Standing = "orphaned"   // the table is gone
)

// standing compares a registration with its table, as far as that is known.
func standing(s *Snapshot, e Entry, r workspaces.Registration) Standing {
	owner, known := s.Workspace(e.Workspace)
	switch {
	case !known || owner.Error != "" || owner.Polled.IsZero() || e.State == Unreadable:
		return Unverified
	case e.Version < 0:
		return Orphaned
	case same(r.Table, e.table):
		return Verified
	case schema.Compare(r.Schema, e.table.Schema).Loses():
		return Conflict
	}
	return Stale
}

// TableState is how a feature table stands: in the workspace that computes it, and in those that have it registered.
type TableState struct {
	Entry
	NewestMonth   string              `json:"newest_month,omitempty"` // yyyy-mm, of its rows; absent when it is not known
	Registrations []RegistrationState `json:"registrations,omitempty"`
	Drifted       workspaces.Drifts   `json:"drifted,omitempty"` // the columns whose values have drifted; of tables on this disk
}

// Tables lists the feature tables of the catalogue, by the newest look at the workspaces. What cannot be read is
// left out, and the error says why.
func (e *Engine) Tables(ctx context.Context) ([]TableState, error) {
	s := e.Snapshot()
	entries, err := e.catalogue(s)
	if err != nil {
		return nil, err
	}
	out := make([]TableState, len(entries))
	errs := make([]error, len(entries))
	var g errgroup.Group
	g.SetLimit(tablesAtOnce)
	for i, entry := range entries {
		out[i] = TableState{Entry: *entry, Registrations: registrationsOf(s, *entry)}
		g.Go(func() error {
			defer recovered("read the newest month of "+entry.Name, &errs[i])
			var err error
			out[i].NewestMonth, errs[i] = e.newestMonth(ctx, *entry)
			out[i].Drifted, err = e.drifted(ctx, *entry)
			errs[i] = errors.Join(errs[i], err)
			return nil
		})
	}
	return out, errors.Join(g.Wait(), errors.Join(errs...))
}

// tablesAtOnce is how many tables are looked at at the same time.
const tablesAtOnce = 4

// newestMonth is the newest month of a table's rows. It is read once a version.
func (e *Engine) newestMonth(ctx context.Context, entry Entry) (string, error) {
	t := entry.table
	w, err := e.workspace(entry.Workspace)
	if err != nil || entry.Version < 0 || t.Schema.Index(features.ReleaseKey) < 0 {
		return "", nil
	}
	if m, known := e.months.of(t); known {
		return m, nil
	}
	stats, err := call(ctx, e, func(ctx context.Context) (workspaces.Statistics, error) { return w.Statistics(ctx, t, "") })
	if err != nil {
		return "", err
	}
	newest := ""
	i := slices.IndexFunc(stats.Columns, func(c workspaces.ColumnStatistics) bool { return strings.EqualFold(c.Column, features.ReleaseKey) })
	if i >= 0 {
		newest = month(stats.Columns[i].Max)
	}
	e.months.put(t, newest)
	return newest, nil
}
