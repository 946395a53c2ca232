package tables

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// at is a table, or a source, at the version that it is given with.
func (s *Store) at(t workspaces.Table) string {
	return fmt.Sprintf("%s VERSION AS OF %d", warehouse.Name(s.options.Catalog, t.Database, t.Name), t.Version)
}

// one runs a statement that returns one row.
func (s *Store) one(ctx context.Context, what, statement string) (warehouse.Row, error) {
	r, err := s.run(ctx, what, statement)
	if err != nil {
		return warehouse.Row{}, err
	}
	if len(r.Rows) != 1 {
		return warehouse.Row{}, fmt.Errorf("%s in %s: the warehouse gives %d rows, not one", what, s.options.Workspace, len(r.Rows))
	}
	return r.Rows[0], nil
}

// Statistics tells what a table holds, by one statement.
func (s *Store) Statistics(ctx context.Context, t workspaces.Table, customer string) (workspaces.Statistics, error) {
	parts := []string{"count(*) AS all_rows"}
	if customer != "" {
		parts = append(parts, fmt.Sprintf("count(DISTINCT %s) AS customers", warehouse.Name(customer)))
	}
	for i, c := range t.Schema {
		column := warehouse.Name(c.Name)
		parts = append(parts, fmt.Sprintf("count(%s) AS n%d", column, i))
		if known(c.Type) { // others may have no order
			parts = append(parts, fmt.Sprintf("min(%s) AS a%d, max(%[1]s) AS z%[2]d", column, i))
		}
	}
	what := fmt.Sprintf("statistics of %s.%s", t.Database, t.Name)
	row, err := s.one(ctx, what, "SELECT "+strings.Join(parts, ",\n  ")+"\nFROM "+s.at(t))
	if err != nil {
		return workspaces.Statistics{}, err
	}
	var out workspaces.Statistics
	if out.Rows, err = row.Int("all_rows"); err != nil {
		return out, err
	}
	if customer != "" {
		if out.Customers, err = row.Int("customers"); err != nil {
			return out, err
		}
	}
	for i, c := range t.Schema {
		values, err := row.Int(fmt.Sprintf("n%d", i))
		if err != nil {
			return out, err
		}
		of := workspaces.ColumnStatistics{Column: c.Name, Nulls: out.Rows - values}
		if least, ok := row.Text(fmt.Sprintf("a%d", i)); ok {
			of.Min = literalOf(c.Type, least)
		}
		if greatest, ok := row.Text(fmt.Sprintf("z%d", i)); ok {
			of.Max = literalOf(c.Type, greatest)
		}
		out.Columns = append(out.Columns, of)
	}
	return out, nil
}

// literalOf is a value as JSON; nil for one that JSON cannot say.
func literalOf(t schema.Type, value string) json.RawMessage {
	switch {
	case t == schema.Boolean:
		b, err := strconv.ParseBool(value)
		if err != nil {
			return nil
		}
		return json.RawMessage(strconv.FormatBool(b))
	case t == schema.String || t == schema.Date:
	case t == schema.Timestamp:
		at := when(value)
		if at.IsZero() {
			return nil
		}
		value = at.Format("2006-01-02T15:04:05.999999Z")
	default:
		if f, err := strconv.ParseFloat(value, 64); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		if json.Valid([]byte(value)) {
			return json.RawMessage(value)
		}
		return nil
	}
	quoted, _ := json.Marshal(value)
	return quoted
}

// Distributions tells how the values of columns are spread: those that are measured by one statement, each of the others by
// one of its own.
func (s *Store) Distributions(ctx context.Context, t workspaces.Table, cuts []workspaces.Cut) ([]workspaces.Distribution, error) {
	out := make([]workspaces.Distribution, len(cuts))
	var parts []string
	var problems []error
	for i, c := range cuts {
		out[i].Column = c.Column
		at := t.Schema.Index(c.Column)
		if at < 0 {
			return nil, fmt.Errorf("distributions of %s.%s in %s: column %q is not there", t.Database, t.Name, s.options.Workspace, c.Column)
		}
		number, ok := measure(warehouse.Name(c.Column), t.Schema[at].Type)
		if !ok {
			problems = append(problems, s.counted(ctx, t, &out[i]))
			continue
		}
		out[i].Measured = true
		parts = append(parts, spread(i, warehouse.Name(c.Column), number, c.Bounds)...)
	}
	if err := errors.Join(problems...); err != nil || len(parts) == 0 {
		return out, err
	}
	what := fmt.Sprintf("distributions of %s.%s", t.Database, t.Name)
	row, err := s.one(ctx, what, "SELECT "+strings.Join(parts, ",\n  ")+"\nFROM "+s.at(t))
	if err != nil {
		return nil, err
	}
	for i, c := range cuts {
		if out[i].Measured {
			if err := readSpread(row, i, len(c.Bounds)-1, &out[i]); err != nil {
				return nil, fmt.Errorf("%s: column %s: %w", what, c.Column, err)
			}
		}
	}
	return out, nil
}

// measure is a column as a DOUBLE, if its type is one that is measured.
func measure(column string, t schema.Type) (string, bool) {
	switch {
	case t == schema.Date:
		return fmt.Sprintf("CAST(datediff(%s, DATE '1970-01-01') AS DOUBLE)", column), true
	case t == schema.Timestamp:
		return fmt.Sprintf("CAST(unix_micros(%s) AS DOUBLE)", column), true
	case t == schema.Boolean || t == schema.String || !known(t):
		return "", false
	}
	return fmt.Sprintf("CAST(%s AS DOUBLE)", column), true
}

// spread are the aggregates of a measured column.
func spread(i int, column, number string, bounds []float64) []string {
	finite := finiteOnly(number)
	parts := []string{
		fmt.Sprintf("count(%s) AS n%d", column, i),
		fmt.Sprintf("count_if(%s) AS f%d", finite, i),
	}
	for _, of := range []string{"sum", "min", "max"} {
		parts = append(parts, fmt.Sprintf("%s(%s) FILTER (WHERE %s) AS %s%d", of, number, finite, of, i))
	}
	for b := range len(bounds) - 1 {
		upper := "<"
		if b == len(bounds)-2 {
			upper = "<="
		}
		parts = append(parts, fmt.Sprintf("count_if(%[1]s >= %[2]s AND %[1]s %[3]s %[4]s) AS h%[5]d_%[6]d", number, literal(bounds[b]), upper, literal(bounds[b+1]), i, b))
	}
	return parts
}

// finiteOnly is the condition that a number is one, and not infinite.
func finiteOnly(number string) string {
	return number + " BETWEEN -1.7976931348623157E308D AND 1.7976931348623157E308D"
}

func literal(x float64) string {
	return "CAST('" + strconv.FormatFloat(x, 'g', -1, 64) + "' AS DOUBLE)"
}

func readSpread(row warehouse.Row, i, buckets int, out *workspaces.Distribution) (err error) {
	if out.Values, err = row.Int(fmt.Sprintf("n%d", i)); err != nil {
		return err
	}
	if out.Finite, err = row.Int(fmt.Sprintf("f%d", i)); err != nil {
		return err
	}
	for of, into := range map[string]*float64{"sum": &out.Sum, "min": &out.Min, "max": &out.Max} {
		if value, ok := row.Text(fmt.Sprintf("%s%d", of, i)); ok {
			if *into, err = strconv.ParseFloat(value, 64); err != nil {
				return err
			}
		}
	}
	for b := range buckets {
		n, err := row.Int(fmt.Sprintf("h%d_%d", i, b))
		if err != nil {
			return err
		}
		out.Histogram = append(out.Histogram, n)
	}
	return nil
}

// counted counts a column by its values.
func (s *Store) counted(ctx context.Context, t workspaces.Table, out *workspaces.Distribution) error {
	column := warehouse.Name(out.Column)
	r, err := s.run(ctx, fmt.Sprintf("count the values of %s.%s", t.Database, t.Name),
		fmt.Sprintf("SELECT CAST(%[1]s AS STRING) AS v, count(*) AS n\nFROM %[2]s\nWHERE %[1]s IS NOT NULL\nGROUP BY 1\nORDER BY 2 DESC, 1\nLIMIT %[3]d",
			column, s.at(t), workspaces.MostValues+1))
	if err != nil {
		return err
	}
	var all []workspaces.ValueCount
	for _, row := range r.Rows {
		value, _ := row.Text("v")
		n, err := row.Int("n")
		if err != nil {
			return err
		}
		out.Values += n
		all = append(all, workspaces.ValueCount{Value: value, Rows: n})
	}
	if len(all) <= workspaces.MostValues {
		out.Counts = all
		return nil
	}
	out.Many = true
	out.Values, err = s.count(ctx, t.Database+"."+t.Name, fmt.Sprintf("SELECT count(%s) AS n FROM %s", column, s.at(t)))
	return err
}
