// Package run is the screen of one run: its attempts over time, how long they took against what is usual,
// what failed first, and below, of the selected attempt what it saved or why it failed, the log lines of the
// run, and the questions that it has raised.
package run

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/decisions"
	"featops/tui/screen/logs"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen is the screen of a run. One that is not among the newest, which the snapshot has, is read.
type Screen struct {
	console   screen.Console
	state     screen.State
	workspace string
	id        int64

	job    *engine.JobState // of the newest snapshot; nil while the run is not known, and where the job is gone
	run    *workspaces.Run  // nil while it is not known
	recent bool             // the snapshot has it
	read   screen.Loader[workspaces.Run]
	asked  time.Time // when that was asked for

	history *screen.History // of the job, nil while that is not known
	way     int             // to the run that is opened once older ones were read: 1 older, -1 newer

	part   part
	cursor int    // the selected attempt
	task   string // at which to begin, while the run is not known
	top    int    // the first attempt shown
	below  int    // lines of its detail that are scrolled away

	lines   *logs.Screen
	reading bool // of the lines has begun

	raised   screen.Loader[raised]
	stale    bool // something happened since what is being loaded was asked for
	question int  // the selected one
}

// New returns a screen of a run, at the newest attempt at a task, or, without one, at what failed first.
func New(c screen.Console, workspace string, id int64, task string) *Screen {
	return &Screen{console: c, workspace: workspace, id: id, task: task, lines: logs.OfRun(c, workspace, id, time.Time{})}
}

// Name is the screen's name.
func (s *Screen) Name() string { return "run" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return fmt.Sprintf("run %d of %s", s.id, s.workspace) }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) {
	same := state.Snapshot == s.state.Snapshot
	s.state = state
	s.lines.Show(state)
	if !same {
		s.look()
	}
}

// look takes the run from the snapshot. What was known of it stays when newer runs have pushed it out.
func (s *Screen) look() {
	s.recent = false
	for j := range s.jobs() {
		if i := slices.IndexFunc(j.Runs, func(r workspaces.Run) bool { return r.ID == s.id }); i >= 0 {
			s.recent = true
			s.know(&j.Runs[i])
			return
		}
	}
	if s.run != nil {
		s.know(s.run)
	}
}

// jobs are the jobs of the workspace in the snapshot.
func (s *Screen) jobs() iter.Seq[*engine.JobState] {
	w, _ := s.state.Snapshot.Workspace(s.workspace)
	return func(yield func(*engine.JobState) bool) {
		for i := range w.Jobs {
			if !yield(&w.Jobs[i]) {
				return
			}
		}
	}
}

// know takes what is known of the run. The selected attempt stays selected.
func (s *Screen) know(r *workspaces.Run) {
	before := s.selected()
	s.run, s.job = r, nil
	for j := range s.jobs() {
		if j.ID == r.JobID {
			s.job = j
		}
	}
	if s.job != nil && (s.history == nil || !s.history.Is(s.workspace, s.job.ID)) {
		s.history = screen.NewHistory(s.workspace, s.job.ID)
	}
	if before == nil {
		s.begin()
	} else if i := slices.IndexFunc(r.Tasks, func(t workspaces.TaskRun) bool { return t.Key == before.Key && t.Attempt == before.Attempt }); i >= 0 {
		s.cursor = i
	}
	s.move(0)
}

// begin selects where one begins: the newest attempt at the task that was asked for, else what failed first.
func (s *Screen) begin() {
	s.cursor = max(0, firstFailed(s.run))
	for i, t := range s.run.Tasks {
		if s.task != "" && t.Key == s.task {
			s.cursor = i
		}
	}
	s.task = ""
}

func (s *Screen) move(down int) {
	before := s.cursor
	s.cursor = max(0, min(s.cursor+down, len(s.attempts())-1))
	if s.cursor != before {
		s.below = 0
	}
}

func (s *Screen) attempts() []workspaces.TaskRun {
	if s.run == nil {
		return nil
	}
	return s.run.Tasks
}

func (s *Screen) selected() *workspaces.TaskRun {
	if s.cursor >= len(s.attempts()) {
		return nil
	}
	return &s.run.Tasks[s.cursor]
}

// Update takes in what was read, and has read again what may be another.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Entered:
		return tea.Batch(s.find(), s.ask(), s.follow(msg))
	case screen.Changed:
		cmds := []tea.Cmd{s.follow(msg)}
		if s.state.Now.Sub(s.asked) >= again {
			cmds = append(cmds, s.find())
		}
		if slices.ContainsFunc(msg.Events, decisions.Concerns) {
			cmds = append(cmds, s.ask())
		}
		return tea.Batch(cmds...)
	case screen.ShowLogs:
		return nil // for the screen of the whole log
	}
	if s.read.Update(msg) {
		if r, ok := s.read.Value(); ok && r.ID == s.id && !s.recent {
			first := s.run == nil
			s.know(&r)
			if first {
				return s.ask()
			}
		}
		return nil
	}
	if s.raised.Update(msg) {
		if s.stale {
			return s.ask()
		}
		return nil
	}
	if s.history != nil {
		known := len(s.history.Runs(s.newest()))
		if s.history.Update(msg) {
			return s.went(known)
		}
	}
	return s.lines.Update(msg)
}

// again is how long what was read of a run that the snapshot does not have is good.
const again = time.Second

// find reads a run that the snapshot does not have.
func (s *Screen) find() tea.Cmd {
	if s.recent || s.read.Loading() {
		return nil
	}
	s.asked = s.state.Now
	workspace, id := s.workspace, s.id
	return s.read.Load(s.console, func(ctx context.Context, e screen.Engine) (workspaces.Run, error) {
		return e.FindRun(ctx, workspace, id)
	})
}

// follow lets the log lines read, once they were shown.
func (s *Screen) follow(msg tea.Msg) tea.Cmd {
	if !s.reading {
		return nil
	}
	return s.lines.Update(msg)
}

// Close gives up what is being read.
func (s *Screen) Close() {
	s.read.Stop()
	s.raised.Stop()
	s.lines.Close()
	if s.history != nil {
		s.history.Stop()
	}
}

// Wheel selects other attempts, lines or questions.
func (s *Screen) Wheel(lines int) {
	switch s.part {
	case logPart:
		s.lines.Wheel(lines)
	case questionPart:
		s.question += lines
	default:
		s.move(lines)
	}
}

// Typing reports whether a pattern for the log lines is being typed.
func (s *Screen) Typing() bool { return s.part == logPart && s.lines.Typing() }

// Type takes a key for the pattern.
func (s *Screen) Type(k tea.KeyMsg) tea.Cmd { return s.lines.Type(k) }
