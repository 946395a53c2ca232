package delta

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// columnReader reads one column of a file batch by batch.
type columnReader interface {
	// NextBatch returns up to n further values, which the caller releases.
	NextBatch(n int64) (*arrow.Chunked, error)
	Release()
}

// int96Reader reads timestamps of twelve bytes, the form in which Spark writes them unless it is told otherwise.
// Arrow makes nanoseconds since 1970 of them, which overflow before 1678 and after 2261.
type int96Reader struct {
	parquet *file.Reader
	column  int
	groups  []int // not begun yet
	chunk   *file.Int96ColumnChunkReader
}

func (r *int96Reader) NextBatch(n int64) (*arrow.Chunked, error) {
	b := array.NewTimestampBuilder(memory.DefaultAllocator, arrow.FixedWidthTypes.Timestamp_us.(*arrow.TimestampType))
	defer b.Release()
	values, levels := make([]parquet.Int96, n), make([]int16, n)
	for n > 0 {
		if r.chunk == nil || !r.chunk.HasNext() {
			if more, err := r.nextGroup(); err != nil || !more {
				if err != nil {
					return nil, err
				}
				break
			}
			continue
		}
		slots, _, err := r.chunk.ReadBatch(n, values, levels, nil)
		if err != nil {
			return nil, err
		}
		if slots == 0 {
			return nil, fmt.Errorf("a page without values")
		}
		full, value := r.chunk.Descriptor().MaxDefinitionLevel(), 0
		for _, level := range levels[:slots] {
			if full > 0 && level < full {
				b.AppendNull()
				continue
			}
			micros, err := int96Micros(values[value])
			if err != nil {
				return nil, err
			}
			b.Append(micros)
			value++
		}
		n -= slots
	}
	a := b.NewArray()
	defer a.Release()
	return arrow.NewChunked(a.DataType(), []arrow.Array{a}), nil
}

// nextGroup opens the column in the next row group, if there is one.
func (r *int96Reader) nextGroup() (bool, error) {
	if len(r.groups) == 0 {
		return false, nil
	}
	group := r.parquet.RowGroup(r.groups[0])
	if err := checkLevels(group, r.column); err != nil {
		return false, err
	}
	chunk, err := group.Column(r.column)
	if err != nil {
		return false, err
	}
	var ok bool
	if r.chunk, ok = chunk.(*file.Int96ColumnChunkReader); !ok {
		return false, fmt.Errorf("type %s where INT96 was announced", chunk.Type())
	}
	r.groups = r.groups[1:]
	return true, nil
}

func (r *int96Reader) Release() {}

const (
	epochJulianDay = 2440588 // 1970-01-01
	dayMicros      = 86_400_000_000
)

// int96Micros is the time as microseconds since 1970. Below them it is cut downwards, as nanoseconds are elsewhere.
func int96Micros(v parquet.Int96) (arrow.Timestamp, error) {
	nanos := int64(binary.LittleEndian.Uint64(v[:8]))
	days := int64(int32(binary.LittleEndian.Uint32(v[8:]))) - epochJulianDay
	const most = (1<<63-1)/dayMicros - 1
	ofDay := floorDiv(nanos, 1000)
	if days < -most || days > most || ofDay < 0 || ofDay >= dayMicros {
		return 0, fmt.Errorf("%x is no timestamp", v[:])
	}
	return arrow.Timestamp(days*dayMicros + ofDay), nil
}
