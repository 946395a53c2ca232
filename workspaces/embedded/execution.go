package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"featops/workspaces"
)

// execution is a run, or a repair of one, that is under way or waits in the queue.
type execution struct {
	w      *Workspace
	job    workspaces.Job
	params []workspaces.Params // of each task of the job
	named  []string            // keys of the tasks that were asked for by name
	log    *slog.Logger

	cancel context.CancelCauseFunc // nil while it waits in the queue; the workspace's mu guards it

	mu         sync.Mutex
	run        workspaces.Run // its tasks are those of the job
	unrecorded error          // why the newest state is not on disk
}

// state returns the run as it is now.
func (x *execution) state() workspaces.Run {
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.run
	r.Tasks, r.Repairs = slices.Clone(r.Tasks), slices.Clone(r.Repairs)
	return r
}

// tasks returns the newest attempt at each task, in the order of the job.
func (x *execution) tasks() []workspaces.TaskRun { return x.state().NewestOf(x.job) }

// update changes the run, records it, and then tells of it.
func (x *execution) update(change func(r *workspaces.Run)) {
	x.mu.Lock()
	change(&x.run)
	err := x.record()
	x.mu.Unlock()
	if err != nil {
		x.log.Error("the state of the run could not be recorded", "error", err)
	}
	x.w.tick()
}

// record puts the newest state of the run on disk. The caller holds x.mu.
func (x *execution) record() error {
	x.unrecorded = x.w.store.updateRun(context.WithoutCancel(x.w.ctx), x.run)
	return x.unrecorded
}

// recorded reports whether the newest state of the run is on disk.
func (x *execution) recorded() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.unrecorded == nil
}

// updateTask changes the newest attempt at task i.
func (x *execution) updateTask(i int, change func(t *workspaces.TaskRun)) {
	x.update(func(r *workspaces.Run) { change(newestAttempt(r, x.job.Tasks[i].Key)) })
}

// guarded executes the run. A panic on the way ends the run, truthfully, and not the process.
func (x *execution) guarded(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			x.log.ErrorContext(ctx, "the run broke down", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			x.update(func(r *workspaces.Run) { abandon(r, x.w.now(), fmt.Sprintf("panic: %v", p)) })
		}
	}()
	x.execute(ctx)
}

// execute walks the graph to its end, or until ctx ends; it returns when no task is running.
func (x *execution) execute(ctx context.Context) {
	if r := x.state(); len(r.Repairs) > 0 {
		repair := r.Repairs[len(r.Repairs)-1]
		x.log.InfoContext(ctx, "repair started", "repair", repair.ID, "by", repair.By, "tasks", repair.Tasks)
	} else {
		x.log.InfoContext(ctx, "run started", "tasks", len(x.job.Tasks))
	}
	begun := x.w.now()
	done := make(chan struct{})
	running := 0
	for {
		if ctx.Err() == nil {
			running += x.startReady(ctx, done)
		}
		if running == 0 {
			break
		}
		select {
		case <-done:
			running--
		case <-ctx.Done():
			x.terminate()
			for ; running > 0; running-- {
				<-done
			}
		}
	}
	why := context.Cause(ctx)
	x.cancelWaiting(why)
	var ended workspaces.Status
	x.update(func(r *workspaces.Run) {
		ended = runStatus(x.job, r.NewestOf(x.job), why)
		end(r, ended, x.w.now())
	})
	log := x.log.With("seconds", seconds(x.w.now().Sub(begun)))
	switch {
	case ended.Succeeded():
		log.InfoContext(ctx, "run ended: "+string(ended.Result))
	case ended.Canceled():
		log.WarnContext(ctx, "run ended: "+string(ended.Result), "message", ended.Message)
	default:
		log.ErrorContext(ctx, "run ended: "+string(ended.Result), "message", ended.Message)
	}
}

// startReady starts every task that waits for nothing, settles those that are not to run, and
// returns how many it started. Tasks stand after those they depend on, so that one pass is enough.
func (x *execution) startReady(ctx context.Context, done chan<- struct{}) int {
	started := 0
	for i, t := range x.job.Tasks {
		tasks := x.tasks()
		if ctx.Err() != nil {
			break // looked at after the state, in which tasks may have been cancelled already
		}
		if tasks[i].Status.LifeCycle != workspaces.Blocked {
			continue
		}
		before, ready := x.before(tasks, t)
		if !ready {
			continue
		}
		if skipped := x.skip(i, before, tasks); skipped.LifeCycle != "" {
			x.settle(i, skipped)
			continue
		}
		x.updateTask(i, func(t *workspaces.TaskRun) {
			t.Status.LifeCycle, t.Started = workspaces.Running, x.w.now()
		})
		started++
		go func() {
			defer func() { done <- struct{}{} }()
			x.runTask(ctx, i)
		}()
	}
	return started
}

// before counts what became of the tasks that t depends on, and reports whether all have ended.
func (x *execution) before(tasks []workspaces.TaskRun, t workspaces.Task) (o outcomes, ended bool) {
	for _, b := range tasks {
		if !slices.Contains(t.DependsOn, b.Key) {
			continue
		}
		if !b.Status.Ended() {
			return o, false
		}
		o.add(b.Status, b.Status.Result == workspaces.Excluded && b.Started.IsZero())
	}
	return o, true
}

// skip is the status of a task that is not to run, or an empty one.
func (x *execution) skip(i int, before outcomes, tasks []workspaces.TaskRun) workspaces.Status {
	t, only := x.job.Tasks[i], x.state().Only
	s := workspaces.Status{LifeCycle: workspaces.Skipped}
	result := before.verdict(condition(t))
	switch {
	case x.params[i].Ignore:
		s.Result, s.Message = workspaces.Disabled, "the parameter ignore is true"
	case len(only) > 0 && !slices.Contains(only, t.Key):
		s.Result, s.Message = workspaces.Disabled, "this run is for "+strings.Join(only, ", ")
	case result != "":
		s.Result, s.Message = result, fmt.Sprintf("run_if %s is not met: %s", condition(t), results(tasks, t.DependsOn))
	default:
		return workspaces.Status{}
	}
	return s
}

// results tells the results of some tasks: `a SUCCESS, b FAILED`.
func results(tasks []workspaces.TaskRun, keys []string) string {
	var parts []string
	for _, t := range tasks {
		if slices.Contains(keys, t.Key) {
			parts = append(parts, t.Key+" "+string(t.Status.Result))
		}
	}
	return strings.Join(parts, ", ")
}

// settle ends a task that has not run.
func (x *execution) settle(i int, s workspaces.Status) {
	x.updateTask(i, func(t *workspaces.TaskRun) { t.Status, t.Ended = s, x.w.now() })
	x.taskLog(i).Warn("task skipped: "+string(s.Result), "message", s.Message)
}

// terminate marks the running tasks as being stopped, and the run too.
func (x *execution) terminate() {
	x.update(func(r *workspaces.Run) {
		r.Status.LifeCycle = workspaces.Terminating
		for i := range r.Tasks {
			if r.Tasks[i].Status.LifeCycle == workspaces.Running {
				r.Tasks[i].Status.LifeCycle = workspaces.Terminating
			}
		}
	})
}

// cancelWaiting ends the tasks that a cancelled run did not come to.
func (x *execution) cancelWaiting(why error) {
	for i, t := range x.job.Tasks {
		tasks := x.tasks()
		if tasks[i].Status.Ended() {
			continue
		}
		s := workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Canceled, Message: why.Error()}
		if before, _ := x.before(tasks, t); before.canceled > 0 {
			s.Result = workspaces.UpstreamCanceled
			s.Message += ": " + results(tasks, t.DependsOn)
		}
		x.settle(i, s)
	}
}

func (x *execution) taskLog(i int) *slog.Logger {
	t := x.job.Tasks[i]
	log := x.log.With("task", t.Key)
	if t.Table != "" {
		log = log.With("table", t.Table)
	}
	return log
}

// progressPause is how long a task's progress stays as it is at least.
const progressPause = 100 * time.Millisecond

// progress returns a function that shows how far task i is. It is kept in memory only.
func (x *execution) progress(i int) func(workspaces.Progress) {
	var mu sync.Mutex
	var last time.Time
	var stage string
	return func(p workspaces.Progress) {
		now := x.w.now()
		mu.Lock()
		defer mu.Unlock()
		if p.Stage == stage && now.Sub(last) < progressPause {
			return
		}
		last, stage = now, p.Stage
		x.mu.Lock()
		newestAttempt(&x.run, x.job.Tasks[i].Key).Progress = &p
		x.mu.Unlock()
		x.w.tick()
	}
}
