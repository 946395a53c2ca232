package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

func TestPutSourceReplacesTheTable(t *testing.T) {
	w := open(t)
	if here, err := w.SourceExists(t.Context(), visits); here || err != nil {
		t.Fatalf("exists before it was written: %t, %v", here, err)
	}
	if v := put(t, w, visits, twoCustomers); v != 0 {
		t.Errorf("version %d, want 0", v)
	}
	other := visits
	other.Columns = slices.Clone(visits.Columns)[:2]
	if v := put(t, w, other, `{"id": 9, "month": "2024-01"}`); v != 1 {
		t.Errorf("version %d, want 1", v)
	}
	s, err := delta.At(filepath.Join(w.options.Dir, "demo_db", "visits")).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Rows(); n != 1 || err != nil || s.Metadata.Schema.NumFields() != 2 {
		t.Errorf("%d rows of %v, %v", n, s.Metadata.Schema, err)
	}
	if here, err := w.SourceExists(t.Context(), visits); !here || err != nil {
		t.Errorf("exists after it was written: %t, %v", here, err)
	}
}

func TestPutSourceTellsItsProgress(t *testing.T) {
	w := open(t)
	arrowSchema, err := visits.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrowSchema, strings.NewReader(`[{"id": 1}, {"id": 2}]`))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := array.NewRecordReader(arrowSchema, []arrow.Record{record, record})
	if err != nil {
		t.Fatal(err)
	}
	var told []int64
	rows, version, err := w.PutSource(t.Context(), visits, reader, func(n int64) { told = append(told, n) })
	if rows != 4 || version != 0 || err != nil || !slices.Equal(told, []int64{2, 4}) {
		t.Errorf("%d rows, version %d, told %v, %v", rows, version, told, err)
	}
}

// brokenReader fails after its records.
type brokenReader struct{ array.RecordReader }

func (brokenReader) Err() error { return errors.New("line 3: no number") }

func TestPutSourceLeavesTheTableWhenItsInputFails(t *testing.T) {
	w := open(t)
	put(t, w, visits, twoCustomers)
	arrowSchema, err := visits.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	reader, err := array.NewRecordReader(arrowSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.PutSource(t.Context(), visits, brokenReader{reader}, nil)
	wantError(t, err, "demo_db.visits", "line 3: no number")
	mustBuild(t, w, visitCount(countFeature), nil)
	wantRows(t, w, "1 2024-02-01 2", "1 2024-03-01 3", "2 2024-02-01 5")
	if left, _ := filepath.Glob(filepath.Join(w.staging, "*")); len(left) > 0 {
		t.Errorf("left in the staging directory: %v", left)
	}
}

// Bad sources, each with its error and an untouched table.
func TestBadSources(t *testing.T) {
	sourceDir := func(w *Workspace) string { return filepath.Join(w.options.Dir, "demo_db", "visits") }
	columns := func(list ...schema.Column) func(*testing.T, *Workspace) {
		return func(t *testing.T, w *Workspace) {
			s := visits
			s.Columns = list
			put(t, w, s, `{"id": 1}`)
		}
	}
	id := schema.Column{Name: "id", Type: schema.BigInt}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, w *Workspace)
		want  []string
	}{
		"missing table": {
			spoil: func(t *testing.T, w *Workspace) { remove(t, sourceDir(w)) },
			want:  []string{"source demo_db.visits is not here in bncapers", "featops sample", "featops ingest visits"},
		},
		"missing columns, all named": {
			spoil: columns(id),
			want:  []string{"source demo_db.visits: column month (STRING) is missing", "column n (BIGINT) is missing", "it has id"},
		},
		"wrong types, and a missing column": {
			spoil: columns(id, schema.Column{Name: "n", Type: schema.Boolean}),
			want:  []string{"column month (STRING) is missing", "column n is BOOLEAN: allowed are [BIGINT INT]"},
		},
		"corrupt _delta_log": {
			spoil: func(t *testing.T, w *Workspace) {
				overwrite(t, filepath.Join(sourceDir(w), "_delta_log", "00000000000000000000.json"), "{")
			},
			want: []string{"source demo_db.visits", "00000000000000000000.json", "line 1"},
		},
		"corrupt Parquet": {
			spoil: func(t *testing.T, w *Workspace) { overwrite(t, onlyFile(t, sourceDir(w)), "PAR1 and nothing more") },
			want:  []string{"fs_visits", "visits", ".parquet"},
		},
		"missing data file": {
			spoil: func(t *testing.T, w *Workspace) { remove(t, onlyFile(t, sourceDir(w))) },
			want:  []string{"fs_visits", "visits", ".parquet", "missing"},
		},
		"a missing column in a corrupt file": {
			spoil: func(t *testing.T, w *Workspace) {
				remove(t, sourceDir(w))
				columns(id)(t, w)
				overwrite(t, onlyFile(t, sourceDir(w)), "PAR1 and nothing more")
			},
			want: []string{"column month (STRING) is missing", "column n (BIGINT) is missing", ".parquet"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := openWithVisits(t, countFeature)
			c.spoil(t, w)
			_, err := build(t, w, visitCount(countFeature), map[string]string{"full_build": "true"})
			wantError(t, err, c.want...)
			wantRows(t, w, "1 2024-02-01 2", "1 2024-03-01 3", "2 2024-02-01 5")
			if v := versionOf(t, w, "fs_visits"); v != 0 {
				t.Errorf("version %d", v)
			}
			if left, _ := filepath.Glob(filepath.Join(w.staging, "*")); len(left) > 0 {
				t.Errorf("left in the staging directory: %v", left)
			}
		})
	}
}

func TestCorruptFeatureTable(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 9}`)
	dir := filepath.Join(w.options.Dir, w.options.Database, "fs_visits")
	data := onlyFile(t, dir)
	overwrite(t, data, "PAR1 and nothing more")
	_, err := build(t, w, visitCount(countFeature), nil)
	wantError(t, err, "fs_visits", filepath.Base(data))
	overwrite(t, filepath.Join(dir, "_delta_log", "00000000000000000000.json"), "{")
	_, err = build(t, w, visitCount(countFeature), nil)
	wantError(t, err, "fs_visits", "00000000000000000000.json", "line 1")
}

func TestStageStopsWithItsContext(t *testing.T) {
	w := open(t)
	put(t, w, visits, twoCustomers)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Stage(ctx, workspaces.BuildRequest{Table: visitCount(countFeature)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func onlyFile(t testing.TB, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(found) != 1 {
		t.Fatalf("data files in %s: %v, %v", dir, found, err)
	}
	return found[0]
}

func overwrite(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}
