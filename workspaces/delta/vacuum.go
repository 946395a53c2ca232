package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// VacuumOptions says what a vacuum removes. The zero value keeps what the table's property
// delta.deletedFileRetentionDuration says, 7 days where it is not set.
type VacuumOptions struct {
	Retention time.Duration // how long files are kept that the newest version does not have; 0 means the table's
	// AllowShort allows less than 7 days. Then versions of the last days may lose their files, also
	// under readers who have begun, and so may commits that are being made at this moment.
	AllowShort bool
	DryRun     bool      // only tell what would be removed
	Time       time.Time // to count back from; zero means now
}

// Vacuumed is what a vacuum has removed, or with DryRun would remove.
type Vacuumed struct {
	Files  []string // relative to the table's directory, sorted
	Bytes  int64
	Before time.Time // what was older than this
}

// Vacuum removes the files in the table's directory that neither its newest version has nor any
// version that a commit replaced within the retention, and that are older than the retention:
// what overwrites and merges have left behind, and what writers have that did not finish. The sketches of files that
// are not there go with them. Other names that begin with an underscore or a dot, the log among them, and all that is in
// such directories is left alone. Versions older than the retention can be read no longer where they had files of their own.
//
// Files are removed one by one; when one cannot be, the error comes with what has been removed.
func (t *Table) Vacuum(ctx context.Context, opt VacuumOptions) (Vacuumed, error) {
	done, err := t.vacuum(ctx, opt)
	if err != nil {
		return done, fmt.Errorf("vacuum %s: %w", t.path, err)
	}
	return done, nil
}

func (t *Table) vacuum(ctx context.Context, opt VacuumOptions) (Vacuumed, error) {
	log, err := t.list()
	if err != nil {
		return Vacuumed{}, err
	}
	s, err := t.snapshot(ctx, log, log.newest)
	if err != nil {
		return Vacuumed{}, err
	}
	if feature := unwritable(s.Protocol); feature != "" {
		return Vacuumed{}, &UnsupportedError{Table: t.path, Feature: feature, Write: true}
	}
	if opt.Retention == 0 {
		if opt.Retention, err = retention(s.Metadata.Configuration); err != nil {
			return Vacuumed{}, err
		}
	}
	if opt.Retention < 0 {
		return Vacuumed{}, fmt.Errorf("a retention of %s; allowed is one from 0", opt.Retention)
	}
	if opt.Retention < defaultRetention && !opt.AllowShort {
		return Vacuumed{}, fmt.Errorf("a retention of %s: less than 7 days takes files from under readers and writers, and must be allowed explicitly", opt.Retention)
	}
	if opt.Time.IsZero() {
		opt.Time = time.Now()
	}
	before := opt.Time.Add(-opt.Retention)
	// The files are listed before the log is read again: a commit that comes after that adds no file
	// of the list, unless it is one that was removed before.
	old, err := filesIn(ctx, t.path, before)
	if err != nil {
		return Vacuumed{}, err
	}
	keep, err := t.filesSince(ctx, before)
	if err != nil {
		return Vacuumed{}, err
	}
	done := Vacuumed{Before: before.UTC()}
	for _, f := range old {
		if keep[f.Path] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return done, err
		}
		path := filepath.Join(t.path, f.Path)
		// Somebody may be restoring a version that has it.
		if info, err := os.Stat(path); err == nil && !info.ModTime().Before(before) {
			continue
		}
		if !opt.DryRun {
			// Another vacuum may have been faster.
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return done, err
			}
		}
		done.Files = append(done.Files, f.Path)
		done.Bytes += f.Size
	}
	return done, t.vacuumSketches(ctx, opt, before, &done)
}

// vacuumSketches removes old sketches of files that are not there.
func (t *Table) vacuumSketches(ctx context.Context, opt VacuumOptions, before time.Time, done *Vacuumed) error {
	sketches, err := filesIn(ctx, filepath.Join(t.path, sketchDir), before)
	if err != nil {
		return err
	}
	for _, f := range sketches {
		_, err := os.Stat(filepath.Join(t.path, f.Path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && !(opt.DryRun && slices.Contains(done.Files, f.Path)) {
			continue
		}
		path := filepath.Join(sketchDir, f.Path)
		if !opt.DryRun {
			if err := os.Remove(filepath.Join(t.path, path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		done.Files = append(done.Files, path)
		done.Bytes += f.Size
	}
	slices.Sort(done.Files)
	return nil
}

// filesIn lists the files in a directory that were last changed before a time; none of one that is not there.
func filesIn(ctx context.Context, dir string, before time.Time) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if path == dir && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || path == dir {
			return err
		}
		hidden := strings.HasPrefix(entry.Name(), "_") || strings.HasPrefix(entry.Name(), ".")
		if entry.IsDir() {
			if hidden {
				return fs.SkipDir
			}
			return nil
		}
		if hidden || !entry.Type().IsRegular() {
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another vacuum was faster
		}
		if err != nil {
			return err
		}
		if !info.ModTime().Before(before) {
			return nil
		}
		relative, err := filepath.Rel(dir, path)
		files = append(files, File{Path: relative, Size: info.Size(), ModifiedTime: info.ModTime()})
		return err
	})
	return files, err
}

// filesSince returns the files of all versions that were the newest at any moment since a time, by
// their paths. Removals are taken from the checkpoint and from the commits of that time as well,
// since a checkpoint may have been written under a shorter retention.
func (t *Table) filesSince(ctx context.Context, since time.Time) (map[string]bool, error) {
	log, err := t.list()
	if err != nil {
		return nil, err
	}
	state, err := t.replay(ctx, log, log.newest)
	if err != nil {
		return nil, err
	}
	keep := make(map[string]bool, len(state.place))
	for path := range state.place {
		keep[filepath.Clean(path)] = true
	}
	for path, removed := range state.tombstones {
		if removed.DeletionTimestamp >= since.UnixMilli() {
			keep[filepath.Clean(path)] = true
		}
	}
	for v := log.newest; log.commits[v]; v-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		actions, err := t.readCommit(v)
		if err != nil {
			return nil, err
		}
		committed, err := t.commitTime(log, v, actions)
		if err != nil {
			return nil, err
		}
		if committed.Before(since.Truncate(time.Millisecond)) {
			break
		}
		for _, a := range actions {
			if a.Remove == nil {
				continue
			}
			path, err := filePath(a.Remove.Path)
			if err != nil {
				return nil, err
			}
			keep[filepath.Clean(path)] = true
		}
	}
	return keep, nil
}
