package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"featops/workspaces"
)

// StartBuild records that a build outside a job begins, and returns its number.
func (j *Journal) StartBuild(ctx context.Context, workspace, table string, params map[string]string, at time.Time) (id int64, err error) {
	given, err := encode(params)
	if err != nil {
		return 0, err
	}
	err = j.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "INSERT INTO builds (workspace, name, params, started) VALUES (?, ?, ?, ?)", workspace, table, given, stored(at))
		if err != nil {
			return fmt.Errorf("record the build of %s: %w", table, err)
		}
		id, err = r.LastInsertId()
		return err
	})
	return id, err
}

// EndBuild records how a build ended; failed is nil when it was well.
func (j *Journal) EndBuild(ctx context.Context, id int64, b workspaces.Build, failed error, at time.Time) error {
	body, err := encode(b)
	if err != nil {
		return err
	}
	message := ""
	if failed != nil {
		message = failed.Error()
	}
	return j.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE builds SET ended = ?, body = ?, error = ? WHERE id = ?", stored(at), body, message, id)
		if err != nil {
			return fmt.Errorf("record the build of %s: %w", b.Table, err)
		}
		return nil
	})
}
