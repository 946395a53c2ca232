package columnar

import (
	"encoding/binary"
	"math/bits"
	"strconv"

	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// sink collects a column of the output over the morsels of a record.
type sink interface {
	// add takes over the chosen ones of the n values in the register.
	add(chosen []int32, n int) error
	// take returns what was collected and begins anew.
	take() arrow.Array
}

// newSink collects a register in the type in which its column is kept. A whole number that does
// not fit is the overflow.
func newSink(register any, kept schema.Type, blame overflow, texts *texts) sink {
	switch of := register.(type) {
	case *vector[int64]:
		if kept == schema.Int {
			return &narrowed{from: of, blame: blame}
		}
		return &numbers[int64]{collected[int64]{of: of}, arrow.PrimitiveTypes.Int64, arrow.Int64Traits.CastToBytes}
	case *vector[float64]:
		return &numbers[float64]{collected[float64]{of: of}, arrow.PrimitiveTypes.Float64, arrow.Float64Traits.CastToBytes}
	case *vector[uint8]:
		return &booleans{collected[uint8]{of: of}}
	}
	of := collected[int32]{of: register.(*vector[int32])}
	if kept == schema.String {
		return &textColumn{of, texts}
	}
	return &numbers[int32]{of, arrow.FixedWidthTypes.Date32, arrow.Int32Traits.CastToBytes}
}

// collected is the values and nulls of a column so far.
type collected[T scalar] struct {
	of *vector[T]
	v  []T
	ok mask // nil while there is no null
}

func (c *collected[T]) add(chosen []int32, n int) error {
	c.addMask(c.of.ok, chosen, n)
	if len(chosen) == n {
		c.v = append(c.v, c.of.v...)
		return nil
	}
	for _, i := range chosen {
		c.v = append(c.v, c.of.v[i])
	}
	return nil
}

func (c *collected[T]) addMask(ok mask, chosen []int32, n int) {
	if ok == nil && c.ok == nil {
		return
	}
	for len(c.ok) < len(c.v) {
		c.ok = append(c.ok, 1)
	}
	switch {
	case ok == nil:
		for range chosen {
			c.ok = append(c.ok, 1)
		}
	case len(chosen) == n:
		c.ok = append(c.ok, ok...)
	default:
		for _, i := range chosen {
			c.ok = append(c.ok, ok[i])
		}
	}
}

// array wraps buffers as an Arrow array of the collected length and nulls, and begins anew.
func (c *collected[T]) array(t arrow.DataType, buffers ...*memory.Buffer) arrow.Array {
	var valid *memory.Buffer
	nulls := 0
	if c.ok != nil {
		packed, set := pack(c.ok)
		valid, nulls = memory.NewBufferBytes(packed), len(c.ok)-set
	}
	data := array.NewData(t, len(c.v), append([]*memory.Buffer{valid}, buffers...), nil, nulls, 0)
	defer data.Release()
	c.v, c.ok = nil, nil
	return array.MakeFromData(data)
}

// pack turns bytes 0 and 1 into bits, the first one lowest, and counts the ones.
func pack(b []uint8) (packed []byte, set int) {
	packed = make([]byte, (len(b)+7)/8)
	whole := len(b) / 8
	for i := range whole {
		// The product moves bit 0 of byte k to bit 56+k.
		w := binary.LittleEndian.Uint64(b[i*8:]) * 0x0102040810204080 >> 56
		packed[i] = byte(w)
		set += bits.OnesCount8(byte(w))
	}
	for i := whole * 8; i < len(b); i++ {
		packed[i/8] |= b[i] << (i % 8)
		set += int(b[i])
	}
	return packed, set
}

type numbers[T scalar] struct {
	collected[T]
	kind  arrow.DataType
	bytes func([]T) []byte
}

func (s *numbers[T]) take() arrow.Array {
	return s.array(s.kind, memory.NewBufferBytes(s.bytes(s.v)))
}

// narrowed keeps whole numbers as INT.
type narrowed struct {
	collected[int32]
	from  *vector[int64]
	blame overflow
}

func (s *narrowed) add(chosen []int32, n int) error {
	s.addMask(s.from.ok, chosen, n)
	for _, i := range chosen {
		x := s.from.v[i]
		if x != int64(int32(x)) && !s.from.ok.null(int(i)) {
			return s.blame.of(int(i), strconv.FormatInt(x, 10))
		}
		s.v = append(s.v, int32(x))
	}
	return nil
}

func (s *narrowed) take() arrow.Array {
	return s.array(arrow.PrimitiveTypes.Int32, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(s.v)))
}

type booleans struct{ collected[uint8] }

func (s *booleans) take() arrow.Array {
	packed, _ := pack(s.v)
	return s.array(arrow.FixedWidthTypes.Boolean, memory.NewBufferBytes(packed))
}

// textColumn collects the codes of texts.
type textColumn struct {
	collected[int32]
	texts *texts
}

func (s *textColumn) take() arrow.Array {
	texts := s.texts.all()
	offsets := make([]int32, len(s.v)+1)
	var all []byte
	for i, code := range s.v {
		if !s.ok.null(i) {
			all = append(all, texts[code]...)
		}
		offsets[i+1] = int32(len(all))
	}
	return s.array(arrow.BinaryTypes.String,
		memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(all))
}
