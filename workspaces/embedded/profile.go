package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"

	"featops/features"
	"featops/features/columnar"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
	"featops/workspaces/sketch"
)

const (
	// sampleRows is how many rows a version is judged by at most: enough that a quantile is off by 0.3 % of the rows, and few
	// enough that a table of any size is judged in a second.
	sampleRows = 1 << 15
	// leastRows is how many rows both sides of a comparison have at least. Of fewer, ten buckets differ by chance alone by a
	// PSI of more than 0.06 (see sketch.PSI).
	leastRows = 300
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
	sketches, err := s.Sketches(ctx, sampleRows)
	if err != nil {
		return workspaces.Profile{}, err
	}
	out := workspaces.Profile{Before: workspaces.NoTable}
	if sketches.Lacking > 0 {
		out.Lacks = fmt.Sprintf("%d of %d data files are without a sketch; a build that writes them anew makes one", sketches.Lacking, sketches.Files)
		return out, nil
	}
	x := profiler{now: newSampled(s, sketches)}
	if before := sketchesBefore(ctx, table, t.Version); before != nil && min(len(before.month), len(x.now.month)) >= leastRows {
		out.Before, x.before = t.Version-1, before
	}
	if newest, ok := newestRelease(s); ok && min(x.now.rowsOf(newest), x.now.rowsOf(newest-1)) >= leastRows {
		x.newest, out.Month, out.MonthBefore = newest, monthText(newest), monthText(newest-1)
	}
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
			out.Columns[i] = x.column(i, sketches.Columns[i])
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

// sketchesBefore are those of the version before; nil when they cannot be had.
func sketchesBefore(ctx context.Context, table *delta.Table, version int64) *sampled {
	if version == 0 {
		return nil
	}
	s, err := table.SnapshotAt(ctx, version-1)
	if err != nil {
		return nil
	}
	sketches, err := s.Sketches(ctx, sampleRows)
	if err != nil || sketches.Lacking > 0 {
		return nil
	}
	return newSampled(s, sketches)
}

// newestRelease is the newest release month by the statistics of the files.
func newestRelease(s *delta.Snapshot) (month int32, ok bool) {
	all := noMonths
	for _, f := range s.Files {
		months, ok := monthsByStats(f.Stats, features.ReleaseKey)
		if !ok {
			return 0, false
		}
		all = all.with(months)
	}
	return all.last, all.len() > 0
}

// sampled is the sample of a version, in which columns are found by name.
type sampled struct {
	schema *arrow.Schema
	files  []delta.SampledFile
	month  []int32 // of each row, over all files; 0 where it is not known
}

func newSampled(s *delta.Snapshot, sketches *delta.Sketches) *sampled {
	out := &sampled{schema: s.Metadata.Schema}
	release := slices.IndexFunc(out.schema.Fields(), func(f arrow.Field) bool { return f.Name == features.ReleaseKey })
	for _, f := range sketches.Sample {
		if f.Record == nil {
			continue
		}
		out.files = append(out.files, f)
		months := make([]int32, f.Record.NumRows())
		if release >= 0 {
			if days, ok := f.Record.Column(release).(*array.Date32); ok {
				for i, d := range days.Date32Values() {
					if days.IsValid(i) {
						months[i] = columnar.MonthOf(d.ToTime())
					}
				}
			}
		}
		out.month = append(out.month, months...)
	}
	return out
}

// rowsOf counts the rows of a month.
func (s *sampled) rowsOf(month int32) (n int) {
	for _, m := range s.month {
		if m == month {
			n++
		}
	}
	return n
}

// profiler compares the columns of a version with those of the one before, and of its newest month with the month before.
type profiler struct {
	now    *sampled
	before *sampled // nil when there is none to compare with
	newest int32    // the month; 0 when there are no two to compare
}

func (x *profiler) column(i int, of delta.ColumnSketch) workspaces.ColumnProfile {
	p := workspaces.ColumnProfile{Column: of.Name}
	field := x.now.schema.Field(i)
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
	if field.Type.ID() == arrow.STRING {
		spread(x, &p, field, func(a arrow.Array, row int) string { return a.(*array.String).Value(row) })
		return p
	}
	numbers := spread(x, &p, field, numberAt)
	if q := numbers.Quantiles(0.05, 0.25, 0.5, 0.75, 0.95); q != nil && field.Type.ID() != arrow.BOOL {
		if kind, err := schema.FromArrow(field.Type); err == nil {
			p.Quantiles = workspaces.QuantilesOf(kind, q)
		}
	}
	return p
}

// spread gathers the sample of a column, and sets how far it has drifted. The keys of a table are no features: that months go
// on and customers come is no drift.
func spread[T string | float64](x *profiler, p *workspaces.ColumnProfile, field arrow.Field, value func(arrow.Array, int) T) *sketch.Sample[T] {
	all, newest, earlier := &sketch.Sample[T]{}, &sketch.Sample[T]{}, &sketch.Sample[T]{}
	x.now.each(field, func(a arrow.Array, row int, month int32, weight float64) {
		addTo(all, a, row, weight, value)
		switch month {
		case x.newest:
			addTo(newest, a, row, weight, value)
		case x.newest - 1:
			addTo(earlier, a, row, weight, value)
		}
	})
	if slices.Contains(mergeKeys, field.Name) {
		return all
	}
	if x.before != nil {
		before := &sketch.Sample[T]{}
		if x.before.each(field, func(a arrow.Array, row int, _ int32, weight float64) { addTo(before, a, row, weight, value) }) {
			p.Drift = driftOf(before, all)
		}
	}
	if x.newest != 0 {
		p.MonthDrift = driftOf(earlier, newest)
	}
	return all
}

// each goes over the sampled values of a column, and reports whether it is there in that type.
func (s *sampled) each(field arrow.Field, do func(a arrow.Array, row int, month int32, weight float64)) bool {
	i := slices.IndexFunc(s.schema.Fields(), func(f arrow.Field) bool { return f.Name == field.Name && arrow.TypeEqual(f.Type, field.Type) })
	if i < 0 {
		return false
	}
	n := 0
	for _, f := range s.files {
		a := f.Record.Column(i)
		for row := range a.Len() {
			do(a, row, s.month[n], f.Weight)
			n++
		}
	}
	return true
}

// addTo adds a value of an array. NaN counts as null: it is no more of a value.
func addTo[T string | float64](s *sketch.Sample[T], a arrow.Array, row int, weight float64, value func(arrow.Array, int) T) {
	if a.IsValid(row) {
		if v := value(a, row); v == v {
			s.Add(v, weight)
			return
		}
	}
	s.AddNull(weight)
}

func driftOf[T string | float64](before, now *sketch.Sample[T]) *float64 {
	b := sketch.NewBuckets(before)
	psi := sketch.PSI(b.Shares(before), b.Shares(now))
	return &psi
}

// numberAt is a value as a number: a boolean as 0 or 1, a date as its day, a timestamp as its microsecond.
func numberAt(a arrow.Array, row int) float64 {
	switch a := a.(type) {
	case *array.Boolean:
		if a.Value(row) {
			return 1
		}
		return 0
	case *array.Int8:
		return float64(a.Value(row))
	case *array.Int16:
		return float64(a.Value(row))
	case *array.Int32:
		return float64(a.Value(row))
	case *array.Int64:
		return float64(a.Value(row))
	case *array.Float32:
		return float64(a.Value(row))
	case *array.Float64:
		return a.Value(row)
	case *array.Date32:
		return float64(a.Value(row))
	case *array.Timestamp:
		return float64(a.Value(row))
	case *array.Decimal128:
		return a.Value(row).ToFloat64(a.DataType().(*arrow.Decimal128Type).Scale)
	}
	return math.NaN()
}
