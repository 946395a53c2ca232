package main_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"featops/workspaces/delta"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// owner is the workspace that computes a table or holds a source.
var owner = map[string]string{
	"fs_cus_demographic": "bncapers", "clientes": "bncapers",
	"fs_cus_credit_risk": "bncapers", "buro_credito": "bncapers",
	"fs_cus_holding_products": "medpag", "productos": "medpag",
	"fs_cus_payment_behavior": "medpag", "pagos": "medpag",
	"fs_cus_transactions": "medpag", "transacciones": "medpag",
}

// featureTables are the five tables, in the order of the workspaces' tasks.
var featureTables = []string{
	"fs_cus_demographic", "fs_cus_credit_risk", "fs_cus_holding_products", "fs_cus_payment_behavior", "fs_cus_transactions",
}

// table is a table of the home as it lies on disk, seen past the program.
type table struct {
	*delta.Table
	t *testing.T
}

func (h *home) table(name string) table {
	database := "demo_db"
	if strings.HasPrefix(name, "fs_") {
		database = "feature_store_demo_dev"
	}
	return table{delta.At(filepath.Join(h.dir, "workspaces", owner[name], "dev", database, name)), h.t}
}

func (t table) snapshot() *delta.Snapshot {
	t.t.Helper()
	s, err := t.Snapshot(t.t.Context())
	if err != nil {
		t.t.Fatal(err)
	}
	return s
}

func (t table) version() int64 { t.t.Helper(); return t.snapshot().Version }

// rows reads a version: each row by its key, as text like `ctrx_trx_cnt_m=3 ctrx_ind_active=true`.
func (t table) rows(version int64) map[string]string {
	t.t.Helper()
	s, err := t.SnapshotAt(t.t.Context(), version)
	if err != nil {
		t.t.Fatal(err)
	}
	out := map[string]string{}
	each(t.t, s, func(r arrow.Record) {
		for i := range int(r.NumRows()) {
			var row strings.Builder
			for j, c := range r.Columns() {
				if c.IsValid(i) {
					row.WriteString(r.ColumnName(j) + "=" + c.ValueStr(i) + " ")
				}
			}
			out[r.Column(0).ValueStr(i)+" "+r.Column(1).ValueStr(i)] = row.String()
		}
	})
	return out
}

// firstKeys lists the customer and the release date of the first n rows.
func (t table) firstKeys(n int) [][2]string {
	t.t.Helper()
	var out [][2]string
	for _, key := range slices.Sorted(maps.Keys(t.rows(t.version())))[:n] {
		customer, date, _ := strings.Cut(key, " ")
		out = append(out, [2]string{customer, date})
	}
	return out
}

// each shows every record of a snapshot to f.
func each(t *testing.T, s *delta.Snapshot, f func(arrow.Record)) {
	t.Helper()
	r, err := s.Read(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	for r.Next() {
		f(r.Record())
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
}

// files writes rows, JSON objects of the schema's columns, into files that the table can adopt.
func (t table) files(schema *arrow.Schema, rows ...string) []delta.DataFile {
	t.t.Helper()
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.t.Fatal(err)
	}
	defer record.Release()
	reader, err := array.NewRecordReader(schema, []arrow.Record{record})
	if err != nil {
		t.t.Fatal(err)
	}
	defer reader.Release()
	files, err := delta.WriteFiles(t.t.Context(), filepath.Join(t.t.TempDir(), "files"), reader, delta.WriteOptions{})
	if err != nil {
		t.t.Fatal(err)
	}
	return files
}

// append adds rows of some of the table's columns.
func (t table) append(rows string) {
	t.t.Helper()
	has := t.snapshot().Metadata.Schema
	var columns map[string]json.RawMessage
	if err := json.Unmarshal([]byte(rows), &columns); err != nil {
		t.t.Fatal(err)
	}
	var fields []arrow.Field
	for _, f := range has.Fields() {
		if _, ok := columns[f.Name]; ok {
			fields = append(fields, f)
		}
	}
	if _, err := t.Append(t.t.Context(), t.files(arrow.NewSchema(fields, nil), rows), delta.CommitOptions{}); err != nil {
		t.t.Fatal(err)
	}
}

// replace makes rows of other columns the whole table.
func (t table) replace(schema *arrow.Schema, rows ...string) {
	t.t.Helper()
	if _, err := t.Overwrite(t.t.Context(), schema, t.files(schema, rows...), delta.CommitOptions{}); err != nil {
		t.t.Fatal(err)
	}
}

// text is an arrow field of STRING, as others are of their types.
func text(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
}

// merge upserts rows of the key and of an extra column, which the table gets unless it has it.
func (t table) merge(extra string, rows ...string) {
	t.t.Helper()
	has := t.snapshot().Metadata.Schema
	after := has
	if !has.HasField(extra) {
		after = arrow.NewSchema(append(has.Fields(), text(extra)), nil)
	}
	given := arrow.NewSchema([]arrow.Field{has.Field(0), has.Field(1), text(extra)}, nil)
	_, err := t.Merge(t.t.Context(), delta.Merge{
		Keys: []string{"pk_customer", "tpk_release_dt"}, Files: t.files(given, rows...), Schema: after,
	}, delta.CommitOptions{})
	if err != nil {
		t.t.Fatal(err)
	}
}

// csv writes the table's rows to a file, each as change leaves it; a column without a value is null.
func (t table) csv(path string, change func(row map[string]string)) {
	t.t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.t.Fatal(err)
	}
	w := csv.NewWriter(f)
	s := t.snapshot()
	var names []string
	for _, f := range s.Metadata.Schema.Fields() {
		names = append(names, f.Name)
	}
	w.Write(names)
	each(t.t, s, func(r arrow.Record) {
		for i := range int(r.NumRows()) {
			row := map[string]string{}
			for j, name := range names {
				if r.Column(j).IsValid(i) {
					row[name] = r.Column(j).ValueStr(i)
				}
			}
			change(row)
			cells := make([]string, len(names))
			for j, name := range names {
				cells[j] = row[name]
			}
			w.Write(cells)
		}
	})
	w.Flush()
	if err := w.Error(); err != nil {
		t.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.t.Fatal(err)
	}
}

// sameColumns is a mapping in which every column of a source comes from the file's column of its name.
func (t table) sameColumns(name string) string {
	t.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "table = %q\n", name)
	for _, f := range t.snapshot().Metadata.Schema.Fields() {
		fmt.Fprintf(&b, "[columns.%s]\ncolumn = %q\n", f.Name, f.Name)
	}
	return b.String()
}
