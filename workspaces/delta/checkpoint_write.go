package delta

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"github.com/google/uuid"
)

// lastCheckpointFile names the newest checkpoint for readers that do not want to list the log.
const lastCheckpointFile = "_last_checkpoint"

// lastCheckpoint is the content of that file (section Last Checkpoint File).
type lastCheckpoint struct {
	Version       int64 `json:"version"`
	Size          int   `json:"size"` // actions
	SizeInBytes   int64 `json:"sizeInBytes"`
	NumOfAddFiles int   `json:"numOfAddFiles"`
}

// checkpointWhenDue writes the checkpoint of a version that was just committed, if it is the turn of
// one under the table's properties, and drops commits that have expired. A table does not need it: it only
// spares readers the commits before it.
func (t *Table) checkpointWhenDue(ctx context.Context, c Commit, configuration map[string]string) error {
	every, err := checkpointEvery(configuration)
	if err == nil && (c.Version == 0 || c.Version%every != 0) {
		return nil
	}
	if err == nil {
		err = t.checkpoint(ctx, c, configuration)
	}
	if err != nil {
		return fmt.Errorf("checkpoint of %s at version %d: %w", t.path, c.Version, err)
	}
	return nil
}

func (t *Table) checkpoint(ctx context.Context, c Commit, configuration map[string]string) error {
	keep, err := retention(configuration)
	if err != nil {
		return err
	}
	log, err := t.list()
	if err != nil {
		return err
	}
	state, err := t.replay(ctx, log, c.Version)
	if err != nil {
		return err
	}
	actions := state.actions(c.Timestamp.Add(-keep))
	temporary := t.temporaryLogFile()
	defer os.Remove(temporary)
	size, err := writeCheckpoint(temporary, actions)
	if err != nil {
		return err
	}
	// It stands for its commit when that has been cleaned away, so it has its time.
	if err := os.Chtimes(temporary, c.Timestamp, c.Timestamp); err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(t.logDir(), checkpointFile(c.Version))); err != nil {
		return err
	}
	// The pointer must not become durable before what it points to.
	if err := SyncDir(t.logDir()); err != nil {
		return err
	}
	last := lastCheckpoint{Version: c.Version, Size: len(actions), SizeInBytes: size, NumOfAddFiles: len(state.place)}
	if err := t.pointTo(last); err != nil {
		return err
	}
	if err := errors.Join(t.dropLeftovers(c.Timestamp), t.cleanLog(ctx, c.Timestamp, configuration), t.dropSketches(ctx, c.Timestamp)); err != nil {
		return fmt.Errorf("clean up the log: %w", err)
	}
	return nil
}

// pointTo replaces _last_checkpoint in one step.
func (t *Table) pointTo(l lastCheckpoint) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	temporary := t.temporaryLogFile()
	defer os.Remove(temporary)
	if err := writeDurably(temporary, text); err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(t.logDir(), lastCheckpointFile)); err != nil {
		return err
	}
	return SyncDir(t.logDir())
}

// temporaryLogFile returns a new name in the log directory that no reader looks at.
func (t *Table) temporaryLogFile() string {
	return filepath.Join(t.logDir(), "."+uuid.NewString()+".tmp")
}

// writeCheckpoint writes the actions to a Parquet file, makes it durable and returns its size.
func writeCheckpoint(path string, actions []action) (size int64, err error) {
	defer recoverParquet(&err)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sink := &stickySink{out: bufio.NewWriter(f)}
	properties := parquet.NewWriterProperties(
		parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithCreatedBy(engineInfo),
		parquet.WithRootName("spark_schema"),
		parquet.WithRootRepetition(parquet.Repetitions.Required),
	)
	w, err := pqarrow.NewFileWriter(checkpointSchema, sink, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithAllocator(memory.DefaultAllocator)))
	if err != nil {
		return 0, err
	}
	rows := checkpointRecord(actions)
	defer rows.Release()
	if err := errors.Join(w.Write(rows), w.Close(), sink.err); err != nil {
		return 0, err
	}
	return sink.n, errors.Join(sink.out.Flush(), f.Sync())
}
