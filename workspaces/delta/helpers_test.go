package delta

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/workspaces/delta/pages"
)

// noon is the time of commits in tests that look at it.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

var (
	int32Type  = arrow.PrimitiveTypes.Int32
	int64Type  = arrow.PrimitiveTypes.Int64
	doubleType = arrow.PrimitiveTypes.Float64
	floatType  = arrow.PrimitiveTypes.Float32
	stringType = arrow.BinaryTypes.String
	boolType   = arrow.FixedWidthTypes.Boolean
	dateType   = arrow.FixedWidthTypes.Date32
	timeType   = arrow.FixedWidthTypes.Timestamp_us
)

func column(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

func schemaOf(fields ...arrow.Field) *arrow.Schema { return arrow.NewSchema(fields, nil) }

// record parses rows like `{"id": 1, "v": "a"} {"id": 2}`; a missing column is null.
func record(t testing.TB, schema *arrow.Schema, rows string) arrow.Record {
	t.Helper()
	r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.ReplaceAll(rows, "} {", "},{")+"]"))
	if err != nil {
		t.Fatalf("rows %s: %v", rows, err)
	}
	return r
}

func readerOf(t testing.TB, records ...arrow.Record) array.RecordReader {
	t.Helper()
	r, err := array.NewRecordReader(records[0].Schema(), records)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// write writes rows to files beside the table.
func write(t testing.TB, table *Table, schema *arrow.Schema, rows string) []DataFile {
	t.Helper()
	return writeRecords(t, table, WriteOptions{}, record(t, schema, rows))
}

func writeRecords(t testing.TB, table *Table, opt WriteOptions, records ...arrow.Record) []DataFile {
	t.Helper()
	files, err := WriteFiles(context.Background(), filepath.Join(filepath.Dir(table.Path()), "staging"), readerOf(t, records...), opt)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// create makes a table that holds the rows.
func create(t testing.TB, schema *arrow.Schema, rows string) *Table {
	t.Helper()
	table := At(filepath.Join(t.TempDir(), "table"))
	if _, err := table.Create(context.Background(), Metadata{Schema: schema}, write(t, table, schema, rows), CommitOptions{Time: noon}); err != nil {
		t.Fatal(err)
	}
	return table
}

func snapshot(t testing.TB, table *Table) *Snapshot {
	t.Helper()
	s, err := table.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// content reads a snapshot back into the form that record takes, nulls left out.
func content(t testing.TB, s *Snapshot, columns ...string) string {
	t.Helper()
	r, err := s.Read(context.Background(), columns)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var rows []string
	for r.Next() {
		rows = append(rows, rowsOf(t, r.Record())...)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(rows, " ")
}

func rowsOf(t testing.TB, r arrow.Record) []string {
	t.Helper()
	text, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		var cells []string
		for _, f := range r.Schema().Fields() {
			if v := string(row[f.Name]); v != "null" {
				cells = append(cells, `"`+f.Name+`": `+v)
			}
		}
		out[i] = "{" + strings.Join(cells, ", ") + "}"
	}
	return out
}

func wantContent(t testing.TB, s *Snapshot, want string) {
	t.Helper()
	if got := content(t, s); got != want {
		t.Errorf("version %d holds\n  %s\nwant\n  %s", s.Version, got, want)
	}
}

// must returns v of a call that may not fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// statsOf writes arrays as pages of a column and returns the statistics.
func statsOf(t testing.TB, pagesOf ...arrow.Array) columnStats {
	t.Helper()
	schema := schemaOf(column("v", pagesOf[0].DataType()))
	parquet, err := pages.NewWriter(io.Discard, schema, "test")
	if err != nil {
		t.Fatal(err)
	}
	w := &fileWriter{parquet: parquet, schema: schema, group: make([]columnStats, 1), stats: make([]columnStats, 1)}
	for _, a := range pagesOf {
		w.pages = append(w.pages, array.NewRecord(schema, []arrow.Array{a}, int64(a.Len())))
	}
	if err := w.writeGroup(); err != nil {
		t.Fatal(err)
	}
	return w.stats[0]
}
