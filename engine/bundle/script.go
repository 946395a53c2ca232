package bundle

import (
	"cmp"
	"slices"

	"featops/engine/config"
	"featops/features"
	"featops/features/sparksql"
	"featops/workspaces"
)

// The variables of the session that hold the window of a run's output.
const (
	firstMonth = "featops_first"
	lastMonth  = "featops_last"
)

// script is what the SQL file of a feature task is written from.
type script struct {
	Workspace string
	Task      string
	Table     features.Table
	Columns   []column
	Select    string // the new data
	BadRows   string // empty for a table without event months
	Share     float64
	Distinct  bool // the definition alone does not keep a key from coming twice
	Customer  string
	Release   string
	First     string
	Last      string
	own       map[string]string // the names of parameters that the task has for itself
}

type column struct{ Name, Comment string }

// Parameter is the marker of a task parameter.
func (s script) Parameter(name string) string { return ":" + cmp.Or(s.own[name], name) }

// script adds the SQL file that builds the table of a task.
func (b *builder) script(name string, w config.Workspace, t config.Task, own map[string]string) {
	table, err := features.Find(b.TablesFor(w), t.Table)
	if err != nil {
		b.problem("workspace %s: task %s: %w", w.Name, t.Key, err)
		return
	}
	customer := table.Source.Columns[table.Source.Columns.Index(table.Customer)].Type
	columns, err := table.Schema(customer)
	if err != nil {
		b.problem("workspace %s: task %s: %w", w.Name, t.Key, err)
		return
	}
	s := script{
		Workspace: w.Name, Task: t.Key, Table: table, Share: b.Config.Table(table.Name).BadRowsShare, Distinct: table.Release.Since != "",
		Customer: features.CustomerKey, Release: features.ReleaseKey, First: firstMonth, Last: lastMonth, own: own,
	}
	for _, c := range columns {
		s.Columns = append(s.Columns, column{c.Name, c.Comment})
	}
	o := sparksql.Options{First: firstMonth, Last: lastMonth}
	if s.Select, err = sparksql.Select(table, o); err != nil {
		b.problem("workspace %s: task %s: %w", w.Name, t.Key, err)
		return
	}
	s.BadRows, _ = sparksql.BadRows(table, o)
	b.text(name, "build.sql.tmpl", s)
}

// Properties are the table's properties but for its database, which the run knows.
func (s script) Properties() []property {
	return []property{
		{"featops.primary_keys", s.Customer + "," + s.Release},
		{"featops.timestamp_keys", s.Release},
		{"featops.tags.based_on", s.Table.Source.Name},
		{"featops.tags.table", s.Table.Name},
		{"featops.sources", s.Table.Source.FullName()},
		{"featops.workspace", s.Workspace},
	}
}

type property struct{ Name, Value string }

// expected is a table that another workspace computes.
type expected struct{ Table, Workspace string }

// registry adds the SQL file of a registry task.
func (b *builder) registry(name string, w config.Workspace) {
	var tables []expected
	for _, other := range b.Config.Workspaces {
		if other.Name == w.Name {
			continue
		}
		for _, j := range other.Jobs {
			for _, t := range j.Tasks {
				for _, table := range b.Config.RegisteredTables(t) {
					if e := (expected{table, other.Name}); !slices.Contains(tables, e) {
						tables = append(tables, e)
					}
				}
			}
		}
	}
	b.text(name, "registry.sql.tmpl", struct {
		Workspace string
		Tables    []expected
	}{w.Name, tables})
}

// boolParameters are the parameters of which a script reads true or false.
func (s script) Switches() []string {
	var out []string
	for _, name := range workspaces.ParameterNames() {
		if !slices.Contains([]string{"env", "fs_notebook", "start_date", "end_date"}, name) {
			out = append(out, name)
		}
	}
	return out
}
