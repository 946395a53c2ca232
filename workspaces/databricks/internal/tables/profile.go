package tables

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"featops/features"
	"featops/features/columnar"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
	"featops/workspaces/drift"
)

// Profile tells how the values of a table's columns are spread, by one statement, and how far they have drifted, by samples of this
// version and of the one before, which are read through the warehouse.
func (s *Store) Profile(ctx context.Context, t workspaces.Table) (workspaces.Profile, error) {
	out := workspaces.Profile{Before: workspaces.NoTable}
	var parts []string
	for i, c := range t.Schema {
		parts = append(parts, profiled(i, warehouse.Name(c.Name), c.Type)...)
	}
	if len(parts) == 0 {
		return out, nil
	}
	released := t.Schema.Index(features.ReleaseKey)
	if released >= 0 && t.Schema[released].Type == schema.Date {
		parts = append(parts, fmt.Sprintf("max(%s) AS newest", warehouse.Name(features.ReleaseKey)))
	}
	what := fmt.Sprintf("profile of %s.%s", t.Database, t.Name)
	row, err := s.one(ctx, what, "SELECT "+strings.Join(parts, ",\n  ")+"\nFROM "+s.at(t))
	if err != nil {
		return out, err
	}
	c, err := s.compare(ctx, t, newestRelease(row), &out)
	if err != nil {
		return out, err
	}
	for i, kind := range t.Schema {
		column, err := readProfile(row, i, kind)
		if err != nil {
			return out, fmt.Errorf("%s: column %s: %w", what, kind.Name, err)
		}
		c.Column(kind.Name, &column)
		out.Columns = append(out.Columns, column)
	}
	return out, nil
}

// newestRelease is the newest release month; [drift.NoMonth] when there is none.
func newestRelease(row warehouse.Row) int32 {
	text, _ := row.Text("newest")
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return drift.NoMonth
	}
	return columnar.MonthOf(day)
}

// compare reads samples of a version and, where it can be read, of the one before.
func (s *Store) compare(ctx context.Context, t workspaces.Table, newest int32, p *workspaces.Profile) (*drift.Comparison, error) {
	of := max(1, (t.Rows+drift.MostRows-1)/drift.MostRows)
	now, err := s.sample(ctx, t, of)
	if err != nil {
		return nil, err
	}
	before, err := s.sampleBefore(ctx, t, of)
	if err != nil {
		return nil, err
	}
	return drift.Compare(now, before, t.Version, newest, p), nil
}

// sampleBefore reads one of so many rows of the version before; nil when the warehouse cannot read it any more.
func (s *Store) sampleBefore(ctx context.Context, t workspaces.Table, of int64) (*drift.Sample, error) {
	if t.Version <= 0 {
		return nil, nil
	}
	t.Version--
	var gone *warehouse.StatementError
	var out *drift.Sample
	columns, err := s.columnsAt(ctx, t)
	if err == nil {
		t.Schema = columns
		out, err = s.sample(ctx, t, of)
	}
	if errors.As(err, &gone) {
		return nil, nil
	}
	return out, err
}

// sample reads one of so many rows. Which they are is decided by their keys, so that what is in the samples of two versions
// differs by little more than the versions do.
func (s *Store) sample(ctx context.Context, t workspaces.Table, of int64) (*drift.Sample, error) {
	var columns schema.Schema
	for _, c := range t.Schema {
		if known(c.Type) {
			columns = append(columns, c)
		}
	}
	query := fmt.Sprintf("SELECT %s FROM %s", names(columns.Names(), "", ", "), s.at(t))
	if of > 1 {
		keys := t.Keys
		if len(keys) == 0 {
			keys = columns.Names()
		}
		query += fmt.Sprintf(" WHERE pmod(xxhash64(%s), %d) = 0", names(keys, "", ", "), of)
	}
	records, err := s.options.Warehouse.Rows(ctx, fmt.Sprintf("sample version %d of %s.%s", t.Version, t.Database, t.Name), query, columns)
	if err != nil {
		return nil, err
	}
	defer records.Release()
	var parts []drift.Part
	for records.Next() {
		r := records.Record()
		r.Retain()
		parts = append(parts, drift.Part{Record: r, Weight: float64(of)})
	}
	if err := records.Err(); err != nil {
		return nil, err
	}
	return drift.NewSample(records.Schema(), parts), nil
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
