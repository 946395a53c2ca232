package delta

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// mergeKey is the key of a row in a form that compares quickly, column by column in the order of
// the key.
type mergeKey[K any] interface {
	comparable
	compare(K) int
	kept() K // the same in memory of its own
}

// numbers is a key of one or two columns of integers, dates or timestamps; one column leaves b 0.
type numbers struct{ a, b int64 }

func (k numbers) compare(o numbers) int {
	if c := cmp.Compare(k.a, o.a); c != 0 {
		return c
	}
	return cmp.Compare(k.b, o.b)
}

func (k numbers) kept() numbers { return k }

// text is any other key: the columns one after another, encoded so that bytes sort as values do.
type text string

func (k text) compare(o text) int { return strings.Compare(string(k), string(o)) }

func (k text) kept() text { return text(strings.Clone(string(k))) }

// keyColumns returns the fields of the key in a schema. Types with an exact order can be keys.
func keyColumns(schema *arrow.Schema, names []string) (*arrow.Schema, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("a merge needs at least one key column")
	}
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		j := fieldIndex(schema, name)
		if j < 0 {
			return nil, fmt.Errorf("key column %s is not there", name)
		}
		fields[i] = schema.Field(j)
		if t := fields[i].Type.ID(); t != arrow.STRING && !isNumber(t) {
			return nil, fmt.Errorf("key column %s: type %s cannot be a key; allowed are integers, dates, timestamps and strings",
				name, typeName(fields[i].Type))
		}
	}
	return arrow.NewSchema(fields, nil), nil
}

func isNumber(t arrow.Type) bool {
	switch t {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.DATE32, arrow.TIMESTAMP:
		return true
	}
	return false
}

// areNumbers reports whether keys of the schema fit into numbers.
func areNumbers(keys *arrow.Schema) bool {
	return keys.NumFields() <= 2 && !slices.ContainsFunc(keys.Fields(), func(f arrow.Field) bool { return !isNumber(f.Type.ID()) })
}

// number returns the value of a column of numbers in a row.
func number(a arrow.Array) func(row int) int64 {
	switch a := a.(type) {
	case *array.Int8:
		return func(row int) int64 { return int64(a.Value(row)) }
	case *array.Int16:
		return func(row int) int64 { return int64(a.Value(row)) }
	case *array.Int32:
		return func(row int) int64 { return int64(a.Value(row)) }
	case *array.Date32:
		return func(row int) int64 { return int64(a.Value(row)) }
	case *array.Timestamp:
		return func(row int) int64 { return int64(a.Value(row)) }
	}
	return a.(*array.Int64).Value
}

// encodeNumbers returns the keys of the rows of a record that holds the key columns alone. What it
// returns for a null is undefined.
func encodeNumbers(r arrow.Record) []numbers {
	keys := make([]numbers, r.NumRows())
	value := number(r.Column(0))
	for i := range keys {
		keys[i].a = value(i)
	}
	if r.NumCols() == 2 {
		value = number(r.Column(1))
		for i := range keys {
			keys[i].b = value(i)
		}
	}
	return keys
}

// encodeText is encodeNumbers for any key: numbers are written with the greatest byte first and
// the sign turned round; strings end with 0 1, and a zero byte in them is written 0 255, so that a
// string sorts before those that it begins.
func encodeText(r arrow.Record) []text {
	ends := make([]int, r.NumRows())
	var all []byte
	columns := make([]func(int) int64, r.NumCols())
	for c := range columns {
		if isNumber(r.Column(c).DataType().ID()) {
			columns[c] = number(r.Column(c))
		}
	}
	for row := range ends {
		for c, value := range columns {
			if value != nil {
				all = binary.BigEndian.AppendUint64(all, uint64(value(row))^1<<63)
				continue
			}
			all = appendOrdered(all, r.Column(c).(*array.String).Value(row))
		}
		ends[row] = len(all)
	}
	shared, start := string(all), 0
	keys := make([]text, len(ends))
	for i, end := range ends {
		keys[i], start = text(shared[start:end]), end
	}
	return keys
}

func appendOrdered(to []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			return append(append(to, s...), 0, 1)
		}
		to = append(append(to, s[:i]...), 0, 255)
		s = s[i+1:]
	}
}

// keyBounds returns the least and the greatest value of each key column in a file as records of
// one row; not ok when the file's statistics do not have them.
func keyBounds(stats *Stats, keys *arrow.Schema) (low, high arrow.Record, ok bool) {
	if stats == nil {
		return nil, nil, false
	}
	var lows, highs []arrow.Array
	for _, f := range keys.Fields() {
		least, okLeast := boundArray(lookup(stats.MinValues, f.Name), f.Type)
		greatest, okGreatest := boundArray(lookup(stats.MaxValues, f.Name), f.Type)
		if !okLeast || !okGreatest {
			return nil, nil, false
		}
		// Other engines cut times to milliseconds, the greatest one too (section Per-file Statistics).
		if f.Type.ID() == arrow.TIMESTAMP {
			least, greatest = movedTime(least, -999), movedTime(greatest, 999)
		}
		lows, highs = append(lows, least), append(highs, greatest)
	}
	return array.NewRecord(keys, lows, 1), array.NewRecord(keys, highs, 1), true
}

// boundArray is a JSON literal of the statistics as an array of one value. Arrow's own reader of JSON panics
// at some long strings: https://github.com/goccy/go-json/issues/424.
func boundArray(literal []byte, t arrow.DataType) (arrow.Array, bool) {
	text := string(literal)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(literal, &text); err != nil {
			return nil, false
		}
	} else if t.ID() == arrow.STRING {
		return nil, false
	}
	b := array.NewBuilder(memory.DefaultAllocator, t)
	defer b.Release()
	if err := b.AppendValueFromString(text); err != nil || b.NullN() > 0 {
		return nil, false
	}
	return b.NewArray(), true
}

// movedTime is an array of one timestamp, moved by some microseconds.
func movedTime(a arrow.Array, by arrow.Timestamp) arrow.Array {
	b := array.NewTimestampBuilder(memory.DefaultAllocator, a.DataType().(*arrow.TimestampType))
	defer b.Release()
	b.Append(a.(*array.Timestamp).Value(0) + by)
	return b.NewArray()
}

// disjoint reports whether two ranges of keys do not meet in some column.
func disjoint(low, high, otherLow, otherHigh arrow.Record) bool {
	for c := range int(low.NumCols()) {
		one := func(r arrow.Record) text {
			single := array.NewRecord(arrow.NewSchema([]arrow.Field{r.Schema().Field(c)}, nil), []arrow.Array{r.Column(c)}, 1)
			return encodeText(single)[0]
		}
		if one(high) < one(otherLow) || one(otherHigh) < one(low) {
			return true
		}
	}
	return false
}
