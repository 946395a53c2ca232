package delta

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/compute"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/workspaces/delta/pages"
)

// widens reports whether every value of from is exactly a value of to, so that a column of the
// first type can be read as one of the second.
func widens(from, to arrow.DataType) bool {
	if arrow.TypeEqual(from, to) {
		return true
	}
	switch to := to.(type) {
	case *arrow.Int16Type:
		return from.ID() == arrow.INT8
	case *arrow.Int32Type:
		return from.ID() == arrow.INT8 || from.ID() == arrow.INT16
	case *arrow.Int64Type:
		return from.ID() == arrow.INT8 || from.ID() == arrow.INT16 || from.ID() == arrow.INT32
	case *arrow.Float64Type:
		switch from.ID() {
		case arrow.FLOAT32, arrow.INT8, arrow.INT16, arrow.INT32:
			return true
		}
	case *arrow.TimestampType:
		return from.ID() == arrow.DATE32
	case *arrow.Decimal128Type:
		d, ok := from.(*arrow.Decimal128Type)
		return ok && d.Scale <= to.Scale && d.Precision-d.Scale <= to.Precision-to.Scale
	}
	return false
}

// convert returns the values of a as type to: the same array when it has that type, else a new one.
// It knows the changes that canonicalType and widens allow. The caller releases the result.
func convert(ctx context.Context, a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	if arrow.TypeEqual(a.DataType(), to) {
		a.Retain()
		return a, nil
	}
	from := a.DataType()
	switch {
	case from.ID() == arrow.TIMESTAMP && to.ID() == arrow.TIMESTAMP:
		return convertTimestamps(a.(*array.Timestamp), to)
	case from.ID() == arrow.NULL:
		return array.MakeArrayOfNull(memory.DefaultAllocator, to, a.Len()), nil
	case from.ID() == arrow.DICTIONARY:
		values, err := compute.CastArray(ctx, a, compute.SafeCastOptions(from.(*arrow.DictionaryType).ValueType))
		if err != nil {
			return nil, err
		}
		defer values.Release()
		return convert(ctx, values, to)
	case arrow.TypeEqual(to, pages.Texts):
		texts, err := convert(ctx, a, arrow.BinaryTypes.String)
		if err != nil {
			return nil, err
		}
		defer texts.Release()
		return indexed(texts), nil
	}
	if stored, err := canonicalType(from); err != nil || !widens(stored, to) {
		return nil, fmt.Errorf("type %s cannot become %s without loss", from, to)
	}
	return compute.CastArray(ctx, a, compute.SafeCastOptions(to))
}

// indexed makes every text an entry of its own.
func indexed(texts arrow.Array) arrow.Array {
	indices := make([]int32, texts.Len())
	for i := range indices {
		indices[i] = int32(i)
	}
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(indices),
		[]*memory.Buffer{shiftedValidity(texts), memory.NewBufferBytes(arrow.GetBytes(indices))}, nil, texts.NullN(), 0)
	defer data.Release()
	numbers := array.NewInt32Data(data)
	defer numbers.Release()
	return array.NewDictionaryArray(pages.Texts, numbers, texts)
}

// convertTimestamps changes the unit to microseconds. Nanoseconds are cut downwards, before 1970
// too, so that the order of times is kept.
func convertTimestamps(a *array.Timestamp, to arrow.DataType) (arrow.Array, error) {
	unit := a.DataType().(*arrow.TimestampType).Unit
	buffer := memory.NewResizableBuffer(memory.DefaultAllocator)
	defer buffer.Release()
	buffer.Resize(arrow.TimestampTraits.BytesRequired(a.Len()))
	out := arrow.TimestampTraits.CastFromBytes(buffer.Bytes())
	factor := map[arrow.TimeUnit]arrow.Timestamp{arrow.Second: 1e6, arrow.Millisecond: 1e3, arrow.Microsecond: 1}[unit]
	for i, v := range a.TimestampValues() {
		if unit == arrow.Nanosecond {
			out[i] = arrow.Timestamp(floorDiv(int64(v), 1000))
			continue
		}
		out[i] = v * factor
		if out[i]/factor != v && a.IsValid(i) {
			return nil, fmt.Errorf("timestamp %d in %s does not fit into microseconds (row %d)", v, unit, i)
		}
	}
	data := array.NewData(to, a.Len(), []*memory.Buffer{shiftedValidity(a), buffer}, nil, a.NullN(), 0)
	defer data.Release()
	return array.NewTimestampData(data), nil
}

// shiftedValidity returns the validity bitmap of a, moved so that it begins at bit 0; nil when no
// value is null.
func shiftedValidity(a arrow.Array) *memory.Buffer {
	if a.NullN() == 0 {
		return nil
	}
	bits := make([]byte, (a.Len()+7)/8)
	for i := range a.Len() {
		if a.IsValid(i) {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return memory.NewBufferBytes(bits)
}

// conform returns the columns of a record under a schema: found by name, converted to its types,
// null where the record has none. A column that the schema does not have is an error.
func conform(ctx context.Context, record arrow.Record, to *arrow.Schema) (arrow.Record, error) {
	for _, f := range record.Schema().Fields() {
		if fieldIndex(to, f.Name) < 0 {
			return nil, fmt.Errorf("column %s is not in the schema", f.Name)
		}
	}
	columns := make([]arrow.Array, 0, to.NumFields())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, f := range to.Fields() {
		i := fieldIndex(record.Schema(), f.Name)
		if i < 0 {
			columns = append(columns, array.MakeArrayOfNull(memory.DefaultAllocator, f.Type, int(record.NumRows())))
			continue
		}
		c, err := convert(ctx, record.Column(i), f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		columns = append(columns, c)
	}
	return array.NewRecord(to, columns, record.NumRows()), nil
}
