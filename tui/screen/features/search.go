package features

import (
	"context"
	"fmt"
	"strings"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/screen/table"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// hit is a table or a column that a search has found. The column is empty for a table.
type hit struct {
	table, workspace, column string
	kind                     string // the type of the column, or "table"
	state                    engine.State
	registeredIn             []string
	about                    string
}

// search is the screen that finds columns and tables while one types.
type search struct {
	console screen.Console
	state   screen.State
	field   *widget.Field
	typing  bool
	fresh   bool // the answer to what was typed has not come, and nothing was selected since
	opens   bool // enter came before that answer
	found   screen.Loader[engine.Found]
	hits    *widget.Table[hit]
}

func newSearch(c screen.Console) *search {
	type col = widget.Column[hit]
	s := &search{console: c, field: widget.NewField("words of a name, a meaning, a type, a table or a source"), typing: true}
	s.hits = widget.NewTable(func(h *hit) string { return h.workspace + "." + h.table + "." + h.column },
		col{Title: "FOUND", Text: func(h *hit) string { return h.name() }, Width: 30, Grow: 3},
		col{Title: "TYPE", Text: func(h *hit) string { return h.kind }, Width: 9, Rank: 2},
		col{Title: "TABLE", Text: func(h *hit) string { return h.table }, Width: 23, Rank: 1},
		col{Title: "WORKSPACE", Text: func(h *hit) string { return h.workspace }, Width: 10, Rank: 3},
		col{Title: "STATE", Text: func(h *hit) string { return strings.ReplaceAll(string(h.state), "_", " ") }, Width: 10, Rank: 5},
		col{Title: "REGISTERED IN", Text: func(h *hit) string { return strings.Join(h.registeredIn, ", ") }, Width: 14, Rank: 6},
		col{Title: "MEANING", Text: func(h *hit) string { return h.about }, Width: 30, Grow: 2, Rank: 4},
	)
	return s
}

func (h *hit) name() string {
	if h.column == "" {
		return h.table
	}
	return h.column
}

// Name is the screen's name.
func (s *search) Name() string { return "search" }

// Title is what the header calls the screen.
func (s *search) Title() string { return "search" }

// Show makes state what is drawn.
func (s *search) Show(state screen.State) { s.state = state }

// Close gives up the search that is under way.
func (s *search) Close() { s.found.Stop() }

// Update takes what was found.
func (s *search) Update(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(screen.Entered); ok {
		return s.find()
	}
	if s.found.Update(msg) && s.found.Err() == nil {
		found, _ := s.found.Value()
		s.hits.Set(hits(found))
		if s.fresh {
			s.fresh = false
			s.hits.Top()
		}
		if s.opens && s.hits.Selected() != nil {
			s.opens = false
			return s.open()
		}
	}
	return nil
}

func hits(f engine.Found) []hit {
	var out []hit
	for _, t := range f.Tables {
		out = append(out, hit{table: t.Name, workspace: t.Workspace, kind: "table", state: t.State, registeredIn: t.RegisteredIn, about: t.Description})
	}
	for _, c := range f.Features {
		out = append(out, hit{
			table: c.Table, workspace: c.Workspace, column: c.Name, kind: string(c.Type), state: c.State, registeredIn: c.RegisteredIn, about: c.Meaning,
		})
	}
	return out
}

func (s *search) find() tea.Cmd {
	query := s.field.Text()
	return s.found.Load(s.console, func(_ context.Context, e screen.Engine) (engine.Found, error) { return e.Search(query, "") })
}

// Typing reports whether the query, or a filter of what it has found, is being typed.
func (s *search) Typing() bool { return s.typing || s.hits.Typing() }

// Type takes a key for the query. The arrows select meanwhile, enter opens, esc leaves the keys to the list.
func (s *search) Type(k tea.KeyMsg) tea.Cmd {
	if !s.typing {
		s.hits.Type(k)
		return nil
	}
	switch k.Type {
	case tea.KeyEnter:
		switch {
		case s.found.Loading():
			s.opens = true
		case s.hits.Selected() != nil:
			return s.open()
		}
	case tea.KeyEsc, tea.KeyTab:
		s.typing = false
	case tea.KeyUp:
		s.move(func() { s.hits.Move(-1) })
	case tea.KeyDown:
		s.move(func() { s.hits.Move(1) })
	case tea.KeyPgUp:
		s.move(func() { s.hits.Page(-1) })
	case tea.KeyPgDown:
		s.move(func() { s.hits.Page(1) })
	default:
		if s.field.Type(k) {
			s.opens, s.fresh = false, true
			return s.find()
		}
	}
	return nil
}

func (s *search) move(f func()) {
	s.fresh = false
	f()
}

// Actions lists what can be done on the screen while no text is typed.
func (s *search) Actions() []screen.Action {
	return append([]screen.Action{
		{Name: "open", Help: "open", Group: screen.Doing, Keys: []string{"enter"}, Short: true, Disabled: s.nothing, Do: s.open},
		{Name: "search", Help: "search", Group: screen.Doing, Keys: []string{"s"}, Short: true,
			Do: func() tea.Cmd { s.typing = true; return nil }},
		{Name: "copy-name", Help: "copy the name", Group: screen.Lists, Keys: []string{"y"}, Disabled: s.nothing, Do: s.copyName},
	}, screen.ListActions(s.console, s.hits, "search")...)
}

func (s *search) nothing() string {
	if s.hits.Selected() == nil {
		return "nothing is selected"
	}
	return ""
}

// open opens the table, at the column where one was found.
func (s *search) open() tea.Cmd {
	h := s.hits.Selected()
	return s.console.Open(table.New(s.console, h.workspace, h.table, h.column))
}

func (s *search) copyName() tea.Cmd {
	return s.console.Copy("the name", s.hits.Selected().name())
}

// Wheel selects other rows.
func (s *search) Wheel(lines int) { s.hits.Move(lines) }

// Click selects a row.
func (s *search) Click(_, y int) { s.hits.Click(y - 2) }

// Draw returns h lines of at most w cells.
func (s *search) Draw(w, h int) []string {
	t := s.state.Theme
	line := t.Key.Styled("search ") + widget.Clean(s.field.Text())
	if s.typing {
		line = t.Key.Styled("search ") + s.field.Draw(w-8, t)
	}
	return append([]string{widget.Fit(line, w), widget.Fit(s.status(), w)}, s.hits.Draw(w, h-2, t)...)
}

// status tells what was found, and what to do with it.
func (s *search) status() string {
	t := s.state.Theme
	found, known := s.found.Value()
	switch {
	case s.found.Err() != nil:
		return s.found.Status("search", s.state)
	case !known:
		return s.found.Status("the catalogue", s.state)
	case found.Similar:
		return t.Warn.Styled(fmt.Sprintf("! nothing has %q; words like it:", widget.Clean(found.Query)))
	case len(found.Tables)+len(found.Features) == 0 && len(found.Nearest) > 0:
		return t.Warn.Styled(fmt.Sprintf("! nothing has %q; was %s meant?", widget.Clean(found.Query), widget.Clean(strings.Join(found.Nearest, ", "))))
	case len(found.Tables)+len(found.Features) == 0:
		return t.Warn.Styled(fmt.Sprintf("! nothing has %q", widget.Clean(found.Query)))
	case s.typing:
		return t.Faint.Styled(counted(found) + " · enter opens, ↓/↑ select, esc leaves the keys to the list")
	}
	return t.Faint.Styled(counted(found))
}

func counted(f engine.Found) string {
	return fmt.Sprintf("tables %d, columns %d", len(f.Tables), len(f.Features))
}
