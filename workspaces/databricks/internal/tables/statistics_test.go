package tables

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces"
)

var wide = workspaces.Table{Database: "fs", Name: "fs_wide", Version: 7, Schema: schema.Schema{
	{Name: "pk_customer", Type: schema.BigInt}, {Name: "share", Type: schema.Double}, {Name: "price", Type: "DECIMAL(18,2)"},
	{Name: "flag", Type: schema.Boolean}, {Name: "city", Type: schema.String}, {Name: "day", Type: schema.Date},
	{Name: "at", Type: schema.Timestamp}, {Name: "list", Type: "ARRAY<INT>"}, {Name: "a`b", Type: schema.Float},
}}

func TestStatistics(t *testing.T) {
	x := openShop(t)
	columns, row := "all_rows BIGINT, customers BIGINT", []any{10, 4}
	hostile := "'x\"\n\x00\u2028"
	for i, v := range [][3]any{
		{10, "-9223372036854775808", "9223372036854775807"}, {9, "-1.0E-5", "NaN"}, {8, "-0.50", "99999999999999999.99"},
		{7, "false", "true"}, {6, "", hostile}, {5, "0001-01-01", "9999-12-31"},
		{4, "2025-01-01T00:00:00.000Z", "2025-12-31 23:59:59.123456"}, {3, nil, nil}, {0, nil, nil},
	} {
		columns += fmt.Sprintf(", n%d BIGINT", i)
		row = append(row, v[0])
		if i != 7 {
			columns += fmt.Sprintf(", a%d STRING, z%d STRING", i, i)
			row = append(row, v[1], v[2])
		}
	}
	x.lake.Answer("AS all_rows", columns, row)
	n := x.count()
	got, err := x.Statistics(t.Context(), wide, "pk_customer")
	if err != nil {
		t.Fatal(err)
	}
	x.golden("statistics", x.since(n))
	text := func(s string) json.RawMessage {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	number := func(s string) json.RawMessage { return json.RawMessage(s) }
	want := workspaces.Statistics{Rows: 10, Customers: 4, Columns: []workspaces.ColumnStatistics{
		{Column: "pk_customer", Min: number("-9223372036854775808"), Max: number("9223372036854775807")},
		{Column: "share", Nulls: 1, Min: number("-1.0E-5")}, // NaN is no number of JSON
		{Column: "price", Nulls: 2, Min: number("-0.50"), Max: number("99999999999999999.99")},
		{Column: "flag", Nulls: 3, Min: number("false"), Max: number("true")},
		{Column: "city", Nulls: 4, Min: text(""), Max: text(hostile)},
		{Column: "day", Nulls: 5, Min: text("0001-01-01"), Max: text("9999-12-31")},
		{Column: "at", Nulls: 6, Min: text("2025-01-01T00:00:00Z"), Max: text("2025-12-31T23:59:59.123456Z")},
		{Column: "list", Nulls: 7},
		{Column: "a`b", Nulls: 10},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

func TestValuesThatJSONCannotSay(t *testing.T) {
	for _, c := range []struct {
		kind  schema.Type
		value string
		want  string
	}{
		{schema.Double, "Infinity", ""}, {schema.Double, "-Infinity", ""}, {schema.Float, "NaN", ""}, {schema.Double, "1.0E10", "1.0E10"},
		{schema.Double, "0x1p3", ""}, {schema.Double, "1e999", ""}, {schema.Int, "", ""}, {schema.Int, "+1", ""}, {schema.Int, "007", ""},
		{schema.Boolean, "TRUE", "true"}, {schema.Boolean, "maybe", ""}, {schema.Timestamp, "+10000-01-01T00:00:00Z", ""},
		{schema.Timestamp, "never", ""}, {"MAP<STRING,INT>", "{}", ""},
	} {
		if got := string(literalOf(c.kind, c.value)); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.value, c.kind, got, c.want)
		}
	}
}

func TestDistributions(t *testing.T) {
	x := openShop(t)
	x.lake.Answer("AS f1", "n1 BIGINT, f1 BIGINT, sum1 DOUBLE, min1 DOUBLE, max1 DOUBLE, h1_0 BIGINT, h1_1 BIGINT, n3 BIGINT, f3 BIGINT, sum3 DOUBLE, min3 DOUBLE, max3 DOUBLE",
		[]any{9, 8, "1.5E1", "-2.0", "9.75", 3, 5, 0, 0, nil, nil, nil})
	x.lake.Answer("CAST\\(`city`", "v STRING, n BIGINT", []any{"Ñuñoa", 5}, []any{"", 4})
	x.lake.Answer("CAST\\(`flag`", "v STRING, n BIGINT", []any{"true", 7})
	n := x.count()
	got, err := x.Distributions(t.Context(), wide, []workspaces.Cut{
		{Column: "city"}, {Column: "share", Bounds: []float64{-2, 0.1, math.MaxFloat64}}, {Column: "flag"}, {Column: "at", Bounds: []float64{5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	x.golden("distributions", x.since(n))
	want := []workspaces.Distribution{
		{Column: "city", Values: 9, Counts: []workspaces.ValueCount{{Value: "Ñuñoa", Rows: 5}, {Value: "", Rows: 4}}},
		{Column: "share", Values: 9, Measured: true, Finite: 8, Sum: 15, Min: -2, Max: 9.75, Histogram: []int64{3, 5}},
		{Column: "flag", Values: 7, Counts: []workspaces.ValueCount{{Value: "true", Rows: 7}}},
		{Column: "at", Measured: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := x.Distributions(t.Context(), wide, []workspaces.Cut{{Column: "no"}}); err == nil || !strings.Contains(err.Error(), `column "no" is not there`) {
		t.Error(err)
	}
}

// A text with too many values is not listed, and costs one row more than would be.
func TestADistributionOfManyValues(t *testing.T) {
	x := openShop(t)
	var rows [][]any
	for i := range workspaces.MostValues + 1 {
		rows = append(rows, []any{fmt.Sprint(i), 1})
	}
	x.lake.Answer("CAST\\(`city`", "v STRING, n BIGINT", rows...)
	x.lake.Answer("^SELECT count\\(`city`\\)", "n BIGINT", []any{123_456})
	got, err := x.Distributions(t.Context(), wide, []workspaces.Cut{{Column: "city"}})
	if err != nil || !cmp.Equal(got, []workspaces.Distribution{{Column: "city", Values: 123_456, Many: true}}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDistributionsThatCannotBeRead(t *testing.T) {
	x := openShop(t)
	cuts := []workspaces.Cut{{Column: "share"}}
	x.lake.Answer("AS f0", "n0 BIGINT, f0 BIGINT, sum0 DOUBLE, min0 DOUBLE, max0 DOUBLE", []any{1, 1, "much", "1", "1"})
	if _, err := x.Distributions(t.Context(), wide, cuts); err == nil || !strings.Contains(err.Error(), "distributions of fs.fs_wide: column share") {
		t.Error(err)
	}
	x.lake.Answer("AS f0", "n0 BIGINT", []any{1})
	if _, err := x.Distributions(t.Context(), wide, cuts); err == nil || !strings.Contains(err.Error(), "no f0") {
		t.Error(err)
	}
}
