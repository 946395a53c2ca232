package pages

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v17/parquet"
)

// header is a page header, in memory that the next one uses again: the struct PageHeader of
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift in Thrift's compact protocol.
// There a field is a byte and its value. The byte has the type, and above it by how much the field's number is greater than that of
// the one before. An integer is in zigzag and of variable length; a zero ends a struct.
type header []byte

const (
	thriftInt    = 5
	thriftStruct = 12

	dataPage       = 0
	dictionaryPage = 2
)

// data is the header of a data page.
func (h *header) data(p page, encoding parquet.Encoding) []byte {
	h.begin(dataPage, p)
	h.inner(2, p.values, int(encoding), int(parquet.Encodings.RLE), int(parquet.Encodings.RLE))
	return *h
}

// dictionary is the header of a page with a dictionary.
func (h *header) dictionary(p page) []byte {
	h.begin(dictionaryPage, p)
	h.inner(4, p.values, int(parquet.Encodings.Plain))
	return *h
}

// begin writes the fields 1 to 3: the type of the page, and its size before and after compression.
func (h *header) begin(kind int, p page) {
	*h = (*h)[:0]
	h.ints(kind, p.size, len(p.data))
}

// inner writes the struct of the type, so many fields after the one before, which is the last.
func (h *header) inner(after byte, fields ...int) {
	*h = append(*h, after<<4|thriftStruct)
	h.ints(fields...)
	*h = append(*h, 0, 0)
}

// ints writes integer fields, one after the other.
func (h *header) ints(fields ...int) {
	for _, v := range fields {
		*h = binary.AppendVarint(append(*h, 1<<4|thriftInt), int64(v))
	}
}
