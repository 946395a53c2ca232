// Package features is the screen of all feature tables: which workspace computes each, how it stands there, and what the
// other workspaces have registered of it. Its search goes over the columns of all of them.
package features

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/build"
	"featops/tui/screen/table"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// target is a table of a workspace and another workspace that it is registered in.
type target struct{ from, table, to string }

// listed is the catalogue, and why it is not complete.
type listed struct {
	tables  []engine.TableState
	missing error
}

// Screen is the screen.
type Screen struct {
	console screen.Console
	state   screen.State
	catalog screen.Loader[listed]
	again   bool // it has changed since it was asked for
	table   *widget.Table[engine.TableState]
	spaces  []string // the workspaces that have a column
	kept    widget.Arrangement
	results []engine.RegistrationResult // the newest of each target, the newest last
}

// New returns a screen that has nothing to show yet.
func New(c screen.Console) *Screen {
	s := &Screen{console: c, state: screen.State{Snapshot: &engine.Snapshot{}}}
	s.table = widget.NewTable(func(t *engine.TableState) string { return t.Workspace + "." + t.Name }, s.columns(nil)...)
	return s
}

// Opened lists one of each of the screens that this one opens.
func Opened(c screen.Console) []screen.Screen {
	return []screen.Screen{newSearch(c), table.New(c, "", "", ""), build.New(c, "", "", nil)}
}

// Name is the screen's name.
func (s *Screen) Name() string { return "features" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return "features" }

// Show makes state what is drawn. There is a column for each workspace that it has.
func (s *Screen) Show(state screen.State) {
	if state.Snapshot != s.state.Snapshot {
		var names []string
		for i := range state.Snapshot.Workspaces {
			names = append(names, state.Snapshot.Workspaces[i].Name)
		}
		if !slices.Equal(names, s.spaces) {
			s.spaces = names
			s.table.SetColumns(s.columns(names)...)
			s.table.Arrange(s.kept)
		}
	}
	s.state = state
}

// Update loads the catalogue anew when it may have changed, once at a time, and notes how registrations end.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Entered:
		return s.load()
	case screen.ShowTable:
		return s.showVersions(msg)
	case screen.Changed:
		changed := false
		for _, e := range msg.Events {
			switch e.Kind {
			case engine.Polled, engine.PollFailed, engine.TableBuilt, engine.TableRestored, engine.TableRegistered, engine.TaskChanged:
				changed = true
			}
			s.note(e.Registration)
		}
		if _, known := s.catalog.Value(); changed && (known || s.catalog.Loading()) {
			return s.load()
		}
		return nil
	}
	if !s.catalog.Update(msg) {
		return nil
	}
	if s.catalog.Err() == nil {
		c, _ := s.catalog.Value()
		s.table.Set(c.tables)
	}
	if s.again {
		return s.load()
	}
	return nil
}

// showVersions opens the versions of a table over the screen in front: of the workspace that was named, or, where it has
// the table from another, of that one.
func (s *Screen) showVersions(of screen.ShowTable) tea.Cmd {
	owner := ""
	for i := range s.state.Snapshot.Workspaces {
		w := &s.state.Snapshot.Workspaces[i]
		has := slices.ContainsFunc(w.Tables, func(t workspaces.Table) bool { return t.Name == of.Table })
		if has && (owner == "" || w.Name == of.Workspace) {
			owner = w.Name
		}
	}
	if owner == "" {
		s.console.Say("there is no table " + of.Table)
		return nil
	}
	return s.console.Open(table.NewVersions(s.console, owner, of.Table))
}

func (s *Screen) load() tea.Cmd {
	if s.again = s.catalog.Loading(); s.again {
		return nil
	}
	return s.catalog.Load(s.console, func(ctx context.Context, e screen.Engine) (listed, error) {
		tables, err := e.Tables(ctx)
		if len(tables) == 0 {
			return listed{}, err
		}
		return listed{tables, err}, nil
	})
}

// note keeps how a registration ended.
func (s *Screen) note(r *engine.RegistrationResult) {
	if r == nil {
		return
	}
	s.results = slices.DeleteFunc(s.results, func(o engine.RegistrationResult) bool { return of(o) == of(*r) })
	s.results = append(s.results, *r)
}

func of(r engine.RegistrationResult) target { return target{r.From, r.Table, r.To} }

// result is how the newest registration ended that this console has seen.
func (s *Screen) result(t target) (engine.RegistrationResult, bool) {
	i := slices.IndexFunc(s.results, func(r engine.RegistrationResult) bool { return of(r) == t })
	if i < 0 {
		return engine.RegistrationResult{}, false
	}
	return s.results[i], true
}

// Keep is how the list is arranged.
func (s *Screen) Keep() any { return s.table.Arrangement() }

// Restore arranges it as it was, once its columns are known.
func (s *Screen) Restore(decode func(any) error) error {
	err := decode(&s.kept)
	s.table.Arrange(s.kept)
	return err
}

// Typing reports whether the filter is being typed.
func (s *Screen) Typing() bool { return s.table.Typing() }

// Type takes a key for the filter.
func (s *Screen) Type(k tea.KeyMsg) tea.Cmd {
	s.table.Type(k)
	return nil
}

// Wheel selects other rows.
func (s *Screen) Wheel(lines int) { s.table.Move(lines) }

// Click selects a row.
func (s *Screen) Click(_, y int) { s.table.Click(y - 1) }

// Draw returns h lines of at most w cells.
func (s *Screen) Draw(w, h int) []string {
	lines := []string{s.head(w)}
	foot := s.foot(w)
	lines = append(lines, s.table.Draw(w, h-len(lines)-len(foot), s.state.Theme)...)
	return append(lines, foot...)
}

// head counts the tables by how they stand, or tells that they are being loaded or cannot be.
func (s *Screen) head(w int) string {
	t := s.state.Theme
	c, known := s.catalog.Value()
	if !known || s.catalog.Err() != nil {
		return widget.Fit(s.catalog.Status("the tables", s.state), w)
	}
	built := 0
	standings := map[engine.Standing]int{}
	for _, table := range c.tables {
		if table.Version >= 0 {
			built++
		}
		for _, r := range table.Registrations {
			standings[r.Standing]++
		}
	}
	parts := []string{fmt.Sprintf("%d tables, %d built", len(c.tables), built)}
	for _, standing := range []engine.Standing{engine.Verified, engine.Unverified, engine.Stale, engine.Conflict, engine.Orphaned} {
		if n := standings[standing]; n > 0 {
			text, style := table.StandingLook(standing)
			parts = append(parts, style(t).Styled(fmt.Sprintf("%s %d", text, n)))
		}
	}
	if c.missing != nil {
		parts = append(parts, t.Bad.Styled("✗ "+widget.Clean(firstLine(c.missing))))
	}
	return widget.Fit(strings.Join(parts, " · "), w)
}

func firstLine(err error) string {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) && len(joined.Unwrap()) > 0 {
		err = joined.Unwrap()[0]
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// resultsShown is how many registrations are told below the list.
const resultsShown = 3

// foot tells how the newest registrations ended.
func (s *Screen) foot(w int) []string {
	if len(s.results) == 0 {
		return nil
	}
	lines := []string{widget.Rule(s.state.Theme.Strong.Styled("registrations"), "", w, s.state.Theme)}
	for _, r := range slices.Backward(s.results[max(0, len(s.results)-resultsShown):]) {
		lines = append(lines, widget.Fit(s.resultLine(r), w))
	}
	return lines
}

func (s *Screen) resultLine(r engine.RegistrationResult) string {
	t := s.state.Theme
	mark := t.Good.Styled(fmt.Sprintf("✓ %s v%d", r.Status, r.Version))
	if r.Status == engine.RegistrationNo || r.Status == engine.RegistrationFailed {
		mark = t.Bad.Styled("✗ " + string(r.Status))
	}
	line := fmt.Sprintf("%s → %s  ", widget.Clean(r.Table), widget.Clean(r.To)) + mark
	if r.Detail != "" {
		line += "  " + widget.Clean(r.Detail)
	}
	return line
}
