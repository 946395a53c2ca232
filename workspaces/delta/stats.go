package delta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// Stats are the statistics of a data file (section Per-file Statistics), by which readers skip
// files. Bounds are JSON literals as they stand in the log, so that no digit is lost; a column
// without bounds can hold anything.
type Stats struct {
	NumRecords int64                      `json:"numRecords"`
	MinValues  map[string]json.RawMessage `json:"minValues"`
	MaxValues  map[string]json.RawMessage `json:"maxValues"`
	NullCount  map[string]json.RawMessage `json:"nullCount"` // a number, or an object for a nested column
}

// nulls returns the number of null values of a column, and whether it is known.
func (s *Stats) nulls(column string) (int64, bool) {
	if s == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(lookup(s.NullCount, column)), 10, 64)
	return n, err == nil
}

// lookup finds a column without regard to case.
func lookup(values map[string]json.RawMessage, column string) json.RawMessage {
	if v, ok := values[column]; ok {
		return v
	}
	for name, v := range values {
		if strings.EqualFold(name, column) {
			return v
		}
	}
	return nil
}

// maxBoundLength is the number of characters after which bounds of strings are cut.
const maxBoundLength = 32

// columnStats gathers the statistics of one column over the batches of a file.
type columnStats struct {
	nulls   int64
	seen    bool // a value that is not null
	noBound bool // a value that has no place in an order: NaN, an infinity, text that is not UTF-8

	minInt, maxInt         int64 // integers, dates in days, timestamps in µs
	minFloat, maxFloat     float64
	minText, maxText       string
	minDecimal, maxDecimal decimal128.Num
}

// update adds a batch of the column, whose type is one that canonicalType returns.
func (c *columnStats) update(a arrow.Array) {
	c.nulls += int64(a.NullN())
	if a.NullN() == a.Len() {
		return
	}
	switch a := a.(type) {
	case *array.Boolean:
		c.boundBooleans(a)
	case *array.Int8:
		boundIntegers(c, a, a.Int8Values())
	case *array.Int16:
		boundIntegers(c, a, a.Int16Values())
	case *array.Int32:
		boundIntegers(c, a, a.Int32Values())
	case *array.Int64:
		boundIntegers(c, a, a.Int64Values())
	case *array.Date32:
		boundIntegers(c, a, a.Date32Values())
	case *array.Timestamp:
		boundIntegers(c, a, a.TimestampValues())
	case *array.Float32:
		boundFloats(c, a, a.Float32Values())
	case *array.Float64:
		boundFloats(c, a, a.Float64Values())
	case *array.String:
		c.boundStrings(a)
	case *array.Decimal128:
		c.boundDecimals(a)
	}
}

func boundIntegers[T ~int8 | ~int16 | ~int32 | ~int64](c *columnStats, a arrow.Array, values []T) {
	low, high := T(0), T(0)
	first := true
	nulls := a.NullN() > 0
	for i, v := range values {
		if nulls && a.IsNull(i) {
			continue
		}
		if first {
			low, high, first = v, v, false
		}
		low, high = min(low, v), max(high, v)
	}
	if !c.seen {
		c.minInt, c.maxInt, c.seen = int64(low), int64(high), true
	}
	c.minInt, c.maxInt = min(c.minInt, int64(low)), max(c.maxInt, int64(high))
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
		if !c.seen {
			c.minInt, c.maxInt, c.seen = v, v, true
		}
		c.minInt, c.maxInt = min(c.minInt, v), max(c.maxInt, v)
	}
}

func boundFloats[T ~float32 | ~float64](c *columnStats, a arrow.Array, values []T) {
	low, high := T(math.Inf(1)), T(math.Inf(-1))
	nulls := a.NullN() > 0
	for i, v := range values {
		if nulls && a.IsNull(i) {
			continue
		}
		// The comparisons are false for NaN, which v-v then catches, as it does infinities.
		if v-v != 0 {
			c.noBound = true
			return
		}
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	if !c.seen {
		c.minFloat, c.maxFloat, c.seen = float64(low), float64(high), true
	}
	c.minFloat, c.maxFloat = min(c.minFloat, float64(low)), max(c.maxFloat, float64(high))
}

func (c *columnStats) boundStrings(a *array.String) {
	low, high := c.minText, c.maxText
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		v := a.Value(i)
		if !utf8.ValidString(v) {
			c.noBound = true
			return
		}
		if !c.seen {
			low, high, c.seen = v, v, true
		}
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	// The batch's memory must not be kept alive by two of its strings.
	c.minText, c.maxText = strings.Clone(low), strings.Clone(high)
}

func (c *columnStats) boundDecimals(a *array.Decimal128) {
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		v := a.Value(i)
		if !c.seen {
			c.minDecimal, c.maxDecimal, c.seen = v, v, true
		}
		if v.Less(c.minDecimal) {
			c.minDecimal = v
		}
		if v.Greater(c.maxDecimal) {
			c.maxDecimal = v
		}
	}
}

// bounds returns the JSON literals of the smallest and the greatest value, nil when there are none
// to give. Binaries never have any.
func (c *columnStats) bounds(t arrow.DataType) (low, high json.RawMessage) {
	if !c.seen || c.noBound {
		return nil, nil
	}
	switch t := t.(type) {
	case *arrow.BooleanType:
		// Spark ignores these; delta-rs takes a boolean column without bounds for one that is never true.
		return strconv.AppendBool(nil, c.minInt == 1), strconv.AppendBool(nil, c.maxInt == 1)
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type:
		return strconv.AppendInt(nil, c.minInt, 10), strconv.AppendInt(nil, c.maxInt, 10)
	case *arrow.Float32Type:
		return floatBound(c.minFloat, true, 32), floatBound(c.maxFloat, false, 32)
	case *arrow.Float64Type:
		return floatBound(c.minFloat, true, 64), floatBound(c.maxFloat, false, 64)
	case *arrow.Decimal128Type:
		return json.RawMessage(c.minDecimal.ToString(t.Scale)), json.RawMessage(c.maxDecimal.ToString(t.Scale))
	case *arrow.StringType:
		if high, ok := cutUp(c.maxText); ok {
			return quote(cutDown(c.minText)), quote(high)
		}
		return nil, nil
	case *arrow.Date32Type:
		return timeBounds(time.Unix(c.minInt*86400, 0), time.Unix(c.maxInt*86400, 0), time.DateOnly)
	case *arrow.TimestampType:
		// Readers take timestamps as whole milliseconds, so the bounds move outwards to those.
		return timeBounds(time.UnixMilli(floorDiv(c.minInt, 1000)), time.UnixMilli(-floorDiv(-c.maxInt, 1000)), "2006-01-02T15:04:05.000Z")
	}
	return nil, nil
}

// floatBound writes a float with a point or an exponent. Zero is written with the sign that makes
// the bound hold for readers that tell -0.0 from 0.0.
func floatBound(v float64, low bool, bits int) json.RawMessage {
	if v == 0 {
		if low {
			return json.RawMessage("-0.0")
		}
		return json.RawMessage("0.0")
	}
	text := strconv.AppendFloat(nil, v, 'g', -1, bits)
	if !bytes.ContainsAny(text, ".e") {
		text = append(text, ".0"...)
	}
	return text
}

// timeBounds formats two times, if both have a year of four digits.
func timeBounds(low, high time.Time, layout string) (json.RawMessage, json.RawMessage) {
	low, high = low.UTC(), high.UTC()
	if low.Year() < 1 || high.Year() > 9999 {
		return nil, nil
	}
	return quote(low.Format(layout)), quote(high.Format(layout))
}

// cutDown returns the first characters of a lower bound: a prefix never sorts after the whole.
func cutDown(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxBoundLength {
			return s[:i]
		}
	}
	return s
}

// cutUp returns the first characters of an upper bound followed by the greatest character there
// is, so that it sorts after the whole; not ok when the cut-off text begins with that character.
func cutUp(s string) (bound string, ok bool) {
	head := cutDown(s)
	if len(head) == len(s) {
		return s, true
	}
	if strings.HasPrefix(s[len(head):], string(utf8.MaxRune)) {
		return "", false
	}
	return head + string(utf8.MaxRune), true
}

func quote(s string) json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("a string has no JSON: %v", err)) // cannot happen
	}
	return text
}

// floorDiv divides rounding towards minus infinity.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// gatherStats puts together the statistics of a file.
func gatherStats(schema *arrow.Schema, columns []columnStats, rows int64) Stats {
	s := Stats{
		NumRecords: rows,
		MinValues:  map[string]json.RawMessage{},
		MaxValues:  map[string]json.RawMessage{},
		NullCount:  map[string]json.RawMessage{},
	}
	for i, f := range schema.Fields() {
		if low, high := columns[i].bounds(f.Type); low != nil {
			s.MinValues[f.Name], s.MaxValues[f.Name] = low, high
		}
		s.NullCount[f.Name] = strconv.AppendInt(nil, columns[i].nulls, 10)
	}
	return s
}
