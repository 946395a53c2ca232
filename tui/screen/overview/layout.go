package overview

import (
	"fmt"
	"strings"

	"featops/tui/widget"
)

const (
	// sideBySide is the width of a screen from which workspaces stand beside each other.
	sideBySide = 120
	// columnWidth is the least width of a workspace beside others.
	columnWidth = 58
	// leastLogs is how many log lines are always shown, with their head.
	leastLogs = 5
	// between and its width separate two workspaces.
	between      = " │ "
	betweenWidth = 3
)

// Draw returns h lines of at most w cells: what needs a person, then the workspaces, which get what they
// need, and the log lines, which get the rest, but never less than a few.
func (s *Screen) Draw(w, h int) []string {
	lines := append([]string{s.drawNeeds(w)}, s.drawFilter(w)...)
	s.drawn = s.drawn[:0]
	room := max(1, h-leastLogs-len(lines))
	if w >= sideBySide {
		lines = append(lines, s.drawBeside(w, len(lines), room)...)
	} else {
		lines = append(lines, s.drawStacked(w, len(lines), room)...)
	}
	return append(lines, s.drawLogs(w, h-len(lines))...)
}

func (s *Screen) drawLogs(w, h int) []string {
	state := s.theme.Faint.Styled("following")
	if !s.logs.Following() {
		state = s.theme.Warn.Styled(fmt.Sprintf("scrolled back, %d newer: end follows", s.logs.Newer()))
	}
	lines := append([]string{widget.Rule(s.theme.Strong.Styled("log"), state, w, s.theme)}, s.logs.Draw(w, h-1, s.theme)...)
	if s.logs.Empty() {
		lines[1] = s.theme.Faint.Styled("  Nothing was logged yet.")
	}
	return lines
}

// drawStacked puts the workspaces under each other, from a line of the screen on.
func (s *Screen) drawStacked(w, y, room int) []string {
	lines, places := s.window("", s.spaces, w, room)
	s.drawn = append(s.drawn, part{0, y, w, places})
	return lines
}

// drawBeside puts the workspaces beside each other, as many as there is room for, the selected one
// among them.
func (s *Screen) drawBeside(w, y, room int) []string {
	n := max(1, min(len(s.spaces), (w+betweenWidth)/(columnWidth+betweenWidth)))
	first := widget.Scroll(s.first, max(0, s.space()), max(0, s.space())+1, n, len(s.spaces))
	s.first = first
	width := (w - (n-1)*betweenWidth) / n
	beyond := len(s.spaces) > n
	if beyond {
		room--
	}
	var parts [][]string
	height := 0
	for i := first; i < min(first+n, len(s.spaces)); i++ {
		lines, places := s.window(s.spaces[i].state.Name, s.spaces[i:i+1], width, room)
		s.drawn = append(s.drawn, part{len(parts) * (width + betweenWidth), y, width, places})
		parts = append(parts, lines)
		height = max(height, len(lines))
	}
	lines := make([]string, 0, height+1)
	for y := range height {
		cells := make([]string, len(parts))
		for x, part := range parts {
			if y < len(part) {
				cells[x] = part[y]
			}
			if x < len(parts)-1 {
				cells[x] = widget.Pad(cells[x], width)
			}
		}
		lines = append(lines, strings.Join(cells, s.theme.Faint.Styled(between)))
	}
	if beyond {
		lines = append(lines, s.theme.Warn.Styled(fmt.Sprintf("‹ tab › workspaces %d to %d of %d", first+1, first+n, len(s.spaces))))
	}
	return lines
}
