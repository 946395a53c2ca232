package columnar

import (
	"fmt"

	"featops/features"
	"featops/features/schema"

	"pgregory.net/rapid"
)

// visits is a sixth table, over a source that no built-in table reads: it is this literal and no
// other code.
func visits() features.Table {
	days := features.MonthsBetween{End: features.Col("left"), Start: features.Col("came")}
	return features.Table{
		Name: "fs_cus_visits", Prefix: "cvis_", Workspace: "clinic", Entity: "patients", Description: "visits",
		Source:   clinic,
		Customer: "patient",
		Release:  features.Release{After: "came"},
		Where:    features.NotNull{Of: features.Col("left")},
		Frame:    features.Months,
		Features: []features.Feature{
			{Name: "visits_cnt", Value: features.Aggregate{Fn: features.Count}, Meaning: "Visits."},
			{Name: "months_sum", Value: features.Round{Of: features.Aggregate{Fn: features.Sum, Of: days}}, Meaning: "Months from coming to leaving."},
			{Name: "first_came", Value: features.Aggregate{Fn: features.Min, Of: features.Col("came")}, Meaning: "First visit."},
			{Name: "urgent", Value: features.Aggregate{Fn: features.Max, Of: features.Compare{
				A: features.Col("ward"), Op: features.Equal, B: features.Text("e")}}, Meaning: "Some visit was in ward E."},
			{Name: "busy", Value: features.If{
				Cond: features.Compare{A: features.Ref("visits_cnt"), Op: features.Greater, B: features.Int(1)},
				Then: features.Text("busy"), Else: features.Text("calm")}, Meaning: "More than one visit."},
			{Name: "busy_before", Value: features.Lag{Of: features.Ref("busy"), By: 1}, Meaning: "The month before."},
			{Name: "visits_cnt_rsum_4m", Value: features.Rolling{Fn: features.Sum, Of: features.Ref("visits_cnt"), Last: 4}, Meaning: "Visits over the last 4."},
		},
	}
}

var clinic = features.Source{Database: "hospital", Name: "visits", Columns: schema.Schema{
	{Name: "patient", Type: schema.Int},
	{Name: "came", Type: schema.Timestamp},
	{Name: "left", Type: schema.Date},
	{Name: "ward", Type: schema.String},
	{Name: "other_ward", Type: schema.String},
	{Name: "cost", Type: schema.Double},
	{Name: "paid", Type: schema.Double},
	{Name: "nights", Type: schema.BigInt},
	{Name: "meals", Type: schema.Int},
	{Name: "insured", Type: schema.Boolean},
	{Name: "cured", Type: schema.Boolean},
}}

// randomTable draws a definition over the clinic: any expression that Table.Types lets pass.
func randomTable(t *rapid.T) features.Table {
	table := features.Table{
		Name: "random", Prefix: "r_", Source: clinic, Customer: "patient",
		Frame: rapid.SampledFrom([]features.Frame{features.Rows, features.Months}).Draw(t, "frame"),
	}
	g := &definition{t: t, aggregates: rapid.Bool().Draw(t, "groups")}
	if g.aggregates {
		table.Release.After = "came"
	} else {
		table.Release.Since = "came"
	}
	if rapid.Bool().Draw(t, "where") {
		g.before = true
		table.Where = g.expr(schema.Boolean, 2, false)
		g.before = false
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "features") {
		kind := rapid.SampledFrom([]schema.Type{schema.Boolean, schema.BigInt, schema.Double, schema.String, schema.Date}).Draw(t, "kind")
		f := features.Feature{Name: fmt.Sprint("f", i), Value: g.expr(kind, 4, g.aggregates)}
		table.Features = append(table.Features, f)
		g.features = append(g.features, f.Name)
		g.kinds = append(g.kinds, kind)
	}
	if _, err := table.Types(); err != nil {
		t.Fatalf("the definition does not fit together: %v", err)
	}
	return table
}

type definition struct {
	t          *rapid.T
	aggregates bool // the table has groups
	before     bool // in Where, before there are months
	features   []string
	kinds      []schema.Type
}

// expr draws an expression of the type. In a group, columns stand in aggregates only.
func (g *definition) expr(kind schema.Type, depth int, group bool) features.Expr {
	makers := g.leaves(kind, group)
	if depth > 0 {
		makers = append(makers, g.inner(kind, depth-1, group)...)
		if group {
			makers = append(makers, g.spans(kind, depth-1)...)
		}
	}
	return rapid.SampledFrom(makers).Draw(g.t, "node")()
}

type maker = func() features.Expr

func (g *definition) leaves(kind schema.Type, group bool) []maker {
	leaves := map[schema.Type][]features.Expr{
		schema.Boolean: {features.Null(schema.Boolean)},
		schema.BigInt:  {features.Int(0), features.Int(3), features.Null(schema.BigInt)},
		schema.Double:  {features.Num(0), features.Num(-1.5), features.Num(0.00005), features.Null(schema.Double)},
		schema.String:  {features.Text("a"), features.Text(""), features.Null(schema.String)},
		schema.Date:    {features.Null(schema.Date)},
	}[kind]
	if !group {
		for i, c := range clinic.Columns {
			read := map[schema.Type]schema.Type{schema.Int: schema.BigInt, schema.Timestamp: schema.Date}[c.Type]
			if read == kind || c.Type == kind {
				leaves = append(leaves, features.Col(clinic.Columns[i].Name))
			}
		}
	}
	if kind == schema.Date && !g.before {
		leaves = append(leaves, features.ReleaseDate{})
		if g.aggregates {
			leaves = append(leaves, features.EventMonth{})
		}
	}
	if group == g.aggregates && !g.before {
		for i, name := range g.features {
			if g.kinds[i] == kind {
				leaves = append(leaves, features.Ref(name))
			}
		}
	}
	var out []maker
	for _, leaf := range leaves {
		out = append(out, func() features.Expr { return leaf })
	}
	return out
}

func (g *definition) inner(kind schema.Type, depth int, group bool) []maker {
	sub := func(k schema.Type) features.Expr { return g.expr(k, depth, group) }
	out := []maker{
		func() features.Expr {
			return features.If{Cond: sub(schema.Boolean), Then: sub(kind), Else: sub(kind)}
		},
		func() features.Expr { return features.Coalesce{Of: sub(kind), Else: sub(kind)} },
		func() features.Expr {
			to := func() features.Expr { return g.expr(kind, 0, group) }
			return features.Map{Of: sub(schema.String), IfNull: sub(kind), Else: sub(kind),
				Cases: []features.Case{{From: "a", To: to()}, {From: "b", To: to()}, {From: "a", To: to()}, {From: "", To: to()}}}
		},
	}
	number := func() features.Expr {
		return sub(rapid.SampledFrom([]schema.Type{schema.BigInt, schema.Double}).Draw(g.t, "number"))
	}
	op := func(ops ...features.ArithOp) features.ArithOp { return rapid.SampledFrom(ops).Draw(g.t, "op") }
	switch kind {
	case schema.Boolean:
		compare := func(a, b func() features.Expr) maker {
			return func() features.Expr {
				op := rapid.SampledFrom([]features.CompareOp{features.Equal, features.Greater, features.GreaterEqual, features.Less}).Draw(g.t, "op")
				return features.Compare{A: a(), Op: op, B: b()}
			}
		}
		text := func() features.Expr { return sub(schema.String) }
		date := func() features.Expr { return sub(schema.Date) }
		return append(out,
			compare(number, number), compare(text, text), compare(date, date),
			func() features.Expr { return features.NotNull{Of: number()} },
			func() features.Expr { return features.NotNull{Of: sub(schema.String)} },
			func() features.Expr { return features.Not{Of: sub(schema.Boolean)} },
			func() features.Expr {
				var terms features.And
				for range rapid.IntRange(0, 3).Draw(g.t, "terms") {
					terms = append(terms, sub(schema.Boolean))
				}
				return terms
			})
	case schema.BigInt:
		if g.before { // an overflow in Where counts also for rows that the interpreter never looks at
			return out
		}
		return append(out,
			func() features.Expr { return features.Whole{Of: sub(schema.Double)} },
			func() features.Expr {
				return features.Arith{A: sub(schema.BigInt), Op: op(features.Add, features.Subtract, features.Multiply), B: sub(schema.BigInt)}
			})
	case schema.Double:
		return append(out,
			func() features.Expr { return features.Round{Of: sub(schema.Double)} },
			func() features.Expr {
				return features.MonthsBetween{End: sub(schema.Date), Start: sub(schema.Date)}
			},
			func() features.Expr { return features.Arith{A: number(), Op: features.Divide, B: number()} },
			func() features.Expr {
				return features.Arith{A: number(), Op: op(features.Add, features.Subtract, features.Multiply), B: sub(schema.Double)}
			})
	case schema.Date:
		return append(out, func() features.Expr { return features.MonthStart{Of: sub(schema.Date)} })
	}
	return out
}

// spans draws the nodes over several rows that give the type.
func (g *definition) spans(kind schema.Type, depth int) []maker {
	var out []maker
	add := func(of schema.Type, fns ...features.Fn) {
		for _, fn := range fns {
			if fn != features.StdDev {
				out = append(out, func() features.Expr {
					return features.Aggregate{Fn: fn, Of: g.expr(of, depth, false)}
				})
			}
			out = append(out, func() features.Expr {
				return features.Rolling{Fn: fn, Of: g.expr(of, depth, true), Last: rapid.IntRange(1, 6).Draw(g.t, "last")}
			})
		}
	}
	switch kind {
	case schema.BigInt:
		out = append(out, func() features.Expr { return features.Aggregate{Fn: features.Count} })
		add(kind, features.Sum, features.Min, features.Max)
	case schema.Double:
		add(kind, features.Sum, features.Min, features.Max, features.Mean, features.StdDev)
		add(schema.BigInt, features.Mean, features.StdDev)
	case schema.Boolean, schema.Date:
		add(kind, features.Min, features.Max)
	}
	return append(out, func() features.Expr {
		return features.Lag{Of: g.expr(kind, depth, true), By: rapid.IntRange(1, 6).Draw(g.t, "by")}
	})
}
