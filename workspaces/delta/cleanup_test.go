package delta

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// daily makes a table with a commit a day, at noon, under some properties.
func daily(t *testing.T, days int, properties map[string]string) *Table {
	t.Helper()
	ctx := context.Background()
	table := At(filepath.Join(t.TempDir(), "table"))
	must(table.Create(ctx, Metadata{Schema: idAndValue, Configuration: properties}, write(t, table, idAndValue, `{"id": 0}`), CommitOptions{Time: noon}))
	for day := 1; day <= days; day++ {
		c := must(table.Append(ctx, write(t, table, idAndValue, fmt.Sprintf(`{"id": %d}`, day)), CommitOptions{Time: noon.AddDate(0, 0, day)}))
		if c.CheckpointErr != nil {
			t.Fatal(c.CheckpointErr)
		}
	}
	return table
}

// logged is what the log holds, by version: a commit, a checkpoint, or both.
func logged(t *testing.T, table *Table) (all []string) {
	t.Helper()
	for _, name := range tree(t, table) {
		if base := filepath.Base(name); strings.HasPrefix(name, "_delta_log/0") {
			all = append(all, strings.TrimLeft(base[:20], "0")+strings.TrimPrefix(base[20:], "."))
		}
	}
	return all
}

func TestExpiredCommitsAreCleanedUpAfterACheckpoint(t *testing.T) {
	ctx := context.Background()
	table := daily(t, 15, map[string]string{checkpointInterval: "4", logRetentionDuration: "interval 3 days"})
	// The checkpoint of version 12 came at noon of day 12. Of midnight of day 9 the newest version is 8, which has
	// one itself. That of day 8 dropped what was before the checkpoint of day 4.
	want := "8checkpoint.parquet 8json 9json 10json 11json 12checkpoint.parquet 12json 13json 14json 15json"
	if got := strings.Join(logged(t, table), " "); got != want {
		t.Errorf("the log holds %s, want %s", got, want)
	}
	for v := int64(8); v <= 15; v++ {
		wantContent(t, must(table.SnapshotAt(ctx, v)), ids(int(v)))
		if s := must(table.SnapshotAsOf(ctx, noon.AddDate(0, 0, int(v)).Add(time.Hour))); s.Version != v {
			t.Errorf("as of day %d: version %d", v, s.Version)
		}
	}
	_, err := table.SnapshotAt(ctx, 7)
	wantError(t, err, "version 7 cannot be read")
	if history := must(table.History(ctx, 0)); len(history) != 8 {
		t.Errorf("%d versions in the history, want 8", len(history))
	}
}

func TestLogsAreCleanedUpOnlyAsTheirPropertiesSay(t *testing.T) {
	for name, c := range map[string]struct {
		properties map[string]string
		oldest     string
	}{
		"30 days":   {map[string]string{}, "json"},
		"forbidden": {map[string]string{logRetentionDuration: "interval 1 day", logCleanup: "false"}, "json"},
		"allowed":   {map[string]string{logRetentionDuration: "interval 1 day", logCleanup: "TRUE"}, "6checkpoint.parquet"},
		"at once":   {map[string]string{logRetentionDuration: "interval 0 days"}, "6checkpoint.parquet"}, // of the midnight before
	} {
		t.Run(name, func(t *testing.T) {
			c.properties[checkpointInterval] = "3"
			table := daily(t, 9, c.properties)
			if got := logged(t, table); got[0] != c.oldest {
				t.Errorf("the log begins with %s, want %s", got[0], c.oldest)
			}
			wantContent(t, snapshot(t, table), ids(9))
		})
	}
	for name, properties := range map[string]map[string]string{
		logRetentionDuration: {logRetentionDuration: "a while", checkpointInterval: "1"},
		logCleanup:           {logCleanup: "perhaps", checkpointInterval: "1"},
	} {
		table := At(filepath.Join(t.TempDir(), "table"))
		must(table.Create(context.Background(), Metadata{Schema: idAndValue, Configuration: properties}, nil, CommitOptions{}))
		c := must(table.Append(context.Background(), nil, CommitOptions{}))
		wantError(t, c.CheckpointErr, "clean up the log", name, properties[name])
	}
}

func TestCommitsStayWhereTheirCheckpointIsCorrupt(t *testing.T) {
	ctx := context.Background()
	table := daily(t, 5, map[string]string{checkpointInterval: "3"})
	must(0, os.WriteFile(inLog(table, checkpointFile(3)), []byte("PAR1 nonsense"), 0o644))
	c := must(table.Append(ctx, nil, CommitOptions{Time: noon.AddDate(1, 0, 0), Configuration: map[string]string{logRetentionDuration: "interval 1 day"}}))
	wantError(t, c.CheckpointErr, "clean up the log", "corrupt checkpoint", checkpointFile(3))
	if got := logged(t, table); got[0] != "json" {
		t.Errorf("the log begins with %s", got[0])
	}
}

func TestCleanUpTakesAllThatBelongsToACommit(t *testing.T) {
	ctx := context.Background()
	table := daily(t, 8, map[string]string{checkpointInterval: "4", logCleanup: "false"})
	old, young := noon.Add(-time.Hour), noon.AddDate(0, 0, 39).Add(time.Hour)
	for name, changed := range map[string]time.Time{
		"00000000000000000002.crc":                                      old,
		"00000000000000000003.checkpoint.0000000001.0000000002.parquet": old,
		"00000000000000000001.00000000000000000002.compacted.json":      old,
		"00000000000000000002.notes":                                    old,
		".00000000-0000-4000-8000-000000000001.tmp":                     old,
		".00000000-0000-4000-8000-000000000002.tmp":                     young,
		".somebody.tmp": old,
		"_sidecars/00000000-0000-4000-8000-000000000001.parquet": old,
		"00000000000000000012.crc":                               young,
	} {
		leave(t, table, "_delta_log/"+name, changed)
	}
	must(table.Append(ctx, nil, CommitOptions{Time: noon.AddDate(0, 0, 39), Configuration: map[string]string{logCleanup: "true"}}))
	for range 3 {
		must(table.Append(ctx, nil, CommitOptions{Time: noon.AddDate(0, 0, 40)}))
	}
	want := ".00000000-0000-4000-8000-000000000002.tmp .somebody.tmp 00000000000000000002.notes " +
		"00000000000000000008.checkpoint.parquet 00000000000000000008.json 00000000000000000009.json 00000000000000000010.json " +
		"00000000000000000011.json 00000000000000000012.checkpoint.parquet 00000000000000000012.crc 00000000000000000012.json " +
		"_last_checkpoint _sidecars/00000000-0000-4000-8000-000000000001.parquet"
	var got []string
	for _, name := range tree(t, table) {
		if rest, ok := strings.CutPrefix(name, "_delta_log/"); ok {
			got = append(got, rest)
		}
	}
	if g := strings.Join(got, " "); g != want {
		t.Errorf("the log holds\n%s\nwant\n%s", g, want)
	}
	wantContent(t, snapshot(t, table), ids(8))
}

// TestAClockThatWentBackKeepsCommits makes a commit whose file claims to be old after one that is not.
func TestAClockThatWentBackKeepsCommits(t *testing.T) {
	ctx := context.Background()
	table := daily(t, 4, map[string]string{checkpointInterval: "2"})
	must(0, os.Chtimes(inLog(table, commitFile(0)), noon.AddDate(0, 0, 38), noon.AddDate(0, 0, 38)))
	must(table.Append(ctx, nil, CommitOptions{Time: noon.AddDate(0, 0, 39)}))
	if c := must(table.Append(ctx, nil, CommitOptions{Time: noon.AddDate(0, 0, 40)})); c.CheckpointErr != nil || c.Version != 6 {
		t.Errorf("%+v", c)
	}
	if got := logged(t, table); got[0] != "json" {
		t.Errorf("the log begins with %s, though no commit is known to be old", got[0])
	}
}
