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

// Draw returns h lines of at most w cells: the workspaces get what they need, the log lines the
// rest, but never less than a few.
func (s *Screen) Draw(w, h int) []string {
	var lines []string
	room := max(1, h-leastLogs)
	if w >= sideBySide {
		lines = s.drawBeside(w, room)
	} else {
		lines = s.drawStacked(w, room)
	}
	return append(lines, s.drawLogs(w, h-len(lines))...)
}

func (s *Screen) drawLogs(w, h int) []string {
	state := s.theme.Faint.Styled("following")
	if !s.logs.Following() {
		state = s.theme.Warn.Styled(fmt.Sprintf("scrolled back, %d newer: end follows", s.logs.Newer()))
	}
	head := widget.Rule(s.theme.Strong.Styled("log"), state, w, s.theme)
	return append([]string{head}, s.logs.Draw(w, h-1, s.theme)...)
}

// drawStacked puts the workspaces under each other.
func (s *Screen) drawStacked(w, room int) []string {
	var all []block
	for _, rows := range s.spaces {
		all = append(all, s.blocks(rows, w)...)
	}
	return s.window("", all, w, room)
}

// drawBeside puts the workspaces beside each other, as many as there is room for, the selected one
// among them.
func (s *Screen) drawBeside(w, room int) []string {
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
		part := s.window(s.spaces[i][0].Workspace, s.blocks(s.spaces[i], width), width, room)
		parts = append(parts, part)
		height = max(height, len(part))
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

// block is a row with its place in a list of lines.
type block struct {
	*item
	columns
	height, from int
}

func (s *Screen) blocks(rows []item, w int) []block {
	c := s.columns(rows, w)
	out := make([]block, len(rows))
	for i := range rows {
		out[i] = block{item: &rows[i], columns: c, height: s.height(&rows[i], c)}
	}
	return out
}

// window draws at most room lines of a list, around the selected row where that is in it. Only rows
// that are seen are drawn.
func (s *Screen) window(name string, all []block, w, room int) []string {
	total := 0
	first, last := s.tops[name], s.tops[name]
	for i := range all {
		all[i].from = total
		total += all[i].height
		if all[i].Place == s.selected {
			first, last = all[i].from, total
			if i > 0 && all[i-1].head {
				first = all[i-1].from
			}
		}
	}
	top := widget.Scroll(s.tops[name], first, last, room, total)
	s.tops[name] = top
	var lines []string
	for i := range all {
		b := &all[i]
		if b.from+b.height <= top || b.from >= top+room {
			continue
		}
		for k, l := range s.draw(b.item, b.columns) {
			if y := b.from + k; y >= top && y < top+room {
				lines = append(lines, l)
			}
		}
	}
	return s.markMore(lines, w, top, total-top-len(lines))
}

// markMore says at the edges of a window what is beyond them.
func (s *Screen) markMore(lines []string, w, above, below int) []string {
	mark := func(line *string, arrow string, n int) {
		if n > 0 {
			*line = widget.Spread(*line, s.theme.Warn.Styled(fmt.Sprintf(" %s %d more", arrow, n)), w)
		}
	}
	if len(lines) > 0 {
		mark(&lines[0], "↑", above)
		mark(&lines[len(lines)-1], "↓", below)
	}
	return lines
}
