package overview

import (
	"fmt"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// mostListed is how many things a question lists by name.
const mostListed = 8

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	do := func(f func()) func() tea.Cmd {
		return func() tea.Cmd { f(); return nil }
	}
	return []screen.Action{
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

		{Name: "next-workspace", Help: "next workspace", Group: screen.Move, Keys: []string{"tab"}, Short: true, Do: do(func() { s.Switch(1) })},
		{Name: "previous-workspace", Help: "previous workspace", Group: screen.Move, Keys: []string{"shift+tab"}, Do: do(func() { s.Switch(-1) })},
		{Name: "down", Help: "row down", Group: screen.Move, Keys: []string{"down", "j"}, Short: true, Do: do(func() { s.Move(1) })},
		{Name: "up", Help: "row up", Group: screen.Move, Keys: []string{"up", "k"}, Short: true, Do: do(func() { s.Move(-1) })},

		{Name: "log-back", Help: "log back", Group: screen.Log, Keys: []string{"pgup"}, Short: true, Do: do(func() { s.logs.Page(-1) })},
		{Name: "log-forward", Help: "log forward", Group: screen.Log, Keys: []string{"pgdown"}, Do: do(func() { s.logs.Page(1) })},
		{Name: "log-follow", Help: "follow log", Group: screen.Log, Keys: []string{"end"}, Short: true, Do: do(s.logs.Follow)},
	}
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
	j := s.Selected().Job
	if full(j) && !j.Queue {
		return fmt.Sprintf("run %d is under way, max_concurrent_runs is %d", j.Current().ID, j.MaxConcurrentRuns)
	}
	return ""
}

// run starts the selected job.
func (s *Screen) run() screen.Question {
	job, space := s.Selected().Job, s.Selected().Workspace.Name
	var keys []string
	for _, t := range job.Tasks {
		keys = append(keys, t.Key)
	}
	lines := append([]string{fmt.Sprintf("Start %s in %s?", widget.Clean(job.Name), widget.Clean(space)), ""}, taskLines(keys)...)
	if full(job) {
		lines = append(lines, "", fmt.Sprintf("It waits in the queue: run %d is under way.", job.Current().ID))
	}
	what, c := "start "+job.Name+" in "+space, engine.StartRun{Workspace: space, Job: job.ID}
	return screen.Question{Title: "Run job", Lines: lines, Yes: func() tea.Cmd { return s.console.Command(what, c) }}
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
	job, space := s.Selected().Job, s.Selected().Workspace.Name
	run := job.Current().ID
	what, c := fmt.Sprintf("cancel run %d in %s", run, space), engine.CancelRun{Workspace: space, Run: run}
	return screen.Question{Title: "Cancel run", Lines: []string{
		fmt.Sprintf("Cancel run %d of %s in %s?", run, widget.Clean(job.Name), widget.Clean(space)), "",
		"Tasks that have ended keep what they saved. A task that is",
		"under way saves nothing.",
	}, Yes: func() tea.Cmd { return s.console.Command(what, c) }}
}

func (s *Screen) cannotRegister() string {
	selected := s.Selected()
	switch {
	case selected.Workspace == nil:
		return "there is no workspace"
	case len(s.state.Snapshot.Workspaces) < 2:
		return "there is no other workspace"
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

// full reports whether a job has as many runs under way as it may.
func full(j *engine.JobState) bool {
	active := 0
	for _, r := range j.Runs {
		if !r.Status.Ended() {
			active++
		}
	}
	return j.MaxConcurrentRuns > 0 && active >= j.MaxConcurrentRuns
}

// taskLines lists tasks in a question.
func taskLines(keys []string) []string {
	var lines []string
	for _, key := range keys[:min(len(keys), mostListed)] {
		lines = append(lines, "  • "+widget.Clean(key))
	}
	if more := len(keys) - mostListed; more > 0 {
		lines = append(lines, fmt.Sprintf("  … and %d more tasks", more))
	}
	return lines
}
