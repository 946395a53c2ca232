package logs

import tea "github.com/charmbracelet/bubbletea"

// scrollStep is how far a key scrolls sideways, in cells.
const scrollStep = 16

// follow goes to the newest line and stays there; paused, it stands still while lines come.
func (s *Screen) follow() tea.Cmd {
	s.following = true
	if s.detached {
		return s.refilter()
	}
	s.cursor = s.lines.end() - 1
	return s.pull()
}

func (s *Screen) toggleFollow() tea.Cmd {
	if s.following {
		s.following = false
		return nil
	}
	return s.follow()
}

// move selects the line that is as many further down. At the newest it follows.
func (s *Screen) move(down int64) tea.Cmd {
	s.shift(down)
	switch {
	case s.following:
		return s.pull()
	case down < 0:
		return s.more()
	}
	return nil
}

func (s *Screen) shift(down int64) {
	s.cursor = max(s.lines.first(), min(s.cursor+down, s.lines.end()-1))
	s.following = s.cursor == s.lines.end()-1 && !s.detached && down >= 0
}

// page moves the window down or up by its height.
func (s *Screen) page(down bool) tea.Cmd {
	if !down {
		s.top = max(s.lines.first(), s.top-int64(max(1, s.height-1)))
		return s.move(s.top - s.cursor)
	}
	if len(s.rows) > 0 {
		s.top = s.rows[len(s.rows)-1]
	}
	return s.move(s.top - s.cursor)
}

// oldest goes to the oldest line that is loaded, and loads more.
func (s *Screen) oldest() tea.Cmd { return s.move(s.lines.first() - s.cursor) }

// scroll scrolls sideways.
func (s *Screen) scroll(right int) { s.left = max(0, s.left+right*scrollStep) }

// Wheel scrolls. Older lines are loaded when the next message comes.
func (s *Screen) Wheel(lines int) {
	s.shift(int64(lines))
	s.wheeled = lines < 0
}

// Click selects the line at a place of the newest drawing.
func (s *Screen) Click(_, y int) {
	if y -= headLines; y >= 0 && y < len(s.rows) {
		s.shift(s.rows[y] - s.cursor)
	}
}

// mark marks the selected line, or takes its mark, and goes on to the next.
func (s *Screen) mark() tea.Cmd {
	if s.selected() == nil {
		return nil
	}
	if s.marks[s.cursor] {
		delete(s.marks, s.cursor)
	} else {
		s.marks[s.cursor] = true
	}
	s.following = false
	s.cursor = min(s.cursor+1, s.lines.end()-1)
	return nil
}
