package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"featops/features"
	"featops/workspaces"
)

// runTask makes attempts at task i until one succeeds or none is left, and records how each ended.
func (x *execution) runTask(ctx context.Context, i int) {
	t := x.job.Tasks[i]
	for made := 0; ; made++ {
		log := x.taskLog(i)
		if n := x.tasks()[i].Attempt; n > 0 {
			log = log.With("attempt", n)
		}
		began := x.w.now()
		log.InfoContext(ctx, "task started")
		status, build, err := x.attempt(ctx, i, log)
		at, again := retry(t, made, began, status, err)
		again = again && ctx.Err() == nil
		x.update(func(r *workspaces.Run) {
			a := newestAttempt(r, t.Key)
			a.Status, a.Build, a.Progress, a.Ended = status, build, nil, x.w.now()
			if again {
				addAttempt(r, t.Key, waiting(t, made, at, status)).RetryAt = at
			}
		})
		x.logEnd(ctx, log.With("seconds", seconds(x.w.now().Sub(began))), status)
		if !again {
			return
		}
		log.WarnContext(ctx, "task is tried again", "retry", made+1, "at", at)
		if !x.w.pause(ctx, at) {
			x.settle(i, workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Canceled, Message: context.Cause(ctx).Error()})
			return
		}
		x.updateTask(i, func(t *workspaces.TaskRun) {
			t.Status, t.RetryAt, t.Started = workspaces.Status{LifeCycle: workspaces.Running}, time.Time{}, x.w.now()
		})
	}
}

func (x *execution) logEnd(ctx context.Context, log *slog.Logger, s workspaces.Status) {
	switch {
	case s.Succeeded():
		log.InfoContext(ctx, "task ended: "+s.Message)
	case s.Skipped() || s.Canceled():
		log.WarnContext(ctx, "task ended: "+string(s.Result), "message", s.Message)
	default:
		log.ErrorContext(ctx, "task ended: "+string(s.Result), "message", s.Message)
	}
}

// seconds is how a duration is logged: no finer than a reader can tell.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// decider asks in the name of a task of the run.
func (x *execution) decider(i int) workspaces.Decider {
	run := x.state()
	return taskDecider{x.w.options.Decider, run.Job, run.ID, x.job.Tasks[i].Key}
}

type taskDecider struct {
	workspaces.Decider
	job  string
	run  int64
	task string
}

func (d taskDecider) Decide(ctx context.Context, q workspaces.Question) (workspaces.Answer, error) {
	q.Job, q.Run, q.Task = d.job, d.run, d.task
	return d.Decider.Decide(ctx, q)
}

// timeoutError is why a task that takes too long is stopped.
type timeoutError struct{ task workspaces.Task }

func (e *timeoutError) Error() string {
	return fmt.Sprintf("task %s took longer than its timeout of %s", e.task.Key, e.task.Timeout)
}

// runTimeoutError is why a run that takes too long is stopped.
type runTimeoutError struct{ job workspaces.Job }

func (e *runTimeoutError) Error() string {
	return fmt.Sprintf("the run took longer than the timeout of its job, %s", e.job.Timeout)
}

// attempt does the work of task i, within its timeout. A panic in it ends this attempt and nothing else.
func (x *execution) attempt(ctx context.Context, i int, log *slog.Logger) (status workspaces.Status, build *workspaces.Build, err error) {
	t := x.job.Tasks[i]
	if t.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t.Timeout, &timeoutError{t})
		defer cancel()
	}
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
			status = workspaces.Status{LifeCycle: workspaces.InternalError, Result: workspaces.Failed, Message: fmt.Sprintf("panic: %v", p)}
		}
	}()
	if workspaces.IsRegistry(t.Key) {
		status.Message, err = x.w.options.Registrar.RegisterInto(ctx, x.w.options.Name)
	} else {
		status, build, err = x.feature(ctx, i, log)
	}
	if err != nil {
		return stopped(ctx, err), build, err
	}
	if status.Result == "" {
		status.LifeCycle, status.Result = workspaces.Terminated, workspaces.Success
	}
	return status, build, nil
}

// stopped is the status of an attempt that ended with an error.
func stopped(ctx context.Context, err error) workspaces.Status {
	s := workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed, Message: err.Error()}
	var timeout *timeoutError
	switch why := context.Cause(ctx); {
	case errors.As(why, &timeout):
		s.Result, s.Message = workspaces.TimedOut, why.Error()
	case why != nil:
		s.Result, s.Message = workspaces.Canceled, why.Error()
	}
	return s
}

// feature builds the table of task i. A table that was never built, and that nobody asked for by
// name, is left alone when its source is not here: not every workspace has every source.
func (x *execution) feature(ctx context.Context, i int, log *slog.Logger) (workspaces.Status, *workspaces.Build, error) {
	def, err := features.Find(x.w.options.Tables, x.job.Tasks[i].Table)
	if err != nil {
		return workspaces.Status{}, nil, err
	}
	if !slices.Contains(x.named, x.job.Tasks[i].Key) {
		excluded, err := x.w.sourceless(ctx, def)
		if err != nil {
			return workspaces.Status{}, nil, err
		}
		if excluded != "" {
			return workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Excluded, Message: excluded}, nil, nil
		}
	}
	r := workspaces.BuildRequest{Table: def, Params: x.params[i], Progress: x.progress(i)}
	b, err := r.Run(ctx, x.w, x.decider(i), log)
	switch {
	case b.Refused:
		return workspaces.Status{}, &b, err
	case err != nil:
		return workspaces.Status{}, nil, err
	}
	if !b.UpToDate {
		log.InfoContext(ctx, "table saved", "version", b.Version, "rows", b.Rows, "inserted", b.Inserted, "updated", b.Updated,
			"unchanged", b.Unchanged)
	}
	return workspaces.Status{Message: b.String()}, &b, nil
}

// sourceless says why a table is not to be built: its source is not here, and it never was. It says
// nothing for a table that is to be built.
func (w *Workspace) sourceless(ctx context.Context, def features.Table) (string, error) {
	here, err := w.SourceExists(ctx, def.Source)
	if err != nil || here {
		return "", err
	}
	_, err = w.Table(ctx, def.Name)
	if errors.Is(err, workspaces.ErrNoTable) {
		return (&MissingSourceError{Workspace: w.options.Name, Source: def.Source}).Error(), nil
	}
	return "", err
}
