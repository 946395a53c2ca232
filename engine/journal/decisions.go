package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"featops/workspaces"
)

// Decision is a question and what became of it. A question is open until it is settled.
type Decision struct {
	Question   workspaces.Question    `json:"question"`
	Answer     *workspaces.Answer     `json:"answer,omitempty"`     // nil when nobody has answered
	Settlement *workspaces.Settlement `json:"settlement,omitempty"` // nil while the question is open
	Settled    time.Time              `json:"settled_at,omitzero"`
}

const decisionColumns = "question, answer, settlement, settled"

func readDecision(scan func(...any) error) (Decision, error) {
	var d Decision
	err := scan(encoded{&d.Question}, encoded{&d.Answer}, encoded{&d.Settlement}, (*stamp)(&d.Settled))
	return d, err
}

// Asked records a question, open. ErrRecorded when one of its ID is recorded.
func (j *Journal) Asked(ctx context.Context, q workspaces.Question) error {
	q.Asked, q.Deadline = q.Asked.UTC(), q.Deadline.UTC()
	err := j.write(ctx, func(tx *sql.Tx) error {
		return inserted(tx.ExecContext(ctx, "INSERT INTO decisions (id, asked, question) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			q.ID, stamp(q.Asked), encoded{q}))
	})
	return j.failed(err, "record question %s about %s", q.ID, q.Table)
}

// inserted makes an error of an INSERT … ON CONFLICT DO NOTHING that did nothing.
func inserted(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return ErrRecorded
}

// Answered records the answer to an open question. ErrUnknown when it was never asked, ErrAnswered
// when it has an answer, ErrRecorded when it was settled without one.
func (j *Journal) Answered(ctx context.Context, a workspaces.Answer) error {
	a.At = a.At.UTC()
	err := j.write(ctx, func(tx *sql.Tx) error {
		d, err := decision(ctx, tx, a.Question)
		switch {
		case err != nil:
			return err
		case d.Answer != nil:
			return fmt.Errorf("%w by %s", ErrAnswered, d.Answer.By)
		case d.Settlement != nil:
			return fmt.Errorf("%w: settled as %s", ErrRecorded, d.Settlement.Outcome)
		}
		_, err = tx.ExecContext(ctx, "UPDATE decisions SET answer = ? WHERE id = ?", encoded{a}, a.Question)
		return err
	})
	return j.failed(err, "record the answer to question %s", a.Question)
}

// Settled records what became of a question, answered or given up, at a time. ErrUnknown when it was
// never asked, ErrRecorded when it is settled.
func (j *Journal) Settled(ctx context.Context, id string, s workspaces.Settlement, at time.Time) error {
	err := j.write(ctx, func(tx *sql.Tx) error {
		d, err := decision(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case d.Settlement != nil:
			return fmt.Errorf("%w: settled as %s", ErrRecorded, d.Settlement.Outcome)
		}
		return settle(ctx, tx, id, s, at)
	})
	return j.failed(err, "record what became of question %s", id)
}

func decision(ctx context.Context, tx *sql.Tx, id string) (Decision, error) {
	return one(ctx, tx, readDecision, "SELECT "+decisionColumns+" FROM decisions WHERE id = ?", id)
}

func settle(ctx context.Context, tx *sql.Tx, id string, s workspaces.Settlement, at time.Time) error {
	_, err := tx.ExecContext(ctx, "UPDATE decisions SET settlement = ?, settled = ? WHERE id = ?", encoded{s}, stamp(at), id)
	return err
}

// Decisions lists the newest questions that were asked at or after since, the newest first, at most
// limit of them; limit 0 lists all. The list is empty, never nil.
func (j *Journal) Decisions(ctx context.Context, limit int, since time.Time) ([]Decision, error) {
	out, err := listed(ctx, j, readDecision,
		"SELECT "+decisionColumns+" FROM decisions WHERE asked >= ? ORDER BY seq DESC LIMIT ?", stamp(since), atMost(limit))
	return out, j.failed(err, "read the questions")
}

// CloseOpenQuestions settles, at a time, every question that an engine left open when it stopped, and
// tells how many there were. Nobody has answered: void. Answered no: refused, as nothing was to be
// done. Answered yes: failed, as nobody saw the write succeed, and the detail says that the table's
// history tells. The version after is the version before in all three.
func (j *Journal) CloseOpenQuestions(ctx context.Context, at time.Time, detail string) (int, error) {
	n := 0
	err := j.write(ctx, func(tx *sql.Tx) error {
		open, err := list(ctx, tx, readDecision, "SELECT "+decisionColumns+" FROM decisions WHERE settlement IS NULL ORDER BY seq")
		if err != nil {
			return err
		}
		n = len(open)
		var errs []error
		for _, d := range open {
			errs = append(errs, settle(ctx, tx, d.Question.ID, leftOpen(d, detail), at))
		}
		return errors.Join(errs...)
	})
	return n, j.failed(err, "close the questions left open")
}

func leftOpen(d Decision, detail string) workspaces.Settlement {
	s := workspaces.Settlement{Outcome: workspaces.Void, Version: d.Question.Version, Detail: detail}
	switch {
	case d.Answer == nil:
	case d.Answer.Yes:
		s.Outcome = workspaces.Broken
		s.Detail += "; the answer was yes, and whether it was still carried out is told by the history of the table"
	default:
		s.Outcome = workspaces.Refused
	}
	return s
}
