package main_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"featops/features"
	"featops/features/schema"
	"featops/features/sparksql"
)

func TestSQLIsThatOfTheDefinitionInTheMonthsOfABuild(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.configure("[tables.fs_cus_transactions]\nframe = \"months\"\n[build]\nstart_date = \"2024-02-01\"\n")
	var got struct {
		Table, Statement string
		Frame            features.Frame
		Start            string `json:"start_date"`
		End              string `json:"end_date"`
		Columns          schema.Schema
		BadRows          string `json:"bad_rows"`
	}
	args := []string{"sql", "fs_cus_transactions", "--param", "end_date=2024-05-31", "--catalog", "main"}
	h.featops(append(args, "--output", "json")...).exits(0).into(&got)
	o := sparksql.Options{Catalog: "main", Start: time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2024, 5, 31, 0, 0, 0, 0, time.UTC), Frame: features.Months}
	want, err := sparksql.Select(features.TransactionActivity(), o)
	if err != nil {
		t.Fatal(err)
	}
	bad, _ := sparksql.BadRows(features.TransactionActivity(), o)
	if got.Statement != want || got.BadRows != bad {
		t.Errorf("the statements are\n%s\n%s\nwant\n%s\n%s", got.Statement, got.BadRows, want, bad)
	}
	if got.Table != "fs_cus_transactions" || got.Frame != features.Months || got.Start != "2024-02-01" || got.End != "2024-05-31" {
		t.Errorf("it is of %+v", got)
	}
	columns, err := features.TransactionActivity().Schema(schema.BigInt)
	if err != nil || !slices.Equal(got.Columns, columns) {
		t.Errorf("columns %v, want %v, %v", got.Columns, columns, err)
	}
	if r := h.featops(args...).exits(0); r.stdout != want {
		t.Errorf("the text is\n%s", r.stdout)
	}
	if r := h.featops(append(args, "--bad-rows")...).exits(0); r.stdout != bad {
		t.Errorf("the text is\n%s", r.stdout)
	}
	rows := h.featops(append(args, "--frame", "rows")...).exits(0)
	if !strings.Contains(rows.stdout, "ROWS BETWEEN") || strings.Contains(rows.stdout, "RANGE BETWEEN") {
		t.Errorf("--frame rows gives\n%s", rows.stdout)
	}
}

func TestSQLThatCannotBeAskedForIsAMistakeOfUsage(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	for _, c := range []struct {
		args string
		says []string
	}{
		{"fs_cus_nothing", []string{`table "fs_cus_nothing" is unknown`, "fs_cus_credit_risk"}},
		{"fs_cus_credit_risk --frame weeks", []string{`--frame "weeks"`, "rows, months"}},
		{"fs_cus_credit_risk --param start_date=2024-13-01", []string{"start_date", `"2024-13-01"`, "YYYY-MM-DD"}},
		{"fs_cus_credit_risk --param end_date=2018-01-01", []string{"end_date", "2018-01-01", "2019-01-01"}},
		{"fs_cus_demographic --bad-rows", []string{"--bad-rows", "fs_cus_demographic"}},
	} {
		if r := h.featops(append([]string{"sql"}, strings.Fields(c.args)...)...).exits(2).says(c.says...); r.stdout != "" {
			t.Errorf("%s: standard output of a failure: %q", c.args, r.stdout)
		}
	}
}

func TestSQLOfATrainingSet(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	var got struct {
		Labels    string `json:"labels_table"`
		Customer  string
		Lookback  int    `json:"lookback_days"`
		AsOf      string `json:"as_of"`
		Tables    []struct{ Table string }
		Statement string
	}
	args := []string{"sql", "training-set", "--labels-table", "main.ml.churn", "--time", "day", "--lookback", "90d", "--as-of", "2026-03-01", "--features", "chr_credits_cnt"}
	h.featops(append(args, "--output", "json")...).exits(0).into(&got)
	if got.Labels != "main.ml.churn" || got.Customer != "pk_customer" || got.Lookback != 90 || got.AsOf != "2026-03-01T00:00:00Z" ||
		len(got.Tables) != 1 || got.Tables[0].Table != "fs_cus_credit_risk" {
		t.Errorf("it is of %+v", got)
	}
	if r := h.featops(args...).exits(0); r.stdout != got.Statement || !strings.Contains(r.stdout, "found_1.`chr_credits_cnt`") {
		t.Errorf("the text is\n%s", r.stdout)
	}
	for _, c := range []struct {
		args string
		says []string
	}{
		{"--time day", []string{"--labels-table is needed"}},
		{"--labels-table x", []string{"--time is needed"}},
		{"--labels-table x --time day --lookback 3", []string{`--lookback "3"`, "90d"}},
		{"--labels-table x --time day --tables fs_cus_nothing", []string{"fs_cus_nothing", "fs_cus_credit_risk"}},
		{"--labels-table x --time day extra", []string{"extra"}},
	} {
		if r := h.featops(append([]string{"sql", "training-set"}, strings.Fields(c.args)...)...).exits(2).says(c.says...); r.stdout != "" {
			t.Errorf("%s: standard output of a failure: %q", c.args, r.stdout)
		}
	}
}
