package registration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// recordTable remembers what is registered.
const recordTable = "featops_registrations"

// entry is a registration and where its table is found here.
type entry struct {
	workspaces.Registration
	place place
}

func (s *Store) records() string {
	return warehouse.Name(s.options.Catalog, s.options.Database, recordTable)
}

// Registrations lists the tables of other workspaces that are registered here, by name. It costs a call for each of them, and
// a statement when it is not known what is registered. Without a warehouse there are none.
func (s *Store) Registrations(ctx context.Context) ([]workspaces.Registration, error) {
	if s.options.Warehouse.None() {
		return nil, nil
	}
	known, err := s.entries(ctx)
	if err != nil {
		return nil, err
	}
	var out []workspaces.Registration
	for _, e := range known {
		switch err := s.present(ctx, e); {
		case errors.Is(err, workspaces.ErrNotRegistered):
			s.options.Log.DebugContext(ctx, "a registered table can no longer be seen", "table", e.Name, "place", e.place.full(), "error", err)
		case err != nil:
			return nil, err
		default:
			out = append(out, e.Registration)
		}
	}
	return out, nil
}

// Registration returns one of them; [workspaces.ErrNotRegistered] when there is none of that name, or its table can no longer be
// seen.
func (s *Store) Registration(ctx context.Context, table string) (workspaces.Registration, error) {
	known, err := s.entries(ctx)
	if err != nil {
		return workspaces.Registration{}, err
	}
	i := slices.IndexFunc(known, func(e entry) bool { return e.Name == table })
	if i < 0 {
		return workspaces.Registration{}, fmt.Errorf("%s in %s: %w", table, s.options.Workspace, workspaces.ErrNotRegistered)
	}
	if err := s.present(ctx, known[i]); err != nil {
		return workspaces.Registration{}, err
	}
	return known[i].Registration, nil
}

// present is [workspaces.ErrNotRegistered], with a reason, when the table of an entry can no longer be seen here. Tables outside of
// Unity Catalog are believed to be where they were: only a warehouse could tell.
func (s *Store) present(ctx context.Context, e entry) error {
	if e.place.catalog == hiveMetastore {
		return nil
	}
	err := s.visible(ctx, e.place)
	if notThere(err) || forbidden(err) {
		return fmt.Errorf("%s in %s: %w: %w", e.Name, s.options.Workspace, workspaces.ErrNotRegistered, err)
	}
	return err
}

// entries are those of the record, which is read when it has to be.
func (s *Store) entries(ctx context.Context) ([]entry, error) {
	s.mu.Lock()
	known, fresh := s.known, !s.asked.IsZero() && s.options.Now().Sub(s.asked) < s.options.Fresh
	change := s.changes
	s.mu.Unlock()
	if fresh {
		return known, nil
	}
	asked := s.options.Now()
	r, err := s.run(ctx, "read what is registered", fmt.Sprintf("SELECT table_name, place, registration FROM %s WHERE registered_in = %s ORDER BY table_name",
		s.records(), warehouse.Text(s.options.Workspace)))
	switch {
	case gone(err): // it is made with the first registration
		known = nil
	case err != nil:
		return nil, err
	default:
		if known, err = read(r.Rows); err != nil {
			return nil, fmt.Errorf("read %s in %s: %w", recordTable, s.options.Workspace, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes == change { // else it may be older than the change
		s.known, s.asked = known, asked
	}
	return known, nil
}

func read(rows []warehouse.Row) ([]entry, error) {
	var out []entry
	for _, row := range rows {
		name, _ := row.Text("table_name")
		at, _ := row.Text("place")
		text, _ := row.Text("registration")
		parts := strings.Split(at, ".")
		if len(parts) != 3 {
			return nil, fmt.Errorf("table %s: %q is no name of a table", name, at)
		}
		e := entry{place: place{catalog: parts[0], database: parts[1], table: parts[2]}}
		if err := json.Unmarshal([]byte(text), &e.Registration); err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		out = append(out, e)
	}
	return out, nil
}

// forget makes the next look at the record go to the warehouse.
func (s *Store) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = time.Time{}
	s.changes++
}

// note writes an entry, with the record itself when there is none. Somebody else who writes at the same time makes the
// statement fail, and it is run again.
func (s *Store) note(ctx context.Context, e entry) error {
	defer s.forget()
	text, err := json.Marshal(e.Registration)
	if err != nil {
		return err
	}
	statement := fmt.Sprintf(`MERGE INTO %s AS t
USING (SELECT %s AS registered_in, %s AS table_name, %s AS workspace, %s AS place, %s AS registration) AS s
ON t.registered_in = s.registered_in AND t.table_name = s.table_name
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *`,
		s.records(), warehouse.Text(s.options.Workspace), warehouse.Text(e.Name), warehouse.Text(e.Workspace), warehouse.Text(e.place.full()), warehouse.Text(string(text)))
	what := "note that " + e.Name + " is registered"
	return s.await(ctx, func() (bool, error) {
		_, err := s.run(ctx, what, statement)
		if gone(err) {
			if err := s.makeRecord(ctx); err != nil {
				return false, err
			}
			_, err = s.run(ctx, what, statement)
		}
		return overtaken(err), err
	})
}

func (s *Store) makeRecord(ctx context.Context) error {
	if err := s.options.MakeDatabase(ctx); err != nil {
		return err
	}
	_, err := s.run(ctx, "make "+recordTable, "CREATE TABLE IF NOT EXISTS "+s.records()+` (
  registered_in STRING COMMENT 'the workspace where it is registered',
  table_name STRING COMMENT 'of the feature table, in the workspace that computes it',
  workspace STRING COMMENT 'that computes it',
  place STRING COMMENT 'the full name of the table here',
  registration STRING COMMENT 'what was registered, as JSON'
) USING DELTA
COMMENT 'Feature tables of other workspaces that are registered here.'`)
	return err
}

// gone reports whether a statement failed because the record or its database is not there.
func gone(err error) bool {
	var e *warehouse.StatementError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Condition() {
	case "TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND":
		return true
	}
	return false
}

// overtaken reports whether a statement failed because another one changed the table at the same time.
func overtaken(err error) bool {
	var e *warehouse.StatementError
	return errors.As(err, &e) && strings.HasPrefix(e.Condition(), "DELTA_CONCURRENT_")
}
