// Package runs is the screen of a job's newest runs: a grid with the tasks down and the runs across, the
// newest at the right, in which a task that fails again and again, or takes longer and longer, is seen at
// once.
package runs

import (
	"fmt"
	"slices"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/run"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen is the screen and what the user has chosen on it.
type Screen struct {
	console screen.Console
	state   screen.State

	place  place // the job that is shown
	states int   // in choices: which runs are shown
	back   int   // how many runs the selected one stands before the newest
	row    int   // the selected task; -1: the run itself

	jobs []place
	job  *engine.JobState // nil when there is none
	runs []workspaces.Run // those that are shown, the newest first
	cell [][]workspaces.TaskRun
	left int // the newest run of the window when it was drawn last, as back counts
	top  int // the first task of it
}

// place is where a job is.
type place struct {
	Workspace string `json:"workspace"`
	Job       int64  `json:"job"`
}

// choices are the runs that one can choose, by how they have ended.
var choices = [...]struct {
	name string
	is   func(workspaces.Status) bool
}{
	{"all runs", func(workspaces.Status) bool { return true }},
	{"runs that failed or were cancelled", func(s workspaces.Status) bool { return s.Failed() || s.Canceled() }},
	{"runs under way", func(s workspaces.Status) bool { return !s.Ended() }},
	{"runs that succeeded", workspaces.Status.Succeeded},
}

// New returns a screen of the first job.
func New(c screen.Console) *Screen { return &Screen{console: c, row: -1} }

// Name is the screen's name.
func (s *Screen) Name() string { return "runs" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return "runs" }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) {
	same := state.Snapshot == s.state.Snapshot
	s.state = state
	if !same {
		s.look()
	}
}

// look works out what is shown.
func (s *Screen) look() {
	s.jobs, s.job = s.jobs[:0], nil
	var first *engine.JobState
	for i := range s.state.Snapshot.Workspaces {
		w := &s.state.Snapshot.Workspaces[i]
		for k := range w.Jobs {
			p := place{w.Name, w.Jobs[k].ID}
			if s.jobs = append(s.jobs, p); first == nil {
				first = &w.Jobs[k]
			}
			if p == s.place {
				s.job = &w.Jobs[k]
			}
		}
	}
	if s.job == nil && first != nil {
		s.job, s.place = first, s.jobs[0]
	}
	selected := int64(0) // 0: the newest, whichever that is
	if s.back > 0 && s.back < len(s.runs) {
		selected = s.runs[s.back].ID
	}
	s.runs, s.cell = nil, nil
	if s.job == nil {
		return
	}
	for _, r := range s.job.Runs {
		if choices[s.states].is(r.Status) {
			s.runs, s.cell = append(s.runs, r), append(s.cell, r.NewestOf(s.job.Job))
		}
	}
	if i := slices.IndexFunc(s.runs, func(r workspaces.Run) bool { return r.ID == selected }); i >= 0 {
		s.back = i
	}
	s.move(0, 0)
}

// move selects another cell.
func (s *Screen) move(older, down int) {
	s.back = max(0, min(s.back+older, len(s.runs)-1))
	tasks := 0
	if s.job != nil {
		tasks = len(s.job.Tasks)
	}
	s.row = max(-1, min(s.row+down, tasks-1))
}

// choose shows another job.
func (s *Screen) choose(further int) {
	i := slices.Index(s.jobs, s.place) + further
	n := len(s.jobs)
	s.place, s.back, s.row, s.left, s.top = s.jobs[(i+n)%n], 0, -1, 0, 0
	s.look()
}

// Update has nothing to take: all comes with the snapshot.
func (s *Screen) Update(tea.Msg) tea.Cmd { return nil }

// Wheel selects other tasks.
func (s *Screen) Wheel(lines int) { s.move(0, lines) }

// kept is what is kept over restarts.
type kept struct {
	Place  place `json:"place"`
	States int   `json:"states,omitempty"`
}

// Keep is the job and the choice of runs.
func (s *Screen) Keep() any { return kept{s.place, s.states} }

// Restore takes up what was kept.
func (s *Screen) Restore(decode func(any) error) error {
	var k kept
	if err := decode(&k); err != nil {
		return err
	}
	if k.States < 0 || k.States >= len(choices) {
		return fmt.Errorf("states %d: allowed are 0 to %d", k.States, len(choices)-1)
	}
	s.place, s.states = k.Place, k.States
	return nil
}

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	do := func(f func()) func() tea.Cmd { return func() tea.Cmd { f(); return nil } }
	move := func(older, down int) func() tea.Cmd { return do(func() { s.move(older, down) }) }
	return []screen.Action{
		{Name: "open-run", Help: "open run", Group: screen.Doing, Keys: []string{"enter"}, Short: true, Disabled: s.noRun, Do: s.open},
		{Name: "states", Help: "choose runs by state", Group: screen.Lists, Keys: []string{"s"}, Short: true, Disabled: s.noJob,
			Do: do(func() { s.states = (s.states + 1) % len(choices); s.look() })},
		{Name: "next-job", Help: "next job", Group: screen.Move, Keys: []string{"tab"}, Short: true, Disabled: s.oneJob, Do: do(func() { s.choose(1) })},
		{Name: "previous-job", Help: "previous job", Group: screen.Move, Keys: []string{"shift+tab"}, Disabled: s.oneJob, Do: do(func() { s.choose(-1) })},
		{Name: "left", Help: "older run", Group: screen.Move, Keys: []string{"left", "h"}, Do: move(1, 0)},
		{Name: "right", Help: "newer run", Group: screen.Move, Keys: []string{"right"}, Do: move(-1, 0)},
		{Name: "up", Help: "task up", Group: screen.Move, Keys: []string{"up", "k"}, Do: move(0, -1)},
		{Name: "down", Help: "task down", Group: screen.Move, Keys: []string{"down", "j"}, Do: move(0, 1)},
	}
}

func (s *Screen) noJob() string {
	if s.job == nil {
		return "there is no job"
	}
	return ""
}

func (s *Screen) oneJob() string {
	if len(s.jobs) < 2 {
		return "there is no other job"
	}
	return ""
}

func (s *Screen) noRun() string {
	if len(s.runs) == 0 {
		return "there is no run"
	}
	return ""
}

// open opens the selected run, at the selected task.
func (s *Screen) open() tea.Cmd {
	task := ""
	if s.row >= 0 {
		task = s.job.Tasks[s.row].Key
	}
	return s.console.Open(run.New(s.console, s.place.Workspace, s.runs[s.back].ID, task))
}
