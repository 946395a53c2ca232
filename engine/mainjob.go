package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"featops/engine/journal"
	"featops/features"
	"featops/workspaces"
)

// MainJob asks for the main job: the jobs of the workspaces, run at the same time, and what they
// finish registered in the other workspaces.
type MainJob struct {
	Tables     []string          // only the tasks that build these; empty runs all tasks
	Workspaces []string          // only these; empty runs all
	Parameters map[string]string // of every task
}

// started is a run of the main job.
type started struct {
	w   workspaces.Workspace
	job workspaces.Job
	run int64
}

// RunJobs runs the main job to its end. Bad input is an error before anything has started. What happens
// after that is told by the summary. When ctx ends the runs are cancelled, and the
// summary says how far they came.
func (e *Engine) RunJobs(ctx context.Context, m MainJob) (Summary, error) {
	s := newSummary(e.now())
	if err := e.CheckMainJob(m); err != nil {
		return s, err
	}
	err := e.seeThrough(ctx, &s, e.startAll(ctx, m, &s))
	e.finishRequests(ctx)
	return s, err
}

// seeThrough waits for the end of runs, registers what they finish, and tells of it all in the summary. When
// ctx ends the runs are cancelled.
func (e *Engine) seeThrough(ctx context.Context, s *Summary, runs []started) error {
	stop := context.AfterFunc(ctx, func() { e.cancelAll(runs) })
	defer stop()
	for _, r := range runs {
		run, err := e.waitFor(ctx, r)
		if err != nil {
			e.log.ErrorContext(ctx, "cannot see the run to its end", "workspace", r.w.Name(), "run", r.run, "error", err)
			s.Errors = append(s.Errors, fmt.Sprintf("%s: run %d: %v", r.w.Name(), r.run, err))
			continue
		}
		s.addRun(r.job, run)
		e.addTables(ctx, r.w, s.Tasks)
		if ctx.Err() == nil && e.registrar.enabled {
			results, _ := e.registrar.all(ctx, e.registrar.finished(r.w, r.job, []workspaces.Run{run})) // each tells its own error
			s.Registrations = append(s.Registrations, since(results, s.Started)...)
		}
	}
	decisions, err := e.journal.Decisions(context.WithoutCancel(ctx), 0, s.Started)
	if err != nil {
		return err
	}
	slices.Reverse(decisions)
	s.Decisions = decisions
	s.close(ctx.Err() != nil, e.now())
	return nil
}

// addTables completes tasks that have succeeded and do not say what they have saved, which those of Databricks do not: with
// the table as it is now.
func (e *Engine) addTables(ctx context.Context, w workspaces.Workspace, tasks []TaskSummary) {
	for i := range tasks {
		t := &tasks[i]
		if t.Workspace != w.Name() || t.Table == "" || t.Version != workspaces.NoTable || !t.Status.Succeeded() {
			continue
		}
		table, err := call(ctx, e, func(ctx context.Context) (workspaces.Table, error) { return w.Table(ctx, t.Table) })
		if err != nil {
			e.log.WarnContext(ctx, "cannot read what a task has saved", "workspace", t.Workspace, "run", t.Run, "task", t.Task, "table", t.Table, "error", err)
			continue
		}
		t.Version, t.Rows = table.Version, table.Rows
	}
}

// since leaves out what ended before a time: it was done by whoever asked then.
func since(results []RegistrationResult, begun time.Time) []RegistrationResult {
	return slices.DeleteFunc(results, func(r RegistrationResult) bool { return !r.ended.IsZero() && r.ended.Before(begun) })
}

// CheckMainJob finds all that is wrong with a request, and starts nothing.
func (e *Engine) CheckMainJob(m MainJob) error {
	var problems []error
	for _, name := range m.Workspaces {
		_, err := e.workspace(name)
		problems = append(problems, err)
	}
	for _, name := range m.Tables {
		_, err := features.Find(e.tables, name)
		problems = append(problems, err)
	}
	for _, name := range []string{"env", "fs_notebook"} {
		if value, ok := m.Parameters[name]; ok {
			problems = append(problems, &workspaces.ParameterError{Name: name, Value: value, Allowed: "nothing here: env is set by --env, fs_notebook by the task"})
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	_, err := e.plan().Params(e.tables[0].Name, m.Parameters)
	return err
}

// startAll starts the jobs. One that cannot be started does not keep the others from running.
func (e *Engine) startAll(ctx context.Context, m MainJob, s *Summary) []started {
	var out []started
	left := slices.Clone(m.Tables)
	for _, w := range e.workspaces {
		if len(m.Workspaces) > 0 && !slices.Contains(m.Workspaces, w.Name()) {
			continue
		}
		jobs, err := call(ctx, e, w.Jobs)
		if err != nil {
			e.log.ErrorContext(ctx, "cannot list the jobs", "workspace", w.Name(), "error", err)
			s.Errors = append(s.Errors, fmt.Sprintf("%s: list the jobs: %v", w.Name(), err))
			continue
		}
		if len(jobs) == 0 {
			e.log.WarnContext(ctx, "no job found", "workspace", w.Name())
		}
		for _, j := range jobs {
			only, run := selected(j, m.Tables)
			if !run {
				continue
			}
			request := workspaces.RunRequest{JobID: j.ID, Parameters: m.Parameters, Only: only}
			id, err := change(ctx, e, w, func(ctx context.Context) (int64, error) { return w.RunNow(ctx, request) })
			if err != nil {
				e.log.ErrorContext(ctx, "cannot start the job", "workspace", w.Name(), "job", j.Name, "error", err)
				s.Errors = append(s.Errors, fmt.Sprintf("%s: start %s: %v", w.Name(), j.Name, err))
				continue
			}
			out = append(out, started{w, j, id})
			left = slices.DeleteFunc(left, func(table string) bool {
				return slices.ContainsFunc(j.Tasks, func(t workspaces.Task) bool { return t.Table == table })
			})
		}
	}
	for _, table := range left {
		s.Errors = append(s.Errors, fmt.Sprintf("%s: no task of the jobs that were started builds it", table))
	}
	return out
}

// selected lists the tasks of a job that build one of tables, none for all of the job, and whether
// to run the job at all.
func selected(j workspaces.Job, tables []string) (only []string, run bool) {
	if len(tables) == 0 {
		return nil, true
	}
	for _, t := range j.Tasks {
		if slices.Contains(tables, t.Table) {
			only = append(only, t.Key)
		}
	}
	return only, len(only) > 0
}

// stopGrace is how long cancelled runs have to end.
const stopGrace = 30 * time.Second

// cancelAll asks every run to stop.
func (e *Engine) cancelAll(runs []started) {
	for _, r := range runs {
		_, err := call(context.WithoutCancel(e.ctx), e, func(ctx context.Context) (struct{}, error) { return struct{}{}, r.w.Cancel(ctx, r.run) })
		if err != nil {
			e.log.Error("cannot cancel the run", "workspace", r.w.Name(), "run", r.run, "error", err)
		}
	}
}

// waitFor waits for the end of a run; once ctx has ended, no longer than a cancelled run may take.
func (e *Engine) waitFor(ctx context.Context, r started) (workspaces.Run, error) {
	run, err := e.ended(ctx, r)
	if ctx.Err() == nil {
		return run, err
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	return e.ended(late, r)
}

// maxFailures is how often in a row a run may not be readable before nobody waits for it any longer.
const maxFailures = 60

// ended waits for the end of a run. A look that fails is repeated.
func (e *Engine) ended(ctx context.Context, r started) (workspaces.Run, error) {
	failures := 0
	for {
		pause, wake := e.patience(r.w, e.changed())
		run, err := call(ctx, e, func(ctx context.Context) (workspaces.Run, error) { return r.w.Run(ctx, r.run) })
		if err == nil {
			failures = 0
		} else if failures++; failures == maxFailures || errors.Is(err, workspaces.ErrNoRun) {
			return run, err
		}
		if err == nil && run.Status.Ended() {
			return run, nil
		}
		select {
		case <-wake:
		case <-time.After(pause):
		case <-ctx.Done():
			return run, context.Cause(ctx)
		}
	}
}

// WatchOnce looks at every workspace once and registers what the newest runs have finished. It tells what it did, not what
// was done before.
func (e *Engine) WatchOnce(ctx context.Context) ([]RegistrationResult, error) {
	began := e.now()
	errs := []error{e.pollAll(ctx)}
	var keys []journal.RegistrationKey
	for _, w := range e.Snapshot().Workspaces {
		from, err := e.workspace(w.Name)
		if err != nil {
			return nil, err
		}
		for _, j := range w.Jobs {
			keys = append(keys, e.registrar.finished(from, j.Job, j.Runs)...)
		}
	}
	results, err := e.registrar.all(ctx, keys)
	return since(results, began), errors.Join(append(errs, err)...)
}

// Runs lists the newest runs of one workspace, or of all of them, the newest first.
func (e *Engine) Runs(ctx context.Context, workspace string, limit int) ([]workspaces.Run, error) {
	from := e.workspaces
	if workspace != "" {
		w, err := e.workspace(workspace)
		if err != nil {
			return nil, err
		}
		from = []workspaces.Workspace{w}
	}
	var out []datedRun
	for _, w := range from {
		jobs, err := call(ctx, e, w.Jobs)
		if err != nil {
			return nil, fmt.Errorf("list the jobs of %s: %w", w.Name(), err)
		}
		for _, j := range jobs {
			runs, err := call(ctx, e, func(ctx context.Context) ([]workspaces.Run, error) { return w.Runs(ctx, j.ID, limit) })
			if err != nil {
				return nil, fmt.Errorf("list the runs of %s in %s: %w", j.Name, w.Name(), err)
			}
			out = append(out, rising(runs)...)
		}
	}
	slices.SortStableFunc(out, func(a, b datedRun) int { return b.at.Compare(a.at) })
	newest := make([]workspaces.Run, min(limit, len(out)))
	for i := range newest {
		newest[i] = out[i].Run
	}
	return newest, nil
}

// JobRuns lists the newest runs of a job of a workspace, the newest first, at most limit of them.
func (e *Engine) JobRuns(ctx context.Context, workspace string, job int64, limit int) ([]workspaces.Run, error) {
	w, err := e.workspace(workspace)
	if err != nil {
		return nil, err
	}
	runs, err := call(ctx, e, func(ctx context.Context) ([]workspaces.Run, error) { return w.Runs(ctx, job, limit) })
	if err != nil {
		return nil, fmt.Errorf("list the runs of job %d in %s: %w", job, workspace, err)
	}
	return runs, nil
}

// datedRun is a run with its place in time among the runs of other jobs.
type datedRun struct {
	workspaces.Run
	at time.Time
}

// rising dates a job's runs, the newest first, by when they were queued, but none before an older one: a clock
// that was set back makes no new run old.
func rising(runs []workspaces.Run) []datedRun {
	out := make([]datedRun, len(runs))
	var latest time.Time
	for i, r := range slices.Backward(runs) {
		if r.Queued.After(latest) {
			latest = r.Queued
		}
		out[i] = datedRun{r, latest}
	}
	return out
}
