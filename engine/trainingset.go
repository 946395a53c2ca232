package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"featops/engine/trainingset"
	"featops/features"
	"featops/features/asof"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// TrainingSetRequest says which labels are to be joined with which features, and where the result goes.
type TrainingSetRequest struct {
	Labels         string // a CSV or Parquet file, or the directory of a Delta table
	Customer, Time string // columns of the labels; empty: found by name and by type
	KeepBad        bool   // labels that cannot be joined stay, with empty features

	Tables   []string         // empty: those that the features are of, else every defined table that is built
	Features []string         // columns, as name or table.name; empty: all of the tables
	Versions map[string]int64 // of tables; the others are taken as AsOf says
	AsOf     time.Time        // the tables as they were then; zero: as they are now
	Lookback int              // in days; below zero a row of any age counts

	Out       string
	Format    string // empty: by the name of Out
	Overwrite bool

	// Again is the manifest of a set that is to be made again. Of the fields above only Labels, which may be elsewhere
	// now, and those of the output are looked at.
	Again *trainingset.Manifest
}

// chosen is a table with the columns that are taken of it.
type chosen struct {
	workspace workspaces.Workspace
	table     workspaces.Table
	columns   []string
	today     bool

	labels  *asof.Labels
	matches workspaces.Matches
}

// TrainingSet joins labels with the newest feature rows that had been released by their days, and writes the result
// with a manifest. The n-th row of the set is the n-th label.
func (e *Engine) TrainingSet(ctx context.Context, r TrainingSetRequest) (trainingset.Manifest, error) {
	return e.trainingSet(ctx, r, func(workspaces.Progress) {})
}

func (e *Engine) trainingSet(ctx context.Context, r TrainingSetRequest, progress func(workspaces.Progress)) (_ trainingset.Manifest, err error) {
	m := trainingset.NewManifest(e.config.Env, e.now().UTC().Truncate(time.Millisecond))
	if m.Output, err = output(r); err != nil {
		return m, err
	}
	if r.Again != nil {
		if r, err = e.again(r); err != nil {
			return m, err
		}
	}
	tables, err := e.chooseTables(ctx, r, &m)
	if err != nil {
		return m, err
	}
	labels, err := openLabels(ctx, r)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, labels.Close()) }()
	if labels.Path == m.Output.Path {
		return m, &InvalidError{fmt.Sprintf("output %s is where the labels are: choose another name", m.Output.Path)}
	}
	defer func() {
		for _, t := range tables {
			if t.matches != nil {
				err = errors.Join(err, t.matches.Close())
			}
		}
	}()
	if err := distinctNames(labels.Schema, tables); err != nil {
		return m, err
	}
	if err := e.match(ctx, r, labels, tables, &m, progress); err != nil {
		return m, err
	}
	fields, values, err := columnsOf(labels, tables, &m, progress)
	if err != nil {
		return m, err
	}
	m.Output.Rows = labels.Rows
	err = trainingset.Write(ctx, &m, fields, values, func(made trainingset.Manifest) error {
		if r.Again == nil {
			return nil
		}
		if what := r.Again.Differs(made); what != "" {
			return fmt.Errorf("the set of the manifest cannot be made again: %s; nothing was written", what)
		}
		return nil
	})
	return m, err
}

func output(r TrainingSetRequest) (trainingset.Output, error) {
	path, err := filepath.Abs(r.Out)
	if err != nil {
		return trainingset.Output{}, err
	}
	f, err := trainingset.FormatOf(path, r.Format)
	if err != nil {
		return trainingset.Output{}, err
	}
	return trainingset.Output{Path: path, Format: f}, trainingset.CheckOutput(path, f, r.Overwrite)
}

// again makes a request of a manifest.
func (e *Engine) again(r TrainingSetRequest) (TrainingSetRequest, error) {
	m := r.Again
	if m.Env != e.config.Env {
		return r, &InvalidError{fmt.Sprintf("the manifest is of environment %s, and this is %s: choose it by --env %s", m.Env, e.config.Env, m.Env)}
	}
	if r.Labels == "" {
		r.Labels = m.Labels.Path
	}
	r.Customer, r.Time, r.KeepBad = m.Labels.Customer, m.Labels.Time, m.Labels.KeepBad
	r.Tables, r.Features, r.Versions, r.Lookback = nil, nil, map[string]int64{}, -1
	if m.LookbackDays != nil {
		r.Lookback = *m.LookbackDays
	}
	if m.AsOf != nil {
		r.AsOf = *m.AsOf
	}
	for _, t := range m.Tables {
		r.Tables = append(r.Tables, t.Name)
		r.Versions[t.Name] = t.Version
		for _, c := range t.Columns {
			r.Features = append(r.Features, t.Name+"."+c)
		}
	}
	return r, nil
}

func openLabels(ctx context.Context, r TrainingSetRequest) (*trainingset.Labels, error) {
	var version *int64
	if r.Again != nil {
		version = r.Again.Labels.Version
	}
	labels, err := trainingset.Open(ctx, r.Labels, version)
	if err != nil {
		return nil, err
	}
	if r.Again != nil && !labels.Same(r.Again.Labels.Identity) {
		return nil, errors.Join(fmt.Errorf("labels %s are not those of the manifest: their content differs", r.Labels), labels.Close())
	}
	return labels, nil
}

// distinctNames refuses columns that would have the same name in the set.
func distinctNames(labels schema.Schema, tables []*chosen) error {
	owner := map[string]string{}
	for _, c := range labels {
		owner[strings.ToLower(c.Name)] = "the labels"
	}
	for _, t := range tables {
		for _, name := range t.columns {
			if other, taken := owner[strings.ToLower(name)]; taken {
				return &InvalidError{fmt.Sprintf("column %s is in %s and in %s: rename it in the labels, or name the features that you want by --features without it",
					name, other, t.table.Name)}
			}
			owner[strings.ToLower(name)] = t.table.Name
		}
	}
	return nil
}

// match finds the rows of all tables.
func (e *Engine) match(ctx context.Context, r TrainingSetRequest, labels *trainingset.Labels, tables []*chosen, m *trainingset.Manifest, progress func(workspaces.Progress)) error {
	customer, err := labels.Customer(r.Customer)
	if err != nil {
		return err
	}
	when, err := labels.Time(r.Time)
	if err != nil {
		return err
	}
	kinds := make([]schema.Type, len(tables))
	for i, t := range tables {
		key := t.table.Schema.Index(features.CustomerKey)
		ok := key >= 0
		if ok {
			kinds[i], ok = trainingset.KeyType(t.table.Schema[key].Type)
		}
		if !ok || t.table.Schema.Index(features.ReleaseKey) < 0 {
			return &InvalidError{fmt.Sprintf("table %s has no column %s of type BIGINT, INT or STRING, or no %s: it is no feature table",
				t.table.Name, features.CustomerKey, features.ReleaseKey)}
		}
	}
	keys, err := labels.Keys(ctx, customer, when, kinds)
	if err != nil {
		return err
	}
	m.Labels = trainingset.LabelPart{
		Identity: labels.Identity, Customer: labels.Schema[customer].Name, Time: labels.Schema[when].Name, Bad: keys.Bad, KeepBad: r.KeepBad,
	}
	if keys.Count() > 0 && !r.KeepBad {
		return &trainingset.BadError{Bad: keys.Bad, Labels: labels.Identity}
	}
	sorted := map[schema.Type]*asof.Labels{}
	for i, t := range tables {
		if sorted[kinds[i]] == nil {
			if sorted[kinds[i]], err = keys.Sorted(kinds[i]); err != nil {
				return err
			}
		}
		progress(workspaces.Progress{Stage: "match", Rows: int64(i), Total: int64(len(tables))})
		t.labels = sorted[kinds[i]]
		m.Labels.Repeated = t.labels.Repeated()
		if t.matches, err = t.workspace.Match(ctx, t.table, t.labels, r.Lookback); err != nil {
			return err
		}
	}
	if r.Lookback >= 0 {
		m.LookbackDays = &r.Lookback
	}
	if !r.AsOf.IsZero() {
		m.AsOf = &r.AsOf
	}
	return nil
}

// columnsOf lists the columns of the set, in the manifest too, and says how each is made.
func columnsOf(labels *trainingset.Labels, tables []*chosen, m *trainingset.Manifest, progress func(workspaces.Progress)) (*arrow.Schema, trainingset.Source, error) {
	fields := slices.Clone(labels.Fields)
	for _, c := range labels.Schema {
		m.Columns = append(m.Columns, trainingset.Column{Name: c.Name, Type: c.Type})
	}
	var owners []*chosen // of the columns after those of the labels
	for _, t := range tables {
		for _, name := range t.columns {
			c := t.table.Schema[t.table.Schema.Index(name)]
			kind, err := c.Type.Arrow()
			if err != nil {
				return nil, nil, fmt.Errorf("column %s of %s: %w", name, t.table.Name, err)
			}
			fields = append(fields, arrow.Field{Name: c.Name, Type: kind, Nullable: true})
			m.Columns = append(m.Columns, trainingset.Column{Name: c.Name, Type: c.Type, Table: t.table.Name})
			owners = append(owners, t)
		}
		m.Tables = append(m.Tables, trainingset.Table{
			Workspace: t.table.Workspace, Database: t.table.Database, Name: t.table.Name, Version: t.table.Version, Updated: t.table.Updated,
			Columns: t.columns, Today: t.today, Counts: t.matches.Counts(),
		})
		if t.today {
			m.Warnings = append(m.Warnings, fmt.Sprintf("%s has the attributes of today on every past month: its source keeps no history, so labels see what was not known at their time", t.table.Name))
		}
	}
	var begun atomic.Int64
	values := func(ctx context.Context, i int) (delta.ColumnSource, error) {
		progress(workspaces.Progress{Stage: "write", Rows: begun.Add(1) - 1, Total: int64(len(fields))})
		if i < len(labels.Schema) {
			return labels.Column(ctx, i)
		}
		return owners[i-len(labels.Schema)].matches.Column(ctx, fields[i].Name)
	}
	return arrow.NewSchema(fields, nil), values, nil
}
