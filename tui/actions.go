package tui

import (
	"fmt"
	"slices"
	"time"

	"featops/engine"
	"featops/tui/widget"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// doneShown is how long the footer tells of an action that has ended well.
const doneShown = 3 * time.Second

// action is a command that was given to the engine.
type action struct {
	id       int
	what     string
	question string    // the question that it answers, if any
	ended    time.Time // zero while it is under way
}

// start gives the engine a command. The footer shows what it is while it is under way.
func (m *model) start(what, question string, c engine.Command) tea.Cmd {
	m.lastAction++
	m.actions = append(m.actions, action{id: m.lastAction, what: what, question: question})
	return m.background.do(m.lastAction, c)
}

// done takes note of how a command ended.
func (m *model) done(msg doneMsg) {
	i := slices.IndexFunc(m.actions, func(a action) bool { return a.id == msg.id })
	if i < 0 {
		return
	}
	a := m.actions[i]
	if msg.err == nil {
		m.actions[i].ended = m.now
		return
	}
	m.actions = slices.Delete(m.actions, i, i+1)
	m.failure = a.what + ": " + msg.err.Error()
	if a.question != "" {
		m.questions.again(a.question)
	}
}

// forget drops actions that ended a while ago.
func (m *model) forget() {
	m.actions = slices.DeleteFunc(m.actions, func(a action) bool {
		return !a.ended.IsZero() && m.now.Sub(a.ended) > doneShown
	})
}

// busy reports whether the command is under way.
func (m *model) busy(what string) bool {
	return slices.ContainsFunc(m.actions, func(a action) bool { return a.ended.IsZero() && a.what == what })
}

const polling = "poll"

// disabled says why a key would do nothing now, or nothing.
func (m *model) disabled(k key.Binding) string {
	s := m.screen.Selected()
	is := func(other key.Binding) bool { return k.Help() == other.Help() }
	switch {
	case is(m.keys.Poll) && m.busy(polling):
		return "a poll is under way"
	case is(m.keys.Answer) && len(m.questions.open) == 0:
		return "no question is open"
	case is(m.keys.Clear) && m.failure == "" && m.notice == "":
		return "there is no message"
	case !is(m.keys.Run) && !is(m.keys.Cancel) && !is(m.keys.Register):
		return ""
	case s.Workspace == nil:
		return "there is no workspace"
	case is(m.keys.Register):
		return m.cannotRegister()
	case s.Job == nil:
		return "select a job or one of its tasks"
	}
	run, active := activeRun(s.Job)
	switch {
	case is(m.keys.Cancel) && active == 0:
		return s.Job.Name + " is not running"
	case is(m.keys.Run) && s.Job.MaxConcurrentRuns > 0 && active >= s.Job.MaxConcurrentRuns:
		return fmt.Sprintf("run %d is under way, max_concurrent_runs is %d", run, s.Job.MaxConcurrentRuns)
	}
	return ""
}

func (m *model) cannotRegister() string {
	s := m.screen.Selected()
	switch {
	case len(m.snapshot.Workspaces) < 2:
		return "there is no other workspace"
	case s.Table == "":
		return s.Row + " builds no table"
	case s.Built == nil:
		return s.Table + " was not built yet"
	}
	return ""
}

// runJob asks, and then starts the selected job.
func (m *model) runJob() {
	s := m.screen.Selected()
	job, space := s.Job, s.Workspace.Name
	lines := []string{fmt.Sprintf("Start %s in %s?", widget.Clean(job.Name), widget.Clean(space)), ""}
	for _, t := range job.Tasks[:min(len(job.Tasks), mostListed)] {
		lines = append(lines, "  • "+widget.Clean(t.Key))
	}
	if more := len(job.Tasks) - mostListed; more > 0 {
		lines = append(lines, fmt.Sprintf("  … and %d more tasks", more))
	}
	c := engine.StartRun{Workspace: space, Job: job.ID}
	m.confirm("Run job", lines, func() tea.Cmd { return m.start("start "+widget.Clean(job.Name)+" in "+widget.Clean(space), "", c) })
}

// cancelRun asks, and then cancels the newest active run of the selected job.
func (m *model) cancelRun() {
	s := m.screen.Selected()
	run, _ := activeRun(s.Job)
	c := engine.CancelRun{Workspace: s.Workspace.Name, Run: run}
	what := fmt.Sprintf("cancel run %d in %s", run, widget.Clean(c.Workspace))
	m.confirm("Cancel run", []string{
		fmt.Sprintf("Cancel run %d of %s in %s?", run, widget.Clean(s.Job.Name), widget.Clean(c.Workspace)), "",
		"Tasks that have ended keep what they saved. A task that is",
		"under way saves nothing.",
	}, func() tea.Cmd { return m.start(what, "", c) })
}

// register registers the selected table in every other workspace.
func (m *model) register() tea.Cmd {
	s := m.screen.Selected()
	return m.start("register "+widget.Clean(s.Table), "", engine.RegisterTables{Tables: []string{s.Table}, From: s.Workspace.Name})
}

// answer answers the question on the screen.
func (m *model) answer(yes bool) tea.Cmd {
	q, _ := m.questions.current()
	m.questions.answer(q.ID, m.now)
	word := "no"
	if yes {
		word = "yes"
	}
	return m.start(fmt.Sprintf("answer %s for %s", word, widget.Clean(q.Table)), q.ID,
		engine.AnswerQuestion{Question: q.ID, Yes: yes, Who: m.options.User})
}
