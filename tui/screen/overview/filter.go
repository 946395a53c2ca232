package overview

import (
	"fmt"

	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// chosen is what the filter says of a row: it looks at the name, the table and the state. nil: all rows are chosen.
func (s *Screen) chosen() func(*item) bool {
	if s.filter.Empty() {
		return nil
	}
	return func(it *item) bool { return s.filter.Chooses([]string{it.name(), it.tableName(), s.look(it).Word}) }
}

func (s *Screen) setFilter(text string) {
	s.filter = widget.NewFilter(text)
	s.index()
	if space, _ := s.find(); space >= 0 {
		return
	}
	for _, x := range s.spaces { // the first row that was found, in whatever workspace
		if x.rows() > 1 {
			s.pick(x)
			return
		}
	}
	if len(s.spaces) > 0 {
		s.pick(s.spaces[max(0, s.space())])
	}
}

// Typing reports whether the filter is being typed.
func (s *Screen) Typing() bool { return s.field != nil }

// Type takes a key for the filter. Enter keeps it, esc takes it away, the arrows select rows meanwhile.
func (s *Screen) Type(k tea.KeyMsg) tea.Cmd {
	switch k.Type {
	case tea.KeyEnter:
		s.field = nil
	case tea.KeyEsc:
		s.field = nil
		s.setFilter("")
	case tea.KeyUp:
		s.Move(-1)
	case tea.KeyDown:
		s.Move(1)
	default:
		if s.field.Type(k) {
			s.setFilter(s.field.Text())
		}
	}
	return nil
}

func (s *Screen) filterActions() []screen.Action {
	return []screen.Action{
		{Name: "filter", Help: "filter", Group: screen.Lists, Keys: []string{"/"}, Short: true, Do: func() tea.Cmd {
			s.field = widget.NewField(widget.FilterHint)
			s.field.Set(s.filter.Text())
			return nil
		}},
		{Name: "filter-off", Help: "show all rows", Group: screen.Lists, Keys: []string{"backspace"},
			Disabled: func() string { return none(len(s.filter.Text()), "no filter is set") },
			Do:       func() tea.Cmd { s.setFilter(""); return nil }},
	}
}

// drawFilter is the line that tells of the filter, or in which it is typed; none without one.
func (s *Screen) drawFilter(w int) []string {
	t := s.theme
	n := 0
	for _, x := range s.spaces {
		n += x.rows() - 1
	}
	found := t.Warn.Styled(" " + counted(n, "row"))
	switch {
	case s.field != nil:
		return []string{widget.Spread(t.Key.Styled("/ ")+s.field.Draw(w-20, t), found, w)}
	case s.filter.Text() != "":
		return []string{widget.Spread(t.Warn.Styled(fmt.Sprintf("filter %s", widget.Clean(s.filter.Text()))), found, w)}
	}
	return nil
}
