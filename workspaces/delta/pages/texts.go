package pages

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// pageTexts are the texts of a page and of the dictionary.
type pageTexts struct {
	known, plain [][]byte
	indices      []uint32
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
func (s *pageTexts) dictionary(plain []byte, entries int) (err error) {
	s.known, err = textsOf(s.known, slices.Clone(plain), entries)
	return err
}

func (s *pageTexts) page(plain []byte, values int, indices []uint32) (err error) {
	if s.indices = indices; indices == nil {
		s.plain, err = textsOf(s.plain, plain, values)
		return err
	}
	return inside(indices[:values], len(s.known))
}

// text is that at a place of the page.
func (s *pageTexts) text(place int) []byte {
	if s.indices != nil {
		return s.known[s.indices[place]]
	}
	return s.plain[place]
}

// joinedTexts are texts as Arrow keeps them.
type joinedTexts struct {
	ends []int32
	all  []byte
}

// append panics where Arrow's offsets end, as Arrow's own readers do.
func (j *joinedTexts) append(text []byte) {
	if len(j.all)+len(text) > math.MaxInt32 {
		panic(errors.New("texts of more than 2 GiB in one batch"))
	}
	j.all = append(j.all, text...)
	j.ends = append(j.ends, int32(len(j.all)))
}

func (j *joinedTexts) array(kind arrow.DataType, valid []byte, nulls int) arrow.Array {
	return arrayOf(kind, len(j.ends)-1, nulls, bufferOf(valid), memory.NewBufferBytes(arrow.GetBytes(j.ends)), memory.NewBufferBytes(j.all))
}

// textValues are texts, one for each row.
type textValues struct {
	pageTexts
	out joinedTexts
}

func (s *textValues) begin(rows int) {
	s.out = joinedTexts{ends: append(make([]int32, 0, room(rows)+1), 0)}
}

func (s *textValues) add(place int) { s.out.append(s.text(place)) }
func (s *textValues) addNull()      { s.out.append(nil) }

func (s *textValues) addRows(there []byte, from, to, place int) {
	addEach(s, there, from, to, place)
}

func (s *textValues) array(kind arrow.DataType, _ int, valid []byte, nulls int) arrow.Array {
	return s.out.array(kind, valid, nulls)
}

// Texts is the type of texts that come as indices into a dictionary, as they mostly stand in the file.
var Texts = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// textIndices are texts as indices. The dictionary of the output is those of the chunks that it is from, side by side, with
// the texts of PLAIN pages between them.
type textIndices struct {
	pageTexts
	entries joinedTexts
	first   int // of the chunk's dictionary in that of the output; -1 when it is not there
	out     []int32
}

func (s *textIndices) dictionary(plain []byte, entries int) error {
	s.first = -1
	return s.pageTexts.dictionary(plain, entries)
}

func (s *textIndices) begin(rows int) {
	s.out, s.entries, s.first = make([]int32, 0, room(rows)), joinedTexts{ends: []int32{0}}, -1
}

// entry is the number of one more text in the output's dictionary.
func (s *textIndices) entry(text []byte) int32 {
	s.entries.append(text)
	return int32(len(s.entries.ends) - 2)
}

// chunk makes the chunk's dictionary a part of the output's.
func (s *textIndices) chunk() int32 {
	if s.first < 0 {
		s.first = len(s.entries.ends) - 1
		for _, text := range s.known {
			s.entry(text)
		}
	}
	return int32(s.first)
}

func (s *textIndices) add(place int) {
	if s.indices == nil {
		s.out = append(s.out, s.entry(s.plain[place]))
		return
	}
	s.out = append(s.out, s.chunk()+int32(s.indices[place]))
}

func (s *textIndices) addNull() { s.out = append(s.out, 0) }

func (s *textIndices) addRows(there []byte, from, to, place int) {
	if there == nil && s.indices != nil {
		first := s.chunk()
		for _, index := range s.indices[place : place+to-from] {
			s.out = append(s.out, first+int32(index))
		}
		return
	}
	addEach(s, there, from, to, place)
}

func (s *textIndices) array(kind arrow.DataType, rows int, valid []byte, nulls int) arrow.Array {
	indices := arrayOf(arrow.PrimitiveTypes.Int32, rows, nulls, bufferOf(valid), memory.NewBufferBytes(arrow.GetBytes(s.out)))
	defer indices.Release()
	entries := s.entries.array(arrow.BinaryTypes.String, nil, 0)
	defer entries.Release()
	return array.NewDictionaryArray(kind, indices, entries)
}
