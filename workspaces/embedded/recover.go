package embedded

import (
	"context"
	"time"

	"featops/workspaces"
)

// recover records truthfully what became of the runs that an earlier process did not end. What ran has failed; what
// waited, be it for other tasks, for a retry or in the queue, is cancelled: nothing starts by itself in a
// process that was called for something else. All of it can be repaired.
func (w *Workspace) recover(ctx context.Context) error {
	runs, err := w.store.unended(ctx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		now := w.now()
		if now.Before(r.Since()) {
			now = r.Since() // the clock has been set back
		}
		abandon(&r, now, "featops stopped while it was "+doing(r.Status.LifeCycle))
		if err := w.store.updateRun(ctx, r); err != nil {
			return err
		}
		became := "it has failed"
		if r.Status.Canceled() {
			became = "it is cancelled"
		}
		w.log.WarnContext(ctx, "a run was under way when featops stopped: "+became, "job", r.Job, "run", r.ID, "message", r.Status.Message)
	}
	return nil
}

func doing(s workspaces.LifeCycle) string {
	switch s {
	case workspaces.Queued:
		return "queued"
	case workspaces.Terminating:
		return "being cancelled"
	}
	return "running"
}

// abandon ends a run that nobody executes, for a reason.
func abandon(r *workspaces.Run, now time.Time, why string) {
	for _, t := range r.Newest() {
		if t.Status.Ended() {
			continue
		}
		a := newestAttempt(r, t.Key)
		a.Ended, a.RetryAt = now, time.Time{}
		switch a.Status.LifeCycle {
		case workspaces.Running:
			a.Status = workspaces.Status{LifeCycle: workspaces.InternalError, Result: workspaces.Failed, Message: why}
		case workspaces.Terminating:
			a.Status = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled, Message: why}
		case workspaces.WaitingForRetry:
			a.Status = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Canceled, Message: why + ", before its " + a.Status.Message}
		default:
			a.Status = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Canceled, Message: why + ", before this task could begin"}
		}
	}
	s := workspaces.Status{LifeCycle: workspaces.InternalError, Result: workspaces.Failed, Message: why}
	switch {
	case r.Status.LifeCycle == workspaces.Terminating:
		s.LifeCycle, s.Result = workspaces.Terminated, workspaces.Canceled
	case r.Status.LifeCycle == workspaces.Queued && r.Started.IsZero():
		s.LifeCycle, s.Result = workspaces.Skipped, workspaces.Canceled
	case r.Status.LifeCycle == workspaces.Queued:
		s.LifeCycle, s.Result = workspaces.Terminated, workspaces.Canceled
	}
	end(r, s, now)
}
