package tui

import (
	"fmt"
	"slices"
	"strings"

	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// dialogWidth is how wide a dialog is, in cells, where the screen is wider.
const dialogWidth = 76

// choices is a dialog with keys to choose from. Keys that are none of its choices do nothing.
type choices struct {
	title   string
	lines   []string
	choices []choice
}

// choice is a key of a dialog, first as it is shown. Every choice closes the dialog.
type choice struct {
	keys []string
	help string
	do   func() tea.Cmd // nil only closes
}

// Key closes the dialog if the key is one of its choices.
func (d *choices) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	for _, c := range d.choices {
		if !slices.Contains(c.keys, k.String()) {
			continue
		}
		if c.do == nil {
			return true, nil
		}
		return true, c.do()
	}
	return false, nil
}

// Draw returns the box.
func (d *choices) Draw(w, h int, t widget.Theme) []string {
	var foot []string
	for _, c := range d.choices {
		foot = append(foot, keyHelp(c.keys[0], c.help, t))
	}
	lines := d.lines[:max(0, min(len(d.lines), h-4))]
	lines = append(slices.Clip(lines), "", strings.Join(foot, "   "))
	return widget.Box(d.title, lines, min(w-4, dialogWidth), t.Strong, t)
}

// keyHelp is a key and what it does.
func keyHelp(key, help string, t widget.Theme) string { return t.Key.Styled(key) + " " + help }

// pager is a dialog with lines that scroll.
type pager struct {
	title  string
	lines  func(w int) []string // for a width in cells
	foot   func(w int) string   // stays while the lines scroll; nil: nothing does
	top    int
	height int // of the window when it was drawn last
	total  int // lines then
}

// Key scrolls, or closes the dialog.
func (d *pager) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	page := max(1, d.height-1)
	switch k.String() {
	case "esc", "q", "?", "d":
		return true, nil
	case "up", "k":
		d.top--
	case "down", "j":
		d.top++
	case "pgup":
		d.top -= page
	case "pgdown", " ":
		d.top += page
	case "home":
		d.top = 0
	case "end":
		d.top = d.total
	}
	d.top = max(0, min(d.top, d.total-d.height))
	return false, nil
}

// Draw returns the box.
func (d *pager) Draw(w, h int, t widget.Theme) []string {
	w = min(w-4, pagerWidth)
	all := d.lines(w - 4)
	var below []string
	if d.foot != nil {
		below = []string{"", d.foot(w - 4)}
	}
	h -= len(below)
	d.total, d.height = len(all), max(0, min(len(all), h-4))
	d.top = max(0, min(d.top, d.total-d.height))
	end := d.top + d.height
	foot := keyHelp("esc", "close", t)
	if d.height < d.total {
		foot = keyHelp("↓/↑", "scroll", t) + "   " + foot +
			t.Faint.Styled(fmt.Sprintf("   lines %d to %d of %d", d.top+1, end, d.total))
	}
	lines := append(append(slices.Clone(all[d.top:end]), below...), "", foot)
	return widget.Box(d.title, lines, w, t.Strong, t)
}

// pagerWidth is how wide a dialog that scrolls is, in cells, where the screen is wider.
const pagerWidth = 100
