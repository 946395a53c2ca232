package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"featops/features"
	"featops/workspaces"
)

// newestAttempt is the newest attempt at a task that the run has.
func newestAttempt(r *workspaces.Run, key string) *workspaces.TaskRun {
	newest := -1
	for i, t := range r.Tasks {
		if t.Key == key && (newest < 0 || t.Attempt > r.Tasks[newest].Attempt) {
			newest = i
		}
	}
	return &r.Tasks[newest]
}

// addAttempt puts another attempt at a task behind the newest one.
func addAttempt(r *workspaces.Run, key string, s workspaces.Status) *workspaces.TaskRun {
	last := newestAttempt(r, key).Attempt
	i := slices.IndexFunc(r.Tasks, func(t workspaces.TaskRun) bool { return t.Key == key && t.Attempt == last }) + 1
	r.Tasks = slices.Insert(r.Tasks, i, workspaces.TaskRun{Key: key, Attempt: last + 1, Status: s})
	return &r.Tasks[i]
}

// end ends the run, and the repair that it was under way with.
func end(r *workspaces.Run, s workspaces.Status, at time.Time) {
	r.Status, r.Ended = s, at
	if n := len(r.Repairs); n > 0 {
		r.Repairs[n-1].Status, r.Repairs[n-1].Ended = s, at
	}
}

// retry says when a task is tried again after a failed attempt, or that it is not: its settings decide, and
// some failures no attempt can mend. made counts the retries so far.
func retry(t workspaces.Task, made int, began time.Time, s workspaces.Status, err error) (at time.Time, again bool) {
	var (
		refused *workspaces.RefusedError
		unknown *features.UnknownTableError
	)
	switch {
	case !s.Failed(), made >= t.MaxRetries:
		return at, false
	case s.Result == workspaces.TimedOut && !t.RetryOnTimeout:
		return at, false
	case errors.As(err, &refused), errors.As(err, &unknown):
		return at, false
	}
	return began.Add(t.MinRetryInterval), true
}

// waiting is the status of an attempt that is not to begin before a time.
func waiting(t workspaces.Task, made int, at time.Time, before workspaces.Status) workspaces.Status {
	return workspaces.Status{LifeCycle: workspaces.WaitingForRetry,
		Message: fmt.Sprintf("retry %d of %d at %s, after %s: %s", made+1, t.MaxRetries, at.Format(time.DateTime), before.Result, before.Message)}
}

// pause waits until a time, or until ctx ends, and reports which.
func (w *Workspace) pause(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(until.Sub(w.now()))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
