package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"featops/workspaces"
)

// Runs implements [workspaces.Workspace]; limit 0 lists all.
func (w *Workspace) Runs(ctx context.Context, jobID int64, limit int) ([]workspaces.Run, error) {
	if _, err := w.job(jobID); err != nil {
		return nil, err
	}
	runs, err := w.store.runs(ctx, jobID, limit)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if x := w.underWay(runs[i].ID); x != nil {
			runs[i] = x.state()
		}
	}
	return runs, nil
}

// Run implements [workspaces.Workspace].
func (w *Workspace) Run(ctx context.Context, id int64) (workspaces.Run, error) {
	if x := w.underWay(id); x != nil {
		return x.state(), nil
	}
	r, err := w.store.run(ctx, id)
	if err != nil {
		return r, fmt.Errorf("%s: %w", w.options.Name, err)
	}
	return r, nil
}

// underWay returns the execution of a run, or nil when it is not under way here.
func (w *Workspace) underWay(id int64) *execution {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.live[id]
}

// RunNow implements [workspaces.Workspace]. Nothing is recorded when the request cannot be carried
// out as it stands; the error then has all that is wrong with it. While the job has as many runs
// under way as it may, the run waits in the queue, or, where the job has none, it is recorded as skipped, without
// tasks.
func (w *Workspace) RunNow(ctx context.Context, r workspaces.RunRequest) (int64, error) {
	if err := w.writable("run a job"); err != nil {
		return 0, err
	}
	j, err := w.job(r.JobID)
	if err != nil {
		return 0, err
	}
	now := w.now()
	params, err := w.parameters(j, r.Parameters, now)
	if err := errors.Join(checkTasks(j, r.Only), err); err != nil {
		return 0, fmt.Errorf("run %s in %s: %w", j.Name, w.options.Name, err)
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, fmt.Errorf("run %s in %s: %w", j.Name, w.options.Name, ErrClosed)
	}
	run := workspaces.Run{
		JobID: j.ID, Job: j.Name, Workspace: w.options.Name, Parameters: maps.Clone(r.Parameters), Only: slices.Clone(r.Only), Queued: now,
	}
	full := w.full(j)
	if full != "" && !j.Queue {
		run.Ended = now
		run.Status = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.TooManyRuns, Message: full}
		if run.ID, err = w.store.insertRun(ctx, run); err != nil {
			return 0, err
		}
		w.log.WarnContext(ctx, "run skipped: "+full, "job", j.Name, "run", run.ID)
		w.tick()
		return run.ID, nil
	}
	for _, t := range j.Tasks {
		run.Tasks = append(run.Tasks, workspaces.TaskRun{Key: t.Key, Status: workspaces.Status{LifeCycle: workspaces.Blocked}})
	}
	x := &execution{w: w, job: j, params: params, named: run.Only}
	w.prepare(&run, x, full)
	if run.ID, err = w.store.insertRun(ctx, run); err != nil {
		return 0, err
	}
	w.admit(x, run)
	return run.ID, nil
}

// checkTasks checks that a job has tasks of these keys.
func checkTasks(j workspaces.Job, keys []string) error {
	var problems []error
	known := make([]string, len(j.Tasks))
	for i, t := range j.Tasks {
		known[i] = t.Key
	}
	for _, k := range keys {
		if !slices.Contains(known, k) {
			problems = append(problems, &workspaces.UnknownTaskError{Task: k, Known: known})
		}
	}
	return errors.Join(problems...)
}

// Cancel implements [workspaces.Workspace]. A run that has ended stays as it is.
func (w *Workspace) Cancel(ctx context.Context, id int64) error {
	if err := w.writable(fmt.Sprintf("cancel run %d", id)); err != nil {
		return err
	}
	w.mu.Lock()
	x := w.live[id]
	switch {
	case x == nil, x.state().Status.Ended():
	case x.cancel == nil:
		w.leave(x, errCanceled)
	default:
		x.cancel(errCanceled)
	}
	w.mu.Unlock()
	if x != nil {
		return nil
	}
	_, err := w.Run(ctx, id)
	return err
}
