package columnar

import (
	"math"
	"strconv"
)

// Rounding to four decimals is half-up, ties away from zero, as Spark SQL's round(x, 4) does it: the
// decision falls on the shortest decimal text of x, not on its binary value, so that 1.00005
// (which is a little less in binary) becomes 1.0001. The result is the double nearest to the
// decimal number; a zero is positive; NaN and infinities stay.

// Where the binary value decides beyond doubt, no text is needed: the product by 10⁴ and the text are each off by at most half a
// unit in the last place, 2⁻⁵³ of the product, so that only nearer to a tie than four times that it is the text that counts.
//
// Nor is it where a tie has at most 15 digits. No two such decimals are nearest to one double, so the text of the double that is
// nearest to a tie is the tie, and the texts of the doubles below and above it lie below and above the tie.

// nearestWhole is the whole number nearest to a product below 2⁵¹; a zero is positive. Doubles from 2⁵² to 2⁵³ are the whole
// numbers there: what is added to their middle is rounded to one.
func nearestWhole(y float64) float64 { return float64(y+0x1.8p52) - 0x1.8p52 }

// roundSmall rounds what is not large, as most values are. NaN is not sure.
func roundSmall(x float64) (r float64, sure bool) {
	const most, tie = 0x1p32, 0.5 - 0x1p-18
	y := float64(x * 1e4)
	n := nearestWhole(y)
	off := y - n
	return n / 1e4, -tie < off && off < tie && -most < y && y < most
}

// round4 rounds any value.
func round4(x float64) float64 {
	if r, sure := roundSmall(x); sure {
		return r
	}
	const most = 0x1p46 // ties below it, divided by 10⁴, have at most 15 digits
	a := math.Abs(x)
	n := math.Floor(float64(a * 1e4))
	if !(n < most) {
		return roundText(x)
	}
	if tie := (2*n + 1) / 2e4; a >= tie {
		n++
	}
	if n == 0 {
		return 0
	}
	return math.Copysign(n/1e4, x)
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
