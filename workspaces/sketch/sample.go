package sketch

import (
	"cmp"
	"math"
	"slices"
)

// Sample is some of the values of a column that are not null, and how many rows each stands for.
type Sample[T cmp.Ordered] struct {
	points []point[T]
	sorted bool
	Nulls  float64 // rows
	Values float64 // rows that have a value
}

type point[T cmp.Ordered] struct {
	value  T
	weight float64
}

// Add adds a value that stands for so many rows.
func (s *Sample[T]) Add(value T, weight float64) {
	s.points, s.sorted = append(s.points, point[T]{value, weight}), false
	s.Values += weight
}

// AddNull adds a null that stands for so many rows.
func (s *Sample[T]) AddNull(weight float64) {
	s.Nulls += weight
}

// sort puts the values into order, NaN first, as cmp.Compare does.
func (s *Sample[T]) sort() {
	if !s.sorted {
		slices.SortFunc(s.points, func(a, b point[T]) int { return cmp.Compare(a.value, b.value) })
		s.sorted = true
	}
}

// Quantiles returns the least values that so large shares of the rows with a value do not exceed. The shares are from 0
// to 1, in ascending order. Nothing without values.
func (s *Sample[T]) Quantiles(shares ...float64) []T {
	if len(s.points) == 0 {
		return nil
	}
	s.sort()
	out := make([]T, 0, len(shares))
	i, below := 0, s.points[0].weight
	for _, share := range shares {
		// Weights are sums of fractions: what is a rounding away counts as reached.
		for i < len(s.points)-1 && below < share*s.Values-1e-9*s.Values {
			i++
			below += s.points[i].weight
		}
		out = append(out, s.points[i].value)
	}
	return out
}

// few is up to how many different values each has a bucket of its own.
const few = 20

// Buckets are how a sample is cut to be compared with another: one bucket for nulls; of up to 20 different values one
// for each and one for all others; of more, ten between the deciles, with a value that is more than one decile in a
// bucket of its own.
type Buckets[T cmp.Ordered] struct {
	values []T // with buckets of their own; in order
	cuts   []cut[T]
}

// cut is an upper bound of a bucket.
type cut[T cmp.Ordered] struct {
	at        T
	inclusive bool
}

// NewBuckets cuts a sample.
func NewBuckets[T cmp.Ordered](s *Sample[T]) Buckets[T] {
	s.sort()
	var b Buckets[T]
	for i, p := range s.points {
		if i == 0 || cmp.Compare(p.value, s.points[i-1].value) != 0 {
			b.values = append(b.values, p.value)
		}
		if len(b.values) > few {
			b.values = nil
			break
		}
	}
	if len(b.values) > 0 || len(s.points) == 0 {
		return b
	}
	deciles := s.Quantiles(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
	for i, d := range deciles {
		if n := len(b.cuts); n > 0 && cmp.Compare(b.cuts[n-1].at, d) == 0 {
			continue
		}
		if i+1 < len(deciles) && cmp.Compare(deciles[i+1], d) == 0 {
			b.cuts = append(b.cuts, cut[T]{d, false})
		}
		b.cuts = append(b.cuts, cut[T]{d, true})
	}
	return b
}

// Shares returns the share of the rows of a sample in each bucket, the nulls first.
func (b Buckets[T]) Shares(s *Sample[T]) []float64 {
	n := 2 + len(b.values)
	if len(b.cuts) > 0 {
		n = 2 + len(b.cuts)
	}
	out := make([]float64, n)
	out[0] = s.Nulls
	for _, p := range s.points {
		out[1+b.bucket(p.value)] += p.weight
	}
	for i := range out {
		out[i] /= s.Nulls + s.Values
	}
	return out
}

func (b Buckets[T]) bucket(v T) int {
	if len(b.cuts) == 0 {
		i, known := slices.BinarySearch(b.values, v)
		if !known {
			return len(b.values)
		}
		return i
	}
	i, _ := slices.BinarySearchFunc(b.cuts, v, func(c cut[T], v T) int {
		if order := cmp.Compare(c.at, v); order != 0 || c.inclusive {
			return order
		}
		return -1 // v itself is beyond this cut
	})
	return i
}

// LeastShare is what PSI takes an empty bucket for: without it one row in a new bucket would be an infinite drift.
const LeastShare = 1e-4

// PSI is the population stability index of shares against those that were expected, Σ (a-e)·ln(a/e) over the buckets (N.
// Siddiqi, "Credit Risk Scorecards", Wiley 2006, chapter 8). By custom, less than 0.1 is no change to speak of, up
// to 0.25 a moderate one, and more one that calls for a look.
//
// Rows drawn at random differ by chance, too: of n and m of them in B buckets the index is about (B-1)(1/n+1/m) without any
// change (B. Yurdakul, "Statistical properties of population stability index", 2018).
func PSI(expected, actual []float64) float64 {
	sum := 0.0
	for i := range expected {
		e, a := max(expected[i], LeastShare), max(actual[i], LeastShare)
		sum += float64((a - e) * math.Log(a/e))
	}
	return sum
}
