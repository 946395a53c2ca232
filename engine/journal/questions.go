package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"featops/workspaces"
)

// Decision is a question, with its answer and what became of it as far as they are known.
type Decision struct {
	Question   workspaces.Question    `json:"question"`
	Answer     *workspaces.Answer     `json:"answer,omitempty"`
	Settlement *workspaces.Settlement `json:"settlement,omitempty"`
	Settled    time.Time              `json:"settled_at,omitzero"`
}

// ErrAnswered says that a question has an answer already, or was never asked.
var ErrAnswered = errors.New("the question is not open")

// Asked records a question.
func (j *Journal) Asked(ctx context.Context, q workspaces.Question) error {
	body, err := encode(q)
	if err != nil {
		return err
	}
	return j.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO questions (id, asked, body) VALUES (?, ?, ?)", q.ID, stored(q.Asked), body)
		return err
	})
}

// Answered records the answer to a question. A question is answered once.
func (j *Journal) Answered(ctx context.Context, a workspaces.Answer) error {
	body, err := encode(a)
	if err != nil {
		return err
	}
	return j.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE questions SET answer = ? WHERE id = ? AND answer IS NULL AND settlement IS NULL", body, a.Question)
		return one(r, err, "answer question "+a.Question)
	})
}

// Settled records what became of a question. A question is settled once.
func (j *Journal) Settled(ctx context.Context, id string, s workspaces.Settlement, at time.Time) error {
	body, err := encode(s)
	if err != nil {
		return err
	}
	return j.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE questions SET settlement = ?, settled = ? WHERE id = ? AND settlement IS NULL", body, stored(at), id)
		return one(r, err, "settle question "+id)
	})
}

// one makes sure that a statement changed one row.
func one(r sql.Result, err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	n, err := r.RowsAffected()
	if err == nil && n != 1 {
		err = ErrAnswered
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Decisions lists the questions asked since a time, the newest first, at most limit of them; 0 lists all.
func (j *Journal) Decisions(ctx context.Context, limit int, since time.Time) ([]Decision, error) {
	from := int64(0)
	if !since.IsZero() {
		from = stored(since)
	}
	if limit == 0 {
		limit = -1
	}
	rows, err := j.db.QueryContext(ctx,
		"SELECT body, answer, settlement, settled FROM questions WHERE asked >= ? ORDER BY asked DESC, rowid DESC LIMIT ?", from, limit)
	if err != nil {
		return nil, fmt.Errorf("read the decisions: %w", err)
	}
	defer rows.Close()
	out := []Decision{}
	for rows.Next() {
		d, err := decision(rows)
		if err != nil {
			return nil, fmt.Errorf("read the decisions: %w", err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

func decision(rows *sql.Rows) (d Decision, err error) {
	var question, answer, settlement sql.NullString
	var settled sql.NullInt64
	if err := rows.Scan(&question, &answer, &settlement, &settled); err != nil {
		return d, err
	}
	q, errQ := decode[workspaces.Question](question)
	d.Answer, err = decode[workspaces.Answer](answer)
	var errS error
	d.Settlement, errS = decode[workspaces.Settlement](settlement)
	if err := errors.Join(errQ, err, errS); err != nil {
		return d, err
	}
	d.Question = *q
	if settled.Valid {
		d.Settled = read(settled.Int64)
	}
	return d, nil
}

// CloseOpenQuestions settles every question that nobody is left to settle, because the engine that
// asked it is gone: those without an answer as void, those with one as failed. It returns how many
// there were.
func (j *Journal) CloseOpenQuestions(ctx context.Context, at time.Time, detail string) (int, error) {
	open, err := j.openQuestions(ctx)
	if err != nil {
		return 0, err
	}
	for _, d := range open {
		s := workspaces.Settlement{Outcome: workspaces.Void, Version: d.Question.Version, Detail: detail}
		if d.Answer != nil {
			s.Outcome = workspaces.Broken
		}
		if err := j.Settled(ctx, d.Question.ID, s, at); err != nil {
			return 0, err
		}
	}
	return len(open), nil
}

func (j *Journal) openQuestions(ctx context.Context) ([]Decision, error) {
	all, err := j.Decisions(ctx, 0, time.Time{})
	var open []Decision
	for _, d := range all {
		if d.Settlement == nil {
			open = append(open, d)
		}
	}
	return open, err
}
