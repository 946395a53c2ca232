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
	// add takes over the chosen values of the register.
	add(chosen selection) error
	// take returns what was collected and begins anew.
	take() arrow.Array
}

// selection is the rows or groups of a morsel that lie in the output window.
type selection struct {
	runs []run
	n    int // in all runs
}

// run is the rows or groups [lo, hi).
type run struct{ lo, hi int }

// between selects the months from first to last.
func (s *selection) between(first, last int32, months []int32) {
	s.runs, s.n = s.runs[:0], 0
	for i, m := range months {
		if m < first || m > last {
			continue
		}
		if s.n == 0 || s.runs[len(s.runs)-1].hi != i {
			s.runs = append(s.runs, run{i, i})
		}
		s.runs[len(s.runs)-1].hi = i + 1
		s.n++
	}
}

// pick copies the selected values to out.
func pick[T scalar](out, v []T, chosen selection) {
	for _, r := range chosen.runs {
		out = out[copy(out, v[r.lo:r.hi]):]
	}
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

func (s *nulls) addNulls(ok mask, chosen selection) {
	before := s.n
	s.n += chosen.n
	if ok == nil && len(s.ok) == 0 {
		return
	}
	var room mask
	if len(s.ok) == 0 {
		s.ok, room = added(s.ok, before)
		fill(room)
	}
	s.ok, room = added(s.ok, chosen.n)
	if ok == nil {
		fill(room)
	} else {
		pick(room, ok, chosen)
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

func (s *numbers[T]) add(chosen selection) error {
	s.addNulls(s.of.ok, chosen)
	out := s.more(chosen.n)
	if there := chosen.n > 0 && chosen.n == len(s.of.v) && &out[0] == &s.of.v[0]; !there {
		pick(out, s.of.v, chosen)
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

func (s *narrowed) add(chosen selection) error {
	s.to.addNulls(s.from.ok, chosen)
	out := s.to.more(chosen.n)
	outside := uint64(0)
	for _, r := range chosen.runs {
		for i, x := range s.from.v[r.lo:r.hi] {
			out[i] = int32(x)
			outside |= uint64(x-math.MinInt32) >> 32 // 0 for what fits
		}
		out = out[r.hi-r.lo:]
	}
	if outside == 0 {
		return nil
	}
	for _, r := range chosen.runs {
		for i := r.lo; i < r.hi; i++ {
			if x := s.from.v[i]; x != int64(int32(x)) && !s.from.ok.null(i) {
				return s.blame.of(i, strconv.FormatInt(x, 10))
			}
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

func (s *truthValues) add(chosen selection) error {
	s.addNulls(s.of.ok, chosen)
	all, room := added(s.v, chosen.n)
	pick(room, s.of.v, chosen)
	s.v = all
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

func (s *textValues) add(chosen selection) error {
	s.addNulls(s.of.ok, chosen)
	all, room := added(s.v, chosen.n)
	pick(room, s.of.v, chosen)
	s.v = all
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
