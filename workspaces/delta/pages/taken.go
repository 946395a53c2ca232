package pages

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// words are values of a fixed size.
type words[T uint32 | uint64] struct {
	known   []T // the dictionary
	plain   []T // of the page
	indices []uint32
	out     []T
}

// wordsOf copies PLAIN values, which may lie at any address.
func wordsOf[T uint32 | uint64](room []T, plain []byte, n int) ([]T, error) {
	var one T
	size := binary.Size(one)
	if len(plain) < n*size {
		return nil, errShort
	}
	if cap(room) < n {
		room = make([]T, n)
	}
	room = room[:n]
	copy(arrow.GetBytes(room), plain)
	return room, nil
}

func (w *words[T]) dictionary(plain []byte, entries int) (err error) {
	w.known, err = wordsOf(w.known, plain, entries)
	return err
}

func (w *words[T]) page(plain []byte, values int, indices []uint32) (err error) {
	if w.indices = indices; indices == nil {
		w.plain, err = wordsOf(w.plain, plain, values)
		return err
	}
	return inside(indices, len(w.known))
}

// inside checks indices, so that those of a damaged page are an error.
func inside(indices []uint32, entries int) error {
	most := uint32(0)
	for _, i := range indices {
		most = max(most, i)
	}
	if len(indices) > 0 && int64(most) >= int64(entries) {
		return errShort
	}
	return nil
}

func (w *words[T]) add(place int) {
	if w.indices != nil {
		w.out = append(w.out, w.known[w.indices[place]])
	} else {
		w.out = append(w.out, w.plain[place])
	}
}

func (w *words[T]) addNull() { w.out = append(w.out, 0) }

func (w *words[T]) array(kind arrow.DataType, n int, valid []byte, nulls int) arrow.Array {
	return arrayOf(kind, n, nulls, memory.NewBufferBytes(valid), memory.NewBufferBytes(arrow.GetBytes(w.out)))
}

func arrayOf(kind arrow.DataType, n, nulls int, buffers ...*memory.Buffer) arrow.Array {
	data := array.NewData(kind, n, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// flags are booleans, which have no dictionary.
type flags struct {
	bits []byte
	out  []byte
	n    int
}

func (f *flags) dictionary([]byte, int) error { return nil }

func (f *flags) page(plain []byte, values int, indices []uint32) error {
	if f.bits = plain; indices != nil || 8*len(plain) < values {
		return errShort
	}
	return nil
}

func (f *flags) add(place int) {
	f.addNull()
	bitutil.SetBitTo(f.out, f.n-1, bitutil.BitIsSet(f.bits, place))
}

func (f *flags) addNull() {
	if f.n%8 == 0 {
		f.out = append(f.out, 0)
	}
	f.n++
}

func (f *flags) array(kind arrow.DataType, n int, valid []byte, nulls int) arrow.Array {
	return arrayOf(kind, n, nulls, memory.NewBufferBytes(valid), memory.NewBufferBytes(f.out))
}

// textValues are texts.
type textValues struct {
	known, plain [][]byte
	indices      []uint32
	offsets      []int32
	out          []byte
}

// textsOf finds the texts of a PLAIN page.
func textsOf(room [][]byte, plain []byte, n int) ([][]byte, error) {
	room = room[:0]
	for range n {
		if len(plain) < 4 || int64(binary.LittleEndian.Uint32(plain)) > int64(len(plain)-4) {
			return nil, errShort
		}
		end := 4 + int(binary.LittleEndian.Uint32(plain))
		room = append(room, plain[4:end])
		plain = plain[end:]
	}
	return room, nil
}

// dictionary copies the texts: the page that they are in goes.
func (s *textValues) dictionary(plain []byte, entries int) (err error) {
	s.known, err = textsOf(s.known, append([]byte(nil), plain...), entries)
	return err
}

func (s *textValues) page(plain []byte, values int, indices []uint32) (err error) {
	if s.indices = indices; indices == nil {
		s.plain, err = textsOf(s.plain, plain, values)
		return err
	}
	return inside(indices, len(s.known))
}

func (s *textValues) add(place int) {
	text := s.plain
	if s.indices != nil {
		text, place = s.known, int(s.indices[place])
	}
	s.addNull()
	s.out = append(s.out, text[place]...)
}

func (s *textValues) addNull() { s.offsets = append(s.offsets, int32(len(s.out))) }

func (s *textValues) array(kind arrow.DataType, n int, valid []byte, nulls int) arrow.Array {
	s.addNull() // where the last one ends
	return arrayOf(kind, n, nulls, memory.NewBufferBytes(valid), memory.NewBufferBytes(arrow.GetBytes(s.offsets)), memory.NewBufferBytes(s.out))
}
