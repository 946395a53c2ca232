package tui

import (
	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

// typed takes keys. Bubble Tea puts letters that come together into one message; each is a key. Pasted
// text is no key, and goes where text is typed.
func (m *model) typed(k tea.KeyMsg) tea.Cmd {
	if k.Type != tea.KeyRunes || len(k.Runes) < 2 && !k.Paste {
		return m.key(k)
	}
	var cmds []tea.Cmd
	for _, r := range k.Runes {
		if k.Paste && !m.typing() {
			break
		}
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}))
	}
	return tea.Batch(cmds...)
}

// typing reports whether keys are text now.
func (m *model) typing() bool {
	if m.dialog != nil {
		return takesText(m.dialog)
	}
	_, asked := m.questions.current()
	t, ok := m.front().(screen.Typist)
	return !asked && ok && t.Typing()
}

// takesText reports whether text is typed in a dialog.
func takesText(d screen.Dialog) bool {
	t, ok := d.(interface{ Typing() bool })
	return ok && t.Typing()
}

func (m *model) key(k tea.KeyMsg) tea.Cmd {
	_, asked := m.questions.current()
	switch {
	case m.dialog != nil:
		return m.dialogKey(k)
	case k.Type == tea.KeyCtrlC:
		return m.quit()
	case asked:
		return m.questionKey(k)
	case m.typing():
		m.front().Show(m.state())
		return m.front().(screen.Typist).Type(k)
	}
	m.notice = ""
	name, ok := m.keys.action(m.front().Name(), k.String())
	if !ok {
		return nil
	}
	for _, a := range m.available() {
		if a.Name == name {
			return m.act(a)
		}
	}
	return nil
}

// dialogKey gives a key to the dialog. One that it opens in its own place stays.
func (m *model) dialogKey(k tea.KeyMsg) tea.Cmd {
	d := m.dialog
	closed, cmd := d.Key(k)
	if closed {
		if m.dialog == d {
			m.dialog = nil
		}
		m.questions.since = m.now // a question under it comes to the eye only now
	}
	return cmd
}

// wheelLines is how far one step of the mouse's wheel goes.
const wheelLines = 3

// pointed takes what the mouse did, and reports whether it did anything.
func (m *model) pointed(e tea.MouseMsg) bool {
	if _, asked := m.questions.current(); asked || m.dialog != nil {
		return false
	}
	s := m.front()
	wheeled, wheels := s.(screen.Wheeled)
	clicked, clicks := s.(screen.Clicked)
	switch {
	case e.Button == tea.MouseButtonWheelUp && wheels:
		wheeled.Wheel(-wheelLines)
	case e.Button == tea.MouseButtonWheelDown && wheels:
		wheeled.Wheel(wheelLines)
	case e.Button == tea.MouseButtonLeft && e.Action == tea.MouseActionPress && clicks:
		clicked.Click(e.X, e.Y-headerLines)
	default:
		return false
	}
	return true
}
