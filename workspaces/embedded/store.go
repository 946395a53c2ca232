package embedded

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"featops/workspaces"
	"featops/workspaces/sqlite"
)

// layouts returns the steps that bring the database up to date: step n leads from layout n to n+1, and the layout of a
// file is its user_version, 0 for an empty one. A step that was ever released is never changed. What is searched
// for has a column; the rest of a value is its JSON. AUTOINCREMENT never gives the number of a run twice.
func layouts() []string {
	return []string{`
CREATE TABLE jobs (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE runs (
	id     INTEGER PRIMARY KEY AUTOINCREMENT,
	job_id INTEGER NOT NULL,
	job    TEXT    NOT NULL,
	queued INTEGER NOT NULL, -- microseconds since 1970
	ended  INTEGER,          -- the same; null while the run is under way
	body   TEXT    NOT NULL
) STRICT;
CREATE INDEX runs_of_job ON runs (job_id, id);
CREATE INDEX runs_under_way ON runs (id) WHERE ended IS NULL;
CREATE TABLE registrations (
	name TEXT PRIMARY KEY COLLATE NOCASE,
	body TEXT NOT NULL
) STRICT;
`, `
CREATE TABLE schedules (
	job_id  INTEGER PRIMARY KEY,
	paused  INTEGER,               -- 0 or 1 as it was said by command; null: as it is configured
	timing  TEXT NOT NULL,         -- the expression and the time zone that the times below are of
	settled INTEGER NOT NULL,      -- microseconds since 1970: the times up to this one are done with
	missed  INTEGER                -- the same: the newest time at which nobody was there, since the last start
) STRICT;
`}
}

// store is what a workspace remembers beside its tables.
type store struct {
	db   *sql.DB
	path string
}

// openStore opens the database, or makes it. Read-only, one that does not exist is as an empty one.
func openStore(ctx context.Context, path string, readOnly bool) (*store, error) {
	db, err := openFile(ctx, path, readOnly)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &store{db: db, path: path}
	if err := s.prepare(ctx, readOnly); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return s, nil
}

func openFile(ctx context.Context, path string, readOnly bool) (*sql.DB, error) {
	if !readOnly {
		return sqlite.Open(ctx, path)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return sqlite.InMemory()
	} else if err != nil {
		return nil, err
	}
	db, err := sqlite.OpenReadOnly(ctx, path)
	if err != nil {
		return nil, err
	}
	var number int
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&number)
	if err == nil && number > 0 {
		return db, nil
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return sqlite.InMemory() // a process that was killed has made the file, and not yet its tables
}

// jobID returns the number under which the job of a name is known here, and gives it one when it is new. Read-only, a new
// job has the number 0, which no run has.
func (s *store) jobID(ctx context.Context, name string, readOnly bool) (id int64, err error) {
	if !readOnly {
		if _, err := s.db.ExecContext(ctx, "INSERT INTO jobs (name) VALUES (?) ON CONFLICT DO NOTHING", name); err != nil {
			return 0, fmt.Errorf("number the job %s: %w", name, err)
		}
	}
	err = s.db.QueryRowContext(ctx, "SELECT id FROM jobs WHERE name = ?", name).Scan(&id)
	if readOnly && errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// prepare brings the layout up to date. Read-only that is left to who writes.
func (s *store) prepare(ctx context.Context, readOnly bool) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var layout int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&layout); err != nil {
		return err
	}
	steps := layouts()
	switch {
	case layout == len(steps):
		return nil
	case layout > len(steps):
		return fmt.Errorf("it has layout %d, made by a newer featops; this one knows up to %d", layout, len(steps))
	case layout > 0 && readOnly:
		return fmt.Errorf("it has layout %d and this featops reads layout %d; a command that writes, such as `featops run`, brings it up to date",
			layout, len(steps))
	}
	for _, step := range steps[layout:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("bring layout %d up to date: %w", layout, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(steps))); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *store) close() error { return s.db.Close() }

// insertRun records a new run and returns its number. It is not cut short, as nobody could tell then whether the run was
// recorded.
func (s *store) insertRun(ctx context.Context, r workspaces.Run) (int64, error) {
	body, ended, err := encodeRun(r)
	if err != nil {
		return 0, err
	}
	result, err := s.db.ExecContext(context.WithoutCancel(ctx), "INSERT INTO runs (job_id, job, queued, ended, body) VALUES (?, ?, ?, ?, ?)",
		r.JobID, r.Job, r.Queued.UnixMicro(), ended, body)
	if err != nil {
		return 0, fmt.Errorf("record a run of %s in %s: %w", r.Job, s.path, err)
	}
	return result.LastInsertId()
}

// updateRun records the state of a run.
func (s *store) updateRun(ctx context.Context, r workspaces.Run) error {
	body, ended, err := encodeRun(r)
	if err != nil {
		return err
	}
	if _, err = s.db.ExecContext(ctx, "UPDATE runs SET ended = ?, body = ? WHERE id = ?", ended, body, r.ID); err != nil {
		return fmt.Errorf("record run %d in %s: %w", r.ID, s.path, err)
	}
	return nil
}

// encodeRun leaves out the progress, which is of no use later.
func encodeRun(r workspaces.Run) (body string, ended sql.NullInt64, err error) {
	r.Tasks = slices.Clone(r.Tasks)
	for i := range r.Tasks {
		r.Tasks[i].Progress = nil
	}
	text, err := json.Marshal(r)
	if r.Status.Ended() {
		ended = sql.NullInt64{Int64: r.Ended.UnixMicro(), Valid: true}
	}
	return string(text), ended, err
}

// runs lists the runs of a job, the newest first; limit 0 lists all.
func (s *store) runs(ctx context.Context, jobID int64, limit int) ([]workspaces.Run, error) {
	if limit <= 0 {
		limit = -1
	}
	return s.queryRuns(ctx, "SELECT id, body FROM runs WHERE job_id = ? ORDER BY id DESC LIMIT ?", jobID, limit)
}

// run returns one run.
func (s *store) run(ctx context.Context, id int64) (workspaces.Run, error) {
	found, err := s.queryRuns(ctx, "SELECT id, body FROM runs WHERE id = ?", id)
	if err != nil {
		return workspaces.Run{}, err
	}
	if len(found) == 0 {
		return workspaces.Run{}, fmt.Errorf("run %d: %w", id, workspaces.ErrNoRun)
	}
	return found[0], nil
}

// unended lists the runs that are not recorded as ended, the oldest first.
func (s *store) unended(ctx context.Context) ([]workspaces.Run, error) {
	return s.queryRuns(ctx, "SELECT id, body FROM runs WHERE ended IS NULL ORDER BY id")
}

func (s *store) queryRuns(ctx context.Context, query string, args ...any) ([]workspaces.Run, error) {
	var out []workspaces.Run
	err := s.query(ctx, func(scan func(...any) error) error {
		var id int64
		var body string
		if err := scan(&id, &body); err != nil {
			return err
		}
		var r workspaces.Run
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return fmt.Errorf("run %d: %w", id, err)
		}
		r.ID = id
		out = append(out, r)
		return nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the runs in %s: %w", s.path, err)
	}
	return out, nil
}

// register records a registration, replacing the one of the same name.
func (s *store) register(ctx context.Context, r workspaces.Registration) error {
	body, err := json.Marshal(r)
	if err == nil {
		_, err = s.db.ExecContext(ctx, "INSERT INTO registrations (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
			r.Name, string(body))
	}
	if err != nil {
		return fmt.Errorf("record the registration of %s in %s: %w", r.Name, s.path, err)
	}
	return nil
}

// registrations lists all registrations by name, or the one of a name.
func (s *store) registrations(ctx context.Context, name string) ([]workspaces.Registration, error) {
	var out []workspaces.Registration
	err := s.query(ctx, func(scan func(...any) error) error {
		var body string
		if err := scan(&body); err != nil {
			return err
		}
		var r workspaces.Registration
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	}, "SELECT body FROM registrations WHERE ? IN ('', name) ORDER BY name", name)
	if err != nil {
		return nil, fmt.Errorf("read the registrations in %s: %w", s.path, err)
	}
	return out, nil
}

func (s *store) query(ctx context.Context, row func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
