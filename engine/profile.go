package engine

import (
	"context"
	"slices"
	"strings"

	"featops/engine/config"
	"featops/features"
	"featops/workspaces"
)

// DriftState is what is known of how far the values of a table have drifted.
type DriftState struct {
	Warn    float64 `json:"warn"`            // the index from which on a column is told of; 0: none is
	Lacks   string  `json:"lacks,omitempty"` // why the spread of the values is not known, and what would make it so
	Version int64   `json:"version"`         // that is compared with; -1 where there is none
	// Month is the newest release month, and MonthBefore the one that it is compared with; absent where there are no two to
	// compare.
	Month       string            `json:"month,omitempty"`
	MonthBefore string            `json:"month_before,omitempty"`
	Drifted     workspaces.Drifts `json:"drifted,omitempty"` // by Warn or more
}

// profile adds to a description how the values of its columns are spread.
func (e *Engine) profile(ctx context.Context, w workspaces.Workspace, t workspaces.Table, d *Description) error {
	p, err := e.profileOf(ctx, w, t)
	if err != nil {
		return err
	}
	for _, c := range p.Columns {
		i := slices.IndexFunc(d.Columns, func(known Column) bool { return strings.EqualFold(known.Name, c.Column) })
		if i >= 0 && d.Columns[i].Statistics != nil {
			if strings.EqualFold(c.Column, features.CustomerKey) && d.Customers > 0 {
				c.Distinct, c.Estimated = &d.Customers, false // they were counted
			}
			d.Columns[i].Statistics.ColumnProfile = c
		}
	}
	warn := e.config.Table(t.Name).DriftWarn
	d.Drift = &DriftState{
		Warn: warn, Lacks: p.Lacks, Version: p.Before, Month: p.Month, MonthBefore: p.MonthBefore, Drifted: p.Over(warn, t.Version),
	}
	return nil
}

// drifted lists the columns of a table that have drifted, where that costs little: in a workspace on this disk.
func (e *Engine) drifted(ctx context.Context, entry Entry) (workspaces.Drifts, error) {
	c, _ := e.config.Workspace(entry.Workspace)
	warn := e.config.Table(entry.Name).DriftWarn
	w, err := e.workspace(entry.Workspace)
	if err != nil || entry.Version < 0 || c.Kind != config.Embedded || warn <= 0 {
		return nil, nil
	}
	p, err := e.profileOf(ctx, w, entry.table)
	return p.Over(warn, entry.Version), err
}

// profileOf is how the values of a table are spread. It is read once a version.
func (e *Engine) profileOf(ctx context.Context, w workspaces.Workspace, t workspaces.Table) (workspaces.Profile, error) {
	if p, known := e.profiles.of(t); known {
		return p, nil
	}
	p, err := w.Profile(ctx, t)
	if err == nil {
		e.profiles.put(t, p)
	}
	return p, err
}
