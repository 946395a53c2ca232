package embedded

import (
	"path/filepath"
	"testing"

	"featops/workspaces"
)

// A database of the first layout opens, keeps its runs, and has room for schedules.
func TestADatabaseOfLayout1IsBroughtUpToDate(t *testing.T) {
	o := optionsIn(t.TempDir())
	withJob(task("good1", ""))(&o)
	path := filepath.Join(o.Dir, "workspace.db")
	old, err := openFile(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Exec(layouts()[0] + `PRAGMA user_version = 1;
		INSERT INTO jobs (id, name) VALUES (4, '[dev ana] demo');
		INSERT INTO runs (id, job_id, job, queued, ended, body) VALUES (9, 4, '[dev ana] demo', 1, 2,
			'{"queued_at": "2024-06-01T10:00:00Z", "job_id": 4, "job": "[dev ana] demo", "workspace": "bncapers", "status": {"life_cycle_state": "TERMINATED", "result_state": "FAILED"},
			  "tasks": [{"key": "good1", "attempt": 0, "status": {"life_cycle_state": "TERMINATED", "result_state": "FAILED"}}]}');`); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	look := o
	look.ReadOnly = true
	_, err = Open(t.Context(), look)
	wantError(t, err, "layout 1", "featops run")

	w := openWith(t, o)
	putJobSources(t, w)
	r, err := w.Run(t.Context(), 9)
	if err != nil {
		t.Fatal(err)
	}
	wantAttempts(t, r, "TERMINATED FAILED", "good1/0: TERMINATED FAILED")
	if _, err := w.Repair(t.Context(), workspaces.RepairRequest{Run: 9}); err != nil {
		t.Fatal(err)
	}
	wantAttempts(t, ended(t, w, 9), "TERMINATED SUCCESS", "good1/0: TERMINATED FAILED", "good1/1: TERMINATED SUCCESS")
	if m, err := w.store.timing(t.Context(), 4); err != nil || !m.settled.IsZero() {
		t.Errorf("timing %+v, %v", m, err)
	}
}
