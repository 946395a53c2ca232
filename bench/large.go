package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"featops/features"
)

// large builds fs_cus_transactions for many more customers than the other parts: a row is to take as long, and memory not to
// grow as customers do. The larger table must contain the smaller one, since customers are the same in both.
func (b *bench) large(ctx context.Context) error {
	c := b.featops()
	taken := map[int]sample{}
	var rows [2]float64
	var done [2]task
	for i, customers := range []int{b.customers, b.largeCustomers} {
		t := b.buildTask(features.TransactionActivity().Name, "month", customers)
		if err := b.source(ctx, t); err != nil {
			return err
		}
		t.Output = filepath.Join(b.output, fmt.Sprintf("large-%d", i))
		done[i] = t
		var samples []sample
		for range b.largeRuns {
			s, err := b.runBuild(ctx, c, t)
			if err != nil {
				return fmt.Errorf("%d customers: %w", customers, err)
			}
			samples = append(samples, s)
		}
		s := medians(samples)
		rows[i], taken[i] = float64(customers)*float64(b.months), s
		fmt.Printf("  %9d customers, %.1f million rows: %s, %.3f µs a row; medians of %d\n", customers, rows[i]/1e6, s, s.wall.Seconds()*1e6/rows[i], b.largeRuns)
	}
	fmt.Printf("  %.1f times the rows: %.2f of the time a row, %.2f of the processor time a row, %.2f of the memory\n", rows[1]/rows[0],
		taken[1].wall.Seconds()/taken[0].wall.Seconds()*rows[0]/rows[1], taken[1].cpu.Seconds()/taken[0].cpu.Seconds()*rows[0]/rows[1],
		float64(taken[1].peak)/float64(taken[0].peak))
	check := done[0]
	check.Do, check.Name, check.Keys, check.Below = "compare", "the larger table", keys, number(b.customers)
	check.Ours, check.Theirs = []string{c.files(done[0])}, []string{c.files(done[1])}
	said, err := check.inChild(ctx)
	fmt.Print(said)
	return errors.Join(err, os.RemoveAll(done[0].Output), os.RemoveAll(done[1].Output))
}
