package overview

import (
	"fmt"
	"slices"

	"featops/tui/widget"
)

// window draws at most room lines of the rows of some workspaces, under each other, around the selected row where that
// is among them. It works out only what is seen: it goes from row to row until the room is full.
type window struct {
	screen *Screen
	spaces []*space
	w      int
	drawn  map[int][]string
}

// part is a piece of the screen with rows: where it begins, how wide it is, and the place of the row on each of its lines.
type part struct {
	x, y, w int
	places  []Place
}

// Click selects the row at a place of the newest drawing, or on the head of a workspace its first.
func (s *Screen) Click(x, y int) {
	for _, p := range s.drawn {
		if x < p.x || x >= p.x+p.w || y < p.y || y >= p.y+len(p.places) {
			continue
		}
		s.selected = p.places[y-p.y]
		if space, row := s.find(); row < 0 && space < 0 {
			s.pick(s.spaces[s.space()])
		}
	}
}

// window draws workspaces in a window that is known by a name, and tells the place of each line.
func (s *Screen) window(name string, spaces []*space, w, room int) ([]string, []Place) {
	v := &window{screen: s, spaces: spaces, w: w, drawn: map[int][]string{}}
	n := v.rows()
	if n == 0 {
		return nil, nil
	}
	top := max(0, min(s.tops[name], n-1))
	selected := v.selected()
	from, to := top, top
	if selected >= 0 {
		from, to = min(top, selected), max(top, selected)
	}
	for i := max(0, from-1); i < min(n, to+room); i++ {
		s.measure(v.row(i), w)
	}
	if selected >= 0 {
		first := selected
		if first > 0 && v.row(first-1).head {
			first--
		}
		top = max(min(top, first), min(v.back(selected, room), first))
	}
	lines, places, below := v.from(top, room)
	if top > 0 && below == 0 { // no room is left below the last row while there are rows above
		top = min(top, v.back(n-1, room))
		lines, places, below = v.from(top, room)
	}
	s.tops[name] = top
	return s.markMore(lines, w, top, below), places
}

// from draws the rows from the first on that fit into the room, and counts those below that are not seen whole.
func (v *window) from(first, room int) (lines []string, places []Place, below int) {
	n := v.rows()
	for ; first < n && len(lines) < room; first++ {
		drawn := v.draw(first)
		lines = append(lines, drawn...)
		places = append(places, slices.Repeat([]Place{v.row(first).Place}, len(drawn))...)
	}
	below = n - first
	if len(lines) > room {
		return lines[:room], places[:room], below + 1
	}
	return lines, places, below
}

// rows is how many rows there are.
func (v *window) rows() int {
	n := 0
	for _, x := range v.spaces {
		n += x.rows()
	}
	return n
}

// row returns a row by its number in the window.
func (v *window) row(i int) *item {
	for _, x := range v.spaces {
		if i < x.rows() {
			return x.row(i)
		}
		i -= x.rows()
	}
	return nil
}

// selected is the number of the selected row, or -1.
func (v *window) selected() int {
	before := 0
	for _, x := range v.spaces {
		if i := x.find(v.screen.selected); i >= 0 {
			return before + i
		}
		before += x.rows()
	}
	return -1
}

// draw returns the lines of a row.
func (v *window) draw(i int) []string {
	if _, known := v.drawn[i]; !known {
		it := v.row(i)
		v.screen.measure(it, v.w)
		v.drawn[i] = v.screen.draw(it, v.screen.widths[it.Workspace])
	}
	return v.drawn[i]
}

// back is the first row from which all up to and with the last one fit into the room, or the last itself.
func (v *window) back(last, room int) int {
	first := last
	for left := room - len(v.draw(last)); first > 0; first-- {
		if left -= len(v.draw(first - 1)); left < 0 {
			break
		}
	}
	return first
}

// markMore says at the edges of a window how many rows are beyond them.
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
