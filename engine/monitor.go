package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"featops/workspaces"

	"golang.org/x/sync/errgroup"
)

// RunsShown is how many of a job's runs a Snapshot has at most: enough for the newest, and for how long
// it usually takes. Engine.JobRuns reads older ones.
const RunsShown = 20

// notifier is a workspace that tells when something in it changed, so that nobody has to poll for
// it.
type notifier interface{ Changed() <-chan struct{} }

// monitor watches one workspace.
type monitor struct {
	engine *Engine
	w      workspaces.Workspace
	kind   string
	log    *slog.Logger

	poked chan struct{}

	mu    sync.Mutex // one look at a time
	state WorkspaceState
}

// run looks at the workspace until ctx ends: at every interval, at once where the workspace tells of a change or somebody has
// changed something there, and in between at the runs alone while something runs and the workspace has to be asked.
func (m *monitor) run(ctx context.Context) {
	var changed <-chan struct{}
	n, tells := m.w.(notifier)
	if tells {
		changed = n.Changed()
	}
	p := pace{interval: m.engine.config.Monitor.Interval, asked: !tells}
	everything := true
	for {
		began := time.Now()
		if everything {
			p.failed = m.poll(ctx) != nil
			p.since = 0
		} else {
			p.failed = m.pollRuns(ctx, m.runs) != nil
		}
		p.since += time.Since(began)
		for waiting := true; waiting; {
			began := time.Now()
			p.active = m.active()
			if u := usage(m.w); u != nil {
				p.busy = max(0, u.BusyUntil.Sub(m.engine.now()))
			}
			var wait time.Duration
			wait, everything = p.next()
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
				waiting = false
			case <-changed:
				m.pollRuns(ctx, m.jobs)
			case <-m.poked:
				m.pollRuns(ctx, m.jobs)
			}
			p.since += time.Since(began)
		}
	}
}

// poke makes the monitor look at the runs soon, after something was changed there.
func (m *monitor) poke() {
	select {
	case m.poked <- struct{}{}:
	default:
	}
}

func (m *monitor) active() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return active(m.state)
}

// poll looks at everything: jobs, runs, tables and registrations. What cannot be read stays as it was known.
func (m *monitor) poll(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.state
	next.Error = ""
	err := m.look(ctx, &next)
	now := m.engine.now()
	if err != nil && ctx.Err() != nil {
		return err
	}
	if err != nil {
		next.Error = err.Error()
		m.log.WarnContext(ctx, "cannot look at the workspace", "error", err)
		m.engine.publish(Event{Kind: PollFailed, Workspace: m.w.Name(), Error: err.Error()})
	}
	next.Usage = usage(m.w)
	next.Polled, next.NextPoll = now, now.Add(m.engine.config.Monitor.Interval)
	m.take(ctx, next)
	if err == nil {
		m.engine.publish(Event{Kind: Polled, Workspace: m.w.Name()})
	}
	return err
}

// pollRuns looks at the runs, and at the tables only when a task has ended since.
func (m *monitor) pollRuns(ctx context.Context, list func(context.Context) ([]JobState, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.state
	jobs, err := list(ctx)
	if err != nil {
		m.log.DebugContext(ctx, "cannot look at the runs", "error", err)
		return err
	}
	next.Jobs = jobs
	if ended(next) != ended(m.state) {
		if err := m.catalogue(ctx, &next); err != nil {
			m.log.DebugContext(ctx, "cannot look at the tables", "error", err)
		}
	}
	next.Usage = usage(m.w)
	m.take(ctx, next)
	return nil
}

// runs looks at the runs of the jobs that are known.
func (m *monitor) runs(ctx context.Context) ([]JobState, error) {
	known := make([]workspaces.Job, len(m.state.Jobs))
	for i, j := range m.state.Jobs {
		known[i] = j.Job
	}
	return m.runsOf(ctx, known)
}

// ended counts the tasks that have ended in the newest runs.
func ended(s WorkspaceState) int {
	n := 0
	for _, j := range s.Jobs {
		for _, r := range j.Runs {
			for _, t := range r.Tasks {
				if t.Status.Ended() {
					n++
				}
			}
		}
	}
	return n
}

func (m *monitor) look(ctx context.Context, s *WorkspaceState) error {
	jobs, err := m.jobs(ctx)
	if err == nil {
		s.Jobs = jobs
	}
	return errors.Join(err, m.catalogue(ctx, s))
}

func (m *monitor) jobs(ctx context.Context) ([]JobState, error) {
	jobs, err := call(ctx, m.engine, m.w.Jobs)
	if err != nil {
		return nil, fmt.Errorf("list the jobs of %s: %w", m.w.Name(), err)
	}
	return m.runsOf(ctx, jobs)
}

func (m *monitor) runsOf(ctx context.Context, jobs []workspaces.Job) ([]JobState, error) {
	out := make([]JobState, len(jobs))
	for i, j := range jobs {
		runs, err := call(ctx, m.engine, func(ctx context.Context) ([]workspaces.Run, error) { return m.w.Runs(ctx, j.ID, RunsShown) })
		if err != nil {
			return nil, fmt.Errorf("list the runs of %s in %s: %w", j.Name, m.w.Name(), err)
		}
		out[i] = JobState{Job: j, Runs: runs, Expected: expected(runs)}
	}
	return out, nil
}

// catalogue looks at the tables and the registrations. Some tables may be readable where others are
// not.
func (m *monitor) catalogue(ctx context.Context, s *WorkspaceState) error {
	tables, errT := call(ctx, m.engine, m.w.Tables)
	if errT == nil || len(tables) > 0 {
		s.Tables = tables
	}
	registrations, errR := call(ctx, m.engine, m.w.Registrations)
	if errR == nil {
		s.Registrations = registrations
	}
	if err := errors.Join(errT, errR); err != nil {
		return fmt.Errorf("list the tables of %s: %w", m.w.Name(), err)
	}
	return nil
}

// call makes one request to a workspace within the configured time.
func call[T any](ctx context.Context, e *Engine, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.Monitor.RequestTimeout)
	defer cancel()
	return f(ctx)
}

// change makes a request that changes something in a workspace, and sees to it that what has changed is seen soon.
func change[T any](ctx context.Context, e *Engine, w workspaces.Workspace, f func(context.Context) (T, error)) (T, error) {
	out, err := call(ctx, e, f)
	if _, tells := w.(notifier); err == nil && !tells {
		for _, m := range e.monitors {
			if m.w == w {
				m.poke()
			}
		}
	}
	return out, err
}

// take makes a new state the current one, tells what changed in it, and hands what succeeded to
// the registrar.
func (m *monitor) take(ctx context.Context, next WorkspaceState) {
	before := m.state
	m.state = next
	m.engine.setWorkspace(next)
	for _, j := range next.Jobs {
		for _, r := range j.Runs {
			m.announce(ctx, before, r)
		}
		m.engine.registrar.consider(m.w, j)
	}
}

// announce publishes what changed in a run since it was last seen, by this engine or an earlier one.
// Runs that had ended before any engine saw them are no news.
func (m *monitor) announce(ctx context.Context, before WorkspaceState, r workspaces.Run) {
	old, known := findRun(before, r.JobID, r.ID)
	if !known || old.Status != r.Status || !slices.EqualFunc(old.Tasks, r.Tasks, sameState) {
		previous, err := m.remember(ctx, r)
		if err != nil && ctx.Err() == nil {
			m.log.ErrorContext(ctx, "cannot remember the run", "run", r.ID, "error", err)
		}
		if !known && previous != nil {
			old, known = *previous, true
		}
	}
	if !known && r.Status.Ended() && before.Polled.IsZero() {
		return
	}
	base := Event{Workspace: r.Workspace, Job: r.Job, Run: r.ID}
	if !known || old.Status != r.Status {
		e := base
		e.Kind, e.Status = RunChanged, &r.Status
		m.engine.publish(e)
	}
	was := map[string]workspaces.TaskRun{}
	for _, t := range old.Newest() {
		was[t.Key] = t
	}
	for _, t := range r.Newest() {
		e := base
		e.Task = t.Key
		o, seen := was[t.Key]
		switch {
		case !seen || !sameState(o, t):
			e.Kind, e.Status = TaskChanged, &t.Status
			m.engine.publish(e)
		case t.Progress != nil && (o.Progress == nil || *o.Progress != *t.Progress):
			e.Kind, e.Progress = Progressed, t.Progress
			m.engine.publish(e)
		}
	}
}

// sameState reports whether nothing but the progress of an attempt differs.
func sameState(a, b workspaces.TaskRun) bool {
	return a.Key == b.Key && a.Attempt == b.Attempt && a.Status == b.Status
}

// remember records the state of a run and tells the one that was known before.
func (m *monitor) remember(ctx context.Context, r workspaces.Run) (*workspaces.Run, error) {
	if m.engine.readOnly {
		return nil, nil
	}
	return m.engine.journal.SawRun(context.WithoutCancel(ctx), r)
}

func findRun(s WorkspaceState, job, run int64) (workspaces.Run, bool) {
	for _, j := range s.Jobs {
		if j.ID != job {
			continue
		}
		for _, r := range j.Runs {
			if r.ID == run {
				return r, true
			}
		}
	}
	return workspaces.Run{}, false
}

// pollAll looks at every workspace now, at the same time. One that fails does not keep the others
// from being looked at; the failures come together.
func (e *Engine) pollAll(ctx context.Context) error {
	var g errgroup.Group
	errs := make([]error, len(e.monitors))
	for i, m := range e.monitors {
		g.Go(func() error {
			defer recovered("look at "+m.w.Name(), &errs[i])
			errs[i] = m.poll(ctx)
			return nil
		})
	}
	return errors.Join(g.Wait(), errors.Join(errs...))
}

// refresh looks at the tables and registrations alone.
func (m *monitor) refresh(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.state
	if err := m.catalogue(ctx, &next); err != nil {
		m.log.DebugContext(ctx, "cannot look at the tables", "error", err)
	}
	m.state = next
	m.engine.setWorkspace(next)
}
