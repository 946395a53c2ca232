package columnar

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"featops/features"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

var customers = flag.Int("customers", 20_000, "customers of the benchmarks, each with 24 months")

// BenchmarkCompute computes all rows of a table. rows/s are rows of the source.
func BenchmarkCompute(b *testing.B) {
	for _, table := range features.Tables() {
		for _, order := range []string{"month", "customer", "none"} {
			b.Run(fmt.Sprintf("%s/by_%s", table.Name, order), func(b *testing.B) {
				s, batches := benchmarkSource(table, *customers, 24, order)
				b.ReportAllocs()
				for b.Loop() {
					source, _ := array.NewRecordReader(s, batches)
					benchmarkCompute(b, table, source)
					source.Release()
				}
				rows := 0.0
				for _, r := range batches {
					rows += float64(r.NumRows())
				}
				b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

func benchmarkCompute(b *testing.B, table features.Table, source array.RecordReader) {
	opt := Options{Start: time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)}
	r, err := Compute(context.Background(), table, source, opt)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Release()
	var group sync.WaitGroup
	next := make(chan int)
	for range 2 {
		group.Go(func() {
			for i := range next {
				p := r.Partition(context.Background(), i)
				for p.Next() {
				}
				if p.Err() != nil {
					b.Error(p.Err())
				}
				p.Release()
			}
		})
	}
	for i := range r.Partitions() {
		next <- i
	}
	close(next)
	group.Wait()
}

// benchmarkSource is a row per customer and month, in the order of either or of none.
func benchmarkSource(table features.Table, customers, months int, order string) (*arrow.Schema, []arrow.Record) {
	if table.Release.Since != "" {
		customers, months = customers*months/24, 1
	}
	columns, random := table.Columns(), rand.New(rand.NewPCG(1, 2))
	s, err := columns.Arrow()
	if err != nil {
		panic(err)
	}
	ids := make([]int, customers*months)
	for i := range ids {
		switch order {
		case "month":
			ids[i] = i%customers*months + i/customers
		default:
			ids[i] = i
		}
	}
	if order == "none" {
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
	var batches []arrow.Record
	const size = 64 << 10
	for lo := 0; lo < len(ids); lo += size {
		b := array.NewRecordBuilder(memory.DefaultAllocator, s)
		for _, id := range ids[lo:min(lo+size, len(ids))] {
			month := time.Date(2023, time.Month(1+id%months), 1, 0, 0, 0, 0, time.UTC)
			for i, c := range columns {
				benchmarkCell(b.Field(i), table, c, id/months, month, random)
			}
		}
		batches = append(batches, b.NewRecord())
		b.Release()
	}
	return s, batches
}

func benchmarkCell(b array.Builder, table features.Table, c schema.Column, customer int, month time.Time, random *rand.Rand) {
	switch b := b.(type) {
	case *array.Int64Builder:
		if c.Name == table.Customer {
			b.Append(int64(customer))
			return
		}
		b.Append(random.Int64N(60))
	case *array.Int32Builder:
		b.Append(random.Int32N(600))
	case *array.Float64Builder:
		b.Append(float64(random.IntN(1_000_000)) / 100)
	case *array.BooleanBuilder:
		b.Append(random.IntN(4) > 0)
	case *array.Date32Builder:
		b.Append(arrow.Date32(dayOfTime(month) - random.Int32N(700)))
	case *array.TimestampBuilder:
		b.AppendTime(month)
	case *array.StringBuilder:
		if c.Name == table.Release.After {
			b.Append(month.Format("2006-01"))
			return
		}
		b.Append([]string{"A", "B", "C", "D", "E", "Tarjeta de Crédito", "San José"}[random.IntN(7)])
	}
}

func BenchmarkRound(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 4096)
	for i := range x {
		x[i] = random.NormFloat64() * 1e4
	}
	o := &round{of: &vector[float64]{v: x}, out: &vector[float64]{}}
	b.ReportAllocs()
	for b.Loop() {
		if err := o.run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/value")
}
