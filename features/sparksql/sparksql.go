// Package sparksql writes feature tables as Databricks SQL: the second compiler of a table's definition beside package
// columnar, for workspaces that compute on a SQL warehouse.
//
// Select gives one SELECT statement. It reads the source once and goes through named steps, common table expressions with a
// sentence each:
//
//	source_rows  the source's columns in the types that the definition reads, texts cleaned, the event month found
//	kept_rows    the rows that count, with their release date
//	monthly      a row per customer and release month
//	…            further steps with the columns that are made of earlier ones: a window cannot look at another
//	             window of the same step
//	released     the months of the output, whole numbers checked
//
// The values are those that columnar computes, bit for bit but for the order in which Spark adds the doubles of one
// customer and month. The statement needs ANSI mode and a session in UTC, which are the defaults of a warehouse.
//
// TrainingSet gives the statement that joins labels with feature tables, point in time, as package asof does here.
package sparksql

import (
	"fmt"
	"time"

	"featops/features"
)

// Options say what the statement reads and which months it gives.
type Options struct {
	// Catalog of the source; empty for that of the session.
	Catalog string
	// Database of the source; empty for the one in the table's definition.
	Database string
	// Version of the source; nil for the newest at the time.
	Version *int64
	// Start and End are the first and last release date of the output, inclusive.
	Start, End time.Time
	// First and Last name variables of the session that hold these dates in place of Start and End, both first days of
	// months: for a statement that is written once and run for several windows. Both or none are given.
	First, Last string
	// Frame of the windows; empty for that of the table's definition.
	Frame features.Frame
}

// Select writes the table as one SELECT statement, without a semicolon. Its columns are those of features.Table.Schema. The same
// table and options give the same text.
//
// Rows whose event month is none are left out; BadRows counts them. A whole number that INT cannot hold ends the
// statement with an error that names the column, the customer and the release date; one that BIGINT cannot hold on the way
// there ends it too. A definition that does not fit together and an end before the start are errors of Select.
func Select(t features.Table, o Options) (string, error) {
	if o.Frame != "" {
		t.Frame = o.Frame
	}
	types, err := t.Types()
	if err != nil {
		return "", err
	}
	if o.End.Before(o.Start) {
		return "", fmt.Errorf("table %s: the last release date %s is before the first, %s",
			t.Name, o.End.Format(time.DateOnly), o.Start.Format(time.DateOnly))
	}
	s := newStatement(t, o)
	return s.selection(types), nil
}

// BadRows writes a SELECT statement of one row that tells how many source rows have an event month that is none: `rows`, those that
// the table keeps, the bad ones included; `bad_rows`; and one of these, its `example_customer` and `example`, the
// value of the month's column as text. A table without event months has no such statement.
func BadRows(t features.Table, o Options) (string, bool) {
	if t.Release.After == "" {
		return "", false
	}
	return newStatement(t, o).badRows(), true
}
