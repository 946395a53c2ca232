package embedded

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

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
			c.build.Extent = &workspaces.Extent{Reason: "the definition, or the share of bad rows that is tolerated, has changed"}
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
