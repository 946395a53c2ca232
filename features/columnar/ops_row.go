package columnar

import (
	"slices"
	"strconv"
)

// The operations on values of one row or one group.

type constant[T scalar] struct {
	n     *int
	value T
	null  bool
	all   []T // the value, again and again
	out   *vector[T]
}

func (o *constant[T]) run() error {
	n := *o.n
	if len(o.all) < n {
		o.all = slices.Repeat([]T{o.value}, n+n/4)
		o.out.buffer = make(mask, len(o.all))
	}
	o.out.v = o.all[:n]
	if o.null {
		o.out.ok = o.out.buffer[:n]
	}
	return nil
}

// monthDay is the first day of the month that lies the distance from each of months.
type monthDay struct {
	months   *[]int32
	distance int32
	out      *vector[int32]
}

func (o *monthDay) run() error {
	months := *o.months
	out := o.out.resize(len(months))
	for i, m := range months {
		out[i] = firstDay(m + o.distance)
	}
	return nil
}

type toDouble struct {
	of  *vector[int64]
	out *vector[float64]
}

func (o *toDouble) run() error {
	out := o.out.resize(len(o.of.v))
	for i, x := range o.of.v {
		out[i] = float64(x)
	}
	o.out.ok = o.of.ok
	return nil
}

// mapping takes each value from a branch: 0 for null, 1 for a text that is in no case, then the
// cases.
type mapping[T scalar] struct {
	of       *vector[int32]
	texts    *texts
	from     []string
	branches []*vector[T]
	out      *vector[T]
	branch   []uint16 // by code
}

func (o *mapping[T]) run() error {
	if known := o.texts.all(); len(o.branch) < len(known) {
		for _, text := range known[len(o.branch):] {
			o.branch = append(o.branch, o.branchOf(text))
		}
	}
	n := len(o.of.v)
	out, ok := o.out.resize(n), o.out.writable(n)
	nulls := false
	for i, code := range o.of.v {
		k := uint16(0)
		if !o.of.ok.null(i) {
			k = o.branch[code]
		}
		b := o.branches[k]
		out[i] = b.v[i]
		ok[i] = 1
		if b.ok != nil {
			ok[i] = b.ok[i]
			nulls = true
		}
	}
	if !nulls {
		o.out.ok = nil
	}
	return nil
}

func (o *mapping[T]) branchOf(text string) uint16 {
	for i, from := range o.from {
		if from == text {
			return uint16(i + 2)
		}
	}
	return 1
}

type choice[T scalar] struct {
	cond        *vector[uint8]
	then, other *vector[T]
	out         *vector[T]
}

func (o *choice[T]) run() error {
	n := len(o.cond.v)
	out := o.out.resize(n)
	if o.then.ok == nil && o.other.ok == nil {
		for i, c := range o.cond.v {
			if c != 0 && !o.cond.ok.null(i) {
				out[i] = o.then.v[i]
			} else {
				out[i] = o.other.v[i]
			}
		}
		return nil
	}
	ok := o.out.writable(n)
	for i, c := range o.cond.v {
		from := o.other
		if c != 0 && !o.cond.ok.null(i) {
			from = o.then
		}
		out[i] = from.v[i]
		ok[i] = bit(!from.ok.null(i))
	}
	return nil
}

type coalesce[T scalar] struct{ of, other, out *vector[T] }

func (o *coalesce[T]) run() error {
	out := o.out.resize(len(o.of.v))
	copy(out, o.of.v)
	if o.of.ok == nil {
		return nil
	}
	for i, ok := range o.of.ok {
		if ok == 0 {
			out[i] = o.other.v[i]
		}
	}
	if o.other.ok != nil {
		mask := o.out.writable(len(out))
		for i := range mask {
			mask[i] = o.of.ok[i] | o.other.ok[i]
		}
	}
	return nil
}

type notNull struct {
	n   *int
	of  masked
	out *vector[uint8]
}

func (o *notNull) run() error {
	out := o.out.resize(*o.n)
	if ok := o.of.mask(); ok != nil {
		copy(out, ok)
		return nil
	}
	for i := range out {
		out[i] = 1
	}
	return nil
}

type not struct{ of, out *vector[uint8] }

func (o *not) run() error {
	out := o.out.resize(len(o.of.v))
	for i, x := range o.of.v {
		out[i] = x ^ 1
	}
	o.out.ok = o.of.ok
	return nil
}

// and is false where one term is false, whatever the other.
type and struct{ a, b, out *vector[uint8] }

func (o *and) run() error {
	n := len(o.a.v)
	out := o.out.resize(n)
	if o.a.ok == nil && o.b.ok == nil {
		for i := range out {
			out[i] = o.a.v[i] & o.b.v[i]
		}
		return nil
	}
	ok := o.out.writable(n)
	for i := range out {
		a, b := !o.a.ok.null(i), !o.b.ok.null(i)
		isFalse := a && o.a.v[i] == 0 || b && o.b.v[i] == 0
		out[i] = bit(!isFalse)
		ok[i] = bit(isFalse || a && b)
	}
	return nil
}

type round struct{ of, out *vector[float64] }

func (o *round) run() error {
	out := o.out.resize(len(o.of.v))
	for i, x := range o.of.v {
		r, sure := roundSmall(x)
		if !sure && !o.of.ok.null(i) {
			r = round4(x)
		}
		out[i] = r
	}
	o.out.ok = o.of.ok
	return nil
}

// whole cuts towards zero. What no BIGINT is (NaN too) is an overflow.
type whole struct {
	of    *vector[float64]
	out   *vector[int64]
	blame overflow
}

func (o *whole) run() error {
	out := o.out.resize(len(o.of.v))
	for i, x := range o.of.v {
		if !(-0x1p63 <= x && x < 0x1p63) {
			if !o.of.ok.null(i) {
				return o.blame.of(i, strconv.FormatFloat(x, 'g', -1, 64))
			}
			continue
		}
		out[i] = int64(x)
	}
	o.out.ok = o.of.ok
	return nil
}

type monthStart struct{ of, out *vector[int32] }

func (o *monthStart) run() error {
	out := o.out.resize(len(o.of.v))
	for i, day := range o.of.v {
		_, _, inMonth := civil(day)
		out[i] = day - inMonth + 1
	}
	o.out.ok = o.of.ok
	return nil
}

type between struct {
	end, start *vector[int32]
	out        *vector[float64]
}

func (o *between) run() error {
	out := o.out.resize(len(o.end.v))
	for i, end := range o.end.v {
		out[i] = monthsBetween(end, o.start.v[i])
	}
	o.out.bothOf(o.end.ok, o.start.ok)
	return nil
}
