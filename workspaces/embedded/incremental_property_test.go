package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// Whatever happens to a source, a build that computes as little as it can leaves the table as a full build of a copy does.
func TestIncrementalBuildsAreAsFullOnes(t *testing.T) {
	ways := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rt)
		defer os.RemoveAll(filepath.Dir(l.w.options.Dir))
		l.append()
		l.build()
		for range rapid.IntRange(1, 5).Draw(rt, "steps") {
			for range rapid.IntRange(0, 2).Draw(rt, "changes") {
				rapid.SampledFrom([]func(){l.append, l.append, l.append, l.rewrite, l.rewriteFile, l.restore, l.compact}).Draw(rt, "change")()
			}
			l.end += rapid.SampledFrom([]int{0, 0, 1, 1, 3, -2}).Draw(rt, "end")
			if e := l.build(); e != nil {
				ways[e.Incremental]++
			}
		}
	})
	if ways[true] == 0 || ways[false] == 0 {
		t.Errorf("%d builds were incremental, %d full: the test shows little", ways[true], ways[false])
	}
	t.Logf("%d builds were incremental, %d full", ways[true], ways[false])
}

// life is a table with its source over the months.
type life struct {
	test  testing.TB
	t     *rapid.T
	w     *Workspace
	table features.Table
	month int // the newest of the source, from 2023-01
	end   int // months that end_date lies behind that of the newest
	start string
}

func newLife(test testing.TB, t *rapid.T) *life {
	table := rapid.SampledFrom(features.Tables()).Draw(t, "table")
	table.Frame = rapid.SampledFrom([]features.Frame{features.Rows, features.Months}).Draw(t, "frame")
	dir, err := os.MkdirTemp(test.TempDir(), "life")
	if err != nil {
		t.Fatal(err)
	}
	o := optionsIn(filepath.Join(dir, "here"))
	o.Tables = []features.Table{table}
	share := rapid.SampledFrom([]float64{0, 0.3}).Draw(t, "share of bad rows")
	o.BadRowsShare = func(string) float64 { return share }
	return &life{
		test: test, t: t, w: unopened(o), table: table, month: rapid.IntRange(0, 20).Draw(t, "months"), end: rapid.SampledFrom([]int{1, 1, -3}).Draw(t, "first end"),
		start: rapid.SampledFrom([]string{"2022-06-01", "2023-01-01", "2023-06-15"}).Draw(t, "start"),
	}
}

func (l *life) must(err error) {
	if err != nil {
		l.t.Helper()
		l.t.Fatal(err)
	}
}

// build builds the table, and in full in a copy of everything, and compares.
func (l *life) build() *workspaces.Extent {
	copied := filepath.Join(filepath.Dir(l.w.options.Dir), "copy")
	l.must(os.RemoveAll(copied))
	l.must(os.CopyFS(copied, os.DirFS(l.w.options.Dir)))
	o := l.w.options
	o.Dir = copied
	end := time.Date(2023, time.Month(1+l.month+l.end), 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	parameters := map[string]string{"start_date": l.start, "end_date": max(end, l.start)}
	got, gotErr := build(l.test, l.w, l.table, parameters)
	fullBuild := maps.Clone(parameters)
	fullBuild["full_build"] = "true"
	full := unopened(o)
	want, wantErr := build(l.test, full, l.table, fullBuild)
	if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
		l.t.Fatalf("error\n%v, of a full build\n%v", gotErr, wantErr)
	}
	if gotErr != nil {
		return nil
	}
	l.t.Logf("%s", got)
	gotRows, wantRows := rowsOf(l.test, l.w, l.table.Name), rowsOf(l.test, full, l.table.Name)
	slices.Sort(gotRows)
	slices.Sort(wantRows)
	if diff := cmp.Diff(wantRows, gotRows); diff != "" {
		l.t.Fatalf("%s %s: %v\nrows after a full build (-) and this one (+):\n%s", l.table.Name, l.table.Frame, got, diff)
	}
	if !got.UpToDate && (got.Inserted != want.Inserted || got.Updated != want.Updated || got.Rows != want.Rows) {
		l.t.Fatalf("counts %+v, of a full build %+v", got, want)
	}
	return got.Extent
}

func (l *life) source() (*delta.Table, *delta.Snapshot) {
	table, err := l.w.source(l.table.Source)
	l.must(err)
	s, err := table.Snapshot(l.test.Context())
	if errors.Is(err, delta.ErrNoTable) {
		return table, nil
	}
	l.must(err)
	return table, s
}

// append adds rows to the source: of the next month, of several months at first, sometimes of any.
func (l *life) append() {
	table, s := l.source()
	first := l.month + 1
	if s == nil {
		first = 0
	}
	if rapid.IntRange(0, 5).Draw(l.t, "late") == 0 {
		first = rapid.IntRange(0, l.month).Draw(l.t, "from")
	}
	l.month = max(l.month, first)
	var rows []map[string]any
	for m := first; m <= l.month; m++ {
		for customer := range rapid.IntRange(3, 6).Draw(l.t, "customers") {
			if rapid.IntRange(0, 2).Draw(l.t, "there") > 0 {
				rows = append(rows, l.row(int64(customer), m))
			}
		}
	}
	opt := delta.CommitOptions{Time: june}
	var err error
	if s == nil {
		_, err = table.Create(l.test.Context(), delta.Metadata{Schema: l.schema()}, l.write(rows, l.w.staging), opt)
	} else {
		_, err = table.Append(l.test.Context(), l.write(rows, l.w.staging), opt)
	}
	l.must(err)
}

// rewrite puts changed rows in the place of all.
func (l *life) rewrite() {
	table, s := l.source()
	_, err := table.Overwrite(l.test.Context(), l.schema(), l.write(l.changed(s), l.w.staging), delta.CommitOptions{Time: june})
	l.must(err)
}

// rewriteFile does so with one file, as another engine might: sometimes it leaves no statistics.
func (l *life) rewriteFile() {
	table, s := l.source()
	if len(s.Files) == 0 {
		return
	}
	f := rapid.SampledFrom(s.Files).Draw(l.t, "file")
	lines := []string{fmt.Sprintf(`{"remove":{"path":%q,"deletionTimestamp":0,"dataChange":true}}`, f.Path)}
	for _, file := range l.write(l.changed(s.Only([]delta.File{f})), table.Path()) {
		stats := "{}"
		if rapid.IntRange(0, 4).Draw(l.t, "stats") > 0 {
			text, err := json.Marshal(file.Stats)
			l.must(err)
			stats = string(text)
		}
		lines = append(lines, fmt.Sprintf(`{"add":{"path":%q,"partitionValues":{},"size":%d,"modificationTime":0,"dataChange":true,"stats":%q}}`,
			filepath.Base(file.Path), file.Size, stats))
	}
	l.must(os.WriteFile(filepath.Join(table.Path(), "_delta_log", fmt.Sprintf("%020d.json", s.Version+1)), []byte(strings.Join(lines, "\n")), 0o644))
}

func (l *life) restore() {
	table, s := l.source()
	_, err := table.Restore(l.test.Context(), rapid.Int64Range(0, s.Version).Draw(l.t, "version"), delta.CommitOptions{Time: june})
	l.must(err)
}

func (l *life) compact() {
	table, _ := l.source()
	_, err := table.Optimize(l.test.Context(), delta.Optimize{}, delta.CommitOptions{Time: june})
	l.must(err)
}

func (l *life) schema() *arrow.Schema {
	s, err := l.table.Source.Columns.Arrow()
	l.must(err)
	return s
}

// write writes rows to files of some rows each.
func (l *life) write(rows []map[string]any, dir string) []delta.DataFile {
	text, err := json.Marshal(rows)
	l.must(err)
	if rows == nil {
		text = []byte("[]")
	}
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, l.schema(), bytes.NewReader(text), array.WithUseNumber())
	l.must(err)
	reader, err := array.NewRecordReader(l.schema(), []arrow.Record{record})
	l.must(err)
	files, err := delta.WriteFiles(l.test.Context(), dir, reader, delta.WriteOptions{FileRows: rapid.SampledFrom([]int64{3, 20, 1000}).Draw(l.t, "file rows")})
	l.must(err)
	return files
}

// changed are the rows of a source, some of them changed, gone, or in another order.
func (l *life) changed(s *delta.Snapshot) []map[string]any {
	r, err := s.Read(l.test.Context(), nil)
	l.must(err)
	defer r.Release()
	var rows []map[string]any
	for r.Next() {
		text, err := r.Record().MarshalJSON()
		l.must(err)
		var some []map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		l.must(d.Decode(&some))
		rows = append(rows, some...)
	}
	l.must(r.Err())
	for range rapid.IntRange(0, 2).Draw(l.t, "changed rows") {
		if len(rows) == 0 {
			break
		}
		i := rapid.IntRange(0, len(rows)-1).Draw(l.t, "row")
		switch rapid.IntRange(0, 3).Draw(l.t, "what") {
		case 0:
			rows = slices.Delete(rows, i, i+1)
		case 1:
			j := rapid.IntRange(0, len(rows)-1).Draw(l.t, "other row")
			rows[i], rows[j] = rows[j], rows[i]
		default:
			rows[i] = l.row(int64(rapid.IntRange(0, 6).Draw(l.t, "customer")), rapid.IntRange(max(0, l.month-9), l.month).Draw(l.t, "month"))
		}
	}
	return rows
}

// row draws a row of the source.
func (l *life) row(customer int64, month int) map[string]any {
	row := map[string]any{}
	at := time.Date(2023, time.Month(1+month), 1, 0, 0, 0, 0, time.UTC)
	for _, c := range l.table.Source.Columns {
		switch {
		case c.Name == l.table.Customer:
			row[c.Name] = customer
			if customer == 0 {
				row[c.Name] = features.TestCustomer
			}
			if l.table.Release.Since != "" { // one row a customer
				row[c.Name] = 100*int64(month) + customer
			}
		case c.Name == l.table.Release.After && c.Type == schema.String:
			row[c.Name] = at.Format("2006-01")
			if rapid.IntRange(0, 60).Draw(l.t, "bad") == 0 {
				row[c.Name] = rapid.SampledFrom([]any{nil, "", "2023-13", "2023-02x"}).Draw(l.t, "bad month")
			}
		case c.Name == l.table.Release.After:
			row[c.Name] = at.Format("2006-01-02 15:04:05")
		case rapid.IntRange(0, 6).Draw(l.t, "null") == 0:
		default:
			row[c.Name] = l.value(c, at)
		}
	}
	return row
}

func (l *life) value(c schema.Column, at time.Time) any {
	switch c.Type {
	case schema.Int, schema.BigInt:
		return rapid.IntRange(0, 900).Draw(l.t, c.Name)
	case schema.Double:
		return float64(rapid.IntRange(0, 99999).Draw(l.t, c.Name)) / 100
	case schema.Boolean:
		return rapid.Bool().Draw(l.t, c.Name)
	case schema.Date:
		return at.AddDate(0, rapid.IntRange(-9, 9).Draw(l.t, c.Name), 0).Format(time.DateOnly)
	}
	return rapid.SampledFrom([]string{"A", "C", "E", "tarjeta de credito", "credito vehicular", "Casado", "Postgrado"}).Draw(l.t, c.Name)
}
