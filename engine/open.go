package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"featops/engine/config"
	"featops/engine/journal"
	"featops/features"
	"featops/workspaces"
	"featops/workspaces/embedded"
)

// Open makes an engine ready: it takes the home directory, opens the journal and the workspaces,
// and records truthfully what an earlier engine left open. It watches nothing before Start.
func Open(ctx context.Context, o Options) (*Engine, error) {
	e := &Engine{
		config: o.Config, tables: o.Tables, readOnly: o.ReadOnly, schedules: o.Schedules,
		log: o.Log, now: o.Now, published: make(chan struct{}),
	}
	e.ctx, e.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := e.open(ctx, o); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context, o Options) (err error) {
	if !o.ReadOnly {
		if e.lock, err = lock(o.Config.Home, o.Now()); err != nil {
			return err
		}
	}
	e.journal, err = journal.Open(ctx, journalFile(o.Config), journal.Options{ReadOnly: o.ReadOnly})
	if err != nil {
		return err
	}
	if !o.ReadOnly {
		if _, err := e.journal.CloseOpenQuestions(ctx, o.Now(), "featops stopped while the question was open"); err != nil {
			return err
		}
	}
	e.assemble(o)
	for _, w := range o.Config.Workspaces {
		opened, err := e.openWorkspace(ctx, w)
		if err != nil {
			return err
		}
		e.add(w, opened)
	}
	e.update(func() {})
	return nil
}

func journalFile(c config.Config) string { return filepath.Join(c.Home, "journal-"+c.Env+".db") }

// assemble makes the parts that do not depend on the workspaces.
func (e *Engine) assemble(o Options) {
	e.served, e.stopServing = make(chan struct{}), func() {}
	close(e.served)
	e.gate = &gate{
		policy: o.Policy, timeout: e.config.Save.PromptTimeout, now: o.Now, journal: e.journal, log: o.Log, publish: e.publish,
		registeredIn: func(table string) []string { return e.Snapshot().RegisteredIn(table) },
	}
	e.registrar = &registrar{
		engine: e, enabled: o.Register && e.config.Registration.Enabled, log: o.Log,
		taken: map[journal.RegistrationKey]time.Time{}, targets: map[[2]string]*sync.Mutex{}, jobs: map[runOf]string{},
	}
}

// add takes a workspace into the engine, with a monitor that watches it.
func (e *Engine) add(c config.Workspace, w workspaces.Workspace) {
	state := WorkspaceState{Name: c.Name, Kind: c.Kind}
	e.workspaces = append(e.workspaces, w)
	e.states = append(e.states, state)
	e.monitors = append(e.monitors, &monitor{
		engine: e, w: w, kind: c.Kind, log: e.log.With("workspace", c.Name), state: state,
	})
}

func (e *Engine) openWorkspace(ctx context.Context, w config.Workspace) (workspaces.Workspace, error) {
	if w.Kind != config.Embedded {
		return nil, fmt.Errorf("open workspace %s: kind %q cannot be opened by this version, which runs embedded workspaces", w.Name, w.Kind)
	}
	return embedded.Open(ctx, e.embeddedOptions(w))
}

// embeddedOptions say what an embedded workspace of the configuration is.
func (e *Engine) embeddedOptions(w config.Workspace) embedded.Options {
	env := e.config.Environment()
	return embedded.Options{
		Name: w.Name, Env: e.config.Env, User: e.config.User,
		Dir:      filepath.Join(env.BasePath, w.Name, e.config.Env),
		Database: env.Database,
		Jobs:     e.jobs(w),
		Tables:   e.tablesFor(w),
		Defaults: map[string]string{
			"env": e.config.Env, "start_date": e.config.Build.StartDate, "end_date": e.config.Build.EndDate,
		},
		BadRowsShare: func(table string) float64 { return e.config.Table(table).BadRowsShare },
		Health:       e.health,
		Decider:      e.gate,
		Registrar:    e,
		Now:          e.now,
		Log:          e.log,
		ReadOnly:     e.readOnly,
	}
}

// health says what the configuration expects of a source.
func (e *Engine) health(source string) workspaces.HealthRules {
	h := e.config.Source(source)
	return workspaces.HealthRules{
		Freshness: workspaces.Reaction(h.Freshness), Shift: h.ShiftMonths,
		RowCount: workspaces.Reaction(h.RowCount), MaxDrop: h.MaxDrop, MaxGrowth: h.MaxGrowth,
	}
}

func (e *Engine) jobs(w config.Workspace) []workspaces.Job {
	out := make([]workspaces.Job, len(w.Jobs))
	for i, j := range w.Jobs {
		job := workspaces.Job{
			Name: j.FullName(e.config.Env, e.config.User), Tags: j.Tags(e.config.Env),
			Parameters: maps.Clone(j.Parameters), MaxConcurrentRuns: j.MaxConcurrentRuns, Queue: j.Queue, Timeout: j.Timeout,
		}
		if s := j.Schedule; s.Cron != "" {
			job.Schedule = &workspaces.Schedule{Cron: s.Cron, Timezone: s.Timezone, Paused: s.Paused}
		}
		for _, t := range inOrder(j.Tasks) {
			job.Tasks = append(job.Tasks, workspaces.Task{
				Key: t.Key, DependsOn: t.DependsOn, RunIf: workspaces.RunIf(t.RunIf), Table: t.Table,
				Timeout: t.Timeout, MaxRetries: t.MaxRetries, MinRetryInterval: t.MinRetryInterval, RetryOnTimeout: t.RetryOnTimeout,
				Parameters: maps.Clone(t.Parameters),
			})
		}
		out[i] = job
	}
	return out
}

// inOrder puts tasks behind those they depend on, and otherwise leaves them as they stand. The configuration knows that
// there is no cycle.
func inOrder(tasks []config.Task) []config.Task {
	var out []config.Task
	placed := map[string]bool{}
	var place func(config.Task)
	place = func(t config.Task) {
		if placed[t.Key] {
			return
		}
		placed[t.Key] = true
		for _, before := range tasks {
			if slices.Contains(t.DependsOn, before.Key) {
				place(before)
			}
		}
		out = append(out, t)
	}
	for _, t := range tasks {
		place(t)
	}
	return out
}

// tablesFor is the catalogue as a workspace sees it: with the configured frames, and with the sources in the
// workspace's database.
func (e *Engine) tablesFor(w config.Workspace) []features.Table {
	out := make([]features.Table, len(e.tables))
	for i, t := range e.tables {
		if frame := e.config.Table(t.Name).Frame; frame != "" {
			t.Frame = features.Frame(frame)
		}
		t.Source.Database = w.SourceDatabase
		out[i] = t
	}
	return out
}
