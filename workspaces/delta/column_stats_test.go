package delta

import (
	"bytes"
	"context"
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"pgregory.net/rapid"
)

// TestStoredStatistics compares the statistics in a file with those that Arrow's writer computes.
func TestStoredStatistics(t *testing.T) {
	schema := schemaOf(column("b", boolType), column("i8", arrow.PrimitiveTypes.Int8), column("i32", int32Type), column("i64", int64Type),
		column("f", floatType), column("d", doubleType), column("s", stringType), column("day", dateType), column("at", timeType),
		column("small", &arrow.Decimal128Type{Precision: 7, Scale: 2}), column("large", &arrow.Decimal128Type{Precision: 38, Scale: 2}))
	for name, rows := range map[string]string{
		"values": `{"b": true, "i8": -3, "i32": 7, "i64": -9007199254740993, "f": 0.5, "d": 1e300, "s": "ñ", "day": "2026-05-01", "at": "2026-05-01 00:00:00.5", "small": "-0.05", "large": "123456789012345678901234567890.12"}
			{"b": false, "i8": 100, "i32": -2147483648, "i64": 5, "f": -7, "d": -1, "s": "a", "day": "1969-12-31", "at": "1969-12-31 23:59:59.999999", "small": "99999.99", "large": "-1.00"}
			{"b": null}`,
		"zeros":    `{"f": 0, "d": 0, "i32": 0}`,
		"all null": `{"b": null}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := record(t, schema, rows)
			var theirs bytes.Buffer
			w, err := pqarrow.NewFileWriter(schema, &theirs, parquet.NewWriterProperties(parquet.WithStats(true)), pqarrow.DefaultWriterProps())
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			want := storedStatistics(t, must(file.NewParquetReader(bytes.NewReader(theirs.Bytes()))))
			files, err := WriteFiles(context.Background(), t.TempDir(), readerOf(t, r), WriteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			opened := must(file.OpenParquetFile(files[0].Path, false))
			defer opened.Close()
			for i, got := range storedStatistics(t, opened) {
				if got.HasMinMax() != want[i].HasMinMax() || got.NullCount() != want[i].NullCount() || got.NumValues() != want[i].NumValues() ||
					got.HasMinMax() && (!bytes.Equal(got.EncodeMin(), want[i].EncodeMin()) || !bytes.Equal(got.EncodeMax(), want[i].EncodeMax())) {
					t.Errorf("column %s: %+v, Arrow's writer has %+v", schema.Field(i).Name, got, want[i])
				}
			}
		})
	}
}

func storedStatistics(t *testing.T, opened *file.Reader) (out []metadata.TypedStatistics) {
	for i := range opened.MetaData().Schema.NumColumns() {
		chunk, err := opened.RowGroup(0).MetaData().ColumnChunk(i)
		if err != nil {
			t.Fatal(err)
		}
		stats, err := chunk.Statistics()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, stats)
	}
	return out
}

func TestBoundsOfDoublesAreThoseOfComparisons(t *testing.T) {
	double := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-10, 10),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), -math.NaN()}))
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(double, 1, 8).Draw(t, "values")
		least, most, none := values[0], values[0], false
		for _, v := range values {
			least, most, none = min(least, v), max(most, v), none || math.IsNaN(v) || math.IsInf(v, 0)
		}
		var got columnStats
		boundFloats(&got, values)
		if got.noBound != none || !none && (got.minFloat != least || got.maxFloat != most) {
			t.Fatalf("%v: from %v to %v, none %v, want %v, %v, %v", values, got.minFloat, got.maxFloat, got.noBound, least, most, none)
		}
	})
}

// TestNoBoundsForNaN: a reader must not skip rows because of bounds that leave a NaN out.
func TestNoBoundsForNaN(t *testing.T) {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues([]float64{1, math.NaN()}, nil)
	b.AppendNull()
	s := statsOf(t, b.NewArray())
	if stored := s.stored(doubleType); stored.HasMin || stored.HasMax || stored.NullCount != 1 {
		t.Errorf("stored %+v, want the number of nulls alone", stored)
	}
}
