package delta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var features = schemaOf(column("id", int64Type), column("day", dateType), column("v", doubleType), column("s", stringType))

func merge(t testing.TB, table *Table, m Merge) MergeResult {
	t.Helper()
	result, err := table.Merge(context.Background(), m, CommitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestMerge(t *testing.T) {
	wider := schemaOf(column("id", int64Type), column("day", dateType), column("v", doubleType), column("s", stringType), column("n", int32Type))
	short := schemaOf(column("id", int64Type), column("day", dateType), column("V", doubleType))
	const table = `{"id": 1, "day": "2026-01-01", "v": 1.5, "s": "a"} {"id": 1, "day": "2026-02-01", "v": 2.5, "s": "b"} {"id": 2, "day": "2026-01-01", "s": "c"}`
	for name, c := range map[string]struct {
		schema, after                *arrow.Schema
		rows                         string
		want                         string
		inserted, updated, unchanged int64
		changed                      bool
	}{
		"the same rows": {
			schema: features, rows: table, want: table, unchanged: 3,
		},
		"an update, an insertion and a row that stays": {
			schema: features,
			rows:   `{"id": 1, "day": "2026-02-01", "v": 9, "s": "b"} {"id": 2, "day": "2026-01-01", "s": "c"} {"id": 3, "day": "2026-01-01", "v": 3}`,
			want: `{"id": 1, "day": "2026-01-01", "v": 1.5, "s": "a"} {"id": 1, "day": "2026-02-01", "v": 9, "s": "b"} {"id": 2, "day": "2026-01-01", "s": "c"} ` +
				`{"id": 3, "day": "2026-01-01", "v": 3}`,
			inserted: 1, updated: 1, unchanged: 1, changed: true,
		},
		"only new rows": {
			schema: features, rows: `{"id": 1, "day": "2026-03-01"}`, want: table + ` {"id": 1, "day": "2026-03-01"}`, inserted: 1, changed: true,
		},
		"a value becomes null": {
			schema: features, rows: `{"id": 1, "day": "2026-01-01", "v": 1.5}`,
			want:    strings.Replace(table, `"v": 1.5, "s": "a"`, `"v": 1.5`, 1),
			updated: 1, changed: true,
		},
		"a column that the new rows do not have keeps its value": {
			schema: short, rows: `{"id": 1, "day": "2026-01-01", "V": 7} {"id": 4, "day": "2026-01-01", "V": 8}`,
			want:     strings.Replace(table, "1.5", "7", 1) + ` {"id": 4, "day": "2026-01-01", "v": 8}`,
			inserted: 1, updated: 1, changed: true,
		},
		"a new column comes with the rows": {
			schema: wider, after: wider, rows: `{"id": 2, "day": "2026-01-01", "s": "c", "n": 5}`,
			want:    strings.Replace(table, `"s": "c"`, `"s": "c", "n": 5`, 1),
			updated: 1, changed: true,
		},
		"a new column without a value changes the schema alone": {
			schema: wider, after: wider, rows: `{"id": 2, "day": "2026-01-01", "s": "c"}`, want: table, unchanged: 1, changed: true,
		},
		"rows out of order": {
			schema: features, rows: `{"id": 3, "day": "2026-01-01"} {"id": 0, "day": "2026-05-01"} {"id": 0, "day": "2026-04-01"}`,
			want:     table + ` {"id": 0, "day": "2026-04-01"} {"id": 0, "day": "2026-05-01"} {"id": 3, "day": "2026-01-01"}`,
			inserted: 3, changed: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, features, table)
			m := Merge{Keys: []string{"ID", "day"}, Files: write(t, table, c.schema, c.rows), Schema: c.after}
			counts := MergePlan{Inserted: c.inserted, Updated: c.updated, Unchanged: c.unchanged}
			plan, err := table.PlanMerge(context.Background(), m)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(counts, plan); d != "" {
				t.Errorf("plan: %s", d)
			}
			result := merge(t, table, m)
			if d := cmp.Diff(counts, result.MergePlan); d != "" {
				t.Errorf("result: %s", d)
			}
			s := snapshot(t, table)
			wantContent(t, s, c.want)
			wantVersion := int64(0)
			if c.changed {
				wantVersion = 1
			}
			if result.Changed != c.changed || result.Version != wantVersion || s.Version != wantVersion {
				t.Errorf("changed %v, version %d (table at %d), want %v, %d", result.Changed, result.Version, s.Version, c.changed, wantVersion)
			}
			if left := must(os.ReadDir(filepath.Join(filepath.Dir(table.Path()), "staging"))); len(left) > 0 {
				t.Errorf("%d files are left in the staging directory", len(left))
			}
		})
	}
}

func TestMergeRewritesOnlyFilesThatChange(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"} {"id": 2, "v": "b"}`)
	ctx := context.Background()
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 3, "v": "c"} {"id": 4, "v": "d"}`), CommitOptions{}))
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 5, "v": "e"}`), CommitOptions{}))
	before := snapshot(t, table).Files
	result := merge(t, table, Merge{Keys: []string{"id"}, Files: write(t, table, idAndValue, `{"id": 1, "v": "a"} {"id": 4, "v": "changed"}`)})
	after := snapshot(t, table)
	if len(after.Files) != 3 || after.Files[0].Path != before[0].Path || after.Files[1].Path != before[2].Path {
		t.Errorf("files %+v, want the first and the third of %+v and a new one", after.Files, before)
	}
	if d := cmp.Diff(MergePlan{Version: 2, Updated: 1, Unchanged: 1}, result.MergePlan); d != "" {
		t.Error(d)
	}
}

func TestMergeAdoptsFilesOfNewRows(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	files := write(t, table, idAndValue, `{"id": 2, "v": "b"} {"id": 3, "v": "c"}`)
	merge(t, table, Merge{Keys: []string{"id"}, Files: files})
	if s := snapshot(t, table); s.Files[1].Path != filepath.Base(files[0].Path) {
		t.Errorf("the rows are in %s, want them where they were written, %s", s.Files[1].Path, files[0].Path)
	}
}

func TestMergeWidensTypes(t *testing.T) {
	narrow := schemaOf(column("id", int32Type), column("i", int32Type), column("f", floatType), column("d", dateType), column("x", int32Type))
	wide := schemaOf(column("id", int64Type), column("i", int64Type), column("f", doubleType), column("d", timeType), column("x", doubleType))
	table := create(t, narrow, `{"id": 1, "i": -7, "f": 0.5, "d": "2026-01-31", "x": 3} {"id": 2}`)
	must(table.Append(context.Background(), write(t, table, narrow, `{"id": 3, "i": 30}`), CommitOptions{}))
	result := merge(t, table, Merge{Keys: []string{"id"}, Schema: wide, Files: write(t, table, wide, `{"id": 2, "i": 5000000000} {"id": 4, "x": 0.25}`)})
	if d := cmp.Diff(MergePlan{Version: 1, Inserted: 1, Updated: 1}, result.MergePlan); d != "" {
		t.Error(d)
	}
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "i": -7, "f": 0.5, "d": "2026-01-31 00:00:00Z", "x": 3} {"id": 2, "i": 5000000000} {"id": 3, "i": 30} {"id": 4, "x": 0.25}`)
	// Other engines read files by the table's types, so no file may keep the narrow ones.
	for _, f := range s.Files {
		d := must(s.open(f))
		if got := must(canonical(d.schema)); !sameSchema(got, must(canonical(wide))) {
			t.Errorf("%s stores %s", f.Path, names(got))
		}
		_ = d.close()
	}
}

func TestMergeRefuses(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		schema, after *arrow.Schema
		keys          []string
		rows          string
		want          []string
	}{
		"duplicate keys":     {schema: idAndValue, rows: `{"id": 7} {"id": 5} {"id": 7}`, want: []string{"two of the new rows have the key id = 7"}},
		"a null key":         {schema: idAndValue, rows: `{"id": 7} {"v": "x"}`, want: []string{"key column id is null in row 1 of"}},
		"no key":             {schema: idAndValue, keys: []string{}, rows: `{"id": 7}`, want: []string{"at least one key column"}},
		"an unknown key":     {schema: idAndValue, keys: []string{"nope"}, rows: `{"id": 7}`, want: []string{"key column nope"}},
		"a key not in data":  {schema: schemaOf(column("v", stringType)), rows: `{"v": "x"}`, want: []string{"key column id"}},
		"an unknown column":  {schema: schemaOf(column("id", int64Type), column("w", stringType)), rows: `{"id": 7}`, want: []string{"column w of the new rows"}},
		"a narrower type":    {schema: schemaOf(column("id", stringType)), rows: `{"id": "7"}`, want: []string{"column id", "string", "long"}},
		"a dropped column":   {schema: idAndValue, after: schemaOf(column("id", int64Type)), rows: `{"id": 7}`, want: []string{"column v of the table"}},
		"a lossy type":       {schema: idAndValue, after: schemaOf(column("id", int32Type), column("v", stringType)), rows: `{"id": 7}`, want: []string{"column id", "long cannot become integer"}},
		"a key of fractions": {schema: schemaOf(column("id", int64Type), column("x", doubleType)), after: schemaOf(column("id", int64Type), column("v", stringType), column("x", doubleType)), keys: []string{"x"}, rows: `{"id": 7, "x": 1}`, want: []string{"column x", "double cannot be a key"}},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
			keys := c.keys
			if keys == nil {
				keys = []string{"id"}
			}
			_, err := table.Merge(ctx, Merge{Keys: keys, Files: write(t, table, c.schema, c.rows), Schema: c.after}, CommitOptions{})
			wantError(t, err, append(c.want, table.Path())...)
			if s := snapshot(t, table); s.Version != 0 {
				t.Errorf("version %d after a refused merge", s.Version)
			}
		})
	}
}

func TestMergeConflictsWithAnyChangeOfRows(t *testing.T) {
	ctx := context.Background()
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	m := Merge{Keys: []string{"id"}, Files: write(t, table, idAndValue, `{"id": 2, "v": "ours"}`)}
	zero := int64(0)
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 2, "v": "theirs"}`), CommitOptions{}))
	var conflict *ConflictError
	if _, err := table.Merge(ctx, m, CommitOptions{ExpectedVersion: &zero}); !errors.As(err, &conflict) || conflict.Version != 1 {
		t.Fatalf("error %v, want a conflict with version 1", err)
	}
	// After a conflict the files are still there, so that the caller can try again.
	merge(t, table, m)
	wantContent(t, snapshot(t, table), `{"id": 1, "v": "a"} {"id": 2, "v": "ours"}`)
}

func TestMergeEqualityOfFloats(t *testing.T) {
	floats := func(values ...float64) arrow.Record {
		ids, v := array.NewInt64Builder(memory.DefaultAllocator), array.NewFloat64Builder(memory.DefaultAllocator)
		for i, x := range values {
			ids.Append(int64(i))
			v.Append(x)
		}
		return array.NewRecord(schemaOf(column("id", int64Type), column("v", doubleType)), []arrow.Array{ids.NewArray(), v.NewArray()}, int64(len(values)))
	}
	table := At(filepath.Join(t.TempDir(), "table"))
	before := floats(math.NaN(), 0, math.Inf(1), math.NaN(), 1)
	after := floats(math.NaN(), math.Copysign(0, -1), math.Inf(1), 3, math.NaN())
	must(table.Create(context.Background(), Metadata{Schema: before.Schema()}, writeRecords(t, table, WriteOptions{}, before), CommitOptions{}))
	result := merge(t, table, Merge{Keys: []string{"id"}, Files: writeRecords(t, table, WriteOptions{}, after)})
	if d := cmp.Diff(MergePlan{Updated: 2, Unchanged: 3}, result.MergePlan); d != "" {
		t.Error(d)
	}
}

// TestMergeAgreesWithAMap compares merges of random tables and rows, spread over several files,
// with a map from key to row.
func TestMergeAgreesWithAMap(t *testing.T) {
	root := t.TempDir()
	numbered := 0
	full := schemaOf(column("id", int64Type), column("day", dateType), column("name", stringType), column("v", doubleType), column("b", boolType), column("n", int32Type))
	rapid.Check(t, func(rt *rapid.T) {
		numbered++
		table := At(filepath.Join(root, fmt.Sprint(numbered), "table"))
		keys := rapid.SampledFrom([][]string{{"id"}, {"id", "day"}, {"name"}, {"id", "day", "name"}}).Draw(rt, "keys")
		rows := func(label string, unique bool) (list []map[string]string) {
			seen := map[string]bool{}
			for range rapid.SampledFrom([]int{0, 1, 3, 6, 12, 24}).Draw(rt, label) {
				row := map[string]string{
					"id":   fmt.Sprint(rapid.Int64Range(-3, 3).Draw(rt, "id")),
					"day":  fmt.Sprintf(`"2026-0%d-01"`, rapid.IntRange(1, 3).Draw(rt, "day")),
					"name": rapid.SampledFrom([]string{`""`, `"a"`, `"a\u0000"`, `"ab"`, `"é"`}).Draw(rt, "name"),
				}
				for _, c := range []struct{ name, values string }{{"v", "null 0 1.5"}, {"b", "null true false"}, {"n", "null 1 2"}} {
					row[c.name] = rapid.SampledFrom(strings.Fields(c.values)).Draw(rt, c.name)
				}
				if k := keyText(row, keys); !unique || !seen[k] {
					seen[k] = true
					list = append(list, row)
				}
			}
			return list
		}
		sourceColumns := append(slices.Clone(keys), rapid.SampledFrom([][]string{{"v"}, {"b", "n"}, {"v", "b", "n"}, {}}).Draw(rt, "columns")...)

		want := map[string]map[string]string{}
		must(table.Create(context.Background(), Metadata{Schema: full}, nil, CommitOptions{}))
		old := rows("old", true)
		for chunk := range slices.Chunk(old, rapid.SampledFrom([]int{4, 24}).Draw(rt, "old rows of a file")) {
			must(table.Append(context.Background(), write(t, table, full, jsonRows(chunk, full)), CommitOptions{}))
		}
		for _, row := range old {
			want[keyText(row, keys)] = row
		}
		version := snapshot(t, table).Version

		source := rows("new", true)
		if rapid.Bool().Draw(rt, "sorted") {
			shifted := func(row map[string]string) string { // so that text orders as numbers do
				row = maps.Clone(row)
				id, _ := strconv.Atoi(row["id"])
				row["id"] = strconv.Itoa(id + 5)
				return keyText(row, keys)
			}
			sort.Slice(source, func(i, j int) bool { return shifted(source[i]) < shifted(source[j]) })
		}
		var fields []arrow.Field
		for _, name := range sourceColumns {
			fields = append(fields, full.Field(fieldIndex(full, name)))
		}
		var files []DataFile
		for chunk := range slices.Chunk(source, rapid.IntRange(1, 3).Draw(rt, "rows of a file")) {
			files = append(files, write(t, table, schemaOf(fields...), jsonRows(chunk, schemaOf(fields...)))...)
		}
		counts := MergePlan{Version: version}
		for _, row := range source {
			k := keyText(row, keys)
			merged := map[string]string{"id": "null", "day": "null", "name": "null", "v": "null", "b": "null", "n": "null"}
			was, ok := want[k]
			maps.Copy(merged, was)
			for _, c := range sourceColumns {
				merged[c] = row[c]
			}
			switch {
			case !ok:
				counts.Inserted++
			case maps.Equal(was, merged):
				counts.Unchanged++
			default:
				counts.Updated++
			}
			want[k] = merged
		}

		result := merge(t, table, Merge{Keys: keys, Files: files})
		if d := cmp.Diff(counts, result.MergePlan); d != "" {
			rt.Fatalf("counts: %s", d)
		}
		var wantRows []string
		for _, row := range want {
			wantRows = append(wantRows, rowsOf(t, record(t, full, jsonRows([]map[string]string{row}, full)))...)
		}
		got := content(t, snapshot(t, table))
		slices.Sort(wantRows)
		gotRows := strings.SplitAfter(got, "} ")
		for i := range gotRows {
			gotRows[i] = strings.TrimSpace(gotRows[i])
		}
		slices.Sort(gotRows)
		if g, w := strings.Join(gotRows, "\n"), strings.Join(wantRows, "\n"); g != w {
			rt.Fatalf("the table holds\n%s\nwant\n%s", g, w)
		}
	})
}

func keyText(row map[string]string, keys []string) string {
	var parts []string
	for _, k := range keys {
		parts = append(parts, fmt.Sprintf("%3s", row[k]))
	}
	return strings.Join(parts, "|")
}

func jsonRows(rows []map[string]string, schema *arrow.Schema) string {
	var out []string
	for _, row := range rows {
		var cells []string
		for _, f := range schema.Fields() {
			cells = append(cells, fmt.Sprintf("%q: %s", f.Name, row[f.Name]))
		}
		out = append(out, "{"+strings.Join(cells, ", ")+"}")
	}
	return strings.Join(out, " ")
}
