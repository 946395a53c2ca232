package sparksql

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// quoted is a name in backticks: of one part, or of several with points between them.
func quoted(parts ...string) string {
	for i, p := range parts {
		parts[i] = "`" + strings.ReplaceAll(p, "`", "``") + "`"
	}
	return strings.Join(parts, ".")
}

// literal is a STRING literal. Characters that do not show are written by their code.
func literal(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x10000 && r != ' ' && !unicode.IsGraphic(r) || r != ' ' && unicode.IsSpace(r) || unicode.IsMark(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	// What begins a variable, ${name}, is replaced by its value in literals too.
	return strings.ReplaceAll(b.String(), "${", `\u0024{`)
}

// double is a DOUBLE literal.
func double(x float64) string {
	switch {
	case math.IsNaN(x):
		return "CAST('NaN' AS DOUBLE)"
	case math.IsInf(x, 1):
		return "CAST('Infinity' AS DOUBLE)"
	case math.IsInf(x, -1):
		return "CAST('-Infinity' AS DOUBLE)"
	}
	text := strconv.FormatFloat(x, 'G', -1, 64)
	if !strings.ContainsAny(text, ".E") {
		text += ".0"
	}
	return signed(text + "D")
}

// whole is a BIGINT literal.
func whole(n int64) string { return signed(strconv.FormatInt(n, 10) + "L") }

// signed puts a negative number in brackets: a minus before it would begin a comment.
func signed(number string) string {
	if strings.HasPrefix(number, "-") {
		return "(" + number + ")"
	}
	return number
}

// day is a DATE literal.
func day(t time.Time) string { return "DATE '" + t.Format(time.DateOnly) + "'" }

// comment is a text as one line of comment. A backslash at its end would make the next line part of it.
func comment(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return "-- " + strings.TrimRight(text, `\ `)
}
