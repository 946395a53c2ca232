// Package drift tells how far the values of a table have moved, by rows that were drawn by chance: those of a version from the
// version before, and those of its newest release month from the month before.
//
// The distance is the population stability index of package sketch. Each side of a comparison needs 300 rows: of fewer, ten
// buckets differ by chance alone by more than 0.06. The keys of a table are no features, and that months go on and customers
// come is no drift, so they are not compared.
package drift

import (
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
	"featops/features/columnar"
	"featops/workspaces"
	"featops/workspaces/sketch"
)

const (
	// MostRows is how many rows a version is judged by at most: enough that a quantile is off by 0.3 % of the rows, and few
	// enough that a table of any size is judged in a second.
	MostRows = 1 << 15
	// leastRows is how many rows both sides of a comparison have at least.
	leastRows = 300
)

// Part is rows of a sample, each of which stands for so many rows of the table.
type Part struct {
	Record arrow.Record
	Weight float64
}

// Sample is rows of a version, in which columns are found by name.
type Sample struct {
	schema *arrow.Schema
	parts  []Part
	month  []int32 // of each row, over all parts; NoMonth where it is not known
}

// NoMonth stands for a month where there is none.
const NoMonth = math.MinInt32

// NewSample makes a sample of parts that have the schema.
func NewSample(s *arrow.Schema, parts []Part) *Sample {
	out := &Sample{schema: s, parts: parts}
	release := slices.IndexFunc(s.Fields(), func(f arrow.Field) bool { return f.Name == features.ReleaseKey })
	for _, p := range parts {
		months := slices.Repeat([]int32{NoMonth}, int(p.Record.NumRows()))
		if release >= 0 {
			if days, ok := p.Record.Column(release).(*array.Date32); ok {
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
func (s *Sample) rowsOf(month int32) (n int) {
	for _, m := range s.month {
		if m == month {
			n++
		}
	}
	return n
}

// Comparison compares the columns of a version with those of the one before, and of its newest month with the month before.
type Comparison struct {
	now    *Sample
	before *Sample // nil when there is none to compare with
	newest int32   // the month; NoMonth when there are no two to compare
}

// Compare compares a version with the one before, whose sample may be nil, and its newest release month with the month before.
// Months are counted as [columnar.MonthOf] does; NoMonth when there is none. It sets in the profile what is compared, and leaves it as it is where nothing can be.
func Compare(now, before *Sample, version int64, newest int32, p *workspaces.Profile) *Comparison {
	c := &Comparison{now: now, newest: NoMonth}
	if before != nil && min(len(before.month), len(now.month)) >= leastRows {
		c.before, p.Before = before, version-1
	}
	if newest != NoMonth && min(now.rowsOf(newest), now.rowsOf(newest-1)) >= leastRows {
		c.newest, p.Month, p.MonthBefore = newest, monthText(newest), monthText(newest-1)
	}
	return c
}

func monthText(month int32) string { return columnar.StartOf(month).Format("2006-01") }

// Column sets how far a column has drifted. It returns how its numbers are spread, dates as days and timestamps as microseconds since
// 1970 and booleans as 0 and 1; nil for texts, and for a column that is not in the sample.
func (c *Comparison) Column(name string, p *workspaces.ColumnProfile) *sketch.Sample[float64] {
	i := slices.IndexFunc(c.now.schema.Fields(), func(f arrow.Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	field := c.now.schema.Field(i)
	if field.Type.ID() == arrow.STRING {
		spread(c, p, field, func(a arrow.Array, row int) string { return a.(*array.String).Value(row) })
		return nil
	}
	return spread(c, p, field, numberAt)
}

// spread gathers the sample of a column, and sets how far it has drifted.
func spread[T string | float64](c *Comparison, p *workspaces.ColumnProfile, field arrow.Field, value func(arrow.Array, int) T) *sketch.Sample[T] {
	all, newest, earlier := &sketch.Sample[T]{}, &sketch.Sample[T]{}, &sketch.Sample[T]{}
	c.now.each(field, func(a arrow.Array, row int, month int32, weight float64) {
		addTo(all, a, row, weight, value)
		switch {
		case c.newest == NoMonth:
		case month == c.newest:
			addTo(newest, a, row, weight, value)
		case month == c.newest-1:
			addTo(earlier, a, row, weight, value)
		}
	})
	if field.Name == features.CustomerKey || field.Name == features.ReleaseKey {
		return all
	}
	if c.before != nil {
		before := &sketch.Sample[T]{}
		if c.before.each(field, func(a arrow.Array, row int, _ int32, weight float64) { addTo(before, a, row, weight, value) }) {
			p.Drift = driftOf(before, all)
		}
	}
	if c.newest != NoMonth {
		p.MonthDrift = driftOf(earlier, newest)
	}
	return all
}

// each goes over the sampled values of a column, and reports whether it is there in that type.
func (s *Sample) each(field arrow.Field, do func(a arrow.Array, row int, month int32, weight float64)) bool {
	i := slices.IndexFunc(s.schema.Fields(), func(f arrow.Field) bool { return f.Name == field.Name && arrow.TypeEqual(f.Type, field.Type) })
	if i < 0 {
		return false
	}
	n := 0
	for _, p := range s.parts {
		a := p.Record.Column(i)
		for row := range a.Len() {
			do(a, row, s.month[n], p.Weight)
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
