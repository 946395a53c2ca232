// Package journal keeps what must survive a restart of the engine: the questions that were asked and
// what became of them, the registrations that are wanted and how they ended, the runs that the
// monitor has seen, the builds outside jobs. Plain values go in and come out. It is also where another
// process asks something of the one that holds the home (see Request).
//
// It is one SQLite file. A call that returns without an error is on the disk: the file has a write-ahead
// log that is synced at each commit (synchronous=FULL). What is searched or sorted by has a column, the
// rest of a value is its JSON. Newest means recorded last, so a clock that is set back
// changes no order. The journal never rewrites history: a question is answered once, and what has
// ended stays as it ended.
//
// One process at a time opens a journal for writing, which the engine's lock on its home directory
// sees to; what is found unfinished then was left by a crash. Any number may read beside it.
package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// What a caller may want to tell apart. All come wrapped, with the file and what was tried.
var (
	ErrUnknown  = errors.New("no such record")
	ErrRecorded = errors.New("recorded already") // asked, settled or ended before: the first record stands
	ErrAnswered = errors.New("answered already")
	ErrReadOnly = errors.New("the journal is open for reading only")
	ErrCorrupt  = errors.New("the file is damaged or is no journal; move it away and featops begins a new one: " +
		"no table is affected, but past questions are forgotten and finished runs are registered anew")
	ErrNewer = errors.New("the file was written by a newer featops, which has to be used for it")
)

// Options say how to open a journal.
type Options struct {
	ReadOnly bool // every call that records is then an ErrReadOnly
	Beside   bool // to ask something of the process that has it open for writing; nothing else may be recorded
}

// Journal is an open journal. Its methods may be called from several goroutines at once. A call whose
// context ends before it is done has recorded nothing.
type Journal struct {
	path     string
	readOnly bool
	db       *sql.DB // nil where there was no file to read: nothing is recorded yet
}

// Open opens the journal in the file at path and makes the file if there is none; the directory must
// exist. Builds that a crash left under way are recorded as failed, as their end was not seen, and what was asked
// of who is gone is forgotten.
//
// Read-only it makes and changes nothing, and a file that does not exist reads as an empty journal.
// ErrCorrupt says that the file is no journal, ErrNewer that this program is too old for it.
func Open(ctx context.Context, path string, o Options) (*Journal, error) {
	j := &Journal{path: path, readOnly: o.ReadOnly}
	var err error
	switch {
	case o.ReadOnly:
		err = j.openReader(ctx)
	case o.Beside:
		err = j.openBeside(ctx)
	default:
		err = j.openWriter(ctx)
	}
	if err != nil {
		return nil, errors.Join(j.failed(err, "open"), j.Close())
	}
	return j, nil
}

// Close waits for the calls under way and closes the file.
func (j *Journal) Close() error {
	if j.db == nil {
		return nil
	}
	return j.failed(j.db.Close(), "close")
}

// failed tells what was tried on which file when err is not nil.
func (j *Journal) failed(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff { // the primary code of an extended one
		case sqlitelib.SQLITE_CORRUPT, sqlitelib.SQLITE_NOTADB:
			err = fmt.Errorf("%w (%w)", ErrCorrupt, err)
		}
	}
	return fmt.Errorf("journal %s: %s: %w", j.path, fmt.Sprintf(doing, args...), err)
}

// write runs do in a transaction: all that it records is recorded, or nothing.
func (j *Journal) write(ctx context.Context, do func(*sql.Tx) error) error {
	if j.readOnly {
		return ErrReadOnly
	}
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// querier is the database or a transaction on it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// list reads the rows of a query. It gives an empty slice, never nil, so that JSON has an array.
func list[T any](ctx context.Context, q querier, read func(scan func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	out := []T{}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := read(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// one reads the only row of a query; ErrUnknown when it has none.
func one[T any](ctx context.Context, q querier, read func(scan func(...any) error) (T, error), query string, args ...any) (T, error) {
	found, err := list(ctx, q, read, query, args...)
	if err == nil && len(found) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

// listed is list on the journal itself.
func listed[T any](ctx context.Context, j *Journal, read func(scan func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	if j.db == nil {
		return []T{}, ctx.Err()
	}
	return list(ctx, j.db, read, query, args...)
}

// atMost is a limit in SQL, where a negative one sets none.
func atMost(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}
