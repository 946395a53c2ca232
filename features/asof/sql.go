package asof

import (
	"fmt"
	"strings"

	"featops/features"
)

// Query is a join in a warehouse: labels that are a table there, with feature tables that are too.
type Query struct {
	Labels         string // a table or view, by its full name
	Customer, Time string // its columns; the time is a DATE or a TIMESTAMP
	Tables         []Relation
	Lookback       int // in days; below zero a row of any age counts
}

// Relation is a feature table in a warehouse.
type Relation struct {
	Name    string   // full
	Version *int64   // nil: the newest
	Columns []string // that are taken; at least one
}

// SQL is the join as one statement of Databricks SQL. It gives what the join here gives: all columns of the labels and then
// those of the tables, a row for each label, null where a label has no row. A time counts by its day in the time
// zone of the session, which therefore has to be UTC. Rows come in no order. Of two rows of a table with the same keys, which
// are an error here, either may be taken.
//
// The newest row is looked for once for each customer and day, by an equality and an aggregate, which a warehouse spreads
// over its machines. The labels are then joined with what was found.
func SQL(q Query) string {
	customer, day := quoted(q.Customer), fmt.Sprintf("CAST(%s AS DATE)", quoted(q.Time))
	found := []string{fmt.Sprintf("wanted AS (\n  SELECT DISTINCT %s AS customer, %s AS day FROM %s\n)", customer, day, quotedPath(q.Labels))}
	columns, joins := []string{"l.*"}, []string{quotedPath(q.Labels) + " l"}
	for i, t := range q.Tables {
		found = append(found, t.newest(i, q.Lookback))
		for _, c := range t.Columns {
			columns = append(columns, fmt.Sprintf("t%d.newest.%s", i+1, quoted(c)))
		}
		joins = append(joins, fmt.Sprintf("LEFT JOIN found_%d t%[1]d ON t%[1]d.customer = l.%[2]s AND t%[1]d.day = CAST(l.%[3]s AS DATE)", i+1, customer, quoted(q.Time)))
	}
	return fmt.Sprintf("WITH %s\nSELECT %s\nFROM %s\n", strings.Join(found, ", "), strings.Join(columns, ",\n  "), strings.Join(joins, "\n"))
}

// newest finds the newest row of the table for each customer and day.
func (t Relation) newest(i, lookback int) string {
	version, limit := "", ""
	if t.Version != nil {
		version = fmt.Sprintf(" VERSION AS OF %d", *t.Version)
	}
	release := "f." + quoted(features.ReleaseKey)
	if lookback >= 0 {
		limit = fmt.Sprintf(" AND %s >= date_sub(w.day, %d)", release, lookback)
	}
	values := make([]string, len(t.Columns))
	for k, c := range t.Columns {
		values[k] = "f." + quoted(c)
	}
	return fmt.Sprintf(`found_%d AS (
  SELECT w.customer, w.day, max_by(struct(%s), %s) AS newest
  FROM wanted w JOIN %s%s f ON f.%s = w.customer AND %s <= w.day%s
  GROUP BY w.customer, w.day
)`, i+1, strings.Join(values, ", "), release, quotedPath(t.Name), version, quoted(features.CustomerKey), release, limit)
}

// quoted is a name as it stands in SQL.
func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// quotedPath is a full name: parts with dots between.
func quotedPath(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = quoted(p)
	}
	return strings.Join(parts, ".")
}
