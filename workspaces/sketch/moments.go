package sketch

import "math"

// Moments are the first two moments of values.
type Moments struct {
	N    int64   `json:"n"`    // values
	Mean float64 `json:"mean"` // of them
	M2   float64 `json:"m2"`   // the sum of the squares of their distances from the mean
}

// Merge adds the moments of other values (Chan, Golub, LeVeque, "Algorithms for computing the sample variance", The
// American Statistician 37, 1983).
func (m *Moments) Merge(o Moments) {
	if o.N == 0 {
		return
	}
	if m.N == 0 {
		*m = o
		return
	}
	n, a, b := float64(m.N+o.N), float64(m.N), float64(o.N)
	d := o.Mean - m.Mean
	m.Mean += float64(d * (b / n))
	m.M2 += o.M2 + float64(d*d)*(a*(b/n))
	m.N += o.N
}

// Deviation is the sample standard deviation. There is none of fewer than two values, nor of ones so large that their
// squares are no numbers.
func (m Moments) Deviation() (float64, bool) {
	d := math.Sqrt(max(m.M2, 0) / float64(m.N-1))
	return d, m.N > 1 && finite(d)
}

func finite(v float64) bool { return v-v == 0 }

// Sums are the moments of a few thousand values in the making. The values are summed as distances from the first of them,
// so that what they have in common is not squared: the squared distance of one of n values from their mean is at
// most n times the variance, which bounds the relative error by n² roundings.
type Sums struct {
	n             int64
	first, s1, s2 float64
}

// Sum adds values to s, one or more.
func Sum[T ~int8 | ~int16 | ~int32 | ~int64 | ~float32 | ~float64](s *Sums, values []T) {
	if s.n == 0 {
		s.first = float64(values[0])
	}
	s.n += int64(len(values))
	first, s1, s2 := s.first, s.s1, s.s2
	// Four sums side by side: one alone waits for each addition to end before the next begins. The conversions of the
	// products keep machines that multiply and add in one step from giving other results.
	if len(values) >= 8 {
		var a, b, c, p, q, r float64
		for ; len(values) >= 4; values = values[4:] {
			w, x, y, z := float64(values[0])-first, float64(values[1])-first, float64(values[2])-first, float64(values[3])-first
			s1, a, b, c = s1+w, a+x, b+y, c+z
			s2, p, q, r = s2+float64(w*w), p+float64(x*x), q+float64(y*y), r+float64(z*z)
		}
		s1, s2 = (s1+a)+(b+c), (s2+p)+(q+r)
	}
	for _, v := range values {
		x := float64(v) - first
		s1 += x
		s2 += float64(x * x)
	}
	s.s1, s.s2 = s1, s2
}

// Finite reports whether the sums are numbers. With a NaN or an infinity among the values they are not.
func (s *Sums) Finite() bool { return finite(s.s2) && finite(s.s1) }

// Moments returns the moments of the values summed so far.
func (s *Sums) Moments() Moments {
	if s.n == 0 {
		return Moments{}
	}
	n := float64(s.n)
	return Moments{N: s.n, Mean: s.first + s.s1/n, M2: max(0, s.s2-float64(s.s1*(s.s1/n)))}
}
