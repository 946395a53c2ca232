package columnar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// part is sorted rows on disk: an Arrow file of batches. Its columns are the customer, the release month, and for each
// stored field the values and, if any is null, the mask.
type part struct {
	file   *os.File
	reader *ipc.FileReader
	stored []bool  // by field
	masked []bool  // the same
	firsts []int64 // the first customer of each batch
	rows   int
	batch  int // rows of each batch but the last
	size   int64
}

// writePart puts sorted rows on disk, in a directory that is made if need be.
func writePart(ctx context.Context, dir string, s *store, batch int) (_ *part, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "sorted-*.arrow")
	if err != nil {
		return nil, err
	}
	out := &part{file: f, rows: s.rows, batch: batch}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.remove())
		}
	}()
	columns := out.columnsOf(s)
	schema := arrow.NewSchema(columns.fields, nil)
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema))
	if err != nil {
		return nil, err
	}
	for lo := 0; lo < s.rows; lo += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hi := min(lo+batch, s.rows)
		out.firsts = append(out.firsts, s.customerAt(lo))
		arrays := make([]arrow.Array, len(columns.batch))
		for i, batch := range columns.batch {
			arrays[i] = batch(lo, hi)
		}
		if err := w.Write(array.NewRecord(schema, arrays, int64(hi-lo))); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if out.size, err = f.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	out.reader, err = ipc.NewFileReader(f)
	return out, err
}

// remove drops the file.
func (p *part) remove() error {
	_ = p.file.Close() // nobody reads it again
	if err := os.Remove(p.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// columnsOf makes the columns of a part that is written.
func (p *part) columnsOf(s *store) *partColumns {
	out := &partColumns{order: s.order}
	addColumn(out, arrow.PrimitiveTypes.Int64, s.customer)
	addColumn(out, arrow.PrimitiveTypes.Int32, s.release)
	p.stored, p.masked = make([]bool, len(s.columns)), make([]bool, len(s.columns))
	for i, c := range s.columns {
		p.stored[i] = c != nil
		switch c := c.(type) {
		case *stored[int64]:
			p.masked[i] = addStored(out, arrow.PrimitiveTypes.Int64, c)
		case *stored[float64]:
			p.masked[i] = addStored(out, arrow.PrimitiveTypes.Float64, c)
		case *stored[int32]:
			p.masked[i] = addStored(out, arrow.PrimitiveTypes.Int32, c)
		case *stored[uint8]:
			p.masked[i] = addStored(out, arrow.PrimitiveTypes.Uint8, c)
		}
	}
	return out
}

type partColumns struct {
	order  []uint32
	fields []arrow.Field
	batch  []func(lo, hi int) arrow.Array // the values of these rows in order; they are valid until the next call
}

// addStored adds values and, if any is null, their mask, which is a column of its own.
func addStored[T scalar](to *partColumns, kind arrow.DataType, c *stored[T]) (masked bool) {
	addColumn(to, kind, c.v)
	if c.ok != nil {
		addColumn(to, arrow.PrimitiveTypes.Uint8, c.ok)
	}
	return c.ok != nil
}

func addColumn[S ~[]T, T scalar](to *partColumns, kind arrow.DataType, pieces []S) {
	to.fields = append(to.fields, arrow.Field{Name: strconv.Itoa(len(to.fields)), Type: kind})
	var room []T
	to.batch = append(to.batch, func(lo, hi int) arrow.Array {
		room = resized(room, hi-lo)
		rowsAt(room, pieces, to.order[lo:hi])
		data := array.NewData(kind, len(room), []*memory.Buffer{nil, memory.NewBufferBytes(arrow.GetBytes(room))}, nil, 0, 0)
		return array.MakeFromData(data)
	})
}

// between reads the rows of a range of customers, in their order.
func (p *part) between(ctx context.Context, first, last int64) (out []*piece, err error) {
	defer recovered(&err)
	lo := max(0, sort.Search(len(p.firsts), func(i int) bool { return p.firsts[i] >= first })-1)
	hi := sort.Search(len(p.firsts), func(i int) bool { return p.firsts[i] > last })
	for i := lo; i < hi; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		batch, err := p.reader.RecordAt(i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.file.Name(), err)
		}
		customers := valuesOf[int64](batch.Column(0))
		from := sort.Search(len(customers), func(i int) bool { return customers[i] >= first })
		to := sort.Search(len(customers), func(i int) bool { return customers[i] > last })
		if from < to {
			out = append(out, p.rowsOf(batch, from, to))
		}
	}
	return out, nil
}

// rowsOf are rows of a batch, in its memory.
func (p *part) rowsOf(batch arrow.Record, from, to int) *piece {
	s := &piece{
		rows:     to - from,
		customer: valuesOf[int64](batch.Column(0))[from:to],
		release:  valuesOf[int32](batch.Column(1))[from:to],
		columns:  make([]any, len(p.masked)),
	}
	at := 2
	for i, stored := range p.stored {
		if !stored {
			continue
		}
		values := batch.Column(at)
		at++
		var ok mask
		if p.masked[i] {
			ok = valuesOf[uint8](batch.Column(at))[from:to]
			at++
		}
		switch values.DataType().ID() {
		case arrow.INT64:
			s.columns[i] = &vector[int64]{v: valuesOf[int64](values)[from:to], ok: ok}
		case arrow.FLOAT64:
			s.columns[i] = &vector[float64]{v: valuesOf[float64](values)[from:to], ok: ok}
		case arrow.INT32:
			s.columns[i] = &vector[int32]{v: valuesOf[int32](values)[from:to], ok: ok}
		case arrow.UINT8:
			s.columns[i] = &vector[uint8]{v: valuesOf[uint8](values)[from:to], ok: ok}
		}
	}
	return s
}

func valuesOf[T scalar](a arrow.Array) []T {
	return arrow.GetData[T](a.Data().Buffers()[1].Bytes())[:a.Len()]
}
