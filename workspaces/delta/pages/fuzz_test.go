package pages

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// FuzzPage decodes pages of any bytes: what is damaged is an error or other values, never a panic or a read outside of the page.
func FuzzPage(f *testing.F) {
	f.Add([]byte{3, 0, 0, 0, 4<<1 | 1, 0b1011, 0, 1, 2, 3, 4, 5, 6, 7, 8}, []byte{1, 0, 0, 0, 'a', 0, 0, 0, 0}, uint16(4), uint8(0))
	f.Add([]byte{2, 0, 0, 0, 9 << 1, 1, 1, 9 << 1, 1}, []byte("0123456789abcdef"), uint16(9), uint8(1|2))
	f.Fuzz(func(t *testing.T, data, dictionary []byte, rows uint16, how uint8) {
		encoding := parquet.Encodings.Plain
		if how&1 != 0 {
			encoding = parquet.Encodings.RLEDict
		}
		optional, second := how&2 != 0, how&4 != 0
		for _, v := range []struct {
			values values
			kind   arrow.DataType
		}{
			{&words[uint32]{}, arrow.PrimitiveTypes.Int32},
			{&words[uint64]{}, arrow.PrimitiveTypes.Float64},
			{&flags{}, arrow.FixedWidthTypes.Boolean},
			{&textValues{}, arrow.BinaryTypes.String},
			{&textIndices{}, Texts},
		} {
			var p file.Page = file.NewDataPageV1(memory.NewBufferBytes(data), int32(rows), encoding, parquet.Encodings.RLE, parquet.Encodings.RLE, int32(len(data)))
			if second {
				levels := min(int32(how>>3), int32(len(data)))
				p = file.NewDataPageV2(memory.NewBufferBytes(data), int32(rows), 0, int32(rows), encoding, levels, 0, int32(len(data)), false)
			}
			if err := v.values.dictionary(dictionary, len(dictionary)/8); err != nil {
				continue
			}
			d := decoder{optional: optional, values: v.values}
			v.values.begin(int(rows))
			if err := d.open(p); err != nil {
				continue
			}
			split := int(rows) / 3
			v.values.addRows(d.there, 0, split, 0)
			v.values.addRows(d.there, split, int(rows), d.valuesBetween(0, split))
			if a := v.values.array(v.kind, int(rows), nil, 0); a.Len() != int(rows) {
				t.Fatalf("%s: %d rows of %d", v.kind, a.Len(), rows)
			}
		}
	})
}
