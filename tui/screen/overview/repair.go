package overview

import (
	"featops/engine"
	"featops/tui/screen"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// repairable is the run that a repair would be of, and the tasks that it names, or why there can be none: on the row of
// a job all that failed, on that of a task the task, and what depends on them.
func (s *Screen) repairable() (run *workspaces.Run, tasks []string, why string) {
	if why := s.job(); why != "" {
		return nil, nil, why
	}
	selected := s.Selected()
	if run = selected.Job.Current(); run == nil {
		return nil, nil, selected.Job.Name + " has not run yet"
	}
	if selected.Task != "" {
		tasks = []string{selected.Task}
	}
	return run, tasks, screen.CannotRepair(selected.Job.Job, run, tasks)
}

func (s *Screen) cannotRepair() string {
	_, _, why := s.repairable()
	return why
}

// repair repairs the run of the selected job that is shown.
func (s *Screen) repair() screen.Question {
	run, tasks, _ := s.repairable()
	return screen.Repair(s.console, s.Selected().Job.Job, run, tasks)
}

func (s *Screen) cannotPause() string {
	if why := s.job(); why != "" {
		return why
	}
	if j := s.Selected().Job; j.Schedule == nil {
		return j.Name + " has no schedule"
	}
	return ""
}

// pause pauses the schedule of the selected job, or resumes it.
func (s *Screen) pause() tea.Cmd {
	job, space := s.Selected().Job, s.Selected().Workspace.Name
	c := engine.PauseJob{Workspace: space, Job: job.ID, Paused: !job.Schedule.Paused}
	word := "resume"
	if c.Paused {
		word = "pause"
	}
	return s.console.Command(word+" "+job.Name+" in "+space, c)
}
