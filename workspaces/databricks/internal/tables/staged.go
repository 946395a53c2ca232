package tables

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// staged is new data of a table as a statement that was not run.
type staged struct {
	store   *Store
	request workspaces.BuildRequest
	source  workspaces.Table // as it is read, at one version
	origin  origin           // what the new data is made from
	query   string           // empty while the table is up to date and nobody forces it

	schema   schema.Schema
	rows     int64
	warnings []workspaces.SourceWarning

	current  workspaces.Table // as it was when it was last looked at
	before   origin           // of the newest build that is in it
	upToDate bool
}

func (st *staged) Schema() schema.Schema                { return st.schema }
func (st *staged) Rows() int64                          { return st.rows }
func (st *staged) UpToDate() bool                       { return st.upToDate }
func (st *staged) Warnings() []workspaces.SourceWarning { return st.warnings }
func (st *staged) Discard() error                       { return nil }

// Extent implements [workspaces.Staged]. A warehouse computes all of a table.
func (st *staged) Extent() *workspaces.Extent { return nil }

// look reads the table as it is now, and whether it is up to date.
func (st *staged) look(ctx context.Context) error {
	s, table := st.store, st.request.Table.Name
	st.current, st.before, st.upToDate = workspaces.Table{}, origin{}, false
	s.Forget(table)
	info, err := s.info(ctx, s.options.Catalog, s.options.Database, table)
	if err != nil {
		return err
	}
	if st.current, err = s.describe(ctx, info); err != nil {
		return err
	}
	st.before, _ = readOrigin(info.Properties)
	if st.before.Fingerprint != st.origin.Fingerprint {
		return nil
	}
	changed, err := s.changedSince(ctx, table, st.before.Version)
	st.upToDate = err == nil && !changed
	return err
}

// quiet are operations that leave the rows and the columns of a table as they are.
var quiet = map[string]bool{
	"SET TBLPROPERTIES": true, "UNSET TBLPROPERTIES": true, "CHANGE COLUMN": true, "CHANGE COLUMNS": true, "ADD CONSTRAINT": true,
	"OPTIMIZE": true, "VACUUM START": true, "VACUUM END": true, "COMPUTE STATS": true, "ANALYZE": true, "CLUSTER BY": true,
}

// changedSince reports whether something has changed the data of a table after a version.
func (s *Store) changedSince(ctx context.Context, table string, version int64) (bool, error) {
	commits, err := s.commits(ctx, s.fullName(table), s.place(table), quietAfter)
	if err != nil {
		return true, err
	}
	for _, c := range commits {
		if c.Version <= version {
			return c.Version != version, nil
		}
		if !quiet[c.Operation] {
			return true, nil
		}
	}
	return true, nil
}

// Current implements [workspaces.Staged]. A table that was up to date and has changed since, or has gone, needs the new data
// after all.
func (st *staged) Current(ctx context.Context) (workspaces.Table, error) {
	err := st.look(ctx)
	if err != nil && !errors.Is(err, workspaces.ErrNoTable) {
		return workspaces.Table{}, err
	}
	if !st.upToDate && st.query == "" {
		if err := st.plan(ctx); err != nil {
			return workspaces.Table{}, err
		}
	}
	return st.current, err
}

// NonNull implements [workspaces.Staged].
func (st *staged) NonNull(ctx context.Context, columns []string) (map[string]int64, error) {
	if len(columns) == 0 {
		return nil, nil
	}
	counts := make([]string, len(columns))
	for i, c := range columns {
		counts[i] = fmt.Sprintf("count(%s) AS c%d", warehouse.Name(c), i)
	}
	table := st.request.Table.Name
	row, err := st.store.one(ctx, "count the values of "+table, "SELECT "+strings.Join(counts, ", ")+" FROM "+st.store.place(table))
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for i, c := range columns {
		if out[c], err = row.Int(fmt.Sprintf("c%d", i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Changes implements [workspaces.Staged]. Where the type of a column differs in a way that a merge cannot take over, rows
// are compared by their keys alone, and those that match count as updated.
func (st *staged) Changes(ctx context.Context) (workspaces.Changes, error) {
	current, err := st.Current(ctx)
	if err != nil {
		return workspaces.Changes{}, err
	}
	if st.upToDate {
		return workspaces.Changes{Unchanged: st.rows}, nil
	}
	table := st.request.Table.Name
	diff := schema.Compare(current.Schema, st.schema)
	differs := "true"
	if len(diff.Changed) == 0 {
		differs = differ(current.Schema, st.schema)
	}
	row, err := st.store.one(ctx, "count what would change in "+table, fmt.Sprintf(`SELECT
  count_if(t.%[1]s IS NULL) AS inserted,
  count_if(t.%[1]s IS NOT NULL AND (%[2]s)) AS updated,
  count_if(t.%[1]s IS NOT NULL AND NOT (%[2]s)) AS unchanged
FROM (
%[3]s
) AS s
LEFT JOIN %[4]s AS t ON %[5]s`, warehouse.Name(keys[0]), differs, st.query, st.store.place(table), sameKeys()))
	if err != nil {
		return workspaces.Changes{}, err
	}
	c, err := counts(row, "inserted", "updated", "unchanged")
	c.Absent = current.Rows - c.Updated - c.Unchanged
	return c, err
}

func counts(row warehouse.Row, inserted, updated, unchanged string) (c workspaces.Changes, err error) {
	var errs [3]error
	c.Inserted, errs[0] = row.Int(inserted)
	c.Updated, errs[1] = row.Int(updated)
	if unchanged != "" {
		c.Unchanged, errs[2] = row.Int(unchanged)
	}
	return c, errors.Join(errs[:]...)
}

// sameKeys is the condition that rows s and t are one.
func sameKeys() string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fmt.Sprintf("s.%s = t.%[1]s", warehouse.Name(k))
	}
	return strings.Join(parts, " AND ")
}

// differ is the condition that row s has other values than row t in the columns that both have, or values in columns
// that only s has.
func differ(table, data schema.Schema) string {
	parts := []string{"false"}
	for _, c := range data {
		switch {
		case isKey(c.Name):
		case table.Index(c.Name) < 0:
			parts = append(parts, fmt.Sprintf("s.%s IS NOT NULL", warehouse.Name(c.Name)))
		default:
			parts = append(parts, fmt.Sprintf("NOT (s.%s <=> t.%[1]s)", warehouse.Name(c.Name)))
		}
	}
	return strings.Join(parts, " OR ")
}

func isKey(column string) bool {
	for _, k := range keys {
		if strings.EqualFold(k, column) {
			return true
		}
	}
	return false
}
