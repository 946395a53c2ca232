// Package runs is the screen of a job's runs: a grid with the tasks down and the runs across, the newest at
// the right, in which a task that fails again and again, or takes longer and longer, is seen at once. It has
// the newest runs, and reads older ones where one goes beyond them.
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

	jobs    []place
	job     *engine.JobState // nil when there is none
	history *screen.History  // of the job, nil when there is none
	beyond  int              // how far before the oldest run one wants to go once older ones were read
	known   int              // runs of the job, shown or not
	runs    []workspaces.Run // those that are shown, the newest first
	cell    [][]workspaces.TaskRun
	left    int // the newest run of the window when it was drawn last, as back counts
	across  int // how many runs it had
	top     int // the first task of it
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
	{"runs that failed or were cancelled", func(s workspaces.Status) bool {
		return s.Failed() || s.Canceled() || s.Ended() && s.Result == workspaces.SuccessWithFailures
	}},
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
	if s.job != nil && (s.history == nil || !s.history.Is(s.place.Workspace, s.job.ID)) {
		s.forget()
		s.history = screen.NewHistory(s.place.Workspace, s.job.ID)
	}
	selected := int64(0) // 0: the newest, whichever that is
	if s.back > 0 && s.back < len(s.runs) {
		selected = s.runs[s.back].ID
	}
	s.runs, s.cell = nil, nil
	if s.job == nil {
		return
	}
	all := s.history.Runs(s.job.Runs)
	s.known = len(all)
	for _, r := range all {
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

// forget gives up the history of a job.
func (s *Screen) forget() {
	s.beyond = 0
	if s.history != nil {
		s.history.Stop()
		s.history = nil
	}
}

// Update takes older runs in, and has them read again when the screen comes to the front.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if s.history == nil {
		return nil
	}
	if _, ok := msg.(screen.Entered); ok {
		return s.history.Again(s.console)
	}
	shown, known := len(s.runs), s.known
	if !s.history.Update(msg) {
		return nil
	}
	s.look()
	more := s.known > known || s.history.Whole(s.job.Runs)
	if s.history.Err() == nil && len(s.runs) == shown && more {
		return s.goOn()
	}
	s.move(s.beyond, 0)
	s.beyond = 0
	return nil
}

// goOn reads further back where what was read has no run that is shown.
func (s *Screen) goOn() tea.Cmd {
	if s.beyond == 0 {
		return nil
	}
	if why := s.noOlder(); why != "" {
		s.beyond = 0
		s.console.Say(why)
		return nil
	}
	return s.history.More(s.console, s.job.Runs)
}

// older selects an older run, and reads more of them where it goes beyond the oldest.
func (s *Screen) older(by int) tea.Cmd {
	beyond := s.back + by - (len(s.runs) - 1)
	s.move(by, 0)
	if s.job == nil || beyond <= 0 || s.history.Loading() {
		return nil
	}
	s.beyond = beyond
	if len(s.runs) == 0 {
		s.beyond = 1
	}
	return s.goOn()
}

// noOlder says why there are no older runs to read, or nothing.
func (s *Screen) noOlder() string {
	switch {
	case !s.history.Whole(s.job.Runs):
		return ""
	case len(s.runs) == 0:
		return "no run is one of the " + choices[s.states].name
	}
	return fmt.Sprintf("run %d is the oldest", s.runs[len(s.runs)-1].ID)
}

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
		{Name: "left", Help: "older run", Group: screen.Move, Keys: []string{"left", "h"}, Do: func() tea.Cmd { return s.older(1) }},
		{Name: "right", Help: "newer run", Group: screen.Move, Keys: []string{"right"}, Do: move(-1, 0)},
		{Name: "page-up", Help: "older runs", Group: screen.Move, Keys: []string{"pgup", "ctrl+b"}, Do: func() tea.Cmd { return s.older(max(1, s.across)) }},
		{Name: "page-down", Help: "newer runs", Group: screen.Move, Keys: []string{"pgdown", "ctrl+f"}, Do: do(func() { s.move(-max(1, s.across), 0) })},
		{Name: "top", Help: "oldest run that was read", Group: screen.Move, Keys: []string{"home"}, Do: do(func() { s.move(len(s.runs), 0) })},
		{Name: "bottom", Help: "newest run", Group: screen.Move, Keys: []string{"end", "G"}, Do: do(func() { s.move(-len(s.runs), 0) })},
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
