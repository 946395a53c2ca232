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
// under way as it may, the run is recorded as skipped, without tasks.
func (w *Workspace) RunNow(ctx context.Context, r workspaces.RunRequest) (int64, error) {
	if err := w.writable("run a job"); err != nil {
		return 0, err
	}
	j, err := w.job(r.JobID)
	if err != nil {
		return 0, err
	}
	params, err := w.parameters(j, r.Parameters)
	if err := errors.Join(checkTasks(j, r.Only), err); err != nil {
		return 0, fmt.Errorf("run %s in %s: %w", j.Name, w.options.Name, err)
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, fmt.Errorf("run %s in %s: %w", j.Name, w.options.Name, ErrClosed)
	}
	now := w.now()
	run := workspaces.Run{
		JobID: j.ID, Job: j.Name, Workspace: w.options.Name, Parameters: maps.Clone(r.Parameters), Queued: now,
	}
	if busy := w.runsOf(j); len(busy) >= j.MaxConcurrentRuns {
		run.Ended = now
		run.Status = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.TooManyRuns,
			Message: fmt.Sprintf("runs %v are under way, and max_concurrent_runs is %d", busy, j.MaxConcurrentRuns)}
		if run.ID, err = w.store.insertRun(ctx, run); err != nil {
			return 0, err
		}
		w.log.WarnContext(ctx, "run skipped: "+run.Status.Message, "job", j.Name, "run", run.ID)
		w.tick()
		return run.ID, nil
	}
	run.Started, run.Status.LifeCycle = now, workspaces.Running
	for _, t := range j.Tasks {
		run.Tasks = append(run.Tasks, workspaces.TaskRun{Key: t.Key, Status: workspaces.Status{LifeCycle: workspaces.Blocked}})
	}
	if run.ID, err = w.store.insertRun(ctx, run); err != nil {
		return 0, err
	}
	x := &execution{
		w: w, job: j, params: params, only: slices.Clone(r.Only), run: run,
		log:      w.log.With("job", j.Name, "run", run.ID),
		excluded: make([]bool, len(j.Tasks)),
	}
	runCtx, cancel := context.WithCancelCause(w.ctx)
	x.cancel = cancel
	w.live[run.ID] = x
	w.work.Add(1)
	go func() {
		defer w.work.Done()
		defer cancel(nil)
		x.guarded(runCtx)
		if !x.recorded() {
			return // the disk does not know its end: who asks hears it from x, and Close records it
		}
		w.mu.Lock()
		delete(w.live, run.ID)
		w.mu.Unlock()
	}()
	w.tick()
	return run.ID, nil
}

// runsOf lists the runs of a job that are under way. The caller holds w.mu.
func (w *Workspace) runsOf(j workspaces.Job) []int64 {
	var ids []int64
	for id, x := range w.live {
		if x.job.ID == j.ID && !x.state().Status.Ended() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
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
			problems = append(problems, fmt.Errorf("task %q is unknown: the tasks are %v", k, known))
		}
	}
	return errors.Join(problems...)
}

// Cancel implements [workspaces.Workspace]. A run that has ended stays as it is.
func (w *Workspace) Cancel(ctx context.Context, id int64) error {
	if err := w.writable(fmt.Sprintf("cancel run %d", id)); err != nil {
		return err
	}
	if x := w.underWay(id); x != nil {
		x.cancel(errCanceled)
		return nil
	}
	_, err := w.Run(ctx, id)
	return err
}

// recover records truthfully what became of the runs that an earlier process did not end.
func (w *Workspace) recover(ctx context.Context) error {
	const stopped = "featops stopped while it was running"
	runs, err := w.store.unended(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		now := w.now()
		if now.Before(r.Started) {
			now = r.Started // the clock has been set back
		}
		for i := range r.Tasks {
			t := &r.Tasks[i]
			switch {
			case t.Status.Ended():
				continue
			case t.Status.LifeCycle == workspaces.Blocked:
				t.Status = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Canceled, Message: "featops stopped before it could run"}
			default:
				t.Status = workspaces.Status{LifeCycle: workspaces.InternalError, Result: workspaces.Failed, Message: stopped}
			}
			t.Ended = now
		}
		r.Status = workspaces.Status{LifeCycle: workspaces.InternalError, Result: workspaces.Failed, Message: stopped}
		r.Ended = now
		if err := w.store.updateRun(ctx, r); err != nil {
			return err
		}
		w.log.WarnContext(ctx, "a run was under way when featops stopped: it has failed", "job", r.Job, "run", r.ID)
	}
	return nil
}
