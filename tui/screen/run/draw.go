package run

import (
	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"
	"fmt"
	"slices"
	"strings"
	"time"
)

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
		out = append(out, s.window(s.detail(w), h-len(out))...)
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
		by := ""
		if p.By != "" {
			by = " by " + widget.Clean(p.By)
		}
		line += t.Warn.Styled(fmt.Sprintf(" · repair %d%s", p.ID, by))
	}
	var names []string
	for name, value := range r.Parameters {
		names = append(names, name+"="+value)
	}
	if len(names) == 0 {
		names = []string{"those of the job"}
	}
	slices.Sort(names)
	return []string{line, t.Faint.Styled("parameters ") + widget.Clean(strings.Join(names, " "))}
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

// window shows as much of a detail as there is room for, below its title, and says what is beyond.
func (s *Screen) window(detail []string, room int) []string {
	const title = 2 // an empty line and the title stay
	if room <= title || len(detail) <= room {
		s.below = 0
		return detail[:min(len(detail), max(0, room))]
	}
	s.below = min(s.below, len(detail)-room)
	shown := append(slices.Clone(detail[:title]), detail[title+s.below:room+s.below]...)
	if rest := len(detail) - room - s.below; rest > 0 {
		shown[room-1] = s.state.Theme.Warn.Styled(fmt.Sprintf("↓ %d more lines, pgdown", rest+1))
	}
	return shown
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
		if !strings.HasPrefix(a.Status.Message, b.String()) { // which tells it too
			out = append(out, widget.Clean(b.String()))
		}
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
