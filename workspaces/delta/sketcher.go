package delta

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/cespare/xxhash/v2"

	"featops/workspaces/delta/pages"
	"featops/workspaces/sketch"
)

// sketcher gathers the sketch of a file while its pages are written, when the values are in the cache.
type sketcher struct {
	schema  *arrow.Schema
	columns []columnSketch
	rows    rowSample
}

// columnSketch is what is gathered of one column.
type columnSketch struct {
	moments  sketch.Moments // of finite numbers; of booleans as 0 and 1
	distinct sketch.Distinct
}

func newSketcher(schema *arrow.Schema) *sketcher {
	return &sketcher{schema: schema, columns: make([]columnSketch, schema.NumFields())}
}

// update adds a page. Values that are in the dictionary of the row group are counted at its end.
func (c *columnSketch) update(p pages.Seen) {
	if p.Array.NullN() == p.Array.Len() {
		return
	}
	if b, ok := p.Array.(*array.Boolean); ok {
		c.moments.Merge(truths(b))
		return
	}
	switch p.Array.DataType().ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.DATE32:
		c.moments.Merge(momentsOf(arrow.GetData[int32](p.Dense)))
	case arrow.INT64, arrow.TIMESTAMP:
		c.moments.Merge(momentsOf(arrow.GetData[int64](p.Dense)))
	case arrow.FLOAT32:
		c.moments.Merge(momentsOf(arrow.GetData[float32](p.Dense)))
	case arrow.FLOAT64:
		c.moments.Merge(momentsOf(arrow.GetData[float64](p.Dense)))
	}
	if p.Indexed {
		return
	}
	if texts, ok := p.Array.(*array.String); ok {
		for i := range texts.Len() {
			if texts.IsValid(i) {
				c.distinct.Add(xxhash.Sum64String(texts.Value(i)))
			}
		}
		return
	}
	c.count(p.Array.DataType(), p.Dense)
}

// momentsOf leaves out what is no number.
func momentsOf[T int32 | int64 | float32 | float64](values []T) sketch.Moments {
	var sums sketch.Sums
	sketch.Sum(&sums, values)
	if sums.Finite() {
		return sums.Moments()
	}
	sums = sketch.Sums{}
	for i, v := range values {
		if v-v == 0 {
			sketch.Sum(&sums, values[i:i+1])
		}
	}
	return sums.Moments()
}

// truths are the moments of booleans as 0 and 1.
func truths(a *array.Boolean) sketch.Moments {
	n, set := int64(a.Len()-a.NullN()), 0
	if n == 0 {
		return sketch.Moments{}
	}
	bits, offset, there := a.Data().Buffers()[1].Bytes(), a.Data().Offset(), validityOf(a)
	for from, to := there.run(0); from < to; from, to = there.run(to) {
		set += bitutil.CountSetBits(bits, offset+from, to-from)
	}
	share := float64(set) / float64(n)
	return sketch.Moments{N: n, Mean: share, M2: float64(set) * (1 - share)}
}

// count adds the different numbers, dates or timestamps, in PLAIN.
func (c *columnSketch) count(t arrow.DataType, plain []byte) {
	switch t.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.DATE32:
		countHalves(&c.distinct, arrow.GetData[int32](plain))
	case arrow.INT64, arrow.TIMESTAMP, arrow.FLOAT64:
		countWords(&c.distinct, arrow.GetData[int64](plain))
	case arrow.FLOAT32:
		for _, v := range arrow.GetData[float32](plain) {
			c.distinct.Add(sketch.Mix(word(int64(math.Float64bits(float64(v))))))
		}
	}
}

// word is what is hashed of an integer, or of the bits of a double: the same for both of its zeros.
func word(v int64) uint64 {
	if v == math.MinInt64 {
		return 0
	}
	return uint64(v)
}

// countWords and countHalves are not one generic function, since a call for each value would take longer than the rest.
func countWords(d *sketch.Distinct, values []int64) {
	below := d.Below()
	for _, v := range values {
		if h := sketch.Mix(word(v)); h <= below {
			d.Add(h)
			below = d.Below()
		}
	}
}

func countHalves(d *sketch.Distinct, values []int32) {
	below := d.Below()
	for _, v := range values {
		if h := sketch.Mix(uint64(int64(v))); h <= below {
			d.Add(h)
			below = d.Below()
		}
	}
}

// entries adds what the dictionary of a row group has, in PLAIN. stats are those of the group.
func (c *columnSketch) entries(t arrow.DataType, plain []byte, stats columnStats) {
	switch t.ID() {
	case arrow.BOOL:
		if stats.seen {
			c.distinct.Add(sketch.Mix(uint64(stats.minInt)))
			c.distinct.Add(sketch.Mix(uint64(stats.maxInt)))
		}
	case arrow.STRING:
		for ; len(plain) > 0; plain = plain[4+binary.LittleEndian.Uint32(plain):] {
			c.distinct.Add(xxhash.Sum64(plain[4 : 4+binary.LittleEndian.Uint32(plain)]))
		}
	default:
		c.count(t, plain)
	}
}

// mostSampled is how many rows of a file its sample has at most. Of a file with more it has at least about half as many. A
// build writes a table of any size to several files.
const mostSampled = 1 << 11

// rowSample is some of the rows of a file: all of them, or those whose number has a hash of the level.
type rowSample struct {
	level   uint
	seen    int64          // rows
	records []arrow.Record // the rows of the sample
	numbers []int64        // of these rows in the file
}

func (s *rowSample) has(row int64) bool { return sketch.Mix(uint64(row)) <= math.MaxUint64>>s.level }

// add adds a page.
func (s *rowSample) add(record arrow.Record) {
	rows := s.pick(record)
	for len(s.numbers)+len(rows) > mostSampled {
		s.rise()
		rows = s.pick(record)
	}
	places := make([]place, len(rows))
	for i, row := range rows {
		places[i].row = int32(row)
		s.numbers = append(s.numbers, s.seen+row)
	}
	s.seen += record.NumRows()
	if len(places) > 0 {
		s.records = append(s.records, gatherRows([]arrow.Record{record}, places))
	}
}

// pick returns the rows of a page that are of the level.
func (s *rowSample) pick(record arrow.Record) (rows []int64) {
	for row := range record.NumRows() {
		if s.has(s.seen + row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// rise drops the rows that are not of the next level.
func (s *rowSample) rise() {
	s.level++
	var places []place
	var numbers []int64
	n := 0
	for i, r := range s.records {
		for row := range r.NumRows() {
			if s.has(s.numbers[n]) {
				places, numbers = append(places, place{int32(i), int32(row)}), append(numbers, s.numbers[n])
			}
			n++
		}
	}
	before := s.records
	s.records, s.numbers = nil, numbers
	if len(places) > 0 {
		s.records = []arrow.Record{gatherRows(before, places)}
	}
	for _, r := range before {
		r.Release()
	}
}

// gatherRows returns the rows at the places of some records.
func gatherRows(records []arrow.Record, places []place) arrow.Record {
	columns := make([]arrow.Array, records[0].NumCols())
	from := make([]arrow.Array, len(records))
	for i := range columns {
		for k, r := range records {
			from[k] = r.Column(i)
		}
		columns[i] = gather(from, places)
		defer columns[i].Release()
	}
	return array.NewRecord(records[0].Schema(), columns, int64(len(places)))
}
