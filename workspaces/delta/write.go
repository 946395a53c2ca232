package delta

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// defaultFileRows bounds what a merge rewrites for one changed row.
const defaultFileRows = 1 << 20

// WriteOptions says how [WriteFiles] writes. The zero value is a good choice.
type WriteOptions struct {
	// Schema is the columns and types of the files; nil means those of the records. Columns of the
	// records are found by name without regard to case and converted where that loses nothing;
	// a column that the records do not have is null.
	Schema *arrow.Schema
	// FileRows is the most rows in a file; 0 means about a million.
	FileRows int64
	// Sketched makes a sketch of each file, by which [Snapshot.Sketches] tells how values are spread.
	Sketched bool
}

// DataFile is a Parquet file that [WriteFiles] has written.
type DataFile struct {
	Path   string        // where it is until a commit adopts it
	Size   int64         // in bytes
	Rows   int64         // never 0
	Schema *arrow.Schema // the types that are stored
	Stats  Stats

	sketched bool // its sketch lies in sketchFile(Path)
}

// WriteFiles writes records to new Parquet files in the directory dir, in the order in which they
// come. The directory is made if need be. The files belong to no table until a commit adopts them; the
// directory must therefore be on the table's file system. They are durable when WriteFiles returns. No records, no files. When
// it fails it leaves no files behind.
//
// Timestamps are stored as microseconds in UTC, unsigned integers as the next wider signed ones,
// dictionary-encoded columns as their values. Errors name the column and its type.
func WriteFiles(ctx context.Context, dir string, records array.RecordReader, opt WriteOptions) (files []DataFile, err error) {
	w, err := newFilesWriter(dir, records.Schema(), opt)
	if err != nil {
		return nil, fmt.Errorf("write files in %s: %w", dir, err)
	}
	for records.Next() {
		if err = ctx.Err(); err == nil {
			err = w.write(ctx, records.Record())
		}
		if err != nil {
			break
		}
	}
	unread := records.Err()
	if files, err = w.close(errors.Join(err, unread)); unread != nil {
		return nil, unread // the records' own trouble, not that of the files
	}
	if err != nil {
		return nil, fmt.Errorf("write files in %s: %w", dir, err)
	}
	return files, nil
}

// filesWriter cuts a stream of records into files.
type filesWriter struct {
	dir      string
	schema   *arrow.Schema
	fileRows int64
	sketched bool
	open     *fileWriter // nil between files
	files    []DataFile
}

func newFilesWriter(dir string, schema *arrow.Schema, opt WriteOptions) (*filesWriter, error) {
	if opt.Schema != nil {
		schema = opt.Schema
	}
	if opt.FileRows <= 0 {
		opt.FileRows = defaultFileRows
	}
	schema, err := canonical(schema)
	if err != nil {
		return nil, err
	}
	if schema.NumFields() == 0 {
		return nil, errors.New("a table needs at least one column")
	}
	made := dir
	if opt.Sketched {
		made = filepath.Join(dir, sketchDir)
	}
	if err := os.MkdirAll(made, 0o755); err != nil {
		return nil, err
	}
	return &filesWriter{dir: dir, schema: schema, fileRows: opt.FileRows, sketched: opt.Sketched}, nil
}

func (w *filesWriter) write(ctx context.Context, record arrow.Record) error {
	record, err := conform(ctx, record, w.schema)
	if err != nil {
		return err
	}
	defer record.Release()
	for from := int64(0); from < record.NumRows(); {
		if w.open == nil {
			if w.open, err = newFileWriter(w.dir, len(w.files), w.schema, w.sketched); err != nil {
				return err
			}
		}
		to := min(record.NumRows(), from+w.fileRows-w.open.rows)
		part := record.NewSlice(from, to)
		err := w.open.write(part)
		part.Release()
		if err != nil {
			return err
		}
		if from = to; w.open.rows == w.fileRows {
			if err := w.finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *filesWriter) finish() error {
	f, err := w.open.close()
	if err != nil {
		return err
	}
	w.open = nil
	w.files = append(w.files, f)
	return nil
}

// close completes the last file and returns them all. With an error, its own or the one given, it
// removes them instead.
func (w *filesWriter) close(err error) ([]DataFile, error) {
	if w.open != nil && err == nil {
		err = w.finish()
	}
	if err == nil && len(w.files) > 0 {
		err = SyncDir(w.dir)
	}
	if err == nil && len(w.files) > 0 && w.sketched {
		err = SyncDir(filepath.Join(w.dir, sketchDir))
	}
	if err == nil {
		return w.files, nil
	}
	if w.open != nil {
		w.open.abandon()
	}
	removeFiles(w.files)
	return nil, err
}

// removeFiles drops files that no table has adopted. A file that stays is harmless.
func removeFiles(files []DataFile) {
	for _, f := range files {
		_ = os.Remove(f.Path)
		if f.sketched {
			_ = os.Remove(sketchFile(f.Path))
		}
	}
}
