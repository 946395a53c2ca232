package delta

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"featops/workspaces/delta/pages"
)

// columnStats gathers the statistics of one column over the pages of a file.
type columnStats struct {
	nulls   int64
	seen    bool // a value that is not null
	noBound bool // a value that has no place in an order: NaN, an infinity, text that is not UTF-8

	minInt, maxInt         int64 // integers, dates in days, timestamps in µs
	minFloat, maxFloat     float64
	minText, maxText       string
	minDecimal, maxDecimal decimal128.Num
}

// update adds a page of the column, whose type is one that canonicalType returns.
func (c *columnStats) update(p pages.Seen) {
	c.nulls += int64(p.Array.NullN())
	if p.Array.NullN() == p.Array.Len() {
		return
	}
	switch a := p.Array.(type) {
	case *array.Boolean:
		c.boundBooleans(a)
	case *array.String:
		c.boundStrings(a)
	case *array.Decimal128:
		c.boundDecimals(a)
	default:
		c.boundNumbers(a.DataType(), p.Dense)
	}
}

// boundEntries adds the bounds of the entries of a dictionary, in PLAIN.
func (c *columnStats) boundEntries(t arrow.DataType, plain []byte) {
	if len(plain) == 0 {
		return
	}
	if t.ID() == arrow.STRING {
		for ; len(plain) > 0; plain = plain[4+binary.LittleEndian.Uint32(plain):] {
			c.boundText(string(plain[4 : 4+binary.LittleEndian.Uint32(plain)]))
		}
		return
	}
	c.boundNumbers(t, plain)
}

// boundNumbers adds the bounds of numbers, dates or timestamps in PLAIN.
func (c *columnStats) boundNumbers(t arrow.DataType, plain []byte) {
	switch t.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.DATE32:
		boundIntegers(c, arrow.GetData[int32](plain))
	case arrow.INT64, arrow.TIMESTAMP:
		boundIntegers(c, arrow.GetData[int64](plain))
	case arrow.FLOAT32:
		boundFloats(c, arrow.GetData[float32](plain))
	case arrow.FLOAT64:
		boundFloats(c, arrow.GetData[float64](plain))
	}
}

func boundIntegers[T int32 | int64](c *columnStats, values []T) {
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	c.addIntegers(int64(low), int64(high))
}

func (c *columnStats) addIntegers(low, high int64) {
	if !c.seen {
		c.minInt, c.maxInt, c.seen = low, high, true
	}
	c.minInt, c.maxInt = min(c.minInt, low), max(c.maxInt, high)
}

func (c *columnStats) boundBooleans(a *array.Boolean) {
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		v := int64(0)
		if a.Value(i) {
			v = 1
		}
		c.addIntegers(v, v)
		if c.minInt != c.maxInt {
			return
		}
	}
}

func boundFloats[T float32 | float64](c *columnStats, values []T) {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, v := range values {
		at := ordered(float64(v))
		low, high = min(low, at), max(high, at)
	}
	if low <= ordered(math.Inf(-1)) || high >= ordered(math.Inf(1)) {
		c.noBound = true
		return
	}
	c.addFloats(disordered(low), disordered(high))
}

// ordered gives floats whole numbers in their order, which compare in less time. -0.0 lies below 0.0, and each NaN beyond an
// infinity.
func ordered(v float64) int64 { return turned(int64(math.Float64bits(v))) }

// disordered is the inverse of ordered.
func disordered(at int64) float64 { return math.Float64frombits(uint64(turned(at))) }

// turned turns all bits of negative numbers but the sign: the larger their magnitude, the less they are then.
func turned(bits int64) int64 { return bits ^ bits>>63&math.MaxInt64 }

func (c *columnStats) addFloats(low, high float64) {
	if !c.seen {
		c.minFloat, c.maxFloat, c.seen = low, high, true
	}
	c.minFloat, c.maxFloat = min(c.minFloat, low), max(c.maxFloat, high)
}

func (c *columnStats) boundStrings(a *array.String) {
	there := validityOf(a)
	last := ""
	for from, to := there.run(0); from < to; from, to = there.run(to) {
		for i := from; i < to; i++ {
			if v := a.Value(i); v != last || i == from {
				c.boundText(v)
				last = v
			}
		}
	}
}

// boundText keeps no memory of the text's.
func (c *columnStats) boundText(v string) {
	switch {
	case !utf8.ValidString(v):
		c.noBound = true
	case !c.seen:
		c.minText = strings.Clone(v)
		c.maxText, c.seen = c.minText, true
	case v < c.minText:
		c.minText = strings.Clone(v)
	case v > c.maxText:
		c.maxText = strings.Clone(v)
	}
}

func (c *columnStats) addTexts(low, high string) {
	if !c.seen {
		c.minText, c.maxText, c.seen = low, high, true
	}
	c.minText, c.maxText = min(c.minText, low), max(c.maxText, high)
}

func (c *columnStats) boundDecimals(a *array.Decimal128) {
	for i := range a.Len() {
		if a.IsValid(i) {
			c.addDecimals(a.Value(i), a.Value(i))
		}
	}
}

func (c *columnStats) addDecimals(low, high decimal128.Num) {
	if !c.seen {
		c.minDecimal, c.maxDecimal, c.seen = low, high, true
	}
	if low.Less(c.minDecimal) {
		c.minDecimal = low
	}
	if high.Greater(c.maxDecimal) {
		c.maxDecimal = high
	}
}

// merge adds the statistics of further rows of the same column, of the given type.
func (c *columnStats) merge(o columnStats, t arrow.DataType) {
	c.nulls += o.nulls
	c.noBound = c.noBound || o.noBound
	if !o.seen {
		return
	}
	switch t.(type) {
	case *arrow.Float32Type, *arrow.Float64Type:
		c.addFloats(o.minFloat, o.maxFloat)
	case *arrow.StringType:
		c.addTexts(o.minText, o.maxText)
	case *arrow.Decimal128Type:
		c.addDecimals(o.minDecimal, o.maxDecimal)
	default:
		c.addIntegers(o.minInt, o.maxInt)
	}
}

// maxStoredBound is the length from which on the bounds of texts are left out of a Parquet file.
const maxStoredBound = 4096

// stored returns the statistics as they stand in a Parquet file: bounds in the encoding PLAIN, texts
// without their length, zeros of floats with the sign that holds for readers that tell them apart.
func (c *columnStats) stored(t arrow.DataType) metadata.EncodedStatistics {
	s := metadata.EncodedStatistics{HasNullCount: true, NullCount: c.nulls}
	if !c.seen || c.noBound {
		return s
	}
	var low, high []byte
	switch t := t.(type) {
	case *arrow.BooleanType:
		low, high = []byte{byte(c.minInt)}, []byte{byte(c.maxInt)}
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Date32Type:
		low, high = binary.LittleEndian.AppendUint32(nil, uint32(c.minInt)), binary.LittleEndian.AppendUint32(nil, uint32(c.maxInt))
	case *arrow.Int64Type, *arrow.TimestampType:
		low, high = binary.LittleEndian.AppendUint64(nil, uint64(c.minInt)), binary.LittleEndian.AppendUint64(nil, uint64(c.maxInt))
	case *arrow.Float32Type:
		least, most := signedZeros(c.minFloat, c.maxFloat)
		low = binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(least)))
		high = binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(most)))
	case *arrow.Float64Type:
		least, most := signedZeros(c.minFloat, c.maxFloat)
		low = binary.LittleEndian.AppendUint64(nil, math.Float64bits(least))
		high = binary.LittleEndian.AppendUint64(nil, math.Float64bits(most))
	case *arrow.Decimal128Type:
		low, high = bigEndian(c.minDecimal, t.Precision), bigEndian(c.maxDecimal, t.Precision)
	case *arrow.StringType:
		if len(c.minText) > maxStoredBound || len(c.maxText) > maxStoredBound {
			return s
		}
		low, high = []byte(c.minText), []byte(c.maxText)
	}
	_, text := t.(*arrow.StringType)
	s.SetMin(low)
	s.SetMax(high)
	s.Signed = !text // texts compare by unsigned bytes, which the format's first bounds did not allow for
	return s
}

// signedZeros makes a lower bound of zero negative and an upper one positive.
func signedZeros(low, high float64) (float64, float64) {
	if low == 0 {
		low = math.Copysign(0, -1)
	}
	return low, high + 0
}

// bigEndian returns a decimal in as many bytes as its column has in a Parquet file.
func bigEndian(v decimal128.Num, precision int32) []byte {
	whole := binary.BigEndian.AppendUint64(nil, uint64(v.HighBits()))
	whole = binary.BigEndian.AppendUint64(whole, v.LowBits())
	return whole[len(whole)-int(pqarrow.DecimalSize(precision)):]
}

// validity tells which values of an array are there.
type validity struct {
	bits   []byte // nil when none is null
	offset int
	rows   int
}

func validityOf(a arrow.Array) validity {
	v := validity{rows: a.Len()}
	if a.NullN() > 0 {
		v.bits, v.offset = a.NullBitmapBytes(), a.Data().Offset()
	}
	return v
}

// run returns the first values side by side that are not null, from a row on; none at the end.
func (v validity) run(row int) (from, to int) {
	if v.bits == nil {
		return row, v.rows
	}
	from = v.next(row, 0)
	return from, v.next(from, math.MaxUint64)
}

// next returns the first row from the given one on whose bit, after a flip, is set.
func (v validity) next(row int, flip uint64) int {
	for row < v.rows {
		at := v.offset + row
		word := (wordAt(v.bits[at/8:]) ^ flip) >> (at % 8)
		if word != 0 {
			return min(row+bits.TrailingZeros64(word), v.rows)
		}
		row += 64 - at%8
	}
	return v.rows
}

// wordAt returns the first 64 bits, with zeros for those that are not there.
func wordAt(bytes []byte) uint64 {
	if len(bytes) >= 8 {
		return binary.LittleEndian.Uint64(bytes)
	}
	var whole [8]byte
	copy(whole[:], bytes)
	return binary.LittleEndian.Uint64(whole[:])
}
