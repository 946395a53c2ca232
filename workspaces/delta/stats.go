package delta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
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

// decodeStats parses the statistics of a file, nil when they do not say how many rows it has: without that they
// are of no use.
func decodeStats(text string) (*Stats, error) {
	s := Stats{NumRecords: -1}
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.NumRecords < 0 {
		return nil, err
	}
	return &s, nil
}

// nulls returns the number of null values of a column, and whether it is known.
func (s *Stats) nulls(column string) (int64, bool) {
	if s == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(lookup(s.NullCount, column)), 10, 64)
	return n, err == nil && 0 <= n && n <= s.NumRecords
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
