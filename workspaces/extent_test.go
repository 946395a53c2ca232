package workspaces_test

import (
	"testing"

	"featops/workspaces"
)

func TestABuildTellsHowMuchItComputed(t *testing.T) {
	for _, c := range []struct {
		extent *workspaces.Extent
		want   string
	}{
		{nil, "merged: version 2, 5 rows, of which 1 are new and 2 changed"},
		{&workspaces.Extent{Reason: "the table is empty"}, "merged: version 2, 5 rows, of which 1 are new and 2 changed (full: the table is empty)"},
		{&workspaces.Extent{Incremental: true, Reason: "1 new month of pagos", From: "2025-10", MonthsRead: 7, Months: 60, FilesRead: 3, Files: 40},
			"merged: version 2, 5 rows, of which 1 are new and 2 changed (incremental from 2025-10: 1 new month of pagos; reads 7 of 60 months, 3 of 40 files)"},
		{&workspaces.Extent{Incremental: true, Reason: "end_date has moved", From: "2025-10", FilesRead: 1, Files: 1},
			"merged: version 2, 5 rows, of which 1 are new and 2 changed (incremental from 2025-10: end_date has moved; reads 1 of 1 files)"},
		{&workspaces.Extent{Incremental: true, Reason: "no month of pagos has changed"},
			"merged: version 2, 5 rows, of which 1 are new and 2 changed (incremental: no month of pagos has changed; nothing to compute)"},
	} {
		b := workspaces.Build{Mode: workspaces.Merge, Version: 2, Rows: 5, Changes: workspaces.Changes{Inserted: 1, Updated: 2}, Extent: c.extent}
		if got := b.String(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}
