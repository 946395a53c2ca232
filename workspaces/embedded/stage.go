package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/dustin/go-humanize"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"featops/features/columnar"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// Stage implements [workspaces.Workspace]. The new data is computed from the source as it is now and
// written to the staging directory, unless the table's newest version was built from exactly this and
// nobody forces it; only what has changed since that version is computed where that is enough. A source whose health is to fail the build does so before it is read. Nothing is left in the staging
// directory after an error.
func (w *Workspace) Stage(ctx context.Context, r workspaces.BuildRequest) (workspaces.Staged, error) {
	t, err := w.table(r.Table.Name)
	if err != nil {
		return nil, err
	}
	source, err := w.openSource(ctx, r.Table)
	if err != nil {
		return nil, err
	}
	past, err := pastOrigins(ctx, t)
	if err != nil {
		return nil, err
	}
	s := &staged{
		w: w, request: r, table: t, source: source, origin: originOf(r, source, w.badRowsShare(r.Table.Name)),
		base: workspaces.NoTable, dir: filepath.Join(w.staging, "featops-"+uuid.NewString()),
	}
	if len(past) > 0 {
		s.base = past[0].version
	}
	if s.warnings, err = w.checkSource(ctx, r, source, past); err != nil {
		return nil, err
	}
	s.upToDate = len(past) > 0 && past[0].Fingerprint == s.origin.Fingerprint
	if s.upToDate && !r.Params.ForceOverwrite && !r.Params.FullBuild {
		s.origin.Counts = past[0].Counts
		return s, s.adopt(ctx)
	}
	s.upToDate = false
	err = s.limit(ctx, past)
	if err == nil {
		err = s.compute(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Discard())
	}
	return s, nil
}

func (w *Workspace) badRowsShare(table string) float64 {
	if w.options.BadRowsShare == nil {
		return 0
	}
	return w.options.BadRowsShare(table)
}

// adopt takes the table itself for the new data, which it already has.
func (s *staged) adopt(ctx context.Context) error {
	current, err := s.Current(ctx)
	s.schema, s.rows = current.Schema, current.Rows
	return err
}

// compute makes the new data, or the part of it that has to be made.
func (s *staged) compute(ctx context.Context) error {
	enough, err := s.computePart(ctx)
	if err != nil || enough {
		return err
	}
	s.computeAll("new rows of " + s.request.Table.Source.FullName() + " are without a month")
	_, err = s.computePart(ctx)
	return err
}

// computePart makes what the part says. It is not enough when new rows turn out to be without a month.
func (s *staged) computePart(ctx context.Context) (enough bool, err error) {
	t, p := s.request.Table, s.request.Params
	memory, err := s.computeShare(ctx)
	if err != nil {
		return false, err
	}
	defer memory.release()
	source := s.source
	opt := columnar.Options{Start: p.Start, End: p.End, BadRowsShare: s.w.badRowsShare(t.Name),
		Workers: memory.workers, Memory: memory.bound(s.dir)}
	if s.part != nil {
		// Whether too many rows are without a month is told by all of them.
		source, opt.History, opt.BadRowsShare = source.Only(s.part.files), s.part.history, 1
		if !s.part.start.IsZero() {
			opt.Start = s.part.start
		}
	}
	records, err := source.ReadIndexed(ctx, t.Columns().Names())
	if err != nil {
		return false, err
	}
	defer records.Release()
	if tell := s.request.Progress; tell != nil {
		opt.Progress = func(p columnar.Progress) { tell(workspaces.Progress(p)) }
	}
	result, err := columnar.Compute(ctx, t, records, opt)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, result.Release()) }()
	report := result.Report()
	if report.DiskParts > 0 {
		s.log().InfoContext(ctx, fmt.Sprintf("source rows do not fit into memory: sorted in %d parts on disk, %s",
			report.DiskParts, humanize.Bytes(uint64(report.DiskBytes))), "rows", report.KeptRows)
	}
	if s.part != nil {
		if report.BadRows > 0 {
			return false, nil
		}
		if report.SourceRows, err = s.source.Rows(); err != nil {
			return false, err
		}
	}
	s.report(ctx, report)
	if s.schema, err = schema.OfArrow(result.Schema()); err != nil {
		return false, fmt.Errorf("table %s: %w", t.Name, err)
	}
	return true, s.write(ctx, result, memory.workers)
}

func (s *staged) log() *slog.Logger {
	if s.request.Log != nil {
		return s.request.Log
	}
	return s.w.log.With("table", s.request.Table.Name)
}

// report remembers what was seen in the source.
func (s *staged) report(ctx context.Context, r columnar.Report) {
	count := &sourceCount{Rows: r.SourceRows, Bad: r.BadRows}
	if r.BadRows > 0 {
		count.Kept = r.KeptRows
		count.Example = fmt.Sprintf("column %s: %s (row %d)", r.BadExample.Column, r.BadExample.Value, r.BadExample.Row)
	}
	s.origin.Counts = map[string]*sourceCount{s.request.Table.Source.FullName(): count}
	s.log().DebugContext(ctx, "source read", "rows", r.SourceRows, "kept", r.KeptRows)
}

// write computes the partitions, some at the same time, and writes each to files of its own.
// Bad keys are looked for in all of them before they are an error.
func (s *staged) write(ctx context.Context, result *columnar.Result, workers int) error {
	keys := &keyCheck{found: KeyError{Table: s.request.Table.Name}}
	written := make([][]delta.DataFile, result.Partitions())
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i := range written {
		g.Go(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("table %s: partition %d: panic: %v", s.request.Table.Name, i, p)
				}
			}()
			records := result.Partition(ctx, i)
			defer records.Release()
			written[i], err = delta.WriteFiles(ctx, s.dir, keys.reader(records), delta.WriteOptions{Sketched: true})
			return err
		})
	}
	if err := errors.Join(g.Wait(), keys.err()); err != nil {
		return err
	}
	s.files, s.rows = nil, 0
	for _, files := range written {
		for _, f := range files {
			s.files = append(s.files, f)
			s.rows += f.Rows
		}
	}
	return nil
}
