package overview

import (
	"fmt"
	"slices"

	"featops/tui/screen"
	"featops/tui/screen/run"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// showRun selects the row of a run's task, or of its job, and opens the run where it is one of the newest.
func (s *Screen) showRun(r screen.ShowRun) tea.Cmd {
	var row *item
	for i := range s.spaces {
		for k := range s.spaces[i] {
			it := &s.spaces[i][k]
			switch {
			case it.head || it.job == nil || it.Workspace != r.Workspace || !ofRun(it, r):
			case it.task == nil && row == nil, it.task != nil && it.task.Key == r.Task:
				row = it
			}
		}
	}
	if row == nil {
		s.console.Say(fmt.Sprintf("run %d of %s is none of the newest", r.Run, r.Workspace))
		return nil
	}
	shown := s.show(row)
	if !slices.ContainsFunc(row.job.Runs, func(o workspaces.Run) bool { return o.ID == r.Run }) {
		return shown
	}
	return tea.Batch(shown, s.console.Open(run.New(s.console, r.Workspace, r.Run, r.Task)))
}

// ofRun reports whether the row's job has the run, or has the name that the run says.
func ofRun(it *item, r screen.ShowRun) bool {
	for i := range it.job.Runs {
		if it.job.Runs[i].ID == r.Run {
			return r.Job == "" || it.job.Name == r.Job
		}
	}
	return r.Job != "" && it.job.Name == r.Job
}

// showTable selects the row of a table.
func (s *Screen) showTable(t screen.ShowTable) tea.Cmd {
	for i := range s.spaces {
		for k := range s.spaces[i] {
			if it := &s.spaces[i][k]; !it.head && it.Workspace == t.Workspace && it.tableName() == t.Table {
				return s.show(it)
			}
		}
	}
	s.console.Say(fmt.Sprintf("there is no table %s in %s", t.Table, t.Workspace))
	return nil
}

func (s *Screen) show(it *item) tea.Cmd {
	s.selected = it.Place
	return s.console.Go(s.Name())
}

// showLogs shows the log lines of the selected row.
func (s *Screen) showLogs() tea.Cmd {
	space, row := s.find()
	it := &s.spaces[space][row]
	about := screen.ShowLogs{Workspace: it.Workspace}
	switch {
	case it.task != nil:
		about.Job, about.Task = it.job.Name, it.task.Key
	case it.job != nil:
		about.Job = it.job.Name
	default:
		about.Table = it.Table
	}
	return screen.Ask(s.console, about)
}

func (s *Screen) cannotShowLogs() string {
	if space, _ := s.find(); space < 0 {
		return "there is no row"
	}
	return ""
}

// openRun opens the run of the selected job that is shown, at the selected task.
func (s *Screen) openRun() tea.Cmd {
	selected := s.Selected()
	return s.console.Open(run.New(s.console, selected.Workspace.Name, selected.Job.Current().ID, selected.Task))
}

func (s *Screen) cannotOpenRun() string {
	if why := s.job(); why != "" {
		return why
	}
	if j := s.Selected().Job; j.Current() == nil {
		return j.Name + " has not run yet"
	}
	return ""
}
