package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"featops/engine"
	"featops/engine/trainingset"
	"featops/features/asof"

	"github.com/spf13/cobra"
)

func (a *app) trainingSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "training-set --labels FILE --out FILE",
		Short: "Join labels with the features that were known at their time",
		Long: `training-set joins labels, each a customer and a date or time, with the newest row of every feature table that had
been released by the label's day (UTC), and with nothing later. The set has the labels' rows and columns in their order,
then the features; where a label has no row, they are null.

Labels are a CSV or Parquet file, or the directory of a Delta table. The output is Parquet, CSV or a Delta table. Beside it
lies a manifest, from which the very same set can be made again:

  featops training-set --from-manifest churn.parquet.manifest.json --out again.parquet`,
		Args: noArguments,
	}
	var r engine.TrainingSetRequest
	flags := cmd.Flags()
	flags.StringVar(&r.Labels, "labels", "", "labels: a CSV or Parquet `file`, or the directory of a Delta table")
	flags.StringVar(&r.Out, "out", "", "`file` or directory to write")
	flags.StringVar(&r.Format, "format", "", "`format` of the output: parquet, csv or delta (default by the name)")
	flags.BoolVar(&r.Overwrite, "overwrite", false, "replace an output that exists")
	flags.StringVar(&r.Customer, "customer", "", "`column` of the labels with the customer (default pk_customer or id_cliente)")
	flags.StringVar(&r.Time, "time", "", "`column` of the labels with the date or time (default the only one of such a type)")
	flags.BoolVar(&r.KeepBad, "keep-bad-labels", false, "keep labels without a customer or a readable time, with empty features")
	flags.StringSliceVar(&r.Tables, "tables", nil, "feature `tables` (default all that are built)")
	flags.StringSliceVar(&r.Features, "features", nil, "`features`, as column or table.column (default all of the tables)")
	rows := setRowsFlags(cmd)
	from := flags.String("from-manifest", "", "make the set of a manifest `file` again")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := readRequest(&r, *rows, *from)
		if err == nil && *from != "" {
			for _, other := range []string{"customer", "time", "keep-bad-labels", "tables", "features", "versions", "as-of", "lookback"} {
				if flags.Changed(other) {
					err = errors.Join(err, fmt.Errorf("--%s: the manifest says it already", other))
				}
			}
		}
		if err != nil {
			return usageError{err}
		}
		return a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
			m, err := s.TrainingSet(cmd.Context(), r)
			if err != nil {
				return err
			}
			return a.print(m, func(w io.Writer) { printTrainingSet(w, m) })
		})
	}
	return cmd
}

// readRequest reads what the flags have as text.
func readRequest(r *engine.TrainingSetRequest, rows setRows, from string) error {
	if r.Out == "" {
		return errors.New("--out is needed: the file to write")
	}
	if from != "" {
		m, err := trainingset.ReadManifest(from)
		r.Again = &m
		return err
	}
	if r.Labels == "" {
		return errors.New("--labels is needed: a file with a customer and a time in each row")
	}
	var err error
	r.Versions, r.AsOf, r.Lookback, err = rows.read()
	return err
}

// setRows are the flags that say which rows of the tables a training set sees.
type setRows struct {
	versions       []string
	asOf, lookback string
}

func setRowsFlags(cmd *cobra.Command) *setRows {
	r := &setRows{}
	cmd.Flags().StringSliceVar(&r.versions, "versions", nil, "versions of tables, as `table=N` (default the newest)")
	cmd.Flags().StringVar(&r.asOf, "as-of", "", "the tables as they were at a `time`, as 2026-03-01 or 2026-03-01T12:00:00Z")
	cmd.Flags().StringVar(&r.lookback, "lookback", "", "leave out rows that are more than so many `days` older than the label, as 90d")
	return r
}

func (r setRows) read() (versions map[string]int64, asOf time.Time, lookback int, err error) {
	if versions, err = trainingset.ParseVersions(r.versions); err != nil {
		return nil, asOf, 0, fmt.Errorf("--versions %w", err)
	}
	if r.asOf != "" {
		var ok bool
		if asOf, ok = trainingset.ParseTime(r.asOf); !ok {
			return nil, asOf, 0, fmt.Errorf("--as-of %q: want a time as 2026-03-01 or 2026-03-01T12:00:00Z", r.asOf)
		}
	}
	if lookback, err = trainingset.ParseLookback(r.lookback); err != nil {
		return nil, asOf, 0, fmt.Errorf("--lookback %w", err)
	}
	return versions, asOf, lookback, nil
}

func printTrainingSet(w io.Writer, m trainingset.Manifest) {
	fmt.Fprintf(w, "%s: %s, %s\n", m.Output.Path, counted(int64(m.Output.Rows), "row"), counted(int64(len(m.Columns)), "column"))
	fmt.Fprintf(w, "labels %s: customer in %s, time in %s\n", m.Labels.Path, m.Labels.Customer, m.Labels.Time)
	if n := m.Labels.Repeated; n > 0 {
		fmt.Fprintf(w, "  %s with the customer and the day of an earlier one\n", counted(int64(n), "label"))
	}
	if n := m.Labels.Bad.Count(); n > 0 {
		fmt.Fprintf(w, "  %s kept with empty features: %s without a customer, %s without a time\n",
			counted(int64(n), "label"), count(int64(m.Labels.Bad.NoCustomer)), count(int64(m.Labels.Bad.NoTime)))
	}
	fmt.Fprintln(w)
	table(w, func(line func(string, ...any)) {
		line("TABLE\tVERSION\tSAVED\tFEATURES\tMATCHED\tEMPTY\tWHY")
		for _, t := range m.Tables {
			line("%s\t%d\t%s\t%d\t%s\t%s\t%s", t.Name, t.Version, at(t.Updated), len(t.Columns), count(t.Counts.Matched),
				count(int64(m.Output.Rows)-t.Counts.Matched), whyEmpty(t.Counts))
		}
	})
	for _, warning := range m.Warnings {
		fmt.Fprintln(w, "warning:", warning)
	}
	fmt.Fprintln(w, "manifest:", trainingset.ManifestPath(m.Output.Path))
}

// whyEmpty says for which reasons labels have no row of a table.
func whyEmpty(c asof.Counts) string {
	var parts []string
	for _, reason := range c.Empty() {
		parts = append(parts, count(reason.Labels)+" "+reason.What)
	}
	return list(parts)
}
