package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// sourceTable is a source table in a workspace that computes from it.
type sourceTable struct {
	features.Source
	workspace workspaces.Workspace
	month     string // the column with the month; none when rows have none
	customer  string
	readers   []*Entry
}

// sourceTables lists the source tables of the catalogue, each once a workspace.
func (e *Engine) sourceTables(entries []*Entry) []sourceTable {
	var out []sourceTable
	for _, entry := range entries {
		if entry.definition == nil {
			continue
		}
		w, err := e.workspace(entry.Workspace)
		if err != nil {
			continue
		}
		t := sourceOf(*entry.definition, w)
		i := slices.IndexFunc(out, func(o sourceTable) bool { return o.workspace == w && o.FullName() == t.FullName() })
		if i < 0 {
			i = len(out)
			out = append(out, t)
		}
		out[i].readers = append(out[i].readers, entry)
	}
	return out
}

func sourceOf(def features.Table, w workspaces.Workspace) sourceTable {
	return sourceTable{Source: def.Source, workspace: w, month: def.Release.After, customer: def.Customer}
}

// sourceState tells how the source of a table is now.
func (e *Engine) sourceState(ctx context.Context, w workspaces.Workspace, def features.Table, build *Making) (SourceState, error) {
	t := sourceOf(def, w)
	t.customer = "" // nobody asks how many customers it has, and it takes a look at every row
	d, err := e.describeSource(ctx, t)
	out := SourceState{
		Name: def.Source.FullName(), Workspace: w.Name(), Version: d.Version, Rows: d.Rows, Updated: d.Updated, NewestMonth: d.NewestMonth,
	}
	if build != nil {
		if v, ok := build.Sources[out.Name]; ok {
			out.BuiltFrom = &v
		}
	}
	return out, err
}

// describeSource tells what is known of a source table.
func (e *Engine) describeSource(ctx context.Context, t sourceTable) (Description, error) {
	d := Description{
		Kind: SourceTable, Workspace: t.workspace.Name(), Database: t.Database, Name: t.Name, State: Missing,
		Version: workspaces.NoTable, CustomerColumn: t.customer, MonthColumn: t.month,
	}
	for _, c := range t.Columns {
		d.Columns = append(d.Columns, Column{Column: c, State: Missing})
	}
	for _, r := range t.readers {
		d.UsedBy = append(d.UsedBy, Reader{Table: r.Name, State: r.State, Version: r.Version})
	}
	now, err := call(ctx, e, func(ctx context.Context) (workspaces.Table, error) { return t.workspace.Source(ctx, t.Source) })
	switch {
	case errors.Is(err, workspaces.ErrNoTable):
		err = nil
	case err != nil:
		d.State = Unreadable
	default:
		d.State, d.Version, d.Rows, d.Updated, d.Location = IsBuilt, now.Version, now.Rows, now.Updated, now.Location
		d.Columns = sourceColumns(t.Source, now.Schema)
		err = e.measure(ctx, t.workspace, now, t.customer, &d)
	}
	for i, c := range d.Columns {
		d.Columns[i].UsedBy = t.usersOf(c.Name)
		if strings.EqualFold(c.Name, t.month) && c.Statistics != nil {
			d.NewestMonth = month(c.Statistics.Max)
		}
	}
	return d, err
}

// sourceColumns are the columns that a source has, with what is known of them, and then those that it lacks.
func sourceColumns(known features.Source, actual schema.Schema) []Column {
	var out []Column
	for _, c := range actual {
		state := Undefined
		if i := known.Columns.Index(c.Name); i >= 0 {
			state = IsBuilt
			if c.Comment == "" {
				c.Comment = known.Columns[i].Comment
			}
		}
		out = append(out, Column{Column: c, State: state})
	}
	for _, c := range known.Columns {
		if actual.Index(c.Name) < 0 {
			out = append(out, Column{Column: c, State: Missing})
		}
	}
	return out
}

// usersOf lists the features that are made from a column of the source.
func (t sourceTable) usersOf(column string) []string {
	var out []string
	for _, r := range t.readers {
		for _, c := range r.Columns {
			if slices.ContainsFunc(c.Inputs, func(in string) bool { return strings.EqualFold(in, column) }) {
				out = append(out, c.Name)
			}
		}
	}
	return out
}

// month is the month of a bound of a month column: yyyy-MM, a date or a timestamp. Anything else is none.
func month(bound json.RawMessage) string {
	var text string
	if json.Unmarshal(bound, &text) != nil || len(text) < len("2006-01") {
		return ""
	}
	if _, err := time.Parse("2006-01", text[:len("2006-01")]); err != nil {
		return ""
	}
	return text[:len("2006-01")]
}
