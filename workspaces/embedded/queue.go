package embedded

import (
	"context"
	"fmt"
	"slices"

	"featops/workspaces"
)

// A job has at most max_concurrent_runs runs under way. Further ones, and repairs of earlier ones, wait in its
// queue and begin in the order in which they came. The functions of this file are called with w.mu held.

// prepare makes a run, or its newest repair, begin at once, or, when there is no room now, wait.
func (w *Workspace) prepare(run *workspaces.Run, x *execution, full string) {
	if full != "" {
		run.Status = queued(len(w.queueOf(x.job))+1, full)
		return
	}
	now := w.now()
	run.Status = workspaces.Status{LifeCycle: workspaces.Running}
	if n := len(run.Repairs); n > 0 {
		run.Repairs[n-1].Started = now
	}
	if run.Started.IsZero() {
		run.Started = now
	}
}

// queued is the status of a run that has a place in the queue.
func queued(place int, full string) workspaces.Status {
	return workspaces.Status{LifeCycle: workspaces.Queued, Message: fmt.Sprintf("place %d in the queue: %s", place, full)}
}

// admit takes up what was prepared and is recorded.
func (w *Workspace) admit(x *execution, run workspaces.Run) {
	x.run, x.log = run, w.log.With("job", x.job.Name, "run", run.ID)
	w.live[run.ID] = x
	if run.Status.LifeCycle == workspaces.Queued {
		w.queue = append(w.queue, x)
		x.log.Info("run queued", "message", run.Status.Message)
		w.tick()
		return
	}
	w.begin(x)
}

// begin executes a run in a goroutine of the workspace's own.
func (w *Workspace) begin(x *execution) {
	ctx, cancel := context.WithCancelCause(w.ctx)
	x.cancel = cancel
	w.work.Go(func() {
		defer cancel(nil)
		if x.job.Timeout > 0 {
			limited, stop := context.WithTimeoutCause(ctx, x.job.Timeout, &runTimeoutError{x.job})
			defer stop()
			x.guarded(limited)
		} else {
			x.guarded(ctx)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		// What the disk does not know the end of stays: who asks hears it from x, and Close records it. And where a
		// repair has begun meanwhile, the run is that one's.
		if x.recorded() && w.live[x.run.ID] == x {
			delete(w.live, x.run.ID)
		}
		w.advance(x.job)
	})
	w.tick()
}

// advance begins what waits in the queue of a job as far as there is room, and tells the others their places.
func (w *Workspace) advance(j workspaces.Job) {
	waiting := w.queueOf(j)
	for len(waiting) > 0 && !w.closed && w.full(j) == "" {
		x := waiting[0]
		waiting = waiting[1:]
		w.queue = slices.DeleteFunc(w.queue, func(o *execution) bool { return o == x })
		x.update(func(r *workspaces.Run) { w.prepare(r, x, "") })
		w.begin(x)
	}
	for i, x := range waiting {
		if s := queued(i+1, w.full(j)); x.state().Status != s {
			x.update(func(r *workspaces.Run) { r.Status = s })
		}
	}
}

// leave ends something that waits in the queue.
func (w *Workspace) leave(x *execution, why error) {
	w.queue = slices.DeleteFunc(w.queue, func(o *execution) bool { return o == x })
	x.update(func(r *workspaces.Run) { abandon(r, w.now(), why.Error()+" while it was queued") })
	if x.recorded() {
		delete(w.live, x.run.ID)
	}
	x.log.Warn("run ended: " + string(workspaces.Canceled) + " while it was queued")
	w.advance(x.job)
}

// queueOf lists what waits in the queue of a job.
func (w *Workspace) queueOf(j workspaces.Job) []*execution {
	var out []*execution
	for _, x := range w.queue {
		if x.job.ID == j.ID {
			out = append(out, x)
		}
	}
	return out
}

// full says why a job can have no further run under way now, or nothing.
func (w *Workspace) full(j workspaces.Job) string {
	var busy []int64
	for id, x := range w.live {
		if x.job.ID == j.ID && x.cancel != nil && !x.state().Status.Ended() {
			busy = append(busy, id)
		}
	}
	if len(busy) < j.MaxConcurrentRuns {
		return ""
	}
	slices.Sort(busy)
	return fmt.Sprintf("runs %v are under way, and max_concurrent_runs is %d", busy, j.MaxConcurrentRuns)
}
