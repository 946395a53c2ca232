package columnar

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestRoundIsHalfUpOnTheDecimalText(t *testing.T) {
	for _, c := range []struct{ x, want float64 }{
		{1.00005, 1.0001}, // a little less in binary
		{1.00015, 1.0002},
		{2.00025, 2.0003},
		{-1.00005, -1.0001},
		{0.00005, 0.0001},
		{0.00004999, 0},
		{0.12344999999999999, 0.1234},
		{999.99995, 1000},
		{99999.99999, 100000},
		{1234567.00005, 1234567.0001},
		{123456789012.34565, 123456789012.3457},
		{900719925474.1234, 900719925474.1234}, // no fifth decimal left
		{9007199254740993, 9007199254740992},
		{1e300, 1e300},
		{5e-324, 0},
		{math.MaxFloat64, math.MaxFloat64},
		{math.Inf(-1), math.Inf(-1)},
	} {
		if got := round4(c.x); got != c.want {
			t.Errorf("round4(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	if got := round4(math.NaN()); !math.IsNaN(got) {
		t.Errorf("round4(NaN) = %v", got)
	}
}

func TestRoundedZeroIsPositive(t *testing.T) {
	for _, x := range []float64{-0.00001, math.Copysign(0, -1), -5e-324} {
		if got := round4(x); got != 0 || math.Signbit(got) {
			t.Errorf("round4(%v) = %v", x, got)
		}
	}
}

func TestRoundAgreesWithExactFractions(t *testing.T) {
	any := rapid.Float64()
	money := rapid.Custom(func(t *rapid.T) float64 {
		return float64(rapid.Int64Range(-1e12, 1e12).Draw(t, "hundred thousandths")) / 1e5 // one in ten is a tie
	})
	near := rapid.Custom(func(t *rapid.T) float64 {
		x := money.Draw(t, "money")
		for range rapid.IntRange(0, 3).Draw(t, "steps") {
			x = math.Nextafter(x, rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1)}).Draw(t, "towards"))
		}
		return x
	})
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(any, money, near).Draw(t, "x")
		if got, want := round4(x), roundPlain(x); got != want {
			t.Fatalf("round4(%v) = %v, want %v", x, got, want)
		}
	})
}
