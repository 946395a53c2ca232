package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"featops/engine/config"
	"featops/engine/journal"
	"featops/workspaces"
)

// besideInterval is how often an engine that only looks asks what another one in the same home does:
// nothing tells it.
const besideInterval = time.Second

// besideCatalogue is in how many of these looks one goes to the tables and registrations too.
const besideCatalogue = 5

// besideQuestions is how many of the newest questions are looked at for open ones.
const besideQuestions = 100

// Decisions lists the newest questions and what became of them, the newest first.
func (e *Engine) Decisions(ctx context.Context, limit int) ([]journal.Decision, error) {
	return e.journal.Decisions(ctx, limit, time.Time{})
}

// watchBeside keeps the snapshot of an engine that only looks up to date: the runs of the workspaces,
// and the questions that the other engine has open.
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
			m.pollRuns(ctx)
		}
	}
	decisions, err := e.journal.Decisions(ctx, besideQuestions, time.Time{})
	if err != nil {
		return fmt.Errorf("read the open questions: %w", err)
	}
	var open []workspaces.Question
	for _, d := range slices.Backward(decisions) {
		if d.Answer == nil && d.Settlement == nil && d.Question.Deadline.After(e.now()) {
			open = append(open, d.Question)
		}
	}
	before := e.Snapshot().Questions
	e.update(func() { e.beside = open })
	e.tellOf(QuestionAsked, open, before)
	e.tellOf(QuestionClosed, before, open)
	return nil
}

// tellOf publishes the questions that are in one list and not in the other.
func (e *Engine) tellOf(kind Kind, in, notIn []workspaces.Question) {
	for _, q := range in {
		if !slices.ContainsFunc(notIn, func(o workspaces.Question) bool { return o.ID == q.ID }) {
			e.publish(Event{Kind: kind, Workspace: q.Workspace, Table: q.Table, Question: &q})
		}
	}
}
