package delta

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestACrashBetweenAnyTwoSteps puts a table into every state in which a writer can leave it that ends in the middle
// of a commit, one with a checkpoint. The table is whole each time, at the version before or after; doing the work
// again ends at the version after; and what is left over is gone a while later.
func TestACrashBetweenAnyTwoSteps(t *testing.T) {
	ctx := context.Background()
	before := create(t, idAndValue, `{"id": 0}`)
	must(before.AddColumns(ctx, schemaOf(column("w", stringType)).Fields(), CommitOptions{Time: noon, Configuration: map[string]string{checkpointInterval: "2"}}))
	after := At(filepath.Join(t.TempDir(), "table"))
	copyTable(t, before, after)
	work := func(table *Table) error {
		opt := CommitOptions{Time: noon.Add(time.Hour), Transaction: TransactionID{AppID: "build", Version: 1}}
		_, err := table.Overwrite(ctx, nil, write(t, table, idAndValue, `{"id": 1, "v": "new"}`), opt)
		return err
	}
	must(0, work(after))
	file := snapshot(t, after).Files[0].Path

	// Each step copies from after what it makes; the parts are those of a file that is not complete.
	staged := func(part int) func(*Table) {
		return func(to *Table) { take(t, after, file, to, "../staging/"+file, part) }
	}
	temporary := func(name, from string, part int) func(*Table) {
		return func(to *Table) { take(t, after, "_delta_log/"+from, to, "_delta_log/"+name, part) }
	}
	named := func(name string) func(*Table) { return temporary(name, name, 1) }
	remove := func(name string) func(*Table) {
		return func(to *Table) { must(0, os.Remove(filepath.Join(to.Path(), name))) }
	}
	const commit, checkpoint, pointer = ".00000000-0000-4000-8000-000000000001.tmp", ".00000000-0000-4000-8000-000000000002.tmp", ".00000000-0000-4000-8000-000000000003.tmp"
	type step struct {
		name string
		do   func(*Table)
	}
	steps := []step{
		{"nothing", func(*Table) {}},
		{"half a data file", staged(2)},
		{"a data file", staged(1)},
		{"an adopted data file", func(to *Table) { take(t, after, file, to, file, 1) }},
		{"half a commit", temporary(commit, commitFile(2), 2)},
		{"a commit without a name", temporary(commit, commitFile(2), 1)},
		{"a commit", named(commitFile(2))},
		{"its temporary name removed", remove("_delta_log/" + commit)},
		{"the staged name removed", remove("../staging/" + file)},
		{"half a checkpoint", temporary(checkpoint, checkpointFile(2), 2)},
		{"a checkpoint without a name", temporary(checkpoint, checkpointFile(2), 1)},
		{"a checkpoint", func(to *Table) { named(checkpointFile(2))(to); remove("_delta_log/" + checkpoint)(to) }},
		{"half a pointer", temporary(pointer, lastCheckpointFile, 2)},
		{"a pointer", func(to *Table) { named(lastCheckpointFile)(to); remove("_delta_log/" + pointer)(to) }},
	}
	committed := slices.IndexFunc(steps, func(s step) bool { return s.name == "a commit" })
	for n, last := range steps {
		t.Run(last.name, func(t *testing.T) {
			table := At(filepath.Join(t.TempDir(), "table"))
			copyTable(t, before, table)
			for _, old := range must(filepath.Glob(filepath.Join(table.Path(), "*.parquet"))) {
				must(0, os.Chtimes(old, noon, noon))
			}
			for _, step := range steps[:n+1] {
				step.do(table)
			}
			if n < committed {
				wantContent(t, snapshot(t, table), `{"id": 0}`)
			} else {
				wantContent(t, snapshot(t, table), `{"id": 1, "v": "new"}`)
			}
			err := work(table)
			var repeated *RepeatedError
			if n < committed && err != nil || n >= committed && !errors.As(err, &repeated) {
				t.Errorf("the work done again: %v", err)
			}
			s := snapshot(t, table)
			wantContent(t, s, `{"id": 1, "v": "new"}`)
			if s.Version != 2 {
				t.Errorf("version %d, want 2", s.Version)
			}
			later := noon.AddDate(0, 0, 30)
			must(table.Append(ctx, nil, CommitOptions{Time: later}))
			must(table.Append(ctx, nil, CommitOptions{Time: later.Add(time.Hour)}))
			must(table.Vacuum(ctx, VacuumOptions{Time: later.Add(2 * time.Hour)}))
			if d := strings.Join(tree(t, table), " "); strings.Contains(d, ".tmp") || strings.Count(d, ".snappy.parquet") != 1 {
				t.Errorf("left behind: %s", d)
			}
		})
	}
}

// take copies a file of one table, or the first part of it, to a place in another.
func take(t *testing.T, from *Table, name string, to *Table, as string, part int) {
	t.Helper()
	text := must(os.ReadFile(filepath.Join(from.Path(), name)))
	path := filepath.Join(to.Path(), as)
	must(0, os.MkdirAll(filepath.Dir(path), 0o755))
	must(0, os.WriteFile(path, text[:len(text)/part], 0o644))
	must(0, os.Chtimes(path, noon.Add(time.Hour), noon.Add(time.Hour)))
}
