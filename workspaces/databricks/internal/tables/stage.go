package tables

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/features"
	"featops/features/schema"
	"featops/features/sparksql"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

const (
	seenBuilds = 6  // whose row counts of the source are remembered, the newest included
	keysShown  = 5  // bad keys in an error
	quietAfter = 20 // commits that are looked through for one that changed data
)

// Stage plans the new data of a table: nothing is computed but its schema, its keys and what is wrong with its source.
func (s *Store) Stage(ctx context.Context, r workspaces.BuildRequest) (workspaces.Staged, error) {
	st := &staged{store: s, request: r}
	st.tell("read", 0)
	id, err := st.openSource(ctx)
	if err != nil {
		return nil, err
	}
	st.origin = s.originOf(r, id, st.source.Version)
	if err := st.look(ctx); err != nil && !errors.Is(err, workspaces.ErrNoTable) {
		return nil, err
	}
	st.origin.Seen = seen(st.origin, st.before, st.source.Rows)
	if err := st.checkSource(ctx); err != nil {
		return nil, err
	}
	if st.upToDate && !r.Params.ForceOverwrite {
		st.schema, st.rows = st.current.Schema, st.current.Rows
		return st, nil
	}
	return st, st.plan(ctx)
}

func (st *staged) tell(stage string, rows int64) {
	if st.request.Progress != nil {
		st.request.Progress(workspaces.Progress{Stage: stage, Total: rows})
	}
}

// plan writes the statement of the new data and asks what it would give.
func (st *staged) plan(ctx context.Context) (err error) {
	s, t := st.store, st.request.Table
	if err := st.checkMonths(ctx); err != nil {
		return err
	}
	query, err := sparksql.Select(t, st.selection())
	if err != nil {
		return err
	}
	described, err := s.run(ctx, "plan "+t.Name, "DESCRIBE QUERY\n"+query)
	if err != nil {
		return err
	}
	if len(described.Rows) < len(keys) {
		return fmt.Errorf("plan %s in %s: the warehouse tells of %d columns", t.Name, s.options.Workspace, len(described.Rows))
	}
	st.query, st.schema = query, nil
	for _, row := range described.Rows {
		column, _ := row.Text("col_name")
		kind, _ := row.Text("data_type")
		st.schema = append(st.schema, schema.Column{Name: column, Type: kindOf(kind)})
	}
	comments, err := t.Schema(st.schema[0].Type)
	if err != nil {
		return err
	}
	for i, c := range st.schema {
		if j := comments.Index(c.Name); j >= 0 {
			st.schema[i].Comment = comments[j].Comment
		}
	}
	st.tell("compute", 0)
	return st.checkKeys(ctx)
}

// selection reads the source at the version that was looked at, so that what is checked is what is saved.
func (st *staged) selection() sparksql.Options {
	r := st.request
	return sparksql.Options{
		Catalog: st.store.options.Catalog, Database: r.Table.Source.Database, Version: &st.source.Version,
		Start: r.Params.Start, End: r.Params.End, Frame: r.Table.Frame,
	}
}

// openSource finds the source of a table, checks it for what the table needs of it, and tells the number that the catalog gave it.
func (st *staged) openSource(ctx context.Context) (id string, err error) {
	s, t := st.store, st.request.Table
	info, err := s.info(ctx, s.options.Catalog, t.Source.Database, t.Source.Name)
	if errors.Is(err, workspaces.ErrNoTable) {
		return "", &MissingSourceError{Workspace: s.options.Workspace, Source: s.options.Catalog + "." + t.Source.FullName()}
	}
	if err != nil {
		return "", err
	}
	if st.source, err = s.describeSource(ctx, t.Source, info); err != nil {
		return "", err
	}
	return info.TableId, t.Source.Check(t.Columns(), st.source.Schema)
}

// MissingSourceError says that the catalog does not have a source table.
type MissingSourceError struct{ Workspace, Source string }

func (e *MissingSourceError) Error() string {
	return fmt.Sprintf("source %s is not here in %s: the catalog has no table of this name, or hides it from this user (USE CATALOG, USE SCHEMA and SELECT are needed)",
		e.Source, e.Workspace)
}

func (s *Store) badRowsShare(table string) float64 {
	if s.options.BadRowsShare == nil {
		return 0
	}
	return s.options.BadRowsShare(table)
}

// originOf is what a build makes a table from.
func (s *Store) originOf(r workspaces.BuildRequest, sourceID string, version int64) origin {
	o := origin{
		Start: r.Params.Start.Format(time.DateOnly), End: r.Params.End.Format(time.DateOnly), Frame: r.Table.Frame,
		Sources: map[string]sourceVersion{r.Table.Source.FullName(): {sourceID, version}},
	}
	// A definition is plain data without pointers, so Go's syntax for it tells all of it, and tells it the same way each time.
	text := fmt.Appendf(nil, "%#v\n%s\n%s\n%v\n%v", r.Table, o.Start, o.End, o.Sources, s.badRowsShare(r.Table.Name))
	o.Fingerprint = fmt.Sprintf("%x", sha256.Sum256(text))
	return o
}

// seen are the rows that builds saw in a source, the newest first, each version of it once.
func seen(now, before origin, rows int64) []int64 {
	past := before.Seen
	for name, v := range now.Sources {
		if before.Sources[name] == v && len(past) > 0 {
			past = past[1:]
		}
	}
	return slices.Concat([]int64{rows}, past[:min(len(past), seenBuilds-1)])
}

// checkSource judges the source before it is read.
func (st *staged) checkSource(ctx context.Context) (err error) {
	s, t, source := st.store, st.request.Table, st.source
	if s.options.Health == nil {
		return nil
	}
	facts := workspaces.SourceFacts{
		Source: t.Source.FullName(), Rows: source.Rows, Earlier: st.origin.Seen[1:], Monthly: t.Release.After != "",
	}
	if facts.Monthly {
		if facts.Newest, err = s.newestMonth(ctx, t, source); err != nil {
			return err
		}
	}
	st.warnings, err = workspaces.CheckSource(facts, s.options.Health(t.Source.Name), st.request.Params.End, s.options.Now())
	return err
}

// newestMonth is the newest month in a source; the zero time where no row has one.
func (s *Store) newestMonth(ctx context.Context, t features.Table, source workspaces.Table) (time.Time, error) {
	column := warehouse.Name(t.Release.After)
	month := fmt.Sprintf("date_format(max(%s), 'yyyy-MM')", column)
	if i := source.Schema.Index(t.Release.After); i >= 0 && source.Schema[i].Type == schema.String {
		month = fmt.Sprintf("max(CASE WHEN trim(%[1]s) RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN trim(%[1]s) END)", column)
	}
	row, err := s.one(ctx, "look for the newest month of "+t.Source.FullName(),
		fmt.Sprintf("SELECT %s AS month FROM %s VERSION AS OF %d", month, s.sourcePlace(t.Source), source.Version))
	if err != nil {
		return time.Time{}, err
	}
	value, ok := row.Text("month")
	if !ok {
		return time.Time{}, nil
	}
	return time.Parse("2006-01", value)
}

// checkMonths counts the rows of the source that have no month. More of them than allowed are an error.
func (st *staged) checkMonths(ctx context.Context) error {
	s, t := st.store, st.request.Table
	statement, has := sparksql.BadRows(t, st.selection())
	if !has {
		return nil
	}
	row, err := s.one(ctx, "count the rows of "+t.Source.FullName()+" without a month", statement)
	if err != nil {
		return err
	}
	rows, errRows := row.Int("rows")
	bad, errBad := row.Int("bad_rows")
	if err := errors.Join(errRows, errBad); err != nil || bad == 0 {
		return err
	}
	value, has := row.Text("example")
	if value = fmt.Sprintf("%q", value); !has {
		value = "null"
	}
	customer, _ := row.Text("example_customer")
	example := fmt.Sprintf("column %s: %s is no month (customer %s)", t.Release.After, value, customer)
	if allowed := s.badRowsShare(t.Name); float64(bad) > allowed*float64(rows) {
		return fmt.Errorf("table %s: source %s: %s: %d of %d rows are bad, the allowed share is %v", t.Name, t.Source.FullName(), example, bad, rows, allowed)
	}
	st.warnings = append(st.warnings, workspaces.SourceWarning{
		Source: t.Source.FullName(), Check: workspaces.BadRows,
		Message: fmt.Sprintf("%d of %d rows are without a month and were left out; one of them: %s", bad, rows, example),
	})
	return nil
}

// checkKeys counts the rows of the new data. Null and duplicate keys are an error that shows some.
func (st *staged) checkKeys(ctx context.Context) error {
	s, t := st.store, st.request.Table
	grouped := fmt.Sprintf("SELECT %s, count(*) AS n\nFROM (\n%s\n)\nGROUP BY %[1]s", names(keys, "", ", "), st.query)
	null := names(keys, "", " IS NULL OR ") + " IS NULL"
	row, err := s.one(ctx, "check the keys of "+t.Name, fmt.Sprintf(`SELECT coalesce(sum(n), 0) AS all_rows,
  coalesce(sum(n) FILTER (WHERE %[1]s), 0) AS nulls,
  coalesce(sum(n - 1) FILTER (WHERE NOT (%[1]s)), 0) AS duplicates
FROM (
%[2]s
)`, null, grouped))
	if err != nil {
		return err
	}
	all, errAll := row.Int("all_rows")
	nulls, errNulls := row.Int("nulls")
	duplicates, errDuplicates := row.Int("duplicates")
	st.rows = all
	if err := errors.Join(errAll, errNulls, errDuplicates); err != nil || nulls+duplicates == 0 {
		return err
	}
	r, err := s.run(ctx, "look for bad keys of "+t.Name, fmt.Sprintf("SELECT %s\nFROM (\n%s\n)\nWHERE n > 1 OR %s\nORDER BY 1, 2\nLIMIT %d",
		names(keys, "", ", "), grouped, null, keysShown))
	if err != nil {
		return err
	}
	var examples []string
	for _, row := range r.Rows {
		values := make([]string, len(keys))
		for i, k := range keys {
			if v, ok := row.Text(k); ok {
				values[i] = v
			} else {
				values[i] = "null"
			}
		}
		examples = append(examples, "("+strings.Join(values, ", ")+")")
	}
	return fmt.Errorf("table %s: the new data has %d rows with a null key and %d with a duplicate key: %s, … allowed is one row per (%s); nothing was written",
		t.Name, nulls, duplicates, strings.Join(examples, "; "), strings.Join(keys, ", "))
}
