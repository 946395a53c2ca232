package main

import (
	"slices"
	"testing"
	"time"

	"featops/features"
)

func TestBothOrdersHaveTheSameRows(t *testing.T) {
	for _, def := range features.Tables() {
		months := 7
		if def.Source.Name == features.Clients.Name {
			months = 1
		}
		read := func(order string, customers, from, to int) (rows []string) {
			r, err := newReader(def.Source, task{Customers: customers, Months: 7, Order: order}, months, from, to)
			if err != nil {
				t.Fatal(err)
			}
			for r.Next() {
				for i := range int(r.Record().NumRows()) {
					row := ""
					for _, c := range r.Record().Columns() {
						row += c.ValueStr(i) + "|"
					}
					rows = append(rows, row)
				}
			}
			slices.Sort(rows)
			return rows
		}
		all := read("month", 20, 0, 20*months)
		if len(all) < 20 {
			t.Errorf("%s: %d rows", def.Source.Name, len(all))
		}
		if !slices.Equal(all, read("customer", 20, 0, 20*months)) {
			t.Errorf("%s: the orders have different rows", def.Source.Name)
		}
		// The first ten of a hundred customers are those of ten.
		if !slices.Equal(read("customer", 100, 0, 10*months), read("month", 10, 0, 10*months)) {
			t.Errorf("%s: customers differ when there are more of them", def.Source.Name)
		}
	}
}

func TestEveryTableHasAQuery(t *testing.T) {
	for _, def := range features.Tables() {
		if sqlTables[def.Name].monthly == "" {
			t.Errorf("%s has no SQL", def.Name)
		}
	}
}

func TestRunsOfContestants(t *testing.T) {
	r := runs{every: 5}
	if err := r.Set("3,spark=1"); err != nil || r.of("spark") != 1 || r.of("featops") != 3 {
		t.Error(r, err)
	}
	for _, bad := range []string{"", "0", "spark=", "spark=x"} {
		if err := r.Set(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestMedians(t *testing.T) {
	m := medians([]sample{{wall: 3 * time.Second, peak: 1}, {wall: time.Second, peak: 9}, {wall: 8 * time.Second, peak: 5}})
	if m.wall != 3*time.Second || m.peak != 5 {
		t.Error(m)
	}
	if m := medians([]sample{{wall: 1 * time.Second}, {wall: 2 * time.Second}}); m.wall != 1500*time.Millisecond {
		t.Error(m)
	}
}
