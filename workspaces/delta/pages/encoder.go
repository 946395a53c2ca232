package pages

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
)

// encoder turns the values of one column into those of pages.
type encoder interface {
	// encode appends the values of a that are not null to a page. valid has a bit for each row, and
	// zeros up to a multiple of 64; nil when none is null. indexed tells that they are numbers of
	// entries of the dictionary. dense is what [Seen] tells.
	encode(page []byte, a arrow.Array, valid []byte) (_, dense []byte, indexed bool)
	// dictionary returns the entries in PLAIN, and how many there are, since the last reset.
	dictionary() (plain []byte, entries int)
	// reset begins another column chunk, which has no dictionary if plain.
	reset(plain bool)
}

// scratch is memory that the columns of a writer use one after another.
type scratch struct {
	words []uint64
	halfs []uint32
	codes []uint16
}

// newEncoder makes the encoder of an Arrow type. width is the size of a decimal in bytes.
func newEncoder(t arrow.DataType, width int, s *scratch) (encoder, error) {
	words := func(a arrow.Array) []uint64 { return raw[uint64](a) }
	halfs := func(a arrow.Array) []uint32 { return raw[uint32](a) }
	switch t.ID() {
	case arrow.INT64, arrow.FLOAT64, arrow.TIMESTAMP:
		return &numbers[uint64]{of: words, dense: &s.words, codes: &s.codes}, nil
	case arrow.INT32, arrow.FLOAT32, arrow.DATE32:
		return &numbers[uint32]{of: halfs, dense: &s.halfs, codes: &s.codes}, nil
	case arrow.INT16:
		return &numbers[uint32]{of: widened[int16], dense: &s.halfs, codes: &s.codes}, nil
	case arrow.INT8:
		return &numbers[uint32]{of: widened[int8], dense: &s.halfs, codes: &s.codes}, nil
	case arrow.BOOL:
		return &truths{}, nil
	case arrow.STRING, arrow.BINARY:
		return &texts{codes: &s.codes}, nil
	case arrow.DECIMAL128:
		return &decimals{width: width}, nil
	}
	return nil, fmt.Errorf("type %s has no encoding here", t)
}

// raw returns the values of an array as words of their size; none when all are null.
func raw[T uint32 | uint64](a arrow.Array) []T {
	if a.NullN() == a.Len() {
		return nil
	}
	data := a.Data()
	all := arrow.GetData[T](data.Buffers()[1].Bytes())
	return all[data.Offset() : data.Offset()+data.Len()]
}

// widened returns the values of an array as 32 bits; none when all are null.
func widened[T int8 | int16](a arrow.Array) []uint32 {
	if a.NullN() == a.Len() {
		return nil
	}
	out := make([]uint32, a.Len())
	for i, v := range arrow.GetValues[T](a.Data(), 1) {
		out[i] = uint32(int32(v))
	}
	return out
}

// compact copies the values that are not null to the beginning of room, which is grown as needed.
func compact[T any](room, values []T, valid []byte) []T {
	if cap(room) < len(values)+1 {
		room = make([]T, len(values)+1)
	}
	room = room[:cap(room)]
	n := 0
	for lo := 0; lo < len(values); lo += 64 {
		word := binary.LittleEndian.Uint64(valid[lo/8:])
		part := values[lo:min(lo+64, len(values))]
		if word == 1<<64-1 {
			n += copy(room[n:], part)
			continue
		}
		for _, v := range part {
			room[n] = v // overwritten by the next value unless its bit is set
			n += int(word & 1)
			word >>= 1
		}
	}
	return room[:n]
}

// numbers encodes values of a fixed size, by a dictionary as long as that pays.
type numbers[T uint32 | uint64] struct {
	of    func(arrow.Array) []T
	dense *[]T
	codes *[]uint16
	known dictionary[T]
}

func (e *numbers[T]) encode(page []byte, a arrow.Array, valid []byte) (_, dense []byte, indexed bool) {
	values := e.of(a)
	if valid != nil {
		*e.dense = compact(*e.dense, values, valid)
		values = *e.dense
	}
	dense = arrow.GetBytes(values)
	codes, ok := e.known.index((*e.codes)[:0], values)
	*e.codes = codes
	if ok {
		return appendIndices(page, codes, len(e.known.entries)), dense, true
	}
	return append(page, dense...), dense, false
}

func (e *numbers[T]) dictionary() ([]byte, int) {
	return arrow.GetBytes(e.known.entries), len(e.known.entries)
}

func (e *numbers[T]) reset(plain bool) { e.known.reset(plain) }

// truths encodes booleans.
type truths struct{}

func (truths) encode(page []byte, a arrow.Array, valid []byte) (_, dense []byte, indexed bool) {
	n := a.Len() - a.NullN()
	if n == 0 {
		return page, nil, false
	}
	bits, offset := a.Data().Buffers()[1].Bytes(), a.Data().Offset()
	from := len(page)
	page = append(page, make([]byte, groupsOf8(n)+1)...)
	out := page[from:]
	page = page[:len(page)-1] // nulls at the end are written behind it, as zeros
	if valid == nil {
		bitutil.CopyBitmap(bits, offset, n, out, 0)
		return page, nil, false
	}
	to := 0
	for i := range a.Len() {
		at := offset + i
		there := valid[i>>3] >> (i & 7) & 1
		out[to>>3] |= bits[at>>3] >> (at & 7) & there << (to & 7)
		to += int(there)
	}
	return page, nil, false
}

func (truths) dictionary() ([]byte, int) { return nil, 0 }
func (truths) reset(bool)                {}

// texts encodes texts and binaries, by a dictionary as long as that pays.
type texts struct {
	codes *[]uint16
	known textDictionary
}

func (e *texts) encode(page []byte, a arrow.Array, valid []byte) (_, dense []byte, indexed bool) {
	rows := a.Len()
	offsets, all := textsIn(a)
	value := func(i int) []byte { return all[offsets[i]:offsets[i+1]] }
	there := func(i int) bool { return valid == nil || valid[i/8]>>(i%8)&1 != 0 }
	codes, ok := slices.Grow((*e.codes)[:0], rows), !e.known.given
	last, code := []byte(nil), -1
	for i := 0; ok && i < rows; i++ {
		if !there(i) {
			continue
		}
		text := value(i)
		if code < 0 || string(text) != string(last) {
			if code, ok = e.known.index(text); !ok {
				break
			}
			last = text
		}
		codes = append(codes, uint16(code))
	}
	*e.codes = codes
	if ok {
		return appendIndices(page, codes, len(e.known.codes)), nil, true
	}
	for i := range rows {
		if there(i) {
			page = appendText(page, value(i))
		}
	}
	return page, nil, false
}

func (e *texts) dictionary() ([]byte, int) { return e.known.plain, len(e.known.codes) }
func (e *texts) reset(plain bool)          { e.known.reset(plain) }

// textsIn returns where the values of an array of texts or binaries begin and end, and their bytes;
// nothing for other arrays.
func textsIn(a arrow.Array) (offsets []int32, all []byte) {
	switch a := a.(type) {
	case *array.String:
		return a.ValueOffsets(), bytesOf(a)
	case *array.Binary:
		return a.ValueOffsets(), bytesOf(a)
	}
	return nil, nil
}

// bytesOf returns the bytes of all texts, nil when there are none.
func bytesOf(a arrow.Array) []byte {
	if b := a.Data().Buffers()[2]; b != nil {
		return b.Bytes()
	}
	return nil
}

func appendText(page, text []byte) []byte {
	page = binary.LittleEndian.AppendUint32(page, uint32(len(text)))
	return append(page, text...)
}

// decimals encodes decimals of a fixed number of bytes.
type decimals struct{ width int }

func (e *decimals) encode(page []byte, a arrow.Array, valid []byte) (_, dense []byte, indexed bool) {
	var whole [16]byte
	for i, v := range a.(*array.Decimal128).Values() {
		if valid != nil && valid[i/8]>>(i%8)&1 == 0 {
			continue
		}
		binary.BigEndian.PutUint64(whole[:8], uint64(v.HighBits()))
		binary.BigEndian.PutUint64(whole[8:], v.LowBits())
		page = append(page, whole[16-e.width:]...)
	}
	return page, nil, false
}

func (*decimals) dictionary() ([]byte, int) { return nil, 0 }
func (*decimals) reset(bool)                {}
