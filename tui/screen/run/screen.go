// Package run is the screen of one run: its attempts over time, how long they took against what is usual,
// and what the selected one saved or why it failed.
package run

import (
	"fmt"

	"featops/engine"
	"featops/tui/screen"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen is the screen of a run that the snapshot has.
type Screen struct {
	console   screen.Console
	state     screen.State
	workspace string
	id        int64
	job       *engine.JobState // of the newest snapshot, nil when that has no such run
	run       *workspaces.Run
	cursor    int // the selected attempt
	task      string
	top       int // the first attempt shown
	below     int // lines of its detail that are scrolled away
}

// New returns a screen of a run, at the newest attempt at a task, or, without one, at the first.
func New(c screen.Console, workspace string, id int64, task string) *Screen {
	return &Screen{console: c, workspace: workspace, id: id, task: task}
}

// Name is the screen's name.
func (s *Screen) Name() string { return "run" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return fmt.Sprintf("run %d of %s", s.id, s.workspace) }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) {
	same := state.Snapshot == s.state.Snapshot
	s.state = state
	if same {
		return
	}
	s.job, s.run = nil, nil
	w, _ := state.Snapshot.Workspace(s.workspace)
	for i := range w.Jobs {
		for k := range w.Jobs[i].Runs {
			if w.Jobs[i].Runs[k].ID == s.id {
				s.job, s.run = &w.Jobs[i], &w.Jobs[i].Runs[k]
			}
		}
	}
	if s.run == nil {
		return
	}
	for i, t := range s.run.Tasks {
		if s.task != "" && t.Key == s.task {
			s.cursor = i
		}
	}
	s.task = ""
	s.move(0)
}

func (s *Screen) move(down int) {
	before := s.cursor
	s.cursor = max(0, min(s.cursor+down, len(s.attempts())-1))
	if s.cursor != before {
		s.below = 0
	}
}

func (s *Screen) attempts() []workspaces.TaskRun {
	if s.run == nil {
		return nil
	}
	return s.run.Tasks
}

func (s *Screen) selected() *workspaces.TaskRun {
	if len(s.attempts()) == 0 {
		return nil
	}
	return &s.run.Tasks[s.cursor]
}

// Update has nothing to take: all comes with the snapshot.
func (s *Screen) Update(tea.Msg) tea.Cmd { return nil }

// Wheel selects other attempts.
func (s *Screen) Wheel(lines int) { s.move(lines) }

// scrolled is how many lines of an error one key scrolls.
const scrolled = 5

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	move := func(by int) func() tea.Cmd { return func() tea.Cmd { s.move(by); return nil } }
	scroll := func(by int) func() tea.Cmd { return func() tea.Cmd { s.below = max(0, s.below+by); return nil } }
	return []screen.Action{
		{Name: "cancel", Help: "cancel run", Group: screen.Doing, Keys: []string{"c"}, Short: true, Changes: true,
			Disabled: s.cannotCancel, Ask: func() screen.Question { return screen.Cancel(s.console, s.run) }},
		{Name: "repair", Help: "repair run", Group: screen.Doing, Keys: []string{"R"}, Short: true, Changes: true,
			Disabled: s.cannotRepair, Ask: func() screen.Question { return screen.Repair(s.console, s.job.Job, s.run, nil) }},
		{Name: "run-again", Help: "run job again, same parameters", Group: screen.Doing, Keys: []string{"A"}, Short: true, Changes: true,
			Disabled: s.cannotRun, Ask: func() screen.Question {
				return screen.Start(s.console, s.workspace, s.job, s.run.Parameters, s.run.Only)
			}},
		{Name: "show-logs", Help: "show its log lines", Group: screen.Doing, Keys: []string{"L"}, Short: true, Do: func() tea.Cmd {
			return screen.Ask(s.console, screen.ShowLogs{Workspace: s.workspace, Run: fmt.Sprint(s.id)})
		}},
		{Name: "copy", Help: "copy the error", Group: screen.Lists, Keys: []string{"ctrl+y"}, Disabled: s.noError,
			Do: func() tea.Cmd { return s.console.Copy("the error", s.selected().Status.Message) }},
		{Name: "up", Help: "attempt up", Group: screen.Move, Keys: []string{"up", "k"}, Do: move(-1)},
		{Name: "down", Help: "attempt down", Group: screen.Move, Keys: []string{"down", "j"}, Do: move(1)},
		{Name: "page-up", Help: "error up", Group: screen.Move, Keys: []string{"pgup", "ctrl+b"}, Do: scroll(-scrolled)},
		{Name: "page-down", Help: "error down", Group: screen.Move, Keys: []string{"pgdown", "ctrl+f"}, Do: scroll(scrolled)},
	}
}

func (s *Screen) gone() string {
	if s.run == nil {
		return fmt.Sprintf("run %d is none of the newest", s.id)
	}
	return ""
}

func (s *Screen) cannotCancel() string {
	if s.run != nil && s.run.Status.Ended() {
		return fmt.Sprintf("run %d has ended", s.id)
	}
	return s.gone()
}

func (s *Screen) cannotRepair() string {
	if s.run == nil {
		return s.gone()
	}
	return screen.CannotRepair(s.job.Job, s.run, nil)
}

func (s *Screen) cannotRun() string {
	if s.run == nil {
		return s.gone()
	}
	return screen.CannotStart(s.job)
}

func (s *Screen) noError() string {
	if t := s.selected(); t == nil || t.Status.Message == "" {
		return "the attempt has no error"
	}
	return ""
}
