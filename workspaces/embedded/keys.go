package embedded

import (
	"fmt"
	"strings"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
)

// KeyError says that new data of a table has rows without a key, or several rows with the same.
type KeyError struct {
	Table      string
	Nulls      int64    // rows with a null in their key
	Duplicates int64    // rows with the key of the row before
	Examples   []string // keys, at most keyExamples
}

const keyExamples = 5

func (e *KeyError) Error() string {
	return fmt.Sprintf("table %s: the new data has %d rows with a null key and %d with a duplicate key: %s, … "+
		"allowed is one row per (%s, %s); nothing was written",
		e.Table, e.Nulls, e.Duplicates, strings.Join(e.Examples, "; "), features.CustomerKey, features.ReleaseKey)
}

// keyCheck gathers what is wrong with the keys of new data. Its readers may be used at the same time.
type keyCheck struct {
	mu    sync.Mutex
	found KeyError
}

// err is nil when every key is there, once.
func (c *keyCheck) err() error {
	if c.found.Nulls+c.found.Duplicates == 0 {
		return nil
	}
	return &c.found
}

// reader passes records on and checks their keys. They come in key order, and no other reader has
// rows of the same customers, so equal keys stand next to each other.
func (c *keyCheck) reader(records array.RecordReader) array.RecordReader {
	key := [2]int{
		records.Schema().FieldIndices(features.CustomerKey)[0],
		records.Schema().FieldIndices(features.ReleaseKey)[0],
	}
	var last [2]arrow.Array // the keys of the record before, of which the last row counts
	return &watchedReader{RecordReader: records, seen: func(r arrow.Record) {
		if r.NumRows() == 0 {
			return
		}
		now := [2]arrow.Array{r.Column(key[0]), r.Column(key[1])}
		c.check(last, now)
		for i := range last {
			if last[i] != nil {
				last[i].Release()
			}
			now[i].Retain()
			last[i] = now[i]
		}
	}}
}

// check looks at the keys of a record, the first of them beside the last of the record before.
func (c *keyCheck) check(last, now [2]arrow.Array) {
	null := func(keys [2]arrow.Array, row int) bool { return keys[0].IsNull(row) || keys[1].IsNull(row) }
	customerRepeats, dateRepeats := repeats(now[0]), repeats(now[1])
	nulls := now[0].NullN()+now[1].NullN() > 0
	for row := range now[0].Len() {
		switch {
		case nulls && null(now, row):
			c.add(&c.found.Nulls, "null", now, row)
		case row == 0:
			if last[0] == nil || null(last, last[0].Len()-1) {
				continue
			}
			end := last[0].Len() - 1
			if last[0].ValueStr(end) == now[0].ValueStr(0) && last[1].ValueStr(end) == now[1].ValueStr(0) {
				c.add(&c.found.Duplicates, "duplicate", now, row)
			}
		case dateRepeats(row) && customerRepeats(row) && !(nulls && null(now, row-1)):
			c.add(&c.found.Duplicates, "duplicate", now, row)
		}
	}
}

// repeats returns a function that compares a value with the one before it.
func repeats(a arrow.Array) func(row int) bool {
	switch a := a.(type) {
	case *array.Int64:
		return repeated(a.Int64Values())
	case *array.Int32:
		return repeated(a.Int32Values())
	case *array.Date32:
		return repeated(a.Date32Values())
	}
	return func(row int) bool { return a.ValueStr(row-1) == a.ValueStr(row) }
}

func repeated[T comparable](values []T) func(row int) bool {
	return func(row int) bool { return values[row-1] == values[row] }
}

func (c *keyCheck) add(count *int64, what string, keys [2]arrow.Array, row int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*count++
	if len(c.found.Examples) < keyExamples {
		c.found.Examples = append(c.found.Examples, fmt.Sprintf("%s (%s, %s)", what, keys[0].ValueStr(row), keys[1].ValueStr(row)))
	}
}
