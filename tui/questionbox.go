package tui

import (
	"context"
	"fmt"
	"strings"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/decisions"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// hurry is how much time is left when somebody is called for once more.
const hurry = decisions.Hurry

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
		m.dialog = m.wholeDifference(q)
	case key == "l":
		m.questions.putOff(m.now)
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
	for _, l := range wrap(decisions.RaisedBy(q)) {
		head = append(head, t.Faint.Styled(l))
	}
	head = append(head, "")

	foot := append(decisions.Losses(q, inner, t), "")
	yes, no := consequences(q)
	foot = append(foot, wrap("Yes "+yes)...)
	foot = append(foot, wrap("No, or no answer in time: "+no)...)
	foot = append(foot, "", m.countdown(q, inner), m.answerKeys())

	room := max(1, h-2-len(head)-len(foot))
	lines := append(head, m.differences(q, inner, room)...)
	title := "Question"
	waiting := m.questions.waiting()
	if waiting > 1 {
		title = fmt.Sprintf("Question 1 of %d", waiting)
	}
	if later := len(m.questions.open) - waiting; later > 0 {
		title += fmt.Sprintf(" · %d put off", later)
	}
	return widget.Box(title, append(lines, foot...), w, t.Alarm, t)
}

func whatHappens(q workspaces.Question) string {
	if q.Subject == workspaces.RegisterTable {
		return fmt.Sprintf("Register %s in %s again with fewer or other columns? Registered there is version %d.", q.Table, q.Workspace, q.Version)
	}
	return fmt.Sprintf("Overwrite %s in %s? The new data does not fit the table, which is at version %d.", q.Table, q.Workspace, q.Version)
}

func consequences(q workspaces.Question) (yes, no string) {
	if q.Subject == workspaces.RegisterTable {
		return "replaces what is registered; users there lose the missing columns.", "the registration stays as it is."
	}
	return "replaces the whole table by the new data with its columns.", "nothing is saved, the table stays as it is."
}

// wholeDifference is a dialog with all that differs. The time that is left stays in sight.
func (m *model) wholeDifference(q workspaces.Question) screen.Dialog {
	return &pager{
		title: "Difference of " + widget.Clean(q.Table) + " in " + widget.Clean(q.Workspace),
		lines: func(w int) []string {
			return append(append(decisions.Losses(q, w, m.theme), ""), decisions.Columns(q, w, m.theme)...)
		},
		foot: func(w int) string {
			if now, asked := m.questions.current(); !asked || now.ID != q.ID {
				return m.theme.Warn.Styled("! the question is closed")
			}
			return m.countdown(q, w)
		},
	}
}

// differences lists the columns that differ in at most room lines; the last tells how many are not
// there, and of all values how many would go.
func (m *model) differences(q workspaces.Question, w, room int) []string {
	lines := decisions.Columns(q, w, m.theme)
	if len(lines) <= room {
		return lines
	}
	var values int64
	for _, c := range q.Loss.Columns {
		values += c.Values
	}
	more := fmt.Sprintf("  … and %d more columns, in all", len(lines)-room+1)
	return append(lines[:room-1], widget.Spread(more, decisions.LossOfValues(values, m.theme), w))
}

// countdown draws the time that is left.
func (m *model) countdown(q workspaces.Question, w int) string {
	return decisions.Countdown(q, m.now, w, m.theme)
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
