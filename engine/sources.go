package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"featops/features"
	"featops/features/nearest"
	"featops/workspaces/embedded"
	"featops/workspaces/embedded/sample"

	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"
)

// SourceResult is a source table that was written.
type SourceResult struct {
	Workspace string `json:"workspace"`
	Table     string `json:"table"`
	Rows      int64  `json:"rows"`
	Version   int64  `json:"version"`
}

// sourcePlace is where a source table lives: the workspace that computes from it.
type sourcePlace struct {
	workspace *embedded.Workspace
	source    features.Source
}

// sources lists the source tables of the embedded workspaces, each once a workspace.
func (e *Engine) sources() ([]sourcePlace, error) {
	var out []sourcePlace
	for _, t := range e.tables {
		w, err := e.ownerOf(t.Name)
		if err != nil {
			continue // no workspace of this configuration computes the table
		}
		local, ok := w.(*embedded.Workspace)
		if !ok {
			continue
		}
		c, _ := e.config.Workspace(w.Name())
		place := sourcePlace{local, t.Source}
		place.source.Database = c.SourceDatabase
		if !holds(out, place) {
			out = append(out, place)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no embedded workspace computes a table, so there is no place for source tables")
	}
	return out, nil
}

func holds(places []sourcePlace, p sourcePlace) bool {
	for _, o := range places {
		if o.workspace == p.workspace && o.source.FullName() == p.source.FullName() {
			return true
		}
	}
	return false
}

// MakeSample generates the source tables that exist in the sample, each in the workspace that
// computes from it. A table that is there already gets a new version. progress is called by several
// goroutines.
func (e *Engine) MakeSample(ctx context.Context, o sample.Options, progress func(table string, rows int64)) ([]SourceResult, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	tables := sample.Tables()
	written := make([][]SourceResult, len(tables))
	err := sideBySide(ctx, len(tables), func(ctx context.Context, i int) error {
		src, err := e.Source(tables[i].Name)
		if err != nil {
			return nil // no workspace of this configuration computes from it
		}
		written[i], err = e.PutSource(ctx, src, func() (array.RecordReader, error) { return sample.Open(o, tables[i]) }, progress)
		return err
	})
	if err != nil {
		return slices.Concat(written...), err
	}
	return slices.Concat(written...), e.endSample()
}

// sideBySide does n pieces of work at the same time, until the first error.
func sideBySide(ctx context.Context, n int, work func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				}
			}()
			return work(ctx, i)
		})
	}
	return group.Wait()
}

func (p sourcePlace) put(ctx context.Context, records array.RecordReader, progress func(table string, rows int64)) (SourceResult, error) {
	rows, version, err := p.workspace.PutSource(ctx, p.source, records, func(rows int64) { progress(p.source.Name, rows) })
	if err != nil {
		return SourceResult{}, fmt.Errorf("write %s in %s: %w", p.source.FullName(), p.workspace.Name(), err)
	}
	return SourceResult{Workspace: p.workspace.Name(), Table: p.source.FullName(), Rows: rows, Version: version}, nil
}

// Source finds a source table by its name, with or without the database.
func (e *Engine) Source(name string) (features.Source, error) {
	places, err := e.sources()
	if err != nil {
		return features.Source{}, err
	}
	var names []string
	for _, p := range places {
		if p.source.Name == name || p.source.FullName() == name {
			return p.source, nil
		}
		names = append(names, p.source.Name)
	}
	return features.Source{}, &UnknownSourceError{Name: name, Known: names}
}

// UnknownSourceError says that no source table has the name.
type UnknownSourceError struct {
	Name  string
	Known []string
}

func (e *UnknownSourceError) Error() string {
	return fmt.Sprintf("source table %q is unknown: the source tables are %v", e.Name, e.Known) + nearest.Hint(e.Name, e.Known)
}

// PutSource replaces a source table by the records, in every embedded workspace that computes from
// it. When a record cannot be read the table stays as it was.
func (e *Engine) PutSource(ctx context.Context, src features.Source, open func() (array.RecordReader, error), progress func(table string, rows int64)) ([]SourceResult, error) {
	places, err := e.sources()
	if err != nil {
		return nil, err
	}
	var out []SourceResult
	for _, p := range places {
		if p.source.FullName() != src.FullName() {
			continue
		}
		records, err := open()
		if err != nil {
			return out, err
		}
		r, err := p.put(ctx, records, progress)
		records.Release()
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	return out, nil
}
