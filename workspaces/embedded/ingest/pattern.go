package ingest

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// patternFields are the parts of a date pattern and what package time calls them, longer ones
// first where one begins with another.
var patternFields = [...][2]string{
	{"yyyy", "2006"}, {"yy", "06"}, {"MM", "01"}, {"dd", "02"}, {"HH", "15"}, {"mm", "04"}, {"ss", "05"},
}

// layout translates a pattern such as dd/MM/yyyy to the layout of package time.
func layout(pattern string) (string, error) {
	var b strings.Builder
scan:
	for rest := pattern; rest != ""; {
		for _, f := range patternFields {
			if after, ok := strings.CutPrefix(rest, f[0]); ok {
				b.WriteString(f[1])
				rest = after
				continue scan
			}
		}
		r := rune(rest[0])
		if r >= 0x80 || r != 'T' && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return "", fmt.Errorf("%q is no date pattern: allowed are yyyy, yy, MM, dd, HH, mm, ss, T and ASCII punctuation", pattern)
		}
		b.WriteByte(rest[0])
		rest = rest[1:]
	}
	if !strings.Contains(b.String(), "06") {
		return "", fmt.Errorf("%q is no date pattern: it has no year (yyyy or yy)", pattern)
	}
	return b.String(), nil
}

// parseMonth reads a month as yyyy-MM.
func parseMonth(s string) (time.Time, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no month as yyyy-MM", s)
	}
	return t, nil
}
