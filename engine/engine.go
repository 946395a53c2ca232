// Package engine is what runs in the background: it watches the workspaces, builds tables, asks
// before a table loses columns, registers finished tables in the other workspaces, and remembers. A
// console or a command gives it Commands and reads its Events and its Snapshot; one engine works in a
// home directory at a time.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"featops/engine/config"
	"featops/engine/journal"
	"featops/features"
	"featops/features/nearest"
	"featops/workspaces"
	"featops/workspaces/databricks"
	"featops/workspaces/embedded"

	"github.com/gofrs/flock"
)

// Options says what an engine works with.
type Options struct {
	Config   config.Config
	Tables   []features.Table // the feature tables there are
	Policy   Policy           // who answers questions
	Register bool             // whether finished tables are registered by themselves
	ReadOnly bool             // only looks: takes no lock, so it works beside another engine

	// Schedules makes the jobs start by their schedules, where the workspace does not see to that itself.
	Schedules bool

	// Databricks changes how each workspace of Databricks is reached; nil: as the configuration says.
	Databricks func(*databricks.Options)

	Environ func(string) (string, bool) // the environment, where secrets can be
	Redact  func(secrets ...string)     // is given every secret that is read, to hide it wherever it would be shown
	Log     *slog.Logger
	Now     func() time.Time
}

// Engine is one engine. Its methods may be called from several goroutines at once.
type Engine struct {
	config    config.Config
	tables    []features.Table
	readOnly  bool
	schedules bool
	reach     func(*databricks.Options)
	log       *slog.Logger
	now       func() time.Time

	lock       *flock.Flock
	journal    *journal.Journal
	gate       *gate
	registrar  *registrar
	remote     *Remote
	memory     *embedded.Memory // of all builds
	workspaces []workspaces.Workspace
	monitors   []*monitor
	events     broker
	spreads    spreads
	months     kept[string]             // the newest release month of each table
	profiles   kept[workspaces.Profile] // how its values are spread

	ctx    context.Context // ends when the engine is closed
	cancel context.CancelCauseFunc
	work   sync.WaitGroup

	serving     sync.WaitGroup // requests of other processes that are being carried out
	stopServing func()         // takes up no further ones; closes served in time
	served      chan struct{}

	mu        sync.Mutex
	states    []WorkspaceState
	builds    []*BuildState
	diffs     []*BuildState
	sets      []*setUnderWay
	beside    []workspaces.Question // open in another engine, where this one only looks
	holder    *Holder               // its process
	published chan struct{}         // closed and replaced when the state changes
	snapshot  atomic.Pointer[Snapshot]
}

// ErrClosing is why work ends when the engine is closed.
var ErrClosing = errors.New("featops is stopping")

// Snapshot returns the newest state. It costs nothing.
func (e *Engine) Snapshot() *Snapshot { return e.snapshot.Load() }

// Subscribe starts a queue of the events from now on.
func (e *Engine) Subscribe() *Subscription { return e.events.subscribe() }

// Journal gives what the engine remembers, for reading.
func (e *Engine) Journal() *journal.Journal { return e.journal }

// Workspaces returns the workspaces, in the order of the configuration.
func (e *Engine) Workspaces() []workspaces.Workspace { return slices.Clone(e.workspaces) }

// Start begins to watch the workspaces and to carry out what other processes ask for, and takes up the
// registrations that an earlier engine did not finish.
func (e *Engine) Start(ctx context.Context) error {
	pending, err := e.journal.PendingRegistrations(ctx)
	if err != nil {
		return err
	}
	for _, p := range pending {
		if !e.registrar.enabled {
			break
		}
		e.spawn("register "+p.Table+" in "+p.To, func(ctx context.Context) error {
			_, err := e.registrar.ensure(ctx, p.RegistrationKey)
			return err
		})
	}
	for _, m := range e.monitors {
		e.spawn("watch "+m.w.Name(), func(ctx context.Context) error {
			m.run(ctx)
			return nil
		})
	}
	if e.readOnly {
		e.spawn("look beside", e.watchBeside)
		return nil
	}
	for _, w := range e.workspaces {
		if s, ok := w.(scheduler); ok && e.schedules {
			e.spawn("run the schedules of "+w.Name(), s.RunSchedules)
		}
	}
	e.served = make(chan struct{})
	serve, stop := context.WithCancel(e.ctx)
	e.stopServing = stop
	e.spawn("serve other processes", func(context.Context) error {
		defer close(e.served)
		return e.serveRequests(serve)
	})
	return nil
}

// scheduler is a workspace whose jobs start by their schedules only while somebody sees to it.
type scheduler interface {
	RunSchedules(ctx context.Context) error
}

// Close stops everything and waits for it: runs and builds are cancelled and end as such.
func (e *Engine) Close() error {
	e.cancel(ErrClosing)
	e.work.Wait() // first, so that runs that somebody waits for are seen to end
	var errs []error
	for _, w := range e.workspaces {
		errs = append(errs, w.Close())
	}
	if e.journal != nil {
		errs = append(errs, e.journal.Close())
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}

// spawn runs f in a goroutine that Close waits for. What goes wrong in it, a panic too, is logged.
func (e *Engine) spawn(what string, f func(context.Context) error) {
	e.work.Go(func() {
		var err error
		func() {
			defer recovered(what, &err)
			err = f(e.ctx)
		}()
		if err != nil && e.ctx.Err() == nil {
			e.log.Error("cannot "+what, "error", err)
		}
	})
}

// recovered turns a panic into the error of what was being done.
func recovered(what string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: panic: %v\n%s", what, p, debug.Stack())
	}
}

func (e *Engine) publish(ev Event) {
	ev.Time = e.now()
	e.update(func() {})
	e.events.publish(ev)
}

// setWorkspace makes s the state of its workspace.
func (e *Engine) setWorkspace(s WorkspaceState) {
	e.update(func() {
		i := slices.IndexFunc(e.states, func(o WorkspaceState) bool { return o.Name == s.Name })
		e.states[i] = s
	})
}

// update changes the state and publishes it as a new snapshot.
func (e *Engine) update(change func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change()
	questions := append(e.gate.questions(), e.beside...) // under the lock, so that no older list can come after a newer one
	s := &Snapshot{
		Taken: e.now(), Env: e.config.Env, Home: e.config.Home,
		Workspaces: slices.Clone(e.states), Questions: questions, Holder: e.holder,
	}
	e.placeOnce(s.Workspaces)
	for _, b := range e.builds {
		s.Builds = append(s.Builds, *b)
	}
	for _, t := range e.sets {
		s.TrainingSets = append(s.TrainingSets, t.TrainingSetState)
	}
	for _, d := range e.diffs {
		s.Diffs = append(s.Diffs, *d)
	}
	e.snapshot.Store(s)
	close(e.published)
	e.published = make(chan struct{})
}

// placeOnce leaves a table that several workspaces see in the same place to the one that computes it. Workspaces with one
// catalog do, and the table is the same for all of them.
func (e *Engine) placeOnce(all []WorkspaceState) {
	owners := map[string]string{} // by place
	for _, w := range all {
		for _, t := range w.Tables {
			if owner, err := e.plan().OwnerOf(t.Name); err == nil && owner == w.Name && t.Location != "" {
				owners[t.Location] = owner
			}
		}
	}
	for i, w := range all {
		all[i].Tables = slices.DeleteFunc(slices.Clone(w.Tables), func(t workspaces.Table) bool {
			owner, owned := owners[t.Location]
			return owned && owner != w.Name
		})
	}
}

// changed is closed when the state changes next.
func (e *Engine) changed() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.published
}

// refresh looks at one workspace's tables and registrations soon.
func (e *Engine) refresh(name string) {
	for _, m := range e.monitors {
		if m.w.Name() == name && !e.readOnly {
			e.spawn("look at "+name, func(ctx context.Context) error {
				m.refresh(ctx)
				return nil
			})
		}
	}
}

// workspace finds a workspace by name.
func (e *Engine) workspace(name string) (workspaces.Workspace, error) {
	var names []string
	for _, w := range e.workspaces {
		if w.Name() == name {
			return w, nil
		}
		names = append(names, w.Name())
	}
	return nil, &UnknownWorkspaceError{Name: name, Known: names}
}

// InvalidError says that a command makes no sense, whatever the state of things.
type InvalidError struct{ What string }

func (e *InvalidError) Error() string { return e.What }

// UnknownWorkspaceError says that no workspace has the name.
type UnknownWorkspaceError struct {
	Name  string
	Known []string
}

func (e *UnknownWorkspaceError) Error() string {
	return fmt.Sprintf("workspace %q is unknown: the workspaces are %v", e.Name, e.Known) + nearest.Hint(e.Name, e.Known)
}

// others lists every workspace but one.
func (e *Engine) others(name string) []workspaces.Workspace {
	return slices.DeleteFunc(slices.Clone(e.workspaces), func(w workspaces.Workspace) bool { return w.Name() == name })
}

// ownerOf finds the workspace that computes a table: the one with a task for it, else the one its
// definition names.
func (e *Engine) ownerOf(table string) (workspaces.Workspace, error) {
	name, err := e.plan().OwnerOf(table)
	if err != nil {
		return nil, err
	}
	return e.workspace(name)
}

// tablesOf lists the tables that the success of a task registers.
func (e *Engine) tablesOf(workspace, task string) []string {
	if tables, ok := e.config.Registration.Tables[task]; ok {
		return tables
	}
	w, _ := e.config.Workspace(workspace)
	for _, j := range w.Jobs {
		for _, t := range j.Tasks {
			if t.Key == task {
				return e.config.RegisteredTables(t)
			}
		}
	}
	return []string{task}
}
