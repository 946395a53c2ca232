package overview

import (
	"fmt"
	"strings"

	"featops/engine"
	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// messageLines is how many lines of a failure's message are shown.
const messageLines = 2

// timeWidth holds 59m59s, and a space.
const timeWidth = 7

// columns are the widths of the columns of a workspace's rows, in cells.
type columns struct{ all, name, state int }

// before is the width of all columns but the last: mark, name, state, time.
func (c columns) before() int { return 2 + c.name + 1 + c.state + timeWidth }

func (s *Screen) columns(rows []item, w int) columns {
	c := columns{all: w, name: 20, state: 9}
	for i := range rows[1:] {
		it := &rows[1+i]
		c.name = max(c.name, ansi.StringWidth(it.label()))
		c.state = max(c.state, s.look(it).width())
	}
	c.name = min(c.name, w/2) + 2
	c.state = min(c.state, w*30/100) + 2
	return c
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

// height is how many lines draw makes of the row.
func (s *Screen) height(it *item, c columns) int {
	if it.head {
		return len(s.drawHead(it, c))
	}
	n := 1 + len(s.drawMessage(it, c))
	if _, below := s.place(s.detail(it), c); below != "" {
		n++
	}
	return n
}

// place puts the detail of a row behind its other columns, or, where it does not fit there, below
// them.
func (s *Screen) place(detail string, c columns) (beside, below string) {
	if ansi.StringWidth(detail) <= c.all-c.before() {
		return detail, ""
	}
	return "", widget.Fit("      "+detail, c.all)
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
	beside, below := s.place(s.detail(it), c)
	line := mark + name + " " + widget.Pad(s.look(it).String(), c.state) + widget.Pad(s.elapsed(it), timeWidth) + beside
	lines := []string{widget.Fit(line, c.all)}
	if below != "" {
		lines = append(lines, below)
	}
	return append(lines, s.drawMessage(it, c)...)
}

func (s *Screen) drawMessage(it *item, c columns) []string {
	style := s.theme.Bad
	if it.try != nil && (it.try.Status.Canceled() || it.try.Status.Skipped()) {
		style = s.theme.Faint
	}
	lines := widget.Wrap(widget.Clean(it.message()), c.all-6, messageLines)
	for i, l := range lines {
		lines[i] = "      " + style.Styled(l)
	}
	return lines
}

// drawHead tells how a workspace is reached.
func (s *Screen) drawHead(it *item, c columns) []string {
	t, w := s.theme, it.space
	state := look{"✓", "connected", t.Good}
	switch {
	case w.Error != "":
		state = look{"✗", "cannot be reached", t.Bad}
	case w.Polled.IsZero():
		state = look{"○", "connecting", t.Waiting}
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

// look is the state of a row.
func (s *Screen) look(it *item) look {
	t := s.theme
	switch {
	case it.build != nil:
		return look{"●", "building", t.Busy}
	case it.task != nil && it.try != nil:
		return statusLook(it.try.Status, t)
	case it.task == nil && it.run != nil:
		return statusLook(it.run.Status, t)
	case it.job == nil:
		return look{"✓", "table", t.Faint}
	}
	return look{"○", "not run", t.Faint}
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
		started, ended = it.run.Started, it.run.Ended
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

// detail is what else there is to know of a row.
func (s *Screen) detail(it *item) string {
	if it.task == nil && it.job != nil {
		if it.run == nil {
			return ""
		}
		return s.theme.Faint.Styled(fmt.Sprintf("run %d", it.run.ID))
	}
	var parts []string
	if it.try != nil && it.try.Attempt > 0 {
		parts = append(parts, s.theme.Warn.Styled(fmt.Sprintf("attempt %d", it.try.Attempt)))
	}
	switch {
	case it.build != nil && it.build.Progress != nil:
		return strings.Join(append(parts, progress(*it.build.Progress)), " · ")
	case it.try != nil && it.try.Progress != nil && !it.try.Status.Ended():
		return strings.Join(append(parts, progress(*it.try.Progress)), " · ")
	}
	if result := built(it); result != "" {
		parts = append(parts, result)
	}
	if targets := s.targets(it); targets != "" {
		parts = append(parts, targets)
	}
	return strings.Join(parts, " · ")
}

// progress is how far a build is: `compute 45% · 9,000 of 20,000 rows`.
func progress(p workspaces.Progress) string {
	if p.Total <= 0 {
		return fmt.Sprintf("%s %s rows", widget.Clean(p.Stage), humanize.Comma(p.Rows))
	}
	return fmt.Sprintf("%s %d%% · %s of %s rows", widget.Clean(p.Stage), widget.Percent(p.Rows, p.Total),
		humanize.Comma(p.Rows), humanize.Comma(p.Total))
}

// built is what the newest attempt saved, or, without one, what is there.
func built(it *item) string {
	if it.try != nil && it.try.Build != nil {
		b := it.try.Build
		what := fmt.Sprintf("%s rows · v%d", humanize.Comma(b.Rows), b.Version)
		switch {
		case b.Refused:
			return fmt.Sprintf("refused, v%d is untouched", b.Version)
		case b.UpToDate:
			return "up to date · " + what
		}
		return what
	}
	if it.table == nil || it.try != nil && !it.try.Status.Ended() {
		return ""
	}
	return fmt.Sprintf("%s rows · v%d", humanize.Comma(it.table.Rows), it.table.Version)
}

// targets tells, of each other workspace, whether the newest version of the row's table is
// registered there.
func (s *Screen) targets(it *item) string {
	if it.table == nil {
		return ""
	}
	var parts []string
	for i := range s.state.Snapshot.Workspaces {
		w := &s.state.Snapshot.Workspaces[i]
		if w.Name == it.Workspace {
			continue
		}
		mark := s.theme.Waiting.Styled("…")
		switch failed := s.failed[target{it.table.Name, w.Name}]; {
		case registered(w, it.table):
			mark = s.theme.Good.Styled("✓")
		case failed != "":
			mark = s.theme.Bad.Styled("✗ " + string(failed))
		}
		parts = append(parts, widget.Clean(w.Name)+" "+mark)
	}
	if len(parts) == 0 {
		return ""
	}
	return "→ " + strings.Join(parts, " ")
}

func registered(w *engine.WorkspaceState, table *workspaces.Table) bool {
	for _, r := range w.Registrations {
		if r.Name == table.Name && r.Workspace == table.Workspace {
			return r.Version == table.Version
		}
	}
	return false
}
