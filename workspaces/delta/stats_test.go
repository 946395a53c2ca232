package delta

import (
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"pgregory.net/rapid"
)

func TestBounds(t *testing.T) {
	long := strings.Repeat("é", 40)
	for name, c := range map[string]struct {
		t         arrow.DataType
		batches   []string // JSON lists
		low, high string   // "" for none
	}{
		"integers":                {int64Type, []string{`[5, null, -9223372036854775808]`, `[9223372036854775807]`}, "-9223372036854775808", "9223372036854775807"},
		"small integers":          {arrow.PrimitiveTypes.Int8, []string{`[-128, 127]`}, "-128", "127"},
		"all null":                {int32Type, []string{`[null, null]`, `[null]`}, "", ""},
		"null first":              {int32Type, []string{`[null]`, `[3, 2]`}, "2", "3"},
		"doubles":                 {doubleType, []string{`[0.1, 1e300]`, `[-2]`}, "-2.0", "1e+300"},
		"zeros":                   {doubleType, []string{`[0]`}, "-0.0", "0.0"},
		"floats as short as they": {floatType, []string{`[0.1]`}, "0.1", "0.1"},
		"booleans":                {boolType, []string{`[true, null]`, `[true]`}, "true", "true"},
		"dates":                   {dateType, []string{`["2026-05-01", "1969-12-31"]`}, `"1969-12-31"`, `"2026-05-01"`},
		"times move outwards":     {timeType, []string{`["2026-05-01 00:00:00.000001", "1969-12-31 23:59:59.999999"]`}, `"1969-12-31T23:59:59.999Z"`, `"2026-05-01T00:00:00.001Z"`},
		"whole milliseconds stay": {timeType, []string{`["2026-05-01 00:00:00.5"]`}, `"2026-05-01T00:00:00.500Z"`, `"2026-05-01T00:00:00.500Z"`},
		"decimals are exact":      {&arrow.Decimal128Type{Precision: 38, Scale: 2}, []string{`["123456789012345678901234567890.12", "-0.05"]`}, "-0.05", "123456789012345678901234567890.12"},
		"strings":                 {stringType, []string{`["b", null]`, `["a", "ñ"]`}, `"a"`, `"ñ"`},
		"long strings are cut":    {stringType, []string{`["` + long + `"]`}, `"` + long[:64] + `"`, `"` + long[:64] + "\U0010FFFF\""},
		"no cut is high enough":   {stringType, []string{`["` + strings.Repeat("\U0010FFFF", 40) + `"]`}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var batches []arrow.Array
			for _, b := range c.batches {
				a, _, err := array.FromJSON(memory.DefaultAllocator, c.t, strings.NewReader(b), array.WithUseNumber())
				if err != nil {
					t.Fatal(err)
				}
				batches = append(batches, a)
			}
			s := statsOf(t, batches...)
			low, high := s.bounds(c.t)
			if string(low) != c.low || string(high) != c.high {
				t.Errorf("bounds %s, %s, want %s, %s", low, high, c.low, c.high)
			}
		})
	}
}

func TestBoundsAreLeftOut(t *testing.T) {
	doubles := func(values ...float64) arrow.Array {
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		b.AppendValues(values, nil)
		return b.NewArray()
	}
	broken := array.NewStringBuilder(memory.DefaultAllocator)
	broken.AppendValues([]string{"a", "\xff"}, nil)
	for name, batches := range map[string][]arrow.Array{
		"NaN":                {doubles(1, math.NaN(), 2)},
		"NaN before values":  {doubles(math.NaN()), doubles(1)},
		"an infinity":        {doubles(1), doubles(math.Inf(1))},
		"text without UTF-8": {broken.NewArray()},
	} {
		t.Run(name, func(t *testing.T) {
			s := statsOf(t, batches...)
			if low, high := s.bounds(batches[0].DataType()); low != nil || high != nil {
				t.Errorf("bounds %s, %s, want none", low, high)
			}
		})
	}
}

func TestCutStringsAreBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.StringN(0, 50, -1).Draw(rt, "s")
		if low := cutDown(s); low > s || len([]rune(low)) > maxBoundLength {
			rt.Fatalf("%q is no lower bound of %q", low, s)
		}
		if high, ok := cutUp(s); ok && high < s {
			rt.Fatalf("%q is no upper bound of %q", high, s)
		}
	})
}
