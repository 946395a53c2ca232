package columnar

import (
	"math"
	"math/big"

	"featops/features"
)

// The operations on several values: those of each span. Nulls are skipped; where no value is left,
// the result is null.

// span gives each result the values [lo, hi) of a register: the rows of a group, or the groups of
// a window.
type span struct{ lo, hi []int32 }

// windowStarts finds the window of the last n of each group.
type windowStarts struct {
	morsel *morsel
	of     *[]int32 // the groups
	frame  features.Frame
	last   int
	out    *span
}

func (o *windowStarts) run() error {
	of := *o.of
	o.out.lo, o.out.hi = resized(o.out.lo, len(of)), resized(o.out.hi, len(of))
	lo, hi, first, months := o.out.lo, o.out.hi, o.morsel.first, o.morsel.groupRelease
	last := int32(min(o.last, math.MaxInt32/2))
	if o.frame == features.Rows {
		for k, i := range of {
			lo[k], hi[k] = max(first[i], i-last+1), i+1
		}
		return nil
	}
	from := int32(0)
	for k, i := range of {
		from = max(from, first[i])
		for months[from] <= months[i]-last {
			from++
		}
		lo[k], hi[k] = from, i+1
	}
	return nil
}

// step gives each group an earlier one, where ok.
type step struct {
	from []int32
	ok   mask
}

// stepsBack finds the group that lies k rows or months before each.
type stepsBack struct {
	morsel *morsel
	of     *[]int32 // the groups
	frame  features.Frame
	back   int
	out    *step
}

func (o *stepsBack) run() error {
	of := *o.of
	o.out.from, o.out.ok = resized(o.out.from, len(of)), resized(o.out.ok, len(of))
	from, ok, first, months := o.out.from, o.out.ok, o.morsel.first, o.morsel.groupRelease
	back := int32(min(o.back, math.MaxInt32/2))
	if o.frame == features.Rows {
		for k, i := range of {
			from[k] = max(i-back, first[i])
			ok[k] = bit(i-back >= first[i])
		}
		return nil
	}
	at := int32(0)
	for k, i := range of {
		at = max(at, first[i])
		for months[at] < months[i]-back {
			at++
		}
		from[k] = at
		ok[k] = bit(months[at] == months[i]-back)
	}
	return nil
}

// chosen is the values of some groups, a view of them where it is all.
type chosen[T scalar] struct {
	of   *vector[T]
	at   *[]int32
	out  *vector[T]
	room []T
}

func (o *chosen[T]) run() error {
	n := len(*o.at)
	if n == len(o.of.v) {
		o.out.v, o.out.ok = o.of.v, o.of.ok
		return nil
	}
	o.room = resized(o.room, n)
	o.out.v, o.out.ok = o.room, nil
	for k, i := range *o.at {
		o.room[k] = o.of.v[i]
	}
	if o.of.ok != nil {
		ok := o.out.writable(n)
		for k, i := range *o.at {
			ok[k] = o.of.ok[i]
		}
	}
	return nil
}

type lag[T scalar] struct {
	of   *vector[T]
	back *step
	out  *vector[T]
}

func (o *lag[T]) run() error {
	v := o.of.v
	out := o.out.resize(len(o.back.from))
	for i, from := range o.back.from {
		out[i] = v[from]
	}
	o.out.ok = o.back.ok
	if o.of.ok != nil {
		ok := o.out.writable(len(out))
		for i, from := range o.back.from {
			ok[i] = o.of.ok[from] & o.back.ok[i]
		}
	}
	return nil
}

type count struct {
	span *span
	out  *vector[int64]
}

func (o *count) run() error {
	out := o.out.resize(len(o.span.lo))
	for i, lo := range o.span.lo {
		out[i] = int64(o.span.hi[i] - lo)
	}
	return nil
}

type sum struct {
	of   *vector[float64]
	span *span
	out  *vector[float64]
}

func (o *sum) run() error {
	out := o.out.resize(len(o.span.lo))
	if o.of.ok == nil {
		for i, lo := range o.span.lo {
			total := 0.0
			for _, x := range o.of.v[lo:o.span.hi[i]] {
				total += x
			}
			out[i] = total
		}
		return nil
	}
	ok := o.out.writable(len(out))
	for i, lo := range o.span.lo {
		total, n := 0.0, 0
		for j := lo; j < o.span.hi[i]; j++ {
			if o.of.ok[j] != 0 {
				total += o.of.v[j]
				n++
			}
		}
		out[i], ok[i] = total, bit(n > 0)
	}
	return nil
}

type sumWhole struct {
	of    *vector[int64]
	span  *span
	out   *vector[int64]
	blame overflow
}

func (o *sumWhole) run() error {
	out := o.out.resize(len(o.span.lo))
	var ok mask
	if o.of.ok != nil {
		ok = o.out.writable(len(out))
	}
	for i, lo := range o.span.lo {
		total, n := int64(0), 0
		for j := lo; j < o.span.hi[i]; j++ {
			if o.of.ok.null(int(j)) {
				continue
			}
			x := o.of.v[j]
			next := total + x
			if (next^total)&(next^x) < 0 {
				exact := o.exact(i)
				if !exact.IsInt64() {
					return o.blame.of(i, exact.String())
				}
				total, n = exact.Int64(), 1
				break
			}
			total = next
			n++
		}
		out[i] = total
		if ok != nil {
			ok[i] = bit(n > 0)
		}
	}
	return nil
}

// exact sums span i without a limit: a sum may fit though a part of it does not.
func (o *sumWhole) exact(i int) *big.Int {
	total := new(big.Int)
	for j := o.span.lo[i]; j < o.span.hi[i]; j++ {
		if !o.of.ok.null(int(j)) {
			total.Add(total, big.NewInt(o.of.v[j]))
		}
	}
	return total
}

type mean struct {
	of   *vector[float64]
	span *span
	out  *vector[float64]
}

func (o *mean) run() error {
	out := o.out.resize(len(o.span.lo))
	hi := o.span.hi[:len(out)]
	if o.of.ok == nil {
		for i, lo := range o.span.lo {
			window := o.of.v[lo:hi[i]]
			total := 0.0
			for _, x := range window {
				total += x
			}
			out[i] = total / float64(len(window))
		}
		return nil
	}
	ok := o.out.writable(len(out))
	for i, lo := range o.span.lo {
		total, n := 0.0, 0
		for j := lo; j < hi[i]; j++ {
			if o.of.ok[j] != 0 {
				total += o.of.v[j]
				n++
			}
		}
		out[i], ok[i] = total/float64(n), bit(n > 0)
	}
	return nil
}

// deviation is the sample standard deviation of each span, value by value as Spark SQL's stddev_samp computes it, so that
// both have the same last bits: a mean and a sum of squares around it, each carried on with the next value.
type deviation struct {
	of   *vector[float64]
	span *span
	out  *vector[float64]
}

func (o *deviation) run() error {
	out := o.out.resize(len(o.span.lo))
	ok := o.out.writable(len(out))
	hi := o.span.hi[:len(out)]
	if o.of.ok == nil {
		for i, lo := range o.span.lo {
			window := o.of.v[lo:hi[i]]
			mean, n := window[0], 1.0
			squares := float64(mean * (mean - mean)) // 0, or NaN when it is infinite
			if len(window) > 1 {
				// The half is what the division gives, in less time.
				d := window[1] - mean
				part := float64(d * 0.5)
				mean, n = mean+part, 2
				squares += float64(d * (d - part))
				window = window[1:]
			}
			for _, x := range window[1:] {
				n++
				d := x - mean
				part := d / n
				mean += part
				squares += float64(d * (d - part))
			}
			out[i], ok[i] = math.Sqrt(squares/(n-1)), bit(n > 1)
		}
		return nil
	}
	for i, lo := range o.span.lo {
		mean, squares, n := 0.0, 0.0, 0.0
		for j := lo; j < hi[i]; j++ {
			if o.of.ok[j] != 0 {
				n++
				d := o.of.v[j] - mean
				part := d / n
				mean += part
				squares += float64(d * (d - part))
			}
		}
		out[i], ok[i] = math.Sqrt(squares/(n-1)), bit(n > 1)
	}
	return nil
}

// extreme is the least or the greatest value.
type extreme[T int64 | int32] struct {
	of       *vector[T]
	span     *span
	greatest bool
	out      *vector[T]
}

func (o *extreme[T]) run() error {
	out := o.out.resize(len(o.span.lo))
	hi := o.span.hi[:len(out)]
	switch {
	case o.of.ok != nil:
		extremeMasked(o.of, o.span, o.greatest, o.out)
	case o.greatest:
		for i, lo := range o.span.lo {
			best := o.of.v[lo]
			for _, x := range o.of.v[lo+1 : hi[i]] {
				best = max(best, x)
			}
			out[i] = best
		}
	default:
		for i, lo := range o.span.lo {
			best := o.of.v[lo]
			for _, x := range o.of.v[lo+1 : hi[i]] {
				best = min(best, x)
			}
			out[i] = best
		}
	}
	return nil
}

// extremeDouble is the least or the greatest double: NaN is greater than every other number.
type extremeDouble struct {
	of       *vector[float64]
	span     *span
	greatest bool
	out      *vector[float64]
}

func (o *extremeDouble) run() error {
	if o.of.ok != nil {
		extremeMasked(o.of, o.span, o.greatest, o.out)
		return nil
	}
	out := o.out.resize(len(o.span.lo))
	for i, lo := range o.span.lo {
		best := o.of.v[lo]
		for _, x := range o.of.v[lo+1 : o.span.hi[i]] {
			if o.greatest && less(best, x) || !o.greatest && less(x, best) {
				best = x
			}
		}
		out[i] = best
	}
	return nil
}

func extremeMasked[T int64 | int32 | float64](of *vector[T], span *span, greatest bool, to *vector[T]) {
	out := to.resize(len(span.lo))
	ok := to.writable(len(out))
	for i, lo := range span.lo {
		var best T
		found := false
		for j := lo; j < span.hi[i]; j++ {
			x := of.v[j]
			if of.ok[j] != 0 && (!found || greatest && less(best, x) || !greatest && less(x, best)) {
				best, found = x, true
			}
		}
		out[i], ok[i] = best, bit(found)
	}
}

// extremeTruth is the greatest of booleans, their disjunction, or the least, their conjunction. A span has one that decides
// if the last of those before its end is not before its beginning: no span ends before the one in front of it.
type extremeTruth struct {
	of       *vector[uint8]
	span     *span
	greatest bool
	out      *vector[uint8]
}

func (o *extremeTruth) run() error {
	out := o.out.resize(len(o.span.lo))
	hi := o.span.hi[:len(out)]
	other := bit(!o.greatest) // what decides nothing
	decides, at := int32(-1), int32(0)
	if o.of.ok == nil {
		for i, lo := range o.span.lo {
			for ; at < hi[i]; at++ {
				decides += (at - decides) * int32(o.of.v[at]^other)
			}
			out[i] = bit(decides >= lo) ^ other
		}
		return nil
	}
	ok := o.out.writable(len(out))
	there := int32(-1)
	for i, lo := range o.span.lo {
		for ; at < hi[i]; at++ {
			known := o.of.ok[at]
			there += (at - there) * int32(known)
			decides += (at - decides) * int32((o.of.v[at]^other)&known)
		}
		out[i], ok[i] = bit(decides >= lo)^other, bit(there >= lo)
	}
	return nil
}
