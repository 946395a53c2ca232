package sample

import (
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features"
)

// BatchRows is the number of rows after which a batch ends; the customer it ends with brings at
// most three more.
const BatchRows = 32 * 1024

// table appends the rows that one customer has for one month.
type table func(w *rows, d *draws, c customer, m month)

// reader walks over months and, within a month, over customers.
type reader struct {
	refs   atomic.Int64
	people population
	append table
	draws  *draws
	rows   *rows

	month  month
	index  int // of the next customer in month
	record arrow.Record
}

// newReader reads a table from a month to the last one.
func newReader(seed uint64, src features.Source, p population, t table, from month) (*reader, error) {
	schema, err := src.Columns.Arrow()
	if err != nil {
		return nil, err
	}
	r := &reader{
		people: p, append: t, draws: newDraws(seed), month: from,
		rows: &rows{builder: array.NewRecordBuilder(memory.DefaultAllocator, schema)},
	}
	r.refs.Store(1)
	return r, nil
}

// Retain and Release count the holders of the reader, as in package array.
func (r *reader) Retain() { r.refs.Add(1) }

func (r *reader) Release() {
	if r.refs.Add(-1) > 0 {
		return
	}
	r.drop()
	r.rows.builder.Release()
}

func (r *reader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func (r *reader) Schema() *arrow.Schema { return r.rows.builder.Schema() }
func (r *reader) Record() arrow.Record  { return r.record }
func (r *reader) Err() error            { return nil }

func (r *reader) Next() bool {
	r.drop()
	r.rows.builder.Reserve(BatchRows)
	for r.month <= r.people.to && r.rows.n < BatchRows {
		if r.index == r.people.size() {
			r.month, r.index = r.month+1, 0
			continue
		}
		if c := r.people.customer(r.draws, r.index); c.since <= r.month {
			r.append(r.rows, r.draws, c, r.month)
		}
		r.index++
	}
	if r.rows.n == 0 {
		return false
	}
	r.record = r.rows.batch()
	return true
}

// rows collects a batch: a table appends the cells of a row in the order of its columns.
type rows struct {
	builder *array.RecordBuilder
	column  int  // of the next cell
	n       int  // whole rows
	absent  bool // the next cell is null
}

// batch returns the rows collected so far and starts anew.
func (w *rows) batch() arrow.Record {
	w.n = 0
	return w.builder.NewRecord()
}

// next returns the builder of the next cell, or nil where that cell is null and done.
func (w *rows) next() array.Builder {
	b := w.builder.Field(w.column)
	if w.column++; w.column == len(w.builder.Fields()) {
		w.column = 0
		w.n++
	}
	if w.absent {
		w.absent = false
		b.AppendNull()
		return nil
	}
	return b
}

// unless makes the next cell null when missing is true.
func (w *rows) unless(missing bool) *rows {
	w.absent = missing
	return w
}

func (w *rows) text(v string) {
	if b := w.next(); b != nil {
		b.(*array.StringBuilder).Append(v)
	}
}

func (w *rows) double(v float64) {
	if b := w.next(); b != nil {
		b.(*array.Float64Builder).Append(v)
	}
}

func (w *rows) bigint(v int64) {
	if b := w.next(); b != nil {
		b.(*array.Int64Builder).Append(v)
	}
}

func (w *rows) int(v int) {
	if b := w.next(); b != nil {
		b.(*array.Int32Builder).Append(int32(v))
	}
}

func (w *rows) boolean(v bool) {
	if b := w.next(); b != nil {
		b.(*array.BooleanBuilder).Append(v)
	}
}

func (w *rows) date(v arrow.Date32) {
	if b := w.next(); b != nil {
		b.(*array.Date32Builder).Append(v)
	}
}

func (w *rows) timestamp(v time.Time) {
	if b := w.next(); b != nil {
		b.(*array.TimestampBuilder).Append(arrow.Timestamp(v.UnixMicro()))
	}
}
