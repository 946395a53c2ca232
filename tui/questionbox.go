package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"featops/engine"
	"featops/features/schema"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// hurry is how much time is left when the countdown turns red.
const hurry = 30 * time.Second

// questionKey takes a key for the question on the screen. Only its own keys do anything; Enter is
// none of them, and no configuration changes them.
func (m *model) questionKey(k tea.KeyMsg) tea.Cmd {
	if !m.questions.listens(m.now) {
		return nil
	}
	answers := m.options.ReadOnly == ""
	switch key := k.String(); {
	case key == "y" && answers:
		return m.answer(true)
	case key == "n" && answers:
		return m.answer(false)
	case key == "d":
		q, _ := m.questions.current()
		m.dialog = &pager{
			title: "Difference of " + widget.Clean(q.Table) + " in " + widget.Clean(q.Workspace),
			lines: func(w int) []string { return m.difference(q, w) },
		}
	case key == "l":
		m.questions.putOff()
	}
	return nil
}

// answer answers the question on the screen.
func (m *model) answer(yes bool) tea.Cmd {
	q, _ := m.questions.current()
	m.questions.answer(q.ID, m.now)
	word := "no"
	if yes {
		word = "yes"
	}
	w := work{what: fmt.Sprintf("answer %s for %s", word, q.Table), question: q.ID}
	return m.start(w, func(ctx context.Context, e Engine) (string, error) {
		_, err := e.Do(ctx, engine.AnswerQuestion{Question: q.ID, Yes: yes, Who: m.options.User})
		return "", err
	})
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

	foot := append(m.losses(q, inner), "")
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

// losses tells how many rows would go, and who is affected.
func (m *model) losses(q workspaces.Question, w int) []string {
	var lines []string
	if q.Subject == workspaces.SaveTable {
		lines = append(lines, m.lossOfRows(q.Loss.Rows))
	}
	return append(lines, widget.Wrap(widget.Clean(registeredIn(q)), w, 3)...)
}

// difference is all that differs.
func (m *model) difference(q workspaces.Question, w int) []string {
	return append(append(m.losses(q, w), ""), m.columns(q, w)...)
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

// columns lists the columns that differ, those that lose something first.
func (m *model) columns(q workspaces.Question, w int) []string {
	lost := map[string]int64{}
	for _, c := range q.Loss.Columns {
		lost[c.Column] = c.Values
	}
	var lines []string
	add := func(kind, column string, what schema.Type) {
		left := fmt.Sprintf("  %-8s %s ", kind, widget.Clean(column)) + m.theme.Faint.Styled(widget.Clean(string(what)))
		right := ""
		if n, loses := lost[column]; loses {
			right = m.lossOfValues(n)
		}
		lines = append(lines, widget.Spread(left, right, w))
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
	return lines
}

// differences lists the columns that differ in at most room lines; the last tells how many are not
// there, and of all values how many would go.
func (m *model) differences(q workspaces.Question, w, room int) []string {
	lines := m.columns(q, w)
	if len(lines) <= room {
		return lines
	}
	var values int64
	for _, c := range q.Loss.Columns {
		values += c.Values
	}
	more := fmt.Sprintf("  … and %d more columns, in all", len(lines)-room+1)
	return append(lines[:room-1], widget.Spread(more, m.lossOfValues(values), w))
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
	keys := []string{keyHelp("y", "yes", m.theme), keyHelp("n", "no", m.theme)}
	if m.options.ReadOnly != "" {
		keys = []string{m.theme.Alarm.Styled("read only: answer where featops runs")}
	}
	keys = append(keys, keyHelp("d", "difference", m.theme), keyHelp("l", "later", m.theme))
	line := strings.Join(keys, "   ")
	if !m.questions.listens(m.now) {
		return m.theme.Faint.Styled(ansi.Strip(line) + "   (in a moment)")
	}
	return line
}
