package delta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// engineInfo names the writer in the history of a table.
const engineInfo = "featops"

// NoTable is the expected version of a table that does not exist yet.
const NoTable int64 = -1

// CommitOptions are what every commit can say about itself. The zero value commits on top of
// whatever is there, as far as the conflict rules of the operation allow.
type CommitOptions struct {
	// ExpectedVersion, when set, makes any commit after this version a [ConflictError].
	ExpectedVersion *int64
	Operation       string            // in the history; "" means the operation's usual name
	Parameters      map[string]string // added to the operation's own in the history
	UserMetadata    string            // free text in the history
	Transaction     TransactionID     // makes a commit that the table has already a [RepeatedError]
	Time            time.Time         // of the commit; zero means now. A time that is not after that of the version before becomes so by 1 ms

	// Changes to the table's metadata in the same commit.
	AddColumns    []arrow.Field     // new columns, which must be nullable and are null in all rows so far
	Description   *string           // nil keeps it
	Configuration map[string]string // properties to set; others stay
}

func (o CommitOptions) time() time.Time {
	if o.Time.IsZero() {
		return time.Now()
	}
	return o.Time
}

// Commit is a commit that was made.
type Commit struct {
	Version   int64
	Timestamp time.Time // in whole milliseconds, as the log keeps it
	// CheckpointErr is why the checkpoint that was due at this version could not be written, or the log
	// not be cleaned up after it, nil when none was due or all went well. The commit stands either way.
	CheckpointErr error
}

// transaction is a commit in the making on top of a snapshot.
type transaction struct {
	table      *Table
	base       *Snapshot // nil for a table that is created
	options    CommitOptions
	operation  string
	parameters map[string]string
	metrics    map[string]string
	readsRows  bool // it depends on all rows of the table, so that others must not have changed any
	blind      bool // it depends on none and removes none
	rearranges bool // it only moves rows from files to others, so that the table's content stays

	metadata *Metadata // nil when it stays
	adds     []DataFile
	restored []File // files of earlier versions that come back
	removes  []File
}

// commit writes the transaction as the next version. The data files to add are linked into the
// table's directory first, and their old names are dropped when the commit has been made, so that
// after a failed commit the caller still has them.
func (x *transaction) commit(ctx context.Context) (Commit, error) {
	fail := func(err error) (Commit, error) {
		return Commit{}, fmt.Errorf("%s of %s: %w", x.operationName(), x.table.path, err)
	}
	if err := x.check(); err != nil {
		return fail(err)
	}
	now := x.options.time().UTC().Truncate(time.Millisecond)
	if err := x.adopt(now); err != nil {
		return fail(err)
	}
	c, err := x.publish(ctx, now)
	if !committed(err) {
		x.disown()
	}
	if err != nil {
		return fail(err)
	}
	// The table owns the files now. A second name that stays in the staging directory is harmless.
	for _, f := range x.adds {
		if f.Path != x.adopted(f) {
			removeFiles([]DataFile{f})
		}
	}
	c.CheckpointErr = x.table.checkpointWhenDue(ctx, c, x.configuration())
	return c, nil
}

func (x *transaction) operationName() string {
	if x.options.Operation != "" {
		return x.options.Operation
	}
	return x.operation
}

// check refuses tables that must not be written so, and applies the options to the metadata.
func (x *transaction) check() error {
	if x.base != nil {
		if feature := unwritable(x.base.Protocol); feature != "" {
			return &UnsupportedError{Table: x.table.path, Feature: feature, Write: true}
		}
		for _, f := range x.base.fields {
			if _, ok := f.Metadata["delta.invariants"]; ok {
				return &UnsupportedError{Table: x.table.path, Feature: "invariants (column " + f.Name + ")", Write: true}
			}
		}
		if len(x.removes) > 0 && !x.rearranges && x.base.Metadata.Configuration["delta.appendOnly"] == "true" {
			return errors.New("the table's property delta.appendOnly allows no rows to be changed or removed")
		}
		if e := x.options.ExpectedVersion; e != nil && *e != x.base.Version {
			return &ConflictError{Table: x.table.path, Version: x.base.Version, Reason: fmt.Sprintf("version %d was expected", *e)}
		}
	}
	if err := x.changeMetadata(); err != nil {
		return err
	}
	schema := x.schema()
	for _, f := range x.adds {
		if err := fits(f, schema); err != nil {
			return fmt.Errorf("file %s: %w", f.Path, err)
		}
	}
	return nil
}

// schema is the table's schema after the commit.
func (x *transaction) schema() *arrow.Schema {
	if x.metadata != nil {
		return x.metadata.Schema
	}
	return x.base.Metadata.Schema
}

// configuration is the table's properties after the commit.
func (x *transaction) configuration() map[string]string {
	if x.metadata != nil {
		return x.metadata.Configuration
	}
	return x.base.Metadata.Configuration
}

func (x *transaction) changeMetadata() error {
	o := x.options
	if len(o.AddColumns) == 0 && o.Description == nil && len(o.Configuration) == 0 {
		return nil
	}
	var m Metadata
	if x.metadata != nil {
		m = *x.metadata
	} else {
		m = x.base.Metadata
	}
	if len(o.AddColumns) > 0 {
		for _, f := range o.AddColumns {
			if !f.Nullable {
				return fmt.Errorf("column %s: a new column must be nullable, since old rows have no value for it", f.Name)
			}
			if i := fieldIndex(m.Schema, f.Name); i >= 0 {
				return fmt.Errorf("column %s: the table has a column %s", f.Name, m.Schema.Field(i).Name)
			}
		}
		schema, err := canonical(arrow.NewSchema(append(m.Schema.Fields(), o.AddColumns...), nil))
		if err != nil {
			return err
		}
		m.Schema = schema
	}
	changed := len(o.AddColumns) > 0
	if o.Description != nil && *o.Description != m.Description {
		m.Description, changed = *o.Description, true
	}
	for k, v := range o.Configuration {
		if old, ok := m.Configuration[k]; !ok || old != v {
			merged := map[string]string{}
			maps.Copy(merged, m.Configuration)
			maps.Copy(merged, o.Configuration)
			m.Configuration, changed = merged, true
			break
		}
	}
	if changed {
		x.metadata = &m
	}
	return nil
}

// fits checks that a file's columns are the table's, in name and type as they are stored, since
// other engines read them so; and that columns that must have values have them.
func fits(f DataFile, table *arrow.Schema) error {
	if f.Schema == nil {
		return errors.New("was not written by WriteFiles")
	}
	for _, field := range f.Schema.Fields() {
		i := fieldIndex(table, field.Name)
		if i < 0 {
			return fmt.Errorf("column %s is not in the table; new columns are added explicitly", field.Name)
		}
		t := table.Field(i)
		if t.Name != field.Name {
			return fmt.Errorf("column %s is called %s in the table; write the file with the table's schema", field.Name, t.Name)
		}
		if !arrow.TypeEqual(t.Type, field.Type) {
			return fmt.Errorf("column %s is %s, and %s in the table", field.Name, typeName(field.Type), typeName(t.Type))
		}
	}
	for _, t := range table.Fields() {
		if t.Nullable {
			continue
		}
		if n, ok := f.Stats.nulls(t.Name); !ok || n > 0 {
			return fmt.Errorf("column %s must not be null in the table, and is in the file", t.Name)
		}
	}
	return nil
}
