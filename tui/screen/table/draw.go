package table

import (
	"fmt"
	"slices"
	"strings"

	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

const (
	// beside is the width of a screen from which the selected column is told beside the list.
	beside = 150
	// leastBelow is the height from which it is told below the list, and leastList how many lines the list keeps then.
	leastBelow = 16
	leastList  = 9
)

// Draw returns h lines of at most w cells.
func (s *Screen) Draw(w, h int) []string {
	lines := append(s.head(w), s.tabs(w))
	room := max(0, h-len(lines))
	t := s.state.Theme
	switch s.view {
	case lineageView:
		below := s.toldNode(w)
		return slices.Concat(lines, s.nodes.Draw(w, room-len(below), t), below)
	case versionsView:
		if status := s.history.Status("the versions", s.state); status != "" {
			lines, room = append(lines, widget.Fit(status, w)), room-1
		}
		below := s.toldVersion(w)
		return slices.Concat(lines, s.versions.Draw(w, room-len(below), t), below)
	}
	switch {
	case s.zoomed:
		return append(lines, s.detail(w, room)...)
	case w >= beside:
		return append(lines, s.drawBeside(w, room)...)
	case room < leastBelow:
		return append(lines, s.columns.Draw(w, room, t)...)
	}
	below := max(room-leastList-len(s.description().Columns), min(room/2, room-leastList))
	lines = append(lines, s.columns.Draw(w, room-below, t)...)
	return append(lines, s.detail(w, below)...)
}

// toldNode tells in full what the selected part of the lineage is.
func (s *Screen) toldNode(w int) []string {
	n := s.nodes.Selected()
	if n == nil {
		return nil
	}
	return s.told(n.kind+" "+strings.TrimLeft(n.drawn, " └├─▶"), n.what, w)
}

// toldVersion tells in full what the selected version is.
func (s *Screen) toldVersion(w int) []string {
	c := s.versions.Selected()
	if c == nil {
		return nil
	}
	text := did(c)
	if made := from(c); made != "" {
		text += "; made from " + made
	}
	return s.told(fmt.Sprintf("version %d, %s", c.Version, c.Operation), text, w)
}

// toldLines is how many lines there are for a selected row below its list.
const toldLines = 3

func (s *Screen) told(title, text string, w int) []string {
	out := []string{widget.Rule(s.state.Theme.Strong.Styled(widget.Clean(title)), "", w, s.state.Theme)}
	out = append(out, widget.Wrap(widget.Clean(text), w, toldLines)...)
	for len(out) < 1+toldLines {
		out = append(out, "")
	}
	return out
}

// drawBeside puts the selected column to the right of the list.
func (s *Screen) drawBeside(w, h int) []string {
	const between = " │ "
	left := w * 2 / 3
	list, detail := s.columns.Draw(left, h, s.state.Theme), s.detail(w-left-len([]rune(between)), h)
	for i := range list {
		right := ""
		if i < len(detail) {
			right = detail[i]
		}
		list[i] = widget.Pad(list[i], left) + s.state.Theme.Faint.Styled(between) + right
	}
	return list
}

// head tells of the table as a whole.
func (s *Screen) head(w int) []string {
	t, d := s.state.Theme, s.description()
	if status := s.about.Status(s.name, s.state); status != "" && d.Name == "" {
		return []string{widget.Fit(status, w), ""}
	}
	text, style := stateLook(d.State, t)
	if far, under := s.underWay(); under {
		text, style = "● building "+far, t.Busy
	}
	parts := []string{style.Styled(text) + " in " + t.Strong.Styled(widget.Clean(d.Workspace))}
	if d.Version >= 0 {
		parts = append(parts, fmt.Sprintf("v%d", d.Version))
		if mark := drifted(d.Drift); mark != "" {
			parts = append(parts, t.Warn.Styled(mark))
		}
		parts = append(parts, humanize.Comma(d.Rows)+" rows")
		if d.Customers > 0 {
			parts = append(parts, humanize.Comma(d.Customers)+" customers")
		}
		for _, c := range d.Columns {
			if c.Name == d.TimestampKey && c.Statistics != nil && c.Statistics.Max != nil {
				parts = append(parts, "newest "+widget.Clean(literal(c.Statistics.Max, false, widget.Number)))
			}
		}
		if !d.Updated.IsZero() {
			parts = append(parts, "updated "+humanize.RelTime(d.Updated, s.state.Now, "ago", "from now"))
		}
	}
	about := t.Faint.Styled(widget.Clean(d.Description))
	switch a, _ := s.about.Value(); {
	case s.about.Err() != nil:
		about = s.about.Status(s.name, s.state)
	case a.missing != nil:
		about = t.Bad.Styled("✗ " + widget.Clean(a.missing.Error()))
	}
	return []string{widget.Fit(strings.Join(parts, " · "), w), widget.Fit(about, w)}
}

// underWay reports whether the table is being built, and how far that is.
func (s *Screen) underWay() (far string, under bool) {
	return UnderWay(s.state.Snapshot, s.workspace, s.name)
}

// tabs names the views.
func (s *Screen) tabs(w int) string {
	t := s.state.Theme
	var names []string
	for i, name := range viewNames {
		if view(i) == s.view {
			names = append(names, t.Selected.Styled(" "+name+" "))
		} else {
			names = append(names, " "+name+" ")
		}
	}
	line := strings.Join(names, t.Faint.Styled("│"))
	return line + t.Faint.Styled(strings.Repeat("─", max(0, w-ansi.StringWidth(line))))
}
