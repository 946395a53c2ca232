package main

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// column is a column by the names of the Delta protocol.
type column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

// A cell is null or a text that says its value exactly: integers in decimal, floats and doubles as the hexadecimal
// digits of their bits, decimals with all digits of their scale, dates as days and timestamps as microseconds since
// the epoch, binaries in hexadecimal, strings as they are.

var types = map[string]arrow.DataType{
	"boolean": arrow.FixedWidthTypes.Boolean, "byte": arrow.PrimitiveTypes.Int8, "short": arrow.PrimitiveTypes.Int16,
	"integer": arrow.PrimitiveTypes.Int32, "long": arrow.PrimitiveTypes.Int64, "float": arrow.PrimitiveTypes.Float32,
	"double": arrow.PrimitiveTypes.Float64, "string": arrow.BinaryTypes.String, "binary": arrow.BinaryTypes.Binary,
	"date": arrow.FixedWidthTypes.Date32, "timestamp": arrow.FixedWidthTypes.Timestamp_us,
}

func typeOf(name string) (arrow.DataType, error) {
	if t, ok := types[name]; ok {
		return t, nil
	}
	var d arrow.Decimal128Type
	if _, err := fmt.Sscanf(name, "decimal(%d,%d)", &d.Precision, &d.Scale); err != nil {
		return nil, fmt.Errorf("%s is no type", name)
	}
	return &d, nil
}

func nameOf(t arrow.DataType) string {
	for name, known := range types {
		if arrow.TypeEqual(known, t) {
			return name
		}
	}
	if d, ok := t.(*arrow.Decimal128Type); ok {
		return fmt.Sprintf("decimal(%d,%d)", d.Precision, d.Scale)
	}
	return t.String()
}

func schemaOf(columns []column) (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		t, err := typeOf(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		fields[i] = arrow.Field{Name: c.Name, Type: t, Nullable: c.Nullable}
	}
	return arrow.NewSchema(fields, nil), nil
}

func columnsOf(s *arrow.Schema) []column {
	columns := make([]column, s.NumFields())
	for i, f := range s.Fields() {
		columns[i] = column{Name: f.Name, Type: nameOf(f.Type), Nullable: f.Nullable}
	}
	return columns
}

// newColumns returns the fields of a that are not in b.
func newColumns(a, b *arrow.Schema) (fields []arrow.Field) {
	for _, f := range a.Fields() {
		if !b.HasField(f.Name) {
			fields = append(fields, f)
		}
	}
	return fields
}

func recordOf(schema *arrow.Schema, rows [][]*string) (arrow.Record, error) {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for n, row := range rows {
		if len(row) != schema.NumFields() {
			return nil, fmt.Errorf("row %d has %d cells, and there are %d columns", n, len(row), schema.NumFields())
		}
		for i, cell := range row {
			if err := appendCell(b.Field(i), cell); err != nil {
				return nil, fmt.Errorf("row %d, column %s: %w", n, schema.Field(i).Name, err)
			}
		}
	}
	return b.NewRecord(), nil
}

// slicesOf cuts a record in two, so that values do not begin at the start of their buffers.
func slicesOf(r arrow.Record) []arrow.Record {
	half := r.NumRows() / 2
	return []arrow.Record{r.NewSlice(0, half), r.NewSlice(half, r.NumRows())}
}

func appendCell(b array.Builder, cell *string) error {
	if cell == nil {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(*cell)
		return nil
	case *array.BinaryBuilder:
		raw, err := hex.DecodeString(*cell)
		b.Append(raw)
		return err
	case *array.Float32Builder:
		bits, err := strconv.ParseUint(*cell, 16, 32)
		b.Append(math.Float32frombits(uint32(bits)))
		return err
	case *array.Float64Builder:
		bits, err := strconv.ParseUint(*cell, 16, 64)
		b.Append(math.Float64frombits(bits))
		return err
	case *array.Date32Builder:
		days, err := strconv.ParseInt(*cell, 10, 32)
		b.Append(arrow.Date32(days))
		return err
	case *array.TimestampBuilder:
		micros, err := strconv.ParseInt(*cell, 10, 64)
		b.Append(arrow.Timestamp(micros))
		return err
	case *array.Decimal128Builder:
		t := b.Type().(*arrow.Decimal128Type)
		_, fraction, _ := strings.Cut(*cell, ".")
		if len(fraction) != int(t.Scale) {
			return fmt.Errorf("%s has not %d digits after the point", *cell, t.Scale)
		}
		n, err := unscaled(strings.Replace(*cell, ".", "", 1))
		b.Append(n)
		return err
	}
	return b.AppendValueFromString(*cell) // booleans and integers
}

// unscaled reads an integer of up to 38 digits.
func unscaled(digits string) (n decimal128.Num, err error) {
	rest, negative := strings.CutPrefix(digits, "-")
	for _, c := range rest {
		if c < '0' || c > '9' {
			return n, fmt.Errorf("%q is no number", digits)
		}
		n = n.Mul(decimal128.FromI64(10)).Add(decimal128.FromI64(int64(c - '0')))
	}
	if negative {
		n = n.Negate()
	}
	return n, nil
}

func cellsOf(r arrow.Record) [][]*string {
	rows := make([][]*string, r.NumRows())
	for n := range rows {
		rows[n] = make([]*string, r.NumCols())
		for i, c := range r.Columns() {
			if c.IsValid(n) {
				text := cellOf(c, n)
				rows[n][i] = &text
			}
		}
	}
	return rows
}

func cellOf(a arrow.Array, n int) string {
	switch a := a.(type) {
	case *array.Binary:
		return hex.EncodeToString(a.Value(n))
	case *array.Float32:
		return fmt.Sprintf("%08x", math.Float32bits(a.Value(n)))
	case *array.Float64:
		return fmt.Sprintf("%016x", math.Float64bits(a.Value(n)))
	case *array.Date32:
		return strconv.FormatInt(int64(a.Value(n)), 10)
	case *array.Timestamp:
		return strconv.FormatInt(int64(a.Value(n)), 10)
	case *array.Decimal128:
		return decimalText(a.Value(n), a.DataType().(*arrow.Decimal128Type).Scale)
	}
	return a.ValueStr(n) // booleans, integers and strings
}

func decimalText(n decimal128.Num, scale int32) string {
	digits := n.BigInt().Text(10)
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	if scale == 0 {
		return sign + digits
	}
	if short := int(scale) + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - int(scale)
	return sign + digits[:point] + "." + digits[point:]
}
