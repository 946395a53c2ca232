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
		now := [2]arrow.Array{r.Column(key[0]), r.Column(key[1])}
		for row := range int(r.NumRows()) {
			if now[0].IsNull(row) || now[1].IsNull(row) {
				c.add(&c.found.Nulls, "null", now, row)
				continue
			}
			before, at := now, row-1
			if row == 0 {
				if last[0] == nil {
					continue
				}
				before, at = last, last[0].Len()-1
			}
			if same(before[0], at, now[0], row) && same(before[1], at, now[1], row) {
				c.add(&c.found.Duplicates, "duplicate", now, row)
			}
		}
		if r.NumRows() == 0 {
			return
		}
		for i := range last {
			if last[i] != nil {
				last[i].Release()
			}
			now[i].Retain()
			last[i] = now[i]
		}
	}}
}

func (c *keyCheck) add(count *int64, what string, keys [2]arrow.Array, row int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*count++
	if len(c.found.Examples) < keyExamples {
		c.found.Examples = append(c.found.Examples, fmt.Sprintf("%s (%s, %s)", what, keys[0].ValueStr(row), keys[1].ValueStr(row)))
	}
}

// same compares a value of a with one of b, an array of the same type.
func same(a arrow.Array, i int, b arrow.Array, j int) bool {
	if a.IsNull(i) {
		return false
	}
	switch a := a.(type) {
	case *array.Int64:
		return a.Value(i) == b.(*array.Int64).Value(j)
	case *array.Int32:
		return a.Value(i) == b.(*array.Int32).Value(j)
	case *array.Date32:
		return a.Value(i) == b.(*array.Date32).Value(j)
	}
	return a.ValueStr(i) == b.ValueStr(j)
}
