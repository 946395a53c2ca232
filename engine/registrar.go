package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"featops/engine/journal"
	"featops/features/schema"
	"featops/workspaces"

	"golang.org/x/sync/errgroup"
)

// RegistrationStatus says how a registration ended, as the journal keeps it.
type RegistrationStatus = journal.State

// How a registration can end.
const (
	Registered         = journal.Registered // made, or brought up to date, and read back
	Unchanged          = journal.Unchanged  // it was there already, exactly so
	RegistrationNo     = journal.Refused    // its schema conflicts, and the answer was no
	RegistrationFailed = journal.Failed
)

// RegistrationResult is how the registration of a table in a workspace ended.
type RegistrationResult struct {
	Table   string             `json:"table"`
	From    string             `json:"from"`
	To      string             `json:"to"`
	Version int64              `json:"version"` // that is registered; -1 when none is
	Status  RegistrationStatus `json:"status"`
	Detail  string             `json:"detail,omitempty"`

	ended time.Time // which may have been before it was asked for
}

// registrar makes finished tables known in the other workspaces. Each piece of work (a finished
// attempt at a task, one of its tables, one target) is written in the journal before it begins and when it
// ends, so it is done once, whoever asks for it and however often, and is taken up again
// after a restart.
type registrar struct {
	engine  *Engine
	enabled bool
	log     *slog.Logger

	mu      sync.Mutex
	taken   map[journal.RegistrationKey]time.Time // when this engine last took up a piece of work by itself
	targets map[[2]string]*sync.Mutex             // a table and a target: one registration at a time
	jobs    map[runOf]string                      // the jobs of the runs whose work was taken up
}

type runOf struct {
	workspace string
	run       int64
}

// jobOf names the job of a piece of work, for logs and questions. It is not known of work that an earlier engine took up
// and whose run is out of sight.
func (r *registrar) jobOf(k journal.RegistrationKey) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.jobs[runOf{k.From, k.Run}]
}

// consider takes up what a job's newest runs have finished. What failed is tried again after a poll interval.
func (r *registrar) consider(w workspaces.Workspace, j JobState) {
	if !r.enabled || r.engine.readOnly {
		return
	}
	now := r.engine.now()
	for _, k := range r.finished(w, j.Job, j.Runs) {
		r.mu.Lock()
		last, again := r.taken[k]
		due := !again || now.Sub(last) >= r.engine.config.Monitor.Interval
		if due {
			r.taken[k] = now
		}
		r.mu.Unlock()
		if due {
			r.engine.spawn("register "+k.Table+" in "+k.To, func(ctx context.Context) error {
				_, _ = r.ensure(ctx, k) // which has told its error
				return nil
			})
		}
	}
}

// ensure does a piece of work unless it was done before, and tells how it ended.
func (r *registrar) ensure(ctx context.Context, k journal.RegistrationKey) (RegistrationResult, error) {
	one := r.target(k.Table, k.To)
	one.Lock()
	defer one.Unlock()

	log := r.log.With("workspace", k.From, "table", k.Table, "to", k.To)
	if k.Run != 0 {
		log = log.With("job", r.jobOf(k), "run", k.Run, "task", k.Task)
	}
	result := RegistrationResult{Table: k.Table, From: k.From, To: k.To, Version: workspaces.NoTable, Status: RegistrationFailed}
	record, _, err := r.engine.journal.Want(ctx, k, r.engine.now())
	if err != nil {
		result.Detail = err.Error()
		if ctx.Err() == nil {
			log.ErrorContext(ctx, "table not registered", "error", err)
		}
		return result, err
	}
	if record.State != journal.Pending && record.State != journal.Failed {
		result.Version, result.Status, result.Detail = record.Version, record.State, record.Detail
		result.ended = record.Updated
		return result, nil
	}
	result.Version, result.Status, err = r.register(ctx, k)
	if err != nil {
		result.Detail = err.Error()
	}
	if err != nil && ctx.Err() != nil {
		return result, err // it stays pending and is taken up after a restart
	}
	switch result.Status {
	case Registered:
		log.InfoContext(ctx, "table registered", "version", result.Version)
	case Unchanged:
		log.InfoContext(ctx, "table is registered already", "version", result.Version)
	default:
		log.ErrorContext(ctx, "table not registered", "error", err)
	}
	result.ended = r.engine.now()
	errJ := r.engine.journal.Finish(context.WithoutCancel(ctx), k, result.Status, result.Version, result.Detail, result.ended)
	if errJ != nil {
		log.ErrorContext(ctx, "the registration is not in the journal", "error", errJ)
		result.Status, result.Detail = RegistrationFailed, errJ.Error()
		return result, errors.Join(err, errJ)
	}
	r.engine.publish(Event{Kind: TableRegistered, Workspace: k.To, Table: k.Table, Run: k.Run, Task: k.Task, Registration: &result, Error: result.Detail})
	r.engine.refresh(k.To)
	return result, err
}

func (r *registrar) target(table, to string) *sync.Mutex {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]string{table, to}
	if r.targets[key] == nil {
		r.targets[key] = &sync.Mutex{}
	}
	return r.targets[key]
}

// register brings the registration of a table up to date and reads it back.
func (r *registrar) register(ctx context.Context, k journal.RegistrationKey) (int64, RegistrationStatus, error) {
	from, errF := r.engine.workspace(k.From)
	to, errT := r.engine.workspace(k.To)
	if err := errors.Join(errF, errT); err != nil {
		return workspaces.NoTable, RegistrationFailed, err
	}
	table, err := call(ctx, r.engine, func(ctx context.Context) (workspaces.Table, error) { return from.Table(ctx, k.Table) })
	if err != nil {
		return workspaces.NoTable, RegistrationFailed, fmt.Errorf("read %s in %s: %w", k.Table, k.From, err)
	}
	known, err := r.registration(ctx, to, k.Table)
	before := known.Version
	switch {
	case errors.Is(err, workspaces.ErrNotRegistered):
		before = workspaces.NoTable
		err = r.put(ctx, to, table)
	case err != nil:
		before = workspaces.NoTable
	case same(known.Table, table):
		return table.Version, Unchanged, nil
	default:
		err = r.replace(ctx, k, to, known.Table, table)
	}
	var refused *workspaces.RefusedError
	switch {
	case errors.As(err, &refused):
		return before, RegistrationNo, err
	case err != nil:
		return before, RegistrationFailed, err
	}
	return table.Version, Registered, nil
}

// registerTime is how long a registration may take: what was shared is seen elsewhere only after a while, and what is copied
// has to be uploaded.
const registerTime = 10 * time.Minute

// put registers a table and reads back what is registered then.
func (r *registrar) put(ctx context.Context, to workspaces.Workspace, table workspaces.Table) error {
	wanted := workspaces.Registration{Table: table, Registered: r.engine.now()}
	limited, cancel := context.WithTimeout(ctx, registerTime)
	err := to.Register(limited, wanted)
	cancel()
	if err != nil {
		return fmt.Errorf("register %s in %s: %w", table.Name, to.Name(), err)
	}
	back, err := r.registration(ctx, to, table.Name)
	if err == nil && !same(back.Table, table) {
		err = fmt.Errorf("register %s in %s: what was read back is not what was registered (version %d, want %d)",
			table.Name, to.Name(), back.Version, table.Version)
	}
	return err
}

// replace puts a table over what is registered. Where its users would lose columns, or the types of columns, it asks
// first.
func (r *registrar) replace(ctx context.Context, k journal.RegistrationKey, to workspaces.Workspace, known, table workspaces.Table) error {
	diff := schema.Compare(known.Schema, table.Schema)
	if !diff.Loses() {
		return r.put(ctx, to, table)
	}
	q := workspaces.Question{
		Subject: workspaces.RegisterTable, Workspace: to.Name(), Table: table.Name, Version: known.Version, Difference: diff,
	}
	if k.Run != 0 {
		q.Job, q.Run, q.Task = r.jobOf(k), k.Run, k.Task
	}
	answer, err := r.engine.gate.Decide(ctx, q)
	if err != nil {
		return err
	}
	q.ID = answer.Question
	settlement := workspaces.Settlement{Outcome: workspaces.Refused, Version: known.Version}
	if !answer.Yes {
		err = &workspaces.RefusedError{Question: q, Answer: answer}
	} else if err = r.put(ctx, to, table); err != nil {
		settlement = workspaces.Settlement{Outcome: workspaces.Broken, Version: known.Version, Detail: err.Error()}
	} else {
		settlement = workspaces.Settlement{Outcome: workspaces.Applied, Version: table.Version}
	}
	return errors.Join(err, r.engine.gate.Settle(ctx, q.ID, settlement))
}

func (r *registrar) registration(ctx context.Context, w workspaces.Workspace, table string) (workspaces.Registration, error) {
	reg, err := call(ctx, r.engine, func(ctx context.Context) (workspaces.Registration, error) { return w.Registration(ctx, table) })
	if err != nil {
		err = fmt.Errorf("read the registration of %s in %s: %w", table, w.Name(), err)
	}
	return reg, err
}

// same reports whether two descriptions of a table say the same, whenever it was written.
func same(a, b workspaces.Table) bool {
	a.Updated, b.Updated = time.Time{}, time.Time{}
	textA, errA := json.Marshal(a)
	textB, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(textA, textB)
}

// all does several pieces of work at the same time and gives their results in order.
func (r *registrar) all(ctx context.Context, keys []journal.RegistrationKey) ([]RegistrationResult, error) {
	results := make([]RegistrationResult, len(keys))
	errs := make([]error, len(keys))
	var g errgroup.Group
	for i, k := range keys {
		g.Go(func() error {
			defer recovered("register "+k.Table+" in "+k.To, &errs[i])
			results[i], errs[i] = r.ensure(ctx, k)
			return nil
		})
	}
	return results, errors.Join(g.Wait(), errors.Join(errs...))
}
