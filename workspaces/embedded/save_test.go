package embedded

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"featops/features"
	"featops/features/columnar"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

const twoCustomers = `
{"id": 1, "month": "2024-01", "n": 2, "amount": 10.5}
{"id": 1, "month": "2024-02", "n": 3, "amount": 20}
{"id": 2, "month": "2024-01", "n": 5, "amount": 1}`

// openWithVisits has a source and the table built from it: version 0 with the features.
func openWithVisits(t testing.TB, list ...features.Feature) (*Workspace, *decider) {
	t.Helper()
	d := &decider{}
	w := open(t, func(o *Options) { o.Decider = d })
	put(t, w, visits, twoCustomers)
	mustBuild(t, w, visitCount(list...), nil)
	return w, d
}

func wantRows(t testing.TB, w *Workspace, want ...string) {
	t.Helper()
	got := rowsOf(t, w, "fs_visits")
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFirstBuildCreatesTheTable(t *testing.T) {
	w := open(t)
	put(t, w, visits, twoCustomers)
	got := mustBuild(t, w, visitCount(countFeature), nil)
	want := workspaces.Build{Table: "fs_visits", Mode: workspaces.Overwrite, Rows: 3, Changes: workspaces.Changes{Inserted: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("build (-want +got):\n%s", diff)
	}
	wantRows(t, w, "1 2024-02-01 2", "1 2024-03-01 3", "2 2024-02-01 5")
}

// Defect of the reference: matched rows were never updated, so corrected source data never arrived.
func TestMergeUpdatesMatchedRowsAndKeepsRowsThatAreNotInTheNewData(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `
{"id": 1, "month": "2024-01", "n": 7}
{"id": 1, "month": "2024-02", "n": 3}
{"id": 3, "month": "2024-01", "n": 1}`)
	got := mustBuild(t, w, visitCount(countFeature), nil)
	want := workspaces.Build{Table: "fs_visits", Mode: workspaces.Merge, Version: 1, Rows: 4,
		Changes: workspaces.Changes{Inserted: 1, Updated: 1, Unchanged: 1, Absent: 1},
		Extent:  &workspaces.Extent{Reason: "visits has changed from the first month of the table on"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("build (-want +got):\n%s", diff)
	}
	wantRows(t, w, "1 2024-02-01 7", "1 2024-03-01 3", "2 2024-02-01 5", "3 2024-02-01 1")
}

// Defect of the reference: columns were added in one commit and rows in another.
func TestNewColumnsComeInOneCommitWithTheRows(t *testing.T) {
	w, d := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 2, "amount": 4}
{"id": 3, "month": "2024-01", "n": 1, "amount": 9}`)
	got := mustBuild(t, w, visitCount(countFeature, amountFeature), nil)
	if got.Version != 1 || got.Mode != workspaces.Merge {
		t.Errorf("version %d by %s, want 1 by merge", got.Version, got.Mode)
	}
	wantRows(t, w, "1 2024-02-01 2 4", "1 2024-03-01 3 (null)", "2 2024-02-01 5 (null)", "3 2024-02-01 1 9")
	if len(d.asked) > 0 {
		t.Errorf("new columns were asked about: %v", d.asked)
	}
	table, _ := w.Table(t.Context(), "fs_visits")
	if c := table.Schema[3]; c.Name != "t_amount" || c.Comment != "Amount." {
		t.Errorf("new column %+v", c)
	}
}

func TestSecondBuildIsUpToDate(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	got := mustBuild(t, w, visitCount(countFeature), nil)
	want := workspaces.Build{Table: "fs_visits", UpToDate: true, Rows: 3, Changes: workspaces.Changes{Unchanged: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("build (-want +got):\n%s", diff)
	}
	if v := versionOf(t, w, "fs_visits"); v != 0 {
		t.Errorf("version %d after a build that had nothing to do", v)
	}
}

func TestTableIsNotUpToDateAfter(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(t *testing.T, w *Workspace)
		table      features.Table
		parameters map[string]string
	}{
		"a new version of the source": {change: func(t *testing.T, w *Workspace) { put(t, w, visits, twoCustomers) }, table: visitCount(countFeature)},
		"another window":              {table: visitCount(countFeature), parameters: map[string]string{"end_date": "2024-05-01"}},
		"another definition":          {table: visitCount(features.Feature{Name: "cnt", Value: features.Aggregate{Fn: features.Max, Of: features.Col("n")}, Meaning: "Visits."})},
		"another frame": {table: func() features.Table {
			t := visitCount(countFeature)
			t.Frame = features.Months
			return t
		}()},
		"another tolerance of bad rows": {change: func(t *testing.T, w *Workspace) {
			w.options.BadRowsShare = func(string) float64 { return 0.1 }
		}, table: visitCount(countFeature)},
		"a restore": {change: func(t *testing.T, w *Workspace) {
			if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
				t.Fatal(err)
			}
		}, table: visitCount(countFeature)},
		"a commit by another engine": {change: func(t *testing.T, w *Workspace) {
			d, err := w.table("fs_visits")
			if err == nil {
				_, err = d.Append(t.Context(), nil, delta.CommitOptions{})
			}
			if err != nil {
				t.Fatal(err)
			}
		}, table: visitCount(countFeature)},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := openWithVisits(t, countFeature)
			if c.change != nil {
				c.change(t, w)
			}
			if got := mustBuild(t, w, c.table, c.parameters); got.UpToDate {
				t.Errorf("the table counts as up to date: %+v", got)
			}
		})
	}
}

func TestMergeThatChangesNothingMakesNoVersion(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, twoCustomers)
	got := mustBuild(t, w, visitCount(countFeature), nil)
	want := workspaces.Build{Table: "fs_visits", Mode: workspaces.Merge, Rows: 3, Changes: workspaces.Changes{Untouched: 3},
		Extent: &workspaces.Extent{Incremental: true, Reason: "no month of visits has changed", Files: 1, Months: 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("build (-want +got):\n%s", diff)
	}
}

func TestOutputWindow(t *testing.T) {
	w := open(t)
	put(t, w, visits, twoCustomers)
	mustBuild(t, w, visitCount(countFeature), map[string]string{"start_date": "2024-03-01"})
	wantRows(t, w, "1 2024-03-01 3")
}

// A build that has nothing to do looks again before it says so.
func TestUpToDateTableThatChangedMeanwhileIsComputed(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 9}`)
	mustBuild(t, w, visitCount(countFeature), nil)
	p, err := w.taskParameters(workspaces.Job{}, workspaces.Task{Key: "fs_visits", Table: "fs_visits"}, nil, w.now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.Stage(t.Context(), workspaces.BuildRequest{Table: visitCount(countFeature), Params: p})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	if !s.UpToDate() {
		t.Fatal("not up to date")
	}
	if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
		t.Fatal(err)
	}
	b, err := workspaces.Save(t.Context(), "bncapers", "fs_visits", s, p, w.options.Decider, w.log)
	if err != nil {
		t.Fatal(err)
	}
	if b.UpToDate || b.Version != 3 {
		t.Errorf("build %+v, want a merge into version 3", b)
	}
	wantRows(t, w, "1 2024-02-01 9", "1 2024-03-01 3", "2 2024-02-01 5")
}

func TestEmptyTableIsOverwritten(t *testing.T) {
	w := open(t)
	put(t, w, visits, twoCustomers)
	mustBuild(t, w, visitCount(countFeature), map[string]string{"start_date": "2024-06-01"})
	wantRows(t, w)
	if got := mustBuild(t, w, visitCount(countFeature), nil); got.Mode != workspaces.Overwrite || got.Version != 1 {
		t.Errorf("build %+v", got)
	}
	wantRows(t, w, "1 2024-02-01 2", "1 2024-03-01 3", "2 2024-02-01 5")
}

func TestColumnNamesCompareWithoutRegardToCase(t *testing.T) {
	w, d := openWithVisits(t, countFeature)
	upper := countFeature
	upper.Name = "CNT"
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}`)
	mustBuild(t, w, visitCount(upper), nil)
	if len(d.asked) > 0 {
		t.Errorf("asked %v", d.asked)
	}
	wantRows(t, w, "1 2024-02-01 7", "1 2024-03-01 3", "2 2024-02-01 5")
}

// customerTable has no event month: each row of the source gives one row a month, so that a customer
// who stands twice in it gives the same key twice.
func customerTable() features.Table {
	t := tableOf("fs_visits", features.Source{Database: "demo_db", Name: "people", Columns: schema.Schema{
		{Name: "id", Type: schema.BigInt}, {Name: "since", Type: schema.Date},
		{Name: "n", Type: schema.BigInt}, {Name: "word", Type: schema.String},
	}}, features.Feature{Name: "cnt", Value: features.Col("n"), Meaning: "Number."})
	t.Release = features.Release{Since: "since"}
	return t
}

// Defect of the reference: null keys were inserted again at every run.
func TestDuplicateKeysAreAnErrorAndNothingIsWritten(t *testing.T) {
	w := open(t)
	table := customerTable()
	put(t, w, table.Source, `{"id": 1, "since": "2024-05-01", "n": 1}`)
	mustBuild(t, w, table, nil)
	before := rowsOf(t, w, "fs_visits")
	put(t, w, table.Source, `{"id": 1, "since": "2024-05-01", "n": 2}
{"id": 1, "since": "2024-06-01", "n": 3}
{"id": 2, "since": "2024-06-01", "n": 4}`)
	_, err := build(t, w, table, nil)
	var bad *KeyError
	if !errors.As(err, &bad) {
		t.Fatalf("error %v", err)
	}
	want := KeyError{Table: "fs_visits", Duplicates: 1, Examples: []string{"duplicate (1, 2024-06-01)"}}
	if diff := cmp.Diff(want, *bad); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	wantRows(t, w, before...)
	if left, _ := filepath.Glob(filepath.Join(w.staging, "*")); len(left) > 0 {
		t.Errorf("left in the staging directory: %v", left)
	}
}

func TestOverflowLeavesTheTableUntouched(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 2147483648}`)
	_, err := build(t, w, visitCount(countFeature), nil)
	var overflow *columnar.OverflowError
	if !errors.As(err, &overflow) || overflow.Column != "t_cnt" || overflow.Customer != 1 {
		t.Errorf("error %v", err)
	}
	wantRows(t, w, "1 2024-02-01 2", "1 2024-03-01 3", "2 2024-02-01 5")
}

func TestBadMonths(t *testing.T) {
	rows := `{"id": 1, "month": "2024-13", "n": 1}
{"id": 1, "month": "2024-01", "n": 2}`
	t.Run("are an error", func(t *testing.T) {
		w := open(t)
		put(t, w, visits, rows)
		_, err := build(t, w, visitCount(countFeature), nil)
		wantError(t, err, "demo_db.visits", "column month", "2024-13", "row 1")
	})
	t.Run("are left out up to the tolerated share", func(t *testing.T) {
		w := open(t, func(o *Options) {
			o.BadRowsShare = func(table string) float64 { return map[string]float64{"fs_visits": 0.5}[table] }
		})
		put(t, w, visits, rows)
		mustBuild(t, w, visitCount(countFeature), nil)
		wantRows(t, w, "1 2024-02-01 2")
	})
}

func TestConcurrentBuildsOfOneTableBothSucceed(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}`)
	done := make(chan error)
	for _, month := range []string{"2024-03-01", "2024-04-01"} {
		go func() {
			p, err := w.taskParameters(workspaces.Job{}, workspaces.Task{Key: "fs_visits", Table: "fs_visits"}, map[string]string{"end_date": month}, w.now())
			if err == nil {
				_, err = workspaces.BuildRequest{Table: visitCount(countFeature), Params: p}.Run(context.Background(), w, w.options.Decider, w.log)
			}
			done <- err
		}()
	}
	if err := errors.Join(<-done, <-done); err != nil {
		t.Fatal(err)
	}
	wantRows(t, w, "1 2024-02-01 7", "1 2024-03-01 3", "2 2024-02-01 5")
}

func TestUserMetadataTellsTheOrigin(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	d, err := w.table("fs_visits")
	if err != nil {
		t.Fatal(err)
	}
	past, err := pastOrigins(t.Context(), d)
	if err != nil || len(past) != 1 {
		t.Fatal(past, err)
	}
	got := past[0]
	source, err := w.source(visits)
	if err != nil {
		t.Fatal(err)
	}
	s, err := source.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := origin{Start: "2024-01-01", End: "2024-06-01", Frame: features.Rows, Fingerprint: got.Fingerprint,
		Sources: map[string]sourceVersion{"demo_db.visits": {Table: s.Metadata.ID, Version: 0}},
		Counts:  map[string]*sourceCount{"demo_db.visits": {Rows: 3}}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(origin{})); diff != "" {
		t.Errorf("origin (-want +got):\n%s", diff)
	}
	if keys := slices.Sorted(maps.Keys(s.Metadata.Configuration)); len(keys) > 0 {
		t.Errorf("a source has properties: %v", keys)
	}
}
