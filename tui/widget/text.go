// Package widget draws the pieces of the console that know no engine: text that fits, boxes, bars,
// a countdown, a window on log lines. Everything is a pure function of its arguments and measures in
// terminal cells; a line that comes out is never wider than was asked for.
package widget

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes foreign text safe to draw on one line: escape sequences go, control characters
// become spaces, and invisible formatting characters, which could reorder what is shown, go.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	s = ansi.Strip(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Fit cuts a line that is wider than w cells and marks the cut. Styles may be in it.
func Fit(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if len(s) <= w || ansi.StringWidth(s) <= w {
		return s
	}
	return ansi.Truncate(s, w, "…")
}

// Pad makes a line exactly w cells wide.
func Pad(s string, w int) string {
	s = Fit(s, w)
	return s + strings.Repeat(" ", max(0, w-ansi.StringWidth(s)))
}

// Spread puts left and right at the ends of a line of exactly w cells. Left is cut before right is.
// Right begins with a space: marks that combine with the letter before them would make the line shorter.
func Spread(left, right string, w int) string {
	right = Fit(right, w)
	return Pad(left, w-ansi.StringWidth(right)) + right
}

// RuleMarks is how many cells of a Rule its texts leave to the line itself, at least.
const RuleMarks = 8

// Rule is a line across w cells with a text at its left end and one at its right.
func Rule(left, right string, w int, t Theme) string {
	left = t.Faint.Styled("── ") + left + " "
	if right != "" {
		right = " " + right + t.Faint.Styled(" ──")
	}
	gap := w - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 0 {
		return Spread(left, right, w)
	}
	return left + t.Faint.Styled(strings.Repeat("─", gap)) + right
}

// Wrap breaks clean text into at most limit lines of at most w cells; the last is marked when there
// was more.
func Wrap(s string, w, limit int) []string {
	if w <= 0 || limit <= 0 || s == "" {
		return nil
	}
	// A line that begins with a blank comes out of Wrap one cell too wide.
	lines := strings.Split(ansi.Hardwrap(ansi.Wrap(s, w, "/"), w, true), "\n")
	if len(lines) > limit {
		lines[limit-1] = ansi.Truncate(lines[limit-1], w-1, "") + "…"
		lines = lines[:limit]
	}
	for i := range lines {
		lines[i] = Fit(lines[i], w)
	}
	return lines
}

// Duration writes how long something took: 0.4s, 12.0s, 3m05s, 2h07m.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0.0s"
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(time.Second/10).Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// Clock writes time that is left as mm:ss, rounded up, so that it reaches 00:00 at the very end.
func Clock(left time.Duration) string {
	left = max(0, left+time.Second-1).Truncate(time.Second)
	return fmt.Sprintf("%02d:%02d", left/time.Minute, left%time.Minute/time.Second)
}

// Seconds writes a time that goes on, in whole seconds: 4s, 3m05s, 2h07m.
func Seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%ds", max(0, d)/time.Second)
	}
	return Duration(d)
}
