package pages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// Take returns the values of some rows of a row group, in ascending order, of one flat column whose values have a type.
// Not ok means that the chunk has a type, an encoding or pages that are not known here, and that Arrow's own reader has to
// read it. For others Take is several times faster: of the values it touches only those that are asked for.
func Take(group *file.RowGroupReader, column int, kind arrow.DataType, rows []uint32) (_ arrow.Array, ok bool, err error) {
	leaf := group.MetaData().Schema.Column(column)
	t := &taker{
		decoder: decoder{optional: leaf.MaxDefinitionLevel() == 1, values: valuesOf(leaf, kind)},
		valid:   make([]byte, bitutil.BytesForBits(int64(len(rows)))),
	}
	if t.values == nil {
		return nil, false, nil
	}
	pages, err := group.GetColumnPageReader(column)
	if err != nil {
		return nil, false, err
	}
	t.values.begin(len(rows))
	if err := t.read(pages, rows); errors.Is(err, errOther) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	return t.values.array(kind, len(rows), t.valid, t.nulls), true, nil
}

// taker gathers the values of rows over the pages of a chunk.
type taker struct {
	decoder
	valid []byte // of the rows asked for
	nulls int
	given int // of the rows asked for, those before the page
}

func (t *taker) read(pages file.PageReader, rows []uint32) error {
	first := uint32(0)
	for t.given < len(rows) && pages.Next() {
		p := pages.Page()
		if entries, ok := p.(*file.DictionaryPage); ok {
			if err := t.values.dictionary(entries.Data(), int(entries.NumValues())); err != nil {
				return err
			}
			continue
		}
		next := first + uint32(p.NumValues())
		n := t.given
		for n < len(rows) && rows[n] < next {
			n++
		}
		if n > t.given {
			if err := t.open(p); err != nil {
				return err
			}
			t.take(rows[t.given:n], first)
		}
		first = next
	}
	if err := pages.Err(); err != nil {
		return err
	}
	if t.given < len(rows) {
		return fmt.Errorf("row %d of %d is not there", rows[t.given], first)
	}
	return nil
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
