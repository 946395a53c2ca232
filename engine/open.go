package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"featops/engine/config"
	"featops/engine/journal"
	"featops/workspaces"
	"featops/workspaces/embedded"
)

// Open makes an engine ready: it takes the home directory, opens the journal and the workspaces,
// and records truthfully what an earlier engine left open. It watches nothing before Start.
func Open(ctx context.Context, o Options) (*Engine, error) {
	e := &Engine{
		config: o.Config, tables: o.Tables, readOnly: o.ReadOnly, schedules: o.Schedules, reach: o.Databricks,
		log: o.Log, now: o.Now, published: make(chan struct{}), memory: embedded.NewMemory(int64(o.Config.Memory)),
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
	e.journal, err = journal.Open(ctx, e.plan().JournalFile(), journal.Options{ReadOnly: o.ReadOnly})
	if err != nil {
		return err
	}
	if !o.ReadOnly {
		if _, err := e.journal.CloseOpenQuestions(ctx, o.Now(), "featops stopped while the question was open"); err != nil {
			return err
		}
	}
	e.assemble(o)
	e.remote = e.plan().Remote(o.Environ, o.Redact, !o.ReadOnly, o.Log, e.peer)
	for _, w := range o.Config.Workspaces {
		opened, err := e.openWorkspace(ctx, w)
		if err != nil {
			return err
		}
		e.add(w, opened)
	}
	if o.ReadOnly {
		if e.holder, err = holderOf(e.config.Home); err != nil {
			return err
		}
	}
	e.update(func() {})
	return nil
}

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
		engine: e, w: w, kind: c.Kind, log: e.log.With("workspace", c.Name), state: state, poked: make(chan struct{}, 1),
	})
}

// peer is an open workspace; nil when there is none of the name.
func (e *Engine) peer(name string) workspaces.Workspace {
	w, err := e.workspace(name)
	if err != nil {
		return nil
	}
	return w
}

func (e *Engine) openWorkspace(ctx context.Context, w config.Workspace) (workspaces.Workspace, error) {
	if w.Kind == config.Databricks {
		return e.remote.Workspace(w.Name), nil
	}
	o := e.plan().Embedded(w)
	o.Decider, o.Registrar, o.Log, o.ReadOnly = e.gate, e, e.log, e.readOnly
	o.Peer, o.Memory = e.peer, e.memory
	return embedded.Open(ctx, o)
}
