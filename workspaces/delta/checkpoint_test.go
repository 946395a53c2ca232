package delta

import (
	"context"
	"os"
	"path/filepath"
	"testing"

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
	for name, file := range map[string]string{
		"in several parts": "00000000000000000002.checkpoint.0000000001.0000000002.parquet",
		"version 2":        "00000000000000000002.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json",
	} {
		t.Run(name, func(t *testing.T) {
			table := foreign(t, "", "", "", `{}`)
			if err := os.WriteFile(filepath.Join(table.logDir(), file), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := table.Snapshot(context.Background())
			wantError(t, err, file, "of a kind that cannot be read")
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
