package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// staged is new data of a table, in files that the table has not adopted.
type staged struct {
	w       *Workspace
	request workspaces.BuildRequest
	table   *delta.Table
	source  *delta.Snapshot
	origin  origin
	dir     string

	warnings []workspaces.SourceWarning // from before the source was read

	base     int64 // the table's version when what is to be computed was decided
	upToDate bool
	part     *part              // what has to be computed; nil for everything
	extent   *workspaces.Extent // the same for people; nil without a table before
	schema   schema.Schema
	rows     int64
	files    []delta.DataFile // in key order; none when the table is up to date and nobody forces it

	current *delta.Snapshot // the table when it was last looked at
}

// mergeKeys identify a row.
var mergeKeys = []string{features.CustomerKey, features.ReleaseKey}

func (s *staged) Schema() schema.Schema { return s.schema }
func (s *staged) Rows() int64           { return s.rows }
func (s *staged) UpToDate() bool        { return s.upToDate }
func (s *staged) Discard() error        { return os.RemoveAll(s.dir) }

// Extent implements [workspaces.Staged].
func (s *staged) Extent() *workspaces.Extent { return s.extent }

// Warnings implements [workspaces.Staged]. Of a table that is up to date, bad rows are those that its build saw.
func (s *staged) Warnings() []workspaces.SourceWarning {
	source := s.request.Table.Source.FullName()
	return append(slices.Clone(s.warnings), badRows(source, s.origin.Counts[source])...)
}

// Current implements [workspaces.Staged]. A table that was up to date, or needed a part of the new data, and has
// changed since needs all of it after all, so it is computed now.
func (s *staged) Current(ctx context.Context) (workspaces.Table, error) {
	name := s.request.Table.Name
	now, err := s.table.Snapshot(ctx)
	if err != nil {
		return workspaces.Table{}, s.w.noTable(name, err)
	}
	if (s.upToDate || s.part != nil) && s.base != now.Version {
		s.upToDate = false
		s.computeAll(fmt.Sprintf("version %d of the table came in between", now.Version))
		if err := s.compute(ctx); err != nil {
			return workspaces.Table{}, err
		}
	}
	s.current = now
	return s.w.describe(name, s.table.Path(), now)
}

// NonNull implements [workspaces.Staged].
func (s *staged) NonNull(ctx context.Context, columns []string) (map[string]int64, error) {
	if len(columns) == 0 {
		return nil, nil
	}
	now, err := s.table.Snapshot(ctx)
	if err != nil {
		return nil, s.w.noTable(s.request.Table.Name, err)
	}
	return now.NonNull(ctx, columns)
}

// Changes implements [workspaces.Staged]. When the type of a column differs in a way that a merge
// cannot take over, rows are compared by their keys alone, and those that match count as updated.
func (s *staged) Changes(ctx context.Context) (workspaces.Changes, error) {
	current, err := s.Current(ctx)
	if err != nil {
		return workspaces.Changes{}, err
	}
	if s.upToDate {
		return workspaces.Changes{Unchanged: s.rows}, nil
	}
	after := workspaces.Merged(current.Schema, schema.Compare(current.Schema, s.schema))
	files, byKey := s.files, len(foreign(s.schema, after)) > 0
	if byKey {
		keys := schema.Schema{after[after.Index(mergeKeys[0])], after[after.Index(mergeKeys[1])]}
		if len(foreign(s.schema, keys)) > 0 {
			return workspaces.Changes{Inserted: s.rows, Absent: current.Rows}, nil
		}
		if files, err = s.rewrite(ctx, keys); err != nil {
			return workspaces.Changes{}, err
		}
	}
	arrowSchema, err := toArrow(after)
	if err != nil {
		return workspaces.Changes{}, err
	}
	memory, err := s.mergeShare(ctx, arrowSchema)
	if err != nil {
		return workspaces.Changes{}, err
	}
	defer memory.release()
	plan, err := s.table.PlanMerge(ctx, delta.Merge{Keys: mergeKeys, Files: files, Schema: arrowSchema, Workers: memory.workers})
	if err != nil {
		return workspaces.Changes{}, err
	}
	c := workspaces.Changes{Inserted: plan.Inserted, Updated: plan.Updated, Unchanged: plan.Unchanged}
	s.countOthers(&c, current.Rows-c.Updated-c.Unchanged)
	if byKey {
		c.Updated, c.Unchanged = c.Updated+c.Unchanged, 0
	}
	return c, nil
}

// countOthers counts the rows of the table that are not in the new data.
func (s *staged) countOthers(c *workspaces.Changes, rows int64) {
	if s.part != nil {
		c.Untouched = rows
		return
	}
	c.Absent = rows
}

// Commit implements [workspaces.Staged]. A merge that changes nothing makes no new version. The rows of an
// overwrite all count as inserted.
func (s *staged) Commit(ctx context.Context, p workspaces.Plan) (workspaces.Saved, error) {
	name := s.request.Table.Name
	if err := s.w.writable("save " + name); err != nil {
		return workspaces.Saved{}, err
	}
	after, err := toArrow(p.Schema)
	if err != nil {
		return workspaces.Saved{}, fmt.Errorf("save %s: %w", name, err)
	}
	if s.part != nil && p.Mode == workspaces.Overwrite {
		return workspaces.Saved{}, fmt.Errorf("save %s: a part of the rows cannot replace the table", name)
	}
	from := s.origin
	from.Question, from.Extent = p.Question, s.extent
	text, err := from.text()
	if err != nil {
		return workspaces.Saved{}, err
	}
	saved, err := s.commit(ctx, p, after, delta.CommitOptions{
		ExpectedVersion: &p.Expected, UserMetadata: text, Time: s.w.now(), Parameters: s.w.author(),
	})
	var conflict *delta.ConflictError
	if errors.As(err, &conflict) {
		return saved, &workspaces.ChangedError{Table: name, Expected: p.Expected, Found: conflict.Version}
	}
	if err != nil {
		return saved, fmt.Errorf("save %s in %s: %w", name, s.w.options.Name, err)
	}
	now, err := s.table.SnapshotAt(context.WithoutCancel(ctx), saved.Version) // it is saved, whoever cancels now
	if err != nil {
		return saved, err
	}
	if saved.Rows, err = now.Rows(); err != nil {
		return saved, err
	}
	saved.Drift = s.w.drift(context.WithoutCancel(ctx), name, now, p.Expected, s.log())
	if p.Mode == workspaces.Merge {
		s.countOthers(&saved.Changes, saved.Rows-saved.Inserted-saved.Updated-saved.Unchanged)
	}
	return saved, nil
}

func (s *staged) commit(ctx context.Context, p workspaces.Plan, after *arrow.Schema, opt delta.CommitOptions) (workspaces.Saved, error) {
	summary, has := s.request.Table.Summary(), s.w.properties(s.request.Table)
	saved := workspaces.Saved{Changes: workspaces.Changes{Inserted: s.rows}}
	if p.Expected == workspaces.NoTable {
		c, err := s.table.Create(ctx, delta.Metadata{Description: summary, Configuration: has, Schema: after}, s.files, opt)
		s.w.noteCheckpoint(ctx, s.request.Table.Name, c.CheckpointErr)
		saved.Version = c.Version
		return saved, err
	}
	if err := s.describeAnew(ctx, p.Expected, summary, has, &opt); err != nil {
		return saved, err
	}
	files := s.files
	if cast := foreign(s.schema, p.Schema); len(cast) > 0 {
		to := append(schema.Schema{}, s.schema...)
		for i := range to {
			if j := p.Schema.Index(to[i].Name); j >= 0 && lossy(to[i].Type, p.Schema[j].Type) {
				to[i].Type = p.Schema[j].Type
			}
		}
		var err error
		if files, err = s.rewrite(ctx, to); err != nil {
			return saved, err
		}
	}
	if p.Mode == workspaces.Overwrite {
		c, err := s.table.Overwrite(ctx, after, files, opt)
		s.w.noteCheckpoint(ctx, s.request.Table.Name, c.CheckpointErr)
		saved.Version = c.Version
		return saved, err
	}
	memory, err := s.mergeShare(ctx, after)
	if err != nil {
		return saved, err
	}
	defer memory.release()
	m, err := s.table.Merge(ctx, delta.Merge{Keys: mergeKeys, Files: files, Schema: after, Workers: memory.workers}, opt)
	s.w.noteCheckpoint(ctx, s.request.Table.Name, m.CheckpointErr)
	saved.Version = m.Version
	saved.Changes = workspaces.Changes{Inserted: m.Inserted, Updated: m.Updated, Unchanged: m.Unchanged}
	return saved, err
}

// describeAnew makes the commit change what the table says of itself, where that differs.
func (s *staged) describeAnew(ctx context.Context, version int64, summary string, has map[string]string, opt *delta.CommitOptions) error {
	before, err := s.table.SnapshotAt(ctx, version)
	if err != nil {
		return err
	}
	if before.Metadata.Description != summary {
		opt.Description = &summary
	}
	maps.DeleteFunc(has, func(k, v string) bool { return before.Metadata.Configuration[k] == v })
	if len(has) > 0 {
		opt.Configuration = has
	}
	return nil
}

// toArrow is the Arrow schema of columns, with their comments.
func toArrow(columns schema.Schema) (*arrow.Schema, error) {
	plain, err := columns.Arrow()
	if err != nil {
		return nil, err
	}
	fields := plain.Fields()
	for i, c := range columns {
		if c.Comment != "" {
			fields[i].Metadata = arrow.NewMetadata([]string{"comment"}, []string{c.Comment})
		}
	}
	return arrow.NewSchema(fields, nil), nil
}
