package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"featops/features"
)

// large builds fs_cus_transactions for many more customers than the other parts: a row is to take as long, and memory not to
// grow as customers do. The larger table must contain the smaller one, since customers are the same in both.
//
// Memory that the system has not handed out before can cost it several times as much as memory that a file has just left. So the
// smaller table is built as often as it takes to write as many rows, none goes before all are there, and a larger one, which does
// not count, comes first: both sides then write where as much has just left.
func (b *bench) large(ctx context.Context) error {
	smaller := b.buildTask(features.TransactionActivity().Name, "month", b.customers)
	larger := b.buildTask(features.TransactionActivity().Name, "month", b.largeCustomers)
	smaller.Output, larger.Output = filepath.Join(b.output, "large-0"), filepath.Join(b.output, "large")
	for _, t := range []task{smaller, larger} {
		if err := b.source(ctx, t); err != nil {
			return err
		}
	}
	if _, err := b.runBuild(ctx, b.featops(), larger); err != nil {
		return fmt.Errorf("%d customers: %w", b.largeCustomers, err)
	}
	if err := os.RemoveAll(larger.Output); err != nil {
		return err
	}
	copies := max(1, b.largeCustomers/b.customers)
	var all [2][]sample
	for range b.largeRuns {
		several, err := b.copies(ctx, smaller, copies)
		if err != nil {
			return fmt.Errorf("%d customers: %w", b.customers, err)
		}
		one, err := b.runBuild(ctx, b.featops(), larger)
		if err != nil {
			return fmt.Errorf("%d customers: %w", b.largeCustomers, err)
		}
		all[0], all[1] = append(all[0], several), append(all[1], one)
	}
	several, one := medians(all[0]), medians(all[1])
	rows := [2]float64{float64(copies) * float64(b.customers) * float64(b.months), float64(b.largeCustomers) * float64(b.months)}
	fmt.Printf("  %3d tables of %8d customers, %.1f million rows: %s, %.3f µs a row\n", copies, b.customers, rows[0]/1e6, several, several.wall.Seconds()*1e6/rows[0])
	fmt.Printf("    1 table  of %8d customers, %.1f million rows: %s, %.3f µs a row; medians of %d\n", b.largeCustomers, rows[1]/1e6, one, one.wall.Seconds()*1e6/rows[1], b.largeRuns)
	fmt.Printf("  %.2f of the time a row, %.2f of the processor time a row, %.2f of the memory\n", one.wall.Seconds()/several.wall.Seconds()*rows[0]/rows[1],
		one.cpu.Seconds()/several.cpu.Seconds()*rows[0]/rows[1], float64(one.peak)/float64(several.peak))
	check := smaller
	check.Do, check.Name, check.Keys, check.Below = "compare", "the larger table", keys, number(b.customers)
	check.Ours, check.Theirs = []string{b.featops().files(smaller)}, []string{b.featops().files(larger)}
	said, err := check.inChild(ctx)
	fmt.Print(said)
	return errors.Join(err, os.RemoveAll(smaller.Output), os.RemoveAll(larger.Output))
}

// copies builds a table several times, side by side, and then drops all but the first one. The times are added up.
func (b *bench) copies(ctx context.Context, t task, n int) (sum sample, err error) {
	var single []string
	for i := range n {
		next := t
		if i > 0 {
			next.Output = fmt.Sprintf("%s-%d", t.Output, i)
			defer func() { err = errors.Join(err, os.RemoveAll(next.Output)) }()
		}
		s, err := b.runBuild(ctx, b.featops(), next)
		if err != nil {
			return sum, err
		}
		sum = sum.plus(s)
		single = append(single, fmt.Sprintf("%.2f", s.wall.Seconds()))
	}
	fmt.Printf("  %d customers: %s s\n", t.Customers, strings.Join(single, " "))
	return sum, nil
}
