package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"featops/workspaces/sqlite"
)

// layouts returns the steps that bring a file up to date. Step n leads from layout n to n+1, and the
// layout of a file is its user_version, 0 for an empty one. A step that was ever released is never
// changed; a new layout is a new step at the end.
func layouts() []string {
	return []string{`
CREATE TABLE decisions (
	seq        INTEGER PRIMARY KEY AUTOINCREMENT,
	id         TEXT NOT NULL UNIQUE,
	asked      TEXT NOT NULL,
	question   TEXT NOT NULL, -- JSON, as are answer and settlement
	answer     TEXT,
	settlement TEXT,
	settled    TEXT
) STRICT;
CREATE INDEX decisions_asked ON decisions (asked);
CREATE INDEX decisions_open ON decisions (seq) WHERE settlement IS NULL;

CREATE TABLE registrations (
	seq            INTEGER PRIMARY KEY AUTOINCREMENT,
	from_workspace TEXT    NOT NULL,
	run            INTEGER NOT NULL,
	task           TEXT    NOT NULL,
	attempt        INTEGER NOT NULL,
	feature_table  TEXT    NOT NULL,
	to_workspace   TEXT    NOT NULL,
	state          TEXT    NOT NULL,
	version        INTEGER NOT NULL,
	detail         TEXT    NOT NULL,
	created        TEXT    NOT NULL,
	updated        TEXT    NOT NULL,
	UNIQUE (from_workspace, run, task, attempt, feature_table, to_workspace)
) STRICT;
CREATE INDEX registrations_pending ON registrations (seq) WHERE state = 'pending';

CREATE TABLE runs (
	workspace TEXT    NOT NULL,
	id        INTEGER NOT NULL,
	run       TEXT    NOT NULL, -- JSON
	PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE builds (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	workspace TEXT NOT NULL,
	build     TEXT NOT NULL, -- JSON, as are params
	params    TEXT NOT NULL,
	started   TEXT NOT NULL,
	ended     TEXT,
	error     TEXT NOT NULL
) STRICT;
CREATE INDEX builds_under_way ON builds (id) WHERE ended IS NULL AND error = '';
`, `
CREATE TABLE requests (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	command TEXT NOT NULL, -- JSON, as is reply
	asked   TEXT NOT NULL,
	taken   TEXT,
	reply   TEXT
) STRICT;
`}
}

// Layout is the number of the layout that this program gives a journal (its user_version), and the tables of it.
func Layout() (number int, tables []string) {
	return len(layouts()), []string{"decisions", "registrations", "runs", "builds", "requests"}
}

func (j *Journal) openWriter(ctx context.Context) (err error) {
	if j.db, err = sqlite.Open(ctx, j.path); err != nil {
		return err
	}
	return j.write(ctx, func(tx *sql.Tx) error {
		if err := migrate(ctx, tx, layouts()); err != nil {
			return err
		}
		return errors.Join(failInterruptedBuilds(ctx, tx), forgetRequests(ctx, tx))
	})
}

func (j *Journal) openBeside(ctx context.Context) error {
	if _, err := os.Stat(j.path); err != nil {
		return err
	}
	var err error
	if j.db, err = sqlite.Open(ctx, j.path); err != nil {
		return err
	}
	layout, err := layoutOf(ctx, j.db)
	if newest := len(layouts()); err == nil && layout != newest {
		err = fmt.Errorf("it has layout %d and this featops knows layout %d; the process that holds the home is another featops", layout, newest)
	}
	return err
}

func (j *Journal) openReader(ctx context.Context) error {
	if _, err := os.Stat(j.path); errors.Is(err, fs.ErrNotExist) {
		return ctx.Err()
	} else if err != nil {
		return err
	}
	var err error
	if j.db, err = sqlite.OpenReadOnly(ctx, j.path); err != nil {
		return err
	}
	layout, err := layoutOf(ctx, j.db)
	newest := len(layouts())
	switch {
	case err != nil:
		return err
	case layout > newest:
		return newer(layout, newest)
	case layout == 0: // a writer has made the file and not yet its tables
		defer func() { j.db = nil }()
		return j.db.Close()
	case layout < newest:
		return fmt.Errorf("it has layout %d and this featops reads layout %d; a command that writes, such as `featops run`, brings it up to date",
			layout, newest)
	}
	return nil
}

// migrate brings the file up to the layout that the last of the steps makes.
func migrate(ctx context.Context, tx *sql.Tx, steps []string) error {
	layout, err := layoutOf(ctx, tx)
	if err != nil {
		return err
	}
	if layout > len(steps) {
		return newer(layout, len(steps))
	}
	for n, step := range steps[layout:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("bring layout %d up to date: %w", layout+n, err)
		}
	}
	if layout == len(steps) {
		return nil
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(steps)))
	return err
}

func newer(found, known int) error {
	return fmt.Errorf("it has layout %d and this featops knows layouts up to %d: %w", found, known, ErrNewer)
}

func layoutOf(ctx context.Context, q querier) (int, error) {
	return one(ctx, q, func(scan func(...any) error) (n int, err error) { return n, scan(&n) }, "PRAGMA user_version")
}
