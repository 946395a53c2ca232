package embedded

import (
	"math"
	"math/bits"

	"github.com/kamstrup/intmap"

	"featops/workspaces/delta"
)

// seenMonths are the months before some month in which customers have rows. A customer is named by its place in the order in
// which they came.
type seenMonths struct {
	before    int32
	places    *intmap.Map[int64, int32]
	customers []int64
	months    []uint64 // bit k: the month k+1 months before. Older ones than fit are not remembered.
	oldest    []int32
}

func newSeenMonths(before int32) *seenMonths {
	return &seenMonths{before: before, places: intmap.New[int64, int32](0)}
}

// addCustomers remembers the customers of rows that are not before the month.
func (s *seenMonths) addCustomers(customers []int64, months []int32) {
	for i, customer := range customers {
		if months[i] < s.before {
			continue
		}
		if _, added := s.places.PutIfNotExists(customer, int32(len(s.customers))); added {
			s.customers = append(s.customers, customer)
			s.months = append(s.months, 0)
			s.oldest = append(s.oldest, math.MaxInt32)
		}
	}
}

// add remembers rows of these customers.
func (s *seenMonths) add(customers []int64, months []int32) {
	for i, customer := range customers {
		at, ok := s.places.Get(customer)
		if !ok {
			continue
		}
		if back := int64(s.before) - 1 - int64(months[i]); 0 <= back && back <= 63 {
			s.months[at] |= 1 << back
		}
		s.oldest[at] = min(s.oldest[at], months[i])
	}
}

// all are the places of all customers.
func (s *seenMonths) all() []int32 {
	out := make([]int32, len(s.customers))
	for at := range out {
		out[at] = int32(at)
	}
	return out
}

// short are those of some customers that have fewer months than wanted from a month on.
func (s *seenMonths) short(some []int32, from int32, wanted int) (out []int32) {
	count := uint64(math.MaxUint64) // the months that count
	if n := int64(s.before) - int64(from); n < 64 {
		count = 1<<max(0, n) - 1
	}
	for _, at := range some {
		if bits.OnesCount64(s.months[at]&count) < wanted {
			out = append(out, at)
		}
	}
	return out
}

func (s *seenMonths) set(some []int32) *intmap.Set[int64] {
	out := intmap.NewSet[int64](len(some))
	for _, at := range some {
		out.Add(s.customers[at])
	}
	return out
}

// meets reports whether a file can have rows of one of some customers.
func (s *seenMonths) meets(f delta.File, column string, some []int32) bool {
	least, greatest := customersByStats(f.Stats, column)
	for _, at := range some {
		if c := s.customers[at]; least <= c && c <= greatest {
			return true
		}
	}
	return false
}
