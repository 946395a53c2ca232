package sparksql

import (
	"fmt"
	"slices"
	"strings"

	"featops/features"
	"featops/features/schema"
)

// addSource adds the steps up to the rows that count.
func (s *statement) addSource(q *query) {
	s.addSourceRows(q)
	rows := q.newest()
	var conditions []code
	if s.table.Where != nil {
		conditions = append(conditions, s.expr(s.table.Where, overRows).code)
	}
	if s.grouped() {
		released := named(call("add_months", plain(quoted(s.month)), plain("1")), features.ReleaseKey)
		conditions = slices.Insert(conditions, 0, plain(quoted(s.month)+" IS NOT NULL"))
		q.add("kept_rows", "The rows that count, with their release date: what happened in a month is released on the first day of the next one.",
			list("SELECT", plain("*"), released), "FROM "+rows, clause("WHERE", all(conditions...)))
		return
	}
	q.add("months", "The release dates of the output.", s.months()...)
	since := s.source[fold(s.table.Release.Since)]
	body := []string{
		list("SELECT", plain(rows+".*"), plain("months."+quoted(features.ReleaseKey))),
		"FROM " + rows,
		fmt.Sprintf("JOIN months ON months.%s >= %s.%s", quoted(features.ReleaseKey), rows, quoted(since)),
	}
	if len(conditions) > 0 {
		body = append(body, clause("WHERE", all(conditions...)))
	}
	q.add("kept_rows", "The rows that count, once for each release date from their first one on.", body...)
}

// months is the query of the release dates of the output.
func (s *statement) months() []string {
	if s.options.First != "" {
		dates := fmt.Sprintf("explode(sequence(%[1]s, greatest(%[1]s, %[2]s), INTERVAL 1 MONTH))", quoted(s.options.First), quoted(s.options.Last))
		return []string{list("SELECT", named(plain(dates), features.ReleaseKey))}
	}
	months := (s.last().Year()-s.first().Year())*12 + int(s.last().Month()-s.first().Month()) + 1
	return []string{
		list("SELECT", named(plain(fmt.Sprintf("add_months(%s, CAST(id AS INT))", day(s.first()))), features.ReleaseKey)),
		fmt.Sprintf("FROM range(%d)", max(0, months)),
	}
}

// addSourceRows adds the step that reads the source.
func (s *statement) addSourceRows(q *query, more ...code) {
	letters := "letters"
	if s.alphabet != nil {
		q.add(letters, "Letters with accents and diaereses, and the plain letters that they become.", s.alphabet.letters()...)
	}
	customer := quoted(s.table.Customer)
	columns := []code{named(plain(customer), features.CustomerKey)}
	does := "The rows of customers, in the types that features read."
	if s.grouped() {
		does = "The rows of customers, in the types that features read, with the first day of the event month: null where it is none."
		columns = append(columns, named(s.eventMonthOf(s.table.Release.After), s.month))
	}
	if s.alphabet != nil {
		does += " Texts are cleaned."
	}
	for _, c := range s.used() {
		name := quoted(c.Name)
		var read code
		switch {
		case c.Type == schema.Int || c.Type == schema.BigInt:
			read = cast(plain(name), string(schema.BigInt))
		case c.Type == schema.String:
			read = s.alphabet.cleaned(name, letters)
		case c.Type == schema.Boolean:
			read = plain(name)
		case c.Type == schema.Date || c.Type == schema.Timestamp:
			read = cast(plain(name), string(schema.Date))
		default:
			read = cast(plain(name), string(schema.Double))
		}
		columns = append(columns, named(read, s.source[fold(c.Name)]))
	}
	q.add("source_rows", does,
		list("SELECT", append(columns, more...)...),
		"FROM "+s.sourceName(),
		fmt.Sprintf("WHERE %s IS NOT NULL AND %s <> %d", customer, customer, features.TestCustomer))
}

func (s *statement) sourceName() string {
	parts := []string{s.table.Source.Database, s.table.Source.Name}
	if s.options.Database != "" {
		parts[0] = s.options.Database
	}
	if s.options.Catalog != "" {
		parts = slices.Insert(parts, 0, s.options.Catalog)
	}
	if s.options.Version != nil {
		return fmt.Sprintf("%s VERSION AS OF %d", quoted(parts...), *s.options.Version)
	}
	return quoted(parts...)
}

// eventMonthOf is the first day of the month in the column.
func (s *statement) eventMonthOf(column string) code {
	c := quoted(column)
	if i := s.table.Source.Columns.Index(column); i >= 0 && s.table.Source.Columns[i].Type != schema.String {
		return call("trunc", cast(plain(c), string(schema.Date)), plain("'MM'"))
	}
	isMonth := all(plain("length("+c+") = 7"), plain(c+" RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])$'"), plain(c+" >= '0001'"))
	return code{open: "CASE", items: []code{when(isMonth, plain("try_cast(concat("+c+", '-01') AS DATE)"))}, between: " ", close: "END"}
}

// addSteps adds the steps that make features.
func (s *statement) addSteps(q *query) {
	names := names{}
	for i, columns := range s.steps {
		if i == 0 {
			s.addMonthly(q, columns)
			continue
		}
		items := []code{plain("*")}
		var windows []window
		for _, c := range columns {
			items = append(items, named(c.value, c.name))
			for _, w := range c.windows {
				if !slices.Contains(windows, w) {
					windows = append(windows, w)
				}
			}
		}
		body := []string{list("SELECT", items...), "FROM " + q.newest()}
		name, does := "derived", "Columns made of those before, row by row."
		if len(windows) > 0 {
			name, does = "windowed", "Columns made of those before, over windows of the customer's rows and row by row."
			body = append(body, windowClause(windows))
		}
		q.add(names.unique(name), does, body...)
	}
}

func windowClause(windows []window) string {
	lines := make([]string, len(windows))
	for i, w := range windows {
		lines[i] = "  " + w.name + " AS " + w.definition
	}
	return "WINDOW\n" + strings.Join(lines, ",\n")
}

// addMonthly adds the step whose rows are those of the table.
func (s *statement) addMonthly(q *query, columns []column) {
	customer, release := quoted(features.CustomerKey), quoted(features.ReleaseKey)
	items := []code{plain("*")}
	if s.grouped() {
		items = []code{plain(customer), plain(release)}
		if s.frame == features.Months {
			items = append(items, named(plain(fmt.Sprintf("12 * year(%s) + month(%s)", release, release)), s.index))
		}
	}
	for _, c := range columns {
		items = append(items, named(c.value, c.name))
	}
	if s.grouped() {
		q.add("monthly", "A row per customer and release month.",
			list("SELECT", items...), "FROM "+q.newest(), "GROUP BY "+customer+", "+release)
		return
	}
	q.add("monthly", "A row per customer and release month, with what a row of the source alone tells.",
		list("SELECT", items...), "FROM "+q.newest())
}

// addReleased adds the step that leaves the months of the output, and before it one that finds whole numbers that do not
// fit.
func (s *statement) addReleased(q *query, types []schema.Type) {
	release := quoted(features.ReleaseKey)
	window := fmt.Sprintf("BETWEEN %s AND %s", s.bound(s.options.First, s.first()), s.bound(s.options.Last, s.last()))
	var outside []code
	for i, f := range s.table.Features {
		if types[i] == schema.BigInt {
			value := quoted(s.features[f.Name].name)
			outside = append(outside, when(plain(value+" NOT BETWEEN -2147483648 AND 2147483647"),
				plain(fmt.Sprintf("concat(%s, %s)", literal("column "+s.table.Prefix+f.Name+": "), value))))
		}
	}
	if len(outside) == 0 {
		q.add("released", "The months of the output.",
			list("SELECT", plain("*")), "FROM "+q.newest(), "WHERE "+release+" "+window)
		return
	}
	overflow := quoted(s.names.unique("overflow"))
	q.add("checked", "The first whole number of the row that INT cannot hold.",
		list("SELECT", plain("*"), after(cases("CASE", plain("NULL"), outside...), " AS "+overflow)), "FROM "+q.newest())
	q.add("released", "The months of the output. A whole number that INT cannot hold ends the statement.",
		list("SELECT", plain("*")), "FROM "+q.newest(),
		clause("WHERE", cases("CASE", plain("true"),
			when(plain(release+" NOT "+window), plain("false")),
			when(plain(overflow+" IS NOT NULL"), call("raise_error", call("concat", plain(overflow), plain("' does not fit INT (customer '"),
				plain(quoted(features.CustomerKey)), plain("', release date '"), plain(release), plain("')'")))))))
}
