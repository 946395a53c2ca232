package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/workspaces/delta/pages"
)

// open opens a data file of the snapshot.
func (s *Snapshot) open(f File) (*dataFile, error) {
	d, err := openDataFile(filepath.Join(s.path, f.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s version %d: data file is missing (vacuumed?): %w", s.path, s.Version, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s version %d: %w", s.path, s.Version, err)
	}
	return d, nil
}

// refreshFiles gives files of the snapshot that come back the time of now, so that no vacuum takes them for
// long forgotten before the commit names them. Those that are missing stay so.
func (s *Snapshot) refreshFiles(files []File, now time.Time) error {
	for _, f := range files {
		if err := os.Chtimes(filepath.Join(s.path, f.Path), now, now); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// checkFiles reports all data files that are missing, in one error.
func (s *Snapshot) checkFiles() error {
	var missing []string
	for _, f := range s.Files {
		if _, err := os.Stat(filepath.Join(s.path, f.Path)); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, f.Path)
		} else if err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%d of %d data files are missing (vacuumed?): %s", len(missing), len(s.Files), strings.Join(missing, ", "))
	}
	return nil
}

// Rows returns the number of rows, by the statistics of the files or, where a file has none, by its
// Parquet footer.
func (s *Snapshot) Rows() (int64, error) {
	total := int64(0)
	for _, f := range s.Files {
		n, err := s.fileRows(f)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func (s *Snapshot) fileRows(f File) (int64, error) {
	if f.Stats != nil {
		return f.Stats.NumRecords, nil
	}
	d, err := s.open(f)
	if err != nil {
		return 0, err
	}
	return d.rows(), d.close()
}

// NonNull returns the number of values that are not null in each of the columns, by the names
// given; nil means all columns. It is taken from statistics where there are some, else counted.
func (s *Snapshot) NonNull(ctx context.Context, columns []string) (map[string]int64, error) {
	schema, err := s.project(columns)
	if err != nil {
		return nil, err
	}
	if columns == nil {
		for _, f := range schema.Fields() {
			columns = append(columns, f.Name)
		}
	}
	counts := make(map[string]int64, len(columns))
	for _, f := range s.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := s.fileRows(f)
		if err != nil {
			return nil, err
		}
		for i, name := range columns {
			nulls, ok := f.Stats.nulls(schema.Field(i).Name)
			if !ok {
				if nulls, err = s.countNulls(ctx, f, schema.Field(i)); err != nil {
					return nil, err
				}
			}
			counts[name] += rows - nulls
		}
	}
	return counts, nil
}

// countNulls counts the nulls of a column in a file whose statistics do not tell.
func (s *Snapshot) countNulls(ctx context.Context, f File, field arrow.Field) (int64, error) {
	d, err := s.open(f)
	if err != nil {
		return 0, err
	}
	defer d.close()
	c := d.column(field.Name)
	if c < 0 {
		return d.rows(), nil
	}
	n, ok, err := d.nulls(c)
	if ok || err != nil {
		return n, err
	}
	pass, err := d.scan(ctx, arrow.NewSchema([]arrow.Field{field}, nil))
	if err != nil {
		return 0, err
	}
	defer pass.release()
	for {
		record, err := pass.next(ctx)
		if record == nil || err != nil {
			return n, err
		}
		n += int64(record.Column(0).NullN())
		record.Release()
	}
}

// project returns the schema of some columns, all of them for nil, in the order given and with the
// table's spelling of their names.
func (s *Snapshot) project(columns []string) (*arrow.Schema, error) {
	out, err := project(s.Metadata.Schema, columns)
	if err != nil {
		return nil, fmt.Errorf("read %s version %d: %w", s.path, s.Version, err)
	}
	return out, nil
}

func project(schema *arrow.Schema, columns []string) (*arrow.Schema, error) {
	if columns == nil {
		return schema, nil
	}
	fields := make([]arrow.Field, len(columns))
	for i, name := range columns {
		j := fieldIndex(schema, name)
		if j < 0 {
			return nil, fmt.Errorf("no column %s", name)
		}
		fields[i] = schema.Field(j)
	}
	return arrow.NewSchema(fields, nil), nil
}

// Read returns the rows of some columns, all of them for nil, in the order given; names compare
// without regard to case. Rows come in the order of the files and, within a file, in its order.
// The records have the snapshot's schema whatever the files hold: columns that a file does not
// have are null, narrower types are widened. The caller releases the reader.
func (s *Snapshot) Read(ctx context.Context, columns []string) (array.RecordReader, error) {
	schema, err := s.project(columns)
	if err != nil {
		return nil, err
	}
	return s.read(ctx, schema), nil
}

// ReadIndexed is [Snapshot.Read] with [pages.Texts] in place of texts.
func (s *Snapshot) ReadIndexed(ctx context.Context, columns []string) (array.RecordReader, error) {
	schema, err := s.project(columns)
	if err != nil {
		return nil, err
	}
	fields := schema.Fields()
	for i, f := range fields {
		if f.Type.ID() == arrow.STRING {
			fields[i].Type = pages.Texts
		}
	}
	return s.read(ctx, arrow.NewSchema(fields, nil)), nil
}

func (s *Snapshot) read(ctx context.Context, schema *arrow.Schema) array.RecordReader {
	r := &reader{ctx: ctx, snapshot: s, schema: schema, files: s.Files}
	r.references.Store(1)
	return r
}

// reader implements [array.RecordReader] over the files of a snapshot.
type reader struct {
	references atomic.Int64
	ctx        context.Context // of the call to Read: the interface has no place for one per record
	snapshot   *Snapshot
	schema     *arrow.Schema
	files      []File // not opened yet
	file       *dataFile
	pass       *scan
	record     arrow.Record
	err        error
}

func (r *reader) Retain()               { r.references.Add(1) }
func (r *reader) Schema() *arrow.Schema { return r.schema }
func (r *reader) Record() arrow.Record  { return r.record }
func (r *reader) Err() error            { return r.err }

func (r *reader) Release() {
	if r.references.Add(-1) == 0 {
		r.drop()
		r.closeFile()
	}
}

func (r *reader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *reader) closeFile() {
	if r.pass != nil {
		r.pass.release()
		r.pass = nil
	}
	if r.file != nil {
		if err := r.file.close(); r.err == nil {
			r.err = err
		}
		r.file = nil
	}
}

// Next implements [array.RecordReader].
func (r *reader) Next() bool {
	r.drop()
	for r.err == nil {
		if r.pass == nil {
			if len(r.files) == 0 {
				return false
			}
			if r.file, r.err = r.snapshot.open(r.files[0]); r.err != nil {
				return false
			}
			r.files = r.files[1:]
			if r.pass, r.err = r.file.scan(r.ctx, r.schema); r.err != nil {
				r.pass = nil
				return false
			}
		}
		if r.record, r.err = r.pass.next(r.ctx); r.record != nil {
			return true
		}
		if r.err == nil {
			r.closeFile()
		}
	}
	return false
}
