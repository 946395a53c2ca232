package columnar

import (
	"math/bits"

	"golang.org/x/sync/errgroup"
)

// order returns the rows by customer, then release month, then place in the source; nil when that is
// the order in which they stand. There are fewer than 2³² rows, of which each worker sorts a part.
//
// The sort is a radix sort from the least significant digit on, of words that hold a part of the
// key above the number of the row. Rows that come month by month need no digits of the month. A key
// that is too wide for one word is sorted part by part, the least significant one first.
func order(customer []int64, release []int32, workers int) ([]uint32, error) {
	n := len(customer)
	byMonth, byKey := true, true
	least, most, first, last := customer[0], customer[0], release[0], release[0]
	for i := 1; i < n; i++ {
		c, m := customer[i], release[i]
		byMonth = byMonth && m >= release[i-1]
		byKey = byKey && (c > customer[i-1] || c == customer[i-1] && m >= release[i-1])
		least, most = min(least, c), max(most, c)
		first, last = min(first, m), max(last, m)
	}
	if byKey {
		return nil, nil
	}
	s := sorter{words: make([]uint64, n), buffer: make([]uint64, n), rowBits: bits.Len(uint(n - 1)), places: make([]digitPlaces, workers)}
	err := s.parts(func(_, lo, hi int) {
		for i := range s.words[lo:hi] {
			s.words[lo+i] = uint64(lo + i)
		}
	})
	if err != nil {
		return nil, err
	}
	customerBits := bits.Len64(uint64(most) - uint64(least))
	monthBits := 0
	if !byMonth {
		monthBits = bits.Len32(uint32(last) - uint32(first))
	}
	months := func(row uint64) uint64 { return uint64(uint32(release[row]) - uint32(first)) }
	customers := func(row uint64) uint64 { return uint64(customer[row]) - uint64(least) }
	if customerBits+monthBits <= 64-s.rowBits {
		err = s.by(customerBits+monthBits, func(row uint64) uint64 {
			if monthBits == 0 {
				return customers(row)
			}
			return customers(row)<<monthBits | months(row)
		})
	} else if err = s.by(monthBits, months); err == nil {
		err = s.by(customerBits, customers)
	}
	if err != nil {
		return nil, err
	}
	rows := make([]uint32, n)
	return rows, s.parts(func(_, lo, hi int) {
		for i, w := range s.words[lo:hi] {
			rows[lo+i] = uint32(w & s.rowMask())
		}
	})
}

// sorter holds a row in the low bits of each word and, while it sorts, a part of the key above.
type sorter struct {
	words, buffer []uint64
	rowBits       int
	places        []digitPlaces // of each worker
}

// digitPlaces are, by digit, how many words have it, and then where the next one goes.
type digitPlaces [1 << digitBits]int

// digitBits is the size of a digit: as many counters as the first cache level holds.
const digitBits = 11

func (s *sorter) rowMask() uint64 { return 1<<s.rowBits - 1 }

// parts gives each worker its part of the words, all at the same time.
func (s *sorter) parts(do func(worker, lo, hi int)) error {
	var group errgroup.Group
	n, workers := len(s.words), len(s.places)
	for w := range workers {
		group.Go(func() (err error) {
			defer recovered(&err)
			do(w, w*n/workers, (w+1)*n/workers)
			return nil
		})
	}
	return group.Wait()
}

// by sorts the rows by a key of some bits; equal keys keep their order.
func (s *sorter) by(keyBits int, key func(row uint64) uint64) error {
	room := 64 - s.rowBits
	for done := 0; done < keyBits; done += room {
		part := min(room, keyBits-done)
		err := s.parts(func(_, lo, hi int) {
			words := s.words[lo:hi]
			for i, w := range words {
				row := w & s.rowMask()
				words[i] = key(row)>>done<<s.rowBits | row
			}
		})
		for shift := s.rowBits; err == nil && shift < s.rowBits+part; shift += digitBits {
			err = s.distribute(shift)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// distribute sorts the words by the digit at the shift; equal digits keep their order: of each digit, the words of the first
// worker come first.
func (s *sorter) distribute(shift int) error {
	const last = 1<<digitBits - 1
	err := s.parts(func(worker, lo, hi int) {
		places := &s.places[worker]
		clear(places[:])
		for _, w := range s.words[lo:hi] {
			places[w>>shift&last]++
		}
	})
	if err != nil {
		return err
	}
	place := 0
	for d := range s.places[0] {
		for worker := range s.places {
			count := s.places[worker][d]
			s.places[worker][d] = place
			place += count
		}
	}
	err = s.parts(func(worker, lo, hi int) {
		places := &s.places[worker]
		for _, w := range s.words[lo:hi] {
			d := w >> shift & last
			s.buffer[places[d]] = w
			places[d]++
		}
	})
	s.words, s.buffer = s.buffer, s.words
	return err
}
