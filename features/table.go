// Package features says what a feature table is: the source it reads, the rows it keeps, how a
// row gets its release month, and one expression per feature. A definition is plain data, a tree of
// typed nodes without functions, so that several compilers can read it: package columnar computes
// it in this process, and package sparksql writes it as SQL for a warehouse.
//
// Every table has the keys CustomerKey and ReleaseKey, unique together. A feature of level
// row is computed for each source row, an Aggregate per (customer, release month), and Rolling
// and Lag per customer over the rows in the order of the release month.
package features

import (
	"fmt"

	"featops/features/nearest"
	"featops/features/schema"
)

// The keys of every feature table.
const (
	CustomerKey = "pk_customer"    // from the source's customer column, its type kept
	ReleaseKey  = "tpk_release_dt" // DATE, first day of a month: the time-series key
)

// TestCustomer is the customer that the source systems use for trials. Its rows are dropped.
const TestCustomer = 999999999

// Frame says which rows a window of n sees.
type Frame string

const (
	// Rows: the last n rows of the customer, the current one included; lag k is the k-th row
	// before, whatever its month.
	Rows Frame = "rows"
	// Months: the rows of the last n calendar months, the current one included; lag k is the row
	// exactly k months before, null where there is none.
	Months Frame = "months"
)

// Release says which months a customer has rows for. Exactly one field is set.
type Release struct {
	// After names the column with the event month (DATE, TIMESTAMP, or STRING as yyyy-MM). What
	// happened in a month is released on the first day of the next one.
	After string
	// Since names a DATE column: the customer has a row on the first day of every month of the
	// output window from that date on, all with the attributes of today.
	Since string
}

// Feature is one output column.
type Feature struct {
	Name    string // without the table's prefix
	Value   Expr
	Meaning string // one sentence for the feature dictionary
}

// Table is the definition of a feature table.
type Table struct {
	Name        string // also the name of the task that builds it
	Prefix      string // put before every feature's name, not before the keys
	Workspace   string // where it is computed
	Entity      string // what the description calls the owner of a row
	Description string
	Source      Source
	Customer    string // the source column behind CustomerKey
	Release     Release
	Where       Expr // rows to keep, beside those that every table drops; nil keeps all
	Frame       Frame
	Features    []Feature // in the order of the output
}

// Summary is the description that is stored with the table.
func (t Table) Summary() string {
	return fmt.Sprintf("Features for %s %s.", t.Entity, t.Description)
}

// Feature returns the named feature, without regard to the prefix.
func (t Table) Feature(name string) (Feature, bool) {
	for _, f := range t.Features {
		if f.Name == name {
			return f, true
		}
	}
	return Feature{}, false
}

// Schema returns the columns of the table: the keys, then the prefixed features. customer is the
// type of the source's customer column.
func (t Table) Schema(customer schema.Type) (schema.Schema, error) {
	types, err := t.Types()
	if err != nil {
		return nil, err
	}
	out := schema.Schema{
		{Name: CustomerKey, Type: customer, Comment: "Customer."},
		{Name: ReleaseKey, Type: schema.Date, Comment: "First day of the month in which the features are released."},
	}
	for i, f := range t.Features {
		out = append(out, schema.Column{Name: t.Prefix + f.Name, Type: stored(types[i]), Comment: f.Meaning})
	}
	return out, nil
}

// stored is the type in which a value of an expression's type is kept: 64-bit integers are
// narrowed, with a check, to INT.
func stored(t schema.Type) schema.Type {
	if t == schema.BigInt {
		return schema.Int
	}
	return t
}

// Find returns the table of that name from tables, or an error that names the ones there are.
func Find(tables []Table, name string) (Table, error) {
	names := make([]string, len(tables))
	for i, t := range tables {
		if t.Name == name {
			return t, nil
		}
		names[i] = t.Name
	}
	return Table{}, &UnknownTableError{Name: name, Known: names}
}

// UnknownTableError says that no feature table has the name.
type UnknownTableError struct {
	Name  string
	Known []string
}

func (e *UnknownTableError) Error() string {
	return fmt.Sprintf("table %q is unknown: the feature tables are %v", e.Name, e.Known) + nearest.Hint(e.Name, e.Known)
}
