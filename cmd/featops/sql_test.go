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
