package pages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/endian"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

var magic = []byte("PAR1")

// Writer writes one file. All its columns are optional, whatever the schema says.
type Writer struct {
	out     *counter
	footer  *metadata.FileMetaDataBuilder
	columns []column
	press   press
	pages   []page // of one column; room for the next
	groups  int
	header  header
}

// press makes pages, one after another.
type press struct {
	scratch scratch
	plain   []byte // a page before compression
	valid   []byte // its validity bitmap
	arena   arena
}

// column tells how one is encoded.
type column struct {
	encoder
	width int  // of a decimal, in bytes
	plain bool // a dictionary was of no use in the row group before, and is not tried again
}

// page is a compressed page without its header.
type page struct {
	data    []byte // in the arena
	size    int    // before compression
	values  int    // rows, or entries of a dictionary
	indexed bool
}

// chunk is the pages of a column in a row group.
type chunk struct {
	dictionary page // none, without data, where no page is indexed
	pages      []page
}

// close completes a chunk with the dictionary, if any of its pages is indexed in that.
func (c *chunk) close(p *press, plain []byte, entries int) {
	if slices.ContainsFunc(c.pages, func(p page) bool { return p.indexed }) {
		c.dictionary = page{data: p.arena.compressed(plain), size: len(plain), values: entries}
	}
}

func (c *chunk) hasDictionary() bool { return c.dictionary.data != nil }

// counter is the file below the writer. It keeps the first error.
type counter struct {
	out io.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.out.Write(p)
	c.n, c.err = c.n+int64(n), err
	return n, err
}

func (c *counter) Tell() int64 { return c.n }

// NewWriter begins a file. The types of the schema are boolean, signed integers, floats, string,
// binary, date32, timestamp and decimal128; another is an error that names the column.
func NewWriter(out io.Writer, s *arrow.Schema, createdBy string) (*Writer, error) {
	if endian.IsBigEndian {
		return nil, errors.New("a big-endian machine: Parquet is little-endian, as this writer takes memory to be")
	}
	optional := make([]arrow.Field, s.NumFields())
	for i, f := range s.Fields() {
		optional[i] = arrow.Field{Name: f.Name, Type: f.Type, Nullable: true}
	}
	properties := parquet.NewWriterProperties(
		parquet.WithCompression(compress.Codecs.Snappy), parquet.WithCreatedBy(createdBy))
	stored, err := pqarrow.ToParquet(arrow.NewSchema(optional, nil), properties, pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, err
	}
	w := &Writer{out: &counter{out: out}, footer: metadata.NewFileMetadataBuilder(stored, properties, nil)}
	// Columns of a type have one encoder, whose dictionary is in the cache for all of them.
	type kind struct {
		id    arrow.Type
		width int
	}
	encoders := map[kind]encoder{}
	for i, f := range optional {
		k := kind{f.Type.ID(), stored.Column(i).TypeLength()}
		if encoders[k] == nil {
			if encoders[k], err = newEncoder(f.Type, k.width, &w.press.scratch); err != nil {
				return nil, fmt.Errorf("column %s: %w", f.Name, err)
			}
		}
		w.columns = append(w.columns, column{encoder: encoders[k], width: k.width})
	}
	_, err = w.out.Write(magic)
	return w, err
}

// Size is the number of bytes written so far.
func (w *Writer) Size() int64 { return w.out.n }

// Seen is what was written as a page of a column.
type Seen struct {
	Array arrow.Array
	// Dense are the numbers, dates and timestamps that are not null, in PLAIN; nil for other types. They stay until the next page.
	Dense []byte
	// Indexed tells that all values are in the dictionary that the column has in the row group.
	Indexed bool
}

// Watcher is told of what a writer writes, to tell the statistics.
type Watcher struct {
	// Page is told of a page at once, while its values are in the cache; may be nil.
	Page func(column int, page Seen)
	// Chunk is told the entries of a column's dictionary, in PLAIN, after its pages in a row group, and returns the statistics of the
	// chunk; may be nil.
	Chunk func(column int, dictionary []byte) metadata.EncodedStatistics
}

// WriteGroup writes a row group: of each record, which has the writer's schema, a page in every column. Pages of some ten thousand
// rows are read and written fastest; very long texts come into several. Nothing of the records is kept.
func (w *Writer) WriteGroup(records []arrow.Record, watcher Watcher) error {
	rows := 0
	for _, r := range records {
		rows += int(r.NumRows())
	}
	group := w.footer.AppendRowGroup()
	group.SetNumRows(rows)
	size := int64(0)
	for i := range w.columns {
		whole, err := w.writeColumn(group.NextColumnChunk(), i, records, watcher)
		if err != nil {
			return fmt.Errorf("column %s: %w", records[0].ColumnName(i), err)
		}
		size += whole
	}
	if err := group.Finish(size, int16(w.groups)); err != nil {
		return err
	}
	w.groups++
	return w.out.err
}

// writeColumn writes a column of a row group, and returns its size before compression.
func (w *Writer) writeColumn(to *metadata.ColumnChunkMetaDataBuilder, i int, records []arrow.Record, watcher Watcher) (_ int64, err error) {
	c, made := &w.columns[i], chunk{pages: w.pages[:0]}
	c.reset(c.plain)
	w.press.arena.reset()
	see := func(p Seen) {
		if watcher.Page != nil {
			watcher.Page(i, p)
		}
	}
	for _, r := range records {
		if made.pages, err = w.press.appendPages(made.pages, c, r.Column(i), see); err != nil {
			return 0, err
		}
	}
	w.pages = made.pages
	plain, entries := c.dictionary()
	if watcher.Chunk != nil {
		to.SetStats(watcher.Chunk(i, plain))
	}
	made.close(&w.press, plain, entries)
	c.plain = !made.hasDictionary()
	return w.writeChunk(to, made)
}

// appendPages makes a page of an array, or several where its texts are very long.
func (p *press) appendPages(pages []page, e encoder, a arrow.Array, see func(Seen)) ([]page, error) {
	half := int64(a.Len() / 2)
	if half == 0 || textBytes(a) <= maxTextBytes {
		made, dense, err := p.page(e, a)
		if err != nil {
			return pages, err
		}
		see(Seen{Array: a, Dense: dense, Indexed: made.indexed})
		return append(pages, made), nil
	}
	for _, part := range []arrow.Array{array.NewSlice(a, 0, half), array.NewSlice(a, half, int64(a.Len()))} {
		var err error
		pages, err = p.appendPages(pages, e, part, see)
		part.Release()
		if err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// page encodes and compresses values.
func (p *press) page(e encoder, a arrow.Array) (_ page, dense []byte, err error) {
	valid := p.validity(a)
	p.plain = appendLevels(p.plain[:0], a.Len(), valid)
	var indexed bool
	if p.plain, dense, indexed = e.encode(p.plain, a, valid); len(p.plain) > math.MaxInt32 {
		return page{}, nil, fmt.Errorf("a page of %d bytes; at most %d are allowed", len(p.plain), math.MaxInt32)
	}
	return page{data: p.arena.compressed(p.plain), size: len(p.plain), values: a.Len(), indexed: indexed}, dense, nil
}

// maxTextBytes bounds the texts of a page.
const maxTextBytes = 8 << 20

func textBytes(a arrow.Array) int {
	offsets, _ := textsIn(a)
	if len(offsets) == 0 {
		return 0
	}
	return int(offsets[len(offsets)-1] - offsets[0])
}

// validity returns the validity bitmap of an array from its first row on, with zeros up to a
// multiple of 64 bits; nil when nothing is null.
func (p *press) validity(a arrow.Array) []byte {
	if a.NullN() == 0 {
		return nil
	}
	size := (a.Len() + 63) / 64 * 8
	if cap(p.valid) < size {
		p.valid = make([]byte, size)
	}
	p.valid = p.valid[:size]
	clear(p.valid[max(0, size-8):])
	bitutil.CopyBitmap(a.NullBitmapBytes(), a.Data().Offset(), a.Len(), p.valid, 0)
	return p.valid
}

// appendLevels appends the definition levels of a page and their length.
func appendLevels(page []byte, rows int, valid []byte) []byte {
	page = append(page, 0, 0, 0, 0)
	if valid == nil {
		page = binary.AppendUvarint(page, uint64(rows)<<1)
		page = append(page, 1)
	} else {
		page = binary.AppendUvarint(page, uint64(groupsOf8(rows))<<1|1)
		page = append(page, valid[:groupsOf8(rows)]...)
	}
	binary.LittleEndian.PutUint32(page, uint32(len(page)-4))
	return page
}

// Note adds a text of the application's own to the footer.
func (w *Writer) Note(key, text string) error { return w.footer.AppendKeyValueMetadata(key, text) }

// writeChunk writes a column of a row group, and returns its size before compression.
func (w *Writer) writeChunk(to *metadata.ColumnChunkMetaDataBuilder, c chunk) (int64, error) {
	info := metadata.ChunkMetaInfo{IndexPageOffset: -1}
	found := metadata.EncodingStats{DictEncodingStats: map[parquet.Encoding]int32{}, DataEncodingStats: map[parquet.Encoding]int32{}}
	begin := w.out.n
	if c.hasDictionary() {
		info.DictPageOffset = begin
		found.DictEncodingStats[parquet.Encodings.Plain]++
		info.UncompressedSize += w.writePage(c.dictionary, w.header.dictionary(c.dictionary))
	}
	info.DataPageOffset = w.out.n
	for _, p := range c.pages {
		encoding := parquet.Encodings.Plain
		if p.indexed {
			encoding = parquet.Encodings.RLEDict
		}
		found.DataEncodingStats[encoding]++
		info.NumValues += int64(p.values)
		info.UncompressedSize += w.writePage(p, w.header.data(p, encoding))
	}
	info.CompressedSize = w.out.n - begin
	fallsBack := c.hasDictionary() && found.DataEncodingStats[parquet.Encodings.Plain] > 0
	if err := to.Finish(info, c.hasDictionary(), fallsBack, found, nil); err != nil {
		return 0, err
	}
	if _, err := to.WriteTo(w.out); err != nil {
		return 0, err
	}
	return info.UncompressedSize, w.out.err
}

// writePage writes a page behind its header, and returns their size before compression. The file keeps its error.
func (w *Writer) writePage(p page, header []byte) int64 {
	_, _ = w.out.Write(header)
	_, _ = w.out.Write(p.data)
	return int64(len(header) + p.size)
}

// Close writes the footer. The last row group must have ended.
func (w *Writer) Close() error {
	footer, err := w.footer.Finish()
	if err != nil {
		return err
	}
	before := w.out.n
	if _, err := footer.WriteTo(w.out, nil); err != nil {
		return err
	}
	end := binary.LittleEndian.AppendUint32(nil, uint32(w.out.n-before))
	_, err = w.out.Write(append(end, magic...))
	return err
}
