package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"featops/workspaces"
)

func readRun(scan func(...any) error) (workspaces.Run, error) {
	var r workspaces.Run
	err := scan(encoded{&r})
	return r, err
}

// SawRun records the state of a run, known by its workspace and number, as the newest. It returns the state
// that was known before, nil when the run is new. How far a task is while it runs (its
// Progress) is not kept, and a state that is known already costs no write.
func (j *Journal) SawRun(ctx context.Context, r workspaces.Run) (previous *workspaces.Run, err error) {
	r = lasting(r)
	err = j.write(ctx, func(tx *sql.Tx) error {
		known, err := list(ctx, tx, readRun, "SELECT run FROM runs WHERE workspace = ? AND id = ?", r.Workspace, r.ID)
		if err != nil {
			return err
		}
		if len(known) == 1 {
			previous = &known[0]
			if same, err := equal(*previous, r); err != nil || same {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO runs (workspace, id, run) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET run = excluded.run`,
			r.Workspace, r.ID, encoded{r})
		return err
	})
	if err != nil {
		return nil, j.failed(err, "record run %d of %s in %s", r.ID, r.Job, r.Workspace)
	}
	return previous, nil
}

// lasting is a run as it is kept: in UTC and without progress.
func lasting(r workspaces.Run) workspaces.Run {
	r.Queued, r.Started, r.Ended = r.Queued.UTC(), r.Started.UTC(), r.Ended.UTC()
	r.Tasks = slices.Clone(r.Tasks)
	for i := range r.Tasks {
		t := &r.Tasks[i]
		t.Started, t.Ended, t.Progress = t.Started.UTC(), t.Ended.UTC(), nil
	}
	return r
}

func equal(a, b workspaces.Run) (bool, error) {
	textA, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	textB, err := json.Marshal(b)
	return string(textA) == string(textB), err
}
