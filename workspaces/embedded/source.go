package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/google/uuid"

	"featops/features"
	"featops/workspaces/delta"
)

// MissingSourceError says that a workspace does not have a source table.
type MissingSourceError struct {
	Workspace string
	Source    features.Source
}

func (e *MissingSourceError) Error() string {
	return fmt.Sprintf("source %s is not here in %s: make it with `featops sample`, or load it with `featops ingest %s FILE --mapping FILE`",
		e.Source.FullName(), e.Workspace, e.Source.Name)
}

func (w *Workspace) source(s features.Source) (*delta.Table, error) {
	if !plain(s.Database) || !plain(s.Name) {
		return nil, fmt.Errorf("source %q: allowed are names without path separators", s.FullName())
	}
	return delta.At(filepath.Join(w.options.Dir, s.Database, s.Name)), nil
}

// SourceExists reports whether a source table is here, readable or not.
func (w *Workspace) SourceExists(ctx context.Context, s features.Source) (bool, error) {
	t, err := w.source(s)
	if err != nil {
		return false, err
	}
	if _, err := t.Snapshot(ctx); errors.Is(err, delta.ErrNoTable) {
		return false, nil
	}
	return true, nil
}

// PutSource writes a source table, in place of the one that is here, if any, in one atomic commit. It returns
// the rows written and the new version. progress may be nil.
func (w *Workspace) PutSource(ctx context.Context, s features.Source, records array.RecordReader, progress func(rows int64)) (rows, version int64, err error) {
	if err := w.writable("write " + s.FullName()); err != nil {
		return 0, 0, err
	}
	t, err := w.source(s)
	if err != nil {
		return 0, 0, err
	}
	staging := filepath.Join(w.staging, uuid.NewString())
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	if progress == nil {
		progress = func(int64) {}
	}
	counted := &watchedReader{RecordReader: records, seen: func(r arrow.Record) {
		rows += r.NumRows()
		progress(rows)
	}}
	files, err := delta.WriteFiles(ctx, staging, counted, delta.WriteOptions{})
	if err != nil {
		return 0, 0, fmt.Errorf("write source %s in %s: %w", s.FullName(), w.options.Name, err)
	}
	opt := delta.CommitOptions{Time: w.now(), Parameters: w.author()}
	var c delta.Commit
	if _, err = t.Snapshot(ctx); errors.Is(err, delta.ErrNoTable) {
		c, err = t.Create(ctx, delta.Metadata{Schema: records.Schema()}, files, opt)
	} else if err == nil {
		c, err = t.Overwrite(ctx, records.Schema(), files, opt)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("write source %s in %s: %w", s.FullName(), w.options.Name, err)
	}
	w.noteCheckpoint(ctx, s.FullName(), c.CheckpointErr)
	w.log.InfoContext(ctx, "source written", "table", s.FullName(), "rows", rows, "version", c.Version)
	return rows, c.Version, nil
}

// watchedReader shows each record to seen as it is read.
type watchedReader struct {
	array.RecordReader
	seen func(arrow.Record)
}

func (r *watchedReader) Next() bool {
	if !r.RecordReader.Next() {
		return false
	}
	r.seen(r.Record())
	return true
}

// openSource returns a source table as it is now, checked for what t needs of it. All problems come in
// one error.
func (w *Workspace) openSource(ctx context.Context, t features.Table) (*delta.Snapshot, error) {
	table, err := w.source(t.Source)
	if err != nil {
		return nil, err
	}
	s, err := table.Snapshot(ctx)
	if errors.Is(err, delta.ErrNoTable) {
		return nil, &MissingSourceError{Workspace: w.options.Name, Source: t.Source}
	}
	if err != nil {
		return nil, fmt.Errorf("source %s in %s: %w", t.Source.FullName(), w.options.Name, err)
	}
	needed := t.Columns()
	actual := sourceColumns(s)
	var readable []string
	for _, c := range actual {
		if needed.Index(c.Name) >= 0 {
			readable = append(readable, c.Name)
		}
	}
	if err := t.Source.Check(needed, actual); err != nil {
		return nil, errors.Join(err, w.readThrough(ctx, t.Source, s, readable))
	}
	return s, nil
}

// readThrough reads columns of a source to the end, to find what else is wrong with it.
func (w *Workspace) readThrough(ctx context.Context, src features.Source, s *delta.Snapshot, columns []string) error {
	if len(columns) == 0 {
		return nil
	}
	r, err := s.Read(ctx, columns)
	if err != nil {
		return err
	}
	defer r.Release()
	for r.Next() {
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("source %s in %s: %w", src.FullName(), w.options.Name, err)
	}
	return nil
}
