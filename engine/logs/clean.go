package logs

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes foreign text safe to show: without the escape sequences and control characters by
// which it could move the cursor, recolour or retitle a terminal, without the marks that reverse
// the direction of writing, and as valid UTF-8. Line ends and tabs stay.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, ansi.Strip(strings.ToValidUTF8(s, "\uFFFD")))
}

// OneLine is Clean with a space for each line end and tab.
func OneLine(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(Clean(s))
}

// isPlain reports whether s is printable ASCII alone, as most text is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
