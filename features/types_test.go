package features_test

import (
	"strings"
	"testing"

	. "featops/features"
	"featops/features/schema"

	"github.com/google/go-cmp/cmp"
)

// ledger is a source with a column of each type.
var ledger = Source{Database: "db", Name: "ledger", Columns: schema.Schema{
	{Name: "id", Type: schema.BigInt},
	{Name: "month", Type: schema.String},
	{Name: "opened", Type: schema.Timestamp},
	{Name: "n", Type: schema.Int},
	{Name: "x", Type: schema.Decimal(12, 2)},
	{Name: "f", Type: schema.Float},
	{Name: "text", Type: schema.String},
	{Name: "flag", Type: schema.Boolean},
}}

func table(fs ...Feature) Table {
	return Table{Name: "t", Source: ledger, Customer: "id", Release: Release{After: "month"}, Frame: Rows, Features: fs}
}

func TestTypesFollowFromTheExpressions(t *testing.T) {
	fs := []Feature{
		{Name: "sum_n", Value: Aggregate{Sum, Col("n")}},
		{Name: "mean_n", Value: Aggregate{Mean, Col("n")}},
		{Name: "sum_x", Value: Aggregate{Sum, Col("x")}},
		{Name: "max_f", Value: Aggregate{Max, Col("F")}}, // names compare without regard to case
		{Name: "first", Value: Aggregate{Min, Col("opened")}},
		{Name: "any", Value: Aggregate{Max, Col("flag")}},
		{Name: "lag_sum_n", Value: Lag{Ref("sum_n"), 1}},
		{Name: "mixed", Value: Arith{Ref("sum_n"), Multiply, Ref("sum_x")}},
		{Name: "quotient", Value: Arith{Ref("sum_n"), Divide, Ref("sum_n")}},
		{Name: "text", Value: If{Ref("any"), Text("a"), Text("b")}},
	}
	got, err := table(fs...).Types()
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Type{schema.BigInt, schema.Double, schema.Double, schema.Double, schema.Date,
		schema.Boolean, schema.BigInt, schema.Double, schema.Double, schema.String}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"id", "month", "opened", "n", "x", "f", "flag"}, table(fs...).Columns().Names()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"n", "x"}, table(fs...).Inputs(fs[7])); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

func TestWholeNumbersAreKeptAsInt(t *testing.T) {
	s, err := table(Feature{Name: "n", Value: Aggregate{Fn: Count}, Meaning: "Rows."}).Schema(schema.BigInt)
	if err != nil {
		t.Fatal(err)
	}
	want := schema.Column{Name: "n", Type: schema.Int, Comment: "Rows."}
	if s[0].Type != schema.BigInt || s[2] != want {
		t.Errorf("schema %v", s)
	}
}

func TestADefinitionThatDoesNotFitTogetherNamesTheFeature(t *testing.T) {
	count := Aggregate{Fn: Count}
	for want, value := range map[string]Expr{
		"an operand is absent":                       Aggregate{Sum, Round{}},
		"column n must stand inside an aggregate":    Col("n"),
		"column y is not in db.ledger: it has [id":   Aggregate{Sum, Col("y")},
		"later is no earlier feature":                Ref("later"),
		"feature before must stand outside":          Aggregate{Sum, Ref("before")},
		"text is STRING, want BOOLEAN":               Aggregate{Max, Not{Col("text")}},
		"0 is BIGINT, want DOUBLE":                   Coalesce{Aggregate{Sum, Col("x")}, Int(0)},
		"'a' = 1 compares STRING with BIGINT":        Compare{Text("a"), Equal, Int(1)},
		`comparison "!="`:                            Compare{count, "!=", count},
		`arithmetic operation "%"`:                   Arith{count, "%", count},
		"'a' + 1 computes with STRING and BIGINT":    Arith{Text("a"), Add, Int(1)},
		"count(*) is BIGINT, want DOUBLE":            Round{count},
		"sum of a STRING":                            Aggregate{Sum, Col("text")},
		"max of a STRING":                            Aggregate{Max, Col("text")},
		"sum of a BOOLEAN":                           Aggregate{Sum, Col("flag")},
		"stddev is not one of":                       Aggregate{StdDev, Col("n")},
		"count is not one of":                        Rolling{Count, count, 3},
		"count takes no operand":                     Aggregate{Count, Col("n")},
		"an aggregate stands inside an aggregate":    Aggregate{Sum, count},
		"a rolling sum over 0":                       Rolling{Sum, count, 0},
		"a lag by 0":                                 Lag{count, 0},
		"a lag by 1: it is computed over groups":     Aggregate{Sum, Lag{Col("n"), 1}},
		`a null of type "INT"`:                       Null(schema.Int),
		"case text when 'a' then 'b' when null then": Aggregate{Max, Not{Map{Of: Col("text"), Cases: []Case{{"a", Text("b")}}, Else: Text("c"), IfNull: Null(schema.String)}}},
		"unknown expression *features.Round":         &Round{},
	} {
		_, err := table(Feature{Name: "before", Value: count}, Feature{Name: "wrong", Value: value}).Types()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "table t: feature wrong: ") {
			t.Errorf("%s: error %v, want %q", Formula(value), err, want)
		}
	}
}

func TestAllProblemsOfADefinitionComeInOneError(t *testing.T) {
	wrong := Table{Name: "t", Source: ledger, Customer: "text", Release: Release{}, Frame: "weeks",
		Where: Col("n"), Features: []Feature{
			{Name: "a", Value: Aggregate{Fn: Count}},
			{Name: "a", Value: Aggregate{Fn: Count}},
			{Name: "b", Value: Col("text")},
		}}
	_, err := wrong.Types()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"table t: the customer column text is STRING: allowed are [BIGINT INT]",
		"table t: exactly one of Release.After and Release.Since must be set",
		`table t: frame "weeks": allowed are rows, months`,
		"table t: where is BIGINT, want BOOLEAN",
		"table t: feature a: the name is taken by an earlier feature",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
}

func TestWhereHasNoMonthYet(t *testing.T) {
	for _, e := range []Expr{EventMonth{}, ReleaseDate{}} {
		wrong := table()
		wrong.Where = NotNull{e}
		if _, err := wrong.Types(); err == nil || !strings.Contains(err.Error(), Formula(e)+" is not known here") {
			t.Errorf("error %v", err)
		}
	}
}

func TestATableWithoutEventMonthsIsComputedByTheRow(t *testing.T) {
	since := Table{Name: "t", Source: ledger, Customer: "id", Release: Release{Since: "opened"}, Frame: Rows, Features: []Feature{
		{Name: "n", Value: Col("n")}, {Name: "more", Value: Arith{Ref("n"), Add, Int(1)}}, {Name: "at", Value: ReleaseDate{}},
	}}
	if _, err := since.Types(); err != nil {
		t.Error(err)
	}
	for want, value := range map[string]Expr{
		"event_month is not known here":     EventMonth{},
		"or in a table without groups":      Aggregate{Fn: Count},
		"a rolling sum over 3: it is":       Rolling{Sum, Ref("n"), 3},
		"a lag by 1: it is computed over g": Lag{Ref("n"), 1},
	} {
		wrong := since
		wrong.Features = []Feature{{Name: "n", Value: Col("n")}, {Name: "wrong", Value: value}}
		if _, err := wrong.Types(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	since.Release.Since = "month"
	if _, err := since.Types(); err == nil || !strings.Contains(err.Error(), "the since column month is STRING: allowed are [DATE TIMESTAMP]") {
		t.Errorf("error %v", err)
	}
}

func TestSourcesAcceptTypesThatLoseNothing(t *testing.T) {
	accepted := map[schema.Type][]schema.Type{
		schema.BigInt:    {schema.BigInt, schema.Int},
		schema.Int:       {schema.BigInt, schema.Int},
		schema.Double:    {schema.Double, schema.Float, schema.Decimal(10, 2), schema.BigInt, schema.Int},
		schema.Date:      {schema.Date, schema.Timestamp},
		schema.Timestamp: {schema.Date, schema.Timestamp},
		schema.String:    {schema.String},
		schema.Boolean:   {schema.Boolean},
	}
	all := []schema.Type{schema.Boolean, schema.Int, schema.BigInt, schema.Float, schema.Double, schema.String, schema.Date, schema.Timestamp, schema.Decimal(10, 2)}
	for declared, want := range accepted {
		var got []schema.Type
		for _, actual := range all {
			if ledger.Check(schema.Schema{{Name: "c", Type: declared}}, schema.Schema{{Name: "C", Type: actual}}) == nil {
				got = append(got, actual)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s accepts %v, want %v", declared, got, want)
		}
	}
}

func TestFindNamesTheTablesThatThereAre(t *testing.T) {
	if found, err := Find(Tables(), "fs_cus_credit_risk"); err != nil || found.Prefix != "chr_" {
		t.Errorf("%v, %v", found.Name, err)
	}
	_, err := Find(Tables(), "fs_cus")
	const want = `table "fs_cus" is unknown: the feature tables are [fs_cus_demographic fs_cus_credit_risk fs_cus_holding_products fs_cus_payment_behavior fs_cus_transactions]`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
