package drift

import (
	"math"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features"
	"featops/features/columnar"
	"featops/workspaces"
)

// rows are of one month: n of them, with the values that of gives; NaN stands for null.
type rows struct {
	month string
	n     int
	of    func(i int) float64
}

func always(v float64) func(int) float64 { return func(int) float64 { return v } }

// oneIn gives a value to one row of every so many, and 0 to the others.
func oneIn(n int, v float64) func(int) float64 {
	return func(i int) float64 {
		if i%n == 0 {
			return v
		}
		return 0
	}
}

func monthOf(t *testing.T, text string) int32 {
	t.Helper()
	at, err := time.Parse("2006-01", text)
	if err != nil {
		t.Fatal(err)
	}
	return columnar.MonthOf(at)
}

// sample makes a sample of a version with the keys, a number, a text and a boolean, each row of which stands for weight rows.
func sample(t *testing.T, kind arrow.DataType, weight float64, months ...rows) *Sample {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: features.CustomerKey, Type: arrow.PrimitiveTypes.Int64}, {Name: features.ReleaseKey, Type: arrow.FixedWidthTypes.Date32},
		{Name: "number", Type: kind, Nullable: true}, {Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "truth", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	}, nil)
	var parts []Part
	for _, m := range months {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i := range m.n {
			b.Field(0).(*array.Int64Builder).Append(int64(1000*len(parts) + i))
			b.Field(1).(*array.Date32Builder).Append(arrow.Date32FromTime(columnar.StartOf(monthOf(t, m.month))))
			v := m.of(i)
			if math.IsNaN(v) {
				for c := 2; c < 5; c++ {
					b.Field(c).AppendNull()
				}
				continue
			}
			switch number := b.Field(2).(type) {
			case *array.Float64Builder:
				number.Append(v)
			case *array.Int32Builder:
				number.Append(int32(v))
			}
			b.Field(3).(*array.StringBuilder).Append(string(rune('a' + int(v))))
			b.Field(4).(*array.BooleanBuilder).Append(v != 0)
		}
		parts = append(parts, Part{b.NewRecord(), weight})
	}
	return NewSample(schema, parts)
}

var double, whole = arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Int32

// TestDrift has figures that are computed by hand: Σ (a-e)·ln(a/e) over the buckets of the shares.
func TestDrift(t *testing.T) {
	half := 0.25 * math.Log(0.75/0.5) // from a half to three quarters
	quarter := 0.25 * math.Log(0.5/0.25)
	for name, c := range map[string]struct {
		before, now *Sample
		want        float64
	}{
		"the same values": {
			sample(t, double, 1, rows{"2024-01", 400, oneIn(2, 1)}), sample(t, double, 1, rows{"2024-01", 800, oneIn(2, 1)}), 0},
		"other shares": {
			sample(t, double, 1, rows{"2024-01", 400, oneIn(2, 1)}), sample(t, double, 1, rows{"2024-01", 400, oneIn(4, 1)}), half + quarter},
		"weights count, not rows": {
			sample(t, double, 1, rows{"2024-01", 400, oneIn(2, 1)}),
			sample(t, double, 7, rows{"2024-01", 400, oneIn(4, 1)}), half + quarter},
		"nulls are a bucket": {
			sample(t, double, 1, rows{"2024-01", 400, oneIn(2, 1)}), sample(t, double, 1, rows{"2024-01", 400, oneIn(4, math.NaN())}),
			// None of the ones is left, three quarters are 0 and a quarter null, of which there was none.
			half + (0.5-1e-4)*math.Log(0.5/1e-4) + (0.25-1e-4)*math.Log(0.25/1e-4)},
	} {
		t.Run(name, func(t *testing.T) {
			var p workspaces.Profile
			comparison := Compare(c.now, c.before, 7, NoMonth, &p)
			if p.Before != 6 || p.Month != "" {
				t.Errorf("compared with version %d and month %q", p.Before, p.Month)
			}
			for _, column := range []string{"number", "text", "truth"} {
				var got workspaces.ColumnProfile
				comparison.Column(column, &got)
				if got.Drift == nil || math.Abs(*got.Drift-c.want) > 1e-9 || got.MonthDrift != nil {
					t.Errorf("%s: %+v, want %g", column, got, c.want)
				}
			}
		})
	}
}

// TestDriftOfTheNewestMonth is against the month before, whatever other months there are.
func TestDriftOfTheNewestMonth(t *testing.T) {
	now := sample(t, double, 1, rows{"2023-12", 300, always(9)}, rows{"2024-01", 400, oneIn(2, 1)}, rows{"2024-02", 400, oneIn(4, 1)})
	var p workspaces.Profile
	var got workspaces.ColumnProfile
	Compare(now, nil, 3, monthOf(t, "2024-02"), &p).Column("number", &got)
	want := 0.25*math.Log(0.75/0.5) + 0.25*math.Log(0.5/0.25)
	if p.Month != "2024-02" || p.MonthBefore != "2024-01" || got.MonthDrift == nil || math.Abs(*got.MonthDrift-want) > 1e-9 || got.Drift != nil {
		t.Errorf("%+v, %+v, want %g", p, got, want)
	}
}

// TestFewRowsAreNotCompared: ten buckets of fewer than 300 rows differ by chance alone.
func TestFewRowsAreNotCompared(t *testing.T) {
	many, few := sample(t, double, 1, rows{"2024-01", 300, always(1)}), sample(t, double, 1000, rows{"2024-01", 299, always(1)})
	for name, c := range map[string]struct{ now, before *Sample }{
		"now": {few, many}, "before": {many, few}, "no version before": {many, nil},
	} {
		p := workspaces.Profile{Before: workspaces.NoTable}
		var got workspaces.ColumnProfile
		Compare(c.now, c.before, 1, monthOf(t, "2024-01"), &p).Column("number", &got)
		if p.Before != workspaces.NoTable || p.Month != "" || got.Drift != nil || got.MonthDrift != nil {
			t.Errorf("%s: %+v, %+v", name, p, got)
		}
	}
}

// TestWhatIsNotCompared: keys are no features, and a column that has another type now, or is new, has nothing to be compared with.
func TestWhatIsNotCompared(t *testing.T) {
	var p workspaces.Profile
	now, before := sample(t, double, 1, rows{"2024-01", 400, always(1)}), sample(t, whole, 1, rows{"2024-01", 400, always(2)})
	c := Compare(now, before, 1, NoMonth, &p)
	for _, column := range []string{features.CustomerKey, features.ReleaseKey, "number"} {
		var got workspaces.ColumnProfile
		if numbers := c.Column(column, &got); numbers == nil || got.Drift != nil {
			t.Errorf("%s: %+v", column, got)
		}
	}
	var got workspaces.ColumnProfile
	if numbers := c.Column("gone", &got); numbers != nil || got.Drift != nil {
		t.Errorf("%+v", got)
	}
}
