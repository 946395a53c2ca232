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
	table, err := w.source(features.Source{Database: t.Database, Name: t.Name})
	if err != nil {
		return workspaces.Profile{}, err
	}
	s, err := table.SnapshotAt(ctx, t.Version)
	if err != nil {
		return workspaces.Profile{}, err
	}
	sketches, err := s.Sketches(ctx, drift.MostRows)
	if err != nil {
		return workspaces.Profile{}, err
	}
	out := workspaces.Profile{Before: workspaces.NoTable}
	if sketches.Lacking > 0 {
		out.Lacks = fmt.Sprintf("%d of %d data files are without a sketch; a build that writes them anew makes one", sketches.Lacking, sketches.Files)
		return out, nil
	}
	c := drift.Compare(sampleOf(s, sketches), sampleBefore(ctx, table, t.Version), t.Version, newestRelease(s), &out)
	out.Columns = make([]workspaces.ColumnProfile, len(sketches.Columns))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range out.Columns {
		g.Go(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("column %s: panic: %v", sketches.Columns[i].Name, p)
				}
			}()
			out.Columns[i] = columnProfile(c, s.Metadata.Schema.Field(i), sketches.Columns[i])
			return ctx.Err()
		})
	}
	return out, g.Wait()
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
	p, err := w.profile(ctx, workspaces.Table{Database: w.options.Database, Name: name, Version: saved.Version})
	if err != nil {
		log.WarnContext(ctx, "the table is saved, but whether its values have drifted cannot be told", "error", err)
	}
	return p.Over(threshold, saved.Version)
}

// sampleBefore is that of the version before; nil when it cannot be had.
func sampleBefore(ctx context.Context, table *delta.Table, version int64) *drift.Sample {
	if version == 0 {
		return nil
	}
	s, err := table.SnapshotAt(ctx, version-1)
	if err != nil {
		return nil
	}
	sketches, err := s.Sketches(ctx, drift.MostRows)
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
