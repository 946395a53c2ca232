package overview

import (
	"slices"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/run"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// showRun selects the row of a run's task, or of its job, and opens the run.
func (s *Screen) showRun(r screen.ShowRun) tea.Cmd {
	shown := s.console.Go(s.Name())
	if !s.filter.Empty() {
		s.setFilter("")
	}
	for _, x := range s.spaces {
		for j, job := range x.shown {
			if x.state.Name != r.Workspace || !ofRun(job, r) {
				continue
			}
			rows := x.job(j)
			task := slices.IndexFunc(rows, func(it item) bool { return it.Task == r.Task })
			s.selected = rows[max(0, task)].Place
		}
	}
	return tea.Batch(shown, s.console.Open(run.New(s.console, r.Workspace, r.Run, r.Task)))
}

// ofRun reports whether the job has the run, or has the name that the run says.
func ofRun(j *engine.JobState, r screen.ShowRun) bool {
	if r.Job != "" {
		return j.Name == r.Job
	}
	return has(j, r.Run)
}

// has reports whether the run is one of the newest of the job.
func has(j *engine.JobState, run int64) bool {
	return slices.ContainsFunc(j.Runs, func(r workspaces.Run) bool { return r.ID == run })
}

// showLogs shows the log lines of the selected row.
func (s *Screen) showLogs() tea.Cmd {
	space, row := s.find()
	it := s.spaces[space].row(row)
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
