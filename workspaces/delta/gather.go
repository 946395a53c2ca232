package delta

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/bitutil"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// place names a value in a list of arrays: the array and the row in it.
type place struct{ array, row int32 }

// gather builds the array of the values at the places, in their order. The arrays have one type.
// The caller releases the result.
func gather(arrays []arrow.Array, places []place) arrow.Array {
	validity, nulls := gatherValidity(arrays, places)
	t := arrays[0].DataType()
	var buffers []*memory.Buffer
	switch t.(type) {
	case *arrow.BooleanType:
		buffers = gatherBits(arrays, places)
	case *arrow.Int8Type:
		buffers = gatherFixed[int8](arrays, places)
	case *arrow.Int16Type:
		buffers = gatherFixed[int16](arrays, places)
	case *arrow.Int32Type, *arrow.Date32Type:
		buffers = gatherFixed[int32](arrays, places)
	case *arrow.Int64Type, *arrow.TimestampType:
		buffers = gatherFixed[int64](arrays, places)
	case *arrow.Float32Type:
		buffers = gatherFixed[float32](arrays, places)
	case *arrow.Float64Type:
		buffers = gatherFixed[float64](arrays, places)
	case *arrow.Decimal128Type:
		buffers = gatherFixed[decimal128.Num](arrays, places)
	case *arrow.StringType, *arrow.BinaryType:
		buffers = gatherBytes(arrays, places)
	default:
		panic(fmt.Sprintf("gather of %s, which no table holds", t))
	}
	data := array.NewData(t, len(places), append([]*memory.Buffer{validity}, buffers...), nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// gatherValidity returns the validity bitmap of the result, nil when nothing is null.
func gatherValidity(arrays []arrow.Array, places []place) (*memory.Buffer, int) {
	anyNull := false
	there := make([]validity, len(arrays))
	for i, a := range arrays {
		there[i] = validityOf(a)
		anyNull = anyNull || a.NullN() > 0
	}
	if !anyNull {
		return nil, 0
	}
	bits := make([]byte, bitutil.BytesForBits(int64(len(places))))
	nulls := 0
	if len(arrays) == 1 {
		from, offset := there[0].bits, there[0].offset
		for i, p := range places {
			at := offset + int(p.row)
			bit := from[at/8] >> (at % 8) & 1
			bits[i/8] |= bit << (i % 8)
			nulls += 1 - int(bit)
		}
		return memory.NewBufferBytes(bits), nulls
	}
	for i, p := range places {
		if v := &there[p.array]; v.bits != nil && bitutil.BitIsNotSet(v.bits, v.offset+int(p.row)) {
			nulls++
			continue
		}
		bitutil.SetBit(bits, i)
	}
	return memory.NewBufferBytes(bits), nulls
}

// values returns the fixed-width values of an array; what stands at a null is undefined.
func values[T arrow.FixedWidthType](a arrow.Array) []T {
	if a.Len() == 0 {
		return nil
	}
	return arrow.GetValues[T](a.Data(), 1)
}

func allValues[T arrow.FixedWidthType](arrays []arrow.Array) [][]T {
	all := make([][]T, len(arrays))
	for i, a := range arrays {
		all[i] = values[T](a)
	}
	return all
}

func gatherFixed[T arrow.FixedWidthType](arrays []arrow.Array, places []place) []*memory.Buffer {
	from := allValues[T](arrays)
	out := make([]T, len(places))
	for i, p := range places {
		out[i] = from[p.array][p.row]
	}
	return []*memory.Buffer{memory.NewBufferBytes(arrow.GetBytes(out))}
}

func gatherBits(arrays []arrow.Array, places []place) []*memory.Buffer {
	bits := make([]byte, bitutil.BytesForBits(int64(len(places))))
	for i, p := range places {
		if arrays[p.array].(*array.Boolean).Value(int(p.row)) {
			bitutil.SetBit(bits, i)
		}
	}
	return []*memory.Buffer{memory.NewBufferBytes(bits)}
}

func gatherBytes(arrays []arrow.Array, places []place) []*memory.Buffer {
	offsets := make([]int32, len(places)+1)
	var text []byte
	for i, p := range places {
		switch a := arrays[p.array].(type) {
		case *array.String:
			if a.IsValid(int(p.row)) {
				text = append(text, a.Value(int(p.row))...)
			}
		case *array.Binary:
			if a.IsValid(int(p.row)) {
				text = append(text, a.Value(int(p.row))...)
			}
		}
		offsets[i+1] = int32(len(text))
	}
	return []*memory.Buffer{memory.NewBufferBytes(arrow.GetBytes(offsets)), memory.NewBufferBytes(text)}
}

// markDifferent sets changed[i] where the value of column a in row i differs from the value of
// others at places[i]. Null equals null, NaN equals NaN, -0.0 equals 0.0. Rows without a place
// (array -1) are left alone.
func markDifferent(a arrow.Array, others []arrow.Array, places []place, changed []bool) {
	switch a.DataType().(type) {
	case *arrow.Int8Type:
		markFixed[int8](a, others, places, changed)
	case *arrow.Int16Type:
		markFixed[int16](a, others, places, changed)
	case *arrow.Int32Type, *arrow.Date32Type:
		markFixed[int32](a, others, places, changed)
	case *arrow.Int64Type, *arrow.TimestampType:
		markFixed[int64](a, others, places, changed)
	case *arrow.Float32Type:
		markFixed[float32](a, others, places, changed)
	case *arrow.Float64Type:
		markFixed[float64](a, others, places, changed)
	case *arrow.Decimal128Type:
		markFixed[decimal128.Num](a, others, places, changed)
	default:
		for i, p := range places {
			if p.array < 0 || changed[i] {
				continue
			}
			other, row := others[p.array], int(p.row)
			switch a := a.(type) {
			case *array.Boolean:
				changed[i] = a.IsNull(i) != other.IsNull(row) || a.IsValid(i) && a.Value(i) != other.(*array.Boolean).Value(row)
			case *array.String:
				changed[i] = a.IsNull(i) != other.IsNull(row) || a.IsValid(i) && a.Value(i) != other.(*array.String).Value(row)
			case *array.Binary:
				changed[i] = a.IsNull(i) != other.IsNull(row) || a.IsValid(i) && string(a.Value(i)) != string(other.(*array.Binary).Value(row))
			}
		}
	}
}

func markFixed[T interface {
	arrow.FixedWidthType
	comparable
}](a arrow.Array, others []arrow.Array, places []place, changed []bool) {
	mine, theirs := values[T](a), allValues[T](others)
	nulls := a.NullN() > 0
	for _, o := range others {
		nulls = nulls || o.NullN() > 0
	}
	for i, p := range places {
		if p.array < 0 || changed[i] {
			continue
		}
		v, w := mine[i], theirs[p.array][p.row]
		// A value that differs from itself is NaN.
		differs := v != w && (v == v || w == w)
		if nulls {
			null, otherNull := a.IsNull(i), others[p.array].IsNull(int(p.row))
			differs = null != otherNull || !null && differs
		}
		changed[i] = differs
	}
}
