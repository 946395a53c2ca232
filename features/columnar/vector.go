package columnar

// scalar is what a vector holds: BIGINT as int64, DOUBLE as float64, DATE (days since 1970-01-01)
// and STRING (a code of the texts) as int32, BOOLEAN as uint8 0 or 1.
type scalar interface {
	int64 | float64 | int32 | uint8
}

// mask says which values of a vector are there. Nil means all of them; else 1 is a value, 0 a null.
// Masks may be shared by vectors and are never written after the operation that made them.
type mask []uint8

// vector is a column of values, or the register that an operation writes for each morsel. What v
// holds at a null is undefined.
type vector[T scalar] struct {
	v      []T
	ok     mask
	buffer mask // kept to make ok in, morsel after morsel
}

// resize makes v n values long, their content undefined, and drops the nulls.
func (x *vector[T]) resize(n int) []T {
	x.v = resized(x.v, n)
	x.ok = nil
	return x.v
}

// append adds the values of another vector.
func (x *vector[T]) append(more *vector[T]) {
	if x.ok != nil || more.ok != nil {
		x.ok = appendMask(appendMask(nil, x.ok, len(x.v)), more.ok, len(more.v))
	}
	x.v = append(x.v, more.v...)
}

// writable gives x a mask of its own of length n, its content undefined.
func (x *vector[T]) writable(n int) mask {
	x.buffer = resized(x.buffer, n)
	x.ok = x.buffer
	return x.ok
}

// bothOf makes the nulls of x those of a and those of b.
func (x *vector[T]) bothOf(a, b mask) {
	switch {
	case a == nil:
		x.ok = b
	case b == nil || len(a) == 0 || &a[0] == &b[0]:
		x.ok = a
	default:
		ok := x.writable(len(a))
		for i := range ok {
			ok[i] = a[i] & b[i]
		}
	}
}

func (x *vector[T]) mask() mask { return x.ok }

// masked is a vector of any type, for what reads only its nulls.
type masked interface{ mask() mask }

// resized returns a slice of length n in the memory of s if that is large enough.
func resized[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n, n+n/4)
}

// null reports whether value i is null.
func (m mask) null(i int) bool { return m != nil && m[i] == 0 }

// appendMask appends the mask of n values.
func appendMask(to, ok mask, n int) mask {
	if ok != nil {
		return append(to, ok...)
	}
	to, room := added(to, n)
	fill(room)
	return to
}

// bit is 1 for true.
func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
