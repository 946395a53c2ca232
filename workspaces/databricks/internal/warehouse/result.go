package warehouse

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Column is a column of a result.
type Column struct {
	Name string
	Type string // as SQL spells it
}

// Result is what a statement returned.
type Result struct {
	Columns []Column
	Rows    []Row
}

// Row is a row of a result: its values as text, nil for null.
type Row struct {
	columns []Column
	values  []*string
}

// result fetches all chunks of a result.
func (w *Warehouse) result(ctx context.Context, what string, r reply) (*Result, error) {
	out := &Result{}
	if r.Manifest == nil {
		return out, nil
	}
	if r.Manifest.Truncated {
		return nil, fmt.Errorf("%s: the result is larger than the 25 MiB that the warehouse gives in one piece", what)
	}
	if s := r.Manifest.Schema; s != nil {
		for _, c := range s.Columns {
			out.Columns = append(out.Columns, Column{c.Name, c.TypeText})
		}
	}
	for c := r.Result; c != nil; {
		for _, values := range c.Data {
			if len(values) != len(out.Columns) {
				return nil, fmt.Errorf("%s: the warehouse answers with a row of %d values for %d columns", what, len(values), len(out.Columns))
			}
			out.Rows = append(out.Rows, Row{out.Columns, values})
		}
		if c.Next == "" || int64(len(out.Rows)) > r.Manifest.TotalRowCount {
			break
		}
		if !strings.HasPrefix(c.Next, path) {
			return nil, fmt.Errorf("%s: the next part of the result is at no path of the warehouse", what)
		}
		next := &chunk{}
		if err := w.get(ctx, what, c.Next, next); err != nil {
			return nil, err
		}
		c = next
	}
	if n := r.Manifest.TotalRowCount; int64(len(out.Rows)) != n {
		return nil, fmt.Errorf("%s: the warehouse announces %d rows and gives %d", what, n, len(out.Rows))
	}
	return out, nil
}

// Text is the value of a column as text, and whether it is there and not null.
func (r Row) Text(column string) (string, bool) {
	for i, c := range r.columns {
		if strings.EqualFold(c.Name, column) && r.values[i] != nil {
			return *r.values[i], true
		}
	}
	return "", false
}

// Int is the value of a column that has a whole number in each row.
func (r Row) Int(column string) (int64, error) {
	text, ok := r.Text(column)
	if !ok {
		return 0, fmt.Errorf("the warehouse gives no %s", column)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the warehouse gives %q for %s, which is no whole number", text, column)
	}
	return n, nil
}
