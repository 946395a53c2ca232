package sketch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// near compares numbers up to a relative error, or an absolute one of what they are made from.
func near(got, want, relative, absolute float64) bool {
	return math.Abs(got-want) <= math.Max(relative*math.Abs(want), absolute)
}

// plainMoments computes in two passes.
func plainMoments(values []float64) (mean, m2 float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		m2 += (v - mean) * (v - mean)
	}
	return mean, m2
}

// summed gathers values block by block, as a writer does.
func summed(values []float64, block int) Moments {
	var m Moments
	for part := range slices.Chunk(values, block) {
		var s Sums
		half := max(1, len(part)/2)
		Sum(&s, part[:half])
		if half < len(part) {
			Sum(&s, part[half:])
		}
		m.Merge(s.Moments())
	}
	return m
}

func TestMomentsAreThoseOfTwoPasses(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		offset := rapid.SampledFrom([]float64{0, 1, -1e6, 1e12}).Draw(r, "offset")
		values := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) float64 {
			return offset + float64(rapid.IntRange(-10_000_000, 10_000_000).Draw(r, "v"))/1e4
		}), 1, 300).Draw(r, "values")
		got := summed(values, rapid.IntRange(1, 100).Draw(r, "block"))
		mean, m2 := plainMoments(values)
		// The plain way is off itself: the rounding of the values counts.
		ulp := math.Abs(offset) * 1e-15
		if got.N != int64(len(values)) || !near(got.Mean, mean, 1e-12, ulp) || !near(got.M2, m2, 1e-9, 1e3*float64(len(values))*ulp) {
			r.Fatalf("%+v, want mean %g and m2 %g", got, mean, m2)
		}
	})
}

func TestMomentsOfPartsGiveThoseOfTheWhole(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		part := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 0, 40)
		a, b, c := summed(part.Draw(r, "a"), 7), summed(part.Draw(r, "b"), 7), summed(part.Draw(r, "c"), 7)
		left, right := a, b
		left.Merge(b)
		left.Merge(c)
		right.Merge(c)
		other := a
		other.Merge(right)
		if left.N != other.N || !near(left.Mean, other.Mean, 1e-9, 1e-5) || !near(left.M2, other.M2, 1e-9, 1e-3) {
			r.Fatalf("%+v and %+v", left, other)
		}
	})
}

func TestDeviation(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		want   float64
		ok     bool
	}{
		"nothing":       {nil, 0, false},
		"one value":     {[]float64{3}, 0, false},
		"equal values":  {[]float64{0.1, 0.1, 0.1}, 0, true},
		"two":           {[]float64{1, 3}, math.Sqrt2, true},
		"large and one": {[]float64{1e15, 1e15 + 2}, math.Sqrt2, true},
		"huge":          {[]float64{1e300, -1e300}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := summed(c.values, 100).Deviation()
			if ok != c.ok || ok && !near(got, c.want, 1e-12, 0) {
				t.Errorf("%g %t, want %g %t", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestSumsOfWhatIsNoNumberAreNotFinite(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for at := range 9 {
			values := make([]float64, 9)
			values[at] = v
			var s Sums
			if Sum(&s, values); s.Finite() {
				t.Errorf("%g at %d: %+v", v, at, s)
			}
		}
	}
}

func distinctOf(values ...uint64) *Distinct {
	var d Distinct
	for _, v := range values {
		d.Add(Mix(v))
	}
	return &d
}

func upTo(n uint64) (out []uint64) {
	for v := range n {
		out = append(out, v)
	}
	return out
}

func TestFewDifferentValuesAreCountedExactly(t *testing.T) {
	for _, n := range []uint64{0, 1, 2, 1000, MostDistinct} {
		got, exact := distinctOf(append(upTo(n), upTo(n)...)...).Count()
		if got != int64(n) || !exact {
			t.Errorf("%d values: %d, exact %t", n, got, exact)
		}
	}
}

// TestManyDifferentValues: the standard error is 4 %, so fixed sets of values are within four of them.
func TestManyDifferentValues(t *testing.T) {
	for name, value := range map[string]func(v, set uint64) uint64{
		"one after another": func(v, set uint64) uint64 { return v + set<<32 },
		"in steps":          func(v, set uint64) uint64 { return v*(set*64+24) + set },
		"whole doubles":     func(v, set uint64) uint64 { return math.Float64bits(float64(v*(set+1) + set)) },
		"rounded doubles":   func(v, set uint64) uint64 { return math.Float64bits(float64(v*(set+1)) / 1e4) },
		"random":            func(v, set uint64) uint64 { return rand.New(rand.NewPCG(v, set)).Uint64() },
	} {
		squares, sets := 0.0, 0
		for _, n := range []uint64{MostDistinct + 1, 5_000, 50_000} {
			for set := range uint64(60) {
				var d Distinct
				for v := range n {
					d.Add(Mix(value(v, set)))
				}
				got, exact := d.Count()
				off := float64(got)/float64(n) - 1
				if exact || math.Abs(off) > 0.16 {
					t.Errorf("%s: %d values: %d, exact %t", name, n, got, exact)
				}
				squares, sets = squares+off*off, sets+1
			}
		}
		if e := math.Sqrt(squares / float64(sets)); e > 0.04 {
			t.Errorf("%s: the standard error is %.3f", name, e)
		}
	}
}

func text(t rapid.TB, d *Distinct) string {
	b, err := d.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDifferentValuesOfPartsGiveThoseOfTheWhole(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Uint64Range(1, 8000)
		from, to := n.Draw(r, "from"), n.Draw(r, "to")
		all := upTo(10_000)
		a, b := distinctOf(all[:max(from, to)]...), distinctOf(all[min(from, to):]...)
		whole := text(r, distinctOf(all...))
		ab, ba := distinctOf(), distinctOf()
		ab.Merge(a)
		ab.Merge(b)
		ba.Merge(b)
		ba.Merge(a)
		var read Distinct
		if err := read.UnmarshalText([]byte(whole)); err != nil {
			r.Fatal(err)
		}
		if text(r, ab) != whole || text(r, ba) != whole || text(r, &read) != whole {
			r.Fatalf("the parts give another sketch")
		}
	})
}

// TestQuantiles holds those of a sample that has all values against the plain definition.
func TestQuantilesOfAllValuesAreExact(t *testing.T) {
	shares := []float64{0, 0.05, 0.25, 0.5, 0.95, 1}
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(-50, 50), 1, 200).Draw(r, "values")
		weight := rapid.SampledFrom([]float64{1, 3, 1. / 3, 0.1}).Draw(r, "weight")
		var s Sample[int]
		for _, v := range values {
			s.Add(v, weight)
		}
		s.AddNull(weight)
		slices.Sort(values)
		for i, got := range s.Quantiles(shares...) {
			at := max(0, int(math.Ceil(shares[i]*float64(len(values))-1e-6))-1)
			if got != values[at] {
				r.Fatalf("%g: %d, want %d of %v", shares[i], got, values[at], values)
			}
		}
	})
}

func TestQuantilesOfASample(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const n = 8000
	for range 50 {
		var s Sample[float64]
		for range n {
			s.Add(random.Float64(), 100)
		}
		for i, got := range s.Quantiles(0.05, 0.5, 0.95) {
			q := []float64{0.05, 0.5, 0.95}[i]
			if off := math.Abs(got - q); off > 4*math.Sqrt(q*(1-q)/n) {
				t.Errorf("%g: %g", q, got)
			}
		}
	}
}

func TestNoQuantilesWithoutValues(t *testing.T) {
	var s Sample[string]
	s.AddNull(1)
	if got := s.Quantiles(0.5); got != nil {
		t.Errorf("%v", got)
	}
}

// TestPSI holds numbers that were computed by hand.
func TestPSI(t *testing.T) {
	for name, c := range map[string]struct {
		expected, actual []float64
		want             float64
	}{
		"the same":      {[]float64{0.2, 0.8}, []float64{0.2, 0.8}, 0},
		"halves":        {[]float64{0.5, 0.5}, []float64{0.25, 0.75}, 0.27465307},        // 0.25·ln 2 + 0.25·ln 1.5
		"a new bucket":  {[]float64{1, 0}, []float64{0.9, 0.1}, 0.01053605 + 0.69008475}, // -0.1·ln 0.9 + 0.0999·ln 1000
		"gone entirely": {[]float64{0.5, 0.5}, []float64{1, 0}, 0.34657359 + 4.25774488}, // 0.5·ln 2 + 0.4999·ln 5000
		"never there":   {[]float64{0.5, 0.5, 0}, []float64{0.5, 0.5, 0}, 0},
		"three":         {[]float64{0.1, 0.3, 0.6}, []float64{0.2, 0.3, 0.5}, 0.08754687}, // 0.1·ln 2 + 0.1·ln 1.2
	} {
		t.Run(name, func(t *testing.T) {
			if got := PSI(c.expected, c.actual); !near(got, c.want, 0, 1e-7) {
				t.Errorf("%.8f, want %.8f", got, c.want)
			}
		})
	}
}

func sampleOf[T int | string | float64](nulls int, values ...T) *Sample[T] {
	var s Sample[T]
	for _, v := range values {
		s.Add(v, 2)
	}
	for range nulls {
		s.AddNull(2)
	}
	return &s
}

func wantShares(t *testing.T, got []float64, want ...float64) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b float64) bool { return near(a, b, 0, 1e-9) }) {
		t.Errorf("shares %v, want %v", got, want)
	}
}

func TestBucketsOfFewValues(t *testing.T) {
	before := sampleOf(2, "a", "b", "b", "b", "c", "c", "c", "c")
	b := NewBuckets(before)
	wantShares(t, b.Shares(before), 0.2, 0.1, 0.3, 0.4, 0) // nulls, a, b, c, others
	wantShares(t, b.Shares(sampleOf(0, "b", "d", "0", "e")), 0, 0, 0.25, 0, 0.75)
}

func TestBucketsOfNothing(t *testing.T) {
	empty := sampleOf[string](3)
	b := NewBuckets(empty)
	wantShares(t, b.Shares(empty), 1, 0)
	wantShares(t, b.Shares(sampleOf(1, "x")), 0.5, 0.5)
}

func TestBucketsBetweenDeciles(t *testing.T) {
	var values []int
	for v := range 100 {
		values = append(values, 99-v)
	}
	before := sampleOf(0, values...)
	b := NewBuckets(before)
	wantShares(t, b.Shares(before), 0, .1, .1, .1, .1, .1, .1, .1, .1, .1, .1)
	wantShares(t, b.Shares(sampleOf(1, -5, 9, 10, 1000)), 0.2, 0.4, 0.2, 0, 0, 0, 0, 0, 0, 0, 0.2)
}

// TestAValueThatIsSeveralDecilesHasABucket: else a share that moves from it to its neighbours would not be seen.
func TestAValueThatIsSeveralDecilesHasABucket(t *testing.T) {
	var values []int
	for v := range 30 {
		values = append(values, v)
	}
	for range 70 {
		values = append(values, 30)
	}
	before := sampleOf(0, values...)
	b := NewBuckets(before)
	wantShares(t, b.Shares(before), 0, .1, .1, .1, 0, .7, 0) // up to 9, 19, 29, below 30, 30, above
	wantShares(t, b.Shares(sampleOf(0, 29, 30, 31, 40)), 0, 0, 0, .25, 0, .25, .5)
}

func FuzzDistinctText(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("AA=="))
	f.Add([]byte(text(f, distinctOf(upTo(2000)...))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Distinct
		if d.UnmarshalText(b) != nil {
			return
		}
		if n, _ := d.Count(); n < 0 || d.n > MostDistinct {
			t.Errorf("%d values, %d of them kept", n, d.n)
		}
		var again Distinct
		if err := again.UnmarshalText([]byte(text(t, &d))); err != nil || text(t, &again) != text(t, &d) {
			t.Errorf("read again: %v", err)
		}
	})
}
