package tui

import (
	"fmt"
	"strings"
	"time"

	"featops/tui/screen/overview"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
)

// The smallest screen that the console fits on, in cells.
const (
	leastWidth  = 80
	leastHeight = 24
)

func (m *model) state() overview.State {
	return overview.State{Snapshot: m.snapshot, Now: m.now, Failed: m.failed}
}

// draw makes the frame: exactly height lines of at most width cells.
func (m *model) draw() {
	w, h := m.width, m.height
	if w <= 0 || h <= 0 {
		return
	}
	lines := m.lines(w, h)
	if len(lines) > h {
		lines = lines[:h]
	}
	for len(lines) < h {
		lines = append(lines, "")
	}
	for i := range lines {
		lines[i] = widget.Fit(lines[i], w)
	}
	m.frame = strings.Join(lines, "\n")
}

func (m *model) lines(w, h int) []string {
	if w < leastWidth || h < leastHeight {
		text := fmt.Sprintf("featops needs a terminal of at least %d×%d; this one has %d×%d.", leastWidth, leastHeight, w, h)
		if n := len(m.questions.open); n > 0 {
			text += " " + m.reminder()
		}
		return widget.Wrap(text, w, h)
	}
	m.screen.Show(m.state())
	screen := append([]string{m.header(w)}, m.screen.Draw(w, h-3)...)
	screen = append(screen, m.status(w))
	q, asked := m.questions.current()
	switch {
	case m.dialog != nil:
		return widget.Over(append(screen, ""), m.dialog.draw(w, h, m.theme), w, h, m.theme)
	case asked:
		return widget.Over(append(screen, ""), m.questionBox(q, w, h), w, h, m.theme)
	}
	return append(screen, m.keyLine(w))
}

func (m *model) header(w int) string {
	left := m.theme.Title.Styled("featops") + " · " + m.theme.Strong.Styled(widget.Clean(m.snapshot.Env)) +
		m.theme.Faint.Styled(" · "+widget.Clean(m.snapshot.Home))
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
	return text + ": " + m.keys.Answer.Help().Key + " to answer"
}

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

// status tells what needs a person, what is under way, and what went wrong.
func (m *model) status(w int) string {
	t := m.theme
	var parts []string
	if len(m.questions.open) > 0 && m.questions.shown == "" {
		parts = append(parts, t.Alarm.Styled("? "+m.reminder()))
	}
	frames := []rune(spinner)
	for _, a := range m.actions {
		if a.ended.IsZero() {
			frame := frames[int(m.now.UnixMilli()/heartbeat.Milliseconds())%len(frames)]
			parts = append(parts, t.Busy.Styled(string(frame)+" "+a.what))
		} else {
			parts = append(parts, t.Good.Styled("✓ "+a.what))
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

// keyLine shows the keys that do something now, as many as there is room for. A dialog shows its own.
func (m *model) keyLine(w int) string {
	line := ""
	for _, k := range m.keys.short() {
		if m.disabled(k) != "" {
			continue
		}
		next := keyHelp(k, m.theme)
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
