package columnar

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"featops/features"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// tiny makes a few rows fill morsels, records and partitions.
var tiny = sizes{morsel: 3, record: 5, smallPartition: 4, largestPartition: 10, diskBatch: 2, piece: 4}

func TestTablesAgreeWithTheInterpreter(t *testing.T) {
	for _, table := range append(features.Tables(), visits()) {
		for _, frame := range []features.Frame{features.Rows, features.Months} {
			table.Frame = frame
			t.Run(fmt.Sprint(table.Name, " ", frame), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) { agrees(t, table) })
			})
		}
	}
}

func TestRandomDefinitionsAgreeWithTheInterpreter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agrees(t, randomTable(t)) })
}

// agrees computes a random source both ways.
func agrees(t *rapid.T, table features.Table) {
	s, rows := randomSource(t, table)
	bounds := rapid.SampledFrom([][2]string{
		{"0001-01-01", "9999-12-31"}, {"2024-03-01", "2024-06-01"}, {"2024-02-15", "2024-08-31"}, {"2030-01-01", "2030-12-01"},
	}).Draw(t, "window")
	if table.Release.Since != "" && bounds[0] < "2000" {
		bounds = [2]string{"2023-01-01", "2025-12-01"}
	}
	in := interpreter{table: table}
	in.start, _ = time.Parse(time.DateOnly, bounds[0])
	in.end, _ = time.Parse(time.DateOnly, bounds[1])
	want, bad, wantErr := in.rows(rows)
	in.all = true
	_, _, anyErr := in.rows(rows)

	size := rapid.IntRange(1, 12).Draw(t, "batch")
	source := asRecords(s, rows, size)
	defer source.Release()
	opt := Options{Start: in.start, End: in.end, BadRowsShare: 1, Workers: rapid.IntRange(1, 3).Draw(t, "workers")}
	r, err := compute(context.Background(), table, source, opt, rapid.SampledFrom([]sizes{tiny, measured}).Draw(t, "sizes"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if got := r.Report().BadRows; got != int64(bad) {
		t.Fatalf("%d bad rows, want %d", got, bad)
	}
	var got []line
	for i := range r.Partitions() {
		p := r.Partition(context.Background(), i)
		got = append(got, asLines(p)...)
		err = errors.Join(err, p.Err())
		p.Release()
	}
	// An overflow in a month that no row of the output sees may be an error, or none.
	if err == nil && wantErr != nil || err != nil && anyErr == nil {
		t.Fatalf("error %v, want %v", err, errors.Join(wantErr, anyErr))
	}
	if err != nil {
		var overflow *OverflowError
		if !errors.As(err, &overflow) {
			t.Fatalf("error %v, want an overflow", err)
		}
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}
