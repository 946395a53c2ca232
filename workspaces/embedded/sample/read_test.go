package sample

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
)

// cell is one value of a row; nil is null.
type cell any

// row is a row by column name.
type row map[string]cell

// read returns all rows of a table.
func read(t *testing.T, o Options, src features.Source) []row {
	t.Helper()
	r, err := Open(o, src)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var out []row
	for r.Next() {
		rec := r.Record()
		for i := range int(rec.NumRows()) {
			one := row{}
			for j, column := range rec.Columns() {
				one[rec.ColumnName(j)] = value(column, i)
			}
			out = append(out, one)
		}
	}
	return out
}

func value(column arrow.Array, i int) cell {
	if column.IsNull(i) {
		return nil
	}
	switch c := column.(type) {
	case *array.Int64:
		return c.Value(i)
	case *array.Int32:
		return c.Value(i)
	case *array.Float64:
		return c.Value(i)
	case *array.Boolean:
		return c.Value(i)
	case *array.Timestamp:
		return monthOf(c.Value(i).ToTime(arrow.Microsecond)).String()
	default:
		return strings.Clone(column.ValueStr(i))
	}
}

func medium() Options {
	o := small
	o.Customers, o.Months = 4000, 24
	return o
}

// numbers are a column's values without nulls.
func numbers(rows []row, column string) []float64 {
	var out []float64
	for _, r := range rows {
		switch v := r[column].(type) {
		case float64:
			out = append(out, v)
		case int64:
			out = append(out, float64(v))
		case int32:
			out = append(out, float64(v))
		}
	}
	return out
}

func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(deviation)
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s is %.4f, want %.4f ± %.4f", what, got, want, tolerance)
	}
}

func within(t *testing.T, what string, x []float64, lo, hi float64) {
	t.Helper()
	if slices.Min(x) < lo || slices.Max(x) > hi {
		t.Errorf("%s is between %g and %g, want between %g and %g", what, slices.Min(x), slices.Max(x), lo, hi)
	}
}
