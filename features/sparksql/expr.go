package sparksql

import (
	"fmt"
	"math"
	"slices"

	"featops/features"
)

// level says over what an expression is written.
type level int

const (
	overRows   level = iota // the rows of the source
	overGroups              // where these are put together by customer and release month
	overMonths              // the rows that come of that, and the columns made of them since
)

// value is an expression in SQL.
type value struct {
	code
	step    int      // the newest step whose columns it reads
	windows []window // that it looks through
}

// expr writes an expression.
func (s *statement) expr(e features.Expr, at level) value {
	switch e := e.(type) {
	case features.Col:
		return value{code: plain(quoted(s.source[fold(string(e))]))}
	case features.Ref:
		c := s.features[string(e)]
		return value{code: plain(quoted(c.name)), step: c.step}
	case features.Int:
		return value{code: plain(whole(int64(e)))}
	case features.Num:
		return value{code: plain(double(float64(e)))}
	case features.Text:
		return value{code: plain(literal(string(e)))}
	case features.Null:
		return value{code: plain("CAST(NULL AS " + string(e) + ")")}
	case features.EventMonth:
		return value{code: s.eventMonth(at)}
	case features.ReleaseDate:
		return value{code: plain(quoted(features.ReleaseKey))}
	case features.Aggregate:
		if at == overMonths {
			return s.input(e, overGroups)
		}
		if e.Fn == features.Count {
			return value{code: plain("count(*)")}
		}
		return value{code: call(function(e.Fn), s.expr(e.Of, overRows).code)}
	case features.Rolling:
		return s.through(s.window(e.Last), e.Of, func(of code) code { return call(function(e.Fn), of) })
	case features.Lag:
		if s.frame == features.Months {
			return s.through(s.monthBefore(e.By), e.Of, func(of code) code { return call("first", of) })
		}
		return s.through(s.inOrder(), e.Of, func(of code) code {
			return call("lag", of, plain(fmt.Sprint(bounded(e.By))))
		})
	}
	var of []value
	for _, child := range features.Children(e) {
		of = append(of, s.expr(child, at))
	}
	out := value{code: operation(e, of)}
	for _, v := range of {
		out.step = max(out.step, v.step)
		out.windows = append(out.windows, v.windows...)
	}
	return out
}

// operation writes an expression of one row from its children.
func operation(e features.Expr, of []value) code {
	switch e := e.(type) {
	case features.Map:
		return mapped(e, of)
	case features.If:
		return cases("CASE", of[2].code, when(of[0].code, of[1].code))
	case features.Coalesce:
		return call("coalesce", of[0].code, of[1].code)
	case features.NotNull:
		return phrase([]string{"", "IS NOT NULL"}, operand(of[0].code), plain(""))
	case features.Not:
		return phrase([]string{"NOT "}, operand(of[0].code))
	case features.And:
		if len(of) == 0 {
			return plain("true")
		}
		return all(codes(of)...)
	case features.Compare:
		return infix(string(e.Op), of[0].code, of[1].code)
	case features.Arith:
		if e.Op == features.Divide {
			return infix("/", of[0].code, call("nullif", of[1].code, plain("0")))
		}
		return infix(string(e.Op), of[0].code, of[1].code)
	case features.Round:
		return call("round", of[0].code, plain("4"))
	case features.Whole:
		return cast(of[0].code, "BIGINT")
	case features.MonthStart:
		return call("trunc", of[0].code, plain("'MM'"))
	case features.MonthsBetween:
		return call("months_between", of[0].code, of[1].code)
	}
	panic(fmt.Sprintf("sparksql: %T is no expression", e))
}

func codes(of []value) []code {
	out := make([]code, len(of))
	for i, v := range of {
		out[i] = v.code
	}
	return out
}

// mapped compares a text with each case. Where it is null there is a case of its own, unless that gives what other texts
// give too.
func mapped(e features.Map, of []value) code {
	text, results := of[0].code, of[1:]
	ifNull, other := results[len(results)-1].code, results[len(results)-2].code
	var branches []code
	for i, k := range e.Cases {
		branches = append(branches, when(plain(literal(k.From)), results[i].code))
	}
	matched := other
	if len(branches) > 0 {
		matched = cases("CASE "+operand(text).flat(), other, branches...)
	}
	if ifNull.flat() == other.flat() {
		return matched
	}
	return cases("CASE", matched, when(phrase([]string{"", "IS NULL"}, operand(text), plain("")), ifNull))
}

// function is the SQL function over several values.
func function(f features.Fn) string {
	switch f {
	case features.Mean:
		return "avg"
	case features.StdDev:
		return "stddev_samp"
	}
	return string(f)
}

// eventMonth is the first day of the event month.
func (s *statement) eventMonth(at level) code {
	if at == overRows {
		return plain(quoted(s.month))
	}
	return call("add_months", plain(quoted(features.ReleaseKey)), plain("-1"))
}

// through writes a function over a window of the customer's rows. A function over a window cannot stand in another one, so
// that such an operand becomes a column before.
func (s *statement) through(w window, of features.Expr, write func(of code) code) value {
	v := s.expr(of, overMonths)
	if len(v.windows) > 0 {
		v = s.input(of, overMonths)
	}
	return value{code: after(write(v.code), " OVER "+w.name), step: max(v.step, 1), windows: []window{w}}
}

// input is a column that holds the expression, for others to read.
func (s *statement) input(e features.Expr, at level) value {
	c, ok := s.made[identity(e)]
	if !ok {
		c = s.place(s.names.unique(s.feature+"_input"), e, at)
		s.made[identity(e)] = c
	}
	return value{code: plain(quoted(c.name)), step: c.step}
}

// identity tells an expression from others.
func identity(e features.Expr) string { return fmt.Sprintf("%#v", e) }

// window is a named window over the rows of a customer.
type window struct{ name, definition string }

// window is that of the last n rows or months.
func (s *statement) window(n int) window {
	n = bounded(n)
	if s.frame == features.Months {
		return window{fmt.Sprintf("last_%d_months", n), s.byMonth(fmt.Sprintf("RANGE BETWEEN %d PRECEDING AND CURRENT ROW", n-1))}
	}
	return window{fmt.Sprintf("last_%d_rows", n), s.byDate(fmt.Sprintf(" ROWS BETWEEN %d PRECEDING AND CURRENT ROW", n-1))}
}

// monthBefore is the row of the month that lies k before, and none where there is none.
func (s *statement) monthBefore(k int) window {
	k = bounded(k)
	return window{fmt.Sprintf("month_before_%d", k), s.byMonth(fmt.Sprintf("RANGE BETWEEN %d PRECEDING AND %d PRECEDING", k, k))}
}

// inOrder is all rows in the order of their release.
func (s *statement) inOrder() window { return window{"in_order", s.byDate("")} }

func (s *statement) byDate(frame string) string {
	return fmt.Sprintf("(PARTITION BY %s ORDER BY %s%s)", quoted(features.CustomerKey), quoted(features.ReleaseKey), frame)
}

func (s *statement) byMonth(frame string) string {
	return fmt.Sprintf("(PARTITION BY %s ORDER BY %s %s)", quoted(features.CustomerKey), quoted(s.index), frame)
}

// bounded is a distance that the whole numbers of a window can hold; no history is longer.
func bounded(n int) int { return min(n, math.MaxInt32/2) }

// early reports whether an expression needs nothing but the rows of one customer and release month.
func early(e features.Expr) bool {
	switch e.(type) {
	case features.Ref, features.Rolling, features.Lag:
		return false
	}
	return !slices.ContainsFunc(features.Children(e), func(child features.Expr) bool { return !early(child) })
}
