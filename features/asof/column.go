package asof

import (
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Column is a column of a table in the order of the labels: null where a label has no row.
type Column struct {
	kind  arrow.DataType
	rows  int
	valid []byte
	store store
}

// store keeps the values of a column by label.
type store interface {
	// put copies values to labels, and sets the bits of those that are not null.
	put(values arrow.Array, to []uint32, valid []byte)
	// slice returns the values of n labels from lo on.
	slice(kind arrow.DataType, lo, n int, valid []byte) arrow.Array
}

// Column makes an empty column of a type, for the labels that have rows here.
func (r *Rows) Column(kind arrow.DataType) (*Column, error) {
	c := &Column{kind: kind, rows: r.labels, valid: make([]byte, bitutil.BytesForBits(int64(r.labels)))}
	switch kind.(type) {
	case *arrow.BooleanType:
		c.store = bits(make([]byte, len(c.valid)))
	case *arrow.Int8Type:
		c.store = fixed[int8](make([]int8, r.labels))
	case *arrow.Int16Type:
		c.store = fixed[int16](make([]int16, r.labels))
	case *arrow.Int32Type, *arrow.Date32Type:
		c.store = fixed[int32](make([]int32, r.labels))
	case *arrow.Int64Type, *arrow.TimestampType:
		c.store = fixed[int64](make([]int64, r.labels))
	case *arrow.Float32Type:
		c.store = fixed[float32](make([]float32, r.labels))
	case *arrow.Float64Type:
		c.store = fixed[float64](make([]float64, r.labels))
	case *arrow.Decimal128Type:
		c.store = fixed[decimal128.Num](make([]decimal128.Num, r.labels))
	case *arrow.StringType:
		c.store = &coded{codes: make([]uint32, r.labels), known: map[string]uint32{}}
	default:
		return nil, fmt.Errorf("values of type %s cannot be joined", kind)
	}
	return c, nil
}

// Put copies values into the column: those of the rows that [Rows.Within] has for the same first and n.
func (r *Rows) Put(c *Column, values arrow.Array, first, n int64) {
	lo, hi := r.within(first, n)
	c.store.put(values, r.to[lo:hi], c.valid)
}

// Len is the number of labels.
func (c *Column) Len() int { return c.rows }

// Nulls is the number of labels without a value.
func (c *Column) Nulls() int {
	return c.rows - bitutil.CountSetBits(c.valid, 0, c.rows)
}

// Slice returns the values of the labels from lo up to hi. The caller releases it.
func (c *Column) Slice(lo, hi int) arrow.Array {
	return c.store.slice(c.kind, lo, hi-lo, c.valid)
}

// fixed are values of a fixed size.
type fixed[T arrow.FixedWidthType] []T

func (f fixed[T]) put(values arrow.Array, to []uint32, valid []byte) {
	nulls := values.NullN() > 0
	for i, v := range arrow.GetValues[T](values.Data(), 1)[:len(to)] {
		if !nulls || values.IsValid(i) {
			f[to[i]] = v
			bitutil.SetBit(valid, int(to[i]))
		}
	}
}

func (f fixed[T]) slice(kind arrow.DataType, lo, n int, valid []byte) arrow.Array {
	return arrayOf(kind, lo, n, valid, memory.NewBufferBytes(arrow.GetBytes(f)))
}

// arrayOf is an array over n values of whole buffers from lo on.
func arrayOf(kind arrow.DataType, lo, n int, valid []byte, values *memory.Buffer) arrow.Array {
	data := array.NewData(kind, n, []*memory.Buffer{memory.NewBufferBytes(valid), values}, nil,
		n-bitutil.CountSetBits(valid, lo, n), lo)
	defer data.Release()
	return array.MakeFromData(data)
}

// bits are booleans.
type bits []byte

func (b bits) put(values arrow.Array, to []uint32, valid []byte) {
	from := values.(*array.Boolean)
	for i, label := range to {
		if from.IsNull(i) {
			continue
		}
		bitutil.SetBit(valid, int(label))
		if from.Value(i) {
			bitutil.SetBit(b, int(label))
		}
	}
}

func (b bits) slice(kind arrow.DataType, lo, n int, valid []byte) arrow.Array {
	return arrayOf(kind, lo, n, valid, memory.NewBufferBytes(b))
}

// coded are texts, each distinct one kept once.
type coded struct {
	codes []uint32
	texts []string
	known map[string]uint32
}

func (c *coded) put(values arrow.Array, to []uint32, valid []byte) {
	from := values.(*array.String)
	last, code, known := "", uint32(0), false
	for i, label := range to {
		if from.IsNull(i) {
			continue
		}
		if v := from.Value(i); v != last || !known {
			code = c.code(v)
			last, known = c.texts[code], true
		}
		c.codes[label] = code
		bitutil.SetBit(valid, int(label))
	}
}

func (c *coded) code(v string) uint32 {
	code, ok := c.known[v]
	if !ok {
		own := strings.Clone(v) // the batch goes
		code = uint32(len(c.texts))
		c.texts = append(c.texts, own)
		c.known[own] = code
	}
	return code
}

func (c *coded) slice(_ arrow.DataType, lo, n int, valid []byte) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(n)
	for i := lo; i < lo+n; i++ {
		if bitutil.BitIsSet(valid, i) {
			b.Append(c.texts[c.codes[i]])
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray()
}
