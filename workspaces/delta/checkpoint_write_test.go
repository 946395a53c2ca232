package delta

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// grow appends rows with the ids from…to, one commit each, an hour apart.
func grow(t testing.TB, table *Table, from, to int) {
	t.Helper()
	for id := from; id <= to; id++ {
		opt := CommitOptions{Time: noon.Add(time.Duration(id) * time.Hour)}
		c, err := table.Append(context.Background(), write(t, table, idAndValue, fmt.Sprintf(`{"id": %d}`, id)), opt)
		if err != nil || c.CheckpointErr != nil {
			t.Fatal(err, c.CheckpointErr)
		}
	}
}

// ids is the content of a table that create and grow have made.
func ids(to int) string {
	var rows []string
	for id := range to + 1 {
		rows = append(rows, fmt.Sprintf(`{"id": %d}`, id))
	}
	return strings.Join(rows, " ")
}

// cleanLog drops the commits up to a version, as other engines do when a checkpoint is old enough.
func cleanLog(t testing.TB, table *Table, version int64) {
	t.Helper()
	for v := range version + 1 {
		if err := os.Remove(filepath.Join(table.logDir(), commitFile(v))); err != nil {
			t.Fatal(err)
		}
	}
}

// copyTable copies a table with the times of its files, which tell when a version was committed
// whose commit has been cleaned away.
func copyTable(t testing.TB, from, to *Table) {
	t.Helper()
	must(0, os.CopyFS(to.Path(), os.DirFS(from.Path())))
	for _, name := range must(filepath.Glob(inLog(from, "*"))) {
		modified := must(os.Stat(name)).ModTime()
		must(0, os.Chtimes(inLog(to, filepath.Base(name)), modified, modified))
	}
}

func inLog(table *Table, name string) string { return filepath.Join(table.logDir(), name) }

func TestEveryTenthCommitWritesACheckpoint(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	grow(t, table, 1, 21)
	log := must(table.list())
	if d := cmp.Diff([]int64{10, 20}, slices.Sorted(maps.Keys(log.checkpoints))); d != "" {
		t.Errorf("checkpoints: %s", d)
	}
	size := must(os.Stat(inLog(table, checkpointFile(20)))).Size()
	want := fmt.Sprintf(`{"version":20,"size":23,"sizeInBytes":%d,"numOfAddFiles":21}`, size)
	if got := string(must(os.ReadFile(inLog(table, lastCheckpointFile)))); got != want {
		t.Errorf("_last_checkpoint is %s, want %s", got, want)
	}
	if left := must(filepath.Glob(inLog(table, ".*"))); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}

	cleanLog(t, table, 20)
	s := snapshot(t, table)
	wantContent(t, s, ids(21))
	if at := must(table.SnapshotAt(context.Background(), 20)).Timestamp; !at.Equal(noon.Add(20 * time.Hour)) {
		t.Errorf("the version of the checkpoint is of %s, want the time of its commit", at)
	}
	grow(t, table, 22, 30)
	wantContent(t, snapshot(t, table), ids(30))
}

func TestTheCheckpointIntervalIsATableProperty(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	set := func(value string) Commit {
		return must(table.Append(context.Background(), nil, CommitOptions{Configuration: map[string]string{checkpointInterval: value}}))
	}
	set("2")
	if c := set("3"); c.Version != 2 || c.CheckpointErr != nil {
		t.Errorf("%+v", c)
	}
	grow(t, table, 1, 1)
	if d := cmp.Diff(map[int64][]string{3: {checkpointFile(3)}}, must(table.list()).checkpoints); d != "" {
		t.Errorf("checkpoints: %s", d)
	}
	c := set("often")
	wantError(t, c.CheckpointErr, table.Path(), "version 4", checkpointInterval, `"often"`)
}

// TestCheckpointsHaveSparksSchema compares with a checkpoint that Spark has written, column by column
// with their types and with what can be null or repeated on the way to them.
func TestCheckpointsHaveSparksSchema(t *testing.T) {
	columns := func(path string) (all []string) {
		f := must(os.Open(path))
		defer f.Close()
		schema := must(file.NewParquetReader(f)).MetaData().Schema
		for i := range schema.NumColumns() {
			c := schema.Column(i)
			all = append(all, fmt.Sprint(c.Path(), " ", c.PhysicalType(), " ", c.MaxDefinitionLevel(), c.MaxRepetitionLevel()))
		}
		return all
	}
	path := filepath.Join(t.TempDir(), "checkpoint.parquet")
	must(writeCheckpoint(path, []action{{Protocol: &ours}}))
	if d := cmp.Diff(columns(filepath.Join("testdata", "spark.checkpoint.parquet")), columns(path)); d != "" {
		t.Error(d)
	}
}

func TestCheckpointsKeepEveryAction(t *testing.T) {
	actions := []action{
		{Protocol: &Protocol{MinReaderVersion: 3, MinWriterVersion: 7, ReaderFeatures: []string{"vacuumProtocolCheck"}, WriterFeatures: []string{"appendOnly", "invariants"}}},
		{MetaData: &metaDataAction{
			ID: "x", Name: "name", Description: "«text»", Format: fileFormat{Provider: "parquet", Options: map[string]string{"o": "1"}},
			SchemaString: "{}", Configuration: map[string]string{"a": "1", "b": ""}, CreatedTime: 7,
		}},
		{MetaData: &metaDataAction{ID: "y", Format: fileFormat{Provider: "parquet"}}},
		{Txn: &txnAction{AppID: "build", Version: 1 << 40, LastUpdated: 9}},
		{Txn: &txnAction{AppID: "other", Version: -1}},
		{Remove: &removeAction{Path: "a%20b.parquet", DeletionTimestamp: 5, ExtendedFileMetadata: true, Size: 6}},
		{Remove: &removeAction{Path: "c.parquet"}},
		{Add: &addAction{Path: "d.parquet", Size: 1, ModificationTime: 2, Stats: `{"numRecords":1e0}`, Tags: map[string]string{"INSERTION_TIME": "3"}}},
		{Add: &addAction{Path: "e.parquet"}},
	}
	path := filepath.Join(t.TempDir(), "checkpoint.parquet")
	must(writeCheckpoint(path, actions))
	got, err := readCheckpoint(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(actions, got); d != "" {
		t.Error(d)
	}
}

func TestReadersCanDoWithoutThePointer(t *testing.T) {
	for name, damage := range map[string]func(pointer string) error{
		"missing":       os.Remove,
		"corrupt":       func(pointer string) error { return os.WriteFile(pointer, []byte(`{"version":`), 0o644) },
		"stale":         func(pointer string) error { return os.WriteFile(pointer, []byte(`{"version":10,"size":13}`), 0o644) },
		"to the future": func(pointer string) error { return os.WriteFile(pointer, []byte(`{"version":99,"size":13}`), 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 0}`)
			grow(t, table, 1, 22)
			cleanLog(t, table, 20)
			if err := damage(inLog(table, lastCheckpointFile)); err != nil {
				t.Fatal(err)
			}
			wantContent(t, snapshot(t, table), ids(22))
		})
	}
}

func TestACorruptCheckpointOnlyMakesTheWayLonger(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	grow(t, table, 1, 21)
	must(0, os.WriteFile(inLog(table, checkpointFile(20)), []byte("PAR1 nonsense"), 0o644))
	wantContent(t, snapshot(t, table), ids(21))
	cleanLog(t, table, 10)
	wantContent(t, snapshot(t, table), ids(21))
	must(writeCheckpoint(inLog(table, checkpointFile(10))+"2", []action{{Protocol: &ours}}))
	must(0, os.Rename(inLog(table, checkpointFile(10))+"2", inLog(table, checkpointFile(10))))
	_, err := table.Snapshot(context.Background())
	wantError(t, err, "corrupt checkpoint", checkpointFile(20), checkpointFile(10), "no metaData")
}

func TestAFailedCheckpointDoesNotFailTheCommit(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	grow(t, table, 1, 9)
	// A directory cannot be replaced by a file.
	must(0, os.MkdirAll(filepath.Join(inLog(table, checkpointFile(10)), "x"), 0o755))
	c, err := table.Append(context.Background(), write(t, table, idAndValue, `{"id": 10}`), CommitOptions{})
	if err != nil || c.Version != 10 {
		t.Errorf("version %d, %v; want version 10", c.Version, err)
	}
	wantError(t, c.CheckpointErr, table.Path(), "version 10")
	wantContent(t, snapshot(t, table), ids(10))
	if left := must(filepath.Glob(inLog(table, ".*"))); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestCheckpointsForgetFilesRemovedLongAgo(t *testing.T) {
	for name, c := range map[string]struct {
		retention string
		days      int
		want      int
	}{
		"within a week":         {"", 6, 2},
		"after a week":          {"", 8, 1},
		"within the property":   {"interval 2 weeks", 8, 2},
		"after the property":    {"interval 3 days 12 hours", 6, 1},
		"the removal is of now": {"interval 0 hours", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 0}`)
			properties := map[string]string{checkpointInterval: "2"}
			if c.retention != "" {
				properties[deletedFileRetention] = c.retention
			}
			ctx, later := context.Background(), noon.AddDate(0, 0, c.days)
			must(table.Overwrite(ctx, nil, write(t, table, idAndValue, `{"id": 1}`), CommitOptions{Time: noon, Configuration: properties}))
			commit := must(table.Overwrite(ctx, nil, nil, CommitOptions{Time: later}))
			if commit.CheckpointErr != nil {
				t.Fatal(commit.CheckpointErr)
			}
			removes := 0
			for _, a := range must(readCheckpoint(inLog(table, checkpointFile(2)))) {
				if a.Remove != nil {
					removes++
				}
			}
			if removes != c.want {
				t.Errorf("%d removed files in the checkpoint, want %d", removes, c.want)
			}
		})
	}
}

func TestARestoredFileIsNoLongerRemoved(t *testing.T) {
	table, first := overwritten(t, day, map[string]string{checkpointInterval: "2"})
	must(table.Restore(context.Background(), 0, CommitOptions{Time: noon.Add(2 * day), Configuration: map[string]string{checkpointInterval: "2"}}))
	for _, a := range must(readCheckpoint(inLog(table, checkpointFile(2)))) {
		if a.Remove != nil && a.Remove.Path == first {
			t.Errorf("the checkpoint removes %s, which is back", first)
		}
	}
}

func TestTheTimeOfACheckpointsVersionIsThatOfItsCommit(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	grow(t, table, 1, 10)
	for _, name := range []string{commitFile(10), checkpointFile(10)} {
		must(0, os.Chtimes(inLog(table, name), noon, noon))
	}
	if at := snapshot(t, table).Timestamp; !at.Equal(noon.Add(10 * time.Hour)) {
		t.Errorf("version 10 is of %s, want what its commit says", at)
	}
}

func TestIntervals(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"interval 1 week":         7 * 24 * time.Hour,
		"INTERVAL 7 Days":         7 * 24 * time.Hour,
		"2 days 12 hours":         60 * time.Hour,
		"interval 90 minutes":     90 * time.Minute,
		"1 second 5 milliseconds": 1005 * time.Millisecond,
		"":                        -1, "interval": -1, "7": -1, "interval 1 month": -1, "-1 days": -1, "1 day 2": -1, "1000000 weeks": -1,
	} {
		got, ok := parseInterval(text)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q is %s, %t; want %s", text, got, ok, want)
		}
	}
}

// TestCheckpointsChangeNothing does any operations on a table and reads every version of it from
// the commits alone, from the newest checkpoint, and from a log without the commits before it.
func TestCheckpointsChangeNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := must(os.MkdirTemp(t.TempDir(), "")) // rapid has no directory of its own per check
		table := At(filepath.Join(dir, "table"))
		ctx := context.Background()
		every := rapid.IntRange(1, 4).Draw(rt, "checkpoint interval")
		must(table.Create(ctx, Metadata{Schema: idAndValue, Configuration: map[string]string{checkpointInterval: strconv.Itoa(every)}}, nil, CommitOptions{}))
		for i := range rapid.IntRange(1, 8).Draw(rt, "operations") {
			operate(rt, t, table, i)
		}

		newest := must(table.Snapshot(ctx)).Version
		plain, clean := At(filepath.Join(dir, "plain")), At(filepath.Join(dir, "clean"))
		for _, copied := range []*Table{plain, clean} {
			copyTable(t, table, copied)
		}
		for _, name := range must(filepath.Glob(inLog(plain, "*checkpoint*"))) {
			must(0, os.Remove(name))
		}
		oldest := newest / int64(every) * int64(every)
		if oldest > 0 {
			cleanLog(t, clean, oldest)
		}
		for v := range newest + 1 {
			want := stateOf(t, plain, v)
			if d := cmp.Diff(want, stateOf(t, table, v)); d != "" {
				rt.Errorf("version %d from a checkpoint: %s", v, d)
			}
			if v >= oldest {
				if d := cmp.Diff(want, stateOf(t, clean, v)); d != "" {
					rt.Errorf("version %d from a cleaned log: %s", v, d)
				}
			}
		}
	})
}

// operate commits one operation of any kind.
func operate(rt *rapid.T, t testing.TB, table *Table, i int) {
	ctx := context.Background()
	s := must(table.Snapshot(ctx))
	rows := func() []DataFile {
		return write(t, table, idAndValue, fmt.Sprintf(`{"id": %d, "v": "%d"}`, rapid.IntRange(0, 5).Draw(rt, "id"), i))
	}
	opt := CommitOptions{Transaction: TransactionID{AppID: rapid.SampledFrom([]string{"", "build", "ingest"}).Draw(rt, "application"), Version: int64(i)}}
	var err error
	switch kind := rapid.SampledFrom([]string{"append", "overwrite", "merge", "add a column", "restore", "optimize"}).Draw(rt, "operation"); kind {
	case "append":
		_, err = table.Append(ctx, rows(), opt)
	case "overwrite":
		_, err = table.Overwrite(ctx, nil, rows(), opt)
	case "merge":
		_, err = table.Merge(ctx, Merge{Keys: []string{"id"}, Files: rows()}, opt)
	case "add a column":
		_, err = table.AddColumns(ctx, []arrow.Field{column(fmt.Sprint("c", i), doubleType)}, opt)
	case "optimize":
		_, err = table.Optimize(ctx, Optimize{Keys: []string{"id"}}, opt)
	case "restore":
		_, err = table.Restore(ctx, rapid.Int64Range(0, s.Version).Draw(rt, "version"), opt)
	}
	if err != nil {
		rt.Fatal(err)
	}
}

// stateOf is all that the log says of a version, and its rows.
func stateOf(t testing.TB, table *Table, version int64) []any {
	t.Helper()
	ctx := context.Background()
	r := must(table.replay(ctx, must(table.list()), version))
	s := must(table.SnapshotAt(ctx, version))
	actions := r.actions(time.Time{})
	for _, a := range actions {
		if a.Add != nil {
			a.Add.DataChange, a.Add.PartitionValues = false, nil
		}
		if a.Remove != nil {
			a.Remove.DataChange, a.Remove.PartitionValues = false, nil
		}
		if a.MetaData != nil && len(a.MetaData.PartitionColumns) == 0 {
			a.MetaData.PartitionColumns, a.MetaData.Format.Options = nil, nil
		}
	}
	return []any{s.Version, s.Timestamp, content(t, s), actions}
}
