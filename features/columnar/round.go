package columnar

import (
	"math"
	"strconv"
)

// Rounding to four decimals is half-up, ties away from zero, as Spark SQL's round(x, 4) does it: the
// decision falls on the shortest decimal text of x, not on its binary value, so that 1.00005
// (which is a little less in binary) becomes 1.0001. The result is the double nearest to the
// decimal number; a zero is positive; NaN and infinities stay.

// roundFast rounds where the binary value decides beyond doubt: the product and the text are each
// off by at most half a unit in the last place, 2⁻⁵³ of the product, so that nearer to a tie than
// four times that only the text can tell; and from 2⁵³ on the product has no exact whole part. NaN is
// never sure.
func roundFast(x float64) (r float64, sure bool) {
	y := float64(x * 1e4)
	a := math.Abs(y)
	n := float64(int64(float64(a + 0.5)))
	return math.Copysign(n/1e4, y) + 0, math.Abs(a-n) < 0.5-float64(a*0x1p-50) && a < 0x1p53
}

// roundText rounds by way of the decimal text.
func roundText(x float64) float64 {
	const decimals = 4
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	var buffer [400]byte
	text := strconv.AppendFloat(buffer[:0], math.Abs(x), 'f', -1, 64)
	point := len(text)
	for i, c := range text {
		if c == '.' {
			point = i
			break
		}
	}
	if len(text)-point-1 <= decimals {
		return x + 0 // so that -0 becomes 0
	}
	end := point + 1 + decimals
	up := text[end] >= '5'
	text = text[:end]
	for i := end - 1; up && i >= 0; i-- {
		switch text[i] {
		case '.':
		case '9':
			text[i] = '0'
		default:
			text[i]++
			up = false
		}
	}
	r, _ := strconv.ParseFloat(string(text), 64) // digits and a point: no error is possible
	if up {                                      // all digits were nines
		r += math.Pow10(point)
	}
	if x < 0 && r != 0 {
		return -r
	}
	return r
}
