package embedded

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"github.com/apache/arrow/go/v17/parquet/file"

	"featops/workspaces"
)

func TestFilesHoldTheRowsOfAVersion(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}, {"id": 9, "month": "2024-02", "n": 1}`)
	b := mustBuild(t, w, visitCount(countFeature), nil)
	for version, want := range map[int64]int64{0: 3, b.Version: b.Rows} {
		from, names, err := w.Files(t.Context(), "fs_visits", version)
		if err != nil {
			t.Fatal(err)
		}
		var rows int64
		for _, name := range names {
			content, err := fs.ReadFile(from, name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := file.NewParquetReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			rows += r.NumRows()
		}
		if rows != want {
			t.Errorf("the files of version %d have %d rows, want %d", version, rows, want)
		}
	}
	if b.Rows <= 3 {
		t.Errorf("the second version has %d rows: nothing was to be told apart", b.Rows)
	}
	if _, _, err := w.Files(t.Context(), "fs_nothing", 0); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("files of no table: %v", err)
	}
	if _, _, err := w.Files(t.Context(), "../x", 0); err == nil {
		t.Error("files of a path")
	}
}
