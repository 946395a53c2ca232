package pages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// Take returns the values of some rows of a row group, in ascending order, of one flat column whose values have a type.
// Not ok means that the chunk has a type, an encoding or pages that are not known here, and that Arrow's own reader has to
// read it. For others Take is several times faster: of the values it touches only those that are asked for.
func Take(group *file.RowGroupReader, column int, kind arrow.DataType, rows []uint32) (_ arrow.Array, ok bool, err error) {
	leaf := group.MetaData().Schema.Column(column)
	if leaf.MaxRepetitionLevel() > 0 || leaf.MaxDefinitionLevel() > 1 {
		return nil, false, nil
	}
	t := &taker{optional: leaf.MaxDefinitionLevel() == 1, valid: make([]byte, bitutil.BytesForBits(int64(len(rows))))}
	switch physical := leaf.PhysicalType(); kind.ID() {
	case arrow.INT32, arrow.DATE32, arrow.FLOAT32:
		t.values, ok = &words[uint32]{out: make([]uint32, 0, len(rows))}, physical == parquet.Types.Int32 || physical == parquet.Types.Float
	case arrow.INT64, arrow.TIMESTAMP, arrow.FLOAT64:
		t.values, ok = &words[uint64]{out: make([]uint64, 0, len(rows))}, physical == parquet.Types.Int64 || physical == parquet.Types.Double
	case arrow.BOOL:
		t.values, ok = &flags{}, physical == parquet.Types.Boolean
	case arrow.STRING:
		t.values, ok = &textValues{}, physical == parquet.Types.ByteArray
	}
	if !ok {
		return nil, false, nil
	}
	pages, err := group.GetColumnPageReader(column)
	if err != nil {
		return nil, false, err
	}
	if ok, err := t.read(pages, rows); !ok || err != nil {
		return nil, false, err
	}
	return t.values.array(kind, len(rows), t.valid, t.nulls), true, nil
}

// taker gathers the values of rows over the pages of a chunk.
type taker struct {
	optional bool
	values   taken
	valid    []byte // of the rows asked for
	nulls    int
	given    int // of the rows asked for, those before the page

	there   []byte   // which values of the page are not null, zeros up to a multiple of 64; nil when all are
	indices []uint32 // of the page, into the dictionary
}

// taken are values of a physical type.
type taken interface {
	dictionary(plain []byte, entries int) error
	// page begins a page: PLAIN values, or indices into the dictionary.
	page(plain []byte, values int, indices []uint32) error
	// add appends a value of the page by its place among those that are not null.
	add(place int)
	addNull()
	array(kind arrow.DataType, n int, valid []byte, nulls int) arrow.Array
}

var errShort = errors.New("a page ends early")

func (t *taker) read(pages file.PageReader, rows []uint32) (ok bool, err error) {
	first := uint32(0)
	for t.given < len(rows) && pages.Next() {
		switch p := pages.Page().(type) {
		case *file.DictionaryPage:
			if err := t.values.dictionary(p.Data(), int(p.NumValues())); err != nil {
				return false, err
			}
		case *file.DataPageV1:
			next := first + uint32(p.NumValues())
			n := t.given
			for n < len(rows) && rows[n] < next {
				n++
			}
			if n > t.given {
				if ok, err := t.begin(p); !ok || err != nil {
					return false, err
				}
				t.take(rows[t.given:n], first)
			}
			first = next
		default:
			return false, nil
		}
	}
	if err := pages.Err(); err != nil {
		return false, err
	}
	if t.given < len(rows) {
		return false, fmt.Errorf("row %d of %d is not there", rows[t.given], first)
	}
	return true, nil
}

// begin decodes a page as far as any of its values needs it.
func (t *taker) begin(p *file.DataPageV1) (ok bool, err error) {
	data, n := p.Data(), int(p.NumValues())
	values := n
	t.there = nil
	if t.optional {
		if p.DefinitionLevelEncoding() != parquet.Encodings.RLE || len(data) < 4 {
			return false, nil
		}
		size := int64(binary.LittleEndian.Uint32(data))
		if size > int64(len(data)-4) {
			return false, errShort
		}
		if t.there, err = levels(data[4:4+size], n); err != nil {
			return false, err
		}
		data = data[4+size:]
		if t.there != nil {
			values = bitutil.CountSetBits(t.there, 0, n)
		}
	}
	switch parquet.Encoding(p.Encoding()) {
	case parquet.Encodings.Plain:
		return true, t.values.page(data, values, nil)
	case parquet.Encodings.RLEDict, parquet.Encodings.PlainDict:
		t.indices = t.indices[:0]
		if values > 0 {
			if len(data) == 0 || data[0] > 32 {
				return false, errShort
			}
			if t.indices, err = appendHybrid(t.indices, data[1:], int(data[0]), values); err != nil {
				return false, err
			}
		}
		return true, t.values.page(nil, values, t.indices)
	}
	return false, nil
}

// take adds the values of rows of the page that begins with row first.
func (t *taker) take(rows []uint32, first uint32) {
	word, before := 0, 0 // values before the word
	for _, row := range rows {
		at := int(row - first)
		place := at
		if t.there != nil {
			for ; word < at/64; word++ {
				before += bits.OnesCount64(binary.LittleEndian.Uint64(t.there[8*word:]))
			}
			w := binary.LittleEndian.Uint64(t.there[8*word:])
			if w>>(at%64)&1 == 0 {
				t.values.addNull()
				t.nulls++
				t.given++
				continue
			}
			place = before + bits.OnesCount64(w&(1<<(at%64)-1))
		}
		t.values.add(place)
		bitutil.SetBit(t.valid, t.given)
		t.given++
	}
}
