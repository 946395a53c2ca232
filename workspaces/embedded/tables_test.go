package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces"
)

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
		if c.Version != int64(2-i) || !c.Time.Truncate(time.Second).Equal(june) || c.By == "" || c.Parameters["user"] != "ana" {
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
