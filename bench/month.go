package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
	"featops/workspaces/delta"
)

// month builds fs_cus_transactions when one month has come to a long history: where there is no table yet, in full into the table
// of the months before, and incrementally. The tables must be equal.
func (b *bench) month(ctx context.Context) error {
	c := b.featops()
	t := b.buildTask(features.TransactionActivity().Name, "month", b.monthCustomers)
	t.Do, t.Months, t.Output = "month", b.history, filepath.Join(b.output, "month")
	t.Source = filepath.Join(t.Output, "source", features.Transactions.Database)
	t.Start, t.End = releases(b.history)
	if err := os.MkdirAll(t.Output, 0o755); err != nil {
		return err
	}
	if _, err := t.inChild(ctx); err != nil {
		return err
	}
	cmd, err := c.build(ctx, t)
	if err != nil {
		return err
	}
	if _, err := measure(cmd); err != nil {
		return err
	}
	t.Months++
	if _, err := t.inChild(ctx); err != nil {
		return err
	}
	t.End = monthStart(t.Months).Format("2006-01-02")
	fmt.Printf("  %d customers, one more than %d months\n", b.monthCustomers, b.history)

	ways := []struct {
		name      string
		arguments []string
	}{{"first", nil}, {"full", []string{"--full"}}, {"incremental", nil}}
	taken := map[string][]sample{}
	copies := map[string]task{}
	for range b.runs.of(c.name()) {
		for _, way := range ways {
			again := t
			again.Output = filepath.Join(b.output, "month-"+way.name)
			if err := os.RemoveAll(again.Output); err != nil {
				return err
			}
			if err := os.CopyFS(filepath.Join(again.Output, "home"), os.DirFS(filepath.Join(t.Output, "home"))); err != nil {
				return err
			}
			if way.name == "first" {
				if err := os.RemoveAll(filepath.Dir(c.files(again))); err != nil {
					return err
				}
			}
			s, err := measure(c.command(ctx, again, append([]string{"build", t.Table, "--param", "start_date=" + t.Start, "--param", "end_date=" + t.End}, way.arguments...)...))
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			taken[way.name], copies[way.name] = append(taken[way.name], s), again
		}
	}
	for _, way := range ways {
		s := medians(taken[way.name])
		fmt.Printf("    %-12s %8.2f s   cpu %8.2f s   peak %6d MB\n", way.name, s.wall.Seconds(), s.cpu.Seconds(), s.peak>>20)
	}
	fast := medians(taken["incremental"])
	for _, way := range []string{"full", "first"} {
		s := medians(taken[way])
		fmt.Printf("    incremental takes 1/%.1f of the time of %s, 1/%.1f of the processor time\n", s.wall.Seconds()/fast.wall.Seconds(), way, s.cpu.Seconds()/fast.cpu.Seconds())
	}
	for _, way := range []string{"full", "first"} {
		check := copies["incremental"]
		check.Do, check.Name, check.Keys = "compare", way, keys
		if check.Ours, err = current(ctx, filepath.Dir(c.files(check))); err != nil {
			return err
		}
		if check.Theirs, err = current(ctx, filepath.Dir(c.files(copies[way]))); err != nil {
			return err
		}
		// The same program has made both: there are no ties.
		check.Table = ""
		said, err := check.inChild(ctx)
		fmt.Print(said)
		if err != nil {
			return err
		}
	}
	var errs []error
	for _, c := range copies {
		errs = append(errs, os.RemoveAll(c.Output))
	}
	return errors.Join(append(errs, os.RemoveAll(t.Output))...)
}

// current lists the files of the newest version of a Delta table.
func current(ctx context.Context, dir string) (files []string, err error) {
	s, err := delta.At(dir).Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Files {
		files = append(files, filepath.Join(dir, f.Path))
	}
	return files, nil
}

// makeHistory adds to the source of transactions the months that it does not have, a commit each. Of the customers one in a hundred is new
// in each month, with a number somewhere among the others, and each has no row in one month of twenty.
func (t task) makeHistory(ctx context.Context) error {
	dir := filepath.Join(t.Source, features.Transactions.Name)
	table, staging := delta.At(dir), filepath.Join(t.Source, "staging")
	from := 0
	if s, err := table.Snapshot(ctx); err == nil {
		from = int(s.Version) + 1
	} else if !errors.Is(err, delta.ErrNoTable) {
		return err
	}
	r, err := newReader(features.Transactions, t, t.Months, 0, 0)
	if err != nil {
		return err
	}
	for month := from; month < t.Months; month++ {
		for customer := range t.Customers {
			r.at(forCustomer, customer, month)
			if customer*7919%100 >= 60-month && !r.chance(0.05) {
				r.append(&r.rows, customer, month)
			}
		}
		records, err := array.NewRecordReader(r.Schema(), []arrow.Record{r.builder.NewRecord()})
		if err != nil {
			return err
		}
		files, err := delta.WriteFiles(ctx, staging, records, delta.WriteOptions{})
		if err != nil {
			return err
		}
		if month == 0 {
			_, err = table.Create(ctx, delta.Metadata{Schema: r.Schema()}, files, delta.CommitOptions{})
		} else {
			_, err = table.Append(ctx, files, delta.CommitOptions{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
