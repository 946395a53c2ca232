package pages

import (
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet/metadata"
)

// ColumnsWriter writes one file column after column, where [Writer] goes row after row: for a table that is never in
// memory as a whole, but a column at a time. The chunks of a column lie side by side in the file, and readers find
// each by the footer.
type ColumnsWriter struct {
	writer  *Writer
	schema  *arrow.Schema
	rows    []int // of each row group
	groups  []*metadata.RowGroupMetaDataBuilder
	sizes   []int64 // of each, before compression
	written int     // columns
	presses sync.Pool
}

// NewColumnsWriter begins a file whose row groups have so many rows each.
func NewColumnsWriter(out io.Writer, s *arrow.Schema, createdBy string, rows []int) (*ColumnsWriter, error) {
	writer, err := NewWriter(out, s, createdBy)
	if err != nil {
		return nil, err
	}
	w := &ColumnsWriter{
		writer: writer, schema: s, rows: rows, sizes: make([]int64, len(rows)),
		presses: sync.Pool{New: func() any { return &press{} }},
	}
	for _, n := range rows {
		g := writer.footer.AppendRowGroup()
		g.SetNumRows(n)
		w.groups = append(w.groups, g)
	}
	return w, nil
}

// Encoded is a column, encoded and compressed.
type Encoded struct {
	column int
	chunks []chunk
	press  *press // has the pages
}

// Encode makes the pages of column i, of at most pageRows rows each. values gives the rows from lo up to hi of a row
// group, and is done with them when it is called again; see is told of each page. Encode may be called from several
// goroutines at once.
func (w *ColumnsWriter) Encode(i, pageRows int, values func(group, lo, hi int) arrow.Array, see func(group int, page Seen)) (*Encoded, error) {
	out := &Encoded{column: i, press: w.presses.Get().(*press)}
	out.press.arena.reset()
	kind := w.schema.Field(i)
	e, err := newEncoder(kind.Type, w.writer.columns[i].width, &out.press.scratch)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", kind.Name, err)
	}
	for group, rows := range w.rows {
		e.reset(false)
		var c chunk
		for lo := 0; lo < rows; lo += pageRows {
			if c.pages, err = out.press.appendPages(c.pages, e, values(group, lo, min(lo+pageRows, rows)), func(p Seen) { see(group, p) }); err != nil {
				return nil, fmt.Errorf("column %s: %w", kind.Name, err)
			}
		}
		plain, entries := e.dictionary()
		c.close(out.press, plain, entries)
		out.chunks = append(out.chunks, c)
	}
	return out, nil
}

// Append writes the next column, with its statistics in each row group.
func (w *ColumnsWriter) Append(e *Encoded, stats []metadata.EncodedStatistics) error {
	if e.column != w.written {
		return fmt.Errorf("column %d comes after %d columns", e.column, w.written)
	}
	w.written++
	for group, c := range e.chunks {
		builder := w.groups[group].NextColumnChunk()
		builder.SetStats(stats[group])
		size, err := w.writer.writeChunk(builder, c)
		if err != nil {
			return err
		}
		w.sizes[group] += size
	}
	w.presses.Put(e.press)
	return w.writer.out.err
}

// Size is the number of bytes written so far.
func (w *ColumnsWriter) Size() int64 { return w.writer.Size() }

// Close writes the footer. All columns must have been appended.
func (w *ColumnsWriter) Close() error {
	for i, g := range w.groups {
		if err := g.Finish(w.sizes[i], int16(i)); err != nil {
			return err
		}
	}
	return w.writer.Close()
}
