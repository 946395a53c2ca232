package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"featops/engine/config"
	"featops/engine/journal"
	"featops/workspaces"
)

// Beside is an engine that only looks, of which the commands are carried out by the one that holds the home.
type Beside struct{ *Engine }

// Do has a command carried out by the engine that holds the home, and returns when that has replied. A command that
// changes nothing this engine carries out itself. Nothing is lost without a word: an error says whether nobody took it
// up, or who did has ended before it replied. When ctx ends, what was not taken up is taken back, and the rest goes on.
func (b Beside) Do(ctx context.Context, c Command) (Reply, error) {
	h, ok := toHand(c)
	if !ok {
		return b.Engine.Do(ctx, c)
	}
	reply, err := b.handOver(ctx, h, func() {})
	if errors.Is(err, ErrReleased) {
		return reply, fmt.Errorf("nobody took it up, nothing was done: no featops works in %s any longer; who opens one again does the work in it", b.config.Home)
	}
	if err == nil {
		err = b.lookBeside(ctx, true)
	}
	b.tell(c, reply, err)
	return reply, err
}

// tell publishes the events that the other engine published when it carried out a command.
func (b Beside) tell(c Command, r Reply, err error) {
	for _, result := range r.Registrations {
		b.publish(Event{Kind: TableRegistered, Workspace: result.To, Table: result.Table, Registration: &result, Error: result.Detail})
	}
	if err != nil {
		return
	}
	var ended Event
	switch c := c.(type) {
	case BuildTable:
		ended = Event{Kind: TableBuilt, Table: c.Table, Build: r.Build}
	case RestoreTable:
		ended = Event{Kind: TableRestored, Table: c.Table}
	default:
		return
	}
	if w, err := b.ownerOf(ended.Table); err == nil { // as the other found it
		ended.Workspace = w.Name()
		b.publish(ended)
	}
}

// besideInterval is how often an engine that only looks asks what another one in the same home does:
// nothing tells it.
const besideInterval = time.Second

// besideCatalogue is in how many of these looks one goes to the tables and registrations too.
const besideCatalogue = 5

// besideNewest is how many of the newest questions and builds are looked at for open ones.
const besideNewest = 100

// Decisions lists the newest questions and what became of them, the newest first.
func (e *Engine) Decisions(ctx context.Context, limit int) ([]journal.Decision, error) {
	return e.journal.Decisions(ctx, limit, time.Time{})
}

// watchBeside keeps the snapshot of an engine that only looks up to date: the runs of the workspaces, who works in the
// home, and the questions and builds that are open there.
func (e *Engine) watchBeside(ctx context.Context) error {
	tick := time.NewTicker(besideInterval)
	defer tick.Stop()
	for n := 1; ; n++ {
		if err := e.lookBeside(ctx, n%besideCatalogue == 0); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "cannot look at the other featops", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (e *Engine) lookBeside(ctx context.Context, catalogue bool) error {
	for _, m := range e.monitors {
		switch {
		case m.kind != config.Embedded: // nobody is told of it any sooner than its monitor polls
		case catalogue:
			m.poll(ctx) // an error is in the snapshot
		default:
			m.pollRuns(ctx, m.jobs)
		}
	}
	holder, err := holderOf(e.config.Home)
	if err != nil {
		return err
	}
	var open []workspaces.Question
	var builds []*BuildState
	if holder != nil { // otherwise nobody waits for an answer, and nothing is built
		if open, err = e.openBeside(ctx); err != nil {
			return err
		}
		if builds, err = e.builtBeside(ctx); err != nil {
			return err
		}
	}
	before := e.Snapshot().Questions
	e.update(func() { e.beside, e.builds, e.holder = open, builds, holder })
	e.tellOf(QuestionAsked, open, before)
	e.tellOf(QuestionClosed, before, open)
	return nil
}

func (e *Engine) openBeside(ctx context.Context) (open []workspaces.Question, err error) {
	decisions, err := e.journal.Decisions(ctx, besideNewest, time.Time{})
	if err != nil {
		return nil, fmt.Errorf("read the open questions: %w", err)
	}
	for _, d := range slices.Backward(decisions) {
		if d.Answer == nil && d.Settlement == nil && d.Question.Deadline.After(e.now()) {
			open = append(open, d.Question)
		}
	}
	return open, nil
}

func (e *Engine) builtBeside(ctx context.Context) (under []*BuildState, err error) {
	builds, err := e.journal.Builds(ctx, besideNewest)
	if err != nil {
		return nil, fmt.Errorf("read the builds: %w", err)
	}
	for _, b := range slices.Backward(builds) {
		if b.Ended.IsZero() && b.Error == "" {
			under = append(under, &BuildState{Workspace: b.Workspace, Table: b.Build.Table, Started: b.Started})
		}
	}
	return under, nil
}

// tellOf publishes the questions that are in one list and not in the other.
func (e *Engine) tellOf(kind Kind, in, notIn []workspaces.Question) {
	for _, q := range in {
		if !slices.ContainsFunc(notIn, func(o workspaces.Question) bool { return o.ID == q.ID }) {
			e.publish(Event{Kind: kind, Workspace: q.Workspace, Table: q.Table, Question: &q})
		}
	}
}
