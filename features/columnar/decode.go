package columnar

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// The types of arrays that arrive here are those that Source.Check and schema.FromArrow let pass.

// decode reads an array into out: nulls here, values by fill, which need not care for nulls. A
// dictionary is read once and then spread.
func decode[T scalar](a arrow.Array, out *vector[T], fill func(arrow.Array, []T) error) error {
	if d, ok := a.(*array.Dictionary); ok {
		var values vector[T]
		if err := decode(d.Dictionary(), &values, fill); err != nil {
			return err
		}
		spread(d, &values, out)
		return nil
	}
	if err := fill(a, out.resize(a.Len())); err != nil {
		return err
	}
	if a.NullN() > 0 {
		valid(a, out.writable(a.Len()))
	}
	return nil
}

// valid reads which values of an array with nulls are there.
func valid(a arrow.Array, ok mask) {
	bits, offset := a.NullBitmapBytes(), a.Data().Offset()
	for i := range ok {
		at := offset + i
		ok[i] = bits[at>>3] >> (at & 7) & 1
	}
}

// spread gives each row the value that its index into the dictionary means.
func spread[T scalar](d *array.Dictionary, values, out *vector[T]) {
	v := out.resize(d.Len())
	indices := indicesOf(d)
	if d.NullN() == 0 && values.ok == nil {
		for i, at := range indices {
			v[i] = values.v[at]
		}
		return
	}
	ok := out.writable(d.Len())
	for i := range ok {
		ok[i] = 1
	}
	if d.NullN() > 0 {
		valid(d, ok)
	}
	for i, at := range indices {
		if ok[i] != 0 {
			v[i] = values.v[at]
			ok[i] = bit(!values.ok.null(int(at)))
		}
	}
}

// indicesOf are the indices of a dictionary's rows; what they are at a null is undefined.
func indicesOf(d *array.Dictionary) []int32 {
	if a, ok := d.Indices().(*array.Int32); ok {
		return a.Int32Values()
	}
	out := make([]int32, d.Len())
	for i := range out {
		if d.IsValid(i) {
			out[i] = int32(d.GetValueIndex(i))
		}
	}
	return out
}

// wholes reads integers.
func wholes(a arrow.Array, out []int64) error {
	switch a := a.(type) {
	case *array.Int64:
		copy(out, a.Int64Values())
	case *array.Int32:
		converted(out, a.Int32Values())
	case *array.Int16:
		converted(out, a.Int16Values())
	case *array.Int8:
		converted(out, a.Int8Values())
	case *array.Uint32:
		converted(out, a.Uint32Values())
	case *array.Uint16:
		converted(out, a.Uint16Values())
	case *array.Uint8:
		converted(out, a.Uint8Values())
	default:
		return fmt.Errorf("%s is no type of whole numbers", a.DataType())
	}
	return nil
}

// doubles reads numbers of any kind as the nearest double.
func doubles(a arrow.Array, out []float64) error {
	switch a := a.(type) {
	case *array.Float64:
		copy(out, a.Float64Values())
	case *array.Float32:
		converted(out, a.Float32Values())
	case *array.Int64:
		converted(out, a.Int64Values())
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		for i, n := range a.Values() {
			out[i] = decimal(n, scale)
		}
	default:
		all := make([]int64, len(out))
		if err := wholes(a, all); err != nil {
			return fmt.Errorf("%s is no type of numbers", a.DataType())
		}
		converted(out, all)
	}
	return nil
}

func converted[D int64 | float64, S int64 | int32 | int16 | int8 | uint32 | uint16 | uint8 | float32](out []D, in []S) {
	for i, x := range in {
		out[i] = D(x)
	}
}

// decimal is the double nearest to n·10^−scale.
func decimal(n decimal128.Num, scale int32) float64 {
	const exact = 1 << 53 // up to here whole numbers are doubles, as powers of ten are up to 10²²
	if u := int64(n.LowBits()); n.HighBits() == u>>63 && -exact <= u && u <= exact && scale <= 22 {
		return float64(u) / math.Pow10(int(scale))
	}
	text := (*big.Int).String(n.BigInt()) + "e-" + strconv.Itoa(int(scale))
	x, _ := strconv.ParseFloat(text, 64) // a whole number and an exponent: no error is possible
	return x
}

func truths(a arrow.Array, out []uint8) error {
	b, ok := a.(*array.Boolean)
	if !ok {
		return fmt.Errorf("%s is no type of truth values", a.DataType())
	}
	for i := range out {
		out[i] = bit(b.Value(i))
	}
	return nil
}

// days reads dates and, in UTC, timestamps as days.
func days(a arrow.Array, out []int32) error {
	switch a := a.(type) {
	case *array.Date32:
		for i, d := range a.Date32Values() {
			out[i] = int32(d)
		}
		return nil
	case *array.Date64:
		return daysIn(a, a.Date64Values(), 24*60*60*1e3, out)
	case *array.Timestamp:
		perSecond := int64(1e9) / int64(a.DataType().(*arrow.TimestampType).Unit.Multiplier())
		return daysIn(a, a.TimestampValues(), 24*60*60*perSecond, out)
	}
	return fmt.Errorf("%s is no type of dates", a.DataType())
}

func daysIn[T ~int64](a arrow.Array, in []T, perDay int64, out []int32) error {
	for i, x := range in {
		day := floorDiv(int64(x), perDay)
		if day != int64(int32(day)) && a.IsValid(i) {
			return fmt.Errorf("%d is too far from 1970 for a date (row %d of the batch)", x, i+1)
		}
		out[i] = int32(day)
	}
	return nil
}

// texts reads the codes of cleaned texts.
func (c *cleaner) codes(a arrow.Array, out []int32) error {
	return eachText(a, func(i int, s string) { out[i] = c.clean(s) })
}

// months reads event months from dates, timestamps, or texts; noMonth for what is none.
func months(a arrow.Array, out []int32) error {
	switch a.DataType().ID() {
	case arrow.STRING, arrow.LARGE_STRING:
		last, month := "", noMonth
		return eachText(a, func(i int, s string) {
			if s != last {
				last = s
				month, _ = parseMonth(s)
			}
			out[i] = month
		})
	}
	if err := days(a, out); err != nil {
		return err
	}
	for i, day := range out {
		out[i], _ = monthOfDay(day)
	}
	return nil
}

// eachText calls f for every text that is there.
func eachText(a arrow.Array, f func(i int, s string)) error {
	switch a := a.(type) {
	case *array.String:
		for i := range a.Len() {
			if a.IsValid(i) {
				f(i, a.Value(i))
			}
		}
	case *array.LargeString:
		for i := range a.Len() {
			if a.IsValid(i) {
				f(i, a.Value(i))
			}
		}
	default:
		return fmt.Errorf("%s is no type of texts", a.DataType())
	}
	return nil
}
