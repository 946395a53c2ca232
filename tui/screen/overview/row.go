package overview

import (
	"fmt"
	"strings"

	"featops/tui/screen"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
)

// messageLines is how many lines of a failure's message are shown.
const messageLines = 2

// timeWidth holds 59m59s, and a space.
const timeWidth = 7

// columns are the widths of the columns of a workspace's rows, in cells.
type columns struct{ all, name, state int }

// before is the width of all columns but the last: mark, name, state, time.
func (c columns) before() int { return 2 + c.name + 1 + c.state + timeWidth }

// measure makes the columns wide enough for a row. They never become narrower, so that nothing jumps while one scrolls.
func (s *Screen) measure(it *item, w int) {
	c := s.widths[it.Workspace]
	if c.all != w {
		c = columns{all: w, name: min(20, w/2) + 2, state: min(9, w*30/100) + 2}
	}
	if !it.head {
		c.name = max(c.name, min(ansi.StringWidth(it.label()), w/2)+2)
		c.state = max(c.state, min(s.look(it).Width(), w*30/100)+2)
	}
	s.widths[it.Workspace] = c
}

// label is the name of a row under what it depends on.
func (it *item) label() string {
	name := widget.Clean(it.name())
	switch {
	case it.task == nil:
		return name
	case it.depth == 0:
		return "  " + name
	}
	branch := "└ "
	if it.more {
		branch = "├ "
	}
	return strings.Repeat("  ", it.depth) + branch + name
}

const (
	detailIndent = 6 // of what stands below a row, in cells
	detailLines  = 2 // the most that its detail takes there
)

// place puts the detail of a row behind its other columns, or, where it does not fit there, below
// them.
func place(detail []string, c columns) (beside string, below []string) {
	const between = " · "
	if all := strings.Join(detail, between); ansi.StringWidth(all) <= c.all-c.before() {
		return all, nil
	}
	for _, part := range detail {
		last := len(below) - 1
		if last >= 0 && (len(below) == detailLines || ansi.StringWidth(below[last]+between+part) <= c.all) {
			below[last] += between + part
			continue
		}
		below = append(below, strings.Repeat(" ", detailIndent)+part)
	}
	for i := range below {
		below[i] = widget.Fit(below[i], c.all)
	}
	return "", below
}

// draw returns the lines of a row.
func (s *Screen) draw(it *item, c columns) []string {
	if it.head {
		return s.drawHead(it, c)
	}
	t := s.theme
	mark, style := "  ", ansi.Style(nil)
	if it.task == nil && it.job != nil {
		style = t.Strong
	}
	if it.Place == s.selected {
		mark, style = t.Strong.Styled("▸ "), t.Selected
	}
	name := style.Styled(widget.Pad(it.label(), c.name))
	beside, below := place(s.detail(it), c)
	line := mark + name + " " + widget.Pad(s.look(it).String(), c.state) + widget.Pad(s.elapsed(it), timeWidth) + beside
	lines := append([]string{widget.Fit(line, c.all)}, below...)
	return append(lines, s.drawMessage(it, c)...)
}

// drawMessage tells why the row failed or waits, and what is not as expected with the source of its table: that it is
// not fresh, for one.
func (s *Screen) drawMessage(it *item, c columns) []string {
	style := s.theme.Bad
	if it.try != nil && (it.try.Status.Canceled() || it.try.Status.Skipped()) {
		style = s.theme.Faint
	}
	lines := widget.Wrap(widget.Clean(it.message()), c.all-6, messageLines)
	for i, l := range lines {
		lines[i] = "      " + style.Styled(l)
	}
	if it.try == nil || it.try.Build == nil {
		return lines
	}
	var warnings []string
	for _, warning := range it.try.Build.Warnings {
		warnings = append(warnings, warning.String())
	}
	if drift := it.try.Build.Drift; len(drift) > 0 {
		warnings = append(warnings, drift.String())
	}
	for _, warning := range warnings {
		for _, l := range widget.Wrap("! "+widget.Clean(warning), c.all-6, messageLines) {
			lines = append(lines, "      "+s.theme.Warn.Styled(l))
		}
	}
	return lines
}

// drawHead tells how a workspace is reached.
func (s *Screen) drawHead(it *item, c columns) []string {
	t, w := s.theme, it.space
	state := look("✓", "connected", t.Good)
	switch {
	case w.Error != "":
		state = look("✗", "cannot be reached", t.Bad)
	case w.Polled.IsZero():
		state = look("○", "connecting", t.Waiting)
	}
	name := widget.Clean(w.Name)
	if w.Name == s.selected.Workspace {
		name = t.Title.Styled(name)
	} else {
		name = t.Strong.Styled(name)
	}
	name += t.Faint.Styled(" · " + widget.Clean(w.Kind))
	polls := ""
	if !w.Polled.IsZero() {
		polls = fmt.Sprintf("polled %s ago · next in %s",
			widget.Seconds(s.state.Now.Sub(w.Polled)), widget.Seconds(w.NextPoll.Sub(s.state.Now)))
	}
	right := state.String()
	lines := []string{widget.Rule(name, right, c.all, t)}
	if polls != "" {
		both := right + t.Faint.Styled(" · "+polls)
		if ansi.StringWidth(name)+ansi.StringWidth(both)+widget.RuleMarks <= c.all {
			lines = []string{widget.Rule(name, both, c.all, t)}
		} else {
			lines = append(lines, widget.Fit("  "+t.Faint.Styled(polls), c.all))
		}
	}
	lines = append(lines, s.drawMessage(it, c)...)
	if len(w.Jobs) == 0 && !w.Polled.IsZero() {
		lines = append(lines, widget.Fit("  "+t.Warn.Styled("! no feature job found in "+s.state.Snapshot.Env), c.all))
	}
	return lines
}

func look(glyph, word string, style ansi.Style) screen.Look {
	return screen.Look{Glyph: glyph, Word: word, Style: style}
}

// look is the state of a row.
func (s *Screen) look(it *item) screen.Look {
	t := s.theme
	switch {
	case it.build != nil:
		return look("●", "building", t.Busy)
	case it.task != nil && it.try != nil:
		return screen.StatusLook(it.try.Status, t)
	case it.task == nil && it.run != nil:
		return screen.StatusLook(it.run.Status, t)
	case it.job == nil:
		return look("✓", "table", t.Faint)
	}
	return look("○", "not run", t.Faint)
}

// elapsed is how long the row has taken.
func (s *Screen) elapsed(it *item) string {
	var started, ended = s.state.Now, s.state.Now
	switch {
	case it.build != nil:
		started = it.build.Started
	case it.task != nil && it.try != nil:
		started, ended = it.try.Started, it.try.Ended
	case it.task == nil && it.run != nil:
		started, ended = it.run.Since(), it.run.Ended
	default:
		return ""
	}
	switch {
	case started.IsZero():
		return ""
	case ended.IsZero() || it.build != nil:
		return widget.Seconds(s.state.Now.Sub(started))
	}
	return widget.Duration(ended.Sub(started))
}
