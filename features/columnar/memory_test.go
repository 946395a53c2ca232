package columnar

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/features"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// stingy is a pool that gives what it has.
type stingy struct{ left int64 }

func (s *stingy) TryAcquire(bytes int64) bool {
	if bytes > s.left {
		return false
	}
	s.left -= bytes
	return true
}

func (s *stingy) Release(bytes int64) { s.left += bytes }

func TestRowsThatDoNotFitIntoMemoryGiveTheSameTable(t *testing.T) {
	dir, onDisk := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.SampledFrom(append(features.Tables(), visits(), features.Table{})).Draw(t, "table")
		if table.Name == "" {
			table = randomTable(t)
		}
		table.Frame = rapid.SampledFrom([]features.Frame{features.Rows, features.Months}).Draw(t, "frame")
		columns, rows := randomSource(t, table)
		opt := Options{BadRowsShare: 1, Workers: rapid.IntRange(1, 3).Draw(t, "workers"),
			Start: time.Date(2023, 6, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
		if table.Release.Since == "" && rapid.Bool().Draw(t, "with history") {
			opt.History = &History{From: MonthOf(opt.Start) + rapid.Int32Range(0, 12).Draw(t, "from"), Longer: setOf(1)}
		}
		batch := rapid.IntRange(1, 12).Draw(t, "batch")
		want, _, wantErr := exactly(table, asRecords(columns, rows, batch), opt)

		pool := &stingy{left: rapid.SampledFrom([]int64{0, 500, 5000}).Draw(t, "pool")}
		before := pool.left
		opt.Memory = &Memory{Own: rapid.Int64Range(0, 2000).Draw(t, "own"), More: pool,
			Partition: rapid.Int64Range(1, 20_000).Draw(t, "partition"), Dir: dir}
		got, report, err := exactly(table, asRecords(columns, rows, batch), opt)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error %v, in memory %v", err, wantErr)
		}
		if diff := cmp.Diff(want, got); diff != "" && err == nil {
			t.Fatalf("sorted in %d parts on disk (-in memory +on disk):\n%s", report.DiskParts, diff)
		}
		if report.DiskParts > 0 {
			onDisk++
		}
		if pool.left != before {
			t.Fatalf("%d bytes of the pool were not given back", before-pool.left)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			t.Fatalf("left behind: %v, %v", left, err)
		}
	})
	if onDisk == 0 {
		t.Error("nothing was sorted on disk")
	}
}

// exactly computes all rows, in which doubles are equal only if all their bits are.
func exactly(table features.Table, source array.RecordReader, opt Options) (out []line, report Report, err error) {
	defer source.Release()
	r, err := compute(context.Background(), table, source, opt, tiny)
	if err != nil {
		return nil, Report{}, err
	}
	defer func() { err = errors.Join(err, r.Release()) }()
	for i := range r.Partitions() {
		p := r.Partition(context.Background(), i)
		for _, l := range asLines(p) {
			for name, cell := range l {
				if x, ok := cell.(float64); ok {
					l[name] = math.Float64bits(x)
				}
			}
			out = append(out, l)
		}
		err = errors.Join(err, p.Err())
		p.Release()
	}
	return out, r.Report(), err
}

func TestAPlaceForRowsThatCannotBeWrittenIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	table := features.TransactionActivity()
	columns, err := features.Transactions.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	rows := []line{{"id_cliente": int64(1), "periodo": "2024-01"}, {"id_cliente": int64(2), "periodo": "2024-01"}}
	opt := always()
	opt.Memory = &Memory{Dir: filepath.Join(file, "staging")}
	_, err = Compute(t.Context(), table, asRecords(columns, rows, 1), opt)
	want := "compute fs_cus_transactions: read demo_db.transacciones: sort on disk: put 1 rows into " + opt.Memory.Dir + ": "
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want one that begins with %q", err, want)
	}
}

func TestACustomerThatIsLargerThanAPartitionIsOneOfItsOwn(t *testing.T) {
	table := features.TransactionActivity()
	columns, err := features.Transactions.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	var rows []line
	for i := range 300 {
		id := int64(7)
		if i%100 == 0 {
			id = int64(i)
		}
		rows = append(rows, line{"id_cliente": id, "periodo": "2024-01", "numero_transacciones": int64(1)})
	}
	opt := always()
	opt.Memory = &Memory{Dir: t.TempDir(), Partition: 1}
	r, err := compute(t.Context(), table, asRecords(columns, rows, 10), opt, tiny)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Release(); err != nil {
			t.Error(err)
		}
	}()
	var got [][]int64
	for i := range r.Partitions() {
		p := r.Partition(t.Context(), i)
		var customers []int64
		for _, l := range asLines(p) {
			customers = append(customers, l[features.CustomerKey].(int64))
		}
		if p.Err() != nil {
			t.Fatal(p.Err())
		}
		p.Release()
		got = append(got, customers)
	}
	if diff := cmp.Diff([][]int64{{0}, {7}, {100}, {200}}, got); diff != "" {
		t.Errorf("customers by partition (-want +got):\n%s", diff)
	}
}
