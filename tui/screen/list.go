package screen

import (
	"io"

	tea "github.com/charmbracelet/bubbletea"
)

// List is a widget.Table of whatever rows.
type List interface {
	Shown() int
	Sorted() bool
	Move(down int)
	Page(down int)
	Top()
	Bottom()
	Scroll(right int)
	Mark()
	MarkAll()
	Invert()
	SortNext()
	Reverse()
	StartFilter()
	Filter() string
	SetFilter(text string)
	Line() string
	CSV(w io.Writer) error
}

// ListActions are the actions that every list has. The name is that of an exported file, without its
// end: runs.
func ListActions(c Console, l List, name string) []Action {
	empty := func() string {
		if l.Shown() == 0 {
			return "the list is empty"
		}
		return ""
	}
	do := func(f func()) func() tea.Cmd {
		return func() tea.Cmd { f(); return nil }
	}
	return []Action{
		{Name: "up", Help: "row up", Group: Move, Keys: []string{"up", "k"}, Do: do(func() { l.Move(-1) })},
		{Name: "down", Help: "row down", Group: Move, Keys: []string{"down", "j"}, Do: do(func() { l.Move(1) })},
		{Name: "page-up", Help: "page up", Group: Move, Keys: []string{"pgup", "ctrl+b"}, Do: do(func() { l.Page(-1) })},
		{Name: "page-down", Help: "page down", Group: Move, Keys: []string{"pgdown", "ctrl+f"}, Do: do(func() { l.Page(1) })},
		{Name: "top", Help: "first row", Group: Move, Keys: []string{"home"}, Do: do(l.Top)},
		{Name: "bottom", Help: "last row", Group: Move, Keys: []string{"end", "G"}, Do: do(l.Bottom)},
		{Name: "left", Help: "columns left", Group: Move, Keys: []string{"left", "h"}, Do: do(func() { l.Scroll(-1) })},
		{Name: "right", Help: "columns right", Group: Move, Keys: []string{"right"}, Do: do(func() { l.Scroll(1) })},

		{Name: "filter", Help: "filter", Group: Lists, Keys: []string{"/"}, Short: true, Do: do(l.StartFilter)},
		{Name: "filter-off", Help: "show all rows", Group: Lists, Keys: []string{"backspace"}, Do: do(func() { l.SetFilter("") }),
			Disabled: func() string {
				if l.Filter() == "" {
					return "no filter is set"
				}
				return ""
			}},
		{Name: "sort", Help: "sort by the next column", Group: Lists, Keys: []string{"o"}, Do: do(l.SortNext)},
		{Name: "sort-reverse", Help: "turn the order round", Group: Lists, Keys: []string{"O"}, Do: do(l.Reverse),
			Disabled: func() string {
				if !l.Sorted() {
					return "the list is not sorted by a column"
				}
				return ""
			}},
		{Name: "mark", Help: "mark the row", Group: Lists, Keys: []string{" "}, Disabled: empty, Do: do(l.Mark)},
		{Name: "mark-all", Help: "mark all rows, or none", Group: Lists, Keys: []string{"*"}, Disabled: empty, Do: do(l.MarkAll)},
		{Name: "mark-invert", Help: "invert the marks", Group: Lists, Keys: []string{"~"}, Disabled: empty, Do: do(l.Invert)},
		{Name: "copy", Help: "copy the row", Group: Lists, Keys: []string{"ctrl+y"}, Disabled: empty,
			Do: func() tea.Cmd { return c.Copy("the row", l.Line()) }},
		{Name: "export", Help: "write the rows shown to a CSV file", Group: Lists, Keys: []string{"ctrl+e"}, Disabled: empty,
			Do: func() tea.Cmd { return c.Export(name+".csv", l.CSV) }},
	}
}
