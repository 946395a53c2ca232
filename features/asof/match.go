package asof

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Matching finds, for each label, the newest row of a table. Add may be called from several goroutines at once.
type Matching struct {
	labels *Labels
	best   []atomic.Uint64 // by place in the order of the labels; see candidate
}

// A candidate is what a label has found so far in one word: greater is better.
//
//	0                nothing
//	onlyLater        rows of the customer, all of them later
//	day · row · twin the release day (32 bits), the number of the row (31), and whether another row has the same keys
type candidate = uint64

const (
	onlyLater candidate = 1
	twin      candidate = 1
)

func candidateOf(day int32, row int64) candidate {
	return uint64(uint32(day)^1<<31)<<32 | uint64(row)<<1
}

func dayOf(c candidate) int32 { return int32(uint32(c>>32) ^ 1<<31) }
func rowOf(c candidate) int64 { return int64(c>>1) & maxRows }

// Match begins to look for the rows of a table.
func (l *Labels) Match() *Matching {
	return &Matching{labels: l, best: make([]atomic.Uint64, len(l.order))}
}

// Add looks at the keys of some rows of the table, which are numbered from first on. Rows may come in any order; a row with
// a null key matches nothing.
func (m *Matching) Add(who, releases arrow.Array, first int64) error {
	if err := m.labels.checkKeys(who, releases, first); err != nil {
		return err
	}
	if len(m.best) == 0 {
		return nil
	}
	known, last := m.labels.customers, -1
	days := releases.(*array.Date32)
	nulls := who.NullN() > 0 || days.NullN() > 0
	var run run
	for from, to := 0, 0; from < who.Len(); from = to {
		if to = from + 1; nulls && (who.IsNull(from) || days.IsNull(from)) {
			continue
		}
		for to < who.Len() && known.same(who, to) && !(nulls && (who.IsNull(to) || days.IsNull(to))) {
			to++
		}
		n := known.number(who, from, last)
		if n < 0 {
			continue
		}
		last = n
		run.set(days.Date32Values()[from:to], first+int64(from))
		m.merge(run, int(m.labels.starts[n]), int(m.labels.starts[n+1]))
	}
	return nil
}

// run is rows of one customer, by release.
type run []candidate

func (r *run) set(days []arrow.Date32, first int64) {
	*r = (*r)[:0]
	sorted := true
	for i, d := range days {
		*r = append(*r, candidateOf(int32(d), first+int64(i)))
		sorted = sorted && (i == 0 || days[i-1] < d)
	}
	if sorted {
		return
	}
	slices.Sort(*r)
	distinct := (*r)[:1]
	for _, c := range (*r)[1:] {
		if last := &distinct[len(distinct)-1]; dayOf(*last) == dayOf(c) {
			*last |= twin // the first of the two stays
		} else {
			distinct = append(distinct, c)
		}
	}
	*r = distinct
}

// merge gives the labels of a customer, from lo to hi in the order, the newest of the customer's rows that they may see.
func (m *Matching) merge(rows run, lo, hi int) {
	days := m.labels.days
	at := -1
	for i := lo; i < hi; i++ {
		for at+1 < len(rows) && dayOf(rows[at+1]) <= days[i] {
			at++
		}
		if at < 0 {
			m.offer(i, onlyLater)
		} else {
			m.offer(i, rows[at])
		}
	}
}

// offer keeps the better of what a label has and a candidate.
func (m *Matching) offer(label int, c candidate) {
	for {
		has := m.best[label].Load()
		next := max(has, c)
		if has > onlyLater && c > onlyLater && dayOf(has) == dayOf(c) {
			next = min(has, c) | twin // the first of the two, marked
		}
		if next == has || m.best[label].CompareAndSwap(has, next) {
			return
		}
	}
}

// Counts says how the labels fared with one table.
type Counts struct {
	Matched  int64 `json:"matched"`
	Unknown  int64 `json:"unknown_customer"` // the table has no row of the customer
	NotYet   int64 `json:"not_yet"`          // it has, all of them released later
	TooOld   int64 `json:"too_old"`          // the newest row is older than the look-back
	Unusable int64 `json:"unusable"`         // the label has no customer or no time
}

// Reason is why labels have no row, and how many.
type Reason struct {
	Labels int64
	What   string
}

// Empty lists for which reasons labels have no row; those that no label has are left out.
func (c Counts) Empty() []Reason {
	return slices.DeleteFunc([]Reason{
		{c.Unknown, "unknown customer"}, {c.NotYet, "only later rows"}, {c.TooOld, "older than the look-back"}, {c.Unusable, "no customer or time"},
	}, func(r Reason) bool { return r.Labels == 0 })
}

// Rows are the rows of a table that labels have matched.
type Rows struct {
	Counts
	labels int
	rows   []uint32 // ascending
	to     []uint32 // the label of each
}

// DuplicateError says that the newest row of a label is not one, but two with the same keys.
type DuplicateError struct {
	Label int // a label that has it, by its place
	Day   time.Time
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("two rows have the same customer and the release day %s; which of them counts for label %d cannot be told",
		e.Day.Format(time.DateOnly), e.Label+1)
}

// Finish tells which rows were found. A row that is more than lookback days older than its label does not count; below
// zero there is no such limit. The error is a *DuplicateError.
func (m *Matching) Finish(lookback int) (*Rows, error) {
	r := &Rows{labels: m.labels.all}
	r.Unusable = int64(m.labels.Unusable())
	var found []match
	sorted := true
	for i := range m.best {
		c := m.best[i].Load()
		switch {
		case c == 0:
			r.Unknown++
		case c == onlyLater:
			r.NotYet++
		case lookback >= 0 && int64(m.labels.days[i])-int64(dayOf(c)) > int64(lookback):
			r.TooOld++
		case c&twin != 0:
			return nil, &DuplicateError{Label: int(m.labels.order[i]), Day: time.Unix(int64(dayOf(c))*86400, 0).UTC()}
		default:
			n := len(found)
			found = append(found, match{uint32(rowOf(c)), m.labels.order[i]})
			sorted = sorted && (n == 0 || found[n-1].row <= found[n].row)
		}
	}
	if !sorted {
		slices.SortFunc(found, func(a, b match) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.label, b.label)) })
	}
	r.Matched = int64(len(found))
	r.rows, r.to = make([]uint32, len(found)), make([]uint32, len(found))
	for i, f := range found {
		r.rows[i], r.to[i] = f.row, f.label
	}
	return r, nil
}

type match struct{ row, label uint32 }

// Labels is the number of labels.
func (r *Rows) Labels() int { return r.labels }

// within returns the matches among n rows of the table from first on, as places in rows.
func (r *Rows) within(first, n int64) (lo, hi int) {
	lo = sort.Search(len(r.rows), func(i int) bool { return int64(r.rows[i]) >= first })
	return lo, lo + sort.Search(len(r.rows)-lo, func(i int) bool { return int64(r.rows[lo+i]) >= first+n })
}

// Within returns which of n rows of the table, from first on, labels have matched, by their numbers in ascending order. A row
// that several labels have matched comes as often.
func (r *Rows) Within(first, n int64) []uint32 {
	lo, hi := r.within(first, n)
	return r.rows[lo:hi]
}
