package pages

import (
	"context"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
)

// BenchmarkWrite writes a row group of one column, by this package and by Arrow's column writers, which
// get the levels ready-made and no statistics to compute.
func BenchmarkWrite(b *testing.B) {
	const pages, rows = 4, 1 << 14
	for name, s := range map[string]shape{
		"distinct doubles":   {kind: arrow.PrimitiveTypes.Float64, nulls: 0.1, distinct: 1 << 30, run: 1},
		"few integers":       {kind: arrow.PrimitiveTypes.Int32, nulls: 0.1, distinct: 600, run: 1},
		"integers, no nulls": {kind: arrow.PrimitiveTypes.Int32, distinct: 600, run: 1},
		"sorted keys":        {kind: arrow.PrimitiveTypes.Int64, distinct: 3_000, run: 24},
		"texts":              {kind: arrow.BinaryTypes.String, nulls: 0.1, distinct: 30, run: 1},
		"booleans":           {kind: arrow.FixedWidthTypes.Boolean, nulls: 0.1, distinct: 2, run: 1},
	} {
		schema := schemaOf([]shape{s})
		random := rand.New(rand.NewPCG(1, 2))
		var records []arrow.Record
		for range pages {
			records = append(records, array.NewRecord(schema, []arrow.Array{s.column(rows, random)}, rows))
		}
		report := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(pages*rows), "ns/value")
		}
		b.Run(name+"/pages", func(b *testing.B) {
			b.ReportAllocs()
			w, err := NewWriter(io.Discard, schema, "test")
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				w.groups = 0
				if err := w.WriteGroup(records, Watcher{}); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
		b.Run(name+"/arrow", func(b *testing.B) {
			b.ReportAllocs()
			dictionary := s.kind.ID() != arrow.FLOAT64
			properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithStats(false),
				parquet.WithDictionaryDefault(dictionary), parquet.WithBatchSize(8192))
			stored, err := pqarrow.ToParquet(schema, properties, pqarrow.DefaultWriterProps())
			if err != nil {
				b.Fatal(err)
			}
			levels := make([][]int16, pages)
			for i, r := range records {
				for row := range rows {
					level := int16(1)
					if r.Column(0).IsNull(row) {
						level = 0
					}
					levels[i] = append(levels[i], level)
				}
			}
			ctx := pqarrow.NewArrowWriteContext(context.Background(), nil)
			w := file.NewParquetWriter(io.Discard, stored.Root(), file.WithWriterProps(properties))
			for b.Loop() {
				column, err := w.AppendRowGroup().NextColumn()
				if err != nil {
					b.Fatal(err)
				}
				for i, r := range records {
					if err := pqarrow.WriteArrowToColumn(ctx, column, r.Column(0), levels[i], nil, true); err != nil {
						b.Fatal(err)
					}
				}
				if err := column.Close(); err != nil {
					b.Fatal(err)
				}
			}
			report(b)
		})
	}
}
