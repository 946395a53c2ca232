package logs

import (
	"fmt"
	"strings"
	"time"

	"featops/tui/widget"

	"github.com/dustin/go-humanize"
)

const (
	// headLines stand above the lines, footLines below.
	headLines = 1
	footLines = 1
	// margin is for the marks before a line, in cells.
	margin = 2
)

// Draw returns h lines of at most w cells: what is shown, the lines, and how many there are.
func (s *Screen) Draw(w, h int) []string {
	what, state := s.Head()
	left := s.state.Theme.Strong.Styled("log")
	if what != "" {
		left += s.state.Theme.Faint.Styled(" · ") + what
	}
	return append([]string{widget.Rule(left, state, w, s.state.Theme)}, s.DrawPart(w, h-headLines)...)
}

// DrawPart is Draw without what Head tells.
func (s *Screen) DrawPart(w, h int) []string {
	out := make([]string, 0, h)
	s.height = max(1, h-footLines)
	s.rows = s.rows[:0]
	if s.selected() == nil {
		out = append(out, "", widget.Fit("  "+s.nothing(), w))
	} else {
		s.place(w - margin)
		var b strings.Builder
		for n := s.top; n < s.lines.end() && len(s.rows) < s.height; n++ {
			out = s.drawLine(out, &b, n, w-margin)
		}
	}
	for len(out) < s.height {
		out = append(out, "")
	}
	return append(out, s.foot(w))
}

// shown is a line as it is shown, and the rows that it takes.
func (s *Screen) shown(n int64, w int) (line string, from int, rows []part) {
	line = text(s.lines.at(n))
	if s.noTimes {
		from = min(timeWidth, len(line))
	}
	if s.wrap {
		rows = wrapped(line[from:], w)
	} else {
		rows = []part{cut(line[from:], s.left, w)}
	}
	return line, from, rows
}

// rowsOf is how many rows a line takes in the window.
func (s *Screen) rowsOf(n int64, w int) int {
	if !s.wrap {
		return 1
	}
	_, _, rows := s.shown(n, w)
	return min(len(rows), s.height)
}

// place chooses the first line of the window, near the one that it was, such that the selected line is in the
// window and the window is full where there are lines enough.
func (s *Screen) place(w int) {
	s.top = max(s.lines.first(), min(s.top, s.cursor))
	// The first line from which the selected one can still be seen, and from which the window is full.
	first := func(last int64) int64 {
		room, n := s.height, last
		for ; n >= s.lines.first(); n-- {
			if room -= s.rowsOf(n, w); room < 0 {
				break
			}
		}
		return n + 1
	}
	s.top = min(max(s.top, first(s.cursor)), first(s.lines.end()-1))
}

// drawLine appends the rows of a line, as many as there is room for.
func (s *Screen) drawLine(out []string, b *strings.Builder, n int64, w int) []string {
	l := s.lines.at(n)
	t := s.state.Theme
	line, from, rows := s.shown(n, w)
	found := s.filter.pattern.found(line)
	for i := range found {
		found[i] = span{max(0, found[i].from-from), max(0, found[i].to-from)}
	}
	for i, row := range rows {
		if len(s.rows) == s.height {
			break
		}
		b.Reset()
		b.WriteString(s.margin(n, i == 0, line))
		paint(b, line[from:], row, found, t.Level(l.Level), t.Selected)
		out = append(out, widget.Fit(b.String(), w+margin))
		s.rows = append(s.rows, n)
	}
	return out
}

// margin is what stands before a row of a line: whether it is selected, and marked, or found among others.
func (s *Screen) margin(n int64, first bool, line string) string {
	t := s.state.Theme
	at, mark := " ", " "
	if n == s.cursor {
		at = t.Strong.Styled("▸")
	}
	switch {
	case s.marks[n]:
		mark = t.Strong.Styled("*")
	case first && s.filter.InContext && !s.filter.pattern.empty() && s.filter.pattern.matches(line):
		mark = t.Alarm.Styled("•")
	}
	return at + mark
}

// nothing says why there is no line.
func (s *Screen) nothing() string {
	t := s.state.Theme
	words := s.filter.words()
	switch {
	case s.fresh.Loading():
		return s.fresh.Status("the log", s.state)
	case s.fresh.Err() != nil:
		return ""
	case words == "" && s.filter.within.id != "" && s.atEnd:
		return t.Faint.Styled("The log has no line of this run.")
	case words == "" && s.atEnd:
		return t.Faint.Styled("Nothing was logged yet.")
	case s.atEnd:
		return t.Warn.Styled("! no line fits: " + words)
	}
	if words == "" {
		words = "run " + s.filter.within.id
	}
	return t.Warn.Styled(fmt.Sprintf("! no line fits: %s, in memory and in %s lines of the files; page up looks on", words, humanize.Comma(int64(s.searched))))
}

// Head tells which lines are shown, nothing where all are, and whether they move.
func (s *Screen) Head() (what, state string) {
	t := s.state.Theme
	state = t.Good.Styled("▼ following")
	if newer := s.newer(); !s.following && newer > 0 {
		state = t.Warn.Styled(fmt.Sprintf("paused, %s newer: %s", humanize.Comma(newer), "f follows"))
	} else if !s.following {
		state = t.Warn.Styled("paused: f follows")
	}
	return s.filter.words(), state
}

// newer is how many lines there are after the window: those that the filter chooses, and those that were not
// looked at yet.
func (s *Screen) newer() int64 {
	n := int64(s.source.Total() - s.next)
	if len(s.rows) > 0 {
		n += s.lines.end() - 1 - s.rows[len(s.rows)-1]
	}
	return n
}

// foot tells where one is, or is the line in which the pattern is typed.
func (s *Screen) foot(w int) string {
	t := s.state.Theme
	if s.field != nil {
		right := ""
		if s.wrong != "" {
			right = t.Bad.Styled(" ✗ " + widget.Clean(s.wrong))
		}
		return widget.Spread(t.Key.Styled("/")+s.field.Draw(w/2, t), right, w)
	}
	var parts []string
	if l := s.selected(); l != nil {
		parts = append(parts, fmt.Sprintf("%s of %s", humanize.Comma(s.cursor-s.lines.first()+1), humanize.Comma(int64(s.lines.len()))),
			"back to "+s.lines.at(s.lines.first()).Time.Format(time.DateTime))
	}
	if !s.atEnd && s.back != nil {
		parts = append(parts, "older ones not loaded")
	}
	if s.detached {
		parts = append(parts, "newer ones not loaded")
	}
	if s.back != nil && s.back.Unreadable() > 0 && !s.older.Loading() && !s.search.Loading() {
		parts = append(parts, fmt.Sprintf("%d pieces of the files are no lines", s.back.Unreadable()))
	}
	if n := len(s.marks); n > 0 {
		parts = append(parts, fmt.Sprintf("%d marked", n))
	}
	if s.wrap {
		parts = append(parts, "wrapped")
	} else if s.left > 0 {
		parts = append(parts, fmt.Sprintf("from cell %d", s.left+1))
	}
	line := t.Faint.Styled(strings.Join(parts, " · "))
	if s.trouble != nil {
		line = t.Bad.Styled("✗ "+widget.Clean(s.trouble.Error())) + "  " + line
	}
	for _, status := range []string{s.fresh.Status("the log", s.state), s.older.Status("older lines", s.state), s.search.Status("search", s.state), s.choice.Status("what there is", s.state)} {
		if status != "" {
			line = status + "  " + line
		}
	}
	return widget.Fit(line, w)
}
