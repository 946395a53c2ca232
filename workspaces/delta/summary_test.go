package delta

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// summaryOf tells the statistics of the one column of a table of a file for each of the rows.
func summaryOf(t *testing.T, kind arrow.DataType, files ...string) ColumnSummary {
	t.Helper()
	table := create(t, schemaOf(column("v", kind)), files[0])
	for _, rows := range files[1:] {
		must(table.Append(t.Context(), write(t, table, schemaOf(column("v", kind)), rows), CommitOptions{}))
	}
	return must(snapshot(t, table).Summary(t.Context()))[0]
}

func TestSummary(t *testing.T) {
	long := strings.Repeat("é", maxBoundLength)
	for name, c := range map[string]struct {
		kind  arrow.DataType
		files []string
		want  ColumnSummary
	}{
		"integers of two files": {int64Type, []string{`{"v": 9} {"v": 10}`, `{"v": -9223372036854775808} {}`},
			ColumnSummary{Nulls: 1, Min: json.RawMessage("-9223372036854775808"), Max: json.RawMessage("10")}},
		"doubles compare as numbers": {doubleType, []string{`{"v": 1e10}`, `{"v": 9.5}`},
			ColumnSummary{Min: json.RawMessage("9.5"), Max: json.RawMessage("1e+10")}},
		"a file of nulls has no say": {int32Type, []string{`{} {}`, `{"v": 3}`, `{}`},
			ColumnSummary{Nulls: 3, Min: json.RawMessage("3"), Max: json.RawMessage("3")}},
		"nulls alone":     {stringType, []string{`{} {}`}, ColumnSummary{Nulls: 2}},
		"booleans":        {boolType, []string{`{"v": true}`, `{"v": false}`}, ColumnSummary{Min: json.RawMessage("false"), Max: json.RawMessage("true")}},
		"dates":           {dateType, []string{`{"v": "2026-05-01"}`, `{"v": "1969-12-31"}`}, ColumnSummary{Min: json.RawMessage(`"1969-12-31"`), Max: json.RawMessage(`"2026-05-01"`)}},
		"decimals":        {&arrow.Decimal128Type{Precision: 30, Scale: 2}, []string{`{"v": "123456789012345678901234567.89"}`, `{"v": "9.00"}`}, ColumnSummary{Min: json.RawMessage("9.00"), Max: json.RawMessage("123456789012345678901234567.89")}},
		"short texts":     {stringType, []string{`{"v": "b"}`, `{"v": "a"}`}, ColumnSummary{Min: json.RawMessage(`"a"`), Max: json.RawMessage(`"b"`)}},
		"a long greatest": {stringType, []string{`{"v": "a"}`, `{"v": "` + long + `z"}`}, ColumnSummary{Min: json.RawMessage(`"a"`), Max: json.RawMessage(`"` + long + `"`), MaxCut: true}},
		"a long smallest": {stringType, []string{`{"v": "` + long + `z"} {"v": "ü"}`}, ColumnSummary{Min: json.RawMessage(`"` + long + `"`), MinCut: true, Max: json.RawMessage(`"ü"`)}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Name = "v"
			if diff := cmp.Diff(c.want, summaryOf(t, c.kind, c.files...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What other writers leave out, or write in another way, is not known; it is never wrong.
func TestSummaryOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		stats string // of the second file, whose rows are 5 and null; those of the first are 1 and 2
		want  ColumnSummary
	}{
		"no statistics":           {``, ColumnSummary{Nulls: 1}},
		"no bounds":               {`{"numRecords": 2, "nullCount": {"v": 1}}`, ColumnSummary{Nulls: 1}},
		"a bound of another type": {`{"numRecords": 2, "nullCount": {"v": 1}, "minValues": {"v": "x"}, "maxValues": {"v": 5}}`, ColumnSummary{Nulls: 1}},
		"bounds of null":          {`{"numRecords": 2, "nullCount": {"v": 1}, "minValues": {"v": null}, "maxValues": {"v": null}}`, ColumnSummary{Nulls: 1}},
		"bounds in disorder":      {`{"numRecords": 2, "nullCount": {"v": 1}, "minValues": {"v": 6}, "maxValues": {"v": 5}}`, ColumnSummary{Nulls: 1}},
		"no null count": {`{"numRecords": 2, "minValues": {"v": 5}, "maxValues": {"v": 5}}`,
			ColumnSummary{Nulls: 1, Min: json.RawMessage("1"), Max: json.RawMessage("5")}},
		"another case": {`{"numRecords": 2, "nullCount": {"V": 1}, "minValues": {"V": 5}, "maxValues": {"V": 5}}`,
			ColumnSummary{Nulls: 1, Min: json.RawMessage("1"), Max: json.RawMessage("5")}},
	} {
		t.Run(name, func(t *testing.T) {
			schema := schemaOf(column("v", int32Type))
			table := create(t, schema, `{"v": 1} {"v": 2}`)
			must(table.Append(t.Context(), write(t, table, schema, `{"v": 5} {}`), CommitOptions{}))
			s := snapshot(t, table)
			s.Files[1].Stats = nil
			if c.stats != "" {
				s.Files[1].Stats = new(Stats)
				if err := json.Unmarshal([]byte(c.stats), s.Files[1].Stats); err != nil {
					t.Fatal(err)
				}
			}
			c.want.Name = "v"
			if diff := cmp.Diff(c.want, must(s.Summary(t.Context()))[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A column that was added later is null in the files from before.
func TestSummaryOfAnAddedColumn(t *testing.T) {
	schema := schemaOf(column("id", int64Type))
	table := create(t, schema, `{"id": 1} {"id": 2} {"id": 3}`)
	wider := schemaOf(column("id", int64Type), column("v", stringType))
	must(table.Append(t.Context(), write(t, table, wider, `{"id": 4, "v": "x"}`), CommitOptions{AddColumns: wider.Fields()[1:]}))
	want := ColumnSummary{Name: "v", Nulls: 3, Min: json.RawMessage(`"x"`), Max: json.RawMessage(`"x"`)}
	if diff := cmp.Diff(want, must(snapshot(t, table).Summary(t.Context()))[1]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// However rows are spread over files, the statistics are those that a look at every row would give.
func TestSummaryAreThoseOfTheRows(t *testing.T) {
	schema := schemaOf(column("v", int64Type))
	rapid.Check(t, func(r *rapid.T) {
		s := &Snapshot{Metadata: Metadata{Schema: schema}}
		var all []int64
		want := ColumnSummary{Name: "v"}
		for _, rows := range rapid.SliceOf(rapid.SliceOf(rapid.Ptr(rapid.Int64(), true))).Draw(r, "files") {
			values := array.NewInt64Builder(memory.DefaultAllocator)
			for _, v := range rows {
				if v == nil {
					values.AppendNull()
					want.Nulls++
				} else {
					values.Append(*v)
					all = append(all, *v)
				}
			}
			file := statsOf(t, values.NewArray())
			stats := gatherStats(schema, []columnStats{file}, int64(len(rows)))
			s.Files = append(s.Files, File{Stats: &stats})
		}
		if len(all) > 0 {
			want.Min = strconv.AppendInt(nil, slices.Min(all), 10)
			want.Max = strconv.AppendInt(nil, slices.Max(all), 10)
		}
		got, err := s.Summary(t.Context())
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff([]ColumnSummary{want}, got); diff != "" {
			r.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
