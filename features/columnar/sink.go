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
func newSink(register any, kept schema.Type, blame overflow, p *plan) sink {
	switch of := register.(type) {
	case *vector[int64]:
		if kept == schema.Int {
			return &narrowed{numbers[int32]{kind: arrow.PrimitiveTypes.Int32, nulls: nulls{memory: p.memory}}, of, blame}
		}
		return &numbers[int64]{of: of, kind: arrow.PrimitiveTypes.Int64, nulls: nulls{memory: p.memory}}
	case *vector[float64]:
		return &numbers[float64]{of: of, kind: arrow.PrimitiveTypes.Float64, nulls: nulls{memory: p.memory}}
	case *vector[uint8]:
		return &truthValues{of: of, nulls: nulls{memory: p.memory}}
	}
	of := register.(*vector[int32])
	if kept == schema.String {
		return &textValues{of: of, texts: p.texts, nulls: nulls{memory: p.memory}}
	}
	return &numbers[int32]{of: of, kind: arrow.FixedWidthTypes.Date32, nulls: nulls{memory: p.memory}}
}

// nulls collects the nulls of a column.
type nulls struct {
	memory *recycler
	n      int
	ok     mask // empty while there is none
}

func (s *nulls) addNulls(ok mask, chosen []int32, n int) {
	if ok != nil || len(s.ok) > 0 {
		for len(s.ok) < s.n {
			s.ok = append(s.ok, 1)
		}
		switch {
		case ok == nil:
			for range chosen {
				s.ok = append(s.ok, 1)
			}
		case len(chosen) == n:
			s.ok = append(s.ok, ok...)
		default:
			for _, i := range chosen {
				s.ok = append(s.ok, ok[i])
			}
		}
	}
	s.n += len(chosen)
}

// array makes an Arrow array of the values, whose buffers it takes over, and the collected nulls, and
// begins anew with these.
func (s *nulls) array(kind arrow.DataType, values ...*memory.Buffer) arrow.Array {
	buffers, none := []*memory.Buffer{nil}, 0
	if len(s.ok) > 0 {
		packed, set := pack(s.ok, s.memory)
		if none = s.n - set; none > 0 {
			buffers[0] = s.buffer(packed)
		}
	}
	buffers = append(buffers, values...)
	data := array.NewData(kind, s.n, buffers, nil, none, 0)
	defer data.Release()
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	s.n, s.ok = 0, s.ok[:0]
	return array.MakeFromData(data)
}

// buffer wraps memory of the recycler.
func (s *nulls) buffer(b []byte) *memory.Buffer { return memory.NewBufferWithAllocator(b, s.memory) }

// pack turns bytes 0 and 1 into bits, the first one lowest, and counts the ones.
func pack(b []uint8, r *recycler) (packed []byte, set int) {
	packed = r.Allocate((len(b) + 7) / 8)
	whole := len(b) / 8
	for i := range whole {
		// The product moves bit 0 of byte k to bit 56+k.
		w := binary.LittleEndian.Uint64(b[i*8:]) * 0x0102040810204080 >> 56
		packed[i] = byte(w)
		set += bits.OnesCount8(byte(w))
	}
	if whole < len(packed) {
		packed[whole] = 0
		for i, x := range b[whole*8:] {
			packed[whole] |= x << i
			set += int(x)
		}
	}
	return packed, set
}

// numbers collects values of a fixed size, in the memory that becomes the array's.
type numbers[T int64 | int32 | float64] struct {
	nulls
	of   *vector[T]
	kind arrow.DataType
	v    []T
}

// more adds room for n values and returns it.
func (s *numbers[T]) more(n int) []T {
	before := len(s.v)
	if cap(s.v)-before < n {
		const first = 8 << 13 // bytes that a record of measured size fills in two steps
		bytes := arrow.GetBytes(s.v)
		size := max(first, len(bytes)*2, len(bytes)+8*n)
		s.v = arrow.GetData[T](s.memory.Reallocate(size, bytes))
	}
	s.v = s.v[:before+n]
	return s.v[before:]
}

func (s *numbers[T]) add(chosen []int32, n int) error {
	s.addNulls(s.of.ok, chosen, n)
	out := s.more(len(chosen))
	if len(chosen) == n {
		copy(out, s.of.v)
		return nil
	}
	for i, from := range chosen {
		out[i] = s.of.v[from]
	}
	return nil
}

func (s *numbers[T]) take() arrow.Array {
	v := s.v
	s.v = nil
	return s.array(s.kind, s.buffer(arrow.GetBytes(v)))
}

// narrowed keeps whole numbers as INT.
type narrowed struct {
	numbers[int32]
	from  *vector[int64]
	blame overflow
}

func (s *narrowed) add(chosen []int32, n int) error {
	s.addNulls(s.from.ok, chosen, n)
	out := s.more(len(chosen))
	fit := true
	for i, from := range chosen {
		x := s.from.v[from]
		out[i] = int32(x)
		fit = fit && x == int64(int32(x))
	}
	if fit {
		return nil
	}
	for _, i := range chosen {
		if x := s.from.v[i]; x != int64(int32(x)) && !s.from.ok.null(int(i)) {
			return s.blame.of(int(i), strconv.FormatInt(x, 10))
		}
	}
	return nil
}

// truthValues collects BOOLEAN.
type truthValues struct {
	nulls
	of *vector[uint8]
	v  []uint8
}

func (s *truthValues) add(chosen []int32, n int) error {
	s.addNulls(s.of.ok, chosen, n)
	if len(chosen) == n {
		s.v = append(s.v, s.of.v...)
		return nil
	}
	for _, i := range chosen {
		s.v = append(s.v, s.of.v[i])
	}
	return nil
}

func (s *truthValues) take() arrow.Array {
	packed, _ := pack(s.v, s.memory)
	s.v = s.v[:0]
	return s.array(arrow.FixedWidthTypes.Boolean, s.buffer(packed))
}

// textValues collects the codes of texts.
type textValues struct {
	nulls
	of    *vector[int32]
	texts *texts
	v     []int32
}

func (s *textValues) add(chosen []int32, n int) error {
	s.addNulls(s.of.ok, chosen, n)
	for _, i := range chosen {
		s.v = append(s.v, s.of.v[i])
	}
	return nil
}

func (s *textValues) take() arrow.Array {
	texts := s.texts.all()
	offsets := arrow.GetData[int32](s.memory.Allocate(4 * (len(s.v) + 1)))
	length := int32(0)
	for i, code := range s.v {
		offsets[i] = length
		if len(s.ok) == 0 || s.ok[i] != 0 {
			length += int32(len(texts[code]))
		}
	}
	offsets[len(s.v)] = length
	all := make([]byte, length) // not recycled: a string that Arrow gives out is a view of it
	for i, code := range s.v {
		if offsets[i] < offsets[i+1] {
			copy(all[offsets[i]:], texts[code])
		}
	}
	s.v = s.v[:0]
	return s.array(arrow.BinaryTypes.String, s.buffer(arrow.GetBytes(offsets)), memory.NewBufferBytes(all))
}
