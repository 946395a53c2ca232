package overview

import (
	"errors"
	"fmt"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// repairable says what a repair of the run that is shown would be and which tasks it would run again, or why there
// can be none: on the row of a job all that failed, on that of a task the task, and what depends on them.
func (s *Screen) repairable() (c engine.RepairRun, again []string, why string) {
	if why := s.job(); why != "" {
		return c, nil, why
	}
	selected := s.Selected()
	run := selected.Job.Current()
	if run == nil {
		return c, nil, selected.Job.Name + " has not run yet"
	}
	c = engine.RepairRun{Workspace: selected.Workspace.Name, Run: run.ID}
	if selected.Task != "" {
		c.Tasks = []string{selected.Task}
	}
	again, err := workspaces.Rerun(selected.Job.Job, *run, c.Tasks)
	var no *workspaces.NoRepairError
	switch {
	case errors.As(err, &no):
		why = fmt.Sprintf("run %d: %s", run.ID, no.Why)
	case err != nil:
		why = err.Error()
	}
	return c, again, why
}

func (s *Screen) cannotRepair() string {
	_, _, why := s.repairable()
	return why
}

// repair repairs the run of the selected job that is shown.
func (s *Screen) repair() screen.Question {
	c, again, _ := s.repairable()
	lines := []string{fmt.Sprintf("Repair run %d in %s? Its parameters are kept. Again run", c.Run, widget.Clean(c.Workspace)), ""}
	what := fmt.Sprintf("repair run %d in %s", c.Run, c.Workspace)
	return screen.Question{Title: "Repair run", Lines: append(lines, taskLines(again)...), Yes: func() tea.Cmd { return s.console.Command(what, c) }}
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
