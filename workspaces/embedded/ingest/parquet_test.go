package ingest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// parquetBytes is a Parquet file of one record, given as JSON.
func parquetBytes(t *testing.T, fields []arrow.Field, json string, rowGroup int64) []byte {
	t.Helper()
	s := arrow.NewSchema(fields, nil)
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(s, &out,
		parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithMaxRowGroupLength(rowGroup)),
		pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func nullable(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

func parsed(t *testing.T, mapping string) Mapping {
	t.Helper()
	m, err := parseMapping("things.toml", mapping)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// own is a mapping of each column of things to the column of its name.
func own() string {
	rules := map[string]string{}
	for _, name := range things.Columns.Names() {
		rules[name] = fmt.Sprintf("column = %q", name)
	}
	return mapThings(rules)
}

func TestParquetTypes(t *testing.T) {
	tests := []struct {
		name   string
		column string // of things
		from   arrow.DataType
		json   string
		want   string
	}{
		{"INT to BIGINT", "id", arrow.PrimitiveTypes.Int32, "7", "7"},
		{"whole DOUBLE to BIGINT", "id", arrow.PrimitiveTypes.Float64, "7", "7"},
		{"DECIMAL to BIGINT", "id", &arrow.Decimal128Type{Precision: 20, Scale: 0}, `"9007199254740993"`, "9007199254740993"},
		{"small integer to INT", "n", arrow.PrimitiveTypes.Int8, "-7", "-7"},
		{"unsigned to INT", "n", arrow.PrimitiveTypes.Uint16, "65535", "65535"},
		{"BIGINT to DOUBLE", "x", arrow.PrimitiveTypes.Int64, "7", "7"},
		{"FLOAT to DOUBLE", "x", arrow.PrimitiveTypes.Float32, "0.5", "0.5"},
		{"DECIMAL to DOUBLE", "x", &arrow.Decimal128Type{Precision: 12, Scale: 2}, `"-1234567.89"`, "-1.23456789e+06"},
		{"large DECIMAL to DOUBLE", "x", &arrow.Decimal128Type{Precision: 38, Scale: 4}, `"12345678901234567890.1234"`, "1.2345678901234567e+19"},
		{"text to DOUBLE", "x", arrow.BinaryTypes.String, `"2.5"`, "2.5"},
		{"BOOLEAN", "b", arrow.FixedWidthTypes.Boolean, "true", "true"},
		{"integer to BOOLEAN", "b", arrow.PrimitiveTypes.Int64, "0", "false"},
		{"STRING", "s", arrow.BinaryTypes.String, `" San José "`, " San José "},
		{"number to STRING", "s", arrow.PrimitiveTypes.Float64, "1.0", "1"},
		{"DATE to STRING", "s", arrow.FixedWidthTypes.Date32, `"2024-02-29"`, "2024-02-29"},
		{"DATE", "d", arrow.FixedWidthTypes.Date32, `"1969-02-28"`, "1969-02-28"},
		{"TIMESTAMP to DATE", "d", arrow.FixedWidthTypes.Timestamp_ms, `"2024-02-29"`, "2024-02-29"},
		{"TIMESTAMP", "t", arrow.FixedWidthTypes.Timestamp_ns, `"2024-02-29 10:11:12"`, "2024-02-29 10:11:12Z"},
		{"DATE to TIMESTAMP", "t", arrow.FixedWidthTypes.Date32, `"2024-02-29"`, "2024-02-29 00:00:00Z"},
		{"null", "x", arrow.PrimitiveTypes.Float64, "null", "(null)"},
		{"empty text is null", "s", arrow.BinaryTypes.String, `""`, "(null)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// A name without the ending: the content tells the format.
			path := filepath.Join(t.TempDir(), "data")
			data := parquetBytes(t, []arrow.Field{nullable("key", arrow.PrimitiveTypes.Int64), nullable("v", tt.from)},
				fmt.Sprintf(`[{"key": 1, "v": %s}]`, tt.json), 10)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			rules := map[string]string{"id": `column = "key"`}
			rules[tt.column] = `column = "V"`
			rows, err := ingest(t, parsed(t, mapThings(rules)), path, things)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Split(rows[0], "|")[things.Columns.Index(tt.column)]; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParquetSteps(t *testing.T) {
	data := parquetBytes(t, []arrow.Field{nullable("id", arrow.PrimitiveTypes.Int64), nullable("code", arrow.PrimitiveTypes.Float64),
		nullable("day", arrow.FixedWidthTypes.Date32)},
		`[{"id": 1, "code": 1, "day": "2024-02-29"}, {"id": 2, "code": null, "day": null}]`, 10)
	path := writeFile(t, "steps.parquet", string(data))
	rows, err := ingest(t, parsed(t, mapThings(map[string]string{
		"s": "column = \"day\"\nwrite = \"yyyy-MM\"",
		"n": "column = \"code\"\nmap = { \"1\" = \"10\" }",
		"d": "column = \"day\"\nformat = \"dd/MM/yyyy\"", // of text; a date needs none
	})), path, things)
	want := []string{"1|10|(null)|(null)|2024-02|2024-02-29|(null)", "2|(null)|(null)|(null)|(null)|(null)|(null)"}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestBadParquet(t *testing.T) {
	ids := make([]string, 5000)
	for i := range ids {
		ids[i] = fmt.Sprintf(`{"id": %d}`, i*i*7919)
	}
	whole := parquetBytes(t, []arrow.Field{nullable("id", arrow.PrimitiveTypes.Int64)}, "["+strings.Join(ids, ",")+"]", 1000)
	damaged := bytes.Clone(whole)
	for i := 200; i < len(damaged)/2; i++ {
		damaged[i] ^= 0xa5
	}
	nested := parquetBytes(t, []arrow.Field{nullable("id", arrow.StructOf(nullable("id", arrow.PrimitiveTypes.Int64)))}, `[{"id": {"id": 1}}]`, 10)
	binary := parquetBytes(t, []arrow.Field{nullable("id", arrow.BinaryTypes.Binary)}, `[{"id": "AQ=="}]`, 10)
	empty := parquetBytes(t, []arrow.Field{nullable("id", arrow.PrimitiveTypes.Int64)}, `[]`, 10)
	text := parquetBytes(t, []arrow.Field{nullable("id", arrow.BinaryTypes.String)}, `[{"id": "1"}, {"id": "abc"}]`, 10)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"no Parquet", []byte("id\n1\n"), "is no readable Parquet file"},
		{"cut off", whole[:len(whole)-100], "is no readable Parquet file"},
		{"damaged pages", damaged, "damaged Parquet file"},
		{"missing column", parquetBytes(t, []arrow.Field{nullable("key", arrow.PrimitiveTypes.Int64)}, `[{"key": 1}]`, 10), "no column id: the file has key"},
		{"nested column", nested, "no column id"},
		{"binary column", binary, "column id: type binary has no column type here"},
		{"no rows", empty, "no rows"},
		{"bad cell", text, `row 2, column id: "abc" for id BIGINT: is no number`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ingest(t, parsed(t, mapThings(nil)), writeFile(t, "bad.parquet", string(tt.data)), things)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "bad.parquet") {
				t.Errorf("error %v, want one that names the file and has %q", err, tt.want)
			}
		})
	}
	rows, err := ingest(t, parsed(t, mapThings(nil)), writeFile(t, "whole.parquet", string(whole)), things)
	if len(rows) != len(ids) || err != nil {
		t.Errorf("whole file: %d rows, error %v, want %d rows", len(rows), err, len(ids))
	}
}

// Whichever byte of a Parquet file is damaged, reading it ends in rows or in an error.
func TestDamagedParquetNeverPanics(t *testing.T) {
	whole := parquetBytes(t, []arrow.Field{nullable("id", arrow.PrimitiveTypes.Int64), nullable("s", arrow.BinaryTypes.String)},
		`[{"id": 1, "s": "a"}, {"id": 2, "s": null}, {"id": 3, "s": "ccc"}]`, 2)
	m := parsed(t, mapThings(map[string]string{"s": `column = "s"`}))
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		data := bytes.Clone(whole)
		// The length of the footer, before the last four bytes, is trusted by the library.
		data[rapid.IntRange(4, len(data)-9).Draw(r, "at")] ^= rapid.ByteRange(1, 255).Draw(r, "xor")
		path := filepath.Join(dir, "damaged.parquet")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			r.Fatal(err)
		}
		if rows, err := ingest(t, m, path, things); err == nil && len(rows) == 0 {
			r.Error("neither rows nor an error")
		}
	})
}

// The same values give the same rows out of CSV and out of Parquet.
func TestCSVAndParquetAgree(t *testing.T) {
	fields := []arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64), nullable("n", arrow.PrimitiveTypes.Int32), nullable("x", arrow.PrimitiveTypes.Float64),
		nullable("b", arrow.FixedWidthTypes.Boolean), nullable("s", arrow.BinaryTypes.String), nullable("d", arrow.FixedWidthTypes.Date32),
		nullable("t", arrow.FixedWidthTypes.Timestamp_us),
	}
	m := parsed(t, own())
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		cell := map[string]*rapid.Generator[string]{
			"id": rapid.Map(rapid.Int64(), func(v int64) string { return fmt.Sprint(v) }),
			"n":  rapid.Map(rapid.Int32(), func(v int32) string { return fmt.Sprint(v) }),
			"x":  rapid.Map(rapid.Float64Range(-1e15, 1e15), func(v float64) string { return fmt.Sprint(v) }),
			"b":  rapid.SampledFrom([]string{"true", "false"}),
			"s":  rapid.StringMatching(`[ a-zñÁ,;'-]{0,8}[a-z]`),
			"d":  rapid.SampledFrom([]string{"1899-12-31", "1970-01-01", "2024-02-29", "2262-01-01"}),
			"t":  rapid.SampledFrom([]string{"1969-12-31 23:59:59", "2024-02-29 00:00:00"}),
		}
		var csv, json strings.Builder
		csv.WriteString("id,n,x,b,s,d,t\n")
		for i := range rapid.IntRange(1, 20).Draw(r, "rows") {
			var texts, objects []string
			for _, f := range fields {
				if rapid.IntRange(0, 5).Draw(r, "null") == 0 {
					texts, objects = append(texts, ""), append(objects, fmt.Sprintf("%q: null", f.Name))
					continue
				}
				v := cell[f.Name].Draw(r, f.Name)
				texts = append(texts, `"`+v+`"`)
				// Arrow reads a JSON number as a double, which not every BIGINT is.
				if quoted := slices.Contains([]string{"id", "s", "d", "t"}, f.Name); quoted {
					v = `"` + v + `"`
				}
				objects = append(objects, fmt.Sprintf("%q: %s", f.Name, v))
			}
			fmt.Fprintln(&csv, strings.Join(texts, ","))
			if i > 0 {
				json.WriteString(",")
			}
			fmt.Fprintf(&json, "{%s}", strings.Join(objects, ","))
		}
		files := map[string][]byte{"a.csv": []byte(csv.String()), "a.parquet": parquetBytes(t, fields, "["+json.String()+"]", 7)}
		rows := map[string][]string{}
		for name, data := range files {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				r.Fatal(err)
			}
			var err error
			if rows[name], err = ingest(t, m, path, things); err != nil {
				r.Fatal(err)
			}
		}
		if diff := cmp.Diff(rows["a.csv"], rows["a.parquet"]); diff != "" {
			r.Errorf("CSV and Parquet differ: %s", diff)
		}
	})
}

func TestDecimalsAreNearestDoubles(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cents := rapid.Int64Range(-1e15, 1e15).Draw(r, "cents")
		got := decimalCell(decimal128.FromI64(cents), 2).f
		// 10^15 and 100 are exact doubles, so their quotient is rounded once.
		if want := float64(cents) / 100; got != want {
			r.Errorf("%d cents are %v, want %v", cents, got, want)
		}
	})
}
