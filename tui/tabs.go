package tui

import (
	"slices"

	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

// tab is a screen of the number keys and the screens that were opened over it, the last in front. It
// keeps all of them while another tab is in front.
type tab []screen.Screen

// base is the screen of the number key.
func (t tab) base() screen.Screen { return t[0] }

// front is the screen that gets keys.
func (m *model) front() screen.Screen {
	t := m.tabs[m.tab]
	return t[len(t)-1]
}

// enter tells the screen in front that it is.
func (m *model) enter() tea.Cmd {
	s := m.front()
	s.Show(m.state())
	return s.Update(screen.Entered{})
}

// broadcast gives a message to every open screen.
func (m *model) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, t := range m.tabs {
		for _, s := range t {
			s.Show(m.state())
			cmds = append(cmds, s.Update(msg))
		}
	}
	return tea.Batch(cmds...)
}

// Open puts a screen over the one in front.
func (m *model) Open(s screen.Screen) tea.Cmd {
	m.tabs[m.tab] = append(m.tabs[m.tab], s)
	return m.enter()
}

// Go brings a screen of the number keys to the front, with what was opened over it.
func (m *model) Go(name string) tea.Cmd {
	i := slices.IndexFunc(m.tabs, func(t tab) bool { return t.base().Name() == name })
	if i < 0 || i == m.tab {
		return nil
	}
	m.tab = i
	return m.enter()
}

// back clears the message in the footer, or closes the screen in front.
func (m *model) back() tea.Cmd {
	switch t := m.tabs[m.tab]; {
	case m.leaving:
		m.leaving = false
	case m.failure != "":
		m.failure = ""
	case len(t) > 1:
		if s, ok := m.front().(screen.Closer); ok {
			s.Close()
		}
		m.tabs[m.tab] = t[:len(t)-1]
		return m.enter()
	}
	return nil
}

func (m *model) cannotGoBack() string {
	if !m.leaving && m.failure == "" && len(m.tabs[m.tab]) == 1 {
		return "there is no message and nothing to go back to"
	}
	return ""
}

// trail names the screens that esc goes back through, the one in front last.
func (m *model) trail() []string {
	var names []string
	for _, s := range m.tabs[m.tab] {
		names = append(names, s.Title())
	}
	return names
}
