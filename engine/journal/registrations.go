package journal

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"featops/workspaces"
)

// RegistrationKey names a piece of work: a table that an attempt at a task of a run has finished in
// one workspace, to be registered in another. What a user registers by hand has run 0, task "manual" and
// an attempt that is used once.
type RegistrationKey struct {
	From    string `json:"from"`
	Run     int64  `json:"run_id"`
	Task    string `json:"task"`
	Attempt int    `json:"attempt"`
	Table   string `json:"table"`
	To      string `json:"to"`
}

func (k RegistrationKey) String() string {
	return fmt.Sprintf("%s of %s (run %d, task %s, attempt %d) in %s", k.Table, k.From, k.Run, k.Task, k.Attempt, k.To)
}

// State says how far a registration is.
type State string

// The states of a registration. A failed one may be tried again and end otherwise; registered,
// unchanged and refused stay.
const (
	Pending    State = "pending"    // wanted, or under way
	Registered State = "registered" // made, or brought up to date
	Unchanged  State = "unchanged"  // it was there already, exactly so
	Refused    State = "refused"    // the answer to its question was no
	Failed     State = "failed"
)

// RegistrationRecord is a piece of work and how far it is.
type RegistrationRecord struct {
	RegistrationKey
	State   State     `json:"state"`
	Version int64     `json:"version"` // of the table as registered in To; NoTable while pending
	Detail  string    `json:"detail,omitempty"`
	Created time.Time `json:"created_at"`
	Updated time.Time `json:"updated_at"`
}

// RegistrationFilter selects registrations. What is zero selects all.
type RegistrationFilter struct {
	Table, From, To string
	Run             int64
	Limit           int // how many of the newest
}

const registrationColumns = "from_workspace, run, task, attempt, feature_table, to_workspace, state, version, detail, created, updated"

// keyIs selects the one record of a key, whose columns keyArgs lists.
const keyIs = "from_workspace = ? AND run = ? AND task = ? AND attempt = ? AND feature_table = ? AND to_workspace = ?"

func keyArgs(k RegistrationKey) []any {
	return []any{k.From, k.Run, k.Task, k.Attempt, k.Table, k.To}
}

func readRegistration(scan func(...any) error) (RegistrationRecord, error) {
	var r RegistrationRecord
	err := scan(&r.From, &r.Run, &r.Task, &r.Attempt, &r.Table, &r.To,
		&r.State, &r.Version, &r.Detail, (*stamp)(&r.Created), (*stamp)(&r.Updated))
	return r, err
}

func registration(ctx context.Context, tx *sql.Tx, k RegistrationKey) (RegistrationRecord, error) {
	return one(ctx, tx, readRegistration, "SELECT "+registrationColumns+" FROM registrations WHERE "+keyIs, keyArgs(k)...)
}

// Want records a piece of work as pending and reports that it did. A piece of work that is recorded
// stays as it is, in whatever state, and is returned.
func (j *Journal) Want(ctx context.Context, k RegistrationKey, at time.Time) (record RegistrationRecord, created bool, err error) {
	err = j.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "INSERT INTO registrations ("+registrationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			append(keyArgs(k), Pending, workspaces.NoTable, "", stamp(at), stamp(at))...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		created = n == 1
		record, err = registration(ctx, tx, k)
		return err
	})
	if err != nil {
		return RegistrationRecord{}, false, j.failed(err, "record that the registration of %s is wanted", k)
	}
	return record, created, nil
}

// Finish records how a piece of work ended: the version that is registered now, and why it is not
// the wanted one. ErrUnknown when it was never wanted, ErrRecorded when it ended before in
// any state but failed.
func (j *Journal) Finish(ctx context.Context, k RegistrationKey, s State, version int64, detail string, at time.Time) error {
	err := j.write(ctx, func(tx *sql.Tx) error {
		if ends := []State{Registered, Unchanged, Refused, Failed}; !slices.Contains(ends, s) {
			return fmt.Errorf("state %q is no end: allowed are %v", s, ends)
		}
		r, err := registration(ctx, tx, k)
		if err != nil {
			return err
		}
		if r.State != Pending && r.State != Failed {
			return fmt.Errorf("%w: %s", ErrRecorded, r.State)
		}
		_, err = tx.ExecContext(ctx, "UPDATE registrations SET state = ?, version = ?, detail = ?, updated = ? WHERE "+keyIs,
			append([]any{s, version, detail, stamp(at)}, keyArgs(k)...)...)
		return err
	})
	return j.failed(err, "record the end (%s) of the registration of %s", s, k)
}

// PendingRegistrations lists the work that has not ended, in the order in which it was wanted. After a restart it
// is taken up from there. The list is empty, never nil.
func (j *Journal) PendingRegistrations(ctx context.Context) ([]RegistrationRecord, error) {
	out, err := listed(ctx, j, readRegistration, "SELECT "+registrationColumns+" FROM registrations WHERE state = 'pending' ORDER BY seq")
	return out, j.failed(err, "read the pending registrations")
}

// Registrations lists the selected work, what was wanted last first. The list is empty, never nil.
func (j *Journal) Registrations(ctx context.Context, f RegistrationFilter) ([]RegistrationRecord, error) {
	out, err := listed(ctx, j, readRegistration, "SELECT "+registrationColumns+` FROM registrations
		WHERE ?1 IN ('', feature_table) AND ?2 IN ('', from_workspace) AND ?3 IN ('', to_workspace) AND ?4 IN (0, run)
		ORDER BY seq DESC LIMIT ?5`, f.Table, f.From, f.To, f.Run, atMost(f.Limit))
	return out, j.failed(err, "read the registrations")
}
