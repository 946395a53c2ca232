package delta

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const day = 24 * time.Hour

// leave puts a file that no commit names into the table's directory.
func leave(t testing.TB, table *Table, name string, changed time.Time) {
	t.Helper()
	path := filepath.Join(table.Path(), name)
	must(0, os.MkdirAll(filepath.Dir(path), 0o755))
	must(0, os.WriteFile(path, []byte("12345"), 0o644))
	must(0, os.Chtimes(path, changed, changed))
}

func filesOf(s *Snapshot) []string {
	var names []string
	for _, f := range s.Files {
		names = append(names, f.Path)
	}
	return names
}

// overwritten makes a table whose first file was replaced the given time after its creation.
func overwritten(t testing.TB, after time.Duration, properties map[string]string) (table *Table, first string) {
	t.Helper()
	table = create(t, idAndValue, `{"id": 0}`)
	first = filesOf(snapshot(t, table))[0]
	opt := CommitOptions{Time: noon.Add(after), Configuration: properties}
	must(table.Overwrite(context.Background(), nil, write(t, table, idAndValue, `{"id": 1}`), opt))
	return table, first
}

func TestVacuumRemovesWhatIsOldAndUnreferenced(t *testing.T) {
	table, first := overwritten(t, day, nil)
	now := noon.Add(9 * day)
	leave(t, table, "orphan.parquet", noon)
	leave(t, table, "deep/orphan", noon)
	leave(t, table, "young.parquet", now.Add(-6*day))
	leave(t, table, "_staging/part.parquet", noon)
	leave(t, table, "deep/.hidden", noon)
	leave(t, table, ".dir/file", noon)
	leave(t, table, "_delta_log/_old", noon)

	want := Vacuumed{Files: []string{"deep/orphan", "orphan.parquet", first}, Before: noon.Add(2 * day)}
	slices.Sort(want.Files)
	for _, f := range want.Files {
		want.Bytes += must(os.Stat(filepath.Join(table.Path(), f))).Size()
	}
	before := tree(t, table)
	got, err := table.Vacuum(context.Background(), VacuumOptions{DryRun: true, Time: now})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("dry run: %s", d)
	}
	if d := cmp.Diff(before, tree(t, table)); d != "" {
		t.Errorf("a dry run changed files: %s", d)
	}
	if d := cmp.Diff(want, must(table.Vacuum(context.Background(), VacuumOptions{Time: now}))); d != "" {
		t.Error(d)
	}
	gone := slices.DeleteFunc(slices.Clone(before), func(f string) bool { return slices.Contains(want.Files, f) })
	if d := cmp.Diff(gone, tree(t, table)); d != "" {
		t.Errorf("files after the vacuum: %s", d)
	}
	wantContent(t, snapshot(t, table), `{"id": 1}`)
	_, err = table.Restore(context.Background(), 0, CommitOptions{})
	wantError(t, err, first)
}

// tree lists all files in the table's directory.
func tree(t testing.TB, table *Table) (files []string) {
	t.Helper()
	must(0, filepath.WalkDir(table.Path(), func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, must(filepath.Rel(table.Path(), path)))
		}
		return err
	}))
	return files
}

func TestVacuumKeepsFilesOfVersionsWithinTheRetention(t *testing.T) {
	for name, c := range map[string]struct {
		replaced   time.Duration // after the creation
		properties map[string]string
		options    VacuumOptions
		removed    bool
	}{
		"replaced a week ago and a bit":  {replaced: 3*day - time.Millisecond, removed: true},
		"replaced a week ago":            {replaced: 3 * day},
		"replaced long ago, property":    {replaced: day, properties: map[string]string{deletedFileRetention: "interval 2 weeks"}},
		"longer than the property":       {replaced: 3 * day, properties: map[string]string{deletedFileRetention: "1 hour"}, options: VacuumOptions{Retention: 8 * day}},
		"replaced today, short, allowed": {replaced: 9 * day, options: VacuumOptions{Retention: time.Hour, AllowShort: true}, removed: true},
	} {
		t.Run(name, func(t *testing.T) {
			// A checkpoint right after the replacement forgets what the property lets it forget.
			properties := map[string]string{checkpointInterval: "2"}
			for k, v := range c.properties {
				properties[k] = v
			}
			table, first := overwritten(t, c.replaced, properties)
			c.options.Time = noon.Add(10 * day)
			must(table.Append(context.Background(), nil, CommitOptions{Time: c.options.Time}))
			var want []string
			if c.removed {
				want = []string{first}
			}
			got := must(table.Vacuum(context.Background(), c.options))
			if d := cmp.Diff(want, got.Files); d != "" {
				t.Error(d)
			}
			wantContent(t, snapshot(t, table), `{"id": 1}`)
		})
	}
}

func TestVacuumKeepsWhatACheckpointSaysWasRemoved(t *testing.T) {
	table, _ := overwritten(t, 3*day, map[string]string{checkpointInterval: "1"})
	cleanLog(t, table, 1)
	for after, want := range map[time.Duration]int{9 * day: 0, 11 * day: 1} {
		got := must(table.Vacuum(context.Background(), VacuumOptions{DryRun: true, Time: noon.Add(after)}))
		if len(got.Files) != want {
			t.Errorf("%s after the creation: %v, want %d files", after, got.Files, want)
		}
	}
}

func TestVacuumRefuses(t *testing.T) {
	plain := plainProtocol + "\n" + metaDataLine(plainSchema, "", "")
	for name, c := range map[string]struct {
		log     string
		options VacuumOptions
		want    string
	}{
		"a short retention":          {plain, VacuumOptions{Retention: 7*day - 1}, "must be allowed explicitly"},
		"a negative one":             {plain, VacuumOptions{Retention: -1, AllowShort: true}, "allowed is one from 0"},
		"a short one of the table":   {plainProtocol + "\n" + metaDataLine(plainSchema, `"delta.deletedFileRetentionDuration":"interval 1 day"`, ""), VacuumOptions{}, "24h0m0s"},
		"a wrong one of the table":   {plainProtocol + "\n" + metaDataLine(plainSchema, `"delta.deletedFileRetentionDuration":"1 month"`, ""), VacuumOptions{}, `"1 month"`},
		"a table it may not write":   {`{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["vacuumProtocolCheck"]}}` + "\n" + metaDataLine(plainSchema, "", ""), VacuumOptions{}, "vacuumProtocolCheck"},
		"a table with a broken log":  {plain + "\n{", VacuumOptions{}, "line 3"},
		"a path out of the table":    {plain + "\n" + `{"remove":{"path":"../x","deletionTimestamp":1,"dataChange":true}}`, VacuumOptions{}, "leads out"},
		"a directory without tables": {"", VacuumOptions{}, "no Delta table"},
	} {
		t.Run(name, func(t *testing.T) {
			table := foreign(t, c.log)
			leave(t, table, "orphan.parquet", noon)
			_, err := table.Vacuum(context.Background(), c.options)
			wantError(t, err, "vacuum "+table.Path(), c.want)
			must(os.Stat(filepath.Join(table.Path(), "orphan.parquet")))
		})
	}
}

func TestVacuumKnowsEveryWayToWriteAPath(t *testing.T) {
	table := foreign(t, plainProtocol+"\n"+metaDataLine(plainSchema, "", "")+"\n"+
		`{"add":{"path":"./a%20b/c.parquet","size":5,"modificationTime":1,"dataChange":true}}`)
	leave(t, table, "a b/c.parquet", noon)
	leave(t, table, "a b/d.parquet", noon)
	got := must(table.Vacuum(context.Background(), VacuumOptions{Time: noon.Add(99 * day)}))
	if d := cmp.Diff(Vacuumed{Files: []string{"a b/d.parquet"}, Bytes: 5}, got, cmpopts.IgnoreFields(Vacuumed{}, "Before")); d != "" {
		t.Error(d)
	}
}

// TestVacuumSparesACommitInTheMaking vacuums when the files of a commit are in the table's
// directory and the commit is not in the log yet. They were written long before.
func TestVacuumSparesACommitInTheMaking(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	files := write(t, table, idAndValue, `{"id": 1}`)
	must(0, os.Chtimes(files[0].Path, noon, noon))
	now := noon.Add(30 * day)
	x := transaction{table: table, base: snapshot(t, table), operation: "TEST", blind: true, adds: files, options: CommitOptions{Time: now}}
	must(0, errors.Join(x.check(), x.adopt(now)))
	if got := must(table.Vacuum(context.Background(), VacuumOptions{Time: now})); len(got.Files) > 0 {
		t.Errorf("removed %v", got.Files)
	}
	must(x.publish(context.Background(), now))
	wantContent(t, snapshot(t, table), `{"id": 0} {"id": 1}`)
}
