package embedded

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestTableTellsItsProperties(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	got, err := w.Table(t.Context(), "fs_visits")
	if err != nil {
		t.Fatal(err)
	}
	want := workspaces.Table{
		Workspace: "bncapers", Database: "feature_store_demo_dev", Name: "fs_visits",
		Location: filepath.Join(w.options.Dir, "feature_store_demo_dev", "fs_visits"),
		Updated:  june, Rows: 3,
		Schema: schema.Schema{
			{Name: "pk_customer", Type: schema.BigInt, Comment: "Customer."},
			{Name: "tpk_release_dt", Type: schema.Date, Comment: "First day of the month in which the features are released."},
			{Name: "t_cnt", Type: schema.Int, Comment: "Visits."},
		},
		Keys: []string{"pk_customer", "tpk_release_dt"}, TimestampKey: "tpk_release_dt",
		Description: "Features for customers visits.",
		Tags:        map[string]string{"database": "feature_store_demo_dev", "based_on": "visits", "table": "fs_visits"},
		Sources:     []string{"demo_db.visits"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	all, err := w.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]workspaces.Table{want}, all); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
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
		Changes: workspaces.Changes{Inserted: 1, Updated: 1, Unchanged: 1, Absent: 1}}
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
	want := workspaces.Build{Table: "fs_visits", Mode: workspaces.Merge, Rows: 3, Changes: workspaces.Changes{Unchanged: 3}}
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

func TestQuestion(t *testing.T) {
	before := []string{"1 2024-02-01 2 10.5", "1 2024-03-01 3 20", "2 2024-02-01 5 1"}
	for name, c := range map[string]struct {
		yes     bool
		by      workspaces.By
		rows    []string
		build   workspaces.Build
		outcome workspaces.Settlement
		refused bool
	}{
		"yes": {yes: true, by: workspaces.ByUser, rows: []string{"1 2024-02-01 2", "4 2024-02-01 1"},
			build: workspaces.Build{Table: "fs_visits", Mode: workspaces.Overwrite, Version: 1, Rows: 2,
				Changes: workspaces.Changes{Inserted: 2}, Question: "q1"},
			outcome: workspaces.Settlement{Outcome: workspaces.Applied, Version: 1}},
		"accepted by a policy": {yes: true, by: workspaces.ByPolicy, rows: []string{"1 2024-02-01 2", "4 2024-02-01 1"},
			build: workspaces.Build{Table: "fs_visits", Mode: workspaces.Overwrite, Version: 1, Rows: 2,
				Changes: workspaces.Changes{Inserted: 2}, Question: "q1"},
			outcome: workspaces.Settlement{Outcome: workspaces.Applied, Version: 1}},
		"no": {by: workspaces.ByUser, rows: before, refused: true,
			build:   workspaces.Build{Table: "fs_visits", Question: "q1", Refused: true},
			outcome: workspaces.Settlement{Outcome: workspaces.Refused}},
		"timeout": {by: workspaces.ByTimeout, rows: before, refused: true,
			build:   workspaces.Build{Table: "fs_visits", Question: "q1", Refused: true},
			outcome: workspaces.Settlement{Outcome: workspaces.Refused}},
	} {
		t.Run(name, func(t *testing.T) {
			w, d := openWithVisits(t, countFeature, amountFeature)
			d.answer = answers(c.yes, c.by)
			put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 2}
{"id": 4, "month": "2024-01", "n": 1}`)
			got, err := build(t, w, visitCount(countFeature), nil)
			var refused *workspaces.RefusedError
			if errors.As(err, &refused) != c.refused || !c.refused && err != nil {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(c.build, got); diff != "" {
				t.Errorf("build (-want +got):\n%s", diff)
			}
			wantRows(t, w, c.rows...)
			if diff := cmp.Diff([]workspaces.Settlement{c.outcome}, d.settled); diff != "" {
				t.Errorf("settled (-want +got):\n%s", diff)
			}
			want := workspaces.Question{
				Subject: workspaces.SaveTable, Workspace: "bncapers", Table: "fs_visits",
				Difference: schema.Difference{Missing: schema.Schema{{Name: "t_amount", Type: schema.Double, Comment: "Amount."}}},
				Loss:       workspaces.Loss{Rows: 2, Columns: []workspaces.ColumnLoss{{Column: "t_amount", Values: 3}}},
			}
			if diff := cmp.Diff([]workspaces.Question{want}, d.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if c.yes { // the old version is whole, and undo is to restore it
				if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
					t.Fatal(err)
				}
				wantRows(t, w, before...)
			}
			if left, _ := filepath.Glob(filepath.Join(w.staging, "*")); len(left) > 0 {
				t.Errorf("left in the staging directory: %v", left)
			}
		})
	}
}

func TestQuestionIsVoidWhenTheTableChangedMeanwhile(t *testing.T) {
	w, d := openWithVisits(t, countFeature, amountFeature)
	d.answer = func(ctx context.Context, q workspaces.Question) (workspaces.Answer, error) {
		if q.Version == 0 {
			if _, err := w.Restore(ctx, "fs_visits", 0); err != nil {
				t.Error(err)
			}
		}
		return workspaces.Answer{Question: "q", Yes: true, By: workspaces.ByUser}, nil
	}
	got := mustBuild(t, w, visitCount(countFeature), nil)
	if got.Version != 2 {
		t.Errorf("saved as version %d, want 2", got.Version)
	}
	var versions []int64
	for _, q := range d.asked {
		versions = append(versions, q.Version)
	}
	if diff := cmp.Diff([]int64{0, 1}, versions); diff != "" {
		t.Errorf("asked at versions (-want +got):\n%s", diff)
	}
	if d.settled[0].Outcome != workspaces.Void || d.settled[0].Version != 1 || d.settled[1].Outcome != workspaces.Applied {
		t.Errorf("settled %+v", d.settled)
	}
}

// A build that has nothing to do looks again before it says so.
func TestUpToDateTableThatChangedMeanwhileIsComputed(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 9}`)
	mustBuild(t, w, visitCount(countFeature), nil)
	p, err := w.taskParameters(workspaces.Job{}, workspaces.Task{Key: "fs_visits", Table: "fs_visits"}, nil)
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

// Defect of the reference: it asked all the same.
func TestOmitValidationAsksNobody(t *testing.T) {
	omit := map[string]string{"omit_data_validation_errors": "TRUE"}
	t.Run("a missing column keeps its values and is null in new rows", func(t *testing.T) {
		w, d := openWithVisits(t, countFeature, amountFeature)
		put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}
{"id": 4, "month": "2024-01", "n": 1}`)
		got := mustBuild(t, w, visitCount(countFeature), omit)
		if got.Mode != workspaces.Merge || len(d.asked) > 0 {
			t.Errorf("mode %s, asked %v", got.Mode, d.asked)
		}
		wantRows(t, w, "1 2024-02-01 7 10.5", "1 2024-03-01 3 20", "2 2024-02-01 5 1", "4 2024-02-01 1 (null)")
	})
	t.Run("a column of another type keeps the table's", func(t *testing.T) {
		w, _ := openWithVisits(t, amountFeature)
		put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}`)
		mustBuild(t, w, visitCount(asAmount(countFeature)), omit)
		wantRows(t, w, "1 2024-02-01 7", "1 2024-03-01 20", "2 2024-02-01 1")
		table, _ := w.Table(t.Context(), "fs_visits")
		if got := table.Schema[2].Type; got != schema.Double {
			t.Errorf("type %s", got)
		}
	})
	t.Run("a value that does not fit the table's type is an error", func(t *testing.T) {
		w := open(t)
		numbers, words := customerTable(), customerTable()
		words.Features = []features.Feature{{Name: "cnt", Value: features.Col("word"), Meaning: "Number."}}
		put(t, w, numbers.Source, `{"id": 1, "since": "2024-06-01", "n": 3, "word": "7"}`)
		mustBuild(t, w, numbers, nil)
		mustBuild(t, w, words, omit)
		wantRows(t, w, "1 2024-06-01 7")

		put(t, w, numbers.Source, `{"id": 1, "since": "2024-06-01", "word": "8"}
{"id": 2, "since": "2024-06-01", "word": "eight"}`)
		_, err := build(t, w, words, omit)
		var cast *CastError
		if !errors.As(err, &cast) {
			t.Fatalf("error %v", err)
		}
		want := CastError{Table: "fs_visits", Column: "t_cnt", Value: "eight", Type: schema.Int}
		if diff := cmp.Diff(want, *cast); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
		wantRows(t, w, "1 2024-06-01 7")
	})
}

// asAmount gives a feature the name of another one.
func asAmount(f features.Feature) features.Feature {
	f.Name = "amount"
	return f
}

func TestTypeChanges(t *testing.T) {
	t.Run("a widening that loses nothing is applied without a question", func(t *testing.T) {
		w, d := openWithVisits(t, asAmount(countFeature)) // INT
		put(t, w, visits, `{"id": 1, "month": "2024-01", "amount": 7.25}`)
		got := mustBuild(t, w, visitCount(amountFeature), nil) // DOUBLE
		if got.Mode != workspaces.Merge || len(d.asked) > 0 {
			t.Errorf("mode %s, asked %v", got.Mode, d.asked)
		}
		wantRows(t, w, "1 2024-02-01 7.25", "1 2024-03-01 3", "2 2024-02-01 5")
	})
	t.Run("any other is asked", func(t *testing.T) {
		w, d := openWithVisits(t, amountFeature) // DOUBLE
		d.answer = answers(false, workspaces.ByUser)
		put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}`)
		_, err := build(t, w, visitCount(asAmount(countFeature)), nil) // INT
		wantError(t, err, "type of t_amount DOUBLE → INT")
		want := workspaces.Loss{Rows: 2, Columns: []workspaces.ColumnLoss{{Column: "t_amount", Values: 3}}}
		if diff := cmp.Diff(want, d.asked[0].Loss); diff != "" {
			t.Errorf("loss (-want +got):\n%s", diff)
		}
		wantRows(t, w, "1 2024-02-01 10.5", "1 2024-03-01 20", "2 2024-02-01 1")
	})
	t.Run("a key of another type matches where its values do", func(t *testing.T) {
		w, d := openWithVisits(t, countFeature)
		d.answer = answers(true, workspaces.ByUser)
		narrow := visits
		narrow.Columns = slices.Clone(visits.Columns)
		narrow.Columns[0].Type = schema.Int
		put(t, w, narrow, `{"id": 1, "month": "2024-01", "n": 7}`)
		mustBuild(t, w, visitCount(countFeature), nil)
		if got := d.asked[0].Loss.Rows; got != 2 {
			t.Errorf("a yes would lose %d rows, want 2", got)
		}
		wantRows(t, w, "1 2024-02-01 7")
	})
}

func TestForceOverwrite(t *testing.T) {
	one := `{"id": 1, "month": "2024-01", "n": 7}`
	t.Run("replaces the table", func(t *testing.T) {
		w, _ := openWithVisits(t, countFeature)
		put(t, w, visits, one)
		if got := mustBuild(t, w, visitCount(countFeature), map[string]string{"force_overwrite": "true"}); got.Mode != workspaces.Overwrite {
			t.Errorf("mode %s", got.Mode)
		}
		wantRows(t, w, "1 2024-02-01 7")
	})
	t.Run("also one that is up to date", func(t *testing.T) {
		w, _ := openWithVisits(t, countFeature)
		if got := mustBuild(t, w, visitCount(countFeature), map[string]string{"force_overwrite": "true"}); got.Version != 1 {
			t.Errorf("version %d", got.Version)
		}
	})
	t.Run("asks when columns would go", func(t *testing.T) {
		w, d := openWithVisits(t, countFeature, amountFeature)
		d.answer = answers(false, workspaces.ByPolicy)
		if _, err := build(t, w, visitCount(countFeature), map[string]string{"force_overwrite": "true"}); err == nil || len(d.asked) != 1 {
			t.Errorf("error %v, asked %d times", err, len(d.asked))
		}
	})
	t.Run("asks nobody with overwriteSchema", func(t *testing.T) {
		w, d := openWithVisits(t, countFeature, amountFeature)
		put(t, w, visits, one)
		mustBuild(t, w, visitCount(countFeature), map[string]string{"force_overwrite": "true", "overwriteSchema": "true"})
		if len(d.asked) > 0 {
			t.Errorf("asked %v", d.asked)
		}
		wantRows(t, w, "1 2024-02-01 7")
	})
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
			p, err := w.taskParameters(workspaces.Job{}, workspaces.Task{Key: "fs_visits", Table: "fs_visits"}, map[string]string{"end_date": month})
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

func TestHistory(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}`)
	mustBuild(t, w, visitCount(countFeature), nil)
	if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
		t.Fatal(err)
	}
	got, err := w.History(t.Context(), "fs_visits", 0)
	if err != nil {
		t.Fatal(err)
	}
	var operations []string
	for i, c := range got {
		operations = append(operations, c.Operation)
		if c.Version != int64(2-i) || !c.Time.Equal(june) || c.By == "" || c.Parameters["user"] != "ana" {
			t.Errorf("commit %+v", c)
		}
	}
	if diff := cmp.Diff([]string{"RESTORE", "MERGE", "CREATE TABLE AS SELECT"}, operations); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if got, err := w.History(t.Context(), "fs_visits", 1); err != nil || len(got) != 1 || got[0].Version != 2 {
		t.Errorf("the newest alone: %v, %v", got, err)
	}
	if _, err := w.History(t.Context(), "fs_nothing", 0); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("history of no table: %v", err)
	}
	if _, err := w.Restore(t.Context(), "fs_visits", 9); err == nil {
		t.Error("restored a version that there is not")
	}
}

func TestNoTable(t *testing.T) {
	w := open(t)
	if _, err := w.Table(t.Context(), "fs_visits"); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("error %v", err)
	}
	if _, err := w.Table(t.Context(), "../demo_db/visits"); err == nil {
		t.Error("a name led out of the database")
	}
	if got, err := w.Tables(t.Context()); err != nil || got != nil {
		t.Errorf("tables %v, %v", got, err)
	}
}

func TestTableThatCannotBeReadDoesNotHideTheOthers(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	log := filepath.Join(w.options.Dir, w.options.Database, "fs_broken", "_delta_log")
	if err := errors.Join(os.MkdirAll(log, 0o755), os.WriteFile(filepath.Join(log, "00000000000000000000.json"), []byte("{"), 0o644)); err != nil {
		t.Fatal(err)
	}
	got, err := w.Tables(t.Context())
	wantError(t, err, "fs_broken", "00000000000000000000.json")
	if len(got) != 1 || got[0].Name != "fs_visits" {
		t.Errorf("tables %v", got)
	}
}

func TestUserMetadataTellsTheOrigin(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	d, err := w.table("fs_visits")
	if err != nil {
		t.Fatal(err)
	}
	got, ok, err := newestOrigin(t.Context(), d)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	source, err := w.source(visits)
	if err != nil {
		t.Fatal(err)
	}
	s, err := source.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := origin{Start: "2024-01-01", End: "2024-06-01", Fingerprint: got.Fingerprint,
		Sources: map[string]sourceVersion{"demo_db.visits": {Table: s.Metadata.ID, Version: 0}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("origin (-want +got):\n%s", diff)
	}
	if keys := slices.Sorted(maps.Keys(s.Metadata.Configuration)); len(keys) > 0 {
		t.Errorf("a source has properties: %v", keys)
	}
}
