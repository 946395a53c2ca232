package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// kinds has a column of every type.
var kinds = features.Source{Database: "demo_db", Name: "kinds", Columns: schema.Schema{
	{Name: "flag", Type: schema.Boolean}, {Name: "small", Type: schema.Int}, {Name: "large", Type: schema.BigInt},
	{Name: "single", Type: schema.Float}, {Name: "exact", Type: schema.Decimal(8, 2)}, {Name: "word", Type: schema.String},
	{Name: "day", Type: schema.Date}, {Name: "moment", Type: schema.Timestamp},
}}

func distributionsOf(t testing.TB, w *Workspace, s features.Source, cuts ...workspaces.Cut) []workspaces.Distribution {
	t.Helper()
	table, err := w.Source(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Distributions(t.Context(), table, cuts)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDistributionsOfEveryType(t *testing.T) {
	w := open(t)
	put(t, w, kinds, `{"flag": true, "small": 1, "large": 10, "single": 0.5, "exact": "1.25", "word": "b", "day": "1970-01-02", "moment": "1970-01-01 00:00:01"}
{"flag": true, "small": 2, "large": 20, "single": 1.5, "exact": "2.75", "word": "a", "day": "1970-01-03", "moment": "1970-01-01 00:00:02"}
{"flag": false, "small": 4, "large": 30, "single": 2.5, "exact": "2.00", "word": "a", "day": "1970-01-05", "moment": "1970-01-01 00:00:03"}
{}`)
	got := distributionsOf(t, w, kinds,
		workspaces.Cut{Column: "flag", Bounds: []float64{0, 1}},
		workspaces.Cut{Column: "SMALL", Bounds: []float64{1, 2, 4}},
		workspaces.Cut{Column: "large", Bounds: []float64{15, 25}},
		workspaces.Cut{Column: "single"},
		workspaces.Cut{Column: "exact", Bounds: []float64{1, 2, 3}},
		workspaces.Cut{Column: "word"},
		workspaces.Cut{Column: "day", Bounds: []float64{1, 3, 4}},
		workspaces.Cut{Column: "moment"},
	)
	want := []workspaces.Distribution{
		{Column: "flag", Values: 3, Counts: []workspaces.ValueCount{{Value: "true", Rows: 2}, {Value: "false", Rows: 1}}},
		{Column: "SMALL", Values: 3, Measured: true, Finite: 3, Sum: 7, Min: 1, Max: 4, Histogram: []int64{1, 2}},
		{Column: "large", Values: 3, Measured: true, Finite: 3, Sum: 60, Min: 10, Max: 30, Histogram: []int64{1}},
		{Column: "single", Values: 3, Measured: true, Finite: 3, Sum: 4.5, Min: 0.5, Max: 2.5},
		{Column: "exact", Values: 3, Measured: true, Finite: 3, Sum: 6, Min: 1.25, Max: 2.75, Histogram: []int64{1, 2}},
		{Column: "word", Values: 3, Counts: []workspaces.ValueCount{{Value: "a", Rows: 2}, {Value: "b", Rows: 1}}},
		{Column: "day", Values: 3, Measured: true, Finite: 3, Sum: 7, Min: 1, Max: 4, Histogram: []int64{2, 1}},
		{Column: "moment", Values: 3, Measured: true, Finite: 3, Sum: 6e6, Min: 1e6, Max: 3e6},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// slowly computes the distribution of whole numbers value by value and bucket by bucket.
func slowly(values []*int64, bounds []float64) workspaces.Distribution {
	d := workspaces.Distribution{Column: "n", Measured: true}
	var there []float64
	for _, v := range values {
		if v != nil {
			there = append(there, float64(*v))
		}
	}
	d.Values, d.Finite = int64(len(there)), int64(len(there))
	if len(there) > 0 {
		d.Min, d.Max = slices.Min(there), slices.Max(there)
	}
	for i := 1; i < len(bounds); i++ {
		n := int64(0)
		for _, v := range there {
			if bounds[i-1] <= v && (v < bounds[i] || i == len(bounds)-1 && v == bounds[i]) {
				n++
			}
		}
		d.Histogram = append(d.Histogram, n)
	}
	for _, v := range there {
		d.Sum += v
	}
	return d
}

func TestADistributionIsWhatCountingOneByOneGives(t *testing.T) {
	w := open(t)
	rapid.Check(t, func(r *rapid.T) {
		small := rapid.Int64Range(-20, 20)
		values := rapid.SliceOfN(rapid.Ptr(small, true), 1, 40).Draw(r, "values")
		bounds := rapid.SliceOfNDistinct(rapid.Float64Range(-25, 25), 0, 6, rapid.ID).Draw(r, "bounds")
		if len(bounds) > 1 && rapid.Bool().Draw(r, "whole") {
			for i := range bounds {
				bounds[i] = float64(int(bounds[i]))
			}
		}
		slices.Sort(bounds)
		bounds = slices.Compact(bounds)
		var rows []string
		for _, v := range values {
			text, err := json.Marshal(map[string]*int64{"n": v})
			if err != nil {
				r.Fatal(err)
			}
			rows = append(rows, string(text))
		}
		put(t, w, visits, strings.Join(rows, "\n"))
		got := distributionsOf(t, w, visits, workspaces.Cut{Column: "n", Bounds: bounds})
		if diff := cmp.Diff([]workspaces.Distribution{slowly(values, bounds)}, got); diff != "" {
			r.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTextsAreCountedByValueUntilThereAreTooMany(t *testing.T) {
	src := features.Source{Database: "demo_db", Name: "words", Columns: schema.Schema{{Name: "word", Type: schema.String}}}
	for _, different := range []int{workspaces.MostValues, workspaces.MostValues + 1} {
		t.Run(fmt.Sprint(different), func(t *testing.T) {
			w := open(t)
			want := map[string]int64{}
			var rows []string
			for i := range 2*different - 1 {
				word := fmt.Sprintf("w%04d", i%different)
				want[word]++
				rows = append(rows, fmt.Sprintf(`{"word": %q}`, word))
			}
			put(t, w, src, strings.Join(rows, "\n"))
			got := distributionsOf(t, w, src, workspaces.Cut{Column: "word"})[0]
			if got.Values != int64(len(rows)) || got.Many != (different > workspaces.MostValues) {
				t.Errorf("%d values of %d, many: %t", got.Values, len(rows), got.Many)
			}
			counts := map[string]int64{}
			for _, c := range got.Counts {
				counts[c.Value] = c.Rows
			}
			if different <= workspaces.MostValues && !maps.Equal(want, counts) {
				t.Errorf("%d values are counted, want %d", len(counts), len(want))
			}
			if got.Many && got.Counts != nil {
				t.Error("some of too many values are told")
			}
		})
	}
}

// Distributions are of the version that they are asked for, and end with their context.
func TestDistributionsAreOfAVersion(t *testing.T) {
	w := open(t)
	put(t, w, visits, `{"n": 1}`)
	before, err := w.Source(t.Context(), visits)
	if err != nil {
		t.Fatal(err)
	}
	put(t, w, visits, `{"n": 5}`)
	cut := []workspaces.Cut{{Column: "n"}}
	if got, err := w.Distributions(t.Context(), before, cut); err != nil || got[0].Sum != 1 {
		t.Errorf("%+v, %v; want a sum of 1", got, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := w.Distributions(ended, before, cut); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if _, err := w.Distributions(t.Context(), before, []workspaces.Cut{{Column: "nothing"}}); err == nil {
		t.Error("a column that there is not was read")
	}
}
