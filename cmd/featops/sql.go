package main

import (
	"fmt"
	"io"
	"time"

	"featops/engine"
	"featops/features"
	"featops/features/schema"
	"featops/features/sparksql"

	"github.com/spf13/cobra"
)

// tableSQL is a feature table as SQL.
type tableSQL struct {
	Table     string         `json:"table"`
	Frame     features.Frame `json:"frame"`
	Start     string         `json:"start_date"`
	End       string         `json:"end_date"`
	Columns   schema.Schema  `json:"columns"`
	Statement string         `json:"statement"`
	BadRows   string         `json:"bad_rows,omitempty"`
}

func (a *app) sqlCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sql TABLE",
		Short: "Print the Databricks SQL of a table",
		Long: `Prints one SELECT statement that gives the rows of a feature table on a Databricks SQL warehouse, or on any Spark 4 in
ANSI mode and UTC: the same columns, types and values as a build here. With --bad-rows it prints the statement that
counts the source rows without a month, which the first one leaves out. "featops sql training-set" prints that of a
training set.`,
		Example: `  featops sql fs_cus_credit_risk
  featops sql fs_cus_credit_risk --frame months --param start_date=2024-01-01
  featops sql fs_cus_transactions --catalog main --database demo_db`,
		Args: arguments(cobra.ExactArgs(1)),
	}
	cmd.AddCommand(a.setSQLCommand())
	var o sparksql.Options
	cmd.Flags().StringVar((*string)(&o.Frame), "frame", "", "`frame` of the windows: rows or months (default as configured for the table)")
	cmd.Flags().StringVar(&o.Catalog, "catalog", "", "`catalog` of the source table (default the session's)")
	cmd.Flags().StringVar(&o.Database, "database", "", "`database` of the source table (default the one in its definition)")
	badRows := cmd.Flags().Bool("bad-rows", false, "the statement that counts source rows without a month")
	params := parameters(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		given, err := params()
		if err != nil {
			return err
		}
		switch o.Frame {
		case features.Rows, features.Months:
		case "":
			o.Frame = features.Frame(a.config.Table(args[0]).Frame)
		default:
			return usageError{fmt.Errorf("--frame %q: allowed are %s, %s", o.Frame, features.Rows, features.Months)}
		}
		out, err := a.sql(args[0], given, o)
		if err != nil {
			return err
		}
		if *badRows && out.BadRows == "" {
			return usageError{fmt.Errorf("--bad-rows: %s has no event months, so that no row can be without one", out.Table)}
		}
		return a.print(out, func(w io.Writer) {
			statement := out.Statement
			if *badRows {
				statement = out.BadRows
			}
			fmt.Fprint(w, statement)
		})
	}
	return cmd
}

// sql writes the table in the months that the task parameters say.
func (a *app) sql(name string, given map[string]string, o sparksql.Options) (tableSQL, error) {
	t, err := features.Find(features.Tables(), name)
	if err != nil {
		return tableSQL{}, err
	}
	p, err := engine.Plan{Config: a.config, Tables: features.Tables(), Now: a.now}.Params(name, given)
	if err != nil {
		return tableSQL{}, err
	}
	if o.Frame != "" {
		t.Frame = o.Frame
	}
	o.Start, o.End = p.Start, p.End
	out := tableSQL{Table: name, Frame: t.Frame, Start: p.Start.Format(time.DateOnly), End: p.End.Format(time.DateOnly)}
	if out.Statement, err = sparksql.Select(t, o); err != nil {
		return tableSQL{}, err
	}
	out.BadRows, _ = sparksql.BadRows(t, o)
	customer := t.Source.Columns[t.Source.Columns.Index(t.Customer)].Type
	out.Columns, err = t.Schema(customer)
	return out, err
}
