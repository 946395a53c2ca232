package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/features"
	"featops/features/nearest"
	"featops/workspaces"
)

// Kinds of described tables.
const (
	FeatureTable = "feature_table"
	SourceTable  = "source_table"
)

// Description is everything that is known of one table.
type Description struct {
	Kind         string            `json:"kind"`
	Workspace    string            `json:"workspace"`
	Database     string            `json:"database,omitempty"`
	Name         string            `json:"table"`
	Column       string            `json:"column,omitempty"` // the one that was asked for
	Location     string            `json:"location,omitempty"`
	State        State             `json:"state"`
	Description  string            `json:"description,omitempty"`
	Keys         []string          `json:"keys,omitempty"`
	TimestampKey string            `json:"timestamp_key,omitempty"`
	Tags         map[string]string `json:"tags,omitempty"`
	Definition   *Definition       `json:"definition,omitempty"` // nil when no definition knows the table

	Version   int64     `json:"version"` // -1 when it is not there
	Updated   time.Time `json:"updated_at,omitzero"`
	Rows      int64     `json:"rows"`
	Customers int64     `json:"customers"`
	Columns   []Column  `json:"columns"` // the one that was asked for, or all

	Drift *DriftState `json:"drift,omitempty"` // of a feature table that is there

	Sources        []SourceState       `json:"sources,omitempty"`         // what it is made from
	BuiltBy        []Producer          `json:"built_by,omitempty"`        // the tasks that make it
	Build          *Making             `json:"build,omitempty"`           // what its rows are from
	Registrations  []RegistrationState `json:"registrations,omitempty"`   // where else it is known
	UsedBy         []Reader            `json:"used_by,omitempty"`         // the feature tables that are made from a source
	Versions       []workspaces.Commit `json:"versions,omitempty"`        // the newest few, the newest first
	CustomerColumn string              `json:"customer_column,omitempty"` // of a source
	MonthColumn    string              `json:"month_column,omitempty"`    // of a source; absent when its rows have no month
	NewestMonth    string              `json:"newest_month,omitempty"`    // yyyy-mm; absent when it is not known
}

// Definition is what a definition says of its table beside the columns.
type Definition struct {
	// A row is a customer in a month: of the month that EventMonth has, or of every one from Since on.
	EventMonth string         `json:"event_month,omitempty"` // a column of the source
	Since      string         `json:"since,omitempty"`       // a column of the source
	Frame      features.Frame `json:"frame"`
	Where      string         `json:"where,omitempty"` // the rows of the source that count, as a formula
}

const (
	versionsShown    = 5  // how many of a table's versions a description has
	versionsSearched = 50 // among how many the build is looked for that the rows are from
)

// Describe tells what is known of a table, a source table, or one column of either, by the newest look at the
// workspaces. A name that is no table may be that of a column. workspace chooses where several have a table of the
// name. What cannot be read is left out, and the error says so.
func (e *Engine) Describe(ctx context.Context, name, column, workspace string) (Description, error) {
	if workspace != "" {
		if _, err := e.workspace(workspace); err != nil {
			return Description{}, err
		}
	}
	snapshot := e.Snapshot()
	entries, err := e.catalogue(snapshot)
	if err != nil {
		return Description{}, err
	}
	found, column, err := chooseTable(entries, e.sourceTables(entries), name, column, workspace)
	if err != nil {
		return Description{}, err
	}
	var d Description
	if found.entry != nil {
		d, err = e.describeTable(ctx, snapshot, *found.entry)
	} else {
		d, err = e.describeSource(ctx, *found.source)
	}
	if column == "" {
		return d, err
	}
	i := slices.IndexFunc(d.Columns, func(c Column) bool { return strings.EqualFold(c.Name, column) })
	if i < 0 {
		return Description{}, errors.Join(unknownName(column, "column of "+d.Name, columnNames(d.Columns)), err)
	}
	d.Column, d.Columns = d.Columns[i].Name, d.Columns[i:i+1]
	return d, err
}

func columnNames(columns []Column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}

// UnknownNameError says that nothing has a name, and what may have been meant.
type UnknownNameError struct {
	Name, Wanted string // the name, and what was looked for
	Known        []string
}

func (e *UnknownNameError) Error() string {
	return fmt.Sprintf("no %s is called %q", e.Wanted, e.Name) + nearest.Hint(e.Name, e.Known)
}

func unknownName(name, wanted string, known []string) error {
	return &UnknownNameError{Name: name, Wanted: wanted, Known: known}
}

// candidate is a table that a name may mean: one of the two is set.
type candidate struct {
	entry  *Entry
	source *sourceTable
}

func (c candidate) where() (workspace string, defined bool) {
	if c.source != nil {
		return c.source.workspace.Name(), true
	}
	return c.entry.Workspace, c.entry.definition != nil
}

// chooseTable finds the one table that is meant, and the column when the name is that of one.
func chooseTable(entries []*Entry, sources []sourceTable, name, column, workspace string) (candidate, string, error) {
	var found []candidate
	var names []string
	for _, e := range entries {
		if names = append(names, e.Name); strings.EqualFold(e.Name, name) {
			found = append(found, candidate{entry: e})
		}
	}
	for i, s := range sources {
		if names = append(names, s.Name); strings.EqualFold(s.Name, name) || strings.EqualFold(s.FullName(), name) {
			found = append(found, candidate{source: &sources[i]})
		}
	}
	if len(found) == 0 && column == "" {
		for _, e := range entries {
			for _, c := range e.Columns {
				if names = append(names, c.Name); strings.EqualFold(c.Name, name) {
					found, column = append(found, candidate{entry: e}), name
				}
			}
		}
	}
	elsewhere := found
	found = slices.DeleteFunc(slices.Clone(found), func(c candidate) bool {
		where, _ := c.where()
		return workspace != "" && where != workspace
	})
	if len(found) == 0 && len(elsewhere) > 0 {
		where, _ := elsewhere[0].where()
		return candidate{}, "", &InvalidError{fmt.Sprintf("%s is not in %s: it is in %s", name, workspace, where)}
	}
	if len(found) > 1 && column == "" {
		found = definedFirst(found)
	}
	switch {
	case len(found) == 0:
		return candidate{}, "", unknownName(name, "table or feature", names)
	case len(found) == 1:
		return found[0], column, nil
	case column != "" && found[0].entry != nil && found[0].entry.Name != found[1].entry.Name:
		return candidate{}, "", &InvalidError{fmt.Sprintf("%s is a column of %s: say of which, as in featops describe %s %s",
			name, tablesOf(found), found[0].entry.Name, name)}
	}
	return candidate{}, "", &InvalidError{fmt.Sprintf("%s is in several workspaces: say in which with --workspace", name)}
}

// definedFirst leaves the one table that a definition knows, where there is just one.
func definedFirst(found []candidate) []candidate {
	defined := slices.DeleteFunc(slices.Clone(found), func(c candidate) bool { _, defined := c.where(); return !defined })
	if len(defined) == 1 {
		return defined
	}
	return found
}

func tablesOf(found []candidate) string {
	var names []string
	for _, c := range found {
		names = append(names, c.entry.Name)
	}
	return strings.Join(names, ", ")
}

func (e *Engine) describeTable(ctx context.Context, s *Snapshot, entry Entry) (Description, error) {
	t := entry.table
	d := Description{
		Kind: FeatureTable, Workspace: entry.Workspace, Database: t.Database, Name: entry.Name, Location: t.Location,
		State: entry.State, Description: entry.Description, Keys: t.Keys, TimestampKey: t.TimestampKey, Tags: t.Tags,
		Version: entry.Version, Updated: entry.Updated, Rows: entry.Rows, Columns: entry.Columns,
	}
	if def := entry.definition; def != nil {
		d.Definition = &Definition{EventMonth: def.Release.After, Since: def.Release.Since, Frame: def.Frame}
		if def.Where != nil {
			d.Definition.Where = features.Formula(def.Where)
		}
		d.Keys, d.TimestampKey = []string{features.CustomerKey, features.ReleaseKey}, features.ReleaseKey
	}
	d.Registrations = registrationsOf(s, entry)
	d.BuiltBy = producers(s, entry)
	w, err := e.workspace(entry.Workspace)
	if err != nil {
		return d, nil // its workspace is not one of this configuration: what others have registered is all there is
	}
	var errs []error
	if entry.Version >= 0 {
		errs = append(errs, e.measure(ctx, w, t, features.CustomerKey, &d), e.profile(ctx, w, t, &d), e.remember(ctx, s, w, &d))
	}
	if def := entry.definition; def != nil {
		source, err := e.sourceState(ctx, w, *def, d.Build)
		d.Sources, errs = []SourceState{source}, append(errs, err)
	}
	return d, errors.Join(errs...)
}

// measure adds statistics to the columns.
func (e *Engine) measure(ctx context.Context, w workspaces.Workspace, t workspaces.Table, customer string, d *Description) error {
	if t.Schema.Index(customer) < 0 {
		customer = "" // others made the table
	}
	stats, err := call(ctx, e, func(ctx context.Context) (workspaces.Statistics, error) { return w.Statistics(ctx, t, customer) })
	if err != nil {
		return err
	}
	d.Rows, d.Customers = stats.Rows, stats.Customers
	for _, s := range stats.Columns {
		if i := slices.IndexFunc(d.Columns, func(c Column) bool { return strings.EqualFold(c.Name, s.Column) }); i >= 0 {
			d.Columns[i].Statistics = &ColumnStatistics{ColumnStatistics: s, NullShare: float64(s.Nulls) / float64(max(1, stats.Rows))}
		}
	}
	return nil
}
