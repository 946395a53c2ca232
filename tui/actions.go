package tui

import (
	"slices"
	"strconv"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/trainingset"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// actions lists what can be done on every screen.
func (m *model) actions() []screen.Action {
	do := func(f func()) func() tea.Cmd {
		return func() tea.Cmd { f(); return nil }
	}
	out := []screen.Action{
		{Name: "help", Help: "help", Group: screen.General, Keys: []string{"?"}, Short: true, Do: do(m.help)},
		{Name: "quit", Help: "quit", Group: screen.General, Keys: []string{"q", "ctrl+c"}, Short: true, Do: m.quit},
		{Name: "palette", Help: "all actions", Group: screen.General, Keys: []string{":", "ctrl+p"}, Short: true, Do: do(m.openPalette)},
		{Name: "back", Help: "clear message, go back", Group: screen.General, Keys: []string{"esc"}, Disabled: m.cannotGoBack, Do: m.back},
		{Name: "poll", Help: "poll now", Group: screen.Doing, Keys: []string{"p"}, Short: true, Disabled: m.cannotPoll, Do: m.poll},
		{Name: "answer", Help: "answer question", Group: screen.Doing, Keys: []string{"a"},
			Disabled: func() string {
				if len(m.questions.open) == 0 {
					return "no question is open"
				}
				return ""
			}, Do: do(func() { m.questions.recall(m.now) })},
		trainingset.Action(nil, func() tea.Cmd { return trainingset.Open(m, nil) }),
		{Name: "suspend", Help: "back to the shell, until fg", Group: screen.General, Keys: []string{"ctrl+z"}, Do: func() tea.Cmd { return tea.Suspend }},
		{Name: "mouse", Help: "mouse on or off (off, text can be selected)", Group: screen.General, Do: m.toggleMouse},
	}
	for _, name := range widget.ThemeNames() {
		out = append(out, screen.Action{Name: "theme-" + name, Help: name + " theme", Group: screen.General,
			Disabled: func() string {
				if m.themeName == name {
					return "it is in use"
				}
				return ""
			}, Do: do(func() { m.setTheme(name) })})
	}
	for i, t := range m.tabs {
		name := t.base().Name()
		out = append(out, screen.Action{Name: name, Help: name + " screen", Group: screen.General, Keys: []string{strconv.Itoa(i + 1)},
			Disabled: func() string {
				if m.tab == i {
					return "it is on the screen"
				}
				return ""
			}, Do: func() tea.Cmd { return m.Go(name) }})
	}
	return out
}

// available lists the actions of the screen in front, then those of every screen. Where a screen has one of these too, its own
// counts.
func (m *model) available() []screen.Action {
	m.front().Show(m.state())
	own := m.front().Actions()
	others := slices.DeleteFunc(m.actions(), func(a screen.Action) bool {
		return slices.ContainsFunc(own, func(o screen.Action) bool { return o.Name == a.Name })
	})
	return append(own, others...)
}

// disabled says why an action would do nothing now, or nothing.
func (m *model) disabled(a screen.Action) string {
	if why := m.cannotChange(); a.Changes && why != "" {
		return why
	}
	if a.Disabled == nil {
		return ""
	}
	return a.Disabled()
}

// act does an action, asks before it, or says why it would do nothing.
func (m *model) act(a screen.Action) tea.Cmd {
	m.notice = ""
	if why := m.disabled(a); why != "" {
		m.notice = a.Help + ": " + why
		return nil
	}
	if a.Ask == nil {
		return a.Do()
	}
	q := a.Ask()
	m.dialog = &choices{title: q.Title, lines: q.Lines, choices: []choice{
		{keys: []string{"y"}, help: "yes", do: q.Yes},
		{keys: []string{"n", "esc"}, help: "no"},
	}}
	return nil
}

const polling = "poll"

func (m *model) poll() tea.Cmd { return m.Command(polling, engine.Poll{}) }

func (m *model) cannotPoll() string {
	if m.busy(polling) {
		return "a poll is under way"
	}
	return ""
}

func (m *model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		m.notice = "the mouse is on"
		return tea.EnableMouseCellMotion
	}
	m.notice = "the mouse is off"
	return tea.DisableMouse
}
