package delta

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNoTable says that a directory holds no Delta table: it, or its log, is missing or empty.
var ErrNoTable = errors.New("no Delta table")

// ConflictError says that a commit was given up because of what somebody else committed after the
// version it was based on. Nothing was changed.
type ConflictError struct {
	Table   string // the table's directory
	Version int64  // the version that stands in the way
	Reason  string // why it does
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("commit to %s: version %d stands in the way: %s", e.Table, e.Version, e.Reason)
}

// UnsupportedError says that a table needs a feature that this package does not have.
type UnsupportedError struct {
	Table   string // the table's directory
	Feature string // as the protocol names it; several are separated by commas
	Write   bool   // the table can be read, only not written
}

func (e *UnsupportedError) Error() string {
	verb := "read"
	if e.Write {
		verb = "write"
	}
	return fmt.Sprintf("%s %s: unsupported Delta feature: %s", verb, e.Table, e.Feature)
}

// Table is a handle on the Delta table in one directory. It keeps no state: every call reads the
// log anew, and any number of handles and processes may use one table at the same time.
type Table struct {
	path string
}

// At returns a handle on the table in the directory path. It does no I/O; the table need not exist.
func At(path string) *Table { return &Table{path: filepath.Clean(path)} }

// Path returns the table's directory.
func (t *Table) Path() string { return t.path }

func (t *Table) logDir() string { return filepath.Join(t.path, "_delta_log") }

// MakeDir makes a directory and those above it that do not exist, each durable as an entry of the one above.
func MakeDir(dir string) error {
	var missing []string
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil {
			break
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		missing = append(missing, d)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, d := range missing {
		if err := SyncDir(filepath.Dir(d)); err != nil {
			return err
		}
	}
	return nil
}

// SyncDir makes the entries of a directory durable, as fsync of a file does for its bytes.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
