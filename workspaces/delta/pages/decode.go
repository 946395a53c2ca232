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
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// values are those of the page at hand, by their place among the ones that are not null, and what has been gathered of them.
type values interface {
	// dictionary begins a column chunk that has one.
	dictionary(plain []byte, entries int) error
	// page begins a page: PLAIN values, or indices into the dictionary.
	page(plain []byte, values int, indices []uint32) error
	// begin begins an output that will have so many rows, unless the file is damaged.
	begin(rows int)
	// add appends the value at a place.
	add(place int)
	addNull()
	// addRows appends the rows from..to of the page, of which there tells which are not null; nil when all are. place is that of
	// their first value.
	addRows(there []byte, from, to, place int)
	// array hands the output over. valid tells which of its rows are not null.
	array(kind arrow.DataType, rows int, valid []byte, nulls int) arrow.Array
}

// valuesOf makes room for values of a flat column; nil when the kind is not known here, or not stored in this way.
func valuesOf(leaf *schema.Column, kind arrow.DataType) values {
	if leaf.MaxRepetitionLevel() > 0 || leaf.MaxDefinitionLevel() > 1 {
		return nil
	}
	switch physical := leaf.PhysicalType(); kind.ID() {
	case arrow.INT32, arrow.DATE32, arrow.FLOAT32:
		if physical == parquet.Types.Int32 || physical == parquet.Types.Float {
			return &words[uint32]{}
		}
	case arrow.INT64, arrow.TIMESTAMP, arrow.FLOAT64:
		if physical == parquet.Types.Int64 || physical == parquet.Types.Double {
			return &words[uint64]{}
		}
	case arrow.BOOL:
		if physical == parquet.Types.Boolean {
			return &flags{}
		}
	case arrow.STRING:
		if physical == parquet.Types.ByteArray {
			return &textValues{}
		}
	case arrow.DICTIONARY:
		if physical == parquet.Types.ByteArray && arrow.TypeEqual(kind, Texts) {
			return &textIndices{}
		}
	}
	return nil
}

// room is for how many rows memory is taken before there is a page with them.
func room(rows int) int { return min(rows, 1<<20) }

// decoder holds a page, decoded as far as any of its values needs it.
type decoder struct {
	optional bool
	values   values
	rows     int
	there    []byte // which rows are not null, zeros up to a multiple of 64; nil when all are
	indices  []uint32
}

// mostRows is of a page: a damaged one of a few bytes may say that it has billions.
const mostRows = 1 << 27

var (
	errShort = errors.New("a page ends early")
	errOther = errors.New("a page with levels or values in an encoding that is not known here")
)

// open decodes a data page.
func (d *decoder) open(p file.Page) error {
	runs, data, err := d.split(p)
	if err != nil {
		return err
	}
	if d.rows, d.there = int(p.NumValues()), nil; d.rows > mostRows {
		return fmt.Errorf("a page of %d rows: at most %d are read", d.rows, mostRows)
	}
	if d.optional {
		if d.there, err = levels(runs, d.rows); err != nil {
			return err
		}
	}
	values := d.valuesBetween(0, d.rows)
	switch parquet.Encoding(p.Encoding()) {
	case parquet.Encodings.Plain:
		return d.values.page(data, values, nil)
	case parquet.Encodings.RLEDict, parquet.Encodings.PlainDict:
		d.indices = d.indices[:0]
		if values > 0 {
			if len(data) == 0 || data[0] > 32 {
				return errShort
			}
			if d.indices, err = appendHybrid(d.indices, data[1:], int(data[0]), values); err != nil {
				return err
			}
		}
		// [spread] looks one value ahead.
		d.indices = append(d.indices, 0)
		return d.values.page(nil, values, d.indices)
	}
	return errOther
}

// split parts the definition levels of a page, which are runs, from its values. Only an optional column has levels.
func (d *decoder) split(p file.Page) (runs, data []byte, err error) {
	data = p.Data()
	switch p := p.(type) {
	case *file.DataPageV1:
		if !d.optional {
			return nil, data, nil
		}
		switch p.DefinitionLevelEncoding() {
		case parquet.Encodings.RLE:
		case parquet.Encodings.BitPacked:
			return unpackedLevels(data, int(p.NumValues()))
		default:
			return nil, nil, errOther
		}
		if len(data) < 4 {
			return nil, nil, errShort
		}
		size := int64(binary.LittleEndian.Uint32(data))
		if data = data[4:]; size > int64(len(data)) {
			return nil, nil, errShort
		}
		return data[:size:size], data[size:], nil
	case *file.DataPageV2:
		skipped, size := int(p.RepetitionLevelByteLen()), int(p.DefinitionLevelByteLen())
		if skipped < 0 || size < 0 || skipped+size > len(data) {
			return nil, nil, errShort
		}
		data = data[skipped:]
		if !d.optional {
			return nil, data[size:], nil
		}
		return data[:size:size], data[size:], nil
	}
	return nil, nil, errOther
}

// unpackedLevels makes a run of levels in the encoding BIT_PACKED, which writers of long ago used: the highest bit comes first.
func unpackedLevels(data []byte, n int) (runs, rest []byte, err error) {
	size := groupsOf8(n)
	if size > len(data) {
		return nil, nil, errShort
	}
	runs = binary.AppendUvarint(nil, uint64(size)<<1|1)
	for _, b := range data[:size] {
		runs = append(runs, bits.Reverse8(b))
	}
	return runs, data[size:], nil
}

// valuesBetween counts the rows from..to of the page that are not null.
func (d *decoder) valuesBetween(from, to int) int {
	if d.there == nil {
		return to - from
	}
	return bitutil.CountSetBits(d.there, from, to-from)
}

// addEach adds rows as addRows does, one by one.
func addEach(v values, there []byte, from, to, place int) {
	for row := from; row < to; row++ {
		if there != nil && bitutil.BitIsNotSet(there, row) {
			v.addNull()
			continue
		}
		v.add(place)
		place++
	}
}

// spread copies values to rows, of which there tells from the bit from on which are not null. What comes to the others is
// undefined, and one value more than there are rows with one is looked at.
func spread[T any](out, values []T, there []byte, from int) {
	place := 0
	for i := range out {
		row := from + i
		out[i] = values[place]
		place += int(there[row>>3]>>(row&7)) & 1
	}
}

// spreadIndexed does so with values of a dictionary.
func spreadIndexed[T any](out, known []T, indices []uint32, there []byte, from int) {
	place := 0
	for i := range out {
		row := from + i
		out[i] = known[indices[place]]
		place += int(there[row>>3]>>(row&7)) & 1
	}
}
