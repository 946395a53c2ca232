package main

import (
	"bufio"
	"context"
	"fmt"
	"os/user"
	"strings"
	"time"

	"featops/engine"
	"featops/workspaces"
)

// asker puts the engine's open questions to a person at a terminal, one after the other, in plain
// text. The engine holds the deadlines; only "y" and "n" answer.
type asker struct {
	app     *app
	session *session
	lines   chan string // what the person typed
	asked   string      // the question that is on the screen
}

// asker makes ready to ask. On a terminal it reads from the start, so that what somebody types while no
// question is open is gone when one comes, and never answers it.
func (a *app) asker(s *session) *asker {
	k := &asker{app: a, session: s}
	if terminal(a.stdin) && a.policy(false) == engine.Prompt {
		k.read()
	}
	return k
}

// attend shows the oldest open question and takes an answer to it. It reports whether a question is open.
func (k *asker) attend(ctx context.Context) bool {
	questions := k.session.Snapshot().Questions
	if len(questions) == 0 {
		k.forget()
		k.asked = ""
		return false
	}
	q := questions[0]
	if k.asked != q.ID {
		k.asked = q.ID
		k.forget()
		k.read()
		fmt.Fprint(k.session.screen, questionText(q))
	}
	left := max(0, q.Deadline.Sub(k.app.now()).Round(time.Second))
	more := ""
	if n := len(questions) - 1; n > 0 {
		more = fmt.Sprintf(" (%d more)", n)
	}
	k.session.screen.show(fmt.Sprintf("%s %s? y or n, then Enter%s. No in %d:%02d ", verb(q.Subject), q.Table, more, int(left.Minutes()), int(left.Seconds())%60))
	select {
	case line := <-k.lines:
		k.answer(ctx, q, line)
	default:
	}
	return true
}

// typedAhead is how many lines wait at most to be taken or forgotten.
const typedAhead = 64

// forget drops what was typed on a terminal so far. What comes through a pipe waits for its question.
func (k *asker) forget() {
	for terminal(k.app.stdin) {
		select {
		case <-k.lines:
		default:
			return
		}
	}
}

// read starts to read what the person types. It goes on until the end of the input: a read from a
// terminal cannot be taken back.
func (k *asker) read() {
	if k.lines != nil {
		return
	}
	k.lines = make(chan string, typedAhead)
	go func() {
		in := bufio.NewScanner(k.app.stdin)
		for in.Scan() {
			k.lines <- in.Text()
		}
	}()
}

func (k *asker) answer(ctx context.Context, q workspaces.Question, line string) {
	var yes bool
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		yes = true
	case "n", "no":
	default:
		fmt.Fprintf(k.session.screen, "%q is no answer: type y or n\n", line)
		return
	}
	k.session.screen.show("")
	_, err := k.session.Do(ctx, engine.AnswerQuestion{Question: q.ID, Yes: yes, Who: userName()})
	if err != nil {
		fmt.Fprintln(k.session.screen, err)
	}
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// verb says what a yes does.
func verb(s workspaces.Subject) string {
	if s == workspaces.RegisterTable {
		return "Register"
	}
	return "Overwrite"
}

// questionText tells what a question is about, and what a yes would do.
func questionText(q workspaces.Question) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s in %s, version %d: ", q.Table, q.Workspace, q.Version)
	if q.Subject == workspaces.RegisterTable {
		b.WriteString("what is registered there has columns that the table no longer has\n")
	} else {
		b.WriteString("the new data lacks columns of the table, or has other types\n")
	}
	indent(&b, differenceLines(q.Difference))
	if q.Subject == workspaces.RegisterTable {
		fmt.Fprintf(&b, "Yes replaces the registration: whoever reads the table in %s no longer sees them.\n", q.Workspace)
	} else {
		b.WriteString("Yes overwrites the whole table and loses\n")
		indent(&b, lossLines(q.Loss))
	}
	if len(q.RegisteredIn) > 0 {
		fmt.Fprintf(&b, "It is registered in %s.\n", list(q.RegisteredIn))
	}
	b.WriteString("No leaves it as it is; so does no answer in time.\n")
	return b.String()
}
