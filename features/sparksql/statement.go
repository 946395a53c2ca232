package sparksql

import (
	"fmt"
	"time"

	"featops/features"
	"featops/features/schema"
)

// statement is a table on its way to SQL. Its steps are numbered from 1: the first one gives a row per customer and release
// month, each later one adds columns to the rows of the one before.
type statement struct {
	table    features.Table
	options  Options
	frame    features.Frame
	names    names
	source   map[string]string // the names that the source's columns have here, by their own folded ones
	month    string            // the column with the event month
	index    string            // the column that numbers the release months
	alphabet *alphabet         // nil where no text is read
	features map[string]column
	made     map[string]column // by expression
	feature  string            // being written
	steps    [][]column
}

// column is what a step makes.
type column struct {
	name    string
	value   code
	windows []window
	step    int
}

func newStatement(t features.Table, o Options) *statement {
	s := &statement{table: t, options: o, frame: t.Frame, names: names{}, source: map[string]string{},
		features: map[string]column{}, made: map[string]column{}}
	s.names.unique(features.CustomerKey)
	s.names.unique(features.ReleaseKey)
	for _, c := range s.used() {
		s.source[fold(c.Name)] = s.names.unique(c.Name)
		if c.Type == schema.String && s.alphabet == nil {
			s.alphabet = newAlphabet()
		}
	}
	s.month = s.names.unique("event_month")
	s.index = s.names.unique("month_index")
	return s
}

// used are the columns of the source that expressions read, and the one with the first date.
func (s *statement) used() schema.Schema {
	t := s.table
	t.Customer, t.Release.After = "", ""
	return t.Columns()
}

// grouped reports whether rows of the source are put together by month.
func (s *statement) grouped() bool { return s.table.Release.Since == "" }

// compile puts every feature into a step.
func (s *statement) compile() {
	s.steps = [][]column{nil}
	for _, f := range s.table.Features {
		at := overRows
		if s.grouped() {
			at = overMonths
			if early(f.Value) {
				at = overGroups
			}
		}
		s.feature = f.Name
		c := s.place(s.names.unique(f.Name), f.Value, at)
		s.features[f.Name] = c
		s.made[identity(f.Value)] = c
	}
}

// place puts an expression into the first step that can compute it.
func (s *statement) place(name string, e features.Expr, at level) column {
	v := s.expr(e, at)
	c := column{name: name, value: v.code, windows: v.windows, step: v.step + 1}
	for len(s.steps) < c.step {
		s.steps = append(s.steps, nil)
	}
	s.steps[c.step-1] = append(s.steps[c.step-1], c)
	return c
}

// selection is the statement that gives the table, whose features have the types.
func (s *statement) selection(types []schema.Type) string {
	s.compile()
	q := query{heading: []string{
		s.table.Name + ": " + s.table.Summary(),
		fmt.Sprintf("A row per customer and release month, %s to %s; windows over %s.",
			s.heading(s.options.First, s.first()), s.heading(s.options.Last, s.last()), s.frame),
	}}
	s.addSource(&q)
	s.addSteps(&q)
	s.addReleased(&q, types)
	columns := []code{plain(quoted(features.CustomerKey)), plain(quoted(features.ReleaseKey))}
	for i, f := range s.table.Features {
		c := plain(quoted(s.features[f.Name].name))
		if types[i] == schema.BigInt {
			c = cast(c, string(schema.Int))
		}
		columns = append(columns, named(c, s.table.Prefix+f.Name))
	}
	q.last = []string{list("SELECT", columns...), "FROM " + q.newest()}
	return q.text()
}

// badRows is the statement that counts rows without a month.
func (s *statement) badRows() string {
	const first = "first_bad"
	column, value := s.table.Release.After, s.names.unique("month_value")
	q := query{heading: []string{
		fmt.Sprintf("The rows of %s that %s keeps, and how many of them have no month in %s.", s.table.Source.FullName(), s.table.Name, column),
	}}
	s.addSourceRows(&q, named(cast(plain(quoted(column)), "STRING"), value))
	bad := quoted(s.month) + " IS NULL"
	body := []string{
		list("SELECT",
			named(plain("count(*)"), "rows"),
			named(plain("count_if("+bad+")"), "bad_rows"),
			named(plain(fmt.Sprintf("min(struct(%s, %s)) FILTER (WHERE %s)", quoted(features.CustomerKey), quoted(value), bad)), first)),
		"FROM " + q.newest(),
	}
	if s.table.Where != nil {
		body = append(body, clause("WHERE", s.expr(s.table.Where, overRows).code))
	}
	q.add("counted", "How many there are, and the first bad one in the order of customers.", body...)
	q.last = []string{
		list("SELECT", plain("`rows`"), plain("`bad_rows`"),
			named(plain(quoted(first, features.CustomerKey)), "example_customer"),
			named(plain(quoted(first, value)), "example")),
		"FROM counted",
	}
	return q.text()
}

// bound is a bound of the output: the variable, or the date where none is named.
func (s *statement) bound(variable string, date time.Time) string {
	if variable != "" {
		return quoted(variable)
	}
	return day(date)
}

// heading is a bound in a comment.
func (s *statement) heading(variable string, date time.Time) string {
	if variable != "" {
		return variable
	}
	return date.Format(time.DateOnly)
}

// first and last are the first days of the first and the last month of the output.
func (s *statement) first() time.Time {
	y, m, d := s.options.Start.Date()
	if d > 1 {
		m++
	}
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

func (s *statement) last() time.Time {
	y, m, _ := s.options.End.Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}
