package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Box frames lines with a title, w cells wide in all.
func Box(title string, lines []string, w int, border ansi.Style, t Theme) []string {
	inner := max(0, w-4)
	title = Fit(title, inner-2)
	top := border.Styled("╭─ ") + t.Strong.Styled(title) + " " +
		border.Styled(strings.Repeat("─", max(0, w-5-ansi.StringWidth(title)))+"╮")
	out := []string{top}
	for _, l := range lines {
		out = append(out, border.Styled("│")+" "+Pad(l, inner)+" "+border.Styled("│"))
	}
	return append(out, border.Styled("╰"+strings.Repeat("─", max(0, w-2))+"╯"))
}

// Over lays a box over the middle of a screen of w × h cells. What is around the box stays
// readable, without its styles, so that the eye goes to the box.
func Over(screen, box []string, w, h int, t Theme) []string {
	boxW := 0
	for _, l := range box {
		boxW = max(boxW, ansi.StringWidth(l))
	}
	x, y := max(0, (w-boxW)/2), max(0, (h-len(box))/2)
	out := make([]string, len(screen))
	for i, l := range screen {
		l = ansi.Strip(l)
		if i < y || i >= y+len(box) {
			out[i] = t.Faint.Styled(Fit(l, w))
			continue
		}
		left := ansi.Truncate(l, x, "")
		left += strings.Repeat(" ", max(0, x-ansi.StringWidth(left)))
		right := ansi.TruncateLeft(l, x+boxW, "")
		// A wide character under the edge of the box goes, and a space keeps its place.
		right = strings.Repeat(" ", max(0, ansi.StringWidth(l)-x-boxW-ansi.StringWidth(right))) + right
		out[i] = t.Faint.Styled(left) + Pad(box[i-y], boxW) + t.Faint.Styled(right)
	}
	return out
}

// Bar is a bar of w cells of which share, from 0 to 1, is full.
func Bar(share float64, w int) string {
	full := int(share*float64(w) + 0.5)
	full = max(0, min(w, full))
	return strings.Repeat("█", full) + strings.Repeat("░", max(0, w-full))
}

// Percent is 100·part/whole, whole numbers, and 100 only when nothing is missing.
func Percent(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	return max(0, min(100, int64(float64(part)/float64(whole)*100)))
}
