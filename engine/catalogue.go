package engine

import (
	"slices"
	"strings"
	"time"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// State says how a table, or a column, stands between its definition and the workspaces.
type State string

// The states of tables and columns.
const (
	IsBuilt        State = "built"           // defined, and there
	NotBuilt       State = "not_built"       // defined, and not there yet: the next build makes it
	Missing        State = "missing"         // of a source: known, and not there
	Undefined      State = "undefined"       // there, and no definition knows it: retired, or made by others
	OnlyRegistered State = "registered_only" // gone from where it lived, and another workspace still has it registered
	Unreadable     State = "unreadable"      // defined; the workspace cannot be looked at, or not at this table
)

// Column is a column of a table of the catalogue.
type Column struct {
	schema.Column
	State        State             `json:"state"`
	Key          bool              `json:"key,omitempty"`
	Formula      string            `json:"formula,omitempty"` // what a definition says; see features.Formula
	Inputs       []string          `json:"inputs,omitempty"`  // the columns of the source behind it
	UsedBy       []string          `json:"used_by,omitempty"` // the features that are made from it
	RegisteredIn []string          `json:"registered_in,omitempty"`
	Statistics   *ColumnStatistics `json:"statistics,omitempty"`
}

// ColumnStatistics is what a column holds, at the version that is described.
type ColumnStatistics struct {
	workspaces.ColumnStatistics
	NullShare float64 `json:"null_share"` // of the rows, 0 to 1; 0 where there are none
	workspaces.ColumnProfile
}

// Entry is a feature table of the catalogue: what its definition says of it, what the workspace that computes it has,
// and where else it is known.
type Entry struct {
	Workspace    string    `json:"workspace"`
	Name         string    `json:"table"`
	State        State     `json:"state"`
	Version      int64     `json:"version"` // -1 when it is not there
	Rows         int64     `json:"rows"`
	Updated      time.Time `json:"updated_at,omitzero"`
	Description  string    `json:"description,omitempty"`
	Sources      []string  `json:"sources,omitempty"`
	RegisteredIn []string  `json:"registered_in,omitempty"`
	Columns      []Column  `json:"-"`

	definition *features.Table  // nil when no definition knows it
	table      workspaces.Table // as it is there, or else as it is registered
}

// catalogue lists the feature tables that are defined, that are in a workspace, or that are registered in one: defined ones
// first, in the order of their definitions.
func (e *Engine) catalogue(s *Snapshot) ([]*Entry, error) {
	var out []*Entry
	for _, t := range e.tables {
		w, err := e.ownerOf(t.Name)
		if err != nil {
			continue // no workspace of this configuration computes the table
		}
		entry, err := e.defined(w.Name(), t.Name)
		if err != nil {
			return nil, err
		}
		if state, _ := s.Workspace(w.Name()); state.Error != "" {
			entry.stand(Unreadable)
		}
		out = append(out, entry)
	}
	for _, w := range s.Workspaces {
		for _, t := range w.Tables {
			entry := find(out, w.Name, t.Name)
			if entry == nil {
				entry = &Entry{Workspace: w.Name, Name: t.Name, State: Undefined}
				out = append(out, entry)
			}
			entry.isThere(t)
		}
	}
	for _, w := range s.Workspaces {
		for _, r := range w.Registrations {
			entry := find(out, r.Workspace, r.Name)
			if entry == nil {
				entry = &Entry{Workspace: r.Workspace, Name: r.Name, State: OnlyRegistered, Version: workspaces.NoTable}
				entry.take(r.Table)
				out = append(out, entry)
			}
			entry.isRegistered(w.Name, r)
		}
	}
	return out, nil
}

func find(entries []*Entry, workspace, table string) *Entry {
	i := slices.IndexFunc(entries, func(e *Entry) bool { return e.Workspace == workspace && strings.EqualFold(e.Name, table) })
	if i < 0 {
		return nil
	}
	return entries[i]
}

// defined is what a definition says of a table.
func (e *Engine) defined(workspace, table string) (*Entry, error) {
	c, _ := e.config.Workspace(workspace)
	t, err := features.Find(e.plan().TablesFor(c), table)
	if err != nil {
		return nil, err
	}
	var customer schema.Type
	if i := t.Source.Columns.Index(t.Customer); i >= 0 {
		customer = t.Source.Columns[i].Type
	}
	columns, err := t.Schema(customer)
	if err != nil {
		return nil, err
	}
	out := &Entry{
		Workspace: workspace, Name: t.Name, State: NotBuilt, Version: workspaces.NoTable,
		Description: t.Summary(), Sources: []string{t.Source.FullName()}, definition: &t,
	}
	for i, column := range columns {
		c := Column{Column: column, State: NotBuilt}
		switch {
		case i == 0:
			c.Key, c.Inputs, c.Formula = true, []string{t.Customer}, t.Customer
		case i == 1:
			c.Key, c.Inputs = true, []string{t.Release.After + t.Release.Since}
		default:
			f := t.Features[i-2]
			c.Inputs, c.Formula, c.UsedBy = t.Inputs(f), features.Formula(f.Value), usersOf(t, f.Name)
		}
		out.Columns = append(out.Columns, c)
	}
	return out, nil
}

// usersOf lists the features of a table that refer to another.
func usersOf(t features.Table, name string) []string {
	var refers func(features.Expr) bool
	refers = func(e features.Expr) bool {
		return e == features.Ref(name) || slices.ContainsFunc(features.Children(e), refers)
	}
	var out []string
	for _, f := range t.Features {
		if refers(f.Value) {
			out = append(out, t.Prefix+f.Name)
		}
	}
	return out
}

// stand puts the table, as far as it is not there, into a state.
func (e *Entry) stand(s State) {
	e.State = s
	for i := range e.Columns {
		e.Columns[i].State = s
	}
}

// isThere takes in what a workspace has: columns in the table's order, then those that it does not have yet.
func (e *Entry) isThere(t workspaces.Table) {
	defined := e.Columns
	e.Columns = nil
	e.take(t)
	e.Version, e.Rows, e.Updated = t.Version, t.Rows, t.Updated
	if e.definition != nil {
		e.State = IsBuilt
	}
	for i, has := range e.Columns {
		j := slices.IndexFunc(defined, func(d Column) bool { return strings.EqualFold(d.Name, has.Name) })
		if j < 0 {
			continue
		}
		column := defined[j]
		column.Name, column.Type, column.State = has.Name, has.Type, IsBuilt
		e.Columns[i] = column
		defined = slices.Delete(defined, j, j+1)
	}
	for _, d := range defined {
		d.State = NotBuilt
		e.Columns = append(e.Columns, d)
	}
}

// take makes what a workspace says of a table all that is known of it.
func (e *Entry) take(t workspaces.Table) {
	e.table = t
	if e.definition == nil {
		e.Description, e.Sources = t.Description, t.Sources
	}
	for _, c := range t.Schema {
		state := Undefined
		if e.State == OnlyRegistered {
			state = OnlyRegistered
		}
		e.Columns = append(e.Columns, Column{Column: c, State: state, Key: slices.Contains(t.Keys, c.Name)})
	}
}

// isRegistered takes in what another workspace knows of the table.
func (e *Entry) isRegistered(workspace string, r workspaces.Registration) {
	e.RegisteredIn = append(e.RegisteredIn, workspace)
	for _, known := range r.Schema {
		i := slices.IndexFunc(e.Columns, func(c Column) bool { return strings.EqualFold(c.Name, known.Name) })
		if i < 0 {
			i = len(e.Columns)
			e.Columns = append(e.Columns, Column{Column: known, State: OnlyRegistered})
		}
		e.Columns[i].RegisteredIn = append(e.Columns[i].RegisteredIn, workspace)
	}
}
