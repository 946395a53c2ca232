package sparksql_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"featops/features"
	"featops/features/schema"
	"featops/features/sparksql"
)

// everything has every node that there is; names and texts are as hostile as they can be.
func everything() []features.Table {
	const attack = "x`; DROP TABLE y; -- '\\"
	source := features.Source{Database: attack, Name: attack, Columns: schema.Schema{
		{Name: "pk_customer", Type: schema.Int}, {Name: "Event_Month", Type: schema.String}, {Name: attack, Type: schema.String},
		{Name: "n", Type: schema.Int}, {Name: "x", Type: schema.Double}, {Name: "b", Type: schema.Boolean}, {Name: "d", Type: schema.Timestamp},
	}}
	text, n, x, b, d := features.Col(attack), features.Col("n"), features.Col("x"), features.Col("b"), features.Col("D")
	row := []features.Feature{
		{Name: "map", Value: features.Map{Of: text, Cases: []features.Case{{From: attack, To: features.Text(attack)}}, Else: text, IfNull: features.Null(schema.String)}},
		{Name: "if", Value: features.If{Cond: features.And{b, features.Not{Of: features.NotNull{Of: n}}}, Then: n, Else: features.Int(math.MinInt64)}},
		{Name: "round", Value: features.Round{Of: features.Coalesce{Of: features.Arith{A: x, Op: features.Divide, B: n}, Else: features.Num(-0.5)}}},
		{Name: "whole", Value: features.Whole{Of: features.MonthsBetween{End: features.ReleaseDate{}, Start: features.MonthStart{Of: d}}}},
		{Name: "compare", Value: features.Compare{A: text, Op: features.Less, B: features.Text("\n\x00\u0301")}},
	}
	var group []features.Feature
	for _, f := range row[1:4] {
		group = append(group, features.Feature{Name: f.Name, Value: features.Aggregate{Fn: features.Sum, Of: f.Value}})
	}
	group = append(group,
		features.Feature{Name: "IF", Value: features.Aggregate{Fn: features.Max, Of: row[4].Value}},
		features.Feature{Name: attack, Value: features.Rolling{Fn: features.StdDev, Of: features.Lag{Of: features.Ref("if"), By: math.MaxInt}, Last: math.MaxInt}},
		features.Feature{Name: "month", Value: features.MonthsBetween{End: features.EventMonth{}, Start: features.Aggregate{Fn: features.Min, Of: d}}},
		features.Feature{Name: "ones", Value: features.Rolling{Fn: features.Sum, Of: features.Int(1), Last: 2}},
		features.Feature{Name: "deep", Value: features.Rolling{Fn: features.Sum, Last: 2, Of: features.Coalesce{
			Of:   features.Rolling{Fn: features.Sum, Of: features.Aggregate{Fn: features.Count}, Last: 3},
			Else: features.Int(0)}}},
	)
	table := features.Table{Name: attack, Prefix: attack, Workspace: "w", Entity: "e\n" + attack, Description: attack, Source: source,
		Customer: "pk_customer", Frame: features.Months}
	since, after := table, table
	since.Release.Since, since.Features = "d", row
	since.Features = append(since.Features, features.Feature{Name: "ref", Value: features.Compare{A: features.Ref("round"), Op: features.Greater, B: features.Num(math.NaN())}})
	after.Release.After, after.Features = "Event_Month", group
	after.Where = features.Compare{A: text, Op: features.GreaterEqual, B: features.Text(attack)}
	return []features.Table{since, after}
}

// nodes lists the types that are expressions, as the source of package features has them.
func nodes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "expr.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "node" {
			out = append(out, "features."+f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	return out
}

func TestEveryNodeIsWritten(t *testing.T) {
	seen := map[string]bool{}
	var walk func(features.Expr)
	walk = func(e features.Expr) {
		seen[fmt.Sprintf("%T", e)] = true
		for _, child := range features.Children(e) {
			walk(child)
		}
	}
	for _, table := range everything() {
		selected(t, table, window("2024-01-01", "2024-12-01"))
		for _, f := range table.Features {
			walk(f.Value)
		}
	}
	all := nodes(t)
	if len(all) < 20 {
		t.Fatalf("only %v are nodes", all)
	}
	for _, n := range all {
		if !seen[n] {
			t.Errorf("no table here has a %s", n)
		}
	}
}

// bare is the statement without comments, names in backticks and texts.
func bare(statement string) string {
	comment := `--(?:\\\n|[^\r\n])*`
	return regexp.MustCompile("(?s)"+comment+"|`(?:[^`]|``)*`|'(?:\\\\.|[^'\\\\])*'").ReplaceAllStringFunc(statement, func(s string) string {
		return map[byte]string{'-': "", '`': "NAME", '\'': "TEXT"}[s[0]]
	})
}

func TestNamesAndTextsStayNamesAndTexts(t *testing.T) {
	for _, table := range everything() {
		statements := []string{selected(t, table, window("2024-01-01", "2024-12-01"))}
		if bad, ok := sparksql.BadRows(table, sparksql.Options{Catalog: "`", Database: "\\"}); ok {
			statements = append(statements, bad)
		}
		for _, s := range statements {
			if code := bare(s); strings.ContainsAny(code, "`';\\") || strings.Contains(code, "DROP") || strings.Contains(code, "--") {
				t.Errorf("something came out of its quotes:\n%s\nin\n%s", code, s)
			}
		}
	}
}

// Spark compares names without regard to case; a step whose columns are two of one name cannot be read.
func TestNamesOfAStepDiffer(t *testing.T) {
	for _, table := range everything() {
		statement := selected(t, table, window("2024-01-01", "2024-12-01"))
		steps := statement[:strings.LastIndex(statement, "\nSELECT\n")]
		seen := map[string]bool{}
		for _, m := range regexp.MustCompile("(?m)^    (?:.* |\\) )AS `((?:[^`]|``)*)`,?$").FindAllStringSubmatch(steps, -1) {
			name := strings.ToLower(m[1])
			if seen[name] {
				t.Errorf("%s is there twice:\n%s", name, statement)
			}
			seen[name] = true
		}
		if len(seen) < 8 {
			t.Errorf("only %v are columns of\n%s", seen, statement)
		}
	}
}

// A window function cannot stand inside another one.
func TestWindowsLookAtColumns(t *testing.T) {
	statement := selected(t, everything()[1], window("2024-01-01", "2024-12-01"))
	for _, want := range []string{
		"count(*) AS `deep_input`", "sum(`deep_input`) OVER last_3_months", "last_1073741823_months", "month_before_1073741823",
	} {
		if !strings.Contains(statement, want) {
			t.Errorf("%q is not in\n%s", want, statement)
		}
	}
	monthly, later, _ := strings.Cut(statement, "GROUP BY")
	if strings.Contains(monthly, " OVER ") || !strings.Contains(later, "sum(1L) OVER last_2_months") {
		t.Errorf("a window of what is not made yet:\n%s", statement)
	}
	for _, line := range strings.Split(statement, "\n") {
		if strings.Count(line, " OVER ") > 1 {
			t.Errorf("two windows in %s", line)
		}
	}
}
