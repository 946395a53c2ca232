// Package journal keeps what must survive a restart of the engine, in one SQLite file: the questions
// that were asked and their answers, the registrations that are to be made and those that were, and the
// builds outside jobs. Each method is one transaction: it happened whole, or not at all.
package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// schema makes the tables of version 1. Times are microseconds since 1970 in UTC; bodies are JSON.
const schema = `
CREATE TABLE questions (
	id TEXT PRIMARY KEY, asked INTEGER NOT NULL, body TEXT NOT NULL, answer TEXT, settlement TEXT, settled INTEGER
) STRICT;
CREATE INDEX questions_by_time ON questions (asked);
CREATE TABLE registrations (
	source TEXT NOT NULL, run INTEGER NOT NULL, task TEXT NOT NULL, attempt INTEGER NOT NULL, name TEXT NOT NULL, target TEXT NOT NULL,
	state TEXT NOT NULL, version INTEGER NOT NULL, detail TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
	PRIMARY KEY (source, run, task, attempt, name, target)
) STRICT;
CREATE INDEX registrations_by_state ON registrations (state);
CREATE TABLE builds (
	id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, name TEXT NOT NULL, params TEXT NOT NULL, started INTEGER NOT NULL,
	ended INTEGER, body TEXT, error TEXT NOT NULL DEFAULT ''
) STRICT;
`

const schemaVersion = 1

// Options says how a journal is opened.
type Options struct {
	ReadOnly bool // beside an engine that writes; a file that does not exist is an empty journal
}

// Journal is an open journal. Its methods may be called from several goroutines at once.
type Journal struct {
	db *sql.DB
}

// Open opens the journal in the file at path and creates it where it does not exist.
func Open(ctx context.Context, path string, o Options) (*Journal, error) {
	db, err := sql.Open("sqlite", dataSource(path, o))
	if err != nil {
		return nil, fmt.Errorf("open the journal %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // a memory database lives in its connection, and SQLite has one writer anyway
	j := &Journal{db: db}
	if err := j.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal %s: %w; if the file is damaged, move it away: featops begins a new one, without the decisions in it", path, err), db.Close())
	}
	return j, nil
}

// dataSource names the database and its pragmas. Full synchronisation: what a method reported as done
// is on disk.
func dataSource(path string, o Options) string {
	if _, err := os.Stat(path); o.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		return ":memory:"
	}
	pragmas := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	if o.ReadOnly {
		pragmas = url.Values{"_pragma": {"busy_timeout(10000)", "query_only(1)"}}
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
}

// prepare makes the tables of a new journal, and refuses one that a newer featops wrote.
func (j *Journal) prepare(ctx context.Context) error {
	var version int
	if err := j.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case schemaVersion:
		return nil
	case 0:
		return j.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
			return err
		})
	}
	return fmt.Errorf("it has format %d, this featops knows format %d: use the newer featops that wrote it", version, schemaVersion)
}

// Close closes the journal.
func (j *Journal) Close() error { return j.db.Close() }

// write runs f in a transaction.
func (j *Journal) write(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, rolledBack(tx))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// rolledBack undoes a transaction; one that its context ended is undone already.
func rolledBack(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

func stored(t time.Time) int64 { return t.UnixMicro() }

func read(us int64) time.Time { return time.UnixMicro(us).UTC() }

func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// decode reads a body that may be absent.
func decode[T any](text sql.NullString) (*T, error) {
	if !text.Valid {
		return nil, nil
	}
	v := new(T)
	if err := json.Unmarshal([]byte(text.String), v); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return v, nil
}
