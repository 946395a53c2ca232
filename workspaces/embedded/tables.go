package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// Table properties of feature tables. Lists are joined by commas, which no name has in it.
const (
	propertyPrimaryKeys   = "featops.primary_keys"
	propertyTimestampKeys = "featops.timestamp_keys"
	propertyTags          = "featops.tags." // and the tag
	propertySources       = "featops.sources"
)

// tagNames are the tags of every feature table.
var tagNames = []string{"database", "based_on", "table"}

// properties is what a feature table says of itself.
func (w *Workspace) properties(t features.Table) map[string]string {
	return map[string]string{
		propertyPrimaryKeys:       features.CustomerKey + "," + features.ReleaseKey,
		propertyTimestampKeys:     features.ReleaseKey,
		propertyTags + "database": w.options.Database,
		propertyTags + "based_on": t.Source.Name,
		propertyTags + "table":    t.Name,
		propertySources:           t.Source.FullName(),
	}
}

// table is a handle on a feature table of this workspace.
func (w *Workspace) table(name string) (*delta.Table, error) {
	if !plain(name) {
		return nil, fmt.Errorf("table %q: allowed are names without path separators", name)
	}
	return delta.At(filepath.Join(w.options.Dir, w.options.Database, name)), nil
}

// plain reports whether a name is the name of a directory and leads nowhere else.
func plain(name string) bool {
	return name != "" && name == filepath.Base(name) && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_")
}

// noTable turns delta's word for a table that is not there into the workspaces' own.
func (w *Workspace) noTable(name string, err error) error {
	if errors.Is(err, delta.ErrNoTable) {
		return fmt.Errorf("%s.%s in %s: %w", w.options.Database, name, w.options.Name, workspaces.ErrNoTable)
	}
	return err
}

// Tables implements [workspaces.Workspace]. A table that cannot be read does not hide the others: they
// are returned together with the error.
func (w *Workspace) Tables(ctx context.Context) ([]workspaces.Table, error) {
	entries, err := os.ReadDir(filepath.Join(w.options.Dir, w.options.Database))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the tables of %s: %w", w.options.Name, err)
	}
	var out []workspaces.Table
	var problems []error
	for _, e := range entries {
		if !e.IsDir() || !plain(e.Name()) {
			continue
		}
		t, err := w.Table(ctx, e.Name())
		switch {
		case errors.Is(err, workspaces.ErrNoTable): // its first commit never came
		case err != nil:
			problems = append(problems, err)
		default:
			out = append(out, t)
		}
	}
	return out, errors.Join(problems...)
}

// Table implements [workspaces.Workspace].
func (w *Workspace) Table(ctx context.Context, name string) (workspaces.Table, error) {
	t, err := w.table(name)
	if err != nil {
		return workspaces.Table{}, err
	}
	s, err := t.Snapshot(ctx)
	if err != nil {
		return workspaces.Table{}, w.noTable(name, err)
	}
	return w.describe(name, t.Path(), s)
}

// TableAt implements [workspaces.Workspace].
func (w *Workspace) TableAt(ctx context.Context, name string, version int64) (workspaces.Table, error) {
	t, err := w.table(name)
	if err != nil {
		return workspaces.Table{}, err
	}
	s, err := t.SnapshotAt(ctx, version)
	if err != nil {
		return workspaces.Table{}, w.noTable(name, err)
	}
	return w.describe(name, t.Path(), s)
}

// describe tells a snapshot in the terms of workspaces.
func (w *Workspace) describe(name, path string, s *delta.Snapshot) (workspaces.Table, error) {
	columns, err := schema.OfArrow(s.Metadata.Schema)
	if err != nil {
		return workspaces.Table{}, fmt.Errorf("%s.%s in %s: %w", w.options.Database, name, w.options.Name, err)
	}
	rows, err := s.Rows()
	if err != nil {
		return workspaces.Table{}, err
	}
	has := s.Metadata.Configuration
	t := workspaces.Table{
		Workspace: w.options.Name, Database: w.options.Database, Name: name, Location: path,
		Version: s.Version, Updated: s.Timestamp, Rows: rows, Schema: columns,
		Keys: list(has[propertyPrimaryKeys]), TimestampKey: has[propertyTimestampKeys],
		Description: s.Metadata.Description, Tags: map[string]string{}, Sources: list(has[propertySources]),
	}
	for _, tag := range tagNames {
		if value, ok := has[propertyTags+tag]; ok {
			t.Tags[tag] = value
		}
	}
	return t, nil
}

func list(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, ",")
}

// History implements [workspaces.Workspace].
func (w *Workspace) History(ctx context.Context, table string, limit int) ([]workspaces.Commit, error) {
	t, err := w.table(table)
	if err != nil {
		return nil, err
	}
	commits, err := t.History(ctx, limit)
	if err != nil {
		return nil, w.noTable(table, err)
	}
	out := make([]workspaces.Commit, len(commits))
	for i, c := range commits {
		out[i] = workspaces.Commit{
			Version: c.Version, Time: c.Timestamp, Operation: c.Operation,
			Parameters: c.Parameters, Metrics: c.Metrics, By: c.EngineInfo, Origin: told(c),
		}
	}
	return out, nil
}

// Restore implements [workspaces.Workspace].
func (w *Workspace) Restore(ctx context.Context, table string, version int64) (workspaces.Commit, error) {
	if err := w.writable("restore " + table); err != nil {
		return workspaces.Commit{}, err
	}
	t, err := w.table(table)
	if err != nil {
		return workspaces.Commit{}, err
	}
	c, err := t.Restore(ctx, version, delta.CommitOptions{Time: w.now(), Parameters: w.author()})
	if err != nil {
		return workspaces.Commit{}, w.noTable(table, err)
	}
	w.noteCheckpoint(ctx, table, c.CheckpointErr)
	w.tick()
	history, err := w.History(ctx, table, 1)
	if err != nil {
		return workspaces.Commit{}, err
	}
	return history[0], nil
}

// noteCheckpoint logs that a commit stands but its checkpoint could not be written: readers have more commits to
// go through, and the next checkpoint makes up for it.
func (w *Workspace) noteCheckpoint(ctx context.Context, table string, err error) {
	if err != nil {
		w.log.WarnContext(ctx, "the table is saved, but not its checkpoint", "table", table, "error", err)
	}
}

// author names the user in the history of a table.
func (w *Workspace) author() map[string]string {
	if w.options.User == "" {
		return nil
	}
	return map[string]string{"user": w.options.User}
}
