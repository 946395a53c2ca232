package tui

import (
	"fmt"
	"slices"
	"strings"

	"featops/engine/config"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// call calls for somebody to answer questions.
func (m *model) call(qs []workspaces.Question) tea.Cmd {
	if len(qs) == 0 {
		return nil
	}
	q := qs[0]
	text := fmt.Sprintf("a question about %s in %s", widget.Clean(q.Table), widget.Clean(q.Workspace))
	if len(qs) > 1 {
		text = fmt.Sprintf("%d questions", len(qs))
	}
	if !q.Deadline.IsZero() {
		text += ", " + widget.Clock(q.Deadline.Sub(m.now)) + " left"
	}
	var out strings.Builder
	if slices.Contains(m.options.Notify, config.OSC9) {
		out.WriteString(ansi.Notify("featops: " + text))
	}
	if slices.Contains(m.options.Notify, config.OSC777) {
		out.WriteString("\x1b]777;notify;featops;" + strings.ReplaceAll(text, ";", ",") + "\x07")
	}
	if slices.Contains(m.options.Notify, config.Bell) {
		out.WriteString("\a")
	}
	return m.write(out.String())
}

// hurry calls once more when little time is left.
func (m *model) hurry() tea.Cmd { return m.call(m.questions.pressing(m.now)) }
