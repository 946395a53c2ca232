package columnar

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// sink collects a column of the output over the morsels of a record.
type sink interface {
	// add takes over the values of the register.
	add() error
	// take returns what was collected and begins anew.
	take() arrow.Array
}

// added returns s with room for n more values and the room.
func added[T scalar](s []T, n int) (all, room []T) {
	s = slices.Grow(s, n)[:len(s)+n]
	return s, s[len(s)-n:]
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

// addNulls adds the nulls of n values.
func (s *nulls) addNulls(ok mask, n int) {
	before := s.n
	s.n += n
	if ok == nil && len(s.ok) == 0 {
		return
	}
	var room mask
	if len(s.ok) == 0 {
		s.ok, room = added(s.ok, before)
		fill(room)
	}
	s.ok, room = added(s.ok, n)
	if ok == nil {
		fill(room)
	} else {
		copy(room, ok)
	}
}

func fill(m mask) {
	for i := range m {
		m[i] = 1
	}
}

// array makes an Arrow array of the values, whose buffers it takes over, and the collected nulls,
// and begins anew with these.
func (s *nulls) array(kind arrow.DataType, values ...*memory.Buffer) arrow.Array {
	buffers, none := []*memory.Buffer{nil}, 0
	if len(s.ok) > 0 {
		packed, set := pack(s.ok, s.memory)
		buffers[0], none = s.buffer(packed), s.n-set
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
	size int // in bytes, of the memory that the record before needed
}

// offer lets the register lie where its values go, up to n of them, until they are added. An operation that writes
// the register writes them there; one that makes it a view of other memory does no harm.
func (s *numbers[T]) offer(n int) {
	s.grow(n)
	s.of.v = s.v[len(s.v):]
}

// grow makes room for n more values.
func (s *numbers[T]) grow(n int) {
	before := len(s.v)
	if cap(s.v)-before < n {
		bytes := arrow.GetBytes(s.v)
		s.size = max(s.size, 2*len(bytes), len(bytes)+8*n)
		s.v = arrow.GetData[T](s.memory.Reallocate(s.size, bytes))[:before]
	}
}

// more adds n values, whatever they are, and returns them.
func (s *numbers[T]) more(n int) []T {
	before := len(s.v)
	s.grow(n)
	s.v = s.v[:before+n]
	return s.v[before:]
}

func (s *numbers[T]) add() error {
	s.addNulls(s.of.ok, len(s.of.v))
	out := s.more(len(s.of.v))
	if there := len(out) > 0 && &out[0] == &s.of.v[0]; !there {
		copy(out, s.of.v)
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
	to    numbers[int32] // without a register
	from  *vector[int64]
	blame overflow
}

func (s *narrowed) add() error {
	s.to.addNulls(s.from.ok, len(s.from.v))
	out := s.to.more(len(s.from.v))
	outside := uint64(0)
	for i, x := range s.from.v {
		out[i] = int32(x)
		outside |= uint64(x-math.MinInt32) >> 32 // 0 for what fits
	}
	if outside == 0 {
		return nil
	}
	for i, x := range s.from.v {
		if x != int64(int32(x)) && !s.from.ok.null(i) {
			return s.blame.of(i, strconv.FormatInt(x, 10))
		}
	}
	return nil
}

func (s *narrowed) take() arrow.Array { return s.to.take() }

// truthValues collects BOOLEAN.
type truthValues struct {
	nulls
	of *vector[uint8]
	v  []uint8
}

func (s *truthValues) add() error {
	s.addNulls(s.of.ok, len(s.of.v))
	s.v = append(s.v, s.of.v...)
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

func (s *textValues) add() error {
	s.addNulls(s.of.ok, len(s.of.v))
	s.v = append(s.v, s.of.v...)
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
	for i := 0; i < len(s.v); {
		first, code := i, s.v[i]
		for i < len(s.v) && s.v[i] == code {
			i++
		}
		repeat(all[offsets[first]:offsets[i]], texts[code]) // nulls among them take no room
	}
	s.v = s.v[:0]
	return s.array(arrow.BinaryTypes.String, s.buffer(arrow.GetBytes(offsets)), memory.NewBufferBytes(all))
}

// repeat fills the room with a text, as often as it fits. Texts come in runs, since a customer mostly keeps a text over the
// months.
func repeat(room []byte, text string) {
	for n := copy(room, text); n < len(room); n += copy(room[n:], room[:n]) {
	}
}
