package screen

import (
	"fmt"

	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Window shows a part of lines that may be more than there is room for. A screen embeds it.
type Window struct{ top, height, total int }

// Top goes back to the first line.
func (w *Window) Top() { w.top = 0 }

// Wheel scrolls.
func (w *Window) Wheel(lines int) { w.top = max(0, min(w.top+lines, w.total-w.height)) }

// View returns up to h of the lines; the last one tells how many come after it, with itself.
func (w *Window) View(lines []string, h int, t widget.Theme) []string {
	w.height, w.total = max(0, h), len(lines)
	w.Wheel(0)
	shown := lines[w.top:min(w.top+w.height, w.total)]
	if below := w.total - w.top - len(shown); below > 0 && len(shown) > 0 {
		shown[len(shown)-1] = t.Warn.Styled(fmt.Sprintf("↓ %d more", below+1))
	}
	return shown
}

// Moves are the actions that scroll.
func (w *Window) Moves() []Action {
	move := func(name, help string, keys []string, lines func() int) Action {
		return Action{Name: name, Help: help, Group: Move, Keys: keys, Do: func() tea.Cmd {
			w.Wheel(lines())
			return nil
		}}
	}
	return []Action{
		move("up", "row up", []string{"up", "k"}, func() int { return -1 }),
		move("down", "row down", []string{"down", "j"}, func() int { return 1 }),
		move("page-up", "page up", []string{"pgup", "ctrl+b"}, func() int { return -max(1, w.height-1) }),
		move("page-down", "page down", []string{"pgdown", "ctrl+f"}, func() int { return max(1, w.height-1) }),
		move("top", "first row", []string{"home"}, func() int { return -w.total }),
		move("bottom", "last row", []string{"end", "G"}, func() int { return w.total }),
	}
}
