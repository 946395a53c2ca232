package run

import (
	"fmt"
	"slices"

	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// scrolled is how many lines of an error one key scrolls.
const scrolled = 5

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	move := func(by int) func() tea.Cmd {
		return func() tea.Cmd {
			if s.part == questionPart {
				s.question += by
			} else {
				s.move(by)
			}
			return nil
		}
	}
	scroll := func(by int) func() tea.Cmd { return func() tea.Cmd { s.below = max(0, s.below+by); return nil } }
	turn := func(by part) func() tea.Cmd {
		return func() tea.Cmd { return s.turn((s.part + by + parts) % parts) }
	}
	other := func(way int) func() tea.Cmd { return func() tea.Cmd { return s.other(way) } }
	cannotGo := func(way int) func() string { return func() string { return s.cannotGo(way) } }
	return s.withLines([]screen.Action{
		{Name: "next-part", Help: "next part", Group: screen.Move, Keys: []string{"tab"}, Short: true, Disabled: s.unknown, Do: turn(1)},
		{Name: "cancel", Help: "cancel run", Group: screen.Doing, Keys: []string{"c"}, Short: true, Changes: true,
			Disabled: s.cannotCancel, Ask: func() screen.Question { return screen.Cancel(s.console, s.run) }},
		{Name: "repair", Help: "repair run", Group: screen.Doing, Keys: []string{"R"}, Short: true, Changes: true,
			Disabled: s.cannotRepair, Ask: func() screen.Question { return screen.Repair(s.console, s.job.Job, s.run, nil) }},
		{Name: "open", Help: "open the question", Group: screen.Doing, Keys: []string{"enter"}, Short: true, Disabled: s.cannotOpenQuestion, Do: s.openQuestion},
		{Name: "older-run", Help: "older run", Group: screen.Move, Keys: []string{"["}, Short: true, Disabled: cannotGo(1), Do: other(1)},
		{Name: "newer-run", Help: "newer run", Group: screen.Move, Keys: []string{"]"}, Short: true, Disabled: cannotGo(-1), Do: other(-1)},
		{Name: "run-again", Help: "run job again, same parameters", Group: screen.Doing, Keys: []string{"A"}, Short: true, Changes: true,
			Disabled: s.cannotRun, Ask: func() screen.Question {
				return screen.Start(s.console, s.workspace, s.job, s.run.Parameters, s.run.Only)
			}},
		{Name: "show-logs", Help: "show its log lines", Group: screen.Doing, Keys: []string{"L"}, Short: true, Do: func() tea.Cmd {
			return screen.Ask(s.console, screen.ShowLogs{Workspace: s.workspace, Run: fmt.Sprint(s.id)})
		}},
		{Name: "first-failed", Help: "what failed first", Group: screen.Move, Keys: []string{"e"}, Disabled: s.noFailure,
			Do: func() tea.Cmd { s.part = attemptPart; s.move(firstFailed(s.run) - s.cursor); return nil }},
		{Name: "previous-part", Help: "part before", Group: screen.Move, Keys: []string{"shift+tab"}, Disabled: s.unknown, Do: turn(-1)},
		{Name: "copy", Help: "copy the error, or log lines", Group: screen.Lists, Keys: []string{"ctrl+y"}, Disabled: s.noError,
			Do: func() tea.Cmd { return s.console.Copy("the error", s.selected().Status.Message) }},
		{Name: "up", Help: "attempt, line or question up", Group: screen.Move, Keys: []string{"up", "k"}, Do: move(-1)},
		{Name: "down", Help: "attempt, line or question down", Group: screen.Move, Keys: []string{"down", "j"}, Do: move(1)},
		{Name: "page-up", Help: "error or log up", Group: screen.Move, Keys: []string{"pgup", "ctrl+b"}, Do: scroll(-scrolled)},
		{Name: "page-down", Help: "error or log down", Group: screen.Move, Keys: []string{"pgdown", "ctrl+f"}, Do: scroll(scrolled)},
	})
}

// withLines adds the actions of the log lines. They act while those are shown, also on the keys that otherwise
// move among the attempts.
func (s *Screen) withLines(own []screen.Action) []screen.Action {
	for _, a := range s.lines.Actions() {
		if a.Name == "show-run" {
			continue // it is on the screen
		}
		i := slices.IndexFunc(own, func(o screen.Action) bool { return o.Name == a.Name })
		if i < 0 {
			own = append(own, s.whileLines(a))
			continue
		}
		if s.part == logPart {
			own[i].Do, own[i].Disabled = a.Do, a.Disabled
		}
	}
	return own
}

// whileLines is an action that is disabled unless the log lines are shown.
func (s *Screen) whileLines(a screen.Action) screen.Action {
	disabled := a.Disabled
	a.Disabled = func() string {
		switch {
		case s.part != logPart:
			return "the log lines are not shown"
		case disabled == nil:
			return ""
		}
		return disabled()
	}
	return a
}

// unknown says why nothing is known of the run, or nothing.
func (s *Screen) unknown() string {
	switch {
	case s.run != nil:
		return ""
	case s.read.Err() != nil:
		return widget.Clean(s.read.Err().Error())
	}
	return fmt.Sprintf("run %d is being read", s.id)
}

// jobGone says why there is no job to act on.
func (s *Screen) jobGone() string {
	if why := s.unknown(); why != "" {
		return why
	}
	return "there is no job " + s.run.Job + " any more"
}

func (s *Screen) cannotCancel() string {
	if s.run != nil && s.run.Status.Ended() {
		return fmt.Sprintf("run %d has ended", s.id)
	}
	return s.unknown()
}

func (s *Screen) cannotRepair() string {
	if s.job == nil {
		return s.jobGone()
	}
	return screen.CannotRepair(s.job.Job, s.run, nil)
}

func (s *Screen) cannotRun() string {
	if s.job == nil {
		return s.jobGone()
	}
	return screen.CannotStart(s.job)
}

func (s *Screen) noFailure() string {
	if s.run == nil {
		return s.unknown()
	}
	if firstFailed(s.run) < 0 {
		return "no task has failed"
	}
	return ""
}

func (s *Screen) noError() string {
	if t := s.selected(); t == nil || t.Status.Message == "" {
		return "the attempt has no error"
	}
	return ""
}
