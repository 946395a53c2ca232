package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// sliced is a column in memory.
type sliced struct{ arrow.Array }

func (s sliced) Slice(lo, hi int) arrow.Array { return array.NewSlice(s.Array, int64(lo), int64(hi)) }

// threeColumns are columns in which a value tells its row: even ones are null in n, the text has few values.
func threeColumns(rows int) (*arrow.Schema, []arrow.Array) {
	ids, n, texts := array.NewInt64Builder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator), array.NewStringBuilder(memory.DefaultAllocator)
	for i := range rows {
		ids.Append(int64(i))
		texts.Append(fmt.Sprint("t", i%7))
		if i%2 == 0 {
			n.AppendNull()
		} else {
			n.Append(float64(i) / 2)
		}
	}
	return schemaOf(column("id", int64Type), column("n", doubleType), column("t", stringType)),
		[]arrow.Array{ids.NewArray(), n.NewArray(), texts.NewArray()}
}

func writeByColumn(t testing.TB, dir string, schema *arrow.Schema, columns []arrow.Array, fileRows int) []DataFile {
	t.Helper()
	w, err := NewColumnsFiles(dir, schema, columns[0].Len(), fileRows)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write(context.Background(), 3, func(_ context.Context, i int) (ColumnSource, error) { return sliced{columns[i]}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return must(w.Close())
}

// TestFilesWrittenByColumnAreThoseWrittenByRow compares rows, and the statistics by which readers skip files.
func TestFilesWrittenByColumnAreThoseWrittenByRow(t *testing.T) {
	const rows, fileRows = 2*rowGroupRows + 12_345, rowGroupRows + 100
	schema, columns := threeColumns(rows)
	dir := t.TempDir()
	byColumn := writeByColumn(t, filepath.Join(dir, "files"), schema, columns, fileRows)
	record := array.NewRecord(schema, columns, rows)
	byRow := must(WriteFiles(context.Background(), filepath.Join(dir, "files"), readerOf(t, record), WriteOptions{FileRows: fileRows}))
	if len(byColumn) != len(byRow) {
		t.Fatalf("%d files, want %d", len(byColumn), len(byRow))
	}
	for i := range byRow {
		got, want := byColumn[i], byRow[i]
		gotStats, wantStats := must(json.Marshal(got.Stats)), must(json.Marshal(want.Stats))
		if got.Rows != want.Rows || string(gotStats) != string(wantStats) {
			t.Errorf("file %d has %d rows and %s, want %d and %s", i, got.Rows, gotStats, want.Rows, wantStats)
		}
		a, b := must(openDataFile(got.Path)), must(openDataFile(want.Path))
		for c := range columns {
			nulls, ok, err := a.nulls(c)
			wantNulls, _, _ := b.nulls(c)
			if !ok || err != nil || nulls != wantNulls {
				t.Errorf("column %d of file %d has %d nulls by its footer (%v, %v), want %d", c, i, nulls, ok, err, wantNulls)
			}
		}
		if err := errors.Join(a.close(), b.close()); err != nil {
			t.Error(err)
		}
	}
	tables := make([]*Snapshot, 2)
	for i, files := range [][]DataFile{byColumn, byRow} {
		table := At(filepath.Join(dir, fmt.Sprint("table", i)))
		must(table.Create(context.Background(), Metadata{Schema: schema}, files, CommitOptions{Time: noon}))
		tables[i] = snapshot(t, table)
	}
	if content(t, tables[0]) != content(t, tables[1]) {
		t.Error("the rows differ")
	}
}

func TestColumnsAreReadByNumber(t *testing.T) {
	const rows, fileRows = 2*rowGroupRows + 500, rowGroupRows + 100
	schema, columns := threeColumns(rows)
	dir := t.TempDir()
	table := At(filepath.Join(dir, "table"))
	files := writeByColumn(t, filepath.Join(dir, "files"), schema, columns, fileRows)
	must(table.Create(context.Background(), Metadata{Schema: schema}, files, CommitOptions{Time: noon}))
	c := must(snapshot(t, table).OpenColumns())
	seen := 0
	for file := range c.Files() {
		err := c.Read(context.Background(), file, []string{"T", "ID"}, func(r arrow.Record, first int64) error {
			for i, id := range r.Column(1).(*array.Int64).Int64Values() {
				if id != first+int64(i) {
					t.Fatalf("row %d comes as row %d", id, first+int64(i))
				}
			}
			seen += int(r.NumRows())
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if seen != rows || c.Rows() != rows {
		t.Errorf("%d rows were read of %d", seen, c.Rows())
	}
	if err := c.Read(context.Background(), 0, []string{"x"}, nil); err == nil || !strings.Contains(err.Error(), "no column x") {
		t.Errorf("error %v, want one that names the column", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestRowsAreTakenByNumber takes every 1,000th row, but for the second group of the first file, which nobody wants: from files as
// they are, and from files with a narrower type than the table's.
func TestRowsAreTakenByNumber(t *testing.T) {
	const rows, fileRows = 2*rowGroupRows + 500, rowGroupRows + 100
	wide, columns := threeColumns(rows)
	short := array.NewInt32Builder(memory.DefaultAllocator)
	for i := range rows {
		short.Append(int32(i))
	}
	narrow := schemaOf(column("id", int32Type), wide.Field(1), wide.Field(2))
	for name, stored := range map[string]struct {
		schema *arrow.Schema
		ids    arrow.Array
	}{"as they are": {wide, columns[0]}, "narrower": {narrow, short.NewArray()}} {
		dir := t.TempDir()
		table := At(filepath.Join(dir, "table"))
		files := writeByColumn(t, filepath.Join(dir, "files"), stored.schema, []arrow.Array{stored.ids, columns[1], columns[2]}, fileRows)
		must(table.Create(context.Background(), Metadata{Schema: stored.schema}, files, CommitOptions{Time: noon}))
		s := snapshot(t, table)
		s.Metadata.Schema = wide
		c := must(s.OpenColumns())
		for i, field := range wide.Fields() {
			if seen := takeEvery1000th(t, c, field.Name, columns[i]); seen != (rows+999)/1000 {
				t.Errorf("%s: %d rows of %s were taken", name, seen, field.Name)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func takeEvery1000th(t *testing.T, c *Columns, name string, column arrow.Array) (seen int) {
	t.Helper()
	wanted := func(first, n int64) (out []uint32) {
		for row := (first + 999) / 1000 * 1000; row < first+n && first != rowGroupRows; row += 1000 {
			out = append(out, uint32(row))
		}
		return out
	}
	for file := range c.Files() {
		err := c.Take(context.Background(), file, name, wanted, func(values arrow.Array, first, n int64) error {
			for k, row := range wanted(first, n) {
				if got, want := values.ValueStr(k), column.ValueStr(int(row)); got != want {
					t.Fatalf("row %d of %s is %s, want %s", row, name, got, want)
				}
				seen++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return seen
}

func TestFilesOfAFailedWriteAreDropped(t *testing.T) {
	schema, columns := threeColumns(100)
	dir := t.TempDir()
	w := must(NewColumnsFiles(dir, schema, 100, 0))
	broken := errors.New("broken")
	err := w.Write(context.Background(), runtime.NumCPU(), func(_ context.Context, i int) (ColumnSource, error) {
		if i == 1 {
			return nil, broken
		}
		return sliced{columns[i]}, nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	w.Abandon()
	if left := must(filepath.Glob(filepath.Join(dir, "*"))); len(left) > 0 {
		t.Errorf("%v stay", left)
	}
}
