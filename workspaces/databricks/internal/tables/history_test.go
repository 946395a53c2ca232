package tables

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/databricks/double"
)

func TestHistoryTellsWhatABuildMadeAVersionFrom(t *testing.T) {
	x := openShop(t)
	x.built()
	x.source()
	x.lake.Query(smallColumns(), 8, 1, 2)
	merged := x.built()
	all, err := x.History(t.Context(), x.table.Name, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := operations(all), "SET TBLPROPERTIES, MERGE, SET TBLPROPERTIES, CHANGE COLUMNS, CREATE TABLE AS SELECT"; got != want {
		t.Errorf("operations %s, want %s", got, want)
	}
	for _, c := range all {
		if (c.Version == merged.Version) != (c.Origin != nil) {
			t.Errorf("version %d has the origin %+v", c.Version, c.Origin)
		}
	}
	want := workspaces.Commit{
		Version: 3, Time: x.now(), Operation: "MERGE", By: "Databricks-Runtime/17.1",
		Parameters: map[string]string{"mode": "Append", "user": double.User}, Metrics: map[string]string{"numOutputRows": "9"},
		Origin: &workspaces.Origin{Start: "2019-01-01", End: "2026-01-01", Frame: features.Rows, Sources: map[string]int64{"demo_db.movimientos": 1}},
	}
	if diff := cmp.Diff(want, all[1]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if two, err := x.History(t.Context(), x.table.Name, 2); err != nil || operations(two) != "SET TBLPROPERTIES, MERGE" {
		t.Errorf("%v, %v", two, err)
	}
	if _, err := x.History(t.Context(), "fs_no", 5); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("a table that is not there: %v", err)
	}
}

func operations(commits []workspaces.Commit) string {
	var out []string
	for _, c := range commits {
		out = append(out, c.Operation)
	}
	return strings.Join(out, ", ")
}

// History is told also where Databricks tells it in a way that nobody knew of.
func TestAHistoryOfAnotherShape(t *testing.T) {
	x := openShop(t)
	x.built()
	x.lake.Answer("^DESCRIBE HISTORY", "version BIGINT, timestamp TIMESTAMP, operation STRING, operationParameters STRING",
		[]any{7, "yesterday", nil, "[1, 2]"}, []any{6, "2026-01-02 03:04:05.678", "WRITE", nil})
	all, err := x.History(t.Context(), x.table.Name, 0)
	if err != nil || len(all) != 2 || all[0].Version != 7 || !all[0].Time.IsZero() || all[0].Parameters != nil || all[1].Time.Nanosecond() != 678_000_000 {
		t.Errorf("%+v, %v", all, err)
	}
	x.lake.Answer("^DESCRIBE HISTORY", "version BIGINT", []any{nil})
	if _, err := x.History(t.Context(), x.table.Name, 0); err == nil {
		t.Error("a version that is none")
	}
}

func TestRestore(t *testing.T) {
	x := openShop(t)
	x.built()
	x.source()
	x.lake.Query(smallColumns(), 8, 1, 2)
	x.built()
	n := x.count()
	c, err := x.Restore(t.Context(), x.table.Name, 2)
	if err != nil || c.Operation != "RESTORE" || c.Version != 5 {
		t.Fatalf("%+v, %v", c, err)
	}
	x.golden("restore", x.since(n))
	if now := x.read(); now.Rows != 8 || now.Version != 5 {
		t.Errorf("%+v", now)
	}
	if b := x.built(); b.UpToDate {
		t.Errorf("a table that was taken back is up to date: %+v", b)
	}
	x.lake.Query(smallColumns(), 8, 0, 0)
	x.complete(t)
	if _, err := x.Restore(t.Context(), x.table.Name, 99); err == nil || !strings.Contains(err.Error(), "restore main.fs.fs_cus_small to version 99 in medpag") {
		t.Error(err)
	}
	if _, err := x.Restore(t.Context(), "fs_no", 1); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("a table that is not there: %v", err)
	}
}

// The rows that builds saw are those of different versions of the source, the newest first.
func TestRowsThatBuildsSaw(t *testing.T) {
	x := openShop(t)
	for rows := range int64(9) {
		x.lake.Change(fullSource, "WRITE", func(_ *double.Details, n *int64) { *n = 100 + rows })
		x.built()
		x.lake.Change(fullTable, "WRITE", func(*double.Details, *int64) {}) // makes the same build due again
		x.built()
	}
	d, err := x.lake.Details(t.Context(), fullTable)
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := readOrigin(d.Properties); !ok || !slices.Equal(o.Seen, []int64{108, 107, 106, 105, 104, 103}) {
		t.Errorf("%+v", o)
	}
}
