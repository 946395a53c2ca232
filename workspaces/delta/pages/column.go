package pages

import (
	"errors"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// Column reads a flat column row group after row group, from the first row of each to its last. It does what Arrow's reader
// of records does, in less time: levels come into the validity bitmap as they are, texts may stay indices, and
// a value is copied once.
type Column struct {
	decoder
	file   *file.Reader
	column int
	kind   arrow.DataType
	groups []int // not begun yet
	pages  file.PageReader
	left   int64 // rows of the group in pages that are not open yet
	row    int   // of the page: the first that has not been given
	place  int   // its place, or that of the next value
	valid  []byte
	nulls  int
	given  int // rows of the batch
}

// NewColumn begins to read a column of some row groups, whose values have a type; [Texts] stands for texts as well. Not ok
// means that the type or an encoding is not known here, and that Arrow's own reader has to read them.
func NewColumn(f *file.Reader, column int, kind arrow.DataType, groups []int) (_ *Column, ok bool) {
	leaf := f.MetaData().Schema.Column(column)
	c := &Column{
		decoder: decoder{optional: leaf.MaxDefinitionLevel() == 1, values: valuesOf(leaf, kind)},
		file:    f, column: column, kind: kind, groups: groups,
	}
	if c.values == nil {
		return nil, false
	}
	for _, g := range groups {
		chunk, err := f.MetaData().RowGroup(g).ColumnChunk(column)
		if err != nil {
			return nil, false
		}
		for _, e := range chunk.Encodings() {
			if !slices.Contains(readable, e) {
				return nil, false
			}
		}
	}
	return c, true
}

// readable are the encodings of levels and values that are known here.
var readable = []parquet.Encoding{
	parquet.Encodings.Plain, parquet.Encodings.PlainDict, parquet.Encodings.RLEDict, parquet.Encodings.RLE, parquet.Encodings.BitPacked,
}

var errRows = errors.New("it has other rows than its row group")

// NextBatch returns the next n values, or those that are left, in one chunk. The caller releases them.
func (c *Column) NextBatch(n int64) (*arrow.Chunked, error) {
	rows := int(n)
	c.values.begin(rows)
	c.valid, c.nulls, c.given = nil, 0, 0
	for c.given < rows {
		if c.row == c.decoder.rows {
			if more, err := c.nextPage(); err != nil {
				return nil, err
			} else if !more {
				break
			}
			continue
		}
		c.give(min(rows-c.given, c.decoder.rows-c.row))
	}
	a := c.values.array(c.kind, c.given, c.valid, c.nulls)
	defer a.Release()
	return arrow.NewChunked(c.kind, []arrow.Array{a}), nil
}

// give adds n rows of the page to the batch.
func (c *Column) give(n int) {
	values := c.valuesBetween(c.row, c.row+n)
	c.values.addRows(c.there, c.row, c.row+n, c.place)
	if first := c.valid == nil; values < n || !first {
		need := int(bitutil.BytesForBits(int64(c.given + n)))
		c.valid = append(c.valid, make([]byte, need-len(c.valid))...)
		if first {
			bitutil.SetBitsTo(c.valid, 0, int64(c.given), true)
		}
		if c.there == nil {
			bitutil.SetBitsTo(c.valid, int64(c.given), int64(n), true)
		} else {
			bitutil.CopyBitmap(c.there, c.row, n, c.valid, c.given)
		}
	}
	c.nulls += n - values
	c.given += n
	c.row += n
	c.place += values
}

// nextPage opens the next page, if there is one.
func (c *Column) nextPage() (more bool, err error) {
	for c.pages == nil || !c.pages.Next() {
		if c.pages != nil {
			if err := c.pages.Err(); err != nil {
				return false, err
			}
			if c.left > 0 { // or the rows of the next group would stand beside those of others
				return false, errRows
			}
		}
		if len(c.groups) == 0 {
			return false, nil
		}
		group := c.file.RowGroup(c.groups[0])
		if c.pages, err = group.GetColumnPageReader(c.column); err != nil {
			return false, err
		}
		c.groups, c.left = c.groups[1:], group.NumRows()
	}
	p := c.pages.Page()
	if entries, ok := p.(*file.DictionaryPage); ok {
		return true, c.values.dictionary(entries.Data(), int(entries.NumValues()))
	}
	if c.left -= int64(p.NumValues()); c.left < 0 {
		return false, errRows
	}
	c.row, c.place = 0, 0
	return true, c.open(p)
}

// Release implements Arrow's interface of readers of columns; nothing is held.
func (c *Column) Release() {}
