package columnar

import (
	"math/bits"
	"slices"

	"golang.org/x/sync/errgroup"
)

// order returns the rows of pieces by customer, then release month, then place in the source, as a store names them. sorted tells
// that this is the order in which they stand. Each worker sorts a part of the rows.
//
// The sort is a radix sort from the least significant digit on, of words that hold a part of the
// key above the name of the row. Rows that come month by month need no digits of the month. A key
// that is too wide for one word is sorted part by part, the least significant one first.
func order(customer [][]int64, release [][]int32, workers int) (rows []uint32, sorted bool, err error) {
	n := 0
	places := make([]int, len(customer)) // of the first row of each piece
	for p := range customer {
		places[p] = n
		n += len(customer[p])
	}
	rows = make([]uint32, n)
	pieces := make([]keys, len(customer))
	var group errgroup.Group
	group.SetLimit(workers)
	for p := range customer {
		group.Go(func() (err error) {
			defer recovered(&err)
			names := rows[places[p]:][:len(customer[p])]
			for i := range names {
				names[i] = uint32(p<<rowBits | i)
			}
			pieces[p] = keysOf(customer[p], release[p])
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, false, err
	}
	all := pieces[0]
	for _, k := range pieces[1:] {
		all.append(k)
	}
	if all.sorted {
		return rows, true, nil
	}
	s := sorter{words: make([]uint64, n), buffer: make([]uint64, n),
		nameBits: bits.Len(uint(len(customer)-1)) + rowBits, places: make([]digitPlaces, workers)}
	err = s.parts(func(_, lo, hi int) {
		for i, row := range rows[lo:hi] {
			s.words[lo+i] = uint64(row)
		}
	})
	if err != nil {
		return nil, false, err
	}
	customerBits := bits.Len64(uint64(all.most) - uint64(all.least))
	monthBits := 0
	if !all.byMonth {
		monthBits = bits.Len32(uint32(all.last) - uint32(all.first))
	}
	months := func(row uint64) uint64 { return uint64(uint32(release[row>>rowBits][row&rowMask]) - uint32(all.first)) }
	customers := func(row uint64) uint64 { return uint64(customer[row>>rowBits][row&rowMask]) - uint64(all.least) }
	if customerBits+monthBits <= 64-s.nameBits {
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
		return nil, false, err
	}
	return rows, false, s.parts(func(_, lo, hi int) {
		for i, w := range s.words[lo:hi] {
			rows[lo+i] = uint32(w & s.nameMask())
		}
	})
}

// keys is what is known of the keys of one or more rows that follow each other.
type keys struct {
	least, most     int64  // customers
	first, last     int32  // months
	byMonth, sorted bool   // they stand in this order
	from, to        rowKey // the first and the last
}

type rowKey struct {
	customer int64
	month    int32
}

func (a rowKey) before(b rowKey) bool {
	return a.customer < b.customer || a.customer == b.customer && a.month < b.month
}

func keysOf(customer []int64, release []int32) keys {
	k := keys{
		least: slices.Min(customer), most: slices.Max(customer), first: slices.Min(release), last: slices.Max(release),
		byMonth: slices.IsSorted(release), sorted: true,
		from: rowKey{customer[0], release[0]}, to: rowKey{customer[len(customer)-1], release[len(release)-1]},
	}
	for i := 1; i < len(customer) && k.sorted; i++ {
		k.sorted = !rowKey{customer[i], release[i]}.before(rowKey{customer[i-1], release[i-1]})
	}
	return k
}

// append adds the keys of the rows that come next.
func (k *keys) append(next keys) {
	k.byMonth = k.byMonth && next.byMonth && k.to.month <= next.from.month
	k.sorted = k.sorted && next.sorted && !next.from.before(k.to)
	k.least, k.most = min(k.least, next.least), max(k.most, next.most)
	k.first, k.last = min(k.first, next.first), max(k.last, next.last)
	k.to = next.to
}

// sorter holds a row in the low bits of each word and, while it sorts, a part of the key above.
type sorter struct {
	words, buffer []uint64
	nameBits      int
	places        []digitPlaces // of each worker
}

// digitPlaces are, by digit, how many words have it, and then where the next one goes.
type digitPlaces [1 << digitBits]int

// digitBits is the size of a digit: as many counters as the first cache level holds.
const digitBits = 11

func (s *sorter) nameMask() uint64 { return 1<<s.nameBits - 1 }

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
	room := 64 - s.nameBits
	for done := 0; done < keyBits; done += room {
		part := min(room, keyBits-done)
		err := s.parts(func(_, lo, hi int) {
			words := s.words[lo:hi]
			for i, w := range words {
				row := w & s.nameMask()
				words[i] = key(row)>>done<<s.nameBits | row
			}
		})
		for shift := s.nameBits; err == nil && shift < s.nameBits+part; shift += digitBits {
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
