package tables

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// History lists the newest commits of a table, the newest first; limit 0 lists all.
func (s *Store) History(ctx context.Context, table string, limit int) ([]workspaces.Commit, error) {
	commits, err := s.commits(ctx, s.fullName(table), s.place(table), limit)
	if err != nil {
		return nil, err
	}
	info, err := s.info(ctx, s.options.Catalog, s.options.Database, table)
	if err != nil {
		return nil, err
	}
	if o, ok := readOrigin(info.Properties); ok {
		for i, c := range commits {
			if c.Version == o.Version {
				commits[i].Origin = o.told()
			}
		}
	}
	return commits, nil
}

// commits lists the newest commits of any table.
func (s *Store) commits(ctx context.Context, full, place string, limit int) ([]workspaces.Commit, error) {
	statement := "DESCRIBE HISTORY " + place
	if limit > 0 {
		statement += fmt.Sprintf(" LIMIT %d", limit)
	}
	r, err := s.run(ctx, "read the history of "+full, statement)
	if gone(err) {
		return nil, fmt.Errorf("%s in %s: %w", full, s.options.Workspace, workspaces.ErrNoTable)
	}
	if err != nil {
		return nil, err
	}
	out := make([]workspaces.Commit, len(r.Rows))
	for i, row := range r.Rows {
		c := &out[i]
		if c.Version, err = row.Int("version"); err != nil {
			return nil, fmt.Errorf("the history of %s in %s: %w", full, s.options.Workspace, err)
		}
		at, _ := row.Text("timestamp")
		c.Time = when(at)
		c.Operation, _ = row.Text("operation")
		c.By, _ = row.Text("engineInfo")
		c.Parameters, c.Metrics = textMap(row, "operationParameters"), textMap(row, "operationMetrics")
		if user, ok := row.Text("userName"); ok {
			if c.Parameters == nil {
				c.Parameters = map[string]string{}
			}
			c.Parameters["user"] = user
		}
	}
	return out, nil
}

func textMap(row warehouse.Row, column string) (out map[string]string) {
	if text, ok := row.Text(column); ok {
		json.Unmarshal([]byte(text), &out) // an answer of another shape tells nothing
	}
	return out
}

// gone reports whether a statement failed because a table or its database is not there.
func gone(err error) bool {
	var e *warehouse.StatementError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Condition() {
	case "TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE", "DELTA_PATH_DOES_NOT_EXIST":
		return true
	}
	return false
}

// Restore makes an earlier version of a table its newest one.
func (s *Store) Restore(ctx context.Context, table string, version int64) (workspaces.Commit, error) {
	defer s.Forget(table)
	_, err := s.run(ctx, fmt.Sprintf("restore %s to version %d", s.fullName(table), version),
		fmt.Sprintf("RESTORE TABLE %s TO VERSION AS OF %d", s.place(table), version))
	if gone(err) {
		return workspaces.Commit{}, fmt.Errorf("%s in %s: %w", s.fullName(table), s.options.Workspace, workspaces.ErrNoTable)
	}
	if err != nil {
		return workspaces.Commit{}, err
	}
	return s.newest(ctx, s.fullName(table), s.place(table))
}

// origin is what a version of a table was made from. It is kept as JSON in a property of the table.
type origin struct {
	Fingerprint string                   `json:"fingerprint"`
	Version     int64                    `json:"version"` // that the data was written as
	Start       string                   `json:"start_date"`
	End         string                   `json:"end_date"`
	Frame       features.Frame           `json:"frame,omitempty"`
	Sources     map[string]sourceVersion `json:"sources"`
	Seen        []int64                  `json:"seen_rows,omitempty"` // of the source by this build and the ones before, the newest first
	Question    string                   `json:"question,omitempty"`
}

// sourceVersion is one version of one table: another table of the same name has another id.
type sourceVersion struct {
	Table   string `json:"table"`
	Version int64  `json:"version"`
}

func readOrigin(properties map[string]string) (o origin, ok bool) {
	if json.Unmarshal([]byte(properties[propertyOrigin]), &o) != nil {
		return origin{}, false
	}
	return o, o.Fingerprint != ""
}

func (o origin) told() *workspaces.Origin {
	out := &workspaces.Origin{Start: o.Start, End: o.End, Frame: o.Frame, Sources: map[string]int64{}, Question: o.Question}
	for name, s := range o.Sources {
		out.Sources[name] = s.Version
	}
	return out
}
