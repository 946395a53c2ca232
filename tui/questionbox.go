package tui

import (
	"fmt"
	"strings"
	"time"

	"featops/features/schema"
	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// hurry is how much time is left when the countdown turns red.
const hurry = 30 * time.Second

// questionKeys are the keys of the dialog.
func (m *model) questionKeys() []key.Binding {
	return []key.Binding{m.keys.Yes, m.keys.No, m.keys.Later}
}

// questionBox draws a question: what would happen to which table, what differs, what would be lost,
// what each answer does, and how long there is to give one.
func (m *model) questionBox(q workspaces.Question, w, h int) []string {
	t := m.theme
	w = min(w-4, 100)
	inner := w - 4
	wrap := func(text string) []string { return widget.Wrap(widget.Clean(text), inner, 3) }

	var head []string
	for _, l := range wrap(whatHappens(q)) {
		head = append(head, t.Strong.Styled(l))
	}
	head = append(head, "")

	var foot []string
	if q.Subject == workspaces.SaveTable {
		foot = append(foot, m.lossOfRows(q.Loss.Rows))
	}
	foot = append(foot, wrap(registeredIn(q))...)
	foot = append(foot, "")
	yes, no := consequences(q)
	foot = append(foot, wrap("Yes "+yes)...)
	foot = append(foot, wrap("No, or no answer in time: "+no)...)
	foot = append(foot, "", m.countdown(q, inner), m.answerKeys())

	room := max(1, h-2-len(head)-len(foot))
	lines := append(head, m.differences(q, inner, room)...)
	title := "Question"
	if n := len(m.questions.open); n > 1 {
		title = fmt.Sprintf("Question 1 of %d", n)
	}
	return widget.Box(title, append(lines, foot...), w, t.Alarm, t)
}

func whatHappens(q workspaces.Question) string {
	if q.Subject == workspaces.RegisterTable {
		return fmt.Sprintf("Register %s in %s again with fewer or other columns? Registered there is version %d.", q.Table, q.Workspace, q.Version)
	}
	return fmt.Sprintf("Overwrite %s in %s? The new data does not fit the table, which is at version %d.", q.Table, q.Workspace, q.Version)
}

func registeredIn(q workspaces.Question) string {
	if len(q.RegisteredIn) == 0 {
		return "Registered in no other workspace."
	}
	return "Registered in: " + strings.Join(q.RegisteredIn, ", ")
}

func consequences(q workspaces.Question) (yes, no string) {
	if q.Subject == workspaces.RegisterTable {
		return "replaces what is registered; users there lose the missing columns.", "the registration stays as it is."
	}
	return "replaces the whole table by the new data with its columns.", "nothing is saved, the table stays as it is."
}

func (m *model) lossOfRows(n int64) string {
	if n == 0 {
		return m.theme.Faint.Styled("No row would go: all rows of the table are in the new data.")
	}
	return m.theme.Bad.Styled(fmt.Sprintf("%s rows would go: they are in the table and not in the new data.", humanize.Comma(n)))
}

func (m *model) lossOfValues(n int64) string {
	if n == 0 {
		return m.theme.Faint.Styled(" no value lost")
	}
	return m.theme.Bad.Styled(fmt.Sprintf(" %s values lost", humanize.Comma(n)))
}

// differences lists the columns that differ, those that lose something first, in at most room lines.
func (m *model) differences(q workspaces.Question, w, room int) []string {
	lost := map[string]int64{}
	for _, c := range q.Loss.Columns {
		lost[c.Column] = c.Values
	}
	var lines []string
	var values []int64
	add := func(kind, column string, what schema.Type) {
		left := fmt.Sprintf("  %-8s %s ", kind, widget.Clean(column)) + m.theme.Faint.Styled(widget.Clean(string(what)))
		right := ""
		n, loses := lost[column]
		if loses {
			right = m.lossOfValues(n)
		}
		lines, values = append(lines, widget.Spread(left, right, w)), append(values, n)
	}
	d := q.Difference
	for _, c := range d.Missing {
		add("missing", c.Name, c.Type)
	}
	for _, c := range d.Changed {
		add("changed", c.Column, c.Expected+" → "+c.Found)
	}
	for _, c := range d.Widened {
		add("widened", c.Column, c.Expected+" → "+c.Found)
	}
	for _, c := range d.New {
		add("new", c.Name, c.Type)
	}
	if len(lines) <= room {
		return lines
	}
	shown := room - 1
	rest := int64(0)
	for _, n := range values[shown:] {
		rest += n
	}
	more := fmt.Sprintf("  … and %d more columns", len(lines)-shown)
	return append(lines[:shown], widget.Spread(more, m.lossOfValues(rest), w))
}

// countdown draws the time that is left. The engine holds the deadline; this is only its picture.
func (m *model) countdown(q workspaces.Question, w int) string {
	if q.Deadline.IsZero() {
		return m.theme.Faint.Styled("no deadline")
	}
	left := max(0, q.Deadline.Sub(m.now))
	style := m.theme.Alarm
	if left <= hurry {
		style = m.theme.Bad
	}
	text := " " + widget.Clock(left) + " left"
	share := float64(left) / float64(max(1, q.Deadline.Sub(q.Asked)))
	return style.Styled(widget.Bar(share, w-len(text)) + text)
}

func (m *model) answerKeys() string {
	var parts []string
	for _, k := range m.questionKeys() {
		parts = append(parts, keyHelp(k, m.theme))
	}
	line := strings.Join(parts, "   ")
	if !m.questions.listens(m.now) {
		return m.theme.Faint.Styled(ansi.Strip(line) + "   (in a moment)")
	}
	return line
}
