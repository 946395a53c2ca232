package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

func (x *transaction) adopted(f DataFile) string {
	return filepath.Join(x.table.path, filepath.Base(f.Path))
}

// adopt links the data files into the table's directory. They get the time of now, so that a vacuum
// does not take files that were written long ago for leftovers before the commit names them.
func (x *transaction) adopt(now time.Time) error {
	if err := MakeDir(x.table.logDir()); err != nil {
		return err
	}
	if x.base == nil { // a process that was killed may have made the directory
		if err := SyncDir(filepath.Dir(x.table.path)); err != nil {
			return err
		}
	}
	for i, f := range x.adds {
		if err := x.adoptFile(f, now); err != nil {
			x.adds = x.adds[:i]
			x.disown()
			return fmt.Errorf("adopt data file: %w", err)
		}
	}
	if slices.ContainsFunc(x.adds, func(f DataFile) bool { return f.sketched }) {
		if err := SyncDir(filepath.Join(x.table.path, sketchDir)); err != nil {
			return err
		}
	}
	return SyncDir(x.table.path)
}

// adoptFile links the sketch of a file before the file itself, which a vacuum would miss there.
func (x *transaction) adoptFile(f DataFile, now time.Time) error {
	adopt := func(from, to string) error {
		err := os.Chtimes(from, now, now)
		if err == nil && from != to {
			err = os.Link(from, to)
		}
		return err
	}
	if !f.sketched {
		return adopt(f.Path, x.adopted(f))
	}
	from, to := sketchFile(f.Path), sketchFile(x.adopted(f))
	if err := MakeDir(filepath.Dir(to)); err != nil {
		return err
	}
	if err := adopt(from, to); err != nil {
		return err
	}
	err := adopt(f.Path, x.adopted(f))
	if err != nil && from != to {
		_ = os.Remove(to)
	}
	return err
}

func (x *transaction) disown() {
	for _, f := range x.adds {
		if f.Path != x.adopted(f) {
			adopted := f
			adopted.Path = x.adopted(f)
			removeFiles([]DataFile{adopted})
		}
	}
}

// DurabilityError says that a version is committed, and every reader sees it, but that the disk did not confirm it: it may
// not survive a power failure.
type DurabilityError struct {
	Version int64
	Err     error
}

func (e *DurabilityError) Error() string {
	return fmt.Sprintf("version %d is committed, but may not survive a power failure: %v", e.Version, e.Err)
}

func (e *DurabilityError) Unwrap() error { return e.Err }

// committed reports whether a commit that ended with err can be seen all the same, so that its files must stay.
func committed(err error) bool {
	var unsure *DurabilityError
	return err == nil || errors.As(err, &unsure)
}

// publish gives the commit the first free version after its base, checking every commit in between,
// and a time after all of theirs, whatever the clock says.
func (x *transaction) publish(ctx context.Context, now time.Time) (Commit, error) {
	c := Commit{Timestamp: now}
	if x.base != nil {
		c = Commit{Version: x.base.Version + 1, Timestamp: rising(x.base.Timestamp, now)}
	}
	for ; ; c.Version++ {
		if err := ctx.Err(); err != nil {
			return Commit{}, err
		}
		err := x.write(c)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return Commit{}, err
		}
		actions, err := x.table.readCommit(c.Version)
		if err != nil {
			return Commit{}, err
		}
		if err := x.repeatedBy(c.Version, actions); err != nil {
			return Commit{}, err
		}
		if err := x.conflict(c.Version, actions); err != nil {
			return Commit{}, err
		}
		other, err := x.table.commitTime(logFiles{}, c.Version, actions)
		if err != nil {
			return Commit{}, err
		}
		c.Timestamp = rising(other, c.Timestamp)
	}
	if err := SyncDir(x.table.logDir()); err != nil {
		return c, &DurabilityError{Version: c.Version, Err: err}
	}
	return c, nil
}

// write writes the commit under its version. The error wraps [fs.ErrExist] when the version is taken.
func (x *transaction) write(c Commit) error {
	actions, err := x.actions(c.Timestamp)
	if err != nil {
		return err
	}
	text, err := encodeActions(actions)
	if err != nil {
		return err
	}
	temporary := x.table.temporaryLogFile()
	defer os.Remove(temporary)
	if err := writeDurably(temporary, text); err != nil {
		return err
	}
	// Spark takes the time of the file for that of the commit.
	if err := os.Chtimes(temporary, c.Timestamp, c.Timestamp); err != nil {
		return err
	}
	return os.Link(temporary, filepath.Join(x.table.logDir(), commitFile(c.Version)))
}

func writeDurably(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// conflict decides whether the transaction can still be committed after a version that somebody
// else has committed meanwhile: not after a change of protocol or metadata, nor after a removal of
// files that it removes too, nor, if it depends on all rows, after any change of rows.
func (x *transaction) conflict(version int64, actions []action) error {
	refuse := func(reason string) error {
		return &ConflictError{Table: x.table.path, Version: version, Reason: reason}
	}
	if x.base == nil {
		return refuse("the table exists already")
	}
	if e := x.options.ExpectedVersion; e != nil {
		return refuse(fmt.Sprintf("version %d was expected", *e))
	}
	removes := map[string]bool{}
	for _, f := range x.removes {
		removes[f.Path] = true
	}
	for _, a := range actions {
		switch {
		case a.Protocol != nil:
			return refuse("it changed the table's protocol")
		case a.MetaData != nil:
			return refuse("it changed the table's metadata")
		case a.Add != nil && a.Add.DataChange && x.readsRows:
			return refuse("it added rows")
		case a.Remove != nil:
			path, err := filePath(a.Remove.Path)
			if err != nil {
				return err
			}
			if removes[path] || x.readsRows && a.Remove.DataChange {
				return refuse("it removed " + path)
			}
		}
	}
	return nil
}
