package features

import (
	"fmt"
	"strconv"
	"strings"
)

// Formula writes an expression for people, in the manner of SQL.
func Formula(e Expr) string {
	switch e := e.(type) {
	case nil:
		return "?"
	case Col:
		return string(e)
	case Ref:
		return string(e)
	case Int:
		return strconv.FormatInt(int64(e), 10)
	case Num:
		return strconv.FormatFloat(float64(e), 'g', -1, 64)
	case Text:
		return "'" + string(e) + "'"
	case Null:
		return "null"
	case EventMonth:
		return "event_month"
	case ReleaseDate:
		return ReleaseKey
	case Map:
		var b strings.Builder
		fmt.Fprintf(&b, "case %s", Formula(e.Of))
		for _, c := range e.Cases {
			fmt.Fprintf(&b, " when '%s' then %s", c.From, Formula(c.To))
		}
		fmt.Fprintf(&b, " when null then %s else %s end", Formula(e.IfNull), Formula(e.Else))
		return b.String()
	case If:
		return fmt.Sprintf("if(%s, %s, %s)", Formula(e.Cond), Formula(e.Then), Formula(e.Else))
	case Coalesce:
		return fmt.Sprintf("coalesce(%s, %s)", Formula(e.Of), Formula(e.Else))
	case NotNull:
		return Formula(e.Of) + " is not null"
	case Not:
		if terms, ok := e.Of.(And); ok {
			return "not (" + Formula(terms) + ")"
		}
		return "not " + Formula(e.Of)
	case And:
		terms := make([]string, len(e))
		for i, t := range e {
			terms[i] = Formula(t)
		}
		return strings.Join(terms, " and ")
	case Compare:
		return fmt.Sprintf("%s %s %s", Formula(e.A), e.Op, Formula(e.B))
	case Arith:
		return fmt.Sprintf("%s %s %s", operand(e.A), e.Op, operand(e.B))
	case Round:
		return fmt.Sprintf("round(%s, 4)", Formula(e.Of))
	case Whole:
		return fmt.Sprintf("int(%s)", Formula(e.Of))
	case MonthStart:
		return fmt.Sprintf("month_start(%s)", Formula(e.Of))
	case MonthsBetween:
		return fmt.Sprintf("months_between(%s, %s)", Formula(e.End), Formula(e.Start))
	case Aggregate:
		if e.Of == nil {
			return "count(*)"
		}
		return fmt.Sprintf("%s(%s)", e.Fn, Formula(e.Of))
	case Rolling:
		return fmt.Sprintf("%s(%s) over last %d", e.Fn, Formula(e.Of), e.Last)
	case Lag:
		return fmt.Sprintf("lag(%s, %d)", Formula(e.Of), e.By)
	}
	return fmt.Sprintf("%T", e)
}

// operand writes a term of an arithmetic expression, in brackets where it has terms of its own.
func operand(e Expr) string {
	if _, ok := e.(Arith); ok {
		return "(" + Formula(e) + ")"
	}
	return Formula(e)
}
