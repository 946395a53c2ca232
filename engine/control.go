package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"featops/features/nearest"
	"featops/workspaces"
)

// FindRun finds a run by its number. Workspaces number their runs each for itself: a number that several
// of them have needs the name of one, and the error then tells which.
func (e *Engine) FindRun(ctx context.Context, workspace string, id int64) (workspaces.Run, error) {
	from, err := e.named(workspace)
	if err != nil {
		return workspaces.Run{}, err
	}
	var found []workspaces.Run
	for _, w := range from {
		run, err := call(ctx, e, func(ctx context.Context) (workspaces.Run, error) { return w.Run(ctx, id) })
		switch {
		case err == nil:
			found = append(found, run)
		case !errors.Is(err, workspaces.ErrNoRun):
			return run, fmt.Errorf("find run %d in %s: %w", id, w.Name(), err)
		}
	}
	switch len(found) {
	case 0:
		return workspaces.Run{}, &InvalidError{fmt.Sprintf("there is no run %d in %s; `featops runs` lists them", id, strings.Join(names(from), ", "))}
	case 1:
		return found[0], nil
	}
	var candidates []string
	for _, r := range found {
		candidates = append(candidates, fmt.Sprintf("%s (%s, %s %s)", r.Workspace, r.Job, r.Status.LifeCycle, r.Status.Result))
	}
	return workspaces.Run{}, &InvalidError{fmt.Sprintf("run %d is in %s: choose one with --workspace", id, strings.Join(candidates, " and in "))}
}

// FindJob finds a job by its name, with or without the prefix that it has in dev, and the workspace that it is in.
func (e *Engine) FindJob(ctx context.Context, workspace, name string) (string, workspaces.Job, error) {
	from, err := e.named(workspace)
	if err != nil {
		return "", workspaces.Job{}, err
	}
	var in, known, short []string
	var found workspaces.Job
	for _, w := range from {
		jobs, err := call(ctx, e, w.Jobs)
		if err != nil {
			return "", found, fmt.Errorf("list the jobs of %s: %w", w.Name(), err)
		}
		for _, j := range jobs {
			known = append(known, j.Name+" in "+w.Name())
			_, plain, _ := strings.Cut(j.Name, "] ")
			short = append(short, cmp.Or(plain, j.Name))
			if j.Name == name || strings.HasPrefix(j.Name, "[dev ") && strings.HasSuffix(j.Name, "] "+name) {
				in, found = append(in, w.Name()), j
			}
		}
	}
	switch len(in) {
	case 0:
		return "", found, &InvalidError{fmt.Sprintf("job %q is unknown: the jobs are %s", name, strings.Join(known, ", ")) + nearest.Hint(name, short)}
	case 1:
		return in[0], found, nil
	}
	return "", found, &InvalidError{fmt.Sprintf("job %q is in %s: choose one with --workspace", name, strings.Join(in, " and in "))}
}

// named is the workspace of a name, or all of them for none.
func (e *Engine) named(name string) ([]workspaces.Workspace, error) {
	if name == "" {
		return e.workspaces, nil
	}
	w, err := e.workspace(name)
	return []workspaces.Workspace{w}, err
}

func names(ws []workspaces.Workspace) []string {
	out := make([]string, len(ws))
	for i, w := range ws {
		out[i] = w.Name()
	}
	return out
}

// NotUnderWayError says that a run cannot be cancelled, for it has ended.
type NotUnderWayError struct{ Run workspaces.Run }

func (e *NotUnderWayError) Error() string {
	s := e.Run.Status
	text := fmt.Sprintf("run %d in %s is not under way: it ended %s %s", e.Run.ID, e.Run.Workspace, s.LifeCycle, s.Result)
	if s.Message != "" {
		text += ": " + s.Message
	}
	return text
}

// StopRun cancels a run and waits for its end.
func (e *Engine) StopRun(ctx context.Context, c CancelRun) (workspaces.Run, error) {
	run, err := e.FindRun(ctx, c.Workspace, c.Run)
	if err != nil {
		return run, err
	}
	if run.Status.Ended() {
		return run, &NotUnderWayError{run}
	}
	if _, err := e.Do(ctx, c); err != nil {
		return run, err
	}
	w, err := e.workspace(run.Workspace)
	if err != nil {
		return run, err
	}
	return e.waitFor(ctx, started{w: w, run: run.ID})
}

// Repair runs tasks of a run again and sees the repair through, as RunJobs does with the main job.
func (e *Engine) Repair(ctx context.Context, c RepairRun) (Summary, error) {
	s, err := e.repairThrough(ctx, c)
	e.finishRequests(ctx)
	return s, err
}

func (e *Engine) repairThrough(ctx context.Context, c RepairRun) (Summary, error) {
	s := newSummary(e.now())
	r, _, err := e.repair(ctx, c)
	if err != nil {
		return s, err
	}
	return s, e.seeThrough(ctx, &s, []started{r})
}

// repair starts a repair and tells its number.
func (e *Engine) repair(ctx context.Context, c RepairRun) (started, int64, error) {
	r := started{run: c.Run}
	var err error
	if r.w, err = e.workspace(c.Workspace); err != nil {
		return r, 0, err
	}
	run, err := e.FindRun(ctx, c.Workspace, c.Run)
	if err != nil {
		return r, 0, err
	}
	jobs, err := call(ctx, e, r.w.Jobs)
	if err != nil {
		return r, 0, fmt.Errorf("list the jobs of %s: %w", c.Workspace, err)
	}
	for _, j := range jobs {
		if j.ID == run.JobID {
			r.job = j
		}
	}
	request := workspaces.RepairRequest{Run: c.Run, Tasks: c.Tasks, By: cmp.Or(c.Who, e.config.User)}
	id, err := change(ctx, e, r.w, func(ctx context.Context) (int64, error) { return r.w.Repair(ctx, request) })
	var unknown *workspaces.UnknownTaskError
	if errors.As(err, &unknown) {
		err = &InvalidError{err.Error()}
	}
	return r, id, err
}

// startRepair carries out RepairRun. A run that is so old that no monitor looks at it has its tables registered too.
func (e *Engine) startRepair(ctx context.Context, c RepairRun) (Reply, error) {
	r, id, err := e.repair(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	e.spawn(fmt.Sprintf("see the repair of run %d in %s through", c.Run, c.Workspace), func(ctx context.Context) error {
		s := newSummary(e.now())
		return e.seeThrough(ctx, &s, []started{r})
	})
	return Reply{Run: c.Run, Repair: id}, nil
}

// pauseJob carries out PauseJob.
func (e *Engine) pauseJob(ctx context.Context, c PauseJob) (Reply, error) {
	w, err := e.workspace(c.Workspace)
	if err != nil {
		return Reply{}, err
	}
	_, err = change(ctx, e, w, func(ctx context.Context) (struct{}, error) { return struct{}{}, w.PauseJob(ctx, c.Job, c.Paused) })
	if err != nil {
		return Reply{}, err
	}
	return Reply{}, e.pollAll(ctx)
}
