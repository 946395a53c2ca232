package delta

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"featops/workspaces/delta/pages"
)

// ColumnSource has the values of one column of a table that is being written.
type ColumnSource interface {
	// Slice returns the rows from lo up to hi. The caller releases it.
	Slice(lo, hi int) arrow.Array
}

// ColumnsFiles are new Parquet files that are written column after column, where [WriteFiles] goes row after row: a table
// of any width passes through memory a column at a time. Like those of WriteFiles, they belong to no table until a
// commit adopts them.
type ColumnsFiles struct {
	dir    string
	schema *arrow.Schema
	parts  []*columnsFile
}

// columnsFile is one of the files.
type columnsFile struct {
	f        *os.File
	out      *bufio.Writer
	parquet  *pages.ColumnsWriter
	from, to int
	groups   []int // rows of each row group
	stats    []columnStats
}

// NewColumnsFiles begins files of at most fileRows rows each in a directory, which is made if need be; 0 means one file.
// There is at least one row.
func NewColumnsFiles(dir string, schema *arrow.Schema, rows, fileRows int) (_ *ColumnsFiles, err error) {
	if schema, err = canonical(schema); err != nil {
		return nil, fmt.Errorf("write files in %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	w := &ColumnsFiles{dir: dir, schema: schema}
	if fileRows <= 0 {
		fileRows = rows
	}
	for from := 0; from < rows; from += fileRows {
		part, err := newColumnsFile(dir, len(w.parts), schema, from, min(from+fileRows, rows))
		if err != nil {
			w.Abandon()
			return nil, fmt.Errorf("write files in %s: %w", dir, err)
		}
		w.parts = append(w.parts, part)
	}
	return w, nil
}

func newColumnsFile(dir string, part int, schema *arrow.Schema, from, to int) (*columnsFile, error) {
	name := fmt.Sprintf("part-%05d-%s-c000.snappy.parquet", part, uuid.New())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	w := &columnsFile{f: f, out: bufio.NewWriterSize(f, 1<<18), from: from, to: to, stats: make([]columnStats, schema.NumFields())}
	for rows := to - from; rows > 0; rows -= rowGroupRows {
		w.groups = append(w.groups, min(rows, rowGroupRows))
	}
	if w.parquet, err = pages.NewColumnsWriter(w.out, schema, "featops", w.groups); err != nil {
		w.abandon()
		return nil, err
	}
	return w, nil
}

// Write writes all columns. get makes each of them, several at a time but no more than workers; they are written in the
// order of the schema.
func (w *ColumnsFiles) Write(ctx context.Context, workers int, get func(ctx context.Context, column int) (ColumnSource, error)) error {
	g, during := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	turn := make(chan struct{}) // closed when the column before has been written
	close(turn)
	for i := range w.schema.NumFields() {
		mine, next := turn, make(chan struct{})
		turn = next
		if during.Err() != nil {
			break
		}
		g.Go(func() (err error) {
			defer recoverParquet(&err)
			values, err := get(during, i)
			if err != nil {
				return err
			}
			done, err := w.encode(i, values)
			if err != nil {
				return err
			}
			select {
			case <-mine:
			case <-during.Done():
				return context.Cause(during)
			}
			defer close(next)
			return w.append(i, done)
		})
	}
	return errors.Join(g.Wait(), ctx.Err())
}

// encodedColumn is a column of a file, ready to be written.
type encodedColumn struct {
	pages *pages.Encoded
	stats []columnStats // by row group
}

func (w *ColumnsFiles) encode(i int, values ColumnSource) ([]encodedColumn, error) {
	out := make([]encodedColumn, len(w.parts))
	for k, part := range w.parts {
		stats := make([]columnStats, len(part.groups))
		var before arrow.Array
		drop := func() {
			if before != nil {
				before.Release()
			}
		}
		encoded, err := part.parquet.Encode(i, pageRows, func(group, lo, hi int) arrow.Array {
			drop()
			from := part.from + group*rowGroupRows
			before = values.Slice(from+lo, from+hi)
			return before
		}, func(group int, p pages.Seen) { stats[group].update(p) })
		drop()
		if err != nil {
			return nil, err
		}
		out[k] = encodedColumn{encoded, stats}
	}
	return out, nil
}

func (w *ColumnsFiles) append(i int, columns []encodedColumn) error {
	kind := w.schema.Field(i).Type
	for k, part := range w.parts {
		stored := make([]metadata.EncodedStatistics, len(part.groups))
		for g := range stored {
			stored[g] = columns[k].stats[g].stored(kind)
			part.stats[i].merge(columns[k].stats[g], kind)
		}
		if err := part.parquet.Append(columns[k].pages, stored); err != nil {
			return err
		}
	}
	return nil
}

// Close completes the files and makes them durable. With an error there are none.
func (w *ColumnsFiles) Close() (files []DataFile, err error) {
	for _, part := range w.parts {
		f, err := part.close(w.schema)
		if err != nil {
			w.Abandon()
			return nil, fmt.Errorf("write files in %s: %w", w.dir, err)
		}
		files = append(files, f)
	}
	if err := SyncDir(w.dir); err != nil {
		w.Abandon()
		return nil, err
	}
	return files, nil
}

func (w *columnsFile) close(schema *arrow.Schema) (_ DataFile, err error) {
	defer recoverParquet(&err)
	if err := errors.Join(w.parquet.Close(), w.out.Flush(), w.f.Sync(), w.f.Close()); err != nil {
		return DataFile{}, err
	}
	rows := int64(w.to - w.from)
	return DataFile{Path: w.f.Name(), Size: w.parquet.Size(), Rows: rows, Schema: schema, Stats: gatherStats(schema, w.stats, rows)}, nil
}

// Abandon drops the files.
func (w *ColumnsFiles) Abandon() {
	for _, part := range w.parts {
		part.abandon()
	}
}

func (w *columnsFile) abandon() {
	_ = w.f.Close()
	_ = os.Remove(w.f.Name())
}
