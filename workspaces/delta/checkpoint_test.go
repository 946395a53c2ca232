package delta

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestReadsCheckpoints reads a table that delta-rs has written: a checkpoint at version 2, whose
// commits have been cleaned away, and a commit after it.
func TestReadsCheckpoints(t *testing.T) {
	table := At(filepath.Join("testdata", "checkpoint"))
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "day": "2026-01-02", "name": "n1", "at": "2026-01-01 00:00:01.000001Z", "price": "0.25"} `+
		`{"id": 2, "day": "2026-01-03", "at": "2026-01-01 00:00:02.000002Z", "price": "0.5"} `+
		`{"id": 3, "day": "2026-01-04", "name": "n3", "at": "2026-01-01 00:00:03.000003Z", "price": "0.75"} `+
		`{"id": 4, "day": "2026-01-05", "at": "2026-01-01 00:00:04.000004Z", "price": "1"}`)
	got := []any{s.Version, s.Metadata.Name, s.Metadata.Description, s.Metadata.Configuration, s.Protocol.MinReaderVersion}
	want := []any{int64(3), "sample", "by delta-rs", map[string]string{"delta.logRetentionDuration": "interval 1 days"}, 1}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if counts := must(s.NonNull(context.Background(), []string{"id", "name"})); counts["id"] != 4 || counts["name"] != 2 {
		t.Errorf("non-null values %v", counts)
	}

	_, err := table.SnapshotAt(context.Background(), 1)
	wantError(t, err, "00000000000000000000.json is missing", "version 1")
	if history := must(table.History(context.Background(), 0)); len(history) != 1 || history[0].Version != 3 {
		t.Errorf("history %+v, want version 3 alone", history)
	}
}

func TestCommitsFollowACheckpoint(t *testing.T) {
	table := At(filepath.Join(t.TempDir(), "table"))
	if err := os.CopyFS(table.Path(), os.DirFS(filepath.Join("testdata", "checkpoint"))); err != nil {
		t.Fatal(err)
	}
	schema := snapshot(t, table).Metadata.Schema
	result := merge(t, table, Merge{Keys: []string{"id", "day"}, Files: write(t, table, schema,
		`{"id": 2, "day": "2026-01-03", "name": "new", "price": "0.5"} {"id": 9, "day": "2026-01-03"}`)})
	if d := cmp.Diff(MergePlan{Version: 3, Inserted: 1, Updated: 1}, result.MergePlan); d != "" {
		t.Error(d)
	}
	if rows := must(snapshot(t, table).Rows()); rows != 5 {
		t.Errorf("%d rows, want 5", rows)
	}
}

func TestForeignCheckpointsAreRefused(t *testing.T) {
	for name, commits := range map[string][]string{
		"before the first commit": {"", "", "", `{}`},
		"of a log without any":    nil,
	} {
		t.Run("version 2 "+name, func(t *testing.T) {
			table := foreign(t, commits...)
			file := "00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"
			if err := os.WriteFile(filepath.Join(table.logDir(), file), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := table.Snapshot(context.Background())
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) || unsupported.Feature != "v2Checkpoint ("+file+")" {
				t.Errorf("error %v, want v2Checkpoint to be refused", err)
			}
		})
	}
	t.Run("corrupt", func(t *testing.T) {
		table := foreign(t, "", "", "", `{}`)
		if err := os.WriteFile(filepath.Join(table.logDir(), checkpointFile(2)), []byte("PAR1 nonsense"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := table.Snapshot(context.Background())
		wantError(t, err, "corrupt checkpoint", checkpointFile(2))
	})
}

// TestReadsCheckpointsInParts splits a checkpoint as other engines do when it is large.
func TestReadsCheckpointsInParts(t *testing.T) {
	ctx := context.Background()
	table := create(t, idAndValue, `{"id": 0}`)
	grow(t, table, 1, 21)
	part := func(number, of int) string {
		return inLog(table, fmt.Sprintf("%020d.checkpoint.%010d.%010d.parquet", 20, number, of))
	}
	actions := must(readCheckpoint(inLog(table, checkpointFile(20))))
	must(writeCheckpoint(part(1, 3), actions[:5]))
	must(writeCheckpoint(part(3, 3), actions[11:]))
	must(writeCheckpoint(part(1, 2), actions[:9])) // of another attempt, which was given up
	must(0, os.Remove(inLog(table, checkpointFile(20))))

	t.Run("of which one is missing", func(t *testing.T) {
		wantContent(t, snapshot(t, table), ids(21))
		if used := must(table.list()).checkpoints; used[20] != nil {
			t.Errorf("checkpoint %v is used", used[20])
		}
	})
	t.Run("which are all there", func(t *testing.T) {
		must(writeCheckpoint(part(2, 3), actions[5:11]))
		for _, name := range []string{part(1, 3), part(2, 3), part(3, 3)} {
			must(0, os.Chtimes(name, noon.Add(20*time.Hour), noon.Add(20*time.Hour)))
		}
		cleanLog(t, table, 20)
		wantContent(t, snapshot(t, table), ids(21))
		if at := must(table.SnapshotAt(ctx, 20)).Timestamp; !at.Equal(noon.Add(20 * time.Hour)) {
			t.Errorf("the version of the checkpoint is of %s", at)
		}
	})
	t.Run("of which one is corrupt", func(t *testing.T) {
		must(0, os.WriteFile(part(2, 3), []byte("PAR1 nonsense"), 0o644))
		_, err := table.Snapshot(ctx)
		wantError(t, err, "corrupt checkpoint", filepath.Base(part(2, 3)))
	})
}
