package overview

import (
	"featops/engine"
	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	do := func(f func()) func() tea.Cmd {
		return func() tea.Cmd { f(); return nil }
	}
	return append([]screen.Action{
		{Name: "run", Help: "run job", Group: screen.Doing, Keys: []string{"r"}, Short: true, Changes: true,
			Disabled: s.cannotRun, Ask: s.run},
		{Name: "cancel", Help: "cancel run", Group: screen.Doing, Keys: []string{"c"}, Short: true, Changes: true,
			Disabled: s.cannotCancel, Ask: s.cancel},
		{Name: "repair", Help: "repair run", Group: screen.Doing, Keys: []string{"R"}, Short: true, Changes: true,
			Disabled: s.cannotRepair, Ask: s.repair},
		{Name: "pause", Help: "pause/resume schedule", Group: screen.Doing, Keys: []string{"s"}, Changes: true,
			Disabled: s.cannotPause, Do: s.pause},
		{Name: "register", Help: "register table", Group: screen.Doing, Keys: []string{"g"}, Short: true, Changes: true,
			Disabled: s.cannotRegister, Do: s.register},
		{Name: "show-logs", Help: "show its log lines", Group: screen.Doing, Keys: []string{"L"}, Disabled: s.cannotShowLogs, Do: s.showLogs},
		{Name: "open-run", Help: "open the run", Group: screen.Doing, Keys: []string{"enter"}, Disabled: s.cannotOpenRun, Do: s.openRun},

		{Name: "next-failed", Help: "next failed", Group: screen.Move, Keys: []string{"f"}, Short: true,
			Disabled: func() string { return none(len(s.needs.failed), "nothing has failed") }, Do: do(func() { s.jump(s.needs.failed) })},
		{Name: "next-late", Help: "next late or missed", Group: screen.Move, Keys: []string{"t"}, Short: true,
			Disabled: func() string { return none(len(s.needs.late(s.state.Now)), "nothing is late") }, Do: do(func() { s.jump(s.needs.late(s.state.Now)) })},
		{Name: "next-workspace", Help: "next workspace", Group: screen.Move, Keys: []string{"tab"}, Short: true, Disabled: s.alone, Do: do(func() { s.Switch(1) })},
		{Name: "previous-workspace", Help: "previous workspace", Group: screen.Move, Keys: []string{"shift+tab"}, Disabled: s.alone, Do: do(func() { s.Switch(-1) })},
		{Name: "down", Help: "row down", Group: screen.Move, Keys: []string{"down", "j"}, Short: true, Do: do(func() { s.Move(1) })},
		{Name: "up", Help: "row up", Group: screen.Move, Keys: []string{"up", "k"}, Short: true, Do: do(func() { s.Move(-1) })},

		{Name: "log-back", Help: "log back", Group: screen.Log, Keys: []string{"pgup"}, Short: true, Do: do(func() { s.logs.Page(-1) })},
		{Name: "log-forward", Help: "log forward", Group: screen.Log, Keys: []string{"pgdown"}, Do: do(func() { s.logs.Page(1) })},
		{Name: "log-follow", Help: "follow log", Group: screen.Log, Keys: []string{"end"}, Short: true, Do: do(s.logs.Follow)},
	}, s.filterActions()...)
}

// alone is why one cannot go to another workspace, or nothing.
func (s *Screen) alone() string { return none(len(s.spaces)/2, "there is no other workspace") }

// none is why where there are none.
func none(n int, why string) string {
	if n == 0 {
		return why
	}
	return ""
}

// Wheel selects other rows.
func (s *Screen) Wheel(lines int) { s.Move(lines) }

// job is why the actions of a job cannot be done, or nothing.
func (s *Screen) job() string {
	switch selected := s.Selected(); {
	case selected.Workspace == nil:
		return "there is no workspace"
	case selected.Job == nil:
		return "select a job or one of its tasks"
	}
	return ""
}

func (s *Screen) cannotRun() string {
	if why := s.job(); why != "" {
		return why
	}
	return screen.CannotStart(s.Selected().Job)
}

// run starts the selected job.
func (s *Screen) run() screen.Question {
	return screen.Start(s.console, s.Selected().Workspace.Name, s.Selected().Job, nil, nil)
}

func (s *Screen) cannotCancel() string {
	if why := s.job(); why != "" {
		return why
	}
	j := s.Selected().Job
	if run := j.Current(); run == nil || run.Status.Ended() {
		return j.Name + " is not running"
	}
	return ""
}

// cancel cancels the run of the selected job that is shown.
func (s *Screen) cancel() screen.Question {
	return screen.Cancel(s.console, s.Selected().Job.Current())
}

func (s *Screen) cannotRegister() string {
	selected := s.Selected()
	switch {
	case selected.Workspace == nil:
		return "there is no workspace"
	case s.alone() != "":
		return s.alone()
	case selected.Table == "":
		return selected.Row + " builds no table"
	case selected.Built == nil:
		return selected.Table + " was not built yet"
	}
	return ""
}

// register registers the selected table in every other workspace.
func (s *Screen) register() tea.Cmd {
	selected := s.Selected()
	return s.console.Command("register "+selected.Table, engine.RegisterTables{Tables: []string{selected.Table}, From: selected.Workspace.Name})
}
