package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"featops/workspaces"
)

// BuildRecord is a build outside any job. It is under way while it has neither an end nor an error.
// One that a crash cut off has an error and no end, as nobody saw it.
type BuildRecord struct {
	ID        int64             `json:"id"`
	Workspace string            `json:"workspace"`
	Build     workspaces.Build  `json:"build"` // until the end only its table, at version NoTable
	Params    map[string]string `json:"params,omitempty"`
	Started   time.Time         `json:"started_at"`
	Ended     time.Time         `json:"ended_at,omitzero"`
	Error     string            `json:"error,omitempty"` // why it failed
}

const buildColumns = "id, workspace, build, params, started, ended, error"

func readBuild(scan func(...any) error) (BuildRecord, error) {
	var b BuildRecord
	err := scan(&b.ID, &b.Workspace, encoded{&b.Build}, encoded{&b.Params}, (*stamp)(&b.Started), (*stamp)(&b.Ended), &b.Error)
	return b, err
}

// StartBuild records that a build of a table begins, with the parameters that were given. It returns
// the number to end it by.
func (j *Journal) StartBuild(ctx context.Context, workspace, table string, params map[string]string, at time.Time) (id int64, err error) {
	b := workspaces.Build{Table: table, Version: workspaces.NoTable}
	err = j.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "INSERT INTO builds (workspace, build, params, started, error) VALUES (?, ?, ?, ?, '')",
			workspace, encoded{b}, encoded{params}, stamp(at))
		if err != nil {
			return err
		}
		id, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return 0, j.failed(err, "record the start of a build of %s in %s", table, workspace)
	}
	return id, nil
}

// EndBuild records what a build did, and why it failed when failure is not nil. ErrUnknown when it
// never began, ErrRecorded when it has ended or was cut off.
func (j *Journal) EndBuild(ctx context.Context, id int64, b workspaces.Build, failure error, at time.Time) error {
	message := ""
	if failure != nil {
		message = failure.Error()
	}
	err := j.write(ctx, func(tx *sql.Tx) error {
		known, err := one(ctx, tx, readBuild, "SELECT "+buildColumns+" FROM builds WHERE id = ?", id)
		if err != nil {
			return err
		}
		if !known.Ended.IsZero() || known.Error != "" {
			return fmt.Errorf("%w: ended %v %s", ErrRecorded, known.Ended, known.Error)
		}
		_, err = tx.ExecContext(ctx, "UPDATE builds SET build = ?, ended = ?, error = ? WHERE id = ?", encoded{b}, stamp(at), message, id)
		return err
	})
	return j.failed(err, "record the end of build %d of %s", id, b.Table)
}

// Builds lists the newest builds, the one that began last first, at most limit of them; limit 0 lists
// all. The list is empty, never nil.
func (j *Journal) Builds(ctx context.Context, limit int) ([]BuildRecord, error) {
	out, err := listed(ctx, j, readBuild, "SELECT "+buildColumns+" FROM builds ORDER BY id DESC LIMIT ?", atMost(limit))
	return out, j.failed(err, "read the builds")
}

// failInterruptedBuilds records a failure for the builds that no process carries on.
func failInterruptedBuilds(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE builds SET error = 'featops stopped while the table was being built' WHERE ended IS NULL AND error = ''")
	return err
}
