package tui

import (
	"fmt"
	"strings"
	"time"

	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
)

// The smallest screen that the console fits on, in cells.
const (
	leastWidth  = 80
	leastHeight = 24
)

// headerLines stand above the screen in front, footerLines below it.
const (
	headerLines = 1
	footerLines = 2
)

// draw makes the frame: exactly height lines of at most width cells.
func (m *model) draw() {
	w, h := m.width, m.height
	if w <= 0 || h <= 0 {
		return
	}
	lines := fill(m.lines(w, h), h)
	for i := range lines {
		lines[i] = widget.Fit(lines[i], w)
	}
	m.frame = strings.Join(lines, "\n")
}

// fill makes lines exactly h.
func fill(lines []string, h int) []string {
	lines = lines[:min(len(lines), h)]
	for len(lines) < h {
		lines = append(lines, "")
	}
	return lines
}

func (m *model) lines(w, h int) []string {
	if w < leastWidth || h < leastHeight {
		text := fmt.Sprintf("featops needs a terminal of at least %d×%d; this one has %d×%d.", leastWidth, leastHeight, w, h)
		if n := len(m.questions.open); n > 0 {
			text += " " + m.reminder()
		}
		return widget.Wrap(text, w, h)
	}
	s := m.front()
	s.Show(m.state())
	room := h - headerLines - footerLines
	lines := append([]string{m.header(w)}, fill(s.Draw(w, room), room)...)
	lines = append(lines, m.status(w))
	q, asked := m.questions.current()
	switch {
	case m.dialog != nil:
		return widget.Over(append(lines, ""), m.dialog.Draw(w, h, m.theme), w, h, m.theme)
	case asked:
		return widget.Over(append(lines, ""), m.questionBox(q, w, h), w, h, m.theme)
	}
	right := m.worker()
	if right == "" {
		return append(lines, m.keyLine(w))
	}
	right = " " + right
	return append(lines, widget.Spread(m.keyLine(w-ansi.StringWidth(right)), right, w))
}

// header tells where one is: the environment, the screens that esc goes back through, the home.
func (m *model) header(w int) string {
	t := m.theme
	left := t.Title.Styled("featops") + " · " + t.Strong.Styled(widget.Clean(m.snapshot.Env))
	for i, title := range m.trail() {
		between := " · "
		if i > 0 {
			between = " › "
		}
		left += between + widget.Clean(title)
	}
	if m.options.ReadOnly != "" {
		left += " · " + t.Alarm.Styled(widget.Clean(m.options.ReadOnly))
	}
	left += t.Faint.Styled(" · " + widget.Clean(m.snapshot.Home))
	return widget.Spread(left, " "+m.now.Format(time.DateTime), w)
}

// reminder tells of open questions that are not on the screen.
func (m *model) reminder() string {
	n := len(m.questions.open)
	text := fmt.Sprintf("%d questions open", n)
	if n == 1 {
		text = "1 question open"
	}
	if t := m.questions.nearest(); !t.IsZero() {
		text += ", " + widget.Clock(t.Sub(m.now)) + " left"
	}
	if m.options.ReadOnly != "" {
		return text
	}
	return text + ": " + m.keys.first("answer") + " to answer"
}

// status tells what needs a person, what is under way, and what went wrong.
func (m *model) status(w int) string {
	t := m.theme
	var parts []string
	if len(m.questions.open) > 0 && m.questions.shown == "" {
		parts = append(parts, t.Alarm.Styled("? "+m.reminder()))
	}
	if m.leaving {
		parts = append(parts, t.Alarm.Styled(m.leavingWords()))
	}
	for _, work := range m.works {
		what := widget.Clean(work.what)
		if work.ended.IsZero() {
			parts = append(parts, t.Busy.Styled(widget.Spinner(m.now)+" "+what+m.progress(work)))
		} else {
			parts = append(parts, t.Good.Styled("✓ "+what))
		}
	}
	if m.notice != "" {
		parts = append(parts, t.Warn.Styled("! "+widget.Clean(m.notice)))
	}
	if m.failure != "" {
		parts = append(parts, t.Bad.Styled("✗ "+widget.Clean(m.failure)))
	}
	return widget.Fit(strings.Join(parts, "  "), w)
}

// leavingWords tells what the console waits for before it ends.
func (m *model) leavingWords() string {
	what := "1 has"
	if n := len(m.wouldEnd()); n != 1 {
		what = fmt.Sprintf("%d have", n)
	}
	return fmt.Sprintf("quits when %s ended, %s stays", what, m.keys.first("back"))
}

// keyLine shows the keys that do something now, as many as there is room for: help and quit, then those
// of the screen. A dialog shows its own.
func (m *model) keyLine(w int) string {
	line := ""
	if m.typing() {
		return line // keys are text
	}
	for _, a := range append(m.actions(), m.front().Actions()...) {
		key := m.keys.first(a.Name)
		if !a.Short || key == "" || m.disabled(a) != "" {
			continue
		}
		next := keyHelp(key, a.Help, m.theme)
		if line != "" {
			next = line + "  " + next
		}
		if ansi.StringWidth(next) > w {
			break
		}
		line = next
	}
	return line
}
