package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// RegistrationKey names a piece of registration work: a table of an attempt at a task of a run, in a
// target workspace. What is asked for by hand has run 0 and an attempt of its own.
type RegistrationKey struct {
	From    string `json:"from"`
	Run     int64  `json:"run"`
	Task    string `json:"task"`
	Attempt int    `json:"attempt"`
	Table   string `json:"table"`
	To      string `json:"to"`
}

// State is how far a piece of work is.
type State string

// The states of a piece of registration work.
const (
	Pending    State = "pending" // to be done, or being done
	Registered State = "registered"
	Unchanged  State = "unchanged"
	Refused    State = "refused"
	Failed     State = "failed" // to be tried again
)

// RegistrationRecord is a piece of work and how far it is.
type RegistrationRecord struct {
	RegistrationKey
	State   State     `json:"state"`
	Version int64     `json:"version"` // of the table, once it is registered
	Detail  string    `json:"detail,omitempty"`
	Created time.Time `json:"created_at"`
	Updated time.Time `json:"updated_at"`
}

const registrationColumns = "source, run, task, attempt, name, target, state, version, detail, created, updated"

// Want records that a piece of work is to be done, unless it is recorded, and tells how far it is.
func (j *Journal) Want(ctx context.Context, k RegistrationKey, at time.Time) (r RegistrationRecord, created bool, err error) {
	err = j.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "INSERT INTO registrations ("+registrationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?) ON CONFLICT DO NOTHING",
			k.From, k.Run, k.Task, k.Attempt, k.Table, k.To, Pending, stored(at), stored(at))
		if err != nil {
			return fmt.Errorf("record the registration of %s in %s: %w", k.Table, k.To, err)
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		created = n == 1
		r, err = registration(tx.QueryRowContext(ctx, "SELECT "+registrationColumns+
			" FROM registrations WHERE source = ? AND run = ? AND task = ? AND attempt = ? AND name = ? AND target = ?",
			k.From, k.Run, k.Task, k.Attempt, k.Table, k.To))
		return err
	})
	return r, created, err
}

// Finish records how a piece of work ended.
func (j *Journal) Finish(ctx context.Context, k RegistrationKey, s State, version int64, detail string, at time.Time) error {
	return j.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE registrations SET state = ?, version = ?, detail = ?, updated = ?"+
			" WHERE source = ? AND run = ? AND task = ? AND attempt = ? AND name = ? AND target = ?",
			s, version, detail, stored(at), k.From, k.Run, k.Task, k.Attempt, k.Table, k.To)
		if err != nil {
			return fmt.Errorf("record the registration of %s in %s: %w", k.Table, k.To, err)
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("record the registration of %s in %s: it was never wanted (%d rows, %v)", k.Table, k.To, n, err)
		}
		return nil
	})
}

// PendingRegistrations lists the work that was begun and not ended, the oldest first.
func (j *Journal) PendingRegistrations(ctx context.Context) ([]RegistrationRecord, error) {
	rows, err := j.db.QueryContext(ctx, "SELECT "+registrationColumns+" FROM registrations WHERE state = ? ORDER BY created, rowid", Pending)
	if err != nil {
		return nil, fmt.Errorf("read the registrations: %w", err)
	}
	defer rows.Close()
	var out []RegistrationRecord
	for rows.Next() {
		r, err := registration(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func registration(row interface{ Scan(...any) error }) (r RegistrationRecord, err error) {
	var created, updated int64
	err = row.Scan(&r.From, &r.Run, &r.Task, &r.Attempt, &r.Table, &r.To, &r.State, &r.Version, &r.Detail, &created, &updated)
	if err != nil {
		return r, fmt.Errorf("read the registrations: %w", err)
	}
	r.Created, r.Updated = read(created), read(updated)
	return r, nil
}
