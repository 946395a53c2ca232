package delta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/uuid"
)

// Create makes a new table with the given files, possibly none. An empty ID is drawn, a zero
// CreatedTime is the time of the commit. A table that exists already is a [ConflictError].
func (t *Table) Create(ctx context.Context, md Metadata, files []DataFile, opt CommitOptions) (Commit, error) {
	fail := func(err error) (Commit, error) {
		return Commit{}, fmt.Errorf("create table %s: %w", t.path, err)
	}
	if e := opt.ExpectedVersion; e != nil && *e != NoTable {
		return fail(fmt.Errorf("expected version %d: a new table has none before it (%d)", *e, NoTable))
	}
	log, err := t.list()
	if err == nil {
		if opt.Transaction.AppID != "" {
			var existing *Snapshot
			if existing, err = t.snapshot(ctx, log, log.newest); err == nil {
				err = existing.repeated(opt.Transaction)
			}
			if err != nil {
				return fail(err)
			}
		}
		return fail(&ConflictError{Table: t.path, Version: log.newest, Reason: "the table exists already"})
	}
	if !errors.Is(err, ErrNoTable) {
		return fail(err)
	}
	if md.Schema == nil || md.Schema.NumFields() == 0 {
		return fail(errors.New("a table needs at least one column"))
	}
	if md.Schema, err = canonical(md.Schema); err != nil {
		return fail(err)
	}
	if md.ID == "" {
		md.ID = uuid.NewString()
	}
	opt.Time = opt.time()
	if md.CreatedTime.IsZero() {
		md.CreatedTime = opt.Time
	}
	md.Configuration = maps.Clone(md.Configuration)
	x := transaction{
		table: t, options: opt, operation: "CREATE TABLE", blind: true, metadata: &md, adds: files,
		parameters: map[string]string{"isManaged": "false", "description": md.Description, "partitionBy": "[]", "properties": jsonText(md.Configuration)},
	}
	if len(files) > 0 {
		x.operation = "CREATE TABLE AS SELECT"
	}
	return x.commit(ctx)
}

// Append adds the rows of files. The files' columns must be the table's, in name and type; columns
// that they do not have are null. New columns are added only by [CommitOptions.AddColumns].
// An append gets along with other appends and merges that happen at the same time.
func (t *Table) Append(ctx context.Context, files []DataFile, opt CommitOptions) (Commit, error) {
	base, err := t.base(ctx, opt)
	if err != nil {
		return Commit{}, fmt.Errorf("append to %s: %w", t.path, err)
	}
	x := transaction{
		table: t, base: base, options: opt, operation: "WRITE", blind: true, adds: files,
		parameters: map[string]string{"mode": "Append", "partitionBy": "[]"},
	}
	return x.commit(ctx)
}

// Overwrite replaces all rows by those of files, and the schema by the given one, nil for the same
// as before. The table keeps its id, and its old versions stay readable. Rows that somebody else
// commits at the same time are never lost: they make it a [ConflictError].
func (t *Table) Overwrite(ctx context.Context, schema *arrow.Schema, files []DataFile, opt CommitOptions) (Commit, error) {
	fail := func(err error) (Commit, error) {
		return Commit{}, fmt.Errorf("overwrite %s: %w", t.path, err)
	}
	base, err := t.base(ctx, opt)
	if err != nil {
		return fail(err)
	}
	x := transaction{
		table: t, base: base, options: opt, operation: "WRITE", readsRows: true, adds: files, removes: base.Files,
		parameters: map[string]string{"mode": "Overwrite", "partitionBy": "[]"},
	}
	if schema != nil {
		if schema, err = canonical(schema); err != nil {
			return fail(err)
		}
		if schema.NumFields() == 0 {
			return fail(errors.New("a table needs at least one column"))
		}
		if !sameSchema(schema, base.Metadata.Schema) {
			md := base.Metadata
			md.Schema = schema
			x.metadata = &md
			x.parameters["overwriteSchema"] = "true"
		}
	}
	return x.commit(ctx)
}

// AddColumns adds nullable columns to the schema. Old rows read null in them.
func (t *Table) AddColumns(ctx context.Context, fields []arrow.Field, opt CommitOptions) (Commit, error) {
	base, err := t.base(ctx, opt)
	if err != nil {
		return Commit{}, fmt.Errorf("add columns to %s: %w", t.path, err)
	}
	if len(fields) == 0 {
		return Commit{}, fmt.Errorf("add columns to %s: no columns given", t.path)
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	opt.AddColumns = append(append([]arrow.Field{}, fields...), opt.AddColumns...)
	x := transaction{
		table: t, base: base, options: opt, operation: "ADD COLUMNS",
		parameters: map[string]string{"columns": jsonText(names)},
	}
	return x.commit(ctx)
}

// Restore makes the table what it was at an earlier version: rows, schema, description and
// properties. It is a new commit, so that it can be undone in its turn. Nothing is changed when
// data files of that version have been vacuumed; the error names them.
func (t *Table) Restore(ctx context.Context, version int64, opt CommitOptions) (Commit, error) {
	base, err := t.base(ctx, opt)
	if err != nil {
		return Commit{}, err
	}
	then, err := t.SnapshotAt(ctx, version)
	if err != nil {
		return Commit{}, err
	}
	if err := then.refreshFiles(without(then.Files, base.Files), opt.time()); err != nil {
		return Commit{}, err
	}
	if err := then.checkFiles(); err != nil {
		return Commit{}, err
	}
	md := then.Metadata
	md.ID, md.CreatedTime = base.Metadata.ID, base.Metadata.CreatedTime
	x := transaction{
		table: t, base: base, options: opt, operation: "RESTORE", readsRows: true,
		restored: without(then.Files, base.Files), removes: without(base.Files, then.Files),
		parameters: map[string]string{"version": strconv.FormatInt(version, 10)},
	}
	x.metrics = map[string]string{
		"numRestoredFiles": strconv.Itoa(len(x.restored)),
		"numRemovedFiles":  strconv.Itoa(len(x.removes)),
	}
	if !sameSchema(md.Schema, base.Metadata.Schema) || md.Name != base.Metadata.Name ||
		md.Description != base.Metadata.Description || !maps.Equal(md.Configuration, base.Metadata.Configuration) {
		x.metadata = &md
	}
	return x.commit(ctx)
}

// base returns the snapshot to commit on top of. A transaction that it has already is not made
// again. An expected version that is not the newest is a conflict, also when nobody else is writing.
func (t *Table) base(ctx context.Context, opt CommitOptions) (*Snapshot, error) {
	base, err := t.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if err := base.repeated(opt.Transaction); err != nil {
		return nil, err
	}
	if e := opt.ExpectedVersion; e != nil && *e != base.Version {
		return nil, &ConflictError{Table: t.path, Version: base.Version, Reason: fmt.Sprintf("version %d was expected", *e)}
	}
	return base, nil
}

// sameSchema compares names, types, nullability and comments, in order.
func sameSchema(a, b *arrow.Schema) bool {
	if a.NumFields() != b.NumFields() {
		return false
	}
	for i := range a.NumFields() {
		if !a.Field(i).Equal(b.Field(i)) {
			return false
		}
	}
	return true
}

// without returns the files of a that are not in b, by path.
func without(a, b []File) []File {
	in := map[string]bool{}
	for _, f := range b {
		in[f.Path] = true
	}
	var rest []File
	for _, f := range a {
		if !in[f.Path] {
			rest = append(rest, f)
		}
	}
	return rest
}

// jsonText is how structured values stand in operationParameters.
func jsonText[T []string | map[string]string](v T) string {
	if v == nil {
		return "{}"
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("strings have no JSON: %v", err)) // cannot happen
	}
	return string(text)
}
