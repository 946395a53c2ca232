package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"featops/engine"
	"featops/features"

	"github.com/spf13/cobra"
)

// setSQL is a training set as SQL.
type setSQL struct {
	Labels    string                  `json:"labels_table"`
	Customer  string                  `json:"customer"`
	Time      string                  `json:"time"`
	KeepBad   bool                    `json:"keep_bad"`
	Lookback  *int                    `json:"lookback_days,omitempty"`
	AsOf      *time.Time              `json:"as_of,omitempty"`
	Tables    []engine.WarehouseTable `json:"tables"`
	Statement string                  `json:"statement"`
}

func (a *app) setSQLCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "training-set --labels-table NAME --time COLUMN",
		Short: "Print the Databricks SQL of a training set",
		Long: `Prints one SELECT statement that joins the labels of a table or view of a Databricks SQL warehouse, or of any Spark 4 in
ANSI mode and UTC, with the newest rows of feature tables there that had been released by the labels' days: the same
rows and columns as "featops training-set" gives for these labels and tables here.`,
		Example: `  featops sql training-set --labels-table main.ml.churn --time day --lookback 90d
  featops sql training-set --labels-table main.ml.churn --time day --customer id --features ctrx_trx_cnt_m,chr_credits_cnt`,
		Args: noArguments,
	}
	var r engine.WarehouseSet
	flags := cmd.Flags()
	flags.StringVar(&r.Labels, "labels-table", "", "`name` of the table or view with the labels, as catalog.schema.table")
	flags.StringVar(&r.Customer, "customer", features.CustomerKey, "`column` of the labels with the customer")
	flags.StringVar(&r.Time, "time", "", "`column` of the labels with the date or time")
	flags.BoolVar(&r.KeepBad, "keep-bad-labels", false, "keep labels without a customer or a readable time, with empty features")
	flags.StringSliceVar(&r.Tables, "tables", nil, "feature `tables` (default all)")
	flags.StringSliceVar(&r.Features, "features", nil, "`features`, as column or table.column (default all of the tables)")
	rows := setRowsFlags(cmd)
	flags.StringVar(&r.Catalog, "catalog", "", "`catalog` of the feature tables (default that of the workspace, else the session's)")
	flags.StringVar(&r.Database, "database", "", "`database` of the feature tables (default the configured one)")
	cmd.RunE = func(_ *cobra.Command, _ []string) error {
		if r.Labels == "" {
			return usageError{errors.New("--labels-table is needed: a table or view with a customer and a time in each row")}
		}
		if r.Time == "" {
			return usageError{errors.New("--time is needed: the column of the labels with the date or time")}
		}
		var err error
		if r.Versions, r.AsOf, r.Lookback, err = rows.read(); err != nil {
			return usageError{err}
		}
		out := setSQL{Labels: r.Labels, Customer: r.Customer, Time: r.Time, KeepBad: r.KeepBad}
		if r.Lookback >= 0 {
			out.Lookback = &r.Lookback
		}
		if !r.AsOf.IsZero() {
			out.AsOf = &r.AsOf
		}
		out.Statement, out.Tables, err = engine.Plan{Config: a.config, Tables: features.Tables(), Now: a.now}.TrainingSetSQL(r)
		if err != nil {
			return err
		}
		return a.print(out, func(w io.Writer) { fmt.Fprint(w, out.Statement) })
	}
	return cmd
}
