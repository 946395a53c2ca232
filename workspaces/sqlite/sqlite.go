// Package sqlite opens the small SQLite files in which featops keeps its records: the journal, and what a workspace
// remembers beside its tables.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"modernc.org/sqlite" // also the driver "sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// Open opens a file for writing and makes it when there is none. A transaction that was committed is on the disk: the
// write-ahead log is synced at each commit. The database has one connection, so calls take turns.
func Open(ctx context.Context, path string) (*sql.DB, error) {
	db, err := open(path, url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
	}})
	if err != nil {
		return nil, err
	}
	var layout int
	if err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&layout); err == nil {
		return db, nil
	}
	if code(err) == sqlitelib.SQLITE_IOERR_SHMSIZE {
		err = fmt.Errorf("no space left on device for %s-shm, which takes 32 KiB: %w", path, err)
	}
	return nil, errors.Join(err, db.Close())
}

// OpenReadOnly opens a file that exists, for reading beside whoever writes it. One that is only being made is as an
// empty one.
//
// Readers and writers of a write-ahead log share a file in the directory, which a reader makes when it comes first.
// Where it may not, as on a read-only file system, a file without a log is read as it lies.
func OpenReadOnly(ctx context.Context, path string) (*sql.DB, error) {
	shared := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)"}}
	db, err := open(path, shared)
	if err != nil {
		return nil, err
	}
	var layout int
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&layout)
	if err == nil {
		return db, nil
	}
	if code(err) == sqlitelib.SQLITE_READONLY_ROLLBACK {
		// Who made the file was killed before it had a write-ahead log, and so before there was anything in it.
		empty, errOpen := InMemory()
		return empty, errors.Join(errOpen, db.Close())
	}
	unshared := code(err) == sqlitelib.SQLITE_CANTOPEN || code(err) == sqlitelib.SQLITE_READONLY_DIRECTORY
	if !unshared || logged(path) {
		return nil, errors.Join(err, db.Close())
	}
	shared.Set("immutable", "1")
	alone, errOpen := open(path, shared)
	return alone, errors.Join(errOpen, db.Close())
}

// InMemory makes an empty database that is gone when it is closed.
func InMemory() (*sql.DB, error) {
	return open("nothing", url.Values{"mode": {"memory"}})
}

func open(path string, parameters url.Values) (*sql.DB, error) {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: parameters.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// code is the extended code of an error of SQLite, 0 of another.
func code(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code()
}

// logged reports whether there are commits in the write-ahead log, which the file alone does not have.
func logged(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}
