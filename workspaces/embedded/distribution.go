package embedded

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
	"featops/workspaces"
)

// Distributions implements [workspaces.Workspace] by one pass over the columns.
func (w *Workspace) Distributions(ctx context.Context, t workspaces.Table, cuts []workspaces.Cut) ([]workspaces.Distribution, error) {
	out, err := w.distributions(ctx, t, cuts)
	if err != nil {
		return nil, fmt.Errorf("distributions of %s.%s in %s: %w", t.Database, t.Name, w.options.Name, err)
	}
	return out, nil
}

func (w *Workspace) distributions(ctx context.Context, t workspaces.Table, cuts []workspaces.Cut) ([]workspaces.Distribution, error) {
	table, err := w.source(features.Source{Database: t.Database, Name: t.Name})
	if err != nil {
		return nil, err
	}
	s, err := table.SnapshotAt(ctx, t.Version)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(cuts))
	tallies := make([]tally, len(cuts))
	for i, c := range cuts {
		names[i] = c.Column
		tallies[i] = newTally(c)
	}
	r, err := s.Read(ctx, names)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	for i, f := range r.Schema().Fields() {
		tallies[i].Measured = measured(f.Type)
	}
	for r.Next() {
		for i := range tallies {
			tallies[i].add(r.Record().Column(i))
		}
	}
	out := make([]workspaces.Distribution, len(cuts))
	for i := range tallies {
		out[i] = tallies[i].distribution()
	}
	return out, r.Err()
}

// measured reports whether values of a type are measured as numbers.
func measured(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.FLOAT32, arrow.FLOAT64, arrow.DECIMAL128, arrow.DATE32, arrow.TIMESTAMP:
		return true
	}
	return false
}

// tally gathers the distribution of a column over the batches of a table.
type tally struct {
	workspaces.Distribution
	bounds []float64
	counts map[string]int64 // nil when there are too many
}

func newTally(c workspaces.Cut) tally {
	t := tally{bounds: c.Bounds, counts: map[string]int64{}}
	t.Column = c.Column
	if len(c.Bounds) > 1 {
		t.Histogram = make([]int64, len(c.Bounds)-1)
	}
	return t
}

func (t *tally) add(a arrow.Array) {
	t.Values += int64(a.Len() - a.NullN())
	switch a := a.(type) {
	case *array.Int8:
		measure(t, a, a.Int8Values(), 1)
	case *array.Int16:
		measure(t, a, a.Int16Values(), 1)
	case *array.Int32:
		measure(t, a, a.Int32Values(), 1)
	case *array.Int64:
		measure(t, a, a.Int64Values(), 1)
	case *array.Float32:
		measure(t, a, a.Float32Values(), 1)
	case *array.Float64:
		measure(t, a, a.Float64Values(), 1)
	case *array.Date32:
		measure(t, a, a.Date32Values(), 1)
	case *array.Timestamp:
		unit := a.DataType().(*arrow.TimestampType).Unit
		measure(t, a, a.TimestampValues(), float64(unit.Multiplier())/float64(time.Microsecond))
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		for i := range a.Len() {
			if a.IsValid(i) {
				t.number(a.Value(i).ToFloat64(scale))
			}
		}
	default:
		t.count(a)
	}
}

func measure[T ~int8 | ~int16 | ~int32 | ~int64 | ~float32 | ~float64](t *tally, a arrow.Array, values []T, unit float64) {
	nulls := a.NullN() > 0
	for i, v := range values {
		if !nulls || a.IsValid(i) {
			t.number(float64(v) * unit)
		}
	}
}

func (t *tally) number(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if t.Finite == 0 {
		t.Min, t.Max = v, v
	}
	t.Finite++
	t.Sum += v
	t.Min, t.Max = min(t.Min, v), max(t.Max, v)
	last := len(t.Histogram)
	if last == 0 || v < t.bounds[0] || v > t.bounds[last] {
		return
	}
	i := sort.Search(last, func(i int) bool { return t.bounds[i+1] > v })
	t.Histogram[min(i, last-1)]++
}

// count counts by value, until there are too many to count.
func (t *tally) count(a arrow.Array) {
	for i := 0; i < a.Len() && t.counts != nil; i++ {
		if !a.IsValid(i) {
			continue
		}
		value := a.ValueStr(i)
		if _, known := t.counts[value]; !known {
			if len(t.counts) == workspaces.MostValues {
				t.Many, t.counts = true, nil
				return
			}
			value = strings.Clone(value) // the batch goes
		}
		t.counts[value]++
	}
}

func (t *tally) distribution() workspaces.Distribution {
	d := t.Distribution
	if d.Measured {
		return d
	}
	d.Histogram = nil
	for value, rows := range t.counts {
		d.Counts = append(d.Counts, workspaces.ValueCount{Value: value, Rows: rows})
	}
	slices.SortFunc(d.Counts, func(a, b workspaces.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
	})
	return d
}
