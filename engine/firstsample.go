package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"featops/features"
	"featops/workspaces/delta"
	"featops/workspaces/embedded/sample"
)

// The first sample is several tables, each an atomic commit of its own. A file in the home directory says which sample
// was begun, from before the first table until after the last, so that a process that was stopped in between leaves
// no home that has some of its sources for ever.

func (e *Engine) begunSample() string { return filepath.Join(e.config.Home, "first-sample.json") }

// FirstSample says whether a sample is to be made before the first run, and which: o when no source table exists, the
// one that was begun when it was not finished.
func (e *Engine) FirstSample(ctx context.Context, o sample.Options) (which sample.Options, due bool, err error) {
	text, err := os.ReadFile(e.begunSample())
	switch {
	case err == nil:
		if json.Unmarshal(text, &which) != nil || which.Check() != nil {
			which = o // stopped while it wrote the file, so before the first table
		}
		return which, true, nil
	case !errors.Is(err, fs.ErrNotExist):
		return o, false, fmt.Errorf("look for an unfinished sample: %w", err)
	}
	has, err := e.hasSources(ctx)
	return o, err == nil && !has, err
}

// MakeFirstSample generates the source tables that do not exist yet. progress is called by several
// goroutines.
func (e *Engine) MakeFirstSample(ctx context.Context, o sample.Options, progress func(table string, rows int64)) error {
	places, err := e.sources()
	if err != nil {
		return err
	}
	if err := e.beginSample(o); err != nil {
		return fmt.Errorf("note that the sample is begun: %w", err)
	}
	err = sideBySide(ctx, len(places), func(ctx context.Context, i int) error {
		p := places[i]
		exists, err := p.workspace.SourceExists(ctx, p.source)
		if err != nil || exists {
			return err
		}
		tables := sample.Tables()
		known := slices.IndexFunc(tables, func(s features.Source) bool { return s.Name == p.source.Name })
		if known < 0 {
			return nil
		}
		return p.generate(ctx, o, tables[known], progress)
	})
	if err != nil {
		return err
	}
	return e.endSample()
}

func (p sourcePlace) generate(ctx context.Context, o sample.Options, known features.Source, progress func(table string, rows int64)) error {
	records, err := sample.Open(o, known)
	if err != nil {
		return err
	}
	defer records.Release()
	_, err = p.put(ctx, records, progress)
	return err
}

func (e *Engine) beginSample(o sample.Options) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	f, err := os.Create(e.begunSample())
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close(), delta.SyncDir(e.config.Home))
}

func (e *Engine) endSample() error {
	if err := os.Remove(e.begunSample()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// hasSources reports whether any source table exists in the embedded workspaces.
func (e *Engine) hasSources(ctx context.Context) (bool, error) {
	places, err := e.sources()
	if err != nil {
		return false, nil
	}
	for _, p := range places {
		exists, err := p.workspace.SourceExists(ctx, p.source)
		if err != nil || exists {
			return exists, err
		}
	}
	return false, nil
}
