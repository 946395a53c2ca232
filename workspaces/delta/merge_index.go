package delta

import (
	"context"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// keyIndex finds new rows by their keys.
type keyIndex interface {
	cursor() keyCursor
	// between reports whether any key can lie between the keys of two records of one row.
	between(low, high arrow.Record) bool
}

// keyCursor looks keys up, for one goroutine.
type keyCursor interface {
	// match finds the key of every row of a record of key columns. It sets out[row] to the position of the key, -1 when it is
	// not there or null. Rows in key order are found fastest.
	match(ctx context.Context, r arrow.Record, out []int) error
	close()
}

// sortedKeys are keys in ascending order, without duplicates.
type sortedKeys[K mergeKey[K]] []K

// seek returns the first position whose key is not less than k, looking near from first: it gallops, so that rows in key
// order cost a comparison or two each and others a binary search.
func (s sortedKeys[K]) seek(from int, k K) int {
	low, high := from, from // s[:low] are less, s[high:] are not
	if from < len(s) && s[from].compare(k) < 0 {
		for step := 1; high < len(s) && s[high].compare(k) < 0; step *= 2 {
			low, high = high+1, min(len(s), high+step)
		}
	} else {
		for step := 1; low > 0 && s[low-1].compare(k) >= 0; step *= 2 {
			high, low = low-1, max(0, low-step)
		}
	}
	i, _ := slices.BinarySearchFunc(s[low:high], k, K.compare)
	return low + i
}

// heldKeys is the index of new rows that were sorted in memory.
type heldKeys[K mergeKey[K]] struct {
	keys   sortedKeys[K]
	encode func(arrow.Record) []K
}

func (h *heldKeys[K]) cursor() keyCursor { return &heldCursor[K]{h, 0} }

func (h *heldKeys[K]) between(low, high arrow.Record) bool {
	i := h.keys.seek(0, h.encode(low)[0])
	return i < len(h.keys) && h.keys[i].compare(h.encode(high)[0]) <= 0
}

type heldCursor[K mergeKey[K]] struct {
	*heldKeys[K]
	at int
}

func (c *heldCursor[K]) close() {}

func (c *heldCursor[K]) match(_ context.Context, r arrow.Record, out []int) error {
	for row, k := range c.encode(r) {
		out[row] = -1
		if anyNull(r, row) {
			continue
		}
		c.at = c.keys.seek(c.at, k)
		if c.at < len(c.keys) && c.keys[c.at] == k {
			out[row] = c.at
		}
	}
	return nil
}

// filedKeys is the index of new rows whose files are in key order: it holds the first and the last key of each unit, and the
// others stay in the files.
type filedKeys[K mergeKey[K]] struct {
	source      *mergeSource
	first, last sortedKeys[K] // by unit
	encode      func(arrow.Record) []K
}

func (f *filedKeys[K]) cursor() keyCursor {
	return &filedCursor[K]{filedKeys: f, window: f.source.window(f.source.keys), unit: -1}
}

func (f *filedKeys[K]) between(low, high arrow.Record) bool {
	u := f.last.seek(0, f.encode(low)[0])
	return u < len(f.first) && f.first[u].compare(f.encode(high)[0]) <= 0
}

type filedCursor[K mergeKey[K]] struct {
	*filedKeys[K]
	window *sourceWindow
	unit   int           // whose keys are held; -1 for none
	keys   sortedKeys[K] // of the unit
	at     int
}

func (c *filedCursor[K]) close() { c.window.close() }

func (c *filedCursor[K]) match(ctx context.Context, r arrow.Record, out []int) error {
	keys := c.encode(r)
	// In key order, each unit is read once.
	var order []int
	if !slices.IsSortedFunc(keys, K.compare) {
		order = make([]int, len(keys))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return keys[i].compare(keys[j]) })
	}
	for i := range keys {
		row := i
		if order != nil {
			row = order[i]
		}
		out[row] = -1
		if anyNull(r, row) {
			continue
		}
		k := keys[row]
		if c.unit < 0 || k.compare(c.first[c.unit]) < 0 || k.compare(c.last[c.unit]) > 0 {
			u := c.last.seek(max(0, c.unit), k)
			if u == len(c.last) || k.compare(c.first[u]) < 0 {
				continue
			}
			if err := c.load(ctx, u); err != nil {
				return err
			}
		}
		c.at = c.keys.seek(c.at, k)
		if c.keys[c.at] == k {
			out[row] = c.source.units[c.unit].start + c.at
		}
	}
	return nil
}

// load reads the keys of a unit.
func (c *filedCursor[K]) load(ctx context.Context, unit int) error {
	r, err := c.window.read(ctx, c.source.units[unit])
	if err != nil {
		return err
	}
	defer r.Release()
	c.unit, c.keys, c.at = unit, c.encode(r), 0
	return nil
}

func anyNull(r arrow.Record, row int) bool {
	for _, c := range r.Columns() {
		if c.NullN() > 0 && c.IsNull(row) {
			return true
		}
	}
	return false
}
