package pages

import (
	"encoding/binary"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// words are values of a fixed size.
type words[T uint32 | uint64] struct {
	known   []T // the dictionary
	plain   []T // of the page, and one more
	values  int // of the page
	indices []uint32
	out     []T
}

// wordsOf copies PLAIN values, which may lie at any address, and leaves one more behind them.
func wordsOf[T uint32 | uint64](room []T, plain []byte, n int) ([]T, error) {
	var one T
	size := binary.Size(one)
	if len(plain) < n*size {
		return nil, errShort
	}
	if cap(room) < n+1 {
		room = make([]T, n+1)
	}
	room = room[:n+1]
	copy(arrow.GetBytes(room[:n]), plain)
	return room, nil
}

func (w *words[T]) dictionary(plain []byte, entries int) (err error) {
	if w.known, err = wordsOf(w.known, plain, entries); err == nil {
		w.known = w.known[:entries]
	}
	return err
}

func (w *words[T]) page(plain []byte, values int, indices []uint32) (err error) {
	w.values = values
	if w.indices = indices; indices == nil {
		w.plain, err = wordsOf(w.plain, plain, values)
		return err
	}
	return inside(indices[:values], len(w.known))
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

func (w *words[T]) begin(rows int) { w.out = make([]T, 0, room(rows)) }

func (w *words[T]) add(place int) {
	if w.indices != nil {
		w.out = append(w.out, w.known[w.indices[place]])
	} else {
		w.out = append(w.out, w.plain[place])
	}
}

func (w *words[T]) addNull() { w.out = append(w.out, 0) }

func (w *words[T]) addRows(there []byte, from, to, place int) {
	at, n := len(w.out), to-from
	w.out = slices.Grow(w.out, n)[:at+n]
	out := w.out[at:]
	switch {
	case w.values == 0:
	case there != nil && w.indices != nil:
		spreadIndexed(out, w.known, w.indices[place:], there, from)
	case there != nil:
		spread(out, w.plain[place:], there, from)
	case w.indices != nil:
		for i, index := range w.indices[place : place+len(out)] {
			out[i] = w.known[index]
		}
	default:
		copy(out, w.plain[place:])
	}
}

func (w *words[T]) array(kind arrow.DataType, rows int, valid []byte, nulls int) arrow.Array {
	return arrayOf(kind, rows, nulls, bufferOf(valid), memory.NewBufferBytes(arrow.GetBytes(w.out)))
}

// bufferOf is a buffer of bytes, nil for none.
func bufferOf(b []byte) *memory.Buffer {
	if b == nil {
		return nil
	}
	return memory.NewBufferBytes(b)
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

func (f *flags) begin(rows int) {
	f.out, f.n = make([]byte, 0, bitutil.BytesForBits(int64(room(rows)))), 0
}

// grow makes room for n more.
func (f *flags) grow(n int) {
	f.out = append(f.out, make([]byte, int(bitutil.BytesForBits(int64(f.n+n)))-len(f.out))...)
}

func (f *flags) add(place int) {
	f.grow(1)
	bitutil.SetBitTo(f.out, f.n, bitutil.BitIsSet(f.bits, place))
	f.n++
}

func (f *flags) addNull() {
	f.grow(1)
	f.n++
}

func (f *flags) addRows(there []byte, from, to, place int) {
	if there == nil {
		f.grow(to - from)
		bitutil.CopyBitmap(f.bits, place, to-from, f.out, f.n)
		f.n += to - from
		return
	}
	addEach(f, there, from, to, place)
}

func (f *flags) array(kind arrow.DataType, rows int, valid []byte, nulls int) arrow.Array {
	return arrayOf(kind, rows, nulls, bufferOf(valid), memory.NewBufferBytes(f.out))
}
