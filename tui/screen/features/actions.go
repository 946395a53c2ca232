package features

import (
	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/build"
	"featops/tui/screen/register"
	"featops/tui/screen/table"
	"featops/tui/screen/trainingset"

	tea "github.com/charmbracelet/bubbletea"
)

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	return append([]screen.Action{
		{Name: "open", Help: "open", Group: screen.Doing, Keys: []string{"enter"}, Short: true, Disabled: s.nothing, Do: s.open},
		{Name: "search", Help: "search", Group: screen.Doing, Keys: []string{"s"}, Short: true,
			Do: func() tea.Cmd { return s.console.Open(newSearch(s.console)) }},
		{Name: "build", Help: "build table", Group: screen.Doing, Keys: []string{"b"}, Short: true, Changes: true,
			Disabled: s.cannotBuild, Do: s.build},
		{Name: "diff", Help: "diff of a build", Group: screen.Doing, Keys: []string{"d"}, Disabled: s.cannotDiff, Do: s.build},
		{Name: "register", Help: "register table", Group: screen.Doing, Keys: []string{"g"}, Short: true, Changes: true,
			Disabled: s.cannotRegister, Do: s.register},
		trainingset.Action(s.cannotJoin, s.join),
		{Name: "results", Help: "how registrations ended", Group: screen.Doing, Keys: []string{"R"}, Disabled: s.noResults, Do: s.tellResults},
		{Name: "copy-name", Help: "copy the name", Group: screen.Lists, Keys: []string{"y"}, Disabled: s.nothing, Do: s.copyName},
	}, screen.ListActions(s.console, s.table, "features")...)
}

func (s *Screen) nothing() string {
	if s.table.Selected() == nil {
		return "no table is selected"
	}
	return ""
}

func (s *Screen) open() tea.Cmd {
	t := s.table.Selected()
	return s.console.Open(table.New(s.console, t.Workspace, t.Name, ""))
}

func (s *Screen) copyName() tea.Cmd {
	return s.console.Copy("the name of the table", s.table.Selected().Name)
}

func (s *Screen) cannotDiff() string {
	if why := s.nothing(); why != "" {
		return why
	}
	switch t := s.table.Selected(); t.State {
	case engine.Undefined, engine.OnlyRegistered:
		return "no definition says how " + t.Name + " is built"
	}
	return ""
}

func (s *Screen) cannotBuild() string {
	if why := s.cannotDiff(); why != "" {
		return why
	}
	t := s.table.Selected()
	return build.UnderWay(s.state.Snapshot, t.Workspace, t.Name)
}

func (s *Screen) build() tea.Cmd {
	t := s.table.Selected()
	s.console.Dialog(build.NewForm(s.console, t.Workspace, t.Name))
	return nil
}

// subjects are the marked tables, or the selected one.
func (s *Screen) subjects() []register.Subject {
	var out []register.Subject
	for _, t := range s.table.Chosen() {
		subject := register.Subject{Table: t.Name, Workspace: t.Workspace, Version: t.Version, Standings: map[string]engine.Standing{}}
		for _, r := range t.Registrations {
			subject.Standings[r.Workspace] = r.Standing
		}
		out = append(out, subject)
	}
	return out
}

func (s *Screen) cannotRegister() string { return register.Cannot(s.subjects(), s.state.Snapshot) }

func (s *Screen) register() tea.Cmd {
	s.console.Dialog(register.New(s.console, s.subjects(), s.state.Snapshot))
	return nil
}

func (s *Screen) cannotJoin() string {
	for _, t := range s.table.Chosen() {
		if t.Version < 0 {
			return t.Name + " was not built yet"
		}
	}
	return ""
}

// join asks for a training set of the marked tables, or the selected one.
func (s *Screen) join() tea.Cmd {
	var names []string
	for _, t := range s.table.Chosen() {
		names = append(names, t.Name)
	}
	return trainingset.Open(s.console, names)
}

func (s *Screen) noResults() string {
	if len(s.results) == 0 {
		return "none has ended since the console was opened"
	}
	return ""
}

// tellResults tells how registrations ended, the newest first.
func (s *Screen) tellResults() tea.Cmd {
	var lines []string
	for i := len(s.results) - 1; i >= 0; i-- {
		lines = append(lines, s.resultLine(s.results[i]))
	}
	s.console.Tell("Registrations", lines)
	return nil
}
