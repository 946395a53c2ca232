package delta

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"
)

var idAndValue = schemaOf(column("id", int64Type), column("v", stringType))

func TestNoTable(t *testing.T) {
	table := At(filepath.Join(t.TempDir(), "none"))
	if _, err := table.Snapshot(context.Background()); !errors.Is(err, ErrNoTable) {
		t.Errorf("Snapshot: %v, want ErrNoTable", err)
	}
	if _, err := table.History(context.Background(), 0); !errors.Is(err, ErrNoTable) {
		t.Errorf("History: %v, want ErrNoTable", err)
	}
	if _, err := table.Append(context.Background(), nil, CommitOptions{}); !errors.Is(err, ErrNoTable) {
		t.Errorf("Append: %v, want ErrNoTable", err)
	}
}

func TestCreate(t *testing.T) {
	table := At(filepath.Join(t.TempDir(), "table"))
	commented := arrow.Field{Name: "v", Type: stringType, Nullable: true, Metadata: arrow.MetadataFrom(map[string]string{"comment": "a «value» <b>"})}
	md := Metadata{
		Name:          "name",
		Description:   "Features for customer \"x\".",
		Schema:        schemaOf(column("id", int64Type), commented),
		Configuration: map[string]string{"featops.keys": "id"},
	}
	commit, err := table.Create(context.Background(), md, nil, CommitOptions{Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	if commit.Version != 0 || !commit.Timestamp.Equal(noon) {
		t.Errorf("commit %+v, want version 0 at noon", commit)
	}
	s := snapshot(t, table)
	if s.Metadata.ID == "" {
		t.Error("the table has no id")
	}
	if !s.Timestamp.Equal(noon) || !s.Metadata.CreatedTime.Equal(noon) {
		t.Errorf("version of %s, table of %s, want noon", s.Timestamp, s.Metadata.CreatedTime)
	}
	if !s.Metadata.Schema.Equal(md.Schema) {
		t.Errorf("schema %s, want %s", s.Metadata.Schema, md.Schema)
	}
	if comment, _ := s.Metadata.Schema.Field(1).Metadata.GetValue("comment"); comment != "a «value» <b>" {
		t.Errorf("comment %q", comment)
	}
	got := []any{s.Metadata.Name, s.Metadata.Description, s.Metadata.Configuration, s.Protocol, len(s.Files)}
	want := []any{md.Name, md.Description, md.Configuration, Protocol{MinReaderVersion: 1, MinWriterVersion: 2}, 0}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	var conflict *ConflictError
	if _, err := table.Create(context.Background(), md, nil, CommitOptions{}); !errors.As(err, &conflict) {
		t.Errorf("second Create: %v, want a ConflictError", err)
	}
}

func TestAppend(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	ctx := context.Background()
	if _, err := table.Append(ctx, write(t, table, idAndValue, `{"id": 2} {"id": 3, "v": "c"}`), CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Append(ctx, write(t, table, schemaOf(column("id", int64Type)), `{"id": 4}`), CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "v": "a"} {"id": 2} {"id": 3, "v": "c"} {"id": 4}`)
	if rows := must(s.Rows()); rows != 4 {
		t.Errorf("%d rows, want 4", rows)
	}
	counts, err := s.NonNull(ctx, []string{"ID", "v"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int64{"ID": 4, "v": 2}, counts); d != "" {
		t.Errorf("non-null values: %s", d)
	}
	if got, want := content(t, s, "V", "id"), `{"v": "a", "id": 1} {"id": 2} {"v": "c", "id": 3} {"id": 4}`; got != want {
		t.Errorf("columns V, id: %s, want %s", got, want)
	}
	leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(table.Path()), "staging", "*"))
	if err != nil || len(leftovers) > 0 {
		t.Errorf("adopted files are left in the staging directory: %v %v", leftovers, err)
	}
}

func TestReadOfAnUnknownColumn(t *testing.T) {
	s := snapshot(t, create(t, idAndValue, `{"id": 1, "v": "a"}`))
	_, err := s.Read(context.Background(), []string{"id", "w"})
	wantError(t, err, "version 0", "no column w")
	_, err = s.NonNull(context.Background(), []string{"w"})
	wantError(t, err, "no column w")
}

func TestAppendRefusesOtherSchemas(t *testing.T) {
	for name, c := range map[string]struct {
		schema *arrow.Schema
		rows   string
		want   string
	}{
		"unknown column": {schemaOf(column("id", int64Type), column("w", stringType)), `{"id": 2}`, "column w is not in the table"},
		"other type":     {schemaOf(column("id", int32Type)), `{"id": 2}`, "column id is integer, and long in the table"},
		"other case":     {schemaOf(column("ID", int64Type)), `{"ID": 2}`, "column ID is called id in the table"},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
			files := write(t, table, c.schema, c.rows)
			_, err := table.Append(context.Background(), files, CommitOptions{})
			wantError(t, err, c.want)
			s := snapshot(t, table)
			if s.Version != 0 {
				t.Errorf("version %d after a refused append, want 0", s.Version)
			}
			// The caller still has the file, and can write it anew under the table's schema.
			if left := must(filepath.Glob(files[0].Path)); len(left) != 1 {
				t.Error("the refused file is gone")
			}
			if in := must(filepath.Glob(filepath.Join(table.Path(), "*.parquet"))); len(in) != 1 {
				t.Errorf("the table's directory holds %v", in)
			}
		})
	}
}

func TestAppendAddsColumnsInTheSameCommit(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	wider := schemaOf(column("id", int64Type), column("v", stringType), column("w", doubleType))
	opt := CommitOptions{AddColumns: []arrow.Field{column("w", doubleType)}}
	if _, err := table.Append(context.Background(), write(t, table, wider, `{"id": 2, "w": 0.5}`), opt); err != nil {
		t.Fatal(err)
	}
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "v": "a"} {"id": 2, "w": 0.5}`)
	if s.Version != 1 {
		t.Errorf("version %d, want 1", s.Version)
	}
}

func TestOverwriteKeepsTheIDAndTheOldVersions(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	ctx := context.Background()
	id := snapshot(t, table).Metadata.ID
	other := schemaOf(column("id", stringType), column("x", doubleType))
	description := "new"
	opt := CommitOptions{Description: &description, Configuration: map[string]string{"k": "v"}}
	if _, err := table.Overwrite(ctx, other, write(t, table, other, `{"id": "one", "x": 1.5}`), opt); err != nil {
		t.Fatal(err)
	}
	s := snapshot(t, table)
	wantContent(t, s, `{"id": "one", "x": 1.5}`)
	if s.Metadata.ID != id || s.Metadata.Description != "new" || s.Metadata.Configuration["k"] != "v" {
		t.Errorf("metadata %+v", s.Metadata)
	}
	wantContent(t, must(table.SnapshotAt(ctx, 0)), `{"id": 1, "v": "a"}`)

	if _, err := table.Overwrite(ctx, nil, nil, CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	wantContent(t, snapshot(t, table), "")
	if _, err := table.SnapshotAt(ctx, 3); err == nil || !strings.Contains(err.Error(), "no version 3; its newest is 2") {
		t.Errorf("SnapshotAt(3): %v", err)
	}
}

func TestAddColumns(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	ctx := context.Background()
	if _, err := table.AddColumns(ctx, []arrow.Field{column("w", dateType)}, CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "v": "a"}`)
	if !arrow.TypeEqual(s.Metadata.Schema.Field(2).Type, dateType) {
		t.Errorf("schema %s", s.Metadata.Schema)
	}
	if counts := must(s.NonNull(ctx, nil)); cmp.Diff(map[string]int64{"id": 1, "v": 1, "w": 0}, counts) != "" {
		t.Errorf("non-null values %v", counts)
	}
	_, err := table.AddColumns(ctx, []arrow.Field{column("V", dateType)}, CommitOptions{})
	wantError(t, err, "column V: the table has a column v")
	_, err = table.AddColumns(ctx, []arrow.Field{{Name: "z", Type: dateType}}, CommitOptions{})
	wantError(t, err, "column z: a new column must be nullable")
}

func TestRestore(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	ctx := context.Background()
	id := snapshot(t, table).Metadata.ID
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 2}`), CommitOptions{}))
	other := schemaOf(column("id", stringType))
	must(table.Overwrite(ctx, other, write(t, table, other, `{"id": "x"}`), CommitOptions{}))

	commit := must(table.Restore(ctx, 1, CommitOptions{}))
	if commit.Version != 3 {
		t.Errorf("version %d, want 3", commit.Version)
	}
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "v": "a"} {"id": 2}`)
	if s.Metadata.ID != id {
		t.Error("restore changed the table's id")
	}
	must(table.Restore(ctx, 2, CommitOptions{}))
	wantContent(t, snapshot(t, table), `{"id": "x"}`)
	_, err := table.Restore(ctx, 9, CommitOptions{})
	wantError(t, err, "no version 9")
}

func TestHistory(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	ctx := context.Background()
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 2}`), CommitOptions{UserMetadata: "why", Parameters: map[string]string{"run": "7"}}))
	must(table.AddColumns(ctx, []arrow.Field{column("w", dateType)}, CommitOptions{Operation: "EVOLVE"}))
	must(table.Restore(ctx, 0, CommitOptions{}))

	history := must(table.History(ctx, 0))
	var got []string
	for _, c := range history {
		got = append(got, fmt.Sprint(c.Version, " ", c.Operation))
	}
	want := []string{"3 RESTORE", "2 EVOLVE", "1 WRITE", "0 CREATE TABLE AS SELECT"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	append := history[2]
	if append.UserMetadata != "why" || append.Parameters["run"] != "7" || append.Parameters["mode"] != "Append" ||
		*append.ReadVersion != 0 || append.Metrics["numOutputRows"] != "1" || append.EngineInfo != "featops" {
		t.Errorf("history of the append: %+v", append)
	}
	if !history[3].Timestamp.Equal(noon) {
		t.Errorf("created at %s, want noon", history[3].Timestamp)
	}
	if newest := must(table.History(ctx, 2)); len(newest) != 2 || newest[0].Version != 3 {
		t.Errorf("the newest two: %+v", newest)
	}
}

func TestConcurrentAppendsAllArrive(t *testing.T) {
	const writers, appends = 4, 5
	table := create(t, idAndValue, `{"id": -1}`)
	var wait sync.WaitGroup
	for w := range writers {
		var files [][]DataFile
		for i := range appends {
			files = append(files, write(t, table, idAndValue, fmt.Sprintf(`{"id": %d}`, w*appends+i)))
		}
		wait.Go(func() {
			for _, f := range files {
				if _, err := At(table.Path()).Append(context.Background(), f, CommitOptions{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	s := snapshot(t, table)
	if rows := must(s.Rows()); s.Version != writers*appends || rows != writers*appends+1 {
		t.Errorf("version %d with %d rows, want %d with %d", s.Version, rows, writers*appends, writers*appends+1)
	}
}

func TestConflicts(t *testing.T) {
	ctx := context.Background()
	rows := func(table *Table) []DataFile { return write(t, table, idAndValue, `{"id": 2}`) }
	blindAppend := func(table *Table) error {
		_, err := table.Append(ctx, rows(table), CommitOptions{})
		return err
	}
	overwrite := func(table *Table) error {
		_, err := table.Overwrite(ctx, nil, rows(table), CommitOptions{})
		return err
	}
	addColumn := func(table *Table) error {
		_, err := table.AddColumns(ctx, []arrow.Field{column("w", dateType)}, CommitOptions{})
		return err
	}
	for name, c := range map[string]struct {
		ours   transaction
		theirs func(*Table) error
		want   string // "" when both can happen
	}{
		"append after append":            {transaction{}, blindAppend, ""},
		"append after overwrite":         {transaction{}, overwrite, ""},
		"append after a column came":     {transaction{}, addColumn, "metadata"},
		"overwrite after append":         {transaction{readsRows: true}, blindAppend, "added rows"},
		"overwrite after overwrite":      {transaction{readsRows: true}, overwrite, "removed part-"},
		"column after another column":    {transaction{metadata: &Metadata{}}, addColumn, "metadata"},
		"removal of what others removed": {transaction{removes: make([]File, 1)}, overwrite, "removed part-"},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 1}`)
			x := c.ours
			x.table, x.base, x.operation = table, snapshot(t, table), "TEST"
			if x.metadata != nil {
				x.metadata = &x.base.Metadata
			}
			if len(x.removes) > 0 {
				x.removes = x.base.Files
			}
			if err := c.theirs(At(table.Path())); err != nil {
				t.Fatal(err)
			}
			commit, err := x.commit(ctx)
			var conflict *ConflictError
			switch {
			case c.want == "" && (err != nil || commit.Version != 2):
				t.Errorf("version %d, %v; want version 2", commit.Version, err)
			case c.want != "" && (!errors.As(err, &conflict) || !strings.Contains(conflict.Reason, c.want) || conflict.Version != 1):
				t.Errorf("error %v, want a conflict with version 1: …%s…", err, c.want)
			}
		})
	}
}

func TestExpectedVersion(t *testing.T) {
	ctx := context.Background()
	table := create(t, idAndValue, `{"id": 1}`)
	zero, one := int64(0), int64(1)
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 2}`), CommitOptions{ExpectedVersion: &zero}))
	var conflict *ConflictError
	if _, err := table.Append(ctx, write(t, table, idAndValue, `{"id": 3}`), CommitOptions{ExpectedVersion: &zero}); !errors.As(err, &conflict) || conflict.Version != 1 {
		t.Errorf("error %v, want a conflict with version 1", err)
	}

	// The version moves between reading the table and committing.
	x := transaction{table: table, base: snapshot(t, table), operation: "TEST", options: CommitOptions{ExpectedVersion: &one}}
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 4}`), CommitOptions{}))
	if _, err := x.commit(ctx); !errors.As(err, &conflict) || conflict.Version != 2 {
		t.Errorf("error %v, want a conflict with version 2", err)
	}
}

func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q, want it to say %q", err, part)
		}
	}
}
