package columnar

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"featops/features"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"pgregory.net/rapid"
)

// randomSource draws the rows of a source and the Arrow types in which they arrive.
func randomSource(t *rapid.T, table features.Table) (*arrow.Schema, []line) {
	columns := table.Columns()
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Nullable: true, Type: rapid.SampledFrom(arrivals(c.Type)).Draw(t, c.Name)}
	}
	customers := rapid.SampledFrom([][]int64{
		{1, 2, 3}, {7}, {-5, 0, 999999998, 999999999, 1000000000}, {math.MinInt64, -1, math.MaxInt64}, {10, 20, 30, 40, 50, 60, 70, 80},
	}).Draw(t, "customers")
	months := rapid.SampledFrom([][]string{
		{"2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06", "2024-07", "2024-08", "2024-09"},
		{"2023-11", "2024-01", "2024-02", "2024-05", "2025-05"},
		{"0001-01", "1969-12", "1970-01", "9999-11"},
	}).Draw(t, "months")
	n := rapid.IntRange(0, 40).Draw(t, "rows")
	rows := make([]line, n)
	for r := range rows {
		row := line{}
		for i, c := range columns {
			row[c.Name] = randomCell(t, table, c, fields[i].Type, customers, months)
		}
		rows[r] = row
	}
	byMonth := func(i, j int) bool {
		a, _ := month(rows[i][table.Release.After])
		b, _ := month(rows[j][table.Release.After])
		return a.Before(b)
	}
	byCustomer := func(i, j int) bool {
		a, _ := rows[i][table.Customer].(int64)
		b, _ := rows[j][table.Customer].(int64)
		return a < b
	}
	switch rapid.SampledFrom([]string{"unsorted", "by month", "by customer"}).Draw(t, "order") {
	case "by month":
		sort.SliceStable(rows, byMonth)
	case "by customer":
		sort.SliceStable(rows, byMonth)
		sort.SliceStable(rows, byCustomer)
	}
	return arrow.NewSchema(fields, nil), rows
}

// arrivals lists the Arrow types in which a column of a declared type may arrive.
func arrivals(t schema.Type) []arrow.DataType {
	text := arrow.BinaryTypes.String
	switch t {
	case schema.Int, schema.BigInt:
		return []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int16}
	case schema.Double:
		return []arrow.DataType{arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Float32,
			&arrow.Decimal128Type{Precision: 18, Scale: 2}, arrow.PrimitiveTypes.Int32}
	case schema.Boolean:
		return []arrow.DataType{arrow.FixedWidthTypes.Boolean}
	case schema.Date, schema.Timestamp:
		return []arrow.DataType{arrow.FixedWidthTypes.Date32, arrow.FixedWidthTypes.Date64, arrow.FixedWidthTypes.Timestamp_us, arrow.FixedWidthTypes.Timestamp_s}
	}
	return []arrow.DataType{text, arrow.BinaryTypes.LargeString, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: text}}
}

func randomCell(t *rapid.T, table features.Table, c schema.Column, arrives arrow.DataType, customers []int64, months []string) cell {
	isMonth := c.Name == table.Release.After
	if !isMonth && rapid.IntRange(0, 7).Draw(t, "null") == 0 {
		return nil
	}
	switch {
	case c.Name == table.Customer:
		id := rapid.SampledFrom(customers).Draw(t, "customer")
		switch arrives.ID() {
		case arrow.INT32:
			return int64(int32(id))
		case arrow.INT16:
			return int64(int16(id))
		}
		return id
	case isMonth && c.Type == schema.String:
		return rapid.SampledFrom(months).Draw(t, "month")
	case isMonth:
		m, _ := time.Parse("2006-01", rapid.SampledFrom(months).Draw(t, "month"))
		return dayAt(m) + day(rapid.IntRange(0, 27).Draw(t, "day"))
	}
	switch c.Type {
	case schema.Int, schema.BigInt:
		return rapid.SampledFrom([]int64{0, 1, 2, 3, 5, 7, -1, 850, 32767}).Draw(t, c.Name)
	case schema.Double:
		return randomDouble(t, c.Name, arrives)
	case schema.Boolean:
		return rapid.Bool().Draw(t, c.Name)
	case schema.Date, schema.Timestamp:
		first := time.Date(2023, 10, 1, 0, 0, 0, 0, time.UTC)
		return dayAt(first.AddDate(0, rapid.IntRange(0, 14).Draw(t, c.Name), rapid.SampledFrom([]int{0, 14, 27, 28, 29, 30}).Draw(t, "day")))
	}
	return rapid.SampledFrom([]string{"", " ", "A", "b ", "É", "C", "e", "Tarjeta de Crédito", "credito_vehicular", "Crédito-Hipotecario",
		"CREDITO PRODUCTIVO", "Casado", "soltero", "Divorciado", "Universitario", "Secundaria", "San José", "œuvre"}).Draw(t, c.Name)
}

func randomDouble(t *rapid.T, name string, arrives arrow.DataType) cell {
	if arrives.ID() == arrow.FLOAT64 && rapid.IntRange(0, 30).Draw(t, "odd") == 0 {
		return rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 1e300, 5e-324}).Draw(t, name)
	}
	x := float64(rapid.SampledFrom([]int{0, 1, 5, 100, 333, 12345, -250, 999999999}).Draw(t, name)) / 100
	switch arrives.ID() {
	case arrow.FLOAT32:
		return float64(float32(x))
	case arrow.INT32:
		return math.Trunc(x)
	}
	return x
}

// reader gives the rows as Arrow batches of some size.
func asRecords(s *arrow.Schema, rows []line, size int) array.RecordReader {
	var batches []arrow.Record
	for some := range slices.Chunk(rows, size) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, s)
		for i, f := range s.Fields() {
			for _, row := range some {
				appendCell(b.Field(i), f.Type, row[f.Name])
			}
		}
		batches = append(batches, b.NewRecord())
		b.Release()
	}
	r, err := array.NewRecordReader(s, batches)
	if err != nil {
		panic(err)
	}
	return r
}

func appendCell(b array.Builder, t arrow.DataType, c cell) {
	const dayMillis = 24 * 60 * 60 * 1000
	if c == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		b.Append(c.(int64))
	case *array.Int32Builder:
		if x, ok := c.(float64); ok {
			c = int64(x)
		}
		b.Append(int32(c.(int64)))
	case *array.Int16Builder:
		b.Append(int16(c.(int64)))
	case *array.Float64Builder:
		b.Append(c.(float64))
	case *array.Float32Builder:
		b.Append(float32(c.(float64)))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(int64(math.Round(c.(float64) * 100))))
	case *array.BooleanBuilder:
		b.Append(c.(bool))
	case *array.Date32Builder:
		b.Append(arrow.Date32(c.(day)))
	case *array.Date64Builder:
		b.Append(arrow.Date64(int64(c.(day)) * dayMillis))
	case *array.TimestampBuilder:
		perDay := arrow.Timestamp(24 * 60 * 60)
		if t.(*arrow.TimestampType).Unit == arrow.Microsecond {
			perDay *= 1e6
		}
		b.Append(arrow.Timestamp(c.(day))*perDay + perDay/2)
	case *array.StringBuilder:
		b.Append(c.(string))
	case *array.LargeStringBuilder:
		b.Append(c.(string))
	case *array.BinaryDictionaryBuilder:
		if err := b.AppendString(c.(string)); err != nil {
			panic(err)
		}
	default:
		panic(fmt.Sprintf("no cell for %T", b))
	}
}

// asLines reads Arrow rows back.
func asLines(r array.RecordReader) []line {
	var out []line
	for r.Next() {
		rec := r.Record()
		for i := range int(rec.NumRows()) {
			row := line{}
			for c, f := range rec.Schema().Fields() {
				row[f.Name] = cellAt(rec.Column(c), i)
			}
			out = append(out, row)
		}
	}
	return out
}

func cellAt(a arrow.Array, i int) cell {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int64:
		return a.Value(i)
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Float64:
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.Date32:
		return day(a.Value(i))
	case *array.String:
		return a.Value(i)
	}
	panic(fmt.Sprintf("no cell of %T", a))
}
