package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/compute"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"featops/features/schema"
	"featops/workspaces/delta"
)

// CastError says that a value of new data does not fit the type that its column keeps in the table.
type CastError struct {
	Table, Column string
	Value         string
	Type          schema.Type // the table's
}

func (e *CastError) Error() string {
	return fmt.Sprintf("table %s: column %s: %q cannot become %s, which the table keeps", e.Table, e.Column, e.Value, e.Type)
}

// lossy reports whether values of one type cannot simply be taken over as another.
func lossy(from, to schema.Type) bool {
	return from != to && !schema.TypeChange{Expected: from, Found: to}.Lossless()
}

// foreign lists the columns of data whose types a merge cannot take over into a table.
func foreign(data, table schema.Schema) []string {
	var out []string
	for _, c := range data {
		if i := table.Index(c.Name); i >= 0 && lossy(c.Type, table[i].Type) {
			out = append(out, c.Name)
		}
	}
	return out
}

// castBatch is how many rows are read at a time.
const castBatch = 1 << 16

// rewrite writes some columns of the staged files to new ones, in other types. A value that does not
// fit its new type is a *CastError.
func (s *staged) rewrite(ctx context.Context, to schema.Schema) ([]delta.DataFile, error) {
	target, err := toArrow(to)
	if err != nil {
		return nil, err
	}
	var out []delta.DataFile
	for _, f := range s.files {
		files, err := s.rewriteFile(ctx, f, to, target)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

func (s *staged) rewriteFile(ctx context.Context, f delta.DataFile, to schema.Schema, target *arrow.Schema) (_ []delta.DataFile, err error) {
	stored, err := file.OpenParquetFile(f.Path, false)
	if err != nil {
		return nil, fmt.Errorf("read staged file %s: %w", f.Path, err)
	}
	defer func() { err = errors.Join(err, stored.Close()) }()
	opened, err := pqarrow.NewFileReader(stored, pqarrow.ArrowReadProperties{BatchSize: castBatch}, memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("read staged file %s: %w", f.Path, err)
	}
	var columns []int
	for _, c := range to {
		columns = append(columns, s.schema.Index(c.Name))
	}
	records, err := opened.GetRecordReader(ctx, columns, nil)
	if err != nil {
		return nil, fmt.Errorf("read staged file %s: %w", f.Path, err)
	}
	defer records.Release()
	cast := &castReader{RecordReader: records, ctx: ctx, table: s.request.Table.Name, to: to, target: target}
	defer cast.drop()
	return delta.WriteFiles(ctx, filepath.Join(s.dir, "cast"), cast, delta.WriteOptions{Sketched: true})
}

// castReader changes the types of columns, in a reader's records, to those of target.
type castReader struct {
	array.RecordReader
	ctx    context.Context // the interface has no place for one per record
	table  string
	to     schema.Schema
	target *arrow.Schema
	record arrow.Record
	err    error
}

func (r *castReader) Schema() *arrow.Schema { return r.target }
func (r *castReader) Record() arrow.Record  { return r.record }

// Err leaves out io.EOF, which Arrow's reader gives for the end of a file.
func (r *castReader) Err() error {
	if err := r.RecordReader.Err(); !errors.Is(err, io.EOF) {
		return errors.Join(r.err, err)
	}
	return r.err
}

func (r *castReader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *castReader) Next() bool {
	r.drop()
	if r.err != nil || !r.RecordReader.Next() {
		return false
	}
	from := r.RecordReader.Record()
	columns := make([]arrow.Array, 0, len(r.to))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, c := range r.to {
		a, err := r.cast(from.Column(from.Schema().FieldIndices(c.Name)[0]), c)
		if err != nil {
			r.err = err
			return false
		}
		columns = append(columns, a)
	}
	r.record = array.NewRecord(r.target, columns, from.NumRows())
	return true
}

// cast changes the type of one column. Arrow does not say which value it cannot cast, so that one
// is looked for.
func (r *castReader) cast(a arrow.Array, c schema.Column) (arrow.Array, error) {
	kind, err := c.Type.Arrow()
	if err != nil {
		return nil, err
	}
	out, err := compute.CastArray(r.ctx, a, compute.SafeCastOptions(kind))
	if err == nil {
		return out, nil
	}
	for i := range a.Len() {
		one := array.NewSlice(a, int64(i), int64(i+1))
		value, oneErr := compute.CastArray(r.ctx, one, compute.SafeCastOptions(kind))
		one.Release()
		if oneErr != nil {
			return nil, fmt.Errorf("%w: %w", &CastError{Table: r.table, Column: c.Name, Value: a.ValueStr(i), Type: c.Type}, err)
		}
		value.Release()
	}
	return nil, fmt.Errorf("table %s: column %s: %w", r.table, c.Name, err)
}
