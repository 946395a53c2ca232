package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/apache/arrow/go/v17/arrow"
	"golang.org/x/sync/errgroup"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
	"featops/workspaces/drift"
)

// Profile implements [workspaces.Workspace] by the sketches of the table's files.
func (w *Workspace) Profile(ctx context.Context, t workspaces.Table) (workspaces.Profile, error) {
	p, err := w.profile(ctx, t)
	if err != nil {
		err = fmt.Errorf("profile of %s.%s in %s: %w", t.Database, t.Name, w.options.Name, err)
	}
	return p, err
}

func (w *Workspace) profile(ctx context.Context, t workspaces.Table) (workspaces.Profile, error) {
	c, err := w.compared(ctx, t)
	if err != nil || c.comparison == nil {
		return c.profile, err
	}
	return c.columns(ctx, func(i int, p *workspaces.ColumnProfile) {
		*p = columnProfile(c.comparison, c.schema.Field(i), c.sketches.Column(i))
	})
}

// drift is what has drifted in a version that was just saved over another, by the threshold of the table. What cannot be
// told fails no build.
func (w *Workspace) drift(ctx context.Context, name string, saved *delta.Snapshot, over int64, log *slog.Logger) workspaces.Drifts {
	if w.options.DriftWarn == nil || over == workspaces.NoTable || saved.Version == over {
		return nil
	}
	threshold := w.options.DriftWarn(name)
	if threshold <= 0 {
		return nil
	}
	c, err := w.compared(ctx, workspaces.Table{Database: w.options.Database, Name: name, Version: saved.Version})
	if err == nil && c.comparison != nil {
		c.profile, err = c.columns(ctx, func(i int, p *workspaces.ColumnProfile) {
			p.Column = c.schema.Field(i).Name
			c.comparison.Column(p.Column, p)
		})
	}
	if err != nil {
		log.WarnContext(ctx, "the table is saved, but whether its values have drifted cannot be told", "error", err)
		return nil
	}
	return c.profile.Over(threshold, saved.Version)
}

// compared is what the profile of a version is made of.
type compared struct {
	profile    workspaces.Profile // without columns
	schema     *arrow.Schema
	sketches   *delta.Sketches
	comparison *drift.Comparison // nil when the version lacks sketches
}

func (w *Workspace) compared(ctx context.Context, t workspaces.Table) (c compared, err error) {
	c.profile.Before = workspaces.NoTable
	table, err := w.source(features.Source{Database: t.Database, Name: t.Name})
	if err != nil {
		return c, err
	}
	s, err := table.SnapshotAt(ctx, t.Version)
	if err != nil {
		return c, err
	}
	if c.sketches, err = s.Sketches(ctx, drift.MostRows, nil); err != nil {
		return c, err
	}
	if c.sketches.Lacking > 0 {
		c.profile.Lacks = fmt.Sprintf("%d of %d data files are without a sketch; a build that writes them anew makes one", c.sketches.Lacking, c.sketches.Files)
		return c, nil
	}
	c.schema = s.Metadata.Schema
	c.comparison = drift.Compare(sampleOf(s, c.sketches), sampleBefore(ctx, table, t.Version, c.sketches), t.Version, newestRelease(s), &c.profile)
	return c, nil
}

// columns completes the profile: tell tells of a column by its place, several at a time.
func (c compared) columns(ctx context.Context, tell func(i int, p *workspaces.ColumnProfile)) (workspaces.Profile, error) {
	c.profile.Columns = make([]workspaces.ColumnProfile, c.schema.NumFields())
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range c.profile.Columns {
		g.Go(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("column %s: panic: %v", c.schema.Field(i).Name, p)
				}
			}()
			tell(i, &c.profile.Columns[i])
			return ctx.Err()
		})
	}
	return c.profile, g.Wait()
}

// sampleBefore is that of the version before a version with known sketches; nil when it cannot be had.
func sampleBefore(ctx context.Context, table *delta.Table, version int64, known *delta.Sketches) *drift.Sample {
	if version == 0 {
		return nil
	}
	s, err := table.SnapshotAt(ctx, version-1)
	if err != nil {
		return nil
	}
	sketches, err := s.Sketches(ctx, drift.MostRows, known)
	if err != nil || sketches.Lacking > 0 {
		return nil
	}
	return sampleOf(s, sketches)
}

// newestRelease is the newest release month by the statistics of the files; [drift.NoMonth] when they do not tell it.
func newestRelease(s *delta.Snapshot) int32 {
	all := noMonths
	for _, f := range s.Files {
		months, ok := monthsByStats(f.Stats, features.ReleaseKey)
		if !ok {
			return drift.NoMonth
		}
		all = all.with(months)
	}
	if all.len() == 0 {
		return drift.NoMonth
	}
	return all.last
}

func sampleOf(s *delta.Snapshot, sketches *delta.Sketches) *drift.Sample {
	var parts []drift.Part
	for _, f := range sketches.Sample {
		if f.Record != nil {
			parts = append(parts, drift.Part(f))
		}
	}
	return drift.NewSample(s.Metadata.Schema, parts)
}

func columnProfile(c *drift.Comparison, field arrow.Field, of delta.ColumnSketch) workspaces.ColumnProfile {
	p := workspaces.ColumnProfile{Column: of.Name}
	if of.Distinct != nil {
		n, exact := of.Distinct.Count()
		p.Distinct, p.Estimated = &n, !exact
	}
	switch field.Type.ID() {
	case arrow.DATE32, arrow.TIMESTAMP:
	default:
		if m := of.Moments; m != nil && m.N > 0 {
			p.Mean = &m.Mean
			if d, ok := m.Deviation(); ok && field.Type.ID() != arrow.BOOL {
				p.Deviation = &d
			}
		}
	}
	numbers := c.Column(field.Name, &p)
	if numbers == nil || field.Type.ID() == arrow.BOOL {
		return p
	}
	if q := numbers.Quantiles(0.05, 0.25, 0.5, 0.75, 0.95); q != nil {
		if kind, err := schema.FromArrow(field.Type); err == nil {
			p.Quantiles = workspaces.QuantilesOf(kind, q)
		}
	}
	return p
}
