package tables

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// Profile tells how the values of a table's columns are spread, by one statement. It compares with nothing: that would read
// the table twice more.
func (s *Store) Profile(ctx context.Context, t workspaces.Table) (workspaces.Profile, error) {
	out := workspaces.Profile{Before: workspaces.NoTable}
	var parts []string
	for i, c := range t.Schema {
		parts = append(parts, profiled(i, warehouse.Name(c.Name), c.Type)...)
	}
	if len(parts) == 0 {
		return out, nil
	}
	what := fmt.Sprintf("profile of %s.%s", t.Database, t.Name)
	row, err := s.one(ctx, what, "SELECT "+strings.Join(parts, ",\n  ")+"\nFROM "+s.at(t))
	if err != nil {
		return out, err
	}
	for i, c := range t.Schema {
		column, err := readProfile(row, i, c)
		if err != nil {
			return out, fmt.Errorf("%s: column %s: %w", what, c.Name, err)
		}
		out.Columns = append(out.Columns, column)
	}
	return out, nil
}

// profiled are the aggregates of a column; none of one whose type has no order.
func profiled(i int, column string, t schema.Type) []string {
	if !known(t) {
		return nil
	}
	parts := []string{fmt.Sprintf("approx_count_distinct(%s, 0.04) AS d%d", column, i)}
	number, measured := measure(column, t)
	switch {
	case t == schema.Boolean:
		return append(parts, fmt.Sprintf("avg(CAST(%s AS INT)) AS m%d", column, i))
	case !measured:
		return parts
	}
	finite := finiteOnly(number)
	if t != schema.Date && t != schema.Timestamp {
		parts = append(parts,
			fmt.Sprintf("avg(%s) FILTER (WHERE %s) AS m%d", number, finite, i),
			fmt.Sprintf("stddev_samp(%s) FILTER (WHERE %s) AS s%d", number, finite, i))
	}
	return append(parts, fmt.Sprintf("to_json(approx_percentile(%s, array(0.05, 0.25, 0.5, 0.75, 0.95)) FILTER (WHERE %s)) AS q%d", number, finite, i))
}

func readProfile(row warehouse.Row, i int, c schema.Column) (out workspaces.ColumnProfile, err error) {
	out.Column = c.Name
	if !known(c.Type) {
		return out, nil
	}
	distinct, err := row.Int(fmt.Sprintf("d%d", i))
	if err != nil {
		return out, err
	}
	out.Distinct, out.Estimated = &distinct, true
	for as, into := range map[string]**float64{"m": &out.Mean, "s": &out.Deviation} {
		if text, ok := row.Text(fmt.Sprintf("%s%d", as, i)); ok {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return out, err
			}
			if v-v == 0 {
				*into = &v
			}
		}
	}
	text, ok := row.Text(fmt.Sprintf("q%d", i))
	if !ok {
		return out, nil
	}
	var q []float64
	if err := json.Unmarshal([]byte(text), &q); err != nil || len(q) != 5 {
		return out, fmt.Errorf("quantiles %q; five numbers are expected", text)
	}
	out.Quantiles = workspaces.QuantilesOf(c.Type, q)
	return out, nil
}
