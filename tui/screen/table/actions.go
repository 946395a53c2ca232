package table

import (
	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/build"
	"featops/tui/screen/register"

	tea "github.com/charmbracelet/bubbletea"
)

// Actions lists what can be done on the screen. What moves through the columns has what comes into sight measured.
func (s *Screen) Actions() []screen.Action {
	list := screen.ListActions(s.console, s.list(), s.name+"-"+viewNames[s.view])
	for i := range list {
		do := list[i].Do
		list[i].Do = func() tea.Cmd { return tea.Batch(do(), s.want()) }
	}
	return append([]screen.Action{
		{Name: "open", Help: "open", Group: screen.Doing, Keys: []string{"enter"}, Short: true, Disabled: s.cannotOpen, Do: s.open},
		{Name: "next-view", Help: "next view", Group: screen.Move, Keys: []string{"tab"}, Short: true, Do: func() tea.Cmd { return s.turn(1) }},
		{Name: "previous-view", Help: "view before", Group: screen.Move, Keys: []string{"shift+tab"}, Do: func() tea.Cmd { return s.turn(-1) }},
		{Name: "restore", Help: "undo: back to this version", Group: screen.Doing, Keys: []string{"u"}, Short: true, Changes: true,
			Disabled: s.cannotRestore, Ask: s.restore},
		{Name: "build", Help: "build table", Group: screen.Doing, Keys: []string{"b"}, Short: true, Changes: true,
			Disabled: s.cannotBuild, Do: s.build},
		{Name: "diff", Help: "diff of a build", Group: screen.Doing, Keys: []string{"d"}, Disabled: s.cannotDiff, Do: s.build},
		{Name: "register", Help: "register table", Group: screen.Doing, Keys: []string{"g"}, Short: true, Changes: true,
			Disabled: s.cannotRegister, Do: s.register},
		{Name: "copy-name", Help: "copy the name", Group: screen.Lists, Keys: []string{"y"}, Do: s.copyName},
	}, list...)
}

// turn goes to another view.
func (s *Screen) turn(by int) tea.Cmd {
	n := view(len(viewNames))
	s.view = (s.view + view(by) + n) % n
	s.zoomed = false
	return s.want()
}

func (s *Screen) cannotOpen() string {
	switch {
	case s.view == lineageView:
		return "there is no more to tell than here"
	case s.list().Shown() == 0:
		return "the list is empty"
	}
	return ""
}

// open shows the selected column in full and back, or all of the selected version.
func (s *Screen) open() tea.Cmd {
	if s.view == versionsView {
		return s.tell()
	}
	s.zoomed = !s.zoomed
	return s.want()
}

func (s *Screen) copyName() tea.Cmd {
	if c := s.columns.Selected(); c != nil && s.view == columnsView {
		return s.console.Copy("the name of the column", c.Name)
	}
	return s.console.Copy("the name of the table", s.name)
}

func (s *Screen) cannotDiff() string {
	switch d := s.description(); {
	case d.Name == "":
		return "the table is not known yet"
	case d.Definition == nil:
		return "no definition says how " + s.name + " is built"
	}
	return ""
}

func (s *Screen) cannotBuild() string {
	if why := s.cannotDiff(); why != "" {
		return why
	}
	return build.UnderWay(s.state.Snapshot, s.workspace, s.name)
}

func (s *Screen) build() tea.Cmd {
	s.console.Dialog(build.NewForm(s.console, s.workspace, s.name))
	return nil
}

func (s *Screen) subjects() []register.Subject {
	d := s.description()
	if d.Name == "" {
		return nil
	}
	subject := register.Subject{Table: d.Name, Workspace: d.Workspace, Version: d.Version, Standings: map[string]engine.Standing{}}
	for _, r := range d.Registrations {
		subject.Standings[r.Workspace] = r.Standing
	}
	return []register.Subject{subject}
}

func (s *Screen) cannotRegister() string { return register.Cannot(s.subjects(), s.state.Snapshot) }

func (s *Screen) register() tea.Cmd {
	s.console.Dialog(register.New(s.console, s.subjects(), s.state.Snapshot))
	return nil
}
