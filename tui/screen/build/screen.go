// Package build is the form in which the parameters of a build are given, and the screen that tells what the build would
// change and starts it.
package build

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen tells what a build would change.
type Screen struct {
	console    screen.Console
	state      screen.State
	workspace  string
	table      string
	parameters map[string]string
	diff       screen.Loader[engine.Diff]
	ended      *engine.Event // the build that ended last since the screen was opened

	screen.Window // on its lines
}

// New returns the screen for a build with parameters. What is not given is as configured.
func New(c screen.Console, workspace, table string, parameters map[string]string) *Screen {
	return &Screen{console: c, workspace: workspace, table: table, parameters: parameters, state: screen.State{Snapshot: &engine.Snapshot{}}}
}

// Name is the screen's name.
func (s *Screen) Name() string { return "build" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return "build" }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) { s.state = state }

// Close gives up the diff that is under way.
func (s *Screen) Close() { s.diff.Stop() }

// Update compares when the screen comes to the front for the first time, and notes how builds of the table end.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Entered:
		if _, known := s.diff.Value(); !known && !s.diff.Loading() {
			return s.compare()
		}
	case screen.Changed:
		for _, e := range msg.Events {
			if e.Kind == engine.TableBuilt && e.Table == s.table {
				s.ended = &e
			}
		}
	default:
		s.diff.Update(msg)
	}
	return nil
}

func (s *Screen) compare() tea.Cmd {
	s.ended = nil
	s.Top()
	table, parameters := s.table, maps.Clone(s.parameters)
	return s.diff.Load(s.console, func(ctx context.Context, e screen.Engine) (engine.Diff, error) { return e.Diff(ctx, table, parameters) })
}

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	return append([]screen.Action{
		{Name: "build", Help: "build table", Group: screen.Doing, Keys: []string{"b"}, Short: true, Changes: true, Disabled: s.cannotBuild, Ask: s.build},
		{Name: "undo", Help: "restore the version before", Group: screen.Doing, Keys: []string{"u"}, Short: true, Changes: true,
			Disabled: s.cannotUndo, Ask: s.undo},
		{Name: "parameters", Help: "change the parameters", Group: screen.Doing, Keys: []string{"e"}, Short: true, Do: s.edit},
		{Name: "diff", Help: "diff of a build", Group: screen.Doing, Keys: []string{"d"}, Short: true, Do: s.compare},
	}, s.Moves()...)
}

func (s *Screen) edit() tea.Cmd {
	s.console.Dialog(form(s.workspace, s.table, s.parameters, func(parameters map[string]string) tea.Cmd {
		s.parameters = parameters
		return s.compare()
	}))
	return nil
}

func (s *Screen) cannotBuild() string { return UnderWay(s.state.Snapshot, s.workspace, s.table) }

// UnderWay says that a build of the table is, or nothing.
func UnderWay(s *engine.Snapshot, workspace, table string) string {
	for _, b := range s.Builds {
		if b.Workspace == workspace && b.Table == table {
			return table + " is being built"
		}
	}
	return ""
}

// build asks before it builds, and tells what the build will do as far as that is known.
func (s *Screen) build() screen.Question {
	lines := []string{fmt.Sprintf("Build %s in %s and save it?", widget.Clean(s.table), widget.Clean(s.workspace)), ""}
	d, known := s.diff.Value()
	switch {
	case !known || s.diff.Loading():
		lines = append(lines, "What it would change is not known yet.")
	case !d.Exists:
		lines = append(lines, "It makes the table.")
	case d.UpToDate:
		lines = append(lines, "The table is up to date: nothing is written.")
	case d.Asks:
		lines = append(lines, "It would lose columns or types, so it asks before it saves:", "a timed question, and no answer leaves the table untouched.")
	case d.Replaces:
		lines = append(lines, fmt.Sprintf("It replaces the whole table; %s go.", counted(d.Rows.Absent, "row")))
	case d.Rows.Inserted+d.Rows.Updated == 0:
		lines = append(lines, "It changes no row.")
	default:
		lines = append(lines, fmt.Sprintf("It merges %s and changes %s.", counted(d.Rows.Inserted, "new row"), counted(d.Rows.Updated, "row")))
	}
	lines = append(lines, "Whatever it saves is a new version, and can be undone.")
	what, c := "build "+s.table, engine.BuildTable{Table: s.table, Parameters: maps.Clone(s.parameters)}
	return screen.Question{Title: "Build table", Lines: lines, Yes: func() tea.Cmd { return s.console.Command(what, c) }}
}

func (s *Screen) cannotUndo() string {
	switch e := s.ended; {
	case e == nil || e.Build == nil:
		return "nothing was built since the screen was opened"
	case e.Build.UpToDate || e.Build.Refused:
		return "the build saved nothing"
	case e.Build.Version == 0:
		return "there was no table before"
	}
	return ""
}

// undo asks before it restores the version before the one that was built.
func (s *Screen) undo() screen.Question {
	built := s.ended.Build.Version
	c := engine.RestoreTable{Table: s.table, Version: built - 1}
	lines := []string{
		fmt.Sprintf("Make %s as it was at version %d, before it was built?", widget.Clean(s.table), c.Version), "",
		fmt.Sprintf("That is a new version: version %d stays in the history. Where the table", built),
		"is registered, it is so as it is now until it is registered again.",
	}
	what := fmt.Sprintf("restore %s to version %d", s.table, c.Version)
	return screen.Question{Title: "Undo", Lines: lines, Yes: func() tea.Cmd { return s.console.Command(what, c) }}
}

// given lists the parameters that are.
func (s *Screen) given() string {
	what := widget.Clean(s.table + " in " + s.workspace + " · ")
	if len(s.parameters) == 0 {
		return what + "parameters as configured"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(s.parameters)) {
		parts = append(parts, name+"="+widget.Clean(s.parameters[name]))
	}
	return what + strings.Join(parts, " ")
}
