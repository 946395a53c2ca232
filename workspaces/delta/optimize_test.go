package delta

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// scattered makes a table with a file for each of the rows.
func scattered(t testing.TB, schema *arrow.Schema, rows ...string) *Table {
	t.Helper()
	table := At(filepath.Join(t.TempDir(), "table"))
	must(table.Create(context.Background(), Metadata{Schema: schema}, nil, CommitOptions{Time: noon}))
	for _, r := range rows {
		must(table.Append(context.Background(), write(t, table, schema, r), CommitOptions{}))
	}
	return table
}

// perFile is the content of each file of the newest version.
func perFile(t testing.TB, table *Table) (contents []string) {
	t.Helper()
	s := snapshot(t, table)
	for _, f := range s.Files {
		one := *s
		one.Files = []File{f}
		contents = append(contents, content(t, &one))
	}
	return contents
}

func TestOptimize(t *testing.T) {
	big := `{"id": 30} {"id": 1} {"id": 20}`
	for name, c := range map[string]struct {
		how  Optimize
		rows []string
		want []string // of the files, the rewritten ones last
	}{
		"no order":                {Optimize{}, []string{`{"id": 2}`, `{"id": 1, "v": "a"}`}, []string{`{"id": 2} {"id": 1, "v": "a"}`}},
		"by a number":             {Optimize{Keys: []string{"ID"}}, []string{`{"id": 2} {"id": -3}`, `{"id": 1}`}, []string{`{"id": -3} {"id": 1} {"id": 2}`}},
		"by a string":             {Optimize{Keys: []string{"v"}}, []string{`{"id": 1, "v": "b"}`, `{"id": 2, "v": "a"} {"id": 3, "v": "ab"}`}, []string{`{"id": 2, "v": "a"} {"id": 3, "v": "ab"} {"id": 1, "v": "b"}`}},
		"by two columns":          {Optimize{Keys: []string{"v", "id"}}, []string{`{"id": 2, "v": "a"}`, `{"id": 1, "v": "a"}`}, []string{`{"id": 1, "v": "a"} {"id": 2, "v": "a"}`}},
		"nulls first":             {Optimize{Keys: []string{"v"}}, []string{`{"id": 2, "v": ""}`, `{"id": 3} {"id": 1}`}, []string{`{"id": 3} {"id": 1} {"id": 2, "v": ""}`}},
		"equal keys, as they are": {Optimize{Keys: []string{"id"}}, []string{`{"id": 1, "v": "b"} {"id": 1, "v": "a"}`, `{"id": 0}`}, []string{`{"id": 0} {"id": 1, "v": "b"} {"id": 1, "v": "a"}`}},
		"large files stay":        {Optimize{Keys: []string{"id"}, FileRows: 4}, []string{`{"id": 9}`, big, `{"id": 8}`}, []string{big, `{"id": 8} {"id": 9}`}},
		"neighbours together": {Optimize{Keys: []string{"id"}, FileRows: 2}, []string{`{"id": 4}`, `{"id": 1}`, `{"id": 3}`, `{"id": 2}`},
			[]string{`{"id": 1} {"id": 2}`, `{"id": 3} {"id": 4}`}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			table := scattered(t, idAndValue, c.rows...)
			before := snapshot(t, table)
			result := must(table.Optimize(ctx, c.how, CommitOptions{}))
			if d := cmp.Diff(c.want, perFile(t, table)); d != "" {
				t.Error(d)
			}
			if !result.Changed || result.Version != before.Version+1 || len(before.Files)-result.Removed+result.Added != len(c.want) {
				t.Errorf("%+v", result)
			}
			if again := must(table.Optimize(ctx, c.how, CommitOptions{})); again.Changed || again.Version != result.Version {
				t.Errorf("a second optimize: %+v", again)
			}
			wantContent(t, must(table.SnapshotAt(ctx, before.Version)), content(t, before))
		})
	}
}

func TestOptimizeChangesNoData(t *testing.T) {
	table := scattered(t, idAndValue, `{"id": 2}`, `{"id": 1}`)
	// It is allowed where no rows may be changed or removed.
	must(table.Append(context.Background(), nil, CommitOptions{Configuration: map[string]string{"delta.appendOnly": "true"}}))
	result := must(table.Optimize(context.Background(), Optimize{Keys: []string{"id"}}, CommitOptions{UserMetadata: "nightly"}))
	want := OptimizeResult{Removed: 2, Added: 1, Rows: 2, Changed: true, Version: 4, Timestamp: result.Timestamp}
	if d := cmp.Diff(want, result); d != "" {
		t.Error(d)
	}
	for _, a := range must(table.readCommit(result.Version)) {
		if a.Add != nil && (a.Add.DataChange || a.Add.Stats == "") || a.Remove != nil && a.Remove.DataChange {
			t.Errorf("action %+v %+v", a.Add, a.Remove)
		}
	}
	newest := must(table.History(context.Background(), 1))[0]
	got := []string{newest.Operation, newest.Parameters["orderBy"], newest.Metrics["numRemovedFiles"], newest.Metrics["numAddedFiles"], newest.UserMetadata}
	if d := cmp.Diff([]string{"OPTIMIZE", `["id"]`, "2", "1", "nightly"}, got); d != "" {
		t.Errorf("history: %s", d)
	}
}

func TestOptimizeGivesOldFilesTheNewestSchema(t *testing.T) {
	table := scattered(t, idAndValue, `{"id": 2}`)
	must(table.Append(context.Background(), nil, CommitOptions{AddColumns: []arrow.Field{column("w", dateType)}}))
	must(table.Append(context.Background(), write(t, table, schemaOf(column("w", dateType)), `{"w": "2026-01-02"}`), CommitOptions{}))
	must(table.Optimize(context.Background(), Optimize{Keys: []string{"id"}}, CommitOptions{}))
	wantContent(t, snapshot(t, table), `{"w": "2026-01-02"} {"id": 2}`)
	if counts := must(snapshot(t, table).NonNull(context.Background(), nil)); counts["w"] != 1 || counts["id"] != 1 || counts["v"] != 0 {
		t.Errorf("non-null values %v", counts)
	}
}

// TestOptimizeAfterOthers commits an optimize on top of a version after which others have committed.
func TestOptimizeAfterOthers(t *testing.T) {
	ctx := context.Background()
	how := Optimize{Keys: []string{"id"}}
	rows := func(table *Table, rows string) []DataFile { return write(t, table, idAndValue, rows) }
	for name, c := range map[string]struct {
		theirs func(*Table) error
		want   string // the content after both, "" for a conflict
	}{
		"an append": {func(table *Table) error {
			_, err := table.Append(ctx, rows(table, `{"id": 0}`), CommitOptions{})
			return err
		}, `{"id": 0} {"id": 1} {"id": 2}`},
		"insertions": {func(table *Table) error {
			_, err := table.Merge(ctx, Merge{Keys: []string{"id"}, Files: rows(table, `{"id": 0}`)}, CommitOptions{})
			return err
		}, `{"id": 0} {"id": 1} {"id": 2}`},
		"a change of a row": {func(table *Table) error {
			_, err := table.Merge(ctx, Merge{Keys: []string{"id"}, Files: rows(table, `{"id": 1, "v": "new"}`)}, CommitOptions{})
			return err
		}, ""},
		"an overwrite": {func(table *Table) error {
			_, err := table.Overwrite(ctx, nil, rows(table, `{"id": 0}`), CommitOptions{})
			return err
		}, ""},
		"another optimize": {func(table *Table) error {
			_, err := table.Optimize(ctx, how, CommitOptions{})
			return err
		}, ""},
		"a new column": {func(table *Table) error {
			_, err := table.AddColumns(ctx, []arrow.Field{column("w", dateType)}, CommitOptions{})
			return err
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			table := scattered(t, idAndValue, `{"id": 2}`, `{"id": 1}`)
			x := must(how.prepare(ctx, table, snapshot(t, table), CommitOptions{}))
			if err := c.theirs(At(table.Path())); err != nil {
				t.Fatal(err)
			}
			_, err := x.commit(ctx)
			var conflict *ConflictError
			switch {
			case c.want == "" && !errors.As(err, &conflict):
				t.Errorf("error %v, want a ConflictError", err)
			case c.want != "" && err != nil:
				t.Error(err)
			case c.want != "":
				wantContent(t, snapshot(t, table), c.want)
			}
		})
	}
}

// TestOthersAfterOptimize commits on top of a version whose files an optimize has moved since.
func TestOthersAfterOptimize(t *testing.T) {
	for name, c := range map[string]struct {
		ours     transaction
		removes  int // of the moved files
		conflict bool
	}{
		"an append":                          {transaction{blind: true}, 0, false},
		"a merge that rewrites none of them": {transaction{readsRows: true}, 0, false},
		"a merge that rewrites one of them":  {transaction{readsRows: true}, 1, true},
		"an overwrite":                       {transaction{readsRows: true}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			table := scattered(t, idAndValue, `{"id": 2}`, `{"id": 1}`)
			x := c.ours
			x.table, x.base, x.operation = table, snapshot(t, table), "TEST"
			x.removes, x.adds = x.base.Files[:c.removes], write(t, table, idAndValue, `{"id": 9}`)
			must(table.Optimize(context.Background(), Optimize{Keys: []string{"id"}}, CommitOptions{}))
			_, err := x.commit(context.Background())
			var conflict *ConflictError
			if errors.As(err, &conflict) != c.conflict || !c.conflict && err != nil {
				t.Fatalf("error %v; want a conflict: %t", err, c.conflict)
			}
			want := `{"id": 1} {"id": 2}`
			if !c.conflict {
				want += ` {"id": 9}`
			}
			wantContent(t, snapshot(t, table), want)
		})
	}
}

func TestOptimizeRefuses(t *testing.T) {
	table := scattered(t, schemaOf(column("id", int64Type), column("x", doubleType)), `{"id": 2}`, `{"id": 1}`)
	zero := int64(0)
	for want, c := range map[string]struct {
		how Optimize
		opt CommitOptions
	}{
		"key column y is not there":        {Optimize{Keys: []string{"y"}}, CommitOptions{}},
		"type double cannot be a key":      {Optimize{Keys: []string{"x"}}, CommitOptions{}},
		"version 0 was expected":           {Optimize{}, CommitOptions{ExpectedVersion: &zero}},
		"column w: a new column must be n": {Optimize{}, CommitOptions{AddColumns: []arrow.Field{{Name: "w", Type: dateType}}}},
	} {
		_, err := table.Optimize(context.Background(), c.how, c.opt)
		wantError(t, err, table.Path(), want)
	}
	if v := snapshot(t, table).Version; v != 2 {
		t.Errorf("version %d after refused optimizes, want 2", v)
	}
}

// TestOptimizeKeepsEveryRow optimizes random tables and finds the same rows, in each new file in order.
func TestOptimizeKeepsEveryRow(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var files []string
		var all []string
		for range rapid.IntRange(0, 6).Draw(rt, "files") {
			var rows []string
			for range rapid.IntRange(1, 5).Draw(rt, "rows") {
				rows = append(rows, fmt.Sprintf(`{"id": %d, "v": "%s"}`, rapid.IntRange(-9, 9).Draw(rt, "id"), rapid.StringMatching(`[a-c]{0,3}`).Draw(rt, "v")))
			}
			files, all = append(files, strings.Join(rows, " ")), append(all, rows...)
		}
		table := scattered(t, idAndValue, files...)
		key := rapid.SampledFrom([]string{"id", "v"}).Draw(rt, "key")
		how := Optimize{Keys: []string{key}, FileRows: rapid.Int64Range(1, 20).Draw(rt, "rows per file")}
		before := filesOf(snapshot(t, table))
		must(table.Optimize(context.Background(), how, CommitOptions{}))
		got := []string{}
		s := snapshot(t, table)
		for i, rows := range perFile(t, table) {
			list := strings.SplitAfter(rows, "}")
			list = list[:len(list)-1]
			for j := range list {
				list[j] = strings.TrimSpace(list[j])
			}
			got = append(got, list...)
			if slices.Contains(before, s.Files[i].Path) {
				continue
			}
			one := *s
			one.Files = s.Files[i : i+1]
			values := columnOf(t, &one, key)
			if !slices.IsSortedFunc(values, text.compare) {
				rt.Errorf("a file is not in the order of %s: %s", key, rows)
			}
		}
		slices.Sort(all)
		slices.Sort(got)
		if d := cmp.Diff(all, got); len(all)+len(got) > 0 && d != "" {
			rt.Error(d)
		}
	})
}

// columnOf returns the values of a column in a form that sorts as they do.
func columnOf(t testing.TB, s *Snapshot, name string) (values []text) {
	t.Helper()
	r := must(s.Read(context.Background(), []string{name}))
	defer r.Release()
	for r.Next() {
		values = append(values, encodeText(r.Record())...)
	}
	return values
}
