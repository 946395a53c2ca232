// Package asof joins labels with the rows of feature tables, point in time: a label, which is a customer and a day, gets
// the newest row of its customer that was released on that day or before it, and nothing from after it.
//
// A label's time counts by its day in UTC. A row is released at the beginning of its release day, so a label of
// 2026-03-01, at whatever hour, sees the row of 2026-03-01.
//
// # How the join is made
//
// The labels are sorted once, by customer and day ([New]), whatever the number of tables. A table then goes by twice.
//
//   - The first pass reads its keys alone, in batches, in any order, from several goroutines at once
//     ([Matching.Add]). Each run of rows of one customer is merged with that customer's labels. A label keeps the
//     greatest release it has seen, with the number of the row, in one word, so that no lock is needed. In a table
//     that is sorted by customer, as those that featops writes are, the labels are passed through once.
//   - The second pass reads one column at a time, of the rows that were found ([Rows.Within]), and puts their values
//     where their labels are ([Rows.Put]). So memory holds a word or two for each label and some columns, never a table.
package asof

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Labels are the customers and days to join, sorted. They are immutable.
type Labels struct {
	all       int      // labels, with those that have no customer or day
	order     []uint32 // the labels that can match, by customer and then by day
	days      []int32  // of them, since 1970
	starts    []uint32 // where the labels of each customer begin in order, and at last where they end
	customers customers
}

// maxRows bounds labels and the rows of a table: numbers of rows have 31 bits.
const maxRows = math.MaxInt32

// New sorts labels. Customers are an *array.Int64 or an *array.String, as the key of the tables is; a label whose customer
// or day is null matches nothing.
func New(who arrow.Array, days *array.Date32) (*Labels, error) {
	if who.Len() != days.Len() {
		return nil, fmt.Errorf("%d customers and %d days", who.Len(), days.Len())
	}
	if who.Len() > maxRows {
		return nil, fmt.Errorf("%d labels: at most %d are joined at a time", who.Len(), maxRows)
	}
	l := &Labels{all: who.Len()}
	usable := make([]uint32, 0, l.all)
	for i := range l.all {
		if who.IsValid(i) && days.IsValid(i) {
			usable = append(usable, uint32(i))
		}
	}
	byDay := sortedBy(usable, func(i uint32) uint64 { return uint64(days.Value(int(i))) ^ 1<<63 })
	switch who := who.(type) {
	case *array.Int64:
		l.sortNumbers(who.Int64Values(), byDay)
	case *array.String:
		l.sortTexts(who, byDay)
	default:
		return nil, fmt.Errorf("customers of type %s: allowed are int64 and string", who.DataType())
	}
	l.days = make([]int32, len(l.order))
	for i, row := range l.order {
		l.days[i] = int32(days.Value(int(row)))
	}
	return l, nil
}

func (l *Labels) sortNumbers(who []int64, byDay []uint32) {
	l.order = sortedBy(byDay, func(i uint32) uint64 { return uint64(who[i]) ^ 1<<63 })
	var distinct numbers
	for i, row := range l.order {
		if i == 0 || who[row] != distinct[len(distinct)-1] {
			distinct = append(distinct, who[row])
			l.starts = append(l.starts, uint32(i))
		}
	}
	l.starts = append(l.starts, uint32(len(l.order)))
	l.customers = distinct
}

func (l *Labels) sortTexts(who *array.String, byDay []uint32) {
	known := texts{}
	number := make([]uint32, who.Len())
	for _, row := range byDay {
		n, ok := known[who.Value(int(row))]
		if !ok {
			n = len(known)
			known[who.Value(int(row))] = n
		}
		number[row] = uint32(n)
	}
	l.order = sortedBy(byDay, func(i uint32) uint64 { return uint64(number[i]) })
	for i, row := range l.order {
		if i == 0 || number[row] != number[l.order[i-1]] {
			l.starts = append(l.starts, uint32(i))
		}
	}
	l.starts = append(l.starts, uint32(len(l.order)))
	l.customers = known
}

// Len is the number of labels.
func (l *Labels) Len() int { return l.all }

// Unusable is the number of labels without a customer or a day.
func (l *Labels) Unusable() int { return l.all - len(l.order) }

// Repeated is the number of labels whose customer and day an earlier label has too. They get the same values.
func (l *Labels) Repeated() int {
	n := 0
	for c := range len(l.starts) - 1 {
		for i := l.starts[c] + 1; i < l.starts[c+1]; i++ {
			if l.days[i] == l.days[i-1] {
				n++
			}
		}
	}
	return n
}

// customers finds those who have labels.
type customers interface {
	// number returns the number of the customer in row i of keys, or -1. last is the number that the
	// rows before were found at, from which a sorted table goes on.
	number(keys arrow.Array, i, last int) int
	// same reports whether rows i and i-1 of keys have the same customer.
	same(keys arrow.Array, i int) bool
}

// numbers are customers by number, sorted.
type numbers []int64

func (n numbers) number(keys arrow.Array, i, last int) int {
	want := keys.(*array.Int64).Value(i)
	lo, step := max(last, 0), 1
	if lo < len(n) && n[lo] > want {
		lo = 0
	}
	for lo+step < len(n) && n[lo+step] <= want {
		lo += step
		step *= 2
	}
	at, found := slices.BinarySearch(n[lo:min(lo+step+1, len(n))], want)
	if !found {
		return -1
	}
	return lo + at
}

func (numbers) same(keys arrow.Array, i int) bool {
	k := keys.(*array.Int64)
	return k.Value(i) == k.Value(i-1)
}

// texts are customers by text, with their numbers.
type texts map[string]int

func (t texts) number(keys arrow.Array, i, _ int) int {
	if n, ok := t[keys.(*array.String).Value(i)]; ok {
		return n
	}
	return -1
}

func (texts) same(keys arrow.Array, i int) bool {
	k := keys.(*array.String)
	return k.Value(i) == k.Value(i-1)
}

// checkKeys says what is wrong with a batch of keys.
func (l *Labels) checkKeys(who arrow.Array, releases arrow.Array, first int64) error {
	var right bool
	switch l.customers.(type) {
	case numbers:
		_, right = who.(*array.Int64)
	case texts:
		_, right = who.(*array.String)
	}
	if !right {
		return fmt.Errorf("customers of type %s in the table and of another one in the labels", who.DataType())
	}
	if _, ok := releases.(*array.Date32); !ok {
		return fmt.Errorf("release days of type %s: want %s", releases.DataType(), arrow.FixedWidthTypes.Date32)
	}
	if first+int64(who.Len()) > maxRows {
		return errors.New("the table has more rows than can be numbered")
	}
	return nil
}
