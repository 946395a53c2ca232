package warehouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/compute"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features/schema"
)

// decode reads the records of an Arrow stream that has a number of rows. A stream may be cut where a record ends, so that only
// its rows tell whether it is whole.
func decode(stream []byte, rows int64) (out []arrow.Record, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("no Arrow stream: %v", p)
		}
		if err != nil {
			release(out)
			out = nil
		}
	}()
	reader, err := ipc.NewReaderFromMessageReader(&messages{rest: stream}, ipc.WithAllocator(&bounded{Allocator: memory.DefaultAllocator, left: mostMemory(len(stream))}))
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	found := int64(0)
	for reader.Next() {
		record := reader.Record()
		record.Retain()
		out = append(out, record)
		found += record.NumRows()
	}
	if err := reader.Err(); err != nil {
		return out, err
	}
	if found != rows {
		return out, fmt.Errorf("it has %d rows of %d", found, rows)
	}
	return out, nil
}

// mostMemory is how many bytes the records of a stream may need: as many as it has, or several times as many when it is compressed. A
// broken one can say that it needs any number.
func mostMemory(stream int) int { return 8*stream + 1<<20 }

// bounded is an allocator that panics when it has given away too much.
type bounded struct {
	memory.Allocator
	left int
}

func (b *bounded) take(size int) {
	if size < 0 || size > b.left {
		panic(errors.New("it says that it is longer than it is"))
	}
	b.left -= size
}

func (b *bounded) Allocate(size int) []byte {
	b.take(size)
	return b.Allocator.Allocate(size)
}

func (b *bounded) Reallocate(size int, now []byte) []byte {
	b.take(size)
	return b.Allocator.Reallocate(size, now)
}

// typed is a record with the columns that are wanted, which the warehouse may have stored in another of the forms that Arrow has
// for a type.
func (r *rows) typed(stored arrow.Record) (arrow.Record, error) {
	if int(stored.NumCols()) != len(r.wanted) {
		return nil, fmt.Errorf("the result has %d columns, and not %d", stored.NumCols(), len(r.wanted))
	}
	columns := make([]arrow.Array, 0, len(r.wanted))
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, w := range r.wanted {
		name, kind := stored.ColumnName(i), stored.Column(i).DataType()
		if found, err := schema.FromArrow(kind); !strings.EqualFold(name, w.Name) || err != nil || found != w.Type {
			return nil, fmt.Errorf("column %d of the result is %s %s, and not %s %s", i+1, name, kind, w.Name, w.Type)
		}
		column, err := as(r.ctx, stored.Column(i), r.columns.Field(i).Type)
		if err != nil {
			return nil, fmt.Errorf("column %s of the result: %w", w.Name, err)
		}
		columns = append(columns, column)
	}
	return array.NewRecord(r.columns, columns, stored.NumRows()), nil
}

// as is a column in another form of its type. Times that are in microseconds already are so in UTC, whatever time zone they are to be
// shown in.
func as(ctx context.Context, column arrow.Array, kind arrow.DataType) (arrow.Array, error) {
	times, ok := column.DataType().(*arrow.TimestampType)
	if !ok {
		return compute.CastArray(ctx, column, compute.SafeCastOptions(kind))
	}
	if times.Unit != arrow.Microsecond {
		return nil, fmt.Errorf("it has times in %s, and not in %s", times.Unit, arrow.Microsecond)
	}
	had := column.Data()
	data := array.NewData(kind, had.Len(), had.Buffers(), nil, column.NullN(), had.Offset())
	defer data.Release()
	return array.MakeFromData(data), nil
}
