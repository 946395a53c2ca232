package plain

import (
	"fmt"
	"io"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"
)

// grace is how long a question takes no answer after it was said, so that an answer to the one before it, which has just
// closed, never answers it.
const grace = time.Second

// reminders are the times left at which a question is brought to mind again.
var reminders = [...]time.Duration{2 * time.Minute, time.Minute, 30 * time.Second, 10 * time.Second}

// asked is the question that was said last.
type asked struct {
	workspaces.Question
	said     time.Time
	reminded time.Duration // the least time left that was said
	answered bool          // here; the engine may still list it
}

// attend says the oldest open question, and at some moments how long it is open still. The engine holds the deadline.
func (c *console) attend() {
	open := c.Engine.Snapshot().Questions
	if len(open) == 0 {
		c.question = asked{}
		return
	}
	q, now := open[0], c.Now()
	if q.ID == c.question.ID {
		c.remind(now)
		return
	}
	c.question = asked{Question: q, said: now, reminded: q.Deadline.Sub(now)}
	more := ""
	if n := len(open) - 1; n > 0 {
		more = fmt.Sprintf(" %s after it.", counted(n, "more question"))
	}
	io.WriteString(c.Out, logs.Clean(c.Question(q)))
	until := ""
	if !q.Deadline.IsZero() {
		until = " within " + left(q.Deadline.Sub(now))
	}
	if c.ReadOnly == "" {
		c.say("Type answer yes or answer no%s.%s", until, more)
	} else {
		c.say("It can be answered where featops runs%s.%s", until, more)
	}
}

func (c *console) remind(now time.Time) {
	q := &c.question
	if q.Deadline.IsZero() || q.answered {
		return
	}
	rest := q.Deadline.Sub(now)
	for _, at := range reminders {
		if rest <= at && q.reminded > at {
			q.reminded = at
			c.say("The question about %s in %s: %s left.", q.Table, q.Workspace, left(rest))
			return
		}
	}
}

// answer answers the question that was said last.
func (c *console) answer(word string) {
	q := &c.question
	yes := word == "yes"
	switch {
	case !yes && word != "no":
		c.say("%q is no answer: it is answer yes or answer no.", word)
	case q.ID == "" || q.answered:
		c.say("No question is open.")
	case c.Now().Sub(q.said) < grace:
		c.say("That was not taken: the question about %s has only just come up.", q.Table)
	default:
		q.answered = c.ReadOnly == ""
		c.do("answer "+word, engine.AnswerQuestion{Question: q.ID, Yes: yes, Who: c.User}, nil)
	}
}
