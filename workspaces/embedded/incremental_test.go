package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features"
	"featops/workspaces/delta"
)

var lagFeature = features.Feature{Name: "before", Value: features.Lag{Of: features.Ref("cnt"), By: 2}, Meaning: "Visits, 2 back."}

// visitRows are rows of visits, one of each customer in each of the months of 2023.
func visitRows(customers []int, from, to int) string {
	var rows []string
	for month := from; month <= to; month++ {
		for _, id := range customers {
			rows = append(rows, fmt.Sprintf(`{"id": %d, "month": "2023-%02d", "n": %d}`, id, month, 100*month+id))
		}
	}
	return strings.Join(rows, "\n")
}

// add appends rows to a source, in a file of its own.
func add(t testing.TB, w *Workspace, s features.Source, rows string) {
	t.Helper()
	columns, err := s.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, columns, strings.NewReader("["+strings.ReplaceAll(rows, "\n", ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := array.NewRecordReader(columns, []arrow.Record{record})
	if err != nil {
		t.Fatal(err)
	}
	files, err := delta.WriteFiles(t.Context(), w.staging, reader, delta.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := w.source(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Append(t.Context(), files, delta.CommitOptions{}); err != nil {
		t.Fatal(err)
	}
}

// A table over eight months of visits, in a file each, with a lag of two rows.
func TestHowMuchABuildComputes(t *testing.T) {
	table := visitCount(countFeature, lagFeature)
	byMonths := table
	byMonths.Frame = features.Months
	source := func(t *testing.T, w *Workspace) *delta.Table {
		table, err := w.source(visits)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	for name, c := range map[string]struct {
		change     func(t *testing.T, w *Workspace)
		table      features.Table
		parameters map[string]string
		want       string
	}{
		"a new month": {change: func(t *testing.T, w *Workspace) { add(t, w, visits, visitRows([]int{1, 2}, 9, 9)) },
			want: "incremental from 2023-10: 1 new month of visits; reads 3 of 9 months, 3 of 9 files"},
		"a new month with a customer who was away": {change: func(t *testing.T, w *Workspace) { add(t, w, visits, visitRows([]int{1, 7}, 9, 9)) },
			want: "incremental from 2023-10: 1 new month of visits; reads 8 of 9 months, 5 of 9 files"},
		"a new month with a customer whose number is new": {change: func(t *testing.T, w *Workspace) { add(t, w, visits, visitRows([]int{9}, 9, 9)) },
			want: "incremental from 2023-10: 1 new month of visits; reads 3 of 9 months, 3 of 9 files"},
		"a late row": {change: func(t *testing.T, w *Workspace) { add(t, w, visits, visitRows([]int{3}, 7, 7)) },
			want: "incremental from 2023-08: 1 changed month of visits; reads 4 of 8 months, 5 of 9 files"},
		"a late row in the first month": {change: func(t *testing.T, w *Workspace) { add(t, w, visits, visitRows([]int{3}, 1, 1)) },
			want: "full: visits has changed from the first month of the table on"},
		"rows that another engine wrote anew": {change: func(t *testing.T, w *Workspace) {
			put(t, w, visits, visitRows([]int{1, 2}, 1, 7)+"\n"+visitRows([]int{1, 4}, 8, 9)+"\n"+visitRows([]int{7}, 2, 3))
		}, want: "incremental from 2023-09: 1 new month of visits, 1 changed month of visits; reads 4 of 9 months, 1 of 1 files"},
		"the same rows in one file": {change: func(t *testing.T, w *Workspace) {
			put(t, w, visits, visitRows([]int{1, 2}, 1, 1)+"\n"+visitRows([]int{1, 2, 7}, 2, 3)+"\n"+visitRows([]int{1, 2}, 4, 8))
		}, want: "incremental: no month of visits has changed; nothing to compute"},
		"the source as it was two versions before": {change: func(t *testing.T, w *Workspace) {
			if _, err := source(t, w).Restore(t.Context(), 5, delta.CommitOptions{}); err != nil {
				t.Fatal(err)
			}
		}, want: "incremental: 2 changed months of visits, and no file of visits has rows from 2023-07 on; nothing to compute"},
		"a later end": {parameters: map[string]string{"end_date": "2023-09-01"},
			want: "incremental from 2023-08: end_date has moved from 2023-07-01 to 2023-09-01; reads 4 of 8 months, 4 of 8 files"},
		"an end after the newest month": {parameters: map[string]string{"end_date": "2023-11-01"},
			want: "incremental: end_date has moved from 2023-10-01 to 2023-11-01, and no file of visits has rows from 2023-10 on; nothing to compute"},
		"a new month after the end": {change: func(t *testing.T, w *Workspace) { add(t, w, visits, visitRows([]int{1}, 9, 9)) },
			parameters: map[string]string{"end_date": "2023-07-01"},
			want:       "incremental: 1 new month of visits after end_date; nothing to compute"},
		"a file without months": {change: func(t *testing.T, w *Workspace) { add(t, w, visits, `{"id": 999999999, "n": 1}`) },
			want: "full: no row of a changed file of demo_db.visits has a month"},
		"a new month in which some rows have no month": {change: func(t *testing.T, w *Workspace) {
			add(t, w, visits, visitRows([]int{1}, 9, 9)+"\n"+`{"id": 1, "n": 1}`)
		}, want: "full: new rows of demo_db.visits are without a month"},
		"another start":    {parameters: map[string]string{"start_date": "2023-03-01"}, want: "full: start_date has changed from 2023-01-01 to 2023-03-01"},
		"another frame":    {table: byMonths, want: "full: the frame has changed from rows to months"},
		"another feature":  {table: visitCount(countFeature, lagFeature, amountFeature), want: "full: the definition, or the share of bad rows that is tolerated, has changed"},
		"a full build":     {parameters: map[string]string{"full_build": "true"}, want: "full: full_build is set"},
		"a forced build":   {parameters: map[string]string{"force_overwrite": "true"}, want: "full: force_overwrite is set"},
		"a restored table": {change: func(t *testing.T, w *Workspace) { restored(t, w) }, want: "full: version 1 of the table was made by RESTORE, not by a build"},
		"another source of the name": {change: func(t *testing.T, w *Workspace) {
			if err := os.RemoveAll(source(t, w).Path()); err != nil {
				t.Fatal(err)
			}
			put(t, w, visits, twoCustomers)
		}, want: "full: demo_db.visits is not the table that it was"},
		"a source whose log is cut": {change: func(t *testing.T, w *Workspace) {
			for m := 9; m <= 12; m++ {
				add(t, w, visits, visitRows([]int{1}, m, m))
			}
			if err := os.Remove(filepath.Join(source(t, w).Path(), "_delta_log", "00000000000000000003.json")); err != nil {
				t.Fatal(err)
			}
		}, want: "full: version 7 of demo_db.visits, which the last build read, cannot be read any more"},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			w.options.BadRowsShare = func(string) float64 { return 0.5 }
			put(t, w, visits, visitRows([]int{1, 2}, 1, 1))
			for month := 2; month <= 8; month++ {
				customers := []int{1, 2}
				if month <= 3 {
					customers = []int{1, 2, 7}
				}
				add(t, w, visits, visitRows(customers, month, month))
			}
			first := map[string]string{"start_date": "2023-01-01", "end_date": "2023-10-01"}
			if c.parameters["end_date"] != "" && c.parameters["end_date"] < first["end_date"] {
				first["end_date"] = "2023-07-01"
			}
			if got := mustBuild(t, w, table, first); got.Extent != nil {
				t.Errorf("the first build has the extent %s", got.Extent)
			}
			if c.change != nil {
				c.change(t, w)
			}
			for k, v := range c.parameters {
				first[k] = v
			}
			if c.table.Name == "" {
				c.table = table
			}
			got := mustBuild(t, w, c.table, first)
			if got.Extent == nil || got.Extent.String() != c.want {
				t.Errorf("extent\n%v, want\n%s", got.Extent, c.want)
			}
		})
	}
}

func restored(t *testing.T, w *Workspace) {
	if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
		t.Fatal(err)
	}
}

// A month that comes to a table makes a file of its own there, and a row that is corrected in it later rewrites only that file.
func TestAMergeRewritesOnlyTheFilesOfChangedRows(t *testing.T) {
	w := open(t)
	window := map[string]string{"start_date": "2023-01-01", "end_date": "2023-12-01"}
	put(t, w, visits, visitRows([]int{1, 2}, 1, 6))
	files := func() map[string]bool {
		table, err := w.table("fs_visits")
		if err != nil {
			t.Fatal(err)
		}
		s, err := table.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]bool{}
		for _, f := range s.Files {
			out[f.Path] = true
		}
		return out
	}
	mustBuild(t, w, visitCount(countFeature), window)
	past := files()
	add(t, w, visits, visitRows([]int{1, 2}, 7, 7))
	mustBuild(t, w, visitCount(countFeature), window)
	july := files()
	if len(july) != len(past)+1 {
		t.Errorf("%d files after a new month, %d before", len(july), len(past))
	}
	add(t, w, visits, `{"id": 1, "month": "2023-07", "n": 1}`)
	if got := mustBuild(t, w, visitCount(countFeature), window); got.Updated != 1 {
		t.Errorf("%d rows updated, want 1", got.Updated)
	}
	corrected := files()
	if len(corrected) != len(july) {
		t.Errorf("%d files after a correction, %d before", len(corrected), len(july))
	}
	for f := range past {
		if !corrected[f] {
			t.Errorf("the file of the months before was rewritten: %s", f)
		}
	}
}
