package schema_test

import (
	"strings"
	"testing"

	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"
)

func TestEveryTypeGoesToArrowAndBack(t *testing.T) {
	for _, want := range []schema.Type{
		schema.Boolean, schema.Int, schema.BigInt, schema.Float, schema.Double, schema.String, schema.Date,
		schema.Timestamp, schema.Decimal(18, 2), schema.Decimal(38, 0),
	} {
		a, err := want.Arrow()
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if got, err := schema.FromArrow(a); err != nil || got != want {
			t.Errorf("%s came back as %s, %v", want, got, err)
		}
	}
}

func TestUnknownTypesAreRefusedByName(t *testing.T) {
	for _, bad := range []schema.Type{"", "VARCHAR", "DECIMAL(39,2)", "DECIMAL(4,5)", "int"} {
		if _, err := bad.Arrow(); err == nil || !strings.Contains(err.Error(), string(bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := schema.FromArrow(arrow.ListOf(arrow.PrimitiveTypes.Int64)); err == nil {
		t.Error("a list has a column type")
	}
}

func TestOnlyTheNamedTypeChangesLoseNothing(t *testing.T) {
	types := []schema.Type{
		schema.Boolean, schema.Int, schema.BigInt, schema.Float, schema.Double, schema.String, schema.Date, schema.Timestamp,
		schema.Decimal(18, 2),
	}
	lossless := map[[2]schema.Type]bool{
		{schema.Int, schema.BigInt}:     true,
		{schema.Int, schema.Double}:     true,
		{schema.Float, schema.Double}:   true,
		{schema.Date, schema.Timestamp}: true,
	}
	for _, from := range types {
		for _, to := range types {
			c := schema.TypeChange{Column: "c", Expected: from, Found: to}
			if got, want := c.Lossless(), lossless[[2]schema.Type{from, to}]; got != want {
				t.Errorf("%s → %s: lossless %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestCompare(t *testing.T) {
	table := schema.Schema{{Name: "pk", Type: schema.BigInt}, {Name: "City", Type: schema.String}, {Name: "cnt", Type: schema.Int}, {Name: "gone", Type: schema.Date}, {Name: "score", Type: schema.Double}}
	data := schema.Schema{{Name: "PK", Type: schema.BigInt}, {Name: "city", Type: schema.String}, {Name: "cnt", Type: schema.BigInt}, {Name: "score", Type: schema.String}, {Name: "fresh", Type: schema.Boolean}}
	got := schema.Compare(table, data)
	want := schema.Difference{
		New:     schema.Schema{{Name: "fresh", Type: schema.Boolean}},
		Missing: schema.Schema{{Name: "gone", Type: schema.Date}},
		Widened: []schema.TypeChange{{Column: "cnt", Expected: schema.Int, Found: schema.BigInt}},
		Changed: []schema.TypeChange{{Column: "score", Expected: schema.Double, Found: schema.String}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names compare without regard to case (-want +got):\n%s", diff)
	}
	if !got.Loses() || got.Empty() {
		t.Error("a missing column loses values")
	}
	if diff := cmp.Diff([]string{"gone", "score"}, got.LostColumns()); diff != "" {
		t.Error(diff)
	}
	const text = "new fresh; missing gone; type of cnt INT → BIGINT; type of score DOUBLE → STRING"
	if got.String() != text {
		t.Errorf("%q, want %q", got, text)
	}
	if same := schema.Compare(table, table); !same.Empty() || same.Loses() || same.String() != "none" {
		t.Errorf("a table differs from itself: %s", same)
	}
}
