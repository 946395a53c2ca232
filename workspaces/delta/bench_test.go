package delta

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// featureRows makes a feature table: rows sorted by customer and month, 24 months a customer, and
// 18 features, most of them doubles, a tenth of them null. A share of the rows, drawn from the
// seed, gets another value in one feature.
func featureRows(rows int, changed float64) []arrow.Record {
	fields := []arrow.Field{column("pk_customer", int64Type), column("tpk_release_dt", dateType)}
	for i := range 12 {
		fields = append(fields, column(fmt.Sprintf("d%d", i), doubleType))
	}
	for i := range 4 {
		fields = append(fields, column(fmt.Sprintf("i%d", i), int32Type))
	}
	fields = append(fields, column("b", boolType), column("s", stringType))
	schema := arrow.NewSchema(fields, nil)
	values, changes := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(3, 4))
	var records []arrow.Record
	for start := 0; start < rows; start += batchRows {
		n := min(batchRows, rows-start)
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		b.Reserve(n)
		for row := start; row < start+n; row++ {
			b.Field(0).(*array.Int64Builder).Append(int64(row / 24))
			b.Field(1).(*array.Date32Builder).Append(arrow.Date32(18000 + 30*(row%24)))
			for c := 2; c < len(fields); c++ {
				if values.IntN(10) == 0 {
					b.Field(c).AppendNull()
					continue
				}
				switch f := b.Field(c).(type) {
				case *array.Float64Builder:
					f.Append(float64(values.IntN(1e9)) / 1e4)
				case *array.Int32Builder:
					f.Append(int32(values.IntN(1000)))
				case *array.BooleanBuilder:
					f.Append(values.IntN(2) == 0)
				case *array.StringBuilder:
					f.Append([]string{"soltero", "casado", "lima", "cusco"}[values.IntN(4)])
				}
			}
		}
		records = append(records, b.NewRecord())
	}
	if changed == 0 {
		return records
	}
	for i, r := range records {
		d := array.NewFloat64Builder(memory.DefaultAllocator)
		for row, v := range r.Column(2).(*array.Float64).Float64Values() {
			if changes.Float64() < changed {
				v = -1
			} else if r.Column(2).IsNull(row) {
				d.AppendNull()
				continue
			}
			d.Append(v)
		}
		columns := append([]arrow.Array{}, r.Columns()...)
		columns[2] = d.NewArray()
		records[i] = array.NewRecord(schema, columns, r.NumRows())
	}
	return records
}

func BenchmarkWriteFiles(b *testing.B) {
	records := featureRows(1_000_000, 0)
	for name, sketched := range map[string]bool{"plain": false, "sketched": true} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			b.ReportAllocs()
			for b.Loop() {
				files, err := WriteFiles(context.Background(), dir, readerOf(b, records...), WriteOptions{Sketched: sketched})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(files[0].Size)
				removeFiles(files)
			}
			b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6/20, "ns/value")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	table := benchTable(b, 1_000_000, WriteOptions{})
	s := snapshot(b, table)
	b.ReportAllocs()
	for b.Loop() {
		r := must(s.Read(context.Background(), nil))
		for r.Next() {
		}
		r.Release()
	}
	b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkMerge merges a million rows by 20 columns into a table of the same rows.
func BenchmarkMerge(b *testing.B) {
	for _, c := range []struct {
		name    string
		changed float64
	}{{"nothing changed", 0}, {"a tenth changed", 0.1}} {
		b.Run(c.name, func(b *testing.B) {
			records := featureRows(1_000_000, c.changed)
			table := benchTable(b, 1_000_000, WriteOptions{FileRows: 250_000})
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				files := writeRecords(b, table, WriteOptions{}, records...)
				version := int64(0)
				must(table.Restore(context.Background(), version, CommitOptions{}))
				b.StartTimer()
				merge(b, table, Merge{Keys: []string{"pk_customer", "tpk_release_dt"}, Files: files})
			}
			b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func benchTable(b *testing.B, rows int, opt WriteOptions) *Table {
	b.Helper()
	records := featureRows(rows, 0)
	table := At(filepath.Join(b.TempDir(), "table"))
	must(table.Create(context.Background(), Metadata{Schema: records[0].Schema()}, writeRecords(b, table, opt, records...), CommitOptions{}))
	return table
}
