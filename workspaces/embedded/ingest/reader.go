package ingest

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features"
	"featops/features/schema"
)

// batchRows is the number of rows after which a batch ends, at the next row of the file.
const batchRows = 32 * 1024

// reader makes batches of the table out of the rows of a file.
type reader struct {
	refs     atomic.Int64
	ctx      context.Context
	in       rows
	file     string
	names    []string // of the columns of in
	decimal  byte
	perRow   int
	columns  []column
	target   features.Source
	builder  *array.RecordBuilder
	progress func(rows, bytesRead, bytesTotal int64)
	size     int64

	given  int64
	done   bool
	record arrow.Record
	err    error
}

func newReader(ctx context.Context, in rows, file string, m Mapping, columns []column, target features.Source,
	to *arrow.Schema, progress func(rows, bytesRead, bytesTotal int64)) *reader {
	r := &reader{
		ctx: ctx, in: in, file: file, names: m.fileColumns(), decimal: m.format.decimal, perRow: m.perRow(),
		columns: columns, target: target, progress: progress,
		builder: array.NewRecordBuilder(memory.DefaultAllocator, to),
	}
	if info, err := os.Stat(file); err == nil {
		r.size = info.Size()
	}
	r.refs.Store(1)
	return r
}

// Retain and Release count the holders of the reader, as in package array.
func (r *reader) Retain() { r.refs.Add(1) }

func (r *reader) Release() {
	if r.refs.Add(-1) > 0 {
		return
	}
	r.drop()
	r.builder.Release()
	// The file was only read: closing it cannot lose anything.
	_ = r.in.close()
}

func (r *reader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *reader) Schema() *arrow.Schema { return r.builder.Schema() }
func (r *reader) Record() arrow.Record  { return r.record }
func (r *reader) Err() error            { return r.err }

func (r *reader) Next() bool {
	r.drop()
	if r.done {
		return false
	}
	n, err := r.fill()
	r.given += int64(n)
	if err == io.EOF && r.given == 0 {
		err = ErrEmpty
	}
	if err != nil {
		r.done = true
		if err != io.EOF {
			r.err = fmt.Errorf("ingest %s from %s: %w", r.target.Name, r.file, err)
			return false
		}
	}
	if r.progress != nil {
		r.progress(r.given, r.in.bytes(), r.size)
	}
	if n == 0 {
		return false
	}
	r.record = r.builder.NewRecord()
	return true
}

// fill appends rows to the builder until there are enough for a batch, and counts them. The error
// is io.EOF after the last.
func (r *reader) fill() (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n := 0
	for ; n < batchRows; n += r.perRow {
		if err := r.in.next(); err != nil {
			return n, err
		}
		for month := range r.perRow {
			for i := range r.columns {
				if err := r.append(i, month); err != nil {
					return n, err
				}
			}
		}
	}
	return n, nil
}

// append makes one cell of the table.
func (r *reader) append(i, month int) error {
	to := &r.columns[i]
	b := r.builder.Field(i)
	if to.from == nil {
		appendCell(b, to.fixed[month])
		return nil
	}
	from := r.in.cell(to.from[month])
	c, err := to.convert(from, r.decimal)
	if err != nil {
		return &CellError{
			Place: r.in.place(), Column: r.names[to.from[month]], Value: from.String(),
			Target: schema.Column{Name: to.target.Name, Type: to.target.Type}, Err: err,
		}
	}
	appendCell(b, c)
	return nil
}

// convert applies the steps and fits the result to the column.
func (c *column) convert(v cell, decimal byte) (cell, error) {
	for _, s := range c.steps {
		if v.kind == null {
			return v, nil
		}
		var err error
		if v, err = s.apply(v, decimal); err != nil {
			return cell{}, err
		}
	}
	return v.fit(c.target.Type, decimal)
}

// appendCell appends a cell that fits the column.
func appendCell(b array.Builder, c cell) {
	if c.kind == null {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(c.i == 1)
	case *array.Int32Builder:
		b.Append(int32(c.i))
	case *array.Int64Builder:
		b.Append(c.i)
	case *array.Float64Builder:
		b.Append(c.f)
	case *array.StringBuilder:
		b.Append(c.s)
	case *array.Date32Builder:
		b.Append(arrow.Date32(c.i / microsPerDay))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(c.i))
	}
}
