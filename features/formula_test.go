package features_test

import (
	"testing"

	. "featops/features"
	"featops/features/schema"
)

func TestFormulaWritesEveryNode(t *testing.T) {
	a, b := Col("a"), Ref("b")
	for want, e := range map[string]Expr{
		"a":                         a,
		"b":                         b,
		"-3":                        Int(-3),
		"0.25":                      Num(0.25),
		"'x'":                       Text("x"),
		"null":                      Null(schema.Double),
		"event_month":               EventMonth{},
		"tpk_release_dt":            ReleaseDate{},
		"if(a > 1, 2, 3)":           If{Compare{a, Greater, Int(1)}, Int(2), Int(3)},
		"coalesce(a, 0)":            Coalesce{a, Int(0)},
		"a is not null":             NotNull{a},
		"not a":                     Not{a},
		"not (a and b)":             Not{And{a, b}},
		"a >= b and a < 2":          And{Compare{a, GreaterEqual, b}, Compare{a, Less, Int(2)}},
		"(a + b) / (a - b)":         Arith{Arith{a, Add, b}, Divide, Arith{a, Subtract, b}},
		"round(100 * a, 4)":         Round{Arith{Num(100), Multiply, a}},
		"int(months_between(a, b))": Whole{MonthsBetween{End: a, Start: b}},
		"month_start(a)":            MonthStart{a},
		"count(*)":                  Aggregate{Fn: Count},
		"sum(a)":                    Aggregate{Sum, a},
		"stddev(b) over last 6":     Rolling{StdDev, b, 6},
		"lag(b, 3)":                 Lag{b, 3},
		"?":                         nil,
		"case a when 'x' then 1 when null then null else 0 end": Map{Of: a, Cases: []Case{{"x", Int(1)}}, Else: Int(0), IfNull: Null(schema.BigInt)},
	} {
		if got := Formula(e); got != want {
			t.Errorf("Formula is %q, want %q", got, want)
		}
	}
}
