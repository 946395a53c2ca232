package ingest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"featops/features"
	"featops/features/schema"
)

// column is how one column of the table is made, for each month of the mapping or, without months,
// for the one row that a row of the file gives.
type column struct {
	target schema.Column
	from   []int  // place in fileColumns; nil for a cell that the file does not have
	fixed  []cell // in place of from: the period, the constant, or null
	steps  []step
}

// columnTypes are the types that a cell can fit and a batch can hold.
var columnTypes = []schema.Type{
	schema.Boolean, schema.Int, schema.BigInt, schema.Double, schema.String, schema.Date, schema.Timestamp,
}

// Check tells whether the mapping makes exactly the columns of the table, with rules that suit
// their types. Every fault is in the error, each a *MappingError.
func (m Mapping) Check(target features.Source) error {
	_, err := m.compile(target)
	return err
}

// compile returns a column for each column of the target, in order.
func (m Mapping) compile(target features.Source) ([]column, error) {
	if m.doc.Table != target.Name {
		return nil, m.fault(toml.Key{"table"}, fmt.Errorf("the mapping is for %q, not for %s", m.doc.Table, target.Name))
	}
	var faults []error
	names := target.Columns.Names()
	rules, absent := map[string]string{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(m.doc.Columns)) {
		if i := target.Columns.Index(name); i < 0 {
			faults = append(faults, m.fault(toml.Key{"columns", name}, fmt.Errorf("is no column of %s: it has %s", target.Name, strings.Join(names, ", "))))
		} else if earlier, ok := rules[names[i]]; ok {
			faults = append(faults, m.fault(toml.Key{"columns", name}, fmt.Errorf("has a rule already, as %s", earlier)))
		} else {
			rules[names[i]] = name
		}
	}
	for _, name := range m.doc.Absent {
		i := target.Columns.Index(name)
		switch {
		case i < 0:
			faults = append(faults, m.fault(toml.Key{"absent"}, fmt.Errorf("%s is no column of %s: it has %s", name, target.Name, strings.Join(names, ", "))))
		case rules[names[i]] != "":
			faults = append(faults, m.fault(toml.Key{"absent"}, fmt.Errorf("%s has a rule", name)))
		default:
			absent[names[i]] = true
		}
	}
	var out []column
	for _, c := range target.Columns {
		if err := gives("ingest", c.Type, columnTypes...); err != nil {
			faults = append(faults, m.fault(toml.Key{"columns", c.Name}, err))
		}
		name, ok := rules[c.Name]
		switch {
		case ok:
			made, err := m.column(m.doc.Columns[name], c)
			if err != nil {
				faults = append(faults, m.fault(toml.Key{"columns", name}, err))
			}
			out = append(out, made)
		case absent[c.Name]:
			out = append(out, column{target: c, fixed: make([]cell, m.perRow())})
		default:
			faults = append(faults, m.fault(toml.Key{"columns"}, fmt.Errorf("%s has no rule, and absent does not list it", c.Name)))
		}
	}
	return out, errors.Join(faults...)
}

// perRow is the number of rows that a row of the file gives.
func (m Mapping) perRow() int { return max(1, len(m.doc.Months)) }

// column makes one column out of its rule.
func (m Mapping) column(r rule, target schema.Column) (column, error) {
	out := column{target: target}
	switch {
	case r.Value != nil:
		c, err := constant(r.Value)
		if err == nil {
			c, err = c.fit(target.Type, '.')
		}
		if err != nil {
			return out, fmt.Errorf("value %v %w", r.Value, err)
		}
		out.fixed = slices.Repeat([]cell{c}, m.perRow())
		return out, nil
	case r.Period != nil:
		for _, month := range m.doc.Months {
			start, err := parseMonth(month.Period)
			if err != nil {
				return out, err
			}
			c := timeCell(start)
			if target.Type == schema.String {
				c = textCell(month.Period)
			}
			out.fixed = append(out.fixed, c)
		}
		return out, gives("period", target.Type, schema.String, schema.Date, schema.Timestamp)
	}
	files := m.fileColumns()
	for i := range m.perRow() {
		name := r.Column
		if r.MonthColumn != nil {
			n := m.doc.Months[i].Columns[*r.MonthColumn]
			name = &n
		}
		out.from = append(out.from, slices.Index(files, *name))
	}
	var err error
	out.steps, err = r.steps(target.Type)
	return out, err
}

// constant is a value of TOML as a cell.
func constant(v any) (cell, error) {
	switch v := v.(type) {
	case string:
		return textCell(v), nil
	case int64:
		return cell{kind: integer, i: v}, nil
	case float64:
		return cell{kind: number, f: v}, finite(v)
	case bool:
		return boolCell(v), nil
	case time.Time:
		// The library gives dates and times without a zone in the zone of this machine, under
		// names of its own.
		switch v.Location().String() {
		case "date-local", "datetime-local":
			v = time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC)
		case "time-local":
			return cell{}, errors.New("is a time without a date")
		}
		return timeCell(v), nil
	}
	return cell{}, errors.New("is no constant: allowed are text, a number, a boolean, a date")
}
