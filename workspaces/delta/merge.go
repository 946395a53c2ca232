package delta

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// Merge is an upsert: new rows that are matched with the table's rows by key.
//
// A row of the table whose key is among the new rows takes the new value in every column that the
// new rows have, and keeps its value in the others. New rows without a match are inserted, null in
// the columns that they do not have. Rows of the table without a match stay. Columns that the
// merge adds are null in rows that stay.
type Merge struct {
	// Keys are the columns that identify a row, of types with an exact order: integers, dates,
	// timestamps, strings. No two new rows may have the same key, and none may be null in it.
	Keys []string
	// Files are the new rows, written by [WriteFiles]. They are best in the order of the keys, each
	// by itself and none overlapping another; otherwise the merge sorts them in memory, as a whole. When
	// they have sketches, the files that the merge writes get them too.
	Files []DataFile
	// Schema is the table's schema after the merge: all columns of the table, of the same types or
	// of wider ones, and new nullable ones. Nil means that the schema stays.
	Schema *arrow.Schema
	// Workers are how many files of the table are compared or written at a time; 0 means GOMAXPROCS. Each holds a row group of
	// the file, and up to three of the new rows.
	Workers int
}

// MergePlan is what a merge would do to the table at a version.
type MergePlan struct {
	Version   int64 // that was compared with
	Inserted  int64 // new rows whose key the table does not have
	Updated   int64 // rows of the table that would get another value in some column
	Unchanged int64 // rows of the table that match a new row and would stay as they are
}

// MergeResult is what a merge has done.
type MergeResult struct {
	MergePlan
	Changed   bool      // whether a commit was made; not when everything was as it should be
	Version   int64     // of the table now
	Timestamp time.Time // of that version
	// CheckpointErr is that of the [Commit].
	CheckpointErr error
}

// PlanMerge counts what a merge would do. It writes nothing.
func (t *Table) PlanMerge(ctx context.Context, m Merge) (MergePlan, error) {
	base, err := t.Snapshot(ctx)
	if err == nil {
		var plan *mergePlan
		if plan, err = planMerge(ctx, base, m); err == nil {
			return plan.counts, nil
		}
	}
	return MergePlan{}, fmt.Errorf("compare new rows with %s: %w", t.path, err)
}

// Merge merges new rows into the table in one commit, the change of schema with them. Files of the
// table in which a row changes are written anew; the others stay, unless a column of theirs is
// widened, because other engines expect files to have the table's types. Inserted rows come into
// files of their own, in the order of the keys; a file that has only such rows is adopted as it is.
//
// NaN counts as equal to NaN, -0.0 to 0.0, null to null. A merge that changes nothing makes no
// commit, and leaves no trace of its transaction. When the merge succeeds, also without a commit, it has consumed the files of the new
// rows. A merge reads the whole table, so that any change of its rows by others meanwhile makes it
// a [ConflictError], after which the files are still there.
func (t *Table) Merge(ctx context.Context, m Merge, opt CommitOptions) (MergeResult, error) {
	fail := func(err error) (MergeResult, error) {
		return MergeResult{}, fmt.Errorf("merge into %s: %w", t.path, err)
	}
	if len(opt.AddColumns) > 0 {
		return fail(errors.New("a merge adds columns by its schema, not by AddColumns"))
	}
	base, err := t.base(ctx, opt)
	if err != nil {
		return fail(err)
	}
	plan, err := planMerge(ctx, base, m)
	if err != nil {
		return fail(err)
	}
	x := plan.transaction(t, opt, m)
	if err := x.changeMetadata(); err != nil {
		return fail(err)
	}
	result := MergeResult{MergePlan: plan.counts, Version: base.Version, Timestamp: base.Timestamp}
	if x.metadata == nil && plan.counts.Inserted == 0 && len(plan.rewrites) == 0 {
		removeFiles(m.Files)
		return result, nil
	}
	// Tables that may not be written are refused before the work, not after it.
	if err := x.check(); err != nil {
		return fail(err)
	}
	written, err := plan.write(ctx)
	if err != nil {
		return fail(err)
	}
	x.adds = append(written, plan.adopted...)
	commit, err := x.commit(ctx)
	if !committed(err) {
		removeFiles(written)
	}
	if err != nil {
		return MergeResult{}, err
	}
	removeFiles(m.Files)
	result.Changed, result.Version, result.Timestamp, result.CheckpointErr = true, commit.Version, commit.Timestamp, commit.CheckpointErr
	return result, nil
}

func (p *mergePlan) transaction(t *Table, opt CommitOptions, m Merge) *transaction {
	x := &transaction{table: t, base: p.base, options: opt, operation: "MERGE", readsRows: true}
	predicate := make([]string, len(m.Keys))
	for i, k := range m.Keys {
		predicate[i] = "t." + k + " = s." + k
	}
	x.parameters = map[string]string{
		"predicate":            strings.Join(predicate, " AND "),
		"matchedPredicates":    `[{"actionType":"update"}]`,
		"notMatchedPredicates": `[{"actionType":"insert"}]`,
	}
	copied := -p.counts.Updated
	for _, r := range p.rewrites {
		x.removes = append(x.removes, r.file)
		copied += r.rows
	}
	x.metrics = map[string]string{
		"numSourceRows":         strconv.Itoa(p.source.rows),
		"numTargetRowsInserted": strconv.FormatInt(p.counts.Inserted, 10),
		"numTargetRowsUpdated":  strconv.FormatInt(p.counts.Updated, 10),
		"numTargetRowsCopied":   strconv.FormatInt(copied, 10),
		"numTargetFilesRemoved": strconv.Itoa(len(p.rewrites)),
	}
	if !sameSchema(p.schema, p.base.Metadata.Schema) {
		md := p.base.Metadata
		md.Schema = p.schema
		x.metadata = &md
	}
	return x
}

// mergedSchema returns the table's schema after the merge: the columns of the table as they are
// spelled there, then the new ones.
func mergedSchema(table, wanted *arrow.Schema) (*arrow.Schema, error) {
	if wanted == nil {
		return table, nil
	}
	wanted, err := canonical(wanted)
	if err != nil {
		return nil, err
	}
	fields := table.Fields()
	for i, f := range fields {
		j := fieldIndex(wanted, f.Name)
		if j < 0 {
			return nil, fmt.Errorf("column %s of the table is not in the schema after the merge", f.Name)
		}
		w := wanted.Field(j)
		if !widens(f.Type, w.Type) {
			return nil, fmt.Errorf("column %s: type %s cannot become %s without loss", f.Name, typeName(f.Type), typeName(w.Type))
		}
		fields[i].Type = w.Type
		if _, ok := w.Metadata.GetValue(commentKey); ok {
			fields[i].Metadata = w.Metadata
		}
	}
	for _, w := range wanted.Fields() {
		if fieldIndex(table, w.Name) >= 0 {
			continue
		}
		if !w.Nullable {
			return nil, fmt.Errorf("column %s: a new column must be nullable, since old rows have no value for it", w.Name)
		}
		fields = append(fields, w)
	}
	return arrow.NewSchema(fields, nil), nil
}

// sourceSchema returns the columns of the new rows under the names and types of the table. All
// files must have the same.
func sourceSchema(files []DataFile, table *arrow.Schema) (*arrow.Schema, error) {
	if len(files) == 0 {
		return arrow.NewSchema(nil, nil), nil
	}
	var fields []arrow.Field
	for _, f := range files {
		if f.Schema == nil {
			return nil, fmt.Errorf("file %s was not written by WriteFiles", f.Path)
		}
		if !sameSchema(f.Schema, files[0].Schema) {
			return nil, fmt.Errorf("the new rows differ in their columns: %s has (%s), %s has (%s)",
				filepath.Base(f.Path), names(f.Schema), filepath.Base(files[0].Path), names(files[0].Schema))
		}
	}
	for _, f := range files[0].Schema.Fields() {
		i := fieldIndex(table, f.Name)
		if i < 0 {
			return nil, fmt.Errorf("column %s of the new rows is not in the schema after the merge", f.Name)
		}
		t := table.Field(i)
		if !widens(f.Type, t.Type) {
			return nil, fmt.Errorf("column %s: type %s of the new rows cannot become %s without loss", f.Name, typeName(f.Type), typeName(t.Type))
		}
		fields = append(fields, t)
	}
	return arrow.NewSchema(fields, nil), nil
}

func names(s *arrow.Schema) string {
	all := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		all[i] = f.Name + " " + typeName(f.Type)
	}
	return strings.Join(all, ", ")
}
