//go:build unix

package embedded

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// BenchmarkMonth builds fs_cus_transactions when one month has come to 60 months of history: in full where there is no table
// yet, in full into the table of the months before, and incrementally. Of the customers (FEATOPS_BENCH_CUSTOMERS, 20,000) one in a
// hundred is new in each month, with a number somewhere among the others, and each has no row in one month of twenty.
func BenchmarkMonth(b *testing.B) {
	customers := 20_000
	if n, err := strconv.Atoi(os.Getenv("FEATOPS_BENCH_CUSTOMERS")); err == nil {
		customers = n
	}
	for _, frame := range []features.Frame{features.Rows, features.Months} {
		before := b.TempDir()
		table := features.TransactionActivity()
		table.Frame = frame
		w := refreshed(before, table)
		for month := range 61 {
			appendMonth(b, w, month, customers)
			if month == 59 {
				monthly(b, w, month, "false")
			}
		}
		for _, way := range []string{"first", "full", "incremental"} {
			b.Run(fmt.Sprintf("%s/%s", frame, way), func(b *testing.B) {
				spent := time.Duration(0)
				for b.Loop() {
					b.StopTimer()
					dir := filepath.Join(b.TempDir(), "copy")
					if err := os.CopyFS(dir, os.DirFS(before)); err != nil {
						b.Fatal(err)
					}
					w := refreshed(dir, table)
					if way == "first" {
						if err := os.RemoveAll(filepath.Join(dir, w.options.Database)); err != nil {
							b.Fatal(err)
						}
					}
					start := processorTime(b)
					b.StartTimer()
					built := monthly(b, w, 60, strconv.FormatBool(way == "full"))
					b.StopTimer()
					spent += processorTime(b) - start
					if e := built.Extent; (e != nil && e.Incremental) != (way == "incremental") {
						b.Fatal(built)
					}
					if err := os.RemoveAll(dir); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				b.ReportMetric(spent.Seconds()/float64(b.N), "cpu-s/op")
			})
		}
	}
}

// processorTime is what the process and the system for it have used so far: on a shared machine it scatters less than the clock.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func refreshed(dir string, table features.Table) *Workspace {
	o := optionsIn(dir)
	o.Tables = []features.Table{table}
	return unopened(o)
}

func monthly(b *testing.B, w *Workspace, month int, full string) workspaces.Build {
	end := time.Date(2019, time.Month(month+2), 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	return mustBuild(b, w, w.options.Tables[0], map[string]string{"start_date": "2019-01-01", "end_date": end, "full_build": full})
}

// appendMonth adds a file with the rows of a month to transacciones.
func appendMonth(b *testing.B, w *Workspace, month, customers int) {
	random := rand.New(rand.NewPCG(uint64(month), 1))
	columns, err := features.Transactions.Columns.Arrow()
	if err != nil {
		b.Fatal(err)
	}
	build := array.NewRecordBuilder(memory.DefaultAllocator, columns)
	period := time.Date(2019, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
	for i := range customers {
		if i*7919%100 < 60-month || random.IntN(20) == 0 {
			continue
		}
		build.Field(0).(*array.Int64Builder).Append(1_000_000 + int64(i))
		build.Field(1).(*array.StringBuilder).Append(period)
		build.Field(2).(*array.Int64Builder).Append(random.Int64N(30))
		build.Field(3).(*array.Float64Builder).Append(float64(random.IntN(1e6)) / 100)
		build.Field(4).(*array.Int64Builder).Append(random.Int64N(31))
	}
	ctx := context.Background()
	reader, err := array.NewRecordReader(columns, []arrow.Record{build.NewRecord()})
	if err != nil {
		b.Fatal(err)
	}
	files, err := delta.WriteFiles(ctx, w.staging, reader, delta.WriteOptions{})
	if err != nil {
		b.Fatal(err)
	}
	source, err := w.source(features.Transactions)
	if err != nil {
		b.Fatal(err)
	}
	opt := delta.CommitOptions{Time: june}
	if month == 0 {
		_, err = source.Create(ctx, delta.Metadata{Schema: columns}, files, opt)
	} else {
		_, err = source.Append(ctx, files, opt)
	}
	if err != nil {
		b.Fatal(err)
	}
}
