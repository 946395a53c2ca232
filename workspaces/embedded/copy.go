package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/google/uuid"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// copiesDir holds copies of tables of other workspaces: <dir>/_registered/<workspace>/<table>. No database has its name.
const copiesDir = "_registered"

// Properties of a copy, beside those of feature tables.
const (
	propertyCopyOf         = "featops.copy_of" // the workspace that owns the original
	propertyCopiedDatabase = "featops.copied_database"
	propertyCopiedVersion  = "featops.copied_version"
	propertyCopiedUpdated  = "featops.copied_updated" // when the original got that version
)

// faraway is a workspace whose rows are not on this disk.
type faraway interface {
	// Rows reads the rows of a table at the version that it is given with.
	Rows(ctx context.Context, t workspaces.Table) (array.RecordReader, error)
}

// owner finds a workspace whose tables have to be copied to be read here.
func (w *Workspace) owner(name string) (faraway, bool) {
	if w.options.Peer == nil {
		return nil, false
	}
	f, ok := w.options.Peer(name).(faraway)
	return f, ok
}

// copyOf is a handle on the copy of a table.
func (w *Workspace) copyOf(owner, table string) (*delta.Table, error) {
	if !plain(owner) || !plain(table) {
		return nil, fmt.Errorf("table %q of %q: allowed are names without path separators", table, owner)
	}
	return delta.At(filepath.Join(w.options.Dir, copiesDir, owner, table)), nil
}

// copyTable makes the copy of a table one of the version that it is given with, in one commit, unless it is that already. What it has
// then was read back.
func (w *Workspace) copyTable(ctx context.Context, from faraway, t workspaces.Table) (place string, err error) {
	table, err := w.copyOf(t.Workspace, t.Name)
	if err != nil {
		return "", err
	}
	current, err := table.Snapshot(ctx)
	fresh := errors.Is(err, delta.ErrNoTable)
	if err != nil && !fresh {
		return "", fmt.Errorf("read the copy in %s: %w: once that directory is deleted the copy is made anew", table.Path(), err)
	}
	if !fresh && isCopy(current, t) && verify(ctx, current, t) == nil {
		return table.Path(), nil
	}
	staging := filepath.Join(w.staging, uuid.NewString())
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	files, err := bring(ctx, from, t, staging)
	if err != nil {
		return "", err
	}
	layout, err := toArrow(t.Schema)
	if err != nil {
		return "", err
	}
	opt := delta.CommitOptions{Time: w.now(), Parameters: w.author()}
	var c delta.Commit
	if fresh {
		c, err = table.Create(ctx, delta.Metadata{Description: t.Description, Configuration: aboutCopy(t), Schema: layout}, files, opt)
	} else {
		opt.ExpectedVersion, opt.Description, opt.Configuration = &current.Version, &t.Description, aboutCopy(t)
		c, err = table.Overwrite(ctx, layout, files, opt)
	}
	if err != nil {
		return "", fmt.Errorf("copy version %d of %s: %w", t.Version, t.Name, err)
	}
	w.noteCheckpoint(ctx, t.Name, c.CheckpointErr)
	if current, err = table.SnapshotAt(ctx, c.Version); err == nil {
		err = verify(ctx, current, t)
	}
	if err != nil {
		return "", fmt.Errorf("read the copy back from %s: %w", table.Path(), err)
	}
	w.log.InfoContext(ctx, "table copied", "table", t.Name, "from", t.Workspace, "version", t.Version, "rows", t.Rows)
	return table.Path(), nil
}

// bring writes the rows of a table to files that nothing has adopted.
func bring(ctx context.Context, from faraway, t workspaces.Table, dir string) ([]delta.DataFile, error) {
	records, err := from.Rows(ctx, t)
	if err != nil {
		return nil, err
	}
	defer records.Release()
	var rows int64
	counted := &watchedReader{RecordReader: records, seen: func(r arrow.Record) { rows += r.NumRows() }}
	files, err := delta.WriteFiles(ctx, dir, counted, delta.WriteOptions{})
	if err != nil {
		return nil, fmt.Errorf("copy version %d of %s: %w", t.Version, t.Name, err)
	}
	if rows != t.Rows {
		return nil, fmt.Errorf("copy version %d of %s: %s says that it has %d rows, and gives %d", t.Version, t.Name, t.Workspace, t.Rows, rows)
	}
	return files, nil
}

// aboutCopy is what a copy says of itself.
func aboutCopy(t workspaces.Table) map[string]string {
	out := map[string]string{
		propertyPrimaryKeys: strings.Join(t.Keys, ","), propertyTimestampKeys: t.TimestampKey, propertySources: strings.Join(t.Sources, ","),
		propertyCopyOf: t.Workspace, propertyCopiedDatabase: t.Database,
		propertyCopiedVersion: strconv.FormatInt(t.Version, 10), propertyCopiedUpdated: t.Updated.UTC().Format(time.RFC3339Nano),
	}
	for _, tag := range tagNames {
		out[propertyTags+tag] = t.Tags[tag]
	}
	return out
}

// isCopy reports whether a snapshot is the copy of a version of a table. One that was dropped and made anew may have the version of
// the other, but not its time.
func isCopy(s *delta.Snapshot, t workspaces.Table) bool {
	want := aboutCopy(t)
	maps.DeleteFunc(want, func(key, value string) bool { return s.Metadata.Configuration[key] == value })
	return len(want) == 0 && s.Metadata.Description == t.Description
}

// verify reads a copy to its end and compares it with what its owner says.
func verify(ctx context.Context, s *delta.Snapshot, t workspaces.Table) error {
	columns, err := schema.OfArrow(s.Metadata.Schema)
	if err != nil {
		return err
	}
	if !slices.Equal(columns, t.Schema) {
		return fmt.Errorf("its columns are not those of %s: %s", t.Name, schema.Compare(t.Schema, columns))
	}
	records, err := s.Read(ctx, nil)
	if err != nil {
		return err
	}
	defer records.Release()
	var rows int64
	for records.Next() {
		rows += records.Record().NumRows()
	}
	if err := records.Err(); err != nil {
		return err
	}
	if rows != t.Rows {
		return fmt.Errorf("it has %d rows, and %s says %d", rows, t.Workspace, t.Rows)
	}
	return nil
}

// here is [workspaces.ErrNotRegistered], with a reason, when the rows of a registered table should be here and are not.
func (w *Workspace) here(ctx context.Context, r workspaces.Registration) error {
	if _, ok := w.owner(r.Workspace); !ok {
		return nil
	}
	gone := func(why error) error {
		return fmt.Errorf("%s in %s: %w: its copy: %w", r.Name, w.options.Name, workspaces.ErrNotRegistered, why)
	}
	table, err := w.copyOf(r.Workspace, r.Name)
	if err != nil {
		return gone(err)
	}
	s, err := table.Snapshot(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return gone(err)
	case !isCopy(s, r.Table):
		return gone(fmt.Errorf("it is of version %s, and not of %d", s.Metadata.Configuration[propertyCopiedVersion], r.Version))
	}
	return nil
}

// Copy returns the copy of a table of another workspace at a version that was registered here; [workspaces.ErrNoTable] when it has
// none of that.
func (w *Workspace) Copy(ctx context.Context, owner, table string, version int64) (workspaces.Table, error) {
	s, err := w.copyAt(ctx, owner, table, version)
	if err != nil {
		return workspaces.Table{}, err
	}
	t, err := w.describe(table, filepath.Join(w.options.Dir, copiesDir, owner, table), s)
	t.Workspace, t.Database, t.Version = owner, s.Metadata.Configuration[propertyCopiedDatabase], version
	if updated, err := time.Parse(time.RFC3339Nano, s.Metadata.Configuration[propertyCopiedUpdated]); err == nil {
		t.Updated = updated
	}
	return t, err
}

// copyAt finds the snapshot of a copy that has a version of the original.
func (w *Workspace) copyAt(ctx context.Context, owner, table string, version int64) (*delta.Snapshot, error) {
	t, err := w.copyOf(owner, table)
	if err != nil {
		return nil, err
	}
	commits, err := t.History(ctx, 0)
	if err != nil && !errors.Is(err, delta.ErrNoTable) {
		return nil, err
	}
	want := strconv.FormatInt(version, 10)
	for _, c := range commits {
		s, err := t.SnapshotAt(ctx, c.Version)
		if err != nil {
			return nil, err
		}
		if s.Metadata.Configuration[propertyCopiedVersion] == want {
			return s, nil
		}
	}
	return nil, fmt.Errorf("version %d of %s of %s in %s: %w", version, table, owner, w.options.Name, workspaces.ErrNoTable)
}
