package features

import (
	"strings"

	"featops/features/schema"
)

// Expr is a node of a feature's expression. The nodes of this file are all there are; a type
// switch over them is complete. Null in gives null out unless a node says otherwise.
type Expr interface{ node() }

// Leaves.
type (
	// Col is a source column. Text is cleaned (see Clean) before anything reads it; DECIMAL and
	// FLOAT are read as DOUBLE, INT as BIGINT.
	Col string
	// Ref is the value of an earlier feature of the table.
	Ref string
	// Int is a BIGINT literal.
	Int int64
	// Num is a DOUBLE literal.
	Num float64
	// Text is a STRING literal.
	Text string
	// Null is a typed null.
	Null schema.Type
	// EventMonth is the first day of the row's event month, a DATE.
	EventMonth struct{}
	// ReleaseDate is the row's release date, a DATE.
	ReleaseDate struct{}
)

// Nodes of one row.
type (
	// Map replaces a text by the first case that equals it.
	Map struct {
		Of     Expr
		Cases  []Case
		Else   Expr // for other texts: a literal, Null, or an expression of the same row
		IfNull Expr // for null
	}
	// Case is one replacement of a Map.
	Case struct {
		From string
		To   Expr // a literal
	}
	// If is Then where Cond is true, else Else (also where Cond is null).
	If struct{ Cond, Then, Else Expr }
	// Coalesce is Of, or Else where Of is null.
	Coalesce struct{ Of, Else Expr }
	// NotNull is true where Of is not null, never null itself.
	NotNull struct{ Of Expr }
	// Not negates a BOOLEAN.
	Not struct{ Of Expr }
	// And is true where all terms are true, and false where one is false.
	And []Expr
	// Compare compares two numbers, two texts or two dates and gives a BOOLEAN.
	Compare struct {
		A  Expr
		Op CompareOp
		B  Expr
	}
	// Arith computes with two numbers. BIGINT stays BIGINT, except for Divide, which gives a DOUBLE and
	// is null where B is 0.
	Arith struct {
		A  Expr
		Op ArithOp
		B  Expr
	}
	// Round rounds a DOUBLE half-up (ties away from zero) to four decimals, on the decimal text
	// of the number, as Spark SQL's round does.
	Round struct{ Of Expr }
	// Whole cuts a DOUBLE towards zero to a BIGINT, as Spark SQL's int does.
	Whole struct{ Of Expr }
	// MonthStart is the first day of the month of a DATE.
	MonthStart struct{ Of Expr }
	// MonthsBetween is the number of months from Start to End as Spark SQL's months_between gives it: whole
	// when both are the same day of the month or both the last day of theirs, else with
	// fractions of 31 days, rounded to 8 decimals. DOUBLE.
	MonthsBetween struct{ End, Start Expr }
)

// Nodes of several rows.
type (
	// Aggregate is computed over the source rows of a (customer, release month). Nulls are
	// skipped; with no value left it is null. Of is nil for Count, which counts rows.
	Aggregate struct {
		Fn Fn // Count, Sum, Mean, Min or Max
		Of Expr
	}
	// Rolling is computed over the customer's window of Last rows or months, as the table's Frame
	// says. Nulls are skipped; with no value left it is null.
	Rolling struct {
		Fn   Fn // Sum, Mean, StdDev, Min or Max
		Of   Expr
		Last int
	}
	// Lag is the value By rows or months before, as the table's Frame says; null where there is
	// none.
	Lag struct {
		Of Expr
		By int
	}
)

// Fn is a function over several values.
type Fn string

// The functions over several values.
const (
	Count  Fn = "count"
	Sum    Fn = "sum"
	Mean   Fn = "mean"
	StdDev Fn = "stddev" // of the sample; null for a single value
	Min    Fn = "min"
	Max    Fn = "max"
)

// CompareOp is a comparison.
type CompareOp string

// The comparisons.
const (
	Equal        CompareOp = "="
	Greater      CompareOp = ">"
	GreaterEqual CompareOp = ">="
	Less         CompareOp = "<"
)

// ArithOp is an arithmetic operation.
type ArithOp string

// The arithmetic operations.
const (
	Add      ArithOp = "+"
	Subtract ArithOp = "-"
	Multiply ArithOp = "*"
	Divide   ArithOp = "/"
)

func (Col) node()           {}
func (Ref) node()           {}
func (Int) node()           {}
func (Num) node()           {}
func (Text) node()          {}
func (Null) node()          {}
func (EventMonth) node()    {}
func (ReleaseDate) node()   {}
func (Map) node()           {}
func (If) node()            {}
func (Coalesce) node()      {}
func (NotNull) node()       {}
func (Not) node()           {}
func (And) node()           {}
func (Compare) node()       {}
func (Arith) node()         {}
func (Round) node()         {}
func (Whole) node()         {}
func (MonthStart) node()    {}
func (MonthsBetween) node() {}
func (Aggregate) node()     {}
func (Rolling) node()       {}
func (Lag) node()           {}

// Children returns the expressions directly under e.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case Map:
		out := []Expr{e.Of}
		for _, c := range e.Cases {
			out = append(out, c.To)
		}
		return append(out, e.Else, e.IfNull)
	case If:
		return []Expr{e.Cond, e.Then, e.Else}
	case Coalesce:
		return []Expr{e.Of, e.Else}
	case NotNull:
		return []Expr{e.Of}
	case Not:
		return []Expr{e.Of}
	case And:
		return e
	case Compare:
		return []Expr{e.A, e.B}
	case Arith:
		return []Expr{e.A, e.B}
	case Round:
		return []Expr{e.Of}
	case Whole:
		return []Expr{e.Of}
	case MonthStart:
		return []Expr{e.Of}
	case MonthsBetween:
		return []Expr{e.End, e.Start}
	case Aggregate:
		if e.Of == nil {
			return nil
		}
		return []Expr{e.Of}
	case Rolling:
		return []Expr{e.Of}
	case Lag:
		return []Expr{e.Of}
	}
	return nil
}

// Columns returns the source columns that the table reads, in the source's order.
func (t Table) Columns() schema.Schema {
	used := map[string]bool{}
	use := func(name string) { used[strings.ToLower(name)] = true }
	use(t.Customer)
	use(t.Release.After)
	use(t.Release.Since)
	var walk func(Expr)
	walk = func(e Expr) {
		if c, ok := e.(Col); ok {
			use(string(c))
		}
		for _, child := range Children(e) {
			walk(child)
		}
	}
	walk(t.Where)
	for _, f := range t.Features {
		walk(f.Value)
	}
	var out schema.Schema
	for _, c := range t.Source.Columns {
		if used[strings.ToLower(c.Name)] {
			out = append(out, c)
		}
	}
	return out
}

// Inputs returns the source columns behind a feature, through the features it refers to, in the
// source's order.
func (t Table) Inputs(f Feature) []string {
	used := map[string]bool{}
	var walk func(Expr)
	walk = func(e Expr) {
		switch e := e.(type) {
		case Col:
			used[strings.ToLower(string(e))] = true
		case Ref:
			if earlier, ok := t.Feature(string(e)); ok {
				walk(earlier.Value)
			}
		}
		for _, child := range Children(e) {
			walk(child)
		}
	}
	walk(f.Value)
	var out []string
	for _, c := range t.Source.Columns {
		if used[strings.ToLower(c.Name)] {
			out = append(out, c.Name)
		}
	}
	return out
}
