// Package pages writes Parquet files of flat columns, and reads such columns.
//
// It is the part of a Parquet writer and reader on which their speed depends, the writing and decoding of
// pages, and no more: Arrow's packages file and metadata read page headers, and read and write column metadata and the
// footer; compression is golang/snappy. What is read may be by any writer; for what is not known here there
// is Arrow's own reader. What follows is the format as far as this package writes
// it; sections are those of https://github.com/apache/parquet-format (README.md, Encodings.md).
//
// # The file
//
//	"PAR1"
//	row group: for each column a column chunk: [dictionary page] data page …
//	row group …
//	footer: schema, and for each chunk its place, encodings and statistics
//	length of the footer (4 bytes, little-endian) "PAR1"
//
// The pages of a chunk stand side by side, while rows arrive with all their columns. So the
// rows of a row group are kept in memory until there are enough of them, and then written column by column: the
// dictionary of a column and its pages are in the cache until they are written. Every page is compressed by itself.
//
// # A data page
//
//	length of the levels (4 bytes, little-endian)
//	definition levels
//	values: those that are not null, without a gap
//
// Every column is optional and none is nested or repeated, so a definition level is one bit: 1 for
// a value, 0 for a null. Levels are in the encoding RLE (section "Run Length Encoding / Bit-Packing
// Hybrid"): a sequence of runs, each with a header that is a variable-length integer.
//
//	RLE run:        header = count<<1, then the value in as many whole bytes as it needs
//	bit-packed run: header = groups of eight<<1 | 1, then the values side by side, lowest bit first
//
// An Arrow validity bitmap has its bits in the order of a bit-packed run of width 1. So the levels
// of a page without nulls are one RLE run, those of any other page one bit-packed run that is a
// copy of the bitmap.
//
// # Values
//
// PLAIN: integers and floats as little-endian bytes, integers of 8 and 16 bits as 32, booleans as
// bits, texts and binaries behind their length in 4 bytes, decimals as big-endian two's complement
// of just enough bytes for their precision.
//
// RLE_DICTIONARY: the chunk begins with a page of its distinct values (in PLAIN), and the values of
// a data page are their indices: the bit width in one byte, then runs of the hybrid above, here one
// bit-packed run. A chunk begins with a dictionary and goes on in PLAIN, page by page, once it has
// too many values: readers look at the encoding of each page. Where not even one page came into the dictionary, the column is in
// PLAIN in the row groups to come.
package pages
