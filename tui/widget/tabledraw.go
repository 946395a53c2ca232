package widget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// gap is the space between two columns, in cells; margin is for the marks before a row.
const (
	gap    = 2
	margin = 2
)

// Draw returns h lines of at most w cells: the titles, a window on the rows around the selected one,
// and at the end how many there are, or the line in which the filter is typed.
func (t *Table[R]) Draw(w, h int, theme Theme) []string {
	out := make([]string, 0, max(0, h))
	t.height = max(0, h-2)
	widths := t.widths(w)
	if h > 0 {
		out = append(out, t.titles(widths, w, theme))
	}
	t.top = Scroll(t.top, t.cursor, t.cursor+1, t.height, len(t.shown))
	var b strings.Builder
	for y := range t.height {
		i := t.top + y
		if i >= len(t.shown) {
			out = append(out, "")
			continue
		}
		b.Reset()
		t.row(&b, i, widths, theme)
		out = append(out, Fit(b.String(), w))
	}
	if h > 1 {
		out = append(out, t.foot(widths, w, theme))
	}
	return out
}

// Click selects the row at a line of the newest drawing.
func (t *Table[R]) Click(y int) {
	if i := t.top + y - 1; y >= 1 && y <= t.height && i < len(t.shown) {
		t.Select(i)
	}
}

// widths gives each column its width in cells; 0 for one that is not shown.
func (t *Table[R]) widths(w int) []int {
	widths := make([]int, len(t.columns))
	room, shares := w-margin, 0
	for _, i := range t.dearest() {
		need := t.columns[i].Width + gap
		if need > room && i > 0 {
			continue
		}
		widths[i] = max(1, min(t.columns[i].Width, w-margin))
		room -= need
		shares += t.columns[i].Grow
	}
	for i := range widths {
		if widths[i] > 0 && t.columns[i].Grow > 0 && room > 0 {
			more := room * t.columns[i].Grow / shares
			widths[i] += more
			room, shares = room-more, shares-t.columns[i].Grow
		}
	}
	return widths
}

// dearest lists the columns that are not scrolled away, those that stay the longest first.
func (t *Table[R]) dearest() []int {
	var order []int
	for i := range t.columns {
		if i == 0 || i > t.left {
			order = append(order, i)
		}
	}
	if t.left == 0 {
		slices.SortStableFunc(order[1:], func(a, b int) int { return cmp.Compare(t.columns[a].Rank, t.columns[b].Rank) })
	}
	return order
}

func (t *Table[R]) titles(widths []int, w int, theme Theme) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", margin))
	for i, width := range widths {
		if width == 0 {
			continue
		}
		title := t.columns[i].Title
		if i == t.sort {
			title += map[bool]string{false: "▲", true: "▼"}[t.descending]
		}
		cell(&b, title, width, t.columns[i].Right, nil)
	}
	return theme.Strong.Styled(Fit(strings.TrimRight(b.String(), " "), w))
}

func (t *Table[R]) row(b *strings.Builder, i int, widths []int, theme Theme) {
	r := &t.rows[t.shown[i]]
	mark := "  "
	if len(t.marks) > 0 && t.marks[t.key(r)] {
		mark = " *"
	}
	chosen := i == t.cursor && !t.resting
	if chosen {
		mark = "▸" + mark[1:]
	}
	b.WriteString(mark)
	first := true
	for c, width := range widths {
		if width == 0 {
			continue
		}
		var style ansi.Style
		switch column := &t.columns[c]; {
		case chosen && first:
			style = theme.Selected
		case column.Style != nil:
			style = column.Style(r, theme)
		}
		first = false
		cell(b, t.columns[c].Text(r), width, t.columns[c].Right, style)
	}
}

// cell writes text in a width, with the gap behind it.
func cell(b *strings.Builder, text string, width int, right bool, style ansi.Style) {
	n := len(text)
	if !plain(text) {
		text = Clean(text)
		n = ansi.StringWidth(text)
	}
	if n > width {
		text = ansi.Truncate(text, width, "…")
		n = ansi.StringWidth(text)
	}
	if right {
		spaces(b, width-n)
	}
	if len(style) > 0 {
		text = style.Styled(text)
	}
	b.WriteString(text)
	if !right {
		spaces(b, width-n)
	}
	spaces(b, gap)
}

func spaces(b *strings.Builder, n int) {
	const some = "                                                                "
	for ; n > len(some); n -= len(some) {
		b.WriteString(some)
	}
	if n > 0 {
		b.WriteString(some[:n])
	}
}

// foot tells how many rows there are of how many, and what was done to them.
func (t *Table[R]) foot(widths []int, w int, theme Theme) string {
	if t.field != nil {
		count := fmt.Sprintf(" %d of %d", len(t.shown), len(t.rows))
		return Spread(theme.Key.Styled("/")+t.field.Draw(w-len(count)-1, theme), theme.Faint.Styled(count), w)
	}
	at := t.cursor + 1
	if len(t.shown) == 0 {
		at = 0
	}
	parts := []string{fmt.Sprintf("%d of %d", at, len(t.shown))}
	if len(t.shown) != len(t.rows) {
		parts = append(parts, fmt.Sprintf("filter %s hides %d", Clean(t.filter.text), len(t.rows)-len(t.shown)))
	}
	if n := len(t.marks); n > 0 {
		parts = append(parts, fmt.Sprintf("%d marked", n))
	}
	hidden := 0
	for _, width := range widths {
		if width == 0 {
			hidden++
		}
	}
	if hidden > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d columns", len(widths)-hidden, len(widths)))
	}
	return Fit(theme.Faint.Styled(strings.Join(parts, " · ")), w)
}
