package trainingset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/uuid"

	"featops/workspaces/delta"
)

// OutputError says that a training set cannot be written where it was asked for.
type OutputError struct{ What string }

func (e *OutputError) Error() string { return e.What }

// FormatOf is the format of an output: the one that is asked for, or the one of its name.
func FormatOf(out, asked string) (Format, error) {
	if asked != "" {
		if f := Format(asked); slices.Contains([]Format{CSV, Parquet, Delta}, f) {
			return f, nil
		}
		return "", &OutputError{fmt.Sprintf("format %q: allowed are %s, %s and %s", asked, Parquet, CSV, Delta)}
	}
	switch strings.ToLower(filepath.Ext(out)) {
	case ".parquet":
		return Parquet, nil
	case ".csv":
		return CSV, nil
	}
	return "", &OutputError{fmt.Sprintf("output %s: a name that ends in .parquet or .csv tells the format; else choose one by --format %s, %s or %s", out, Parquet, CSV, Delta)}
}

// CheckOutput reports, before any work, what is in the way of an output.
func CheckOutput(out string, f Format, overwrite bool) error {
	info, err := os.Stat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		parent := filepath.Dir(out)
		if _, err := os.Stat(parent); err != nil {
			return &OutputError{fmt.Sprintf("output %s: there is no directory %s", out, parent)}
		}
		return nil
	case err != nil:
		return err
	case info.IsDir() != (f == Delta):
		return &OutputError{fmt.Sprintf("output %s: what is there is no %s", out, f)}
	case !overwrite:
		return &OutputError{fmt.Sprintf("output %s exists: choose another name, or replace it by --overwrite", out)}
	}
	return nil
}

// deltaFileRows is how many rows a file of a Delta table has at most.
const deltaFileRows = 1 << 20

// Source makes the values of a column of the set.
type Source func(ctx context.Context, column int) (delta.ColumnSource, error)

// Write writes the set that the manifest tells of, and the manifest beside it; fields are its columns. It counts the nulls
// of each column into the manifest. accept looks at the whole manifest before the output appears under its name, and may
// refuse it. What was there before stays until then.
func Write(ctx context.Context, m *Manifest, fields *arrow.Schema, values Source, accept func(Manifest) error) (err error) {
	fail := func(err error) error { return fmt.Errorf("write the training set %s: %w", m.Output.Path, err) }
	staging := filepath.Join(filepath.Dir(m.Output.Path), "."+filepath.Base(m.Output.Path)+"-"+uuid.NewString())
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	fileRows := 0
	if m.Output.Format == Delta {
		fileRows = deltaFileRows
	}
	files, err := writeColumns(ctx, m, fields, values, staging, fileRows)
	if err != nil {
		return fail(err)
	}
	if err := accept(*m); err != nil {
		return err
	}
	// A set without a manifest is better than one with that of another.
	if err := os.Remove(ManifestPath(m.Output.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(err)
	}
	if err := publish(ctx, m, fields, files); err != nil {
		return fail(err)
	}
	if err := m.write(ManifestPath(m.Output.Path)); err != nil {
		return fail(err)
	}
	return nil
}

// counted is a column whose nulls are counted as it is read.
type counted struct {
	delta.ColumnSource
	nulls *int
}

func (c counted) Slice(lo, hi int) arrow.Array {
	a := c.ColumnSource.Slice(lo, hi)
	*c.nulls += a.NullN()
	return a
}

func writeColumns(ctx context.Context, m *Manifest, s *arrow.Schema, values Source, dir string, fileRows int) ([]delta.DataFile, error) {
	w, err := delta.NewColumnsFiles(dir, s, m.Output.Rows, fileRows)
	if err != nil {
		return nil, err
	}
	err = w.Write(ctx, runtime.GOMAXPROCS(0), func(ctx context.Context, i int) (delta.ColumnSource, error) {
		source, err := values(ctx, i)
		return counted{source, &m.Columns[i].Nulls}, err
	})
	if err != nil {
		w.Abandon()
		return nil, err
	}
	return w.Close()
}

// publish makes the files the output.
func publish(ctx context.Context, m *Manifest, s *arrow.Schema, files []delta.DataFile) error {
	out := m.Output.Path
	switch m.Output.Format {
	case Parquet:
		if err := os.Rename(files[0].Path, out); err != nil {
			return err
		}
		return delta.SyncDir(filepath.Dir(out))
	case CSV:
		return replaceFile(out, func(f *os.File) error { return writeCSV(ctx, f, files[0].Path) })
	}
	table, opt := delta.At(out), delta.CommitOptions{Time: m.Made}
	var c delta.Commit
	_, err := table.Snapshot(ctx)
	if errors.Is(err, delta.ErrNoTable) {
		c, err = table.Create(ctx, delta.Metadata{Schema: s, Description: "Training set."}, files, opt)
	} else if err == nil {
		c, err = table.Overwrite(ctx, s, files, opt)
	}
	m.Output.Version = &c.Version
	return err
}

// replaceFile writes a file durably and puts it in the place of an older one, if there is one.
func replaceFile(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-"+uuid.NewString()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = errors.Join(write(f), f.Sync())
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return delta.SyncDir(filepath.Dir(path))
}
