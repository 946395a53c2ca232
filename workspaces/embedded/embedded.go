// Package embedded is a workspace on local disk: its jobs run in this process, its tables are
// Delta tables, and what it must remember is in a small SQLite file beside them.
//
// # What is where
//
//	<dir>/<database>/<table>/   a Delta table: feature tables in the workspace's database, source
//	                            tables in theirs
//	<dir>/_registered/<workspace>/<table>/
//	                            copies of registered tables whose workspace is not on this disk
//	<dir>/workspace.db          runs, registrations, and which schedules are paused
//	<dir>/_staging/<unique>/    new data that no table has adopted yet; emptied when it is opened
//
// # How much a build computes
//
// Stage computes no more than has changed since the table's newest version, where that is known to leave the table as a full
// build would (see limit in incremental.go). The builds of a process share its [Memory]; rows of a source that do not fit are
// sorted on disk, in the staging directory.
//
// # How a job runs
//
// RunNow records the run and returns; a goroutine that the workspace owns walks the graph. Every
// task is BLOCKED until the tasks that it depends on have ended, and then its run_if decides (see
// outcomes.verdict). Tasks that do not wait for each other run at the same time. A failed task is
// tried again as its settings say: each attempt is an entry in the run, and the next one is WAITING_FOR_RETRY in
// between. A repair adds attempts to a run that has ended and walks the graph again. Runs and
// repairs beyond the job's max_concurrent_runs wait in its queue. Each change of
// state is on disk before anybody is told of it, so after a crash the next Open finds what was under
// way and records what became of it.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// What lies in the directory of a workspace beside its databases.
const (
	databaseFile = "workspace.db"
	stagingDir   = "_staging"
)

// Options says what a workspace is. Every field without a comment on its absence is required.
type Options struct {
	Name     string // of the workspace
	Env      string // dev, staging or prod: the parameter env of every task
	User     string // who works here; named in the history of tables, may be empty
	Dir      string // made if need be
	Database string // of the feature tables; source tables live in their own (features.Source.Database)

	Jobs         []workspaces.Job           // without their IDs, which the workspace gives
	Tables       []features.Table           // the catalogue, with Frame already set
	Defaults     map[string]string          // task parameters under the job's own
	BadRowsShare func(table string) float64 // the tolerated share of rows without a month; nil tolerates none

	// Health says what is expected of a source, by its name without the database; nil expects nothing.
	Health func(source string) workspaces.HealthRules

	// Peer finds another workspace by its name, nil when there is none; nil: there are no others.
	Peer func(name string) workspaces.Workspace

	// DriftWarn is the population stability index from which on a column of a table has drifted; 0, and nil, tell none.
	DriftWarn func(table string) float64

	Memory *Memory // that its builds share with those of other workspaces; nil is as much as they want

	Decider   workspaces.Decider // answers the questions of saves in jobs
	Registrar Registrar          // does what registry tasks do
	Now       func() time.Time
	Log       *slog.Logger

	// ReadOnly opens a workspace that another process may be working in: nothing is recovered, nothing
	// can be run or saved, and data is staged outside of Dir.
	ReadOnly bool
}

// Registrar registers in a workspace what the other workspaces have finished.
type Registrar interface {
	// RegisterInto returns a sentence that tells what was registered.
	RegisterInto(ctx context.Context, workspace string) (summary string, err error)
}

// ErrReadOnly says that a workspace was opened to look only.
var ErrReadOnly = errors.New("the workspace is open for reading only")

// ErrClosed says that a workspace has been closed, or is being closed.
var ErrClosed = errors.New("the workspace is closed")

// Why the tasks of a run are cancelled.
var (
	errCanceled = errors.New("the run was cancelled")
	errStopping = errors.New("featops is stopping")
)

// Workspace implements [workspaces.Workspace] on a directory.
type Workspace struct {
	options Options
	jobs    []workspaces.Job
	staging string
	store   *store
	log     *slog.Logger
	now     func() time.Time
	changed chan struct{}

	timers      []timer // the jobs that have a schedule
	scheduling  sync.Mutex
	rescheduled chan struct{} // tells who runs the schedules that one was paused or resumed

	ctx    context.Context // of all runs; ends with Close
	cancel context.CancelCauseFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	live   map[int64]*execution // the runs under way, and those in the queue, by number
	queue  []*execution         // of all jobs, in the order in which they came
}

var _ workspaces.Workspace = (*Workspace)(nil)

// Open opens a workspace, making its directory when there is none. Runs that a process before this
// one did not end are recorded as failed, and what it had staged is removed.
func Open(ctx context.Context, o Options) (*Workspace, error) {
	w := unopened(o)
	for i := range w.jobs {
		w.jobs[i].MaxConcurrentRuns = max(1, w.jobs[i].MaxConcurrentRuns)
		if err := checkGraph(w.jobs[i]); err != nil {
			return nil, fmt.Errorf("open workspace %s: %w", o.Name, err)
		}
	}
	if err := w.open(ctx); err != nil {
		return nil, fmt.Errorf("open workspace %s in %s: %w", o.Name, o.Dir, err)
	}
	w.ctx, w.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return w, nil
}

// unopened is a workspace without its store, of which tables and sources can be read.
func unopened(o Options) *Workspace {
	return &Workspace{
		options: o, jobs: slices.Clone(o.Jobs), staging: filepath.Join(o.Dir, stagingDir),
		log: o.Log.With("workspace", o.Name), now: o.Now,
		changed: make(chan struct{}, 1), rescheduled: make(chan struct{}, 1), live: map[int64]*execution{},
	}
}

func (w *Workspace) open(ctx context.Context) (err error) {
	path := filepath.Join(w.options.Dir, databaseFile)
	if w.options.ReadOnly {
		w.staging = os.TempDir()
		if w.store, err = openStore(ctx, path, true); err != nil {
			return err
		}
		return w.numberJobs(ctx)
	}
	if err := delta.MakeDir(w.options.Dir); err != nil {
		return err
	}
	if w.store, err = openStore(ctx, path, false); err != nil {
		return err
	}
	if err := os.RemoveAll(w.staging); err != nil {
		return errors.Join(err, w.store.close())
	}
	if err := errors.Join(w.numberJobs(ctx), w.recover(ctx)); err != nil {
		return errors.Join(err, w.store.close())
	}
	return nil
}

// numberJobs gives each job the number under which its runs are kept, whatever its place in the configuration, and reads
// their schedules.
func (w *Workspace) numberJobs(ctx context.Context) (err error) {
	for i := range w.jobs {
		if w.jobs[i].ID, err = w.store.jobID(ctx, w.jobs[i].Name, w.options.ReadOnly); err != nil {
			return err
		}
	}
	w.timers, err = timers(w.jobs)
	return err
}

// Name implements [workspaces.Workspace].
func (w *Workspace) Name() string { return w.options.Name }

// Changed gives a tick whenever a run or its progress has changed. Ticks that nobody has taken yet
// become one.
func (w *Workspace) Changed() <-chan struct{} { return w.changed }

func (w *Workspace) tick() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// writable is an error when nothing can be run or saved here.
func (w *Workspace) writable(what string) error {
	if w.options.ReadOnly {
		return fmt.Errorf("%s in %s: %w", what, w.options.Name, ErrReadOnly)
	}
	return nil
}

// Close cancels the runs under way and those in the queue, waits until they have ended, and closes the
// workspace. It tries once more to record the ends that could not be recorded, as on a full disk.
func (w *Workspace) Close() error {
	w.mu.Lock()
	again := w.closed
	w.closed = true
	for len(w.queue) > 0 {
		w.leave(w.queue[0], errStopping)
	}
	w.mu.Unlock()
	if again {
		return nil
	}
	w.cancel(errStopping)
	w.work.Wait()
	var errs []error
	for _, x := range w.live {
		x.mu.Lock()
		errs = append(errs, x.record())
		x.mu.Unlock()
	}
	return errors.Join(append(errs, w.store.close())...)
}
