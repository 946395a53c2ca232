package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"featops/engine/config"
	"featops/engine/journal"
	"featops/features"
	"featops/features/asof"
	"featops/features/schema"
	"featops/workspaces"
)

// fakeWorkspace is a workspace whose jobs, runs and tables are what a test sets.
type fakeWorkspace struct {
	name string

	mu            sync.Mutex
	down          error // what every call fails with
	jobs          []workspaces.Job
	runs          []workspaces.Run // the newest first
	tables        map[string]workspaces.Table
	registrations map[string]workspaces.Registration
	registered    int           // how often Register was called
	forgets       bool          // Register does nothing
	matching      chan struct{} // closed when Match is called, which then lasts until its context ends; nil: it cannot match
}

func (f *fakeWorkspace) Name() string { return f.name }
func (f *fakeWorkspace) Close() error { return nil }

func (f *fakeWorkspace) locked(do func()) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return f.down
	}
	do()
	return nil
}

func (f *fakeWorkspace) Jobs(context.Context) (out []workspaces.Job, err error) {
	err = f.locked(func() { out = slices.Clone(f.jobs) })
	return out, err
}

func (f *fakeWorkspace) Runs(_ context.Context, job int64, limit int) (out []workspaces.Run, err error) {
	err = f.locked(func() {
		for _, r := range f.runs {
			if r.JobID == job && len(out) < limit {
				out = append(out, r)
			}
		}
	})
	return out, err
}

func (f *fakeWorkspace) Run(_ context.Context, id int64) (out workspaces.Run, err error) {
	missing := fmt.Errorf("run %d: %w", id, workspaces.ErrNoRun)
	err = f.locked(func() {
		for _, r := range f.runs {
			if r.ID == id {
				out, missing = r, nil
			}
		}
	})
	return out, errors.Join(err, missing)
}

func (f *fakeWorkspace) RunNow(_ context.Context, r workspaces.RunRequest) (id int64, err error) {
	err = f.locked(func() {
		id = int64(len(f.runs) + 1)
		run := workspaces.Run{ID: id, JobID: r.JobID, Workspace: f.name, Status: workspaces.Status{LifeCycle: workspaces.Running}}
		for _, t := range f.jobs[0].Tasks {
			run.Tasks = append(run.Tasks, workspaces.TaskRun{Key: t.Key, Status: workspaces.Status{LifeCycle: workspaces.Running}})
		}
		f.runs = append([]workspaces.Run{run}, f.runs...)
	})
	return id, err
}

func (f *fakeWorkspace) Cancel(_ context.Context, id int64) error {
	return f.locked(func() { f.end(id, workspaces.Canceled) })
}

func (f *fakeWorkspace) Repair(_ context.Context, q workspaces.RepairRequest) (id int64, err error) {
	cannot := fmt.Errorf("run %d: %w", q.Run, workspaces.ErrNoRun)
	err = f.locked(func() {
		for i := range f.runs {
			r := &f.runs[i]
			if r.ID != q.Run {
				continue
			}
			var again []string
			if again, cannot = workspaces.Rerun(f.jobs[0], *r, q.Tasks); cannot != nil {
				return
			}
			r.Tasks, r.Repairs = slices.Clone(r.Tasks), slices.Clone(r.Repairs)
			running := workspaces.Status{LifeCycle: workspaces.Running}
			for _, t := range r.Newest() {
				if slices.Contains(again, t.Key) {
					r.Tasks = append(r.Tasks, workspaces.TaskRun{Key: t.Key, Attempt: t.Attempt + 1, Status: running, Started: time.Now()})
				}
			}
			id = int64(len(r.Repairs) + 1)
			r.Status, r.Repairs = running, append(r.Repairs, workspaces.Repair{ID: id, Tasks: again, By: q.By})
		}
	})
	return id, errors.Join(err, cannot)
}

func (f *fakeWorkspace) PauseJob(_ context.Context, id int64, paused bool) error {
	return f.locked(func() {
		s := *f.jobs[0].Schedule
		s.Paused = paused
		f.jobs = slices.Clone(f.jobs)
		f.jobs[0].Schedule = &s
	})
}

// end ends a run and the newest attempts at its tasks with a result.
func (f *fakeWorkspace) end(id int64, result workspaces.Result) {
	for i := range f.runs {
		if f.runs[i].ID != id {
			continue
		}
		f.runs[i].Status = workspaces.Status{LifeCycle: workspaces.Terminated, Result: result}
		f.runs[i].Tasks = slices.Clone(f.runs[i].Tasks)
		for j, t := range f.runs[i].Tasks {
			if !t.Status.Ended() {
				f.runs[i].Tasks[j].Status = f.runs[i].Status
			}
		}
	}
}

func (f *fakeWorkspace) Tables(context.Context) (out []workspaces.Table, err error) {
	err = f.locked(func() {
		for _, t := range f.tables {
			out = append(out, t)
		}
	})
	return out, err
}

func (f *fakeWorkspace) Table(_ context.Context, name string) (out workspaces.Table, err error) {
	ok := false
	if err := f.locked(func() { out, ok = f.tables[name] }); err != nil {
		return out, err
	}
	if !ok {
		return out, fmt.Errorf("%s: %w", name, workspaces.ErrNoTable)
	}
	return out, nil
}

func (f *fakeWorkspace) Registrations(context.Context) (out []workspaces.Registration, err error) {
	err = f.locked(func() {
		for _, r := range f.registrations {
			out = append(out, r)
		}
	})
	return out, err
}

func (f *fakeWorkspace) Registration(_ context.Context, table string) (out workspaces.Registration, err error) {
	ok := false
	if err := f.locked(func() { out, ok = f.registrations[table] }); err != nil {
		return out, err
	}
	if !ok {
		return out, fmt.Errorf("%s: %w", table, workspaces.ErrNotRegistered)
	}
	return out, nil
}

func (f *fakeWorkspace) Register(_ context.Context, r workspaces.Registration) error {
	return f.locked(func() {
		f.registered++
		if !f.forgets {
			f.registrations[r.Name] = r
		}
	})
}

var errNotFaked = errors.New("the fake workspace cannot do this")

func (f *fakeWorkspace) Stage(context.Context, workspaces.BuildRequest) (workspaces.Staged, error) {
	return nil, errNotFaked
}

func (f *fakeWorkspace) History(context.Context, string, int) ([]workspaces.Commit, error) {
	return nil, errNotFaked
}

func (f *fakeWorkspace) Source(_ context.Context, s features.Source) (workspaces.Table, error) {
	return workspaces.Table{}, fmt.Errorf("%s: %w", s.FullName(), workspaces.ErrNoTable)
}

func (f *fakeWorkspace) Statistics(context.Context, workspaces.Table, string) (workspaces.Statistics, error) {
	return workspaces.Statistics{}, errNotFaked
}

func (f *fakeWorkspace) Profile(context.Context, workspaces.Table) (workspaces.Profile, error) {
	return workspaces.Profile{}, errNotFaked
}

func (f *fakeWorkspace) Distributions(context.Context, workspaces.Table, []workspaces.Cut) ([]workspaces.Distribution, error) {
	return nil, errNotFaked
}

func (f *fakeWorkspace) TableAt(context.Context, string, int64) (workspaces.Table, error) {
	return workspaces.Table{}, errNotFaked
}

func (f *fakeWorkspace) Match(ctx context.Context, _ workspaces.Table, _ *asof.Labels, _ int) (workspaces.Matches, error) {
	if f.matching == nil {
		return nil, errNotFaked
	}
	close(f.matching)
	<-ctx.Done()
	return nil, ctx.Err()
}

func (f *fakeWorkspace) Restore(context.Context, string, int64) (workspaces.Commit, error) {
	return workspaces.Commit{}, errNotFaked
}

// house is an engine over two fake workspaces, bncapers and medpag, each with its built-in job.
type house struct {
	*Engine
	bncapers, medpag *fakeWorkspace
}

type setup struct {
	home    string
	policy  Policy
	timeout time.Duration
	silent  bool // nothing is registered by itself
}

func open(t *testing.T, s setup) *house {
	t.Helper()
	c := config.Default()
	c.Home = s.home
	if c.Home == "" {
		c.Home = t.TempDir()
	}
	c.Save.PromptTimeout = s.timeout
	e := &Engine{
		config: c, tables: features.Tables(), log: slog.New(slog.NewTextHandler(io.Discard, nil)), now: time.Now, published: make(chan struct{}),
	}
	e.ctx, e.cancel = context.WithCancelCause(t.Context())
	j, err := journal.Open(t.Context(), e.plan().JournalFile(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.journal = j
	e.assemble(Options{Policy: s.policy, Register: !s.silent, Log: e.log, Now: e.now})
	h := &house{Engine: e}
	for _, w := range c.Workspaces {
		fake := &fakeWorkspace{
			name: w.Name, jobs: e.plan().jobs(w), tables: map[string]workspaces.Table{}, registrations: map[string]workspaces.Registration{},
		}
		e.add(w, fake)
		if w.Name == "bncapers" {
			h.bncapers = fake
		} else {
			h.medpag = fake
		}
	}
	e.update(func() {})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// build puts a version of a table into a workspace.
func (f *fakeWorkspace) build(table string, version int64, columns ...schema.Column) {
	f.tables[table] = workspaces.Table{Workspace: f.name, Name: table, Version: version, Schema: append(schema.Schema{
		{Name: features.CustomerKey, Type: schema.BigInt}, {Name: features.ReleaseKey, Type: schema.Date},
	}, columns...)}
}

// finish adds a run of the workspace's job that has ended, with its tasks in the given states; tasks
// that are not named succeeded.
func (f *fakeWorkspace) finish(id int64, states map[string]workspaces.Status) {
	ok := workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	r := workspaces.Run{ID: id, JobID: f.jobs[0].ID, Job: f.jobs[0].Name, Workspace: f.name, Status: ok}
	for _, t := range f.jobs[0].Tasks {
		s, named := states[t.Key]
		if !named {
			s = ok
		}
		r.Tasks = append(r.Tasks, workspaces.TaskRun{Key: t.Key, Status: s})
	}
	f.runs = append([]workspaces.Run{r}, f.runs...)
}
