package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"featops/features"
)

// tables builds every feature table with every contestant, from sources in both orders.
func (b *bench) tables(ctx context.Context) error {
	wanted := b.options.tables
	if len(wanted) == 0 {
		wanted = tableNames()
	}
	for _, order := range b.orders {
		fmt.Printf("\nsource sorted by %s: %d customers x %d months\n", order, b.customers, b.months)
		all, left := map[string]sample{}, map[string]bool{}
		for _, name := range wanted {
			t := b.buildTask(name, order, b.customers)
			taken, err := b.match(ctx, t, b.contestants)
			if err != nil {
				return fmt.Errorf("%s, by %s: %w", name, order, err)
			}
			for _, c := range b.contestants {
				s, ok := taken[c.name()]
				if !ok {
					left[c.name()] = true
				}
				all[c.name()] = all[c.name()].plus(s)
			}
		}
		fmt.Printf("  %d tables, sums of the medians, by %s\n", len(wanted), order)
		for who := range left {
			delete(all, who)
		}
		b.ratios(all, nil, b.contestants)
	}
	return nil
}

// buildTask is a table of so many customers from a source in an order.
func (b *bench) buildTask(table, order string, customers int) task {
	t := task{
		Table: table, Order: order, Customers: customers, Months: b.months, Threads: b.threads,
		Source: filepath.Join(b.inputDir(customers, b.months, order), features.Clients.Database),
	}
	t.Start, t.End = releases(b.months)
	_, t.Columns = columnsOf(t.table())
	return t
}

// source makes the task's source, if need be, and reads it once, so that nobody has to wait for the disk.
func (b *bench) source(ctx context.Context, t task) error {
	t.Do = "generate"
	if _, err := t.inChild(ctx); err != nil {
		return err
	}
	return warm(filepath.Join(t.Source, t.table().Source.Name))
}

// runBuild is one run of a contestant in an output directory that is emptied before.
func (b *bench) runBuild(ctx context.Context, c contestant, t task) (s sample, err error) {
	if err := emptied(t.Output); err != nil {
		return s, err
	}
	cmd, err := c.build(ctx, t)
	if err != nil {
		return s, err
	}
	if s, err = measure(cmd); err == nil {
		s.written, err = sizeOf(c.files(t))
	}
	return s, err
}

// match lets contestants build a table in turn, compares what they have made, and returns the medians.
func (b *bench) match(ctx context.Context, t task, all []contestant) (map[string]sample, error) {
	if err := b.source(ctx, t); err != nil {
		return nil, err
	}
	fmt.Printf("  %s\n", t.Table)
	of := func(c contestant) task {
		t := t
		t.Output = filepath.Join(b.output, c.name())
		return t
	}
	ours := all[0].files(of(all[0]))
	samples, err := b.inTurn(ctx, all, func(c contestant) (sample, error) { return b.runBuild(ctx, c, of(c)) }, func(c contestant) error {
		return b.compareWithOurs(ctx, of(c), keys, ours, c.files(of(c)), c)
	})
	if err != nil {
		return nil, err
	}
	out := medianOfEach(samples)
	b.ratios(out, samples, all)
	return out, os.RemoveAll(of(all[0]).Output)
}

func medianOfEach(samples map[string][]sample) map[string]sample {
	out := map[string]sample{}
	for who, s := range samples {
		out[who] = medians(s)
	}
	return out
}

// ratios prints what was taken, and what share featops takes of each other's. Of single runs, where there are several, it prints the times.
func (b *bench) ratios(taken map[string]sample, samples map[string][]sample, all []contestant) {
	all = slices.DeleteFunc(slices.Clone(all), func(c contestant) bool { _, ok := taken[c.name()]; return !ok })
	for _, c := range all {
		note := ""
		if s := taken[c.name()].start; s > 0 {
			note = fmt.Sprintf("   %.1f s of it to start", s.Seconds())
		}
		if single := samples[c.name()]; len(single) > 1 {
			note += "   runs"
			for _, s := range single {
				note += fmt.Sprintf(" %.2f", s.wall.Seconds())
			}
		}
		fmt.Printf("    %-8s %s%s\n", c.name(), taken[c.name()], note)
	}
	for _, c := range all[1:] {
		fmt.Printf("    featops of %s's: %s\n", c.name(), taken[featopsName].against(taken[c.name()]))
	}
}
