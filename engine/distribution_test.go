package engine

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/features/schema"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDistributionsAreReadOnceAVersion(t *testing.T) {
	h, m := measured(t, workspaces.ColumnStatistics{Column: "x_a", Min: []byte("1"), Max: []byte("10")}, workspaces.ColumnStatistics{Column: "x_b"})
	get := func(columns ...string) map[string]ColumnDistribution {
		t.Helper()
		got, err := h.Distributions(t.Context(), "bncapers", "fs_x", columns)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := get("x_a", "nothing")
	if len(got) != 1 || got["x_a"].Sum != 55 || got["x_a"].Type != schema.Int || len(got["x_a"].Histogram) != 10 {
		t.Errorf("got %+v", got)
	}
	get("x_a")
	if len(m.cuts) != 1 {
		t.Errorf("the table was read %d times, want once", len(m.cuts))
	}
	// Of x_b the statistics tell no bounds: they are found first, and the buckets come in a second pass.
	if d := get("x_a", "x_b")["x_b"]; len(m.cuts) != 3 || m.cuts[1][0].Bounds != nil || len(d.Histogram) != len(d.Bounds)-1 || d.Bounds[0] != 1 || d.Bounds[len(d.Bounds)-1] != 10 {
		t.Errorf("got %+v after %v", d, m.cuts)
	}
	h.bncapers.build("fs_x", 5, schema.Column{Name: "x_a", Type: schema.Int})
	h.look(t)
	get("x_a")
	if len(m.cuts) != 4 {
		t.Errorf("the next version was read %d times, want once", len(m.cuts)-3)
	}
}

func TestDistributionsOfWhatIsNotThere(t *testing.T) {
	h, _ := measured(t)
	if _, err := h.Distributions(t.Context(), "nowhere", "fs_x", nil); err == nil {
		t.Error("a workspace that there is not was read")
	}
	var unknown *UnknownNameError
	if _, err := h.Distributions(t.Context(), "bncapers", "fs_y", nil); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "did you mean fs_x?") {
		t.Errorf("a table that there is not: %v", err)
	}
}

func TestBuckets(t *testing.T) {
	day := func(text string) float64 {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return float64(at.Unix() / 86400)
	}
	tests := []struct {
		name      string
		kind      schema.Type
		low, high float64
		want      []float64
	}{
		{"one whole number", schema.Int, 7, 7, []float64{7, 8}},
		{"a bucket a number", schema.BigInt, -1, 2, []float64{-1, 0, 1, 2, 3}},
		{"one fraction", schema.Double, 0.5, 0.5, []float64{0.5, 0.5}},
		{"days of a month", schema.Date, 10, 12, []float64{10, 11, 12, 13}},
		{"months", schema.Date, day("2025-12-15"), day("2026-02-01"), []float64{day("2025-12-01"), day("2026-01-01"), day("2026-02-01"), day("2026-03-01")}},
		{"nothing", schema.Int, 1, 0, nil},
		{"no end", schema.Double, 0, math.Inf(1), nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Buckets(tt.kind, tt.low, tt.high)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Every value from the lowest to the highest is in a bucket, there are not too many of those, and those of whole numbers
// hold equally many.
func TestBucketsHoldEveryValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]schema.Type{schema.Int, schema.BigInt, schema.Double, schema.Date, schema.Timestamp}).Draw(t, "type")
		low := rapid.Float64Range(-40000, 40000).Draw(t, "low")
		high := low + rapid.Float64Range(0, 40000).Draw(t, "more")
		if kind != schema.Double {
			low, high = math.Floor(low), math.Floor(high)
		}
		b := Buckets(kind, low, high)
		if n := len(b) - 1; n < 1 || n > mostBuckets {
			t.Fatalf("%d buckets, want 1 to %d", n, mostBuckets)
		}
		if !slices.IsSorted(b) || b[0] > low || b[len(b)-1] < high {
			t.Fatalf("from %v to %v: %v", low, high, b)
		}
		if kind == schema.Int || kind == schema.BigInt {
			for i := 2; i < len(b); i++ {
				if b[i]-b[i-1] != b[1]-b[0] || b[i] != math.Floor(b[i]) {
					t.Fatalf("the buckets are unequal: %v", b)
				}
			}
		}
	})
}

func TestMeasuredTimesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2000, 1, rapid.IntRange(-40000, 40000).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		if n, ok := measureOf(schema.Date, []byte(day.Format(`"2006-01-02"`))); !ok || !MeasuredTime(schema.Date, n).Equal(day) {
			t.Errorf("%v is %v (%t)", day, n, ok)
		}
		moment := day.Add(time.Duration(rapid.Int64Range(0, 86400000).Draw(t, "ms")) * time.Millisecond)
		if n, ok := measureOf(schema.Timestamp, []byte(moment.Format(`"2006-01-02T15:04:05.999Z"`))); !ok || !MeasuredTime(schema.Timestamp, n).Equal(moment) {
			t.Errorf("%v is %v (%t)", moment, n, ok)
		}
	})
}
