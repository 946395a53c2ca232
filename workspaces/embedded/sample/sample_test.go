package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"featops/features"
	"featops/features/schema"
)

var small = Options{Customers: 50, Months: 6, Seed: 42, Last: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}

// fingerprint is a hash over the text of every cell.
func fingerprint(t *testing.T, o Options, src features.Source) string {
	t.Helper()
	r, err := Open(o, src)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	hash := sha256.New()
	for r.Next() {
		rec := r.Record()
		for row := range int(rec.NumRows()) {
			for _, column := range rec.Columns() {
				io.WriteString(hash, column.ValueStr(row)+"\x1f")
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:16]
}

// A changed value here breaks the promise that a seed gives the same rows for ever.
func TestSameSeedSameRowsForEver(t *testing.T) {
	want := map[string]string{
		"clientes":      "1daa2a702be5809f",
		"productos":     "13cee7f20b34b294",
		"pagos":         "af521fd97ff366de",
		"buro_credito":  "e393851264d75b90",
		"transacciones": "dd3825405fc1b461",
	}
	for _, src := range Tables() {
		if got := fingerprint(t, small, src); got != want[src.Name] {
			t.Errorf("%s: fingerprint %q, want %q", src.Name, got, want[src.Name])
		}
	}
}

func TestSeedChangesEveryTable(t *testing.T) {
	other := small
	other.Seed++
	for _, src := range Tables() {
		if fingerprint(t, small, src) == fingerprint(t, other, src) {
			t.Errorf("%s: seeds %d and %d give the same rows", src.Name, small.Seed, other.Seed)
		}
	}
}

func TestCustomersStayWhoTheyAreWhenTheSampleGrows(t *testing.T) {
	larger := small
	larger.Customers *= 2
	for i := range small.Customers + 1 {
		a, b := newPopulation(small).customer(newDraws(small.Seed), i), newPopulation(larger).customer(newDraws(small.Seed), i)
		if a != b {
			t.Errorf("customer %d: %+v in a sample of %d, %+v in one of %d", i, a, small.Customers, b, larger.Customers)
		}
	}
}

func TestRowsAreTypedAsTheSource(t *testing.T) {
	for _, src := range Tables() {
		r, err := Open(small, src)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Release()
		want, err := src.Columns.Arrow()
		if err != nil {
			t.Fatal(err)
		}
		if !r.Schema().Equal(want) {
			t.Errorf("%s: reader has schema %v, want %v", src.Name, r.Schema(), want)
		}
		if !r.Next() || !r.Record().Schema().Equal(want) {
			t.Errorf("%s: the first batch has schema %v, want %v", src.Name, r.Record().Schema(), want)
		}
	}
}

func TestLargeTablesComeInBatches(t *testing.T) {
	o := small
	o.Customers, o.Months = 10_000, 24
	for _, src := range []features.Source{features.Payments, features.Transactions} {
		r, err := Open(o, src)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Release()
		batches := 0
		for r.Next() {
			batches++
			if n := r.Record().NumRows(); n >= BatchRows+int64(len(catalogue)) {
				t.Errorf("%s: batch %d has %d rows", src.Name, batches, n)
			}
		}
		if batches < 3 {
			t.Errorf("%s: %d batches, want at least 3", src.Name, batches)
		}
	}
}

func TestCheckNamesWhatIsAllowed(t *testing.T) {
	with := func(change func(*Options)) Options {
		o := small
		change(&o)
		return o
	}
	tests := []struct {
		name string
		opt  Options
		want string // "" for none
	}{
		{"as it is", small, ""},
		{"one customer, one month", with(func(o *Options) { o.Customers, o.Months = 1, 1 }), ""},
		{"all months", with(func(o *Options) { o.Months = 142 }), ""},
		{"no customers", with(func(o *Options) { o.Customers = 0 }), "customers 0: allowed are 1 to 100000000"},
		{"too many customers", with(func(o *Options) { o.Customers = 100_000_001 }), "customers 100000001: allowed"},
		{"no months", with(func(o *Options) { o.Months = 0 }), "months 0: allowed are 1 to 142, from 2015-01 to 2026-10"},
		{"before anyone joined", with(func(o *Options) { o.Months = 143 }), "months 143: allowed are 1 to 142"},
		{"middle of a month", with(func(o *Options) { o.Last = o.Last.AddDate(0, 0, 1) }), "first day of a month"},
		{"before 2015", with(func(o *Options) { o.Last = time.Date(2014, 12, 1, 0, 0, 0, 0, time.UTC) }), "from 2015-01 on"},
		{"two problems", Options{Last: small.Last}, "customers 0: allowed are 1 to 100000000\nsample: months 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.opt.Check()
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if _, err := Open(tt.opt, features.Clients); err == nil {
				t.Error("Open takes what Check refuses")
			}
		})
	}
}

func TestOpenRefusesOtherTables(t *testing.T) {
	if _, err := Open(small, features.Source{Name: "polizas"}); err == nil || !strings.Contains(err.Error(), "allowed are [clientes productos") {
		t.Errorf("unknown table: error %v, want one that names the tables", err)
	}
	changed := features.Clients
	changed.Columns = append(schema.Schema{{Name: "extra", Type: schema.Int}}, changed.Columns...)
	if _, err := Open(small, changed); err == nil || !strings.Contains(err.Error(), "extra") {
		t.Errorf("other columns: error %v, want one that names them", err)
	}
}

func TestMonths(t *testing.T) {
	m := monthOf(time.Date(2024, 2, 29, 23, 59, 0, 0, time.UTC))
	got := fmt.Sprintf("%s %s %s, %d days from %s", m, m-2, m+11, m.last()-m.first()+1, m.start().Format(time.DateOnly))
	if want := "2024-02 2023-12 2025-01, 29 days from 2024-02-01"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func BenchmarkTables(b *testing.B) {
	o := small
	o.Customers, o.Months = 10_000, 24
	for _, src := range Tables() {
		b.Run(src.Name, func(b *testing.B) {
			b.ReportAllocs()
			rows := int64(0)
			for b.Loop() {
				r, err := Open(o, src)
				if err != nil {
					b.Fatal(err)
				}
				for r.Next() {
					rows += r.Record().NumRows()
				}
				r.Release()
			}
			b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
		})
	}
}
