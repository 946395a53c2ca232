package features

import (
	"errors"
	"fmt"
	"slices"

	"featops/features/schema"
)

// Types returns the types of the features' values, in order, before 64-bit integers are narrowed
// to INT: BOOLEAN, BIGINT, DOUBLE, STRING or DATE. A definition that does not fit together is an
// error that names the feature.
func (t Table) Types() ([]schema.Type, error) {
	c := checker{table: t, features: map[string]schema.Type{}}
	problems := t.problems()
	if t.Where != nil {
		if got, err := c.expr(t.Where, where); err != nil {
			problems = append(problems, fmt.Errorf("table %s: where: %w", t.Name, err))
		} else if got != schema.Boolean {
			problems = append(problems, fmt.Errorf("table %s: where is %s, want BOOLEAN", t.Name, got))
		}
	}
	types := make([]schema.Type, len(t.Features))
	for i, f := range t.Features {
		at := group
		if t.Release.Since != "" {
			at = row
		}
		got, err := c.expr(f.Value, at)
		if _, twice := c.features[f.Name]; err == nil && twice {
			err = errors.New("the name is taken by an earlier feature")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("table %s: feature %s: %w", t.Name, f.Name, err))
			continue
		}
		types[i] = got
		c.features[f.Name] = got
	}
	return types, errors.Join(problems...)
}

// problems lists what does not fit together in a definition beside its expressions.
func (t Table) problems() []error {
	var problems []error
	complain := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("table %s: "+format, append([]any{t.Name}, args...)...))
	}
	column := func(role, name string, allowed ...schema.Type) {
		if i := t.Source.Columns.Index(name); i < 0 {
			complain("the %s column %q is not in %s: it has %v", role, name, t.Source.FullName(), t.Source.Columns.Names())
		} else if got := t.Source.Columns[i].Type; !slices.Contains(allowed, got) {
			complain("the %s column %s is %s: allowed are %v", role, name, got, allowed)
		}
	}
	column("customer", t.Customer, schema.BigInt, schema.Int)
	switch {
	case (t.Release.After == "") == (t.Release.Since == ""):
		complain("exactly one of Release.After and Release.Since must be set")
	case t.Release.After != "":
		column("event month", t.Release.After, schema.Date, schema.Timestamp, schema.String)
	default:
		column("since", t.Release.Since, schema.Date, schema.Timestamp)
	}
	if t.Frame != Rows && t.Frame != Months {
		complain("frame %q: allowed are %s, %s", t.Frame, Rows, Months)
	}
	return problems
}

// level says what an expression has before it.
type level int

const (
	where level = iota // the rows of the source, before they have a month
	row                // the rows of the source
	group              // the groups of them with one customer and release month
)

type checker struct {
	table    Table
	features map[string]schema.Type // of the features seen so far
}

// typeIn is the type that an expression reads the column as.
func (c Col) typeIn(s Source) (schema.Type, error) {
	i := s.Columns.Index(string(c))
	if i < 0 {
		return "", fmt.Errorf("column %s is not in %s: it has %v", string(c), s.FullName(), s.Columns.Names())
	}
	switch t := s.Columns[i].Type; {
	case t == schema.Int:
		return schema.BigInt, nil
	case t == schema.Float, t.IsDecimal():
		return schema.Double, nil
	case t == schema.Timestamp:
		return schema.Date, nil
	default:
		return t, nil
	}
}

func (c checker) expr(e Expr, at level) (schema.Type, error) {
	if e == nil {
		return "", errors.New("an operand is absent")
	}
	switch e := e.(type) {
	case Col:
		if at == group {
			return "", fmt.Errorf("column %s must stand inside an aggregate", string(e))
		}
		return e.typeIn(c.table.Source)
	case Ref:
		if at != group && c.table.Release.Since == "" {
			return "", fmt.Errorf("feature %s must stand outside of aggregates", string(e))
		}
		t, ok := c.features[string(e)]
		if !ok {
			return "", fmt.Errorf("%s is no earlier feature", string(e))
		}
		return t, nil
	case Int:
		return schema.BigInt, nil
	case Num:
		return schema.Double, nil
	case Text:
		return schema.String, nil
	case Null:
		return c.null(schema.Type(e))
	case EventMonth, ReleaseDate:
		if _, event := e.(EventMonth); at == where || event && c.table.Release.Since != "" {
			return "", fmt.Errorf("%s is not known here", Formula(e))
		}
		return schema.Date, nil
	case Map:
		return c.mapped(e, at)
	case If:
		if err := c.want(e.Cond, at, schema.Boolean); err != nil {
			return "", err
		}
		return c.same(at, e.Then, e.Else)
	case Coalesce:
		return c.same(at, e.Of, e.Else)
	case NotNull:
		_, err := c.expr(e.Of, at)
		return schema.Boolean, err
	case Not:
		return schema.Boolean, c.want(e.Of, at, schema.Boolean)
	case And:
		for _, term := range e {
			if err := c.want(term, at, schema.Boolean); err != nil {
				return "", err
			}
		}
		return schema.Boolean, nil
	case Compare:
		return c.compared(e, at)
	case Arith:
		return c.arith(e, at)
	case Round:
		return schema.Double, c.want(e.Of, at, schema.Double)
	case Whole:
		return schema.BigInt, c.want(e.Of, at, schema.Double)
	case MonthStart:
		return schema.Date, c.want(e.Of, at, schema.Date)
	case MonthsBetween:
		return schema.Double, errors.Join(c.want(e.End, at, schema.Date), c.want(e.Start, at, schema.Date))
	case Aggregate:
		return c.aggregate(e, at)
	case Rolling:
		if at != group || e.Last < 1 {
			return "", fmt.Errorf("a rolling %s over %d: it is computed over groups, over 1 or more", e.Fn, e.Last)
		}
		return c.over(e.Fn, e.Of, at, Sum, Mean, StdDev, Min, Max)
	case Lag:
		if at != group || e.By < 1 {
			return "", fmt.Errorf("a lag by %d: it is computed over groups, by 1 or more", e.By)
		}
		return c.expr(e.Of, at)
	}
	return "", fmt.Errorf("unknown expression %T", e)
}

func (c checker) null(t schema.Type) (schema.Type, error) {
	allowed := []schema.Type{schema.Boolean, schema.BigInt, schema.Double, schema.String, schema.Date}
	if !slices.Contains(allowed, t) {
		return "", fmt.Errorf("a null of type %q: allowed are %v", t, allowed)
	}
	return t, nil
}

func (c checker) want(e Expr, at level, want schema.Type) error {
	got, err := c.expr(e, at)
	if err == nil && got != want {
		err = fmt.Errorf("%s is %s, want %s", Formula(e), got, want)
	}
	return err
}

func (c checker) same(at level, first Expr, others ...Expr) (schema.Type, error) {
	t, err := c.expr(first, at)
	if err != nil {
		return "", err
	}
	for _, o := range others {
		if err := c.want(o, at, t); err != nil {
			return "", err
		}
	}
	return t, nil
}

func (c checker) mapped(e Map, at level) (schema.Type, error) {
	if err := c.want(e.Of, at, schema.String); err != nil {
		return "", err
	}
	results := []Expr{e.IfNull}
	for _, k := range e.Cases {
		results = append(results, k.To)
	}
	return c.same(at, e.Else, results...)
}

func (c checker) compared(e Compare, at level) (schema.Type, error) {
	if allowed := []CompareOp{Equal, Greater, GreaterEqual, Less}; !slices.Contains(allowed, e.Op) {
		return "", fmt.Errorf("comparison %q: allowed are %s", e.Op, allowed)
	}
	a, errA := c.expr(e.A, at)
	b, errB := c.expr(e.B, at)
	if err := errors.Join(errA, errB); err != nil {
		return "", err
	}
	if a != b && !(numeric(a) && numeric(b)) || a == schema.Boolean {
		return "", fmt.Errorf("%s %s %s compares %s with %s", Formula(e.A), e.Op, Formula(e.B), a, b)
	}
	return schema.Boolean, nil
}

func (c checker) arith(e Arith, at level) (schema.Type, error) {
	if allowed := []ArithOp{Add, Subtract, Multiply, Divide}; !slices.Contains(allowed, e.Op) {
		return "", fmt.Errorf("arithmetic operation %q: allowed are %s", e.Op, allowed)
	}
	a, errA := c.expr(e.A, at)
	b, errB := c.expr(e.B, at)
	if err := errors.Join(errA, errB); err != nil {
		return "", err
	}
	switch {
	case !numeric(a) || !numeric(b):
		return "", fmt.Errorf("%s %s %s computes with %s and %s", Formula(e.A), e.Op, Formula(e.B), a, b)
	case a == schema.BigInt && b == schema.BigInt && e.Op != Divide:
		return schema.BigInt, nil
	}
	return schema.Double, nil
}

func (c checker) aggregate(e Aggregate, at level) (schema.Type, error) {
	switch {
	case at != group:
		return "", errors.New("an aggregate stands inside an aggregate, or in a table without groups")
	case e.Fn == Count && e.Of == nil:
		return schema.BigInt, nil
	case e.Fn == Count || e.Of == nil:
		return "", errors.New("count takes no operand, every other aggregate takes one")
	}
	return c.over(e.Fn, e.Of, row, Sum, Mean, Min, Max)
}

// over is the type of a function over several values: sums and extremes keep the type, means and
// deviations are DOUBLE. Extremes are also defined for BOOLEAN (false before true) and DATE.
func (c checker) over(fn Fn, of Expr, at level, allowed ...Fn) (schema.Type, error) {
	t, err := c.expr(of, at)
	if err != nil {
		return "", err
	}
	extreme := fn == Min || fn == Max
	switch {
	case !slices.Contains(allowed, fn):
		return "", fmt.Errorf("%s is not one of %v", fn, allowed)
	case !numeric(t) && !(extreme && (t == schema.Boolean || t == schema.Date)):
		return "", fmt.Errorf("%s of a %s", fn, t)
	case extreme || fn == Sum:
		return t, nil
	}
	return schema.Double, nil
}

func numeric(t schema.Type) bool { return t == schema.BigInt || t == schema.Double }
