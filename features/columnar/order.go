package columnar

import "math/bits"

// order returns the rows by customer, then release month, then place in the source; nil when that is
// the order in which they stand. There are fewer than 2³² rows.
//
// The sort is a radix sort from the least significant digit on, of words that hold a part of the
// key above the number of the row. Rows that come month by month need no digits of the month. A key
// that is too wide for one word is sorted part by part, the least significant one first.
func order(customer []int64, release []int32) []uint32 {
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
		return nil
	}
	s := sorter{words: make([]uint64, n), buffer: make([]uint64, n), rowBits: bits.Len(uint(n - 1))}
	for i := range s.words {
		s.words[i] = uint64(i)
	}
	customerBits := bits.Len64(uint64(most) - uint64(least))
	monthBits := 0
	if !byMonth {
		monthBits = bits.Len32(uint32(last) - uint32(first))
	}
	months := func(row uint64) uint64 { return uint64(uint32(release[row]) - uint32(first)) }
	customers := func(row uint64) uint64 { return uint64(customer[row]) - uint64(least) }
	if customerBits+monthBits <= 64-s.rowBits {
		s.by(customerBits+monthBits, func(row uint64) uint64 {
			if monthBits == 0 {
				return customers(row)
			}
			return customers(row)<<monthBits | months(row)
		})
	} else {
		s.by(monthBits, months)
		s.by(customerBits, customers)
	}
	rows := make([]uint32, n)
	for i, w := range s.words {
		rows[i] = uint32(w & s.rowMask())
	}
	return rows
}

// sorter holds a row in the low bits of each word and, while it sorts, a part of the key above.
type sorter struct {
	words, buffer []uint64
	rowBits       int
}

func (s *sorter) rowMask() uint64 { return 1<<s.rowBits - 1 }

// by sorts the rows by a key of some bits; equal keys keep their order.
func (s *sorter) by(keyBits int, key func(row uint64) uint64) {
	room := 64 - s.rowBits
	for done := 0; done < keyBits; done += room {
		part := min(room, keyBits-done)
		for i, w := range s.words {
			row := w & s.rowMask()
			s.words[i] = key(row)>>done<<s.rowBits | row
		}
		for shift := s.rowBits; shift < s.rowBits+part; shift += digitBits {
			s.distribute(shift)
		}
	}
}

// digitBits is the size of a digit: as many counters as the first cache level holds.
const digitBits = 11

// distribute sorts the words by the digit at the shift; equal digits keep their order.
func (s *sorter) distribute(shift int) {
	const digits = 1 << digitBits
	var places [digits]int
	for _, w := range s.words {
		places[w>>shift&(digits-1)]++
	}
	place := 0
	for d, count := range places {
		places[d] = place
		place += count
	}
	for _, w := range s.words {
		d := w >> shift & (digits - 1)
		s.buffer[places[d]] = w
		places[d]++
	}
	s.words, s.buffer = s.buffer, s.words
}
