package embedded

import (
	"context"
	"fmt"
	"slices"
	"time"

	"featops/workspaces"
)

// Repair implements [workspaces.Workspace]. The tasks run as the job has them now; the
// parameters that the run was started with are kept, and so is the month that "actual" meant then. A repair counts as a run
// that is under way: while the job has as many of them as it may, it waits in the queue or is refused.
func (w *Workspace) Repair(ctx context.Context, q workspaces.RepairRequest) (int64, error) {
	if err := w.writable(fmt.Sprintf("repair run %d", q.Run)); err != nil {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, fmt.Errorf("repair run %d in %s: %w", q.Run, w.options.Name, ErrClosed)
	}
	run, err := w.store.run(ctx, q.Run)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", w.options.Name, err)
	}
	if x := w.live[q.Run]; x != nil {
		run = x.state() // which the disk may not know
	}
	j, err := w.job(run.JobID)
	if err != nil {
		return 0, fmt.Errorf("repair run %d: %w", q.Run, err)
	}
	again, err := workspaces.Rerun(j, run, q.Tasks)
	if err != nil {
		return 0, err
	}
	params, err := w.parameters(j, run.Parameters, run.Queued)
	if err != nil {
		return 0, fmt.Errorf("repair run %d of %s in %s: %w", run.ID, j.Name, w.options.Name, err)
	}
	full := w.full(j)
	if full != "" && !j.Queue {
		return 0, &workspaces.NoRepairError{Workspace: w.options.Name, Run: run.ID, Why: full}
	}
	if len(run.Only) > 0 {
		for _, key := range q.Tasks {
			if !slices.Contains(run.Only, key) {
				run.Only = append(run.Only, key)
			}
		}
	}
	for _, key := range again {
		addAttempt(&run, key, workspaces.Status{LifeCycle: workspaces.Blocked})
	}
	repair := workspaces.Repair{ID: int64(len(run.Repairs)) + 1, Tasks: again, By: q.By, Queued: w.now()}
	run.Repairs = append(run.Repairs, repair)
	run.Ended = time.Time{}
	x := &execution{w: w, job: j, params: params, named: slices.Concat(run.Only, q.Tasks)}
	w.prepare(&run, x, full)
	if err := w.store.updateRun(ctx, run); err != nil {
		return 0, err
	}
	w.admit(x, run)
	return repair.ID, nil
}
