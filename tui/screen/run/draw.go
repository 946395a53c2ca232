package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/decisions"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
)

// Draw returns h lines of at most w cells: what the run is, its attempts over time, and a part of what there is
// to tell about it.
func (s *Screen) Draw(w, h int) []string {
	if h <= 0 {
		return nil
	}
	var out []string
	if s.run == nil {
		out = []string{s.read.Status(fmt.Sprintf("run %d", s.id), s.state)}
	} else {
		out = s.head(w)
		least := h / 3 // of the part below the attempts
		if s.part == logPart {
			least = h / 2
		}
		out = append(out, s.chart(w, h-len(out)-least)...)
		out = append(out, s.rule(w))
		out = append(out, s.drawPart(w, max(1, h-len(out)))...)
	}
	out = out[:min(len(out), h)]
	for i := range out {
		out[i] = widget.Fit(out[i], w)
	}
	return append(out, slices.Repeat([]string{""}, h-len(out))...)
}

// took tells how long something took, or takes, against what is usual, where that is known.
func (s *Screen) took(d, usual time.Duration) string {
	text := widget.Duration(d)
	switch {
	case usual == 0:
	case engine.Late(d, usual):
		text += s.state.Theme.Warn.Styled(" late, usually " + widget.Duration(usual))
	default:
		text += s.state.Theme.Faint.Styled(" usually " + widget.Duration(usual))
	}
	return text
}

// tookInAll is how long the run took, or its newest repair; nothing where that is not known.
func (s *Screen) tookInAll() string {
	from, to := s.run.Since(), s.run.Ended
	if to.IsZero() && !s.run.Status.Ended() {
		to = s.state.Now
	}
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return s.took(to.Sub(from), s.usual(""))
}

// usual is how long a task, or the whole run, usually takes, 0 where that is not known; a repair has no usual time.
func (s *Screen) usual(task string) time.Duration {
	if s.job == nil || task == "" && len(s.run.Repairs) > 0 {
		return 0
	}
	return s.job.Expected.Of(task)
}

// head tells what the run is, what failed first in it, and with which parameters it was started.
func (s *Screen) head(w int) []string {
	t, r := s.state.Theme, s.run
	line := screen.StatusLook(r.Status, t).String() + "  " + widget.Clean(r.Job)
	if took := s.tookInAll(); took != "" {
		line += "  " + took
	}
	for _, p := range r.Repairs {
		line += t.Warn.Styled(fmt.Sprintf(" · repair %d", p.ID) + by(p.By))
	}
	var why []string
	if text := strings.Join(messageLines(r.Status.Message), " "); text != "" {
		const most = 2
		if ansi.StringWidth(line+" · "+text) <= w {
			line += t.Faint.Styled(" · " + text)
		} else {
			why = widget.Wrap(text, w, most)
		}
	}
	reads := s.read.Status(fmt.Sprintf("run %d", s.id), s.state)
	if s.history != nil && reads == "" {
		reads = s.history.Status(s.state)
	}
	if reads != "" {
		line = widget.Spread(line, " "+reads, w)
	}
	out := append([]string{line}, why...)
	if i := firstFailed(r); i >= 0 {
		a := &r.Tasks[i]
		line := t.Alarm.Styled("! first failed ") + t.Strong.Styled(widget.Clean(a.Key))
		if lines := messageLines(a.Status.Message); len(lines) > 0 {
			line += t.Bad.Styled(": " + lines[0][firstCause(lines[0]):])
		}
		out = append(out, line)
	}
	return append(out, s.parameters(w)...)
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + widget.Clean(who)
}

// parameters tells with which parameters, and for which tasks, the run was started.
func (s *Screen) parameters(w int) []string {
	const before, most = "parameters ", 2
	var words []string
	for name, value := range s.run.Parameters {
		words = append(words, widget.Clean(name+"="+value))
	}
	if len(words) == 0 {
		words = []string{"those of the job"}
	}
	slices.Sort(words)
	text := strings.Join(words, " ")
	if len(s.run.Only) > 0 {
		text += " · only " + widget.Clean(strings.Join(s.run.Only, ", "))
	}
	lines := widget.Wrap(text, w-len(before), most)
	for i := range lines {
		if i == 0 {
			lines[i] = s.state.Theme.Faint.Styled(before) + lines[i]
		} else {
			lines[i] = strings.Repeat(" ", len(before)) + lines[i]
		}
	}
	return lines
}

// rule is the line over the part that is shown, with the names of all.
func (s *Screen) rule(w int) string {
	t := s.state.Theme
	all, open := s.questions()
	names := [parts]string{"attempt", "log", "no question"}
	switch {
	case open > 0:
		names[questionPart] = fmt.Sprintf("questions %d, %d open", len(all), open)
	case len(all) == 1:
		names[questionPart] = "question 1"
	case len(all) > 1:
		names[questionPart] = fmt.Sprintf("questions %d", len(all))
	}
	left := ""
	for p, name := range names {
		style := t.Faint
		if p == int(questionPart) && open > 0 {
			style = t.Alarm
		}
		mark := " "
		if part(p) == s.part {
			mark, style = "▸", t.Selected
		}
		left += mark + style.Styled(name) + " "
	}
	right := s.raised.Status("questions", s.state)
	if s.part == logPart {
		what, state := s.lines.Head()
		right = state
		if what != "" {
			left += t.Faint.Styled("· ") + what
		}
	}
	return widget.Rule(strings.TrimRight(left, " "), right, w, t)
}

// drawPart draws the part that is shown.
func (s *Screen) drawPart(w, h int) []string {
	switch s.part {
	case logPart:
		return s.lines.DrawPart(w, h)
	case questionPart:
		return s.drawQuestions(w, h)
	}
	return s.window(s.detail(w), h)
}

// drawQuestions lists the questions that the run has raised.
func (s *Screen) drawQuestions(w, h int) []string {
	t := s.state.Theme
	all, open := s.questions()
	selected := s.selectedQuestion(len(all))
	if selected < 0 {
		return []string{t.Faint.Styled("The run has raised no question.")}
	}
	var out []string
	for i := widget.Scroll(0, selected, selected+1, h, len(all)); i < len(all) && len(out) < h; i++ {
		d := &all[i]
		mark := "  "
		if i == selected {
			mark = "▸ "
		}
		text := decisions.Summary(d, t)
		if i < open {
			text = t.Alarm.Styled("? open      ") + widget.Clean(d.Question.Table) + " in " + widget.Clean(d.Question.Workspace) +
				"  " + decisions.Countdown(d.Question, s.state.Now, 32, t)
		}
		out = append(out, mark+widget.Fit(text, w-len("  ")))
	}
	return out
}

// window shows as much of a detail as there is room for, below its title, and says what is beyond.
func (s *Screen) window(detail []string, room int) []string {
	const title = 1
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
