package sparksql_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"featops/features"
	"featops/features/schema"
	"featops/features/sparksql"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func date(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func window(start, end string) sparksql.Options {
	return sparksql.Options{Start: date(start), End: date(end)}
}

func selected(t *testing.T, table features.Table, o sparksql.Options) string {
	t.Helper()
	text, err := sparksql.Select(table, o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestStatementsOfTheBuiltInTables(t *testing.T) {
	o := window("2019-01-01", "2026-05-01")
	for _, table := range features.Tables() {
		golden(t, table.Name+".sql", selected(t, table, o))
	}
	o.Catalog, o.Database, o.Frame = "main", "sources", features.Months
	golden(t, "fs_cus_transactions_months.sql", selected(t, features.TransactionActivity(), o))
	bad, _ := sparksql.BadRows(features.PaymentBehavior(), o)
	golden(t, "fs_cus_payment_behavior_bad_rows.sql", bad)
}

func TestVariablesOfTheSessionTakeThePlaceOfDates(t *testing.T) {
	for _, table := range features.Tables() {
		text, err := sparksql.Select(table, sparksql.Options{First: "first_month", Last: "last_month"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, "BETWEEN `first_month` AND `last_month`") || strings.Contains(text, "DATE '") {
			t.Errorf("%s: the window is not that of the variables:\n%s", table.Name, text)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test ./features/sparksql -update writes it anew:\n%s", name, diff)
	}
}

// given lists the columns of the last SELECT, each with the type that it is cast to.
func given(statement string) []string {
	last := statement[strings.LastIndex(statement, "\nSELECT\n"):]
	var out []string
	for _, m := range regexp.MustCompile("(?m)^  (?:(CAST)\\(.* AS INT\\) AS |.* AS |)`([^`]*)`,?$").FindAllStringSubmatch(last, -1) {
		out = append(out, m[1]+" "+m[2])
	}
	return out
}

func TestTheColumnsAreThoseOfTheDefinition(t *testing.T) {
	for _, table := range features.Tables() {
		columns, err := table.Schema(schema.BigInt)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, c := range columns {
			cast := ""
			if c.Type == schema.Int {
				cast = "CAST"
			}
			want = append(want, cast+" "+c.Name)
		}
		for _, frame := range []features.Frame{features.Rows, features.Months} {
			o := window("2024-01-01", "2024-12-01")
			o.Frame = frame
			statement := selected(t, table, o)
			if diff := cmp.Diff(want, given(statement)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", table.Name, diff)
			}
			if statement != selected(t, table, o) {
				t.Errorf("%s: the same definition gave two texts", table.Name)
			}
		}
	}
}

func TestOptionsSayWhatIsReadAndGiven(t *testing.T) {
	cases := map[string]struct {
		table features.Table
		o     sparksql.Options
		want  []string
	}{
		"the source of the definition": {features.CreditRisk(), window("2024-01-01", "2024-12-01"), []string{"FROM `demo_db`.`buro_credito`\n"}},
		"another database":             {features.CreditRisk(), sparksql.Options{Database: "d"}, []string{"FROM `d`.`buro_credito`\n"}},
		"another catalog":              {features.CreditRisk(), sparksql.Options{Catalog: "c"}, []string{"FROM `c`.`demo_db`.`buro_credito`\n"}},
		"a version of the source":      {features.CreditRisk(), sparksql.Options{Version: new(int64)}, []string{"FROM `demo_db`.`buro_credito` VERSION AS OF 0\n"}},
		"only whole months":            {features.CreditRisk(), window("2024-01-02", "2024-12-31"), []string{"NOT BETWEEN DATE '2024-02-01' AND DATE '2024-12-01' THEN false"}},
		"months of the output": {features.Demographic(), window("2023-12-15", "2024-03-31"),
			[]string{"add_months(DATE '2024-01-01', CAST(id AS INT))", "FROM range(3)"}},
		"no month": {features.Demographic(), window("2024-01-02", "2024-01-31"), []string{"FROM range(0)"}},
		"rows":     {features.CreditRisk(), sparksql.Options{Frame: features.Rows}, []string{"ROWS BETWEEN 2 PRECEDING AND CURRENT ROW", "lag(`rating_num`, 1) OVER in_order"}},
		"months": {features.CreditRisk(), sparksql.Options{Frame: features.Months},
			[]string{"ORDER BY `month_index` RANGE BETWEEN 2 PRECEDING AND CURRENT ROW", "first(`rating_num`) OVER month_before_1",
				"month_before_1 AS (PARTITION BY `pk_customer` ORDER BY `month_index` RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING)"}},
	}
	for name, c := range cases {
		statement := selected(t, c.table, c.o)
		for _, want := range c.want {
			if !strings.Contains(statement, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, statement)
			}
		}
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	broken := features.CreditRisk()
	broken.Features = []features.Feature{{Name: "f", Value: features.Ref("nobody")}}
	cases := map[string]struct {
		table features.Table
		o     sparksql.Options
	}{
		"table fs_cus_credit_risk: the last release date 2024-01-01 is before the first, 2024-02-01": {features.CreditRisk(), window("2024-02-01", "2024-01-01")},
		"table fs_cus_credit_risk: frame \"weeks\": allowed are rows, months":                        {features.CreditRisk(), sparksql.Options{Frame: "weeks"}},
		"table fs_cus_credit_risk: feature f: nobody is no earlier feature":                          {broken, sparksql.Options{}},
	}
	for want, c := range cases {
		if _, err := sparksql.Select(c.table, c.o); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestOnlyTablesWithEventMonthsHaveBadRows(t *testing.T) {
	if text, ok := sparksql.BadRows(features.Demographic(), sparksql.Options{}); ok {
		t.Errorf("a table without event months has bad rows:\n%s", text)
	}
	for _, table := range features.Tables()[1:] {
		if text, ok := sparksql.BadRows(table, sparksql.Options{}); !ok || strings.Contains(text, "GROUP BY") {
			t.Errorf("%s: %v\n%s", table.Name, ok, text)
		}
	}
}
