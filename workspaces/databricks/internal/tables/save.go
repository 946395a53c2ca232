package tables

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// Commit implements [workspaces.Staged]: one commit of data, then what a commit cannot carry, and last the table's origin.
// The rows of an overwrite all count as inserted.
func (st *staged) Commit(ctx context.Context, p workspaces.Plan) (workspaces.Saved, error) {
	s, table := st.store, st.request.Table.Name
	defer s.Forget(table)
	widened := p.Mode == workspaces.Merge && len(schema.Compare(st.current.Schema, p.Schema).Widened) > 0
	var changes workspaces.Changes
	var err error
	if widened { // such a save does not count what it changes
		if changes, err = st.Changes(ctx); err != nil && !errors.Is(err, workspaces.ErrNoTable) {
			return workspaces.Saved{}, err
		}
	}
	if err := st.expect(ctx, p.Expected); err != nil {
		return workspaces.Saved{}, err
	}
	var saved workspaces.Saved
	switch {
	case p.Mode == workspaces.Overwrite:
		saved, err = st.replace(ctx, p, st.cast(p.Schema))
	case widened:
		saved, err = st.replace(ctx, p, st.joined(p))
		saved.Changes = changes
	default:
		saved, err = st.merge(ctx, p)
	}
	if err != nil {
		return saved, err
	}
	// It is saved, whoever cancels now.
	ctx = context.WithoutCancel(ctx)
	if saved.Version, err = st.saved(ctx, p.Expected); err != nil {
		return saved, err
	}
	if saved.Rows, err = s.count(ctx, s.fullName(table), "SELECT count(*) AS n FROM "+s.place(table)); err != nil {
		return saved, err
	}
	if p.Mode == workspaces.Merge {
		saved.Unchanged = st.rows - saved.Inserted - saved.Updated
		saved.Absent = saved.Rows - saved.Inserted - saved.Updated - saved.Unchanged
	}
	if err := st.finish(ctx, p, saved.Version); err != nil {
		return saved, fmt.Errorf("%s in %s is saved as version %d, but what it says of itself is not complete; a further build completes it: %w",
			s.fullName(table), s.options.Workspace, saved.Version, err)
	}
	return saved, nil
}

// expect is a *[workspaces.ChangedError] when the table is at another version than the plan was made for.
func (st *staged) expect(ctx context.Context, version int64) error {
	s, table := st.store, st.request.Table.Name
	found := workspaces.NoTable
	newest, err := s.newest(ctx, s.fullName(table), s.place(table))
	switch {
	case errors.Is(err, workspaces.ErrNoTable):
	case err != nil:
		return err
	default:
		found = newest.Version
	}
	if found != version {
		return &workspaces.ChangedError{Table: table, Expected: version, Found: found}
	}
	return nil
}

// saved is the version that a save over another one has made: the first after it that changes data. A merge that changes
// nothing makes none.
func (st *staged) saved(ctx context.Context, over int64) (int64, error) {
	s, table := st.store, st.request.Table.Name
	commits, err := s.commits(ctx, s.fullName(table), s.place(table), quietAfter)
	if err != nil {
		return over, err
	}
	version, found := over, 0
	for _, c := range commits {
		if c.Version > over && !quiet[c.Operation] {
			version = c.Version
			found++
		}
	}
	if found > 1 {
		s.options.Log.WarnContext(ctx, "somebody else has changed the table at the same time", "table", table,
			"version", version, "changes", found)
	}
	return version, nil
}

// cast is the new data with the columns of the table as it is to be: those that it lacks are null, those of another type are
// cast, where a value that does not fit ends the statement.
func (st *staged) cast(to schema.Schema) string {
	columns := make([]string, len(to))
	for i, c := range to {
		switch j := st.schema.Index(c.Name); {
		case j < 0:
			columns[i] = fmt.Sprintf("CAST(NULL AS %s) AS %s", c.Type, warehouse.Name(c.Name))
		case st.schema[j].Type != c.Type:
			columns[i] = fmt.Sprintf("CAST(%s AS %s) AS %s", warehouse.Name(st.schema[j].Name), c.Type, warehouse.Name(c.Name))
		default:
			columns[i] = warehouse.Name(st.schema[j].Name) + " AS " + warehouse.Name(c.Name)
		}
	}
	return "SELECT " + strings.Join(columns, ",\n  ") + "\nFROM (\n" + st.query + "\n)"
}

// replace makes a query the whole table. A table that is there keeps its history.
func (st *staged) replace(ctx context.Context, p workspaces.Plan, query string) (workspaces.Saved, error) {
	s, t := st.store, st.request.Table
	verb := "CREATE OR REPLACE TABLE"
	if p.Expected == workspaces.NoTable {
		if err := s.MakeDatabase(ctx); err != nil {
			return workspaces.Saved{}, err
		}
		verb = "CREATE TABLE"
	}
	_, err := s.run(ctx, "save "+s.fullName(t.Name), fmt.Sprintf("%s %s\nUSING DELTA\nCOMMENT %s\nTBLPROPERTIES (%s)\nAS %s",
		verb, s.place(t.Name), warehouse.Text(t.Summary()), assignments(s.properties(t)), query))
	if exists(err) {
		if _, hidden := s.info(ctx, s.options.Catalog, s.options.Database, t.Name); hidden != nil {
			return workspaces.Saved{}, errors.Join(err, hidden) // it can be neither made nor read
		}
		return workspaces.Saved{}, &workspaces.ChangedError{Table: t.Name, Expected: p.Expected, Found: 0}
	}
	return workspaces.Saved{Changes: workspaces.Changes{Inserted: st.rows}}, err
}

// MakeDatabase makes the database of the feature tables, unless it is there: whoever works in it need not be allowed to make it.
func (s *Store) MakeDatabase(ctx context.Context) error {
	full := s.options.Catalog + "." + s.options.Database
	err := s.options.Connection.Do(ctx, "look for the database "+full, func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := catalog.NewSchemas(c).Get(ctx, catalog.GetSchemaRequest{FullName: full})
		return err
	})
	if !missing(err) {
		return err
	}
	_, err = s.run(ctx, "make the database "+full, "CREATE SCHEMA IF NOT EXISTS "+warehouse.Name(s.options.Catalog, s.options.Database))
	return err
}

func exists(err error) bool {
	var e *warehouse.StatementError
	return errors.As(err, &e) && (e.Condition() == "TABLE_OR_VIEW_ALREADY_EXISTS" || e.Condition() == "DELTA_TABLE_ALREADY_EXISTS")
}

func assignments(properties map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		parts = append(parts, warehouse.Text(key)+" = "+warehouse.Text(properties[key]))
	}
	return strings.Join(parts, ", ")
}

// merge updates the rows whose values differ and inserts new ones. Columns that are new in the data become columns of the
// table in the same commit.
func (st *staged) merge(ctx context.Context, p workspaces.Plan) (workspaces.Saved, error) {
	s, table := st.store, st.request.Table.Name
	data := st.adapted(p.Schema)
	row, err := s.one(ctx, "merge "+s.fullName(table), fmt.Sprintf(`MERGE WITH SCHEMA EVOLUTION INTO %s AS t
USING (
%s
) AS s
ON %s
WHEN MATCHED AND (%s) THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *`, s.place(table), data, sameKeys(), differ(st.current.Schema, st.schema)))
	if err != nil {
		return workspaces.Saved{}, err
	}
	c, err := counts(row, "num_inserted_rows", "num_updated_rows", "")
	return workspaces.Saved{Changes: c}, err
}

// adapted is the new data with the types that the table has.
func (st *staged) adapted(to schema.Schema) string {
	columns := make(schema.Schema, len(st.schema))
	for i, c := range st.schema {
		columns[i] = c
		if j := to.Index(c.Name); j >= 0 {
			columns[i].Type = to[j].Type
		}
	}
	return st.cast(columns)
}

// joined is the whole table as a merge makes it, to be written again in one commit: open-format tables take over wider types of
// columns only so. Each value is cast by itself, because a type that the two had in common could be another than the table's.
func (st *staged) joined(p workspaces.Plan) string {
	columns := make([]string, len(p.Schema))
	for i, c := range p.Schema {
		kept, given := "t."+warehouse.Name(c.Name), "s."+warehouse.Name(c.Name)
		switch {
		case st.current.Schema.Index(c.Name) < 0:
			kept = "NULL"
		case st.schema.Index(c.Name) < 0:
			given = kept
		}
		columns[i] = fmt.Sprintf("CASE WHEN s.%s IS NULL THEN CAST(%s AS %s) ELSE CAST(%s AS %[3]s) END AS %[5]s",
			warehouse.Name(keys[0]), kept, c.Type, given, warehouse.Name(c.Name))
	}
	return fmt.Sprintf("SELECT %s\nFROM (\n%s\n) AS s\nFULL OUTER JOIN %s VERSION AS OF %d AS t ON %s",
		strings.Join(columns, ",\n  "), st.query, st.store.place(st.request.Table.Name), p.Expected, sameKeys())
}

// finish makes the table say what it is. Each step looks first, and does nothing where nothing is missing.
func (st *staged) finish(ctx context.Context, p workspaces.Plan, version int64) error {
	s, t := st.store, st.request.Table
	err := s.Describe(ctx, workspaces.Table{Name: t.Name, Description: t.Summary(), Schema: st.schema, Tags: s.tags(t)})
	if err != nil {
		return err
	}
	o := st.origin
	o.Version, o.Question = version, p.Question
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	properties := s.properties(t)
	properties[propertyOrigin] = string(text)
	_, err = s.run(ctx, "note the origin of "+s.fullName(t.Name),
		fmt.Sprintf("ALTER TABLE %s SET TBLPROPERTIES (%s)", s.place(t.Name), assignments(properties)))
	return err
}
