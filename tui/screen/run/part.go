package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"featops/engine/journal"
	"featops/tui/screen"
	"featops/tui/screen/decisions"
	"featops/tui/screen/logs"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// part is what is shown below the attempts.
type part int

const (
	attemptPart part = iota
	logPart
	questionPart
	parts
)

// turn shows a part. The log lines are read from when they are shown for the first time.
func (s *Screen) turn(to part) tea.Cmd {
	s.part = to
	if to != logPart || s.run == nil {
		return nil
	}
	if !s.reading {
		s.lines = logs.OfRun(s.console, s.workspace, s.id, since(s.run))
		s.lines.Show(s.state)
		s.reading = true
	}
	return s.lines.Update(screen.Entered{})
}

// since is a time before which a run has no log lines: an hour before it was asked for, as a clock may have
// been put right in between. It is zero where that is not known.
func since(r *workspaces.Run) time.Time {
	at := r.Queued
	if at.IsZero() {
		at = r.Started
	}
	if at.IsZero() {
		return at
	}
	return at.Add(-time.Hour)
}

// raised are the questions that a run has raised.
type raised struct {
	run  int64
	past []journal.Decision
}

// mostPast is how many decisions are looked through, the newest.
const mostPast = 10_000

// ask reads the questions that the run has raised.
func (s *Screen) ask() tea.Cmd {
	if s.run == nil {
		return nil
	}
	if s.stale = s.raised.Loading(); s.stale {
		return nil
	}
	r := s.run
	return s.raised.Load(s.console, func(ctx context.Context, e screen.Engine) (raised, error) {
		out := raised{run: r.ID}
		all, err := e.Decisions(ctx, mostPast)
		for _, d := range all {
			if hasRaised(r, d.Question) {
				out.past = append(out.past, d)
			}
		}
		return out, err
	})
}

// hasRaised reports whether a run has raised a question: about saving a table of its workspace, or about the
// registration of one in another workspace. Each workspace numbers its runs for itself.
func hasRaised(r *workspaces.Run, q workspaces.Question) bool {
	if q.Run != r.ID || q.Job != r.Job {
		return false
	}
	if q.Subject == workspaces.RegisterTable {
		return q.Workspace != r.Workspace && slices.ContainsFunc(r.Tasks, func(t workspaces.TaskRun) bool { return t.Key == q.Task })
	}
	return q.Workspace == r.Workspace
}

// questions are those of the run, the open ones first, then the newest.
func (s *Screen) questions() (out []journal.Decision, open int) {
	if s.run == nil {
		return nil, 0
	}
	for _, q := range s.state.Snapshot.Questions {
		if hasRaised(s.run, q) {
			out = append(out, journal.Decision{Question: q})
		}
	}
	open = len(out)
	if known, _ := s.raised.Value(); known.run == s.id {
		for _, d := range known.past {
			if !slices.ContainsFunc(out[:open], func(o journal.Decision) bool { return o.Question.ID == d.Question.ID }) {
				out = append(out, d)
			}
		}
	}
	return out, open
}

// selectedQuestion is the place of the selected question, -1 where there is none.
func (s *Screen) selectedQuestion(of int) int {
	s.question = max(0, min(s.question, of-1))
	if of == 0 {
		return -1
	}
	return s.question
}

// openQuestion brings an open question on the screen, or shows a past one in full.
func (s *Screen) openQuestion() tea.Cmd {
	all, open := s.questions()
	i := s.selectedQuestion(len(all))
	if i < open {
		s.console.Question(all[i].Question.ID)
		return nil
	}
	return s.console.Open(decisions.NewDetail(s.console, all[i]))
}

func (s *Screen) cannotOpenQuestion() string {
	all, _ := s.questions()
	switch {
	case s.run == nil:
		return s.unknown()
	case len(all) == 0:
		return fmt.Sprintf("run %d has raised no question", s.id)
	case s.part != questionPart:
		return "the questions are not shown"
	}
	return ""
}
