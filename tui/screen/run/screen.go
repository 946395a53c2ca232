// Package run is the screen of one run: its attempts over time, how long they took against what is usual,
// and what the selected one saved or why it failed.
package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen is the screen of a run that the snapshot has.
type Screen struct {
	console   screen.Console
	state     screen.State
	workspace string
	id        int64
	job       *engine.JobState // of the newest snapshot, nil when that has no such run
	run       *workspaces.Run
	cursor    int // the selected attempt
	task      string
	top       int // the first attempt shown
}

// New returns a screen of a run, at the newest attempt at a task, or, without one, at the first.
func New(c screen.Console, workspace string, id int64, task string) *Screen {
	return &Screen{console: c, workspace: workspace, id: id, task: task}
}

// Name is the screen's name.
func (s *Screen) Name() string { return "run" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return fmt.Sprintf("run %d of %s", s.id, s.workspace) }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) {
	same := state.Snapshot == s.state.Snapshot
	s.state = state
	if same {
		return
	}
	s.job, s.run = nil, nil
	w, _ := state.Snapshot.Workspace(s.workspace)
	for i := range w.Jobs {
		for k := range w.Jobs[i].Runs {
			if w.Jobs[i].Runs[k].ID == s.id {
				s.job, s.run = &w.Jobs[i], &w.Jobs[i].Runs[k]
			}
		}
	}
	if s.run == nil {
		return
	}
	for i, t := range s.run.Tasks {
		if s.task != "" && t.Key == s.task {
			s.cursor = i
		}
	}
	s.task = ""
	s.move(0)
}

func (s *Screen) move(down int) { s.cursor = max(0, min(s.cursor+down, len(s.attempts())-1)) }

func (s *Screen) attempts() []workspaces.TaskRun {
	if s.run == nil {
		return nil
	}
	return s.run.Tasks
}

func (s *Screen) selected() *workspaces.TaskRun {
	if len(s.attempts()) == 0 {
		return nil
	}
	return &s.run.Tasks[s.cursor]
}

// Update has nothing to take: all comes with the snapshot.
func (s *Screen) Update(tea.Msg) tea.Cmd { return nil }

// Wheel selects other attempts.
func (s *Screen) Wheel(lines int) { s.move(lines) }

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	move := func(by int) func() tea.Cmd { return func() tea.Cmd { s.move(by); return nil } }
	return []screen.Action{
		{Name: "cancel", Help: "cancel run", Group: screen.Doing, Keys: []string{"c"}, Short: true, Changes: true,
			Disabled: s.cannotCancel, Ask: func() screen.Question { return screen.Cancel(s.console, s.run) }},
		{Name: "repair", Help: "repair run", Group: screen.Doing, Keys: []string{"R"}, Short: true, Changes: true,
			Disabled: s.cannotRepair, Ask: func() screen.Question { return screen.Repair(s.console, s.job.Job, s.run, nil) }},
		{Name: "run-again", Help: "run job again, same parameters", Group: screen.Doing, Keys: []string{"A"}, Short: true, Changes: true,
			Disabled: s.cannotRun, Ask: func() screen.Question {
				return screen.Start(s.console, s.workspace, s.job, s.run.Parameters, s.run.Only)
			}},
		{Name: "show-logs", Help: "show its log lines", Group: screen.Doing, Keys: []string{"L"}, Short: true, Do: func() tea.Cmd {
			return screen.Ask(s.console, screen.ShowLogs{Workspace: s.workspace, Run: fmt.Sprint(s.id)})
		}},
		{Name: "copy", Help: "copy the error", Group: screen.Lists, Keys: []string{"ctrl+y"}, Disabled: s.noError,
			Do: func() tea.Cmd { return s.console.Copy("the error", s.selected().Status.Message) }},
		{Name: "up", Help: "attempt up", Group: screen.Move, Keys: []string{"up", "k"}, Do: move(-1)},
		{Name: "down", Help: "attempt down", Group: screen.Move, Keys: []string{"down", "j"}, Do: move(1)},
	}
}

func (s *Screen) gone() string {
	if s.run == nil {
		return fmt.Sprintf("run %d is none of the newest", s.id)
	}
	return ""
}

func (s *Screen) cannotCancel() string {
	if s.run != nil && s.run.Status.Ended() {
		return fmt.Sprintf("run %d has ended", s.id)
	}
	return s.gone()
}

func (s *Screen) cannotRepair() string {
	if s.run == nil {
		return s.gone()
	}
	return screen.CannotRepair(s.job.Job, s.run, nil)
}

func (s *Screen) cannotRun() string {
	if s.run == nil {
		return s.gone()
	}
	return screen.CannotStart(s.job)
}

func (s *Screen) noError() string {
	if t := s.selected(); t == nil || t.Status.Message == "" {
		return "the attempt has no error"
	}
	return ""
}

// Draw returns h lines of at most w cells.
func (s *Screen) Draw(w, h int) []string {
	if h <= 0 {
		return nil
	}
	var out []string
	if s.run == nil {
		out = []string{s.state.Theme.Warn.Styled("! " + s.gone())}
	} else {
		out = append(s.head(), s.chart(w, max(1, h*3/5-3))...)
		out = append(out, s.detail(w)...)
	}
	out = out[:min(len(out), h)]
	for i := range out {
		out[i] = widget.Fit(out[i], w)
	}
	return append(out, slices.Repeat([]string{""}, h-len(out))...)
}

func (s *Screen) took(from, to time.Time, usual time.Duration) string {
	if from.IsZero() {
		return ""
	}
	running := to.IsZero()
	if running {
		to = s.state.Now
	}
	text := widget.Duration(to.Sub(from))
	switch {
	case usual == 0:
	case engine.Late(to.Sub(from), usual):
		text += s.state.Theme.Warn.Styled(" late, usually " + widget.Duration(usual))
	default:
		text += s.state.Theme.Faint.Styled(" usually " + widget.Duration(usual))
	}
	return text
}

func (s *Screen) head() []string {
	t, r := s.state.Theme, s.run
	line := screen.StatusLook(r.Status, t).String() + "  " + widget.Clean(r.Job) + "  " + s.took(r.Since(), r.Ended, s.usual(""))
	for _, p := range r.Repairs {
		line += t.Warn.Styled(fmt.Sprintf(" · repair %d by %s", p.ID, widget.Clean(p.By)))
	}
	var names []string
	for name, value := range r.Parameters {
		names = append(names, name+"="+value)
	}
	slices.Sort(names)
	return []string{line, t.Faint.Styled("parameters ") + widget.Clean(strings.Join(append(names, ""), " "))}
}

// usual is how long a task, or the whole run, usually takes; a repair has no usual time.
func (s *Screen) usual(task string) time.Duration {
	if task == "" && len(s.run.Repairs) > 0 {
		return 0
	}
	return s.job.Expected.Of(task)
}

func (s *Screen) span(t *workspaces.TaskRun) widget.Stretch {
	end := t.Ended
	if end.IsZero() {
		end = s.state.Now
	}
	return widget.Stretch{From: t.Started, To: end}
}

// chart draws the attempts on one axis of time, with the time that the run waited in the queue.
func (s *Screen) chart(w, rows int) []string {
	t := s.state.Theme
	var all []widget.Stretch
	var queue []widget.Segment
	if r := s.run; !r.Queued.IsZero() && r.Started.After(r.Queued) {
		waited := widget.Stretch{From: r.Queued, To: r.Started}
		all = append(all, waited)
		queue = []widget.Segment{{Stretch: waited, Fill: '·', Style: t.Waiting}}
	}
	for i := range s.run.Tasks {
		if !s.run.Tasks[i].Started.IsZero() {
			all = append(all, s.span(&s.run.Tasks[i]))
		}
	}
	name := min(26, w/3)
	before := name + 19
	axis := widget.NewAxis(w-before, all...)
	out := []string{strings.Repeat(" ", max(0, before)) + axis.Draw(s.state.Now.Location(), t)}
	s.top = widget.Scroll(s.top, s.cursor, s.cursor+1, rows, len(s.run.Tasks))
	for i := s.top; i < min(s.top+rows, len(s.run.Tasks)); i++ {
		a := &s.run.Tasks[i]
		label, mark := widget.Clean(a.Key), "  "
		if a.Attempt > 0 {
			label += fmt.Sprintf(" #%d", a.Attempt)
		}
		label = widget.Pad(label, name)
		if i == s.cursor {
			mark, label = "▸ ", t.Selected.Styled(label)
		}
		look := screen.StatusLook(a.Status, t)
		segments := slices.Clone(queue)
		if !a.Started.IsZero() {
			segments = append(segments, widget.Segment{Stretch: s.span(a), Fill: '█', Last: []rune(look.Glyph)[0], Style: look.Style})
		}
		out = append(out, mark+label+" "+widget.Pad(look.String(), 15)+" "+axis.Row(segments, nil, t))
	}
	return out
}

// detail tells of the selected attempt.
func (s *Screen) detail(w int) []string {
	a, t := s.selected(), s.state.Theme
	if a == nil {
		return widget.Wrap(widget.Clean(s.run.Status.Message), w, 20)
	}
	title := fmt.Sprintf("%s, attempt %d", widget.Clean(a.Key), a.Attempt)
	out := []string{"", widget.Rule(t.Strong.Styled(title), s.took(a.Started, a.Ended, s.usual(a.Key)), w, t)}
	if !a.RetryAt.IsZero() {
		out = append(out, t.Warn.Styled("again in "+widget.Seconds(max(0, a.RetryAt.Sub(s.state.Now)))))
	}
	if b := a.Build; b != nil {
		out = append(out, widget.Clean(b.String()))
		for _, warning := range b.Warnings {
			out = append(out, t.Warn.Styled("! "+widget.Clean(warning.String())))
		}
	}
	if p := a.Progress; p != nil && !a.Status.Ended() {
		out = append(out, screen.Progress(*p))
	}
	for _, l := range widget.Wrap(widget.Clean(a.Status.Message), w, 100) {
		if a.Status.Failed() {
			l = t.Bad.Styled(l)
		}
		out = append(out, l)
	}
	return out
}
