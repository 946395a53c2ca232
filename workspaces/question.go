package workspaces

import (
	"context"
	"fmt"
	"time"

	"featops/features/schema"
)

// Decider answers the questions that a save or a registration may raise. It holds the deadline.
type Decider interface {
	// Decide puts a question and waits for its answer, at most until its deadline. Only a
	// cancelled context is an error; a question that nobody answers is answered no.
	Decide(ctx context.Context, q Question) (Answer, error)
	// Settle records what became of a question after its answer.
	Settle(ctx context.Context, id string, s Settlement) error
}

// Subject says what a question is about.
type Subject string

// What a yes does.
const (
	SaveTable     Subject = "save"     // overwrites the table with the schema of the new data
	RegisterTable Subject = "register" // replaces what the target workspace has registered
)

// Question asks whether a table may lose columns or the types of columns.
type Question struct {
	ID           string            `json:"id"` // given by the Decider
	Subject      Subject           `json:"subject"`
	Workspace    string            `json:"workspace"` // where the table, or the registration, would change
	Table        string            `json:"table"`
	Version      int64             `json:"version"` // of the table, before
	Difference   schema.Difference `json:"difference"`
	Loss         Loss              `json:"loss"`
	RegisteredIn []string          `json:"registered_in,omitempty"` // workspaces that see the table
	Job          string            `json:"job,omitempty"`           // that raised it, if one did
	Run          int64             `json:"run,omitempty"`
	Task         string            `json:"task,omitempty"`
	Asked        time.Time         `json:"asked_at"`
	Deadline     time.Time         `json:"deadline,omitzero"` // none when a policy answers
}

// Loss is what a yes would destroy.
type Loss struct {
	Rows    int64        `json:"rows"` // in the table and not in the new data
	Columns []ColumnLoss `json:"columns,omitempty"`
}

// ColumnLoss is a column that would go, and the non-null values in it.
type ColumnLoss struct {
	Column string `json:"column"`
	Values int64  `json:"values"`
}

// By says who answered.
type By string

// Who can answer a question.
const (
	ByUser    By = "user"
	ByTimeout By = "timeout"
	ByPolicy  By = "policy"
)

// Answer is the answer to a question.
type Answer struct {
	Question string        `json:"question"`
	Yes      bool          `json:"yes"`
	By       By            `json:"by"`
	Who      string        `json:"who,omitempty"` // the user's name, or the policy's
	At       time.Time     `json:"at"`
	After    time.Duration `json:"after"` // since the question was asked
}

// Outcome says what became of a question.
type Outcome string

// The outcomes of a question.
const (
	Applied Outcome = "applied" // answered yes, and done
	Refused Outcome = "refused" // answered no: nothing was changed
	Void    Outcome = "void"    // the table changed while the question was open: asked anew
	Broken  Outcome = "failed"  // answered yes, but the write failed
)

// Settlement records what became of a question.
type Settlement struct {
	Outcome Outcome `json:"outcome"`
	Version int64   `json:"version"` // of the table, after
	Detail  string  `json:"detail,omitempty"`
}

// RefusedError says that a question was answered no, by whomever.
type RefusedError struct {
	Question Question
	Answer   Answer
}

func (e *RefusedError) Error() string {
	what := "save of"
	if e.Question.Subject == RegisterTable {
		what = "registration of"
	}
	return fmt.Sprintf("%s %s in %s was refused by %s: %s", what, e.Question.Table, e.Question.Workspace,
		e.Answer.Whom(), e.Question.Difference)
}

// Whom tells who answered, in words: user ana, policy reject, timeout.
func (a Answer) Whom() string {
	if a.Who == "" {
		return string(a.By)
	}
	return fmt.Sprintf("%s %s", a.By, a.Who)
}

// ChangedError says that a table is no longer at the version that a plan was made for.
type ChangedError struct {
	Table           string
	Expected, Found int64
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s changed meanwhile: expected version %d, found %d", e.Table, e.Expected, e.Found)
}
