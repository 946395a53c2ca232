package logs

import (
	"bufio"
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"featops/engine/logs"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	do := func(f func()) func() tea.Cmd {
		return func() tea.Cmd { f(); return nil }
	}
	return []screen.Action{
		{Name: "follow", Help: "follow or pause", Group: screen.Log, Keys: []string{"f"}, Short: true, Do: s.toggleFollow},
		{Name: "filter", Help: "filter", Group: screen.Lists, Keys: []string{"/"}, Short: true, Do: do(s.startTyping)},
		{Name: "filter-off", Help: "show all lines", Group: screen.Lists, Keys: []string{"backspace"}, Disabled: s.cannotShowAll, Do: s.showAll},
		{Name: "pick", Help: "pick workspace, job, run, task or table", Group: screen.Log, Keys: []string{"s"}, Do: s.pick},
		{Name: "level", Help: "level", Group: screen.Log, Keys: []string{"l"}, Short: true, Do: s.nextLevel},
		{Name: "context", Help: "matches only or in context", Group: screen.Log, Keys: []string{"m"}, Short: true, Do: s.toggleContext},
		{Name: "next-match", Help: "next match below", Group: screen.Log, Keys: []string{"n"}, Disabled: s.cannotFind,
			Do: func() tea.Cmd { return s.find(true) }},
		{Name: "previous-match", Help: "next match above", Group: screen.Log, Keys: []string{"N"}, Disabled: s.cannotFind,
			Do: func() tea.Cmd { return s.find(false) }},
		{Name: "wrap", Help: "wrap long lines or not", Group: screen.Log, Keys: []string{"w"}, Short: true, Do: do(func() { s.wrap = !s.wrap })},
		{Name: "times", Help: "times on or off", Group: screen.Log, Keys: []string{"t"}, Do: do(func() { s.noTimes = !s.noTimes })},
		{Name: "show-run", Help: "show the run of the line", Group: screen.Log, Keys: []string{"enter"}, Short: true, Disabled: s.cannotOpenRun, Do: s.openRun},

		{Name: "up", Help: "line up", Group: screen.Move, Keys: []string{"up", "k"}, Do: func() tea.Cmd { return s.move(-1) }},
		{Name: "down", Help: "line down", Group: screen.Move, Keys: []string{"down", "j"}, Do: func() tea.Cmd { return s.move(1) }},
		{Name: "page-up", Help: "page up", Group: screen.Move, Keys: []string{"pgup", "ctrl+b"}, Do: func() tea.Cmd { return s.page(false) }},
		{Name: "page-down", Help: "page down", Group: screen.Move, Keys: []string{"pgdown", "ctrl+f"}, Do: func() tea.Cmd { return s.page(true) }},
		{Name: "top", Help: "oldest line", Group: screen.Move, Keys: []string{"home"}, Do: s.oldest},
		{Name: "bottom", Help: "newest line, and follow", Group: screen.Move, Keys: []string{"end", "G"}, Do: s.follow},
		{Name: "left", Help: "scroll left", Group: screen.Move, Keys: []string{"left", "h"}, Disabled: s.cannotScroll, Do: do(func() { s.scroll(-1) })},
		{Name: "right", Help: "scroll right", Group: screen.Move, Keys: []string{"right"}, Disabled: s.cannotScroll, Do: do(func() { s.scroll(1) })},

		{Name: "mark", Help: "mark the line", Group: screen.Lists, Keys: []string{" "}, Disabled: s.empty, Do: s.mark},
		{Name: "unmark", Help: "take all marks away", Group: screen.Lists, Keys: []string{"u"}, Disabled: s.cannotUnmark, Do: do(func() { clear(s.marks) })},
		{Name: "copy", Help: "copy the line, or the marked ones", Group: screen.Lists, Keys: []string{"ctrl+y"}, Disabled: s.empty, Do: s.copy},
		{Name: "save-log", Help: "write all lines that the filter chooses to a file", Group: screen.Log, Keys: []string{"ctrl+e"}, Do: s.save},
	}
}

func (s *Screen) empty() string {
	if s.selected() == nil {
		return "there is no line"
	}
	return ""
}

func (s *Screen) cannotShowAll() string {
	if s.filter.words() == "" {
		return "no filter is set"
	}
	return ""
}

func (s *Screen) cannotFind() string {
	switch {
	case s.filter.pattern.empty():
		return "no pattern is set, / sets one"
	case s.search.Loading():
		return "a search is under way"
	}
	return s.empty()
}

func (s *Screen) cannotScroll() string {
	if s.wrap {
		return "long lines are wrapped"
	}
	return ""
}

func (s *Screen) cannotUnmark() string {
	if len(s.marks) == 0 {
		return "no line is marked"
	}
	return ""
}

// whole is a line as featops logs shows it.
func whole(l *logs.Line) string { return widget.Clean(l.Format(false)) }

// copy copies the marked lines, or the selected one.
func (s *Screen) copy() tea.Cmd {
	if len(s.marks) == 0 {
		return s.console.Copy("the line", whole(s.selected()))
	}
	var lines []string
	for _, n := range slices.Sorted(maps.Keys(s.marks)) {
		if n >= s.lines.first() && n < s.lines.end() {
			lines = append(lines, whole(s.lines.at(n)))
		}
	}
	return s.console.Copy("the marked lines", strings.Join(lines, "\n")+"\n")
}

// save writes what the filter chooses, in memory and in the files, loaded or not.
func (s *Screen) save() tea.Cmd {
	f, source, file := s.filter, s.source, s.file
	return s.console.Write("log.txt", func(ctx context.Context, w io.Writer) error {
		out := bufio.NewWriter(w)
		put := func(l *logs.Line) error {
			if !f.chooses(l) {
				return nil
			}
			_, err := out.WriteString(whole(l) + "\n")
			return err
		}
		if file == "" {
			for _, l := range source.Lines(f.lines(), 0) {
				if err := put(&l); err != nil {
					return err
				}
			}
			return out.Flush()
		}
		for l, err := range logs.Read(ctx, file, f.lines()) {
			if err != nil && ctx.Err() == nil {
				continue // what is no line is not shown either
			}
			if err = put(&l); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return out.Flush()
	})
}
