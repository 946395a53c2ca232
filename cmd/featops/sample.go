package main

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"time"

	"featops/engine"
	"featops/engine/config"
	"featops/workspaces/embedded/sample"

	"github.com/spf13/cobra"
)

// The sample that is made when there is no source data.
const (
	sampleCustomers = 10_000
	sampleMonths    = 24
	sampleSeed      = 1
)

func (a *app) sampleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sample",
		Short: "Generate source data for the embedded workspaces",
		Long: `Generates the source tables of the embedded workspaces. The same customers, months, seed and last month
give the same rows. Source tables that exist get a new version.`,
		Args: noArguments,
	}
	o := sample.Options{}
	cmd.Flags().IntVar(&o.Customers, "customers", sampleCustomers, "customers")
	cmd.Flags().IntVar(&o.Months, "months", sampleMonths, "months of history")
	cmd.Flags().Uint64Var(&o.Seed, "seed", sampleSeed, "seed")
	until := cmd.Flags().String("until", "", "last `month` with data, YYYY-MM (default the month before this one)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o.Last = a.lastMonth()
		if *until != "" {
			last, err := time.Parse("2006-01", *until)
			if err != nil {
				return usageError{fmt.Errorf("--until %q: allowed is a month YYYY-MM", *until)}
			}
			o.Last = last
		}
		if err := o.Check(); err != nil {
			return usageError{err}
		}
		return a.with(cmd.Context(), use{}, func(s *session) error {
			results, err := a.makeSample(cmd.Context(), s, o)
			if err != nil {
				return err
			}
			return a.print(results, func(w io.Writer) { printSources(w, results) })
		})
	}
	return cmd
}

// lastMonth is the newest month that is over.
func (a *app) lastMonth() time.Time {
	now := a.now().UTC()
	return time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, time.UTC)
}

func (a *app) makeSample(ctx context.Context, s *session, o sample.Options) ([]engine.SourceResult, error) {
	return s.MakeSample(ctx, o, s.sourceProgress())
}

// sourceProgress shows how many rows of a source table are written.
func (s *session) sourceProgress() func(table string, rows int64) {
	return func(table string, rows int64) {
		if s.screen != nil {
			s.screen.show(fmt.Sprintf("%s %s", table, counted(rows, "row")))
		}
	}
}

// firstSample makes the sample when the workspaces are the built-in ones and have no source data at all, or
// finishes the one that an earlier run was stopped at.
func (a *app) firstSample(ctx context.Context, s *session) error {
	if !reflect.DeepEqual(a.config.Workspaces, config.Default().Workspaces) {
		return nil
	}
	o, due, err := s.FirstSample(ctx, sample.Options{
		Customers: sampleCustomers, Months: sampleMonths, Seed: sampleSeed, Last: a.lastMonth(),
	})
	if err != nil || !due {
		return err
	}
	s.logs.Logger.InfoContext(ctx, "source data is missing: making the sample", "customers", o.Customers, "months", o.Months, "until", o.Last.Format("2006-01"))
	if s.screen == nil && terminal(a.stderr) {
		fmt.Fprintf(a.stderr, "Source data is missing: making the sample, %s over %d months …\n", counted(int64(o.Customers), "customer"), o.Months)
	}
	return s.MakeFirstSample(ctx, o, s.sourceProgress())
}

func printSources(w io.Writer, results []engine.SourceResult) {
	table(w, func(line func(string, ...any)) {
		line("WORKSPACE\tTABLE\tROWS\tVERSION")
		for _, r := range results {
			line("%s\t%s\t%s\t%d", r.Workspace, r.Table, count(r.Rows), r.Version)
		}
	})
}
