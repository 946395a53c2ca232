package screen

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"featops/engine"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// mostListed is how many things a question lists by name.
const mostListed = 8

// CannotStart says why a job cannot be started now, or nothing.
func CannotStart(j *engine.JobState) string {
	if full(j) && !j.Queue {
		return fmt.Sprintf("run %d is under way, max_concurrent_runs is %d", j.Current().ID, j.MaxConcurrentRuns)
	}
	return ""
}

// Start asks whether a job shall be started, with parameters over its own, and with some of its tasks, or
// without any named with all.
func Start(c Console, workspace string, j *engine.JobState, parameters map[string]string, only []string) Question {
	keys := only
	if len(keys) == 0 {
		for _, t := range j.Tasks {
			keys = append(keys, t.Key)
		}
	}
	lines := append([]string{fmt.Sprintf("Start %s in %s?", widget.Clean(j.Name), widget.Clean(workspace)), ""}, taskLines(keys)...)
	if len(parameters) > 0 {
		lines = append(lines, "", "With")
		for _, name := range slices.Sorted(maps.Keys(parameters)) {
			lines = append(lines, "  "+widget.Clean(name+" = "+parameters[name]))
		}
	}
	if full(j) {
		lines = append(lines, "", fmt.Sprintf("It waits in the queue: run %d is under way.", j.Current().ID))
	}
	what := "start " + j.Name + " in " + workspace
	command := engine.StartRun{Workspace: workspace, Job: j.ID, Parameters: parameters, Only: only}
	return Question{Title: "Run job", Lines: lines, Yes: func() tea.Cmd { return c.Command(what, command) }}
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

// Cancel asks whether a run shall be cancelled.
func Cancel(c Console, r *workspaces.Run) Question {
	what := fmt.Sprintf("cancel run %d in %s", r.ID, r.Workspace)
	command := engine.CancelRun{Workspace: r.Workspace, Run: r.ID}
	return Question{Title: "Cancel run", Lines: []string{
		fmt.Sprintf("Cancel run %d of %s in %s?", r.ID, widget.Clean(r.Job), widget.Clean(r.Workspace)), "",
		"Tasks that have ended keep what they saved. A task that is",
		"under way saves nothing.",
	}, Yes: func() tea.Cmd { return c.Command(what, command) }}
}

// CannotRepair says why a run cannot be repaired, or nothing. See Repair.
func CannotRepair(j workspaces.Job, r *workspaces.Run, tasks []string) string {
	_, err := workspaces.Rerun(j, *r, tasks)
	var no *workspaces.NoRepairError
	switch {
	case errors.As(err, &no):
		return fmt.Sprintf("run %d: %s", r.ID, no.Why)
	case err != nil:
		return err.Error()
	}
	return ""
}

// Repair asks whether tasks of a run shall run again, those named, or without any all that failed; and what
// depends on them.
func Repair(c Console, j workspaces.Job, r *workspaces.Run, tasks []string) Question {
	again, _ := workspaces.Rerun(j, *r, tasks) // CannotRepair has told the error
	lines := []string{fmt.Sprintf("Repair run %d in %s? Its parameters are kept. Again run", r.ID, widget.Clean(r.Workspace)), ""}
	what := fmt.Sprintf("repair run %d in %s", r.ID, r.Workspace)
	command := engine.RepairRun{Workspace: r.Workspace, Run: r.ID, Tasks: tasks}
	return Question{Title: "Repair run", Lines: append(lines, taskLines(again)...), Yes: func() tea.Cmd { return c.Command(what, command) }}
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
