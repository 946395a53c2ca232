package trainingset

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features/schema"
)

// csvColumn is a column of a CSV file: text, until all of it is there and its type is known.
type csvColumn struct {
	batch *array.StringBuilder
	texts chunks
	may   []schema.Type // what all values so far can be, the narrowest first
	seen  bool          // a value that is not null
}

func newCSVColumn() *csvColumn {
	return &csvColumn{
		batch: array.NewStringBuilder(memory.DefaultAllocator),
		may:   []schema.Type{schema.Boolean, schema.BigInt, schema.Double, schema.Date, schema.Timestamp},
	}
}

func (c *csvColumn) add(text string) {
	if text == "" {
		c.batch.AppendNull()
	} else {
		c.batch.Append(text)
		c.seen = true
		kept := c.may[:0]
		for _, kind := range c.may {
			if _, ok := parse(kind, text); ok {
				kept = append(kept, kind)
			}
		}
		c.may = kept
	}
	if c.batch.Len() == csvBatch {
		c.texts.add(c.batch.NewArray())
	}
}

// kind is the narrowest type that all values have; STRING where there is none, or no value at all.
func (c *csvColumn) kind() schema.Type {
	if len(c.may) == 0 || !c.seen {
		return schema.String
	}
	return c.may[0]
}

// values returns the column as a type that all its values have.
func (c *csvColumn) values(kind schema.Type) chunks {
	if c.batch.Len() > 0 {
		c.texts.add(c.batch.NewArray())
	}
	c.batch.Release()
	if kind == schema.String {
		return c.texts
	}
	var out chunks
	for i, a := range c.texts.arrays {
		out.add(converted(kind, a.(*array.String)))
		a.Release()
		c.texts.arrays[i] = nil
	}
	return out
}

func converted(kind schema.Type, texts *array.String) arrow.Array {
	to, err := kind.Arrow()
	if err != nil {
		panic(err) // every type that a CSV column may have has one
	}
	b := array.NewBuilder(memory.DefaultAllocator, to)
	defer b.Release()
	b.Reserve(texts.Len())
	for i := range texts.Len() {
		if texts.IsNull(i) {
			b.AppendNull()
			continue
		}
		v, _ := parse(kind, texts.Value(i))
		switch b := b.(type) {
		case *array.BooleanBuilder:
			b.Append(v.whole == 1)
		case *array.Int64Builder:
			b.Append(v.whole)
		case *array.Float64Builder:
			b.Append(v.number)
		case *array.Date32Builder:
			b.Append(arrow.Date32(v.whole))
		case *array.TimestampBuilder:
			b.Append(arrow.Timestamp(v.whole))
		}
	}
	return b.NewArray()
}

// value is what a text stands for.
type value struct {
	whole  int64 // a number, 0 or 1, days, or microseconds
	number float64
}

// parse reads a text as a type, if it has it.
func parse(kind schema.Type, text string) (value, bool) {
	switch kind {
	case schema.Boolean:
		switch {
		case strings.EqualFold(text, "true"):
			return value{whole: 1}, true
		case strings.EqualFold(text, "false"):
			return value{}, true
		}
		return value{}, false
	case schema.BigInt:
		n, ok := wholeNumber(text)
		return value{whole: n}, ok
	case schema.Double:
		return decimalNumber(text)
	case schema.Date:
		days, ok := parseDay(text)
		return value{whole: int64(days)}, ok
	case schema.Timestamp:
		t, ok := ParseTime(text)
		return value{whole: t.UnixMicro()}, ok
	}
	return value{}, false
}

// wholeNumber reads a number that is written as numbers are: 007 is a code, not a number.
func wholeNumber(text string) (int64, bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || digits[0] == '0' && len(text) > 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// exact is the greatest whole number up to which a DOUBLE has every one.
const exact = 1 << 53

func decimalNumber(text string) (value, bool) {
	if n, ok := wholeNumber(text); ok {
		return value{number: float64(n)}, -exact <= n && n <= exact
	}
	digits := strings.TrimPrefix(text, "-")
	if strings.Trim(text, "+-.eE0123456789") != "" || len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return value{}, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return value{number: f}, err == nil
}

// parseDay reads a day as yyyy-mm-dd, as the number of days since 1970.
func parseDay(text string) (int32, bool) {
	if len(text) != len(time.DateOnly) {
		return 0, false
	}
	t, err := time.Parse(time.DateOnly, text)
	return int32(floorDiv(t.Unix(), secondsPerDay)), err == nil
}

// layouts are how a time may be written, with or without a fraction of the second. One without a zone is UTC.
var layouts = [...]string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"2006-01-02T15:04", "2006-01-02 15:04",
}

// ParseTime reads a day, or a time, UTC unless it names a zone.
func ParseTime(text string) (time.Time, bool) {
	if days, ok := parseDay(text); ok {
		return time.Unix(int64(days)*secondsPerDay, 0).UTC(), true
	}
	if len(text) < len("2006-01-02 15:04") || text[4] != '-' {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// ParseLookback reads how many days older than its label a row may be, as 90d; -1 for nothing: any age.
func ParseLookback(text string) (int, error) {
	if text == "" {
		return -1, nil
	}
	days, ok := strings.CutSuffix(text, "d")
	n, err := strconv.Atoi(days)
	if !ok || err != nil || n < 0 || n > math.MaxInt32 {
		return 0, fmt.Errorf("%q: want days, as 90d", text)
	}
	return n, nil
}

// ParseVersions reads the versions of tables, as table=N; nil for none.
func ParseVersions(words []string) (versions map[string]int64, _ error) {
	for _, word := range words {
		table, number, ok := strings.Cut(word, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || n < 0 {
			return nil, fmt.Errorf("%q: want table=N, as fs_cus_transactions=3", word)
		}
		if versions == nil {
			versions = map[string]int64{}
		}
		versions[table] = n
	}
	return versions, nil
}

const secondsPerDay = 24 * 60 * 60

// floorDiv divides rounding towards minus infinity.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
