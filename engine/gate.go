package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"featops/engine/journal"
	"featops/workspaces"

	"github.com/google/uuid"
)

// Policy says who answers questions.
type Policy string

// The policies. With Prompt a person answers, and a question that nobody answers in time is refused.
const (
	Reject Policy = "reject"
	Accept Policy = "accept"
	Prompt Policy = "prompt"
)

// ErrNotOpen says that a question cannot be answered: it never was, or is no longer, open.
var ErrNotOpen = errors.New("no such open question")

// gate is the engine's Decider. It holds the deadline of each question, so that one expires also
// when nobody looks.
type gate struct {
	policy       Policy
	timeout      time.Duration
	now          func() time.Time
	journal      *journal.Journal
	log          *slog.Logger
	publish      func(Event)
	registeredIn func(table string) []string

	mu   sync.Mutex
	open []*openQuestion // the oldest first
}

type openQuestion struct {
	workspaces.Question
	answered chan workspaces.Answer // takes one
}

// Decide puts a question to whom the policy names and waits for the answer.
func (g *gate) Decide(ctx context.Context, q workspaces.Question) (workspaces.Answer, error) {
	q.ID = uuid.NewString()
	q.Asked = g.now()
	q.RegisteredIn = g.registeredIn(q.Table)
	if g.policy == Prompt {
		q.Deadline = q.Asked.Add(g.timeout)
	}
	if err := g.journal.Asked(ctx, q); err != nil {
		return workspaces.Answer{}, err
	}
	log := g.log.With("workspace", q.Workspace, "table", q.Table)
	if q.Run != 0 {
		log = log.With("job", q.Job, "run", q.Run, "task", q.Task)
	}
	if g.policy == Prompt {
		log.WarnContext(ctx, "a question is open", "difference", q.Difference.String(), "rows_lost", q.Loss.Rows)
	}
	a := workspaces.Answer{Question: q.ID, Yes: g.policy == Accept, By: workspaces.ByPolicy, Who: string(g.policy), At: q.Asked}
	if g.policy == Prompt {
		var err error
		if a, err = g.wait(ctx, q); err != nil {
			gone := workspaces.Settlement{Outcome: workspaces.Void, Version: q.Version, Detail: err.Error()}
			g.publish(Event{Kind: QuestionClosed, Workspace: q.Workspace, Table: q.Table, Question: &q})
			return a, errors.Join(err, g.Settle(ctx, q.ID, gone))
		}
	}
	if err := g.journal.Answered(ctx, a); err != nil {
		return a, err
	}
	word := "no"
	if a.Yes {
		word = "yes"
	}
	level := slog.LevelInfo
	if a.By != workspaces.ByUser {
		level = slog.LevelWarn // nobody who could see the loss has answered
	}
	log.Log(ctx, level, "answered "+word+" by "+a.Whom(), "difference", q.Difference.String(), "after", a.After.Round(time.Second).String())
	g.publish(Event{Kind: QuestionClosed, Workspace: q.Workspace, Table: q.Table, Question: &q, Answer: &a})
	return a, nil
}

// wait publishes the question and waits for a person or the deadline.
func (g *gate) wait(ctx context.Context, q workspaces.Question) (workspaces.Answer, error) {
	o := &openQuestion{Question: q, answered: make(chan workspaces.Answer, 1)}
	g.mu.Lock()
	g.open = append(g.open, o)
	g.mu.Unlock()
	defer g.close(o)
	g.publish(Event{Kind: QuestionAsked, Workspace: q.Workspace, Table: q.Table, Question: &q})

	deadline := time.NewTimer(g.timeout)
	defer deadline.Stop()
	select {
	case a := <-o.answered:
		return a, nil
	case <-deadline.C:
		g.close(o) // from here on nobody can answer; who did before was in time
		select {
		case a := <-o.answered:
			return a, nil
		default:
		}
		at := g.now()
		return workspaces.Answer{Question: q.ID, By: workspaces.ByTimeout, At: at, After: at.Sub(q.Asked)}, nil
	case <-ctx.Done():
		return workspaces.Answer{}, context.Cause(ctx)
	}
}

func (g *gate) close(o *openQuestion) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = slices.DeleteFunc(g.open, func(other *openQuestion) bool { return other == o })
}

// answer hands a person's answer to the one who waits for it. An answer may have been on its way for a while: at
// the deadline it is too late, whether the timer has seen that or not.
func (g *gate) answer(_ context.Context, c AnswerQuestion) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, o := range g.open {
		if o.ID == c.Question {
			at := g.now()
			if !at.Before(o.Deadline) {
				break
			}
			o.answered <- workspaces.Answer{
				Question: o.ID, Yes: c.Yes, By: workspaces.ByUser, Who: c.Who, At: at, After: at.Sub(o.Asked),
			}
			g.open = slices.Delete(g.open, i, i+1)
			return nil
		}
	}
	return fmt.Errorf("the answer came too late: %w, it was answered or its time is over", ErrNotOpen)
}

// questions lists the open ones, the oldest first.
func (g *gate) questions() []workspaces.Question {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]workspaces.Question, len(g.open))
	for i, o := range g.open {
		out[i] = o.Question
	}
	return out
}

// Settle records what became of a question. It is recorded even when the work it belongs to was
// cancelled.
func (g *gate) Settle(ctx context.Context, id string, s workspaces.Settlement) error {
	return g.journal.Settled(context.WithoutCancel(ctx), id, s, g.now())
}
