package main_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// described is the JSON of describe, as far as the tests look at it.
type described struct {
	Kind, Workspace, Table, State, Column string
	Version, Rows, Customers              int64
	NewestMonth                           string `json:"newest_month"`
	MonthColumn                           string `json:"month_column"`
	Columns                               []struct {
		Name, Type, State, Formula string
		Inputs                     []string
		UsedBy                     []string `json:"used_by"`
		Statistics                 *struct {
			Nulls          int64
			Share          float64 `json:"null_share"`
			Min, Max       json.RawMessage
			MinCut, MaxCut bool
			Mean           *float64
			Deviation      *float64
			Distinct       int64
			Estimated      bool `json:"distinct_estimated"`
			Quantiles      *struct{ P5, P50, P95 json.RawMessage }
			Drift          *float64
			MonthDrift     *float64 `json:"month_drift"`
		}
	}
	Drift *struct {
		Warn    float64
		Lacks   string
		Version int64
		Drifted []struct{ Column, Of, Against string }
	}
	Sources []struct {
		Table, Workspace string
		Version, Rows    int64
		NewestMonth      string `json:"newest_month"`
		BuiltFrom        *int64 `json:"built_from"`
	}
	BuiltBy []struct{ Job, Task string } `json:"built_by"`
	Build   *struct {
		Version            int64
		Start              string `json:"start_date"`
		End                string `json:"end_date"`
		Frame, Job         string
		Question, Answered string
		Run                int64
	}
	Registrations []struct {
		Workspace string
		Version   int64
		Stale     bool
		Lacks     []string
		Retired   []string
	}
	UsedBy   []struct{ Table string } `json:"used_by"`
	Versions []struct {
		Version   int64
		Operation string
	}
}

func (h *home) describe(args ...string) (d described) {
	h.t.Helper()
	h.featops(append([]string{"describe", "--output", "json"}, args...)...).exits(0).into(&d)
	return d
}

func (d described) column(t *testing.T, name string) int {
	t.Helper()
	for i, c := range d.Columns {
		if c.Name == name {
			return i
		}
	}
	t.Fatalf("no column %s in %+v", name, d.Columns)
	return -1
}

var moments = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( \([^)]*\))?`)

// The text of a description, but for times and places: go test ./cmd/featops -run Golden -update.
func TestDescribeGolden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		home *home
		args []string
	}{
		{"table", builtHome(t), []string{"fs_cus_demographic"}},
		{"column", builtHome(t), []string{"fs_cus_credit_risk", "chr_rating_num"}},
		{"source", builtHome(t), []string{"buro_credito"}},
		{"unbuilt", emptyHome(t), []string{"fs_cus_demographic"}},
	} {
		got := c.home.featops(append([]string{"describe"}, c.args...)...).exits(0).stdout
		got = moments.ReplaceAllString(strings.ReplaceAll(got, c.home.dir, "HOME"), "TIME")
		path := filepath.Join("testdata", "describe_"+c.name+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("describe %v (-want +got):\n%s", c.args, diff)
		}
	}
}

// Statistics are those of the rows, as a look at each of them tells.
func TestDescribeTellsTheRows(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	d := h.describe("fs_cus_credit_risk")
	var nulls, rows int64
	low, high := int32(1<<30), int32(-1<<30)
	sum := int64(0)
	customers, distinct := map[string]bool{}, map[int32]bool{}
	each(t, h.table("fs_cus_credit_risk").snapshot(), func(r arrow.Record) {
		c := r.Column(r.Schema().FieldIndices("chr_bureau_score_sum_lag_6m")[0])
		rows += r.NumRows()
		nulls += int64(c.NullN())
		for i := range c.Len() {
			customers[r.Column(0).ValueStr(i)] = true
			if c.IsValid(i) {
				var v int32
				if err := json.Unmarshal([]byte(c.ValueStr(i)), &v); err != nil {
					t.Fatal(err)
				}
				low, high = min(low, v), max(high, v)
				sum += int64(v)
				distinct[v] = true
			}
		}
	})
	if d.Rows != rows || d.Customers != int64(len(customers)) {
		t.Errorf("%d rows of %d customers, want %d of %d", d.Rows, d.Customers, rows, len(customers))
	}
	s := d.Columns[d.column(t, "chr_bureau_score_sum_lag_6m")].Statistics
	var gotLow, gotHigh int32
	if err := json.Unmarshal(s.Min, &gotLow); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(s.Max, &gotHigh); err != nil {
		t.Fatal(err)
	}
	if s.Nulls != nulls || gotLow != low || gotHigh != high || s.Share != float64(nulls)/float64(rows) || nulls == 0 {
		t.Errorf("%+v %s %s; want %d nulls of %d, %d to %d", s, s.Min, s.Max, nulls, rows, low, high)
	}
	mean := float64(sum) / float64(rows-nulls)
	if s.Mean == nil || math.Abs(*s.Mean-mean) > 1e-9*mean || s.Distinct != int64(len(distinct)) || s.Estimated || s.Deviation == nil || s.Quantiles == nil {
		t.Errorf("%+v; want mean %g and %d different values", s, mean, len(distinct))
	}
}

// What a build does to the values is told by the build, in the log, and by describe, where the configuration wants that.
func TestDrift(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.configure("[drift]\nwarn = 1e-3\n[tables.fs_cus_demographic]\ndrift_warn = 0\n")
	build := func(seed, table string) result {
		h.featops("sample", "--customers", "400", "--months", "3", "--seed", seed, "--until", "2026-04").exits(0)
		return h.featops("build", table, "--param", june, "--param", "force_overwrite=true").exits(0)
	}
	build("1", "fs_cus_credit_risk")
	d := h.describe("fs_cus_credit_risk")
	if d.Drift == nil || d.Drift.Version != -1 || d.Drift.Warn != 1e-3 {
		t.Errorf("after the first build: %+v", d.Drift)
	}
	build("2", "fs_cus_credit_risk").prints("have drifted").prints("warning: ").says("WARN")
	d = h.describe("fs_cus_credit_risk")
	score := d.Columns[d.column(t, "chr_bureau_score_sum")].Statistics
	if d.Drift == nil || d.Drift.Version != 0 || len(d.Drift.Drifted) == 0 || score.Drift == nil || *score.Drift <= 0 || *score.Drift > 0.5 {
		t.Errorf("%+v, %+v", d.Drift, score)
	}
	h.featops("describe", "fs_cus_credit_risk").exits(0).prints("! ", "have drifted", "small")
	h.featops("describe", "fs_cus_credit_risk", "chr_rating_num").exits(0).prints("from version 0", "of 2026-05 from 2026-04")

	build("1", "fs_cus_demographic")
	if r := build("2", "fs_cus_demographic"); strings.Contains(r.stdout+r.stderr, "drifted") {
		t.Errorf("nobody wanted to know: %s %s", r.stdout, r.stderr)
	}
}

func TestDescribeTellsTheLineage(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	d := h.describe("fs_cus_credit_risk")
	if len(d.Sources) != 1 || d.Sources[0].Table != "demo_db.buro_credito" || d.Sources[0].NewestMonth != "2026-04" ||
		d.Sources[0].BuiltFrom == nil || *d.Sources[0].BuiltFrom != 0 {
		t.Errorf("sources %+v", d.Sources)
	}
	if len(d.BuiltBy) != 1 || d.BuiltBy[0].Task != "fs_cus_credit_risk" || d.BuiltBy[0].Job != "[dev ana] demo-feature-store" {
		t.Errorf("built by %+v", d.BuiltBy)
	}
	if b := d.Build; b == nil || b.Version != 0 || b.Start != "2019-01-01" || b.End != "2026-06-01" || b.Frame != "rows" || b.Run != 1 {
		t.Errorf("build %+v", b)
	}
	if len(d.Registrations) != 1 || d.Registrations[0].Workspace != "medpag" || d.Registrations[0].Stale {
		t.Errorf("registrations %+v", d.Registrations)
	}

	// A new source and a new version that nobody was told of: the one is newer than the table, the other stale.
	h.featops("sample", "--customers", "30", "--months", "8", "--seed", "4", "--until", "2026-04").exits(0)
	h.featops("build", "fs_cus_credit_risk", "--param", "end_date=2026-05-01", "--param", "force_overwrite=true").exits(0)
	h.featops("sample", "--customers", "31", "--months", "8", "--seed", "4", "--until", "2026-03").exits(0)
	d = h.describe("fs_cus_credit_risk")
	if s := d.Sources[0]; s.Version != 2 || *s.BuiltFrom != 1 || s.NewestMonth != "2026-03" {
		t.Errorf("the source is %+v, built from %d", s, *s.BuiltFrom)
	}
	if b := d.Build; b == nil || b.Version != 1 || b.End != "2026-05-01" || b.Run != 0 {
		t.Errorf("build %+v", b)
	}
	if r := d.Registrations[0]; r.Version != 0 || !r.Stale {
		t.Errorf("registration %+v", r)
	}
	h.featops("describe", "fs_cus_credit_risk").exits(0).prints("the table is from version 1",
		"medpag, version 0, ", "stale, the newest is 1: `featops register fs_cus_credit_risk --to medpag`")

	// A restore brings back the rows of the build before it.
	h.featops("restore", "fs_cus_credit_risk", "--version", "0").exits(0)
	if d = h.describe("fs_cus_credit_risk"); d.Version != 2 || d.Build == nil || d.Build.Version != 0 || d.Build.Run != 1 {
		t.Errorf("version %d, build %+v", d.Version, d.Build)
	}
	if len(d.Versions) != 3 || d.Versions[0].Operation != "RESTORE" {
		t.Errorf("versions %+v", d.Versions)
	}
}

// What a yes did is told with who said it, and what is still registered of it.
func TestDescribeTellsWhoAllowedIt(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	d := h.describe(questioned)
	if c := d.Columns[d.column(t, campaign)]; c.State != "undefined" || d.Build != nil {
		t.Errorf("a column of others: %+v, build %+v", c, d.Build)
	}
	h.featops("register", questioned).exits(0)
	h.featops("build", questioned, "--param", june, "--on-conflict", "accept").exits(0)
	d = h.describe(questioned)
	if b := d.Build; b == nil || b.Version != 2 || b.Answered != "policy accept" || b.Question != h.decisions()[0].Question.ID {
		t.Errorf("build %+v", b)
	}
	if r := d.Registrations[0]; !r.Stale || !slices.Equal(r.Retired, []string{campaign}) {
		t.Errorf("registration %+v", r)
	}
	if c := d.Columns[d.column(t, campaign)]; c.State != "registered_only" {
		t.Errorf("a column that only a registration knows: %+v", c)
	}
	h.featops("describe", questioned).exits(0).prints("allowed by policy accept", "still has "+campaign)
}

func TestDescribeASource(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	d := h.describe("demo_db.buro_credito", "BURO_SCORE")
	if d.Kind != "source_table" || d.Column != "buro_score" || d.NewestMonth != "2026-04" || d.MonthColumn != "periodo" || len(d.UsedBy) != 1 {
		t.Errorf("%+v", d)
	}
	if len(d.Columns) != 1 || !slices.Contains(d.Columns[0].UsedBy, "chr_bureau_score_sum_roc_6m") || slices.Contains(d.Columns[0].UsedBy, "chr_rating_num") {
		t.Errorf("%+v", d.Columns)
	}
	if d := emptyHome(t).describe("pagos"); d.State != "missing" || d.Version != -1 || len(d.Columns) != 13 || d.Columns[0].Statistics != nil {
		t.Errorf("%+v", d)
	}
}

func TestDescribeRefuses(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"fs_credit_risk"}, `no table or feature is called "fs_credit_risk"; did you mean fs_cus_credit_risk?`},
		{[]string{"chr_ratng_num"}, `did you mean chr_rating_num`},
		{[]string{"fs_cus_credit_risk", "rating"}, `no column of fs_cus_credit_risk is called "rating"`},
		{[]string{"pk_customer"}, "pk_customer is a column of fs_cus_demographic, "},
		{[]string{"buro_credito", "--workspace", "medpag"}, "buro_credito is not in medpag: it is in bncapers"},
		{[]string{"\x1b[2Jevil"}, "no table or feature is called"},
		{nil, "usage: featops describe TABLE [COLUMN]"},
		{[]string{"a", "b", "c"}, "usage: featops describe TABLE [COLUMN]"},
	} {
		if r := h.featops(append([]string{"describe"}, c.args...)...).exits(2).says(c.says).is(""); strings.Contains(r.stderr, "\x1b") {
			t.Errorf("a control character got through: %q", r.stderr)
		}
	}
}

// A table that cannot be read is told by its definition, and that it cannot be read by the exit code.
func TestDescribeATableThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	log := filepath.Join(h.dir, "workspaces", "bncapers", "dev", "feature_store_demo_dev", "fs_cus_credit_risk", "_delta_log", "00000000000000000000.json")
	if err := os.WriteFile(log, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.featops("describe", "fs_cus_credit_risk").exits(1).prints("bncapers cannot be read in full", "chr_rating_num", "medpag, version 0").says("00000000000000000000.json")
	h.featops("features", "ind_rating_worsened").exits(1).prints("unreadable").says("00000000000000000000.json")
}
