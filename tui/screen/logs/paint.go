package logs

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// part is a part of a text that is shown on one row: bytes, and blank cells before them in the place of a
// wide character that is only half there.
type part struct {
	span
	blank int
}

// cut returns what is in w cells of a text from a cell on.
func cut(s string, left, w int) part {
	if isASCII(s) {
		from := min(left, len(s))
		return part{span{from, min(from+w, len(s))}, 0}
	}
	var p part
	at := 0
	for i := 0; i < len(s); {
		cluster, width := ansi.FirstGraphemeCluster(s[i:], ansi.GraphemeWidth)
		switch {
		case at < left && at+width <= left:
			p.span = span{i + len(cluster), i + len(cluster)}
		case at < left:
			p = part{span{i + len(cluster), i + len(cluster)}, min(w, at+width-left)}
		case at+width > left+w:
			return p
		default:
			p.to = i + len(cluster)
		}
		at += width
		i += len(cluster)
	}
	return p
}

// wrapped returns the rows of w cells that a text takes, at least one.
func wrapped(s string, w int) []part {
	if isASCII(s) {
		rows := []part{{span{0, min(w, len(s))}, 0}}
		for from := w; from < len(s); from += w {
			rows = append(rows, part{span{from, min(from+w, len(s))}, 0})
		}
		return rows
	}
	rows := []part{{}}
	at := 0
	for i := 0; i < len(s); {
		cluster, width := ansi.FirstGraphemeCluster(s[i:], ansi.GraphemeWidth)
		if at+width > w && at > 0 {
			rows, at = append(rows, part{span: span{i, i}}), 0
		}
		i += len(cluster)
		at += width
		rows[len(rows)-1].to = i
	}
	return rows
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// paint writes a part of a text in a style, and what was found in it in another.
func paint(b *strings.Builder, s string, p part, found []span, style, hit ansi.Style) {
	b.WriteString("          "[:min(10, p.blank)])
	at := p.from
	write := func(to int, style ansi.Style) {
		if to > at {
			b.WriteString(style.Styled(s[at:to]))
			at = to
		}
	}
	for _, f := range found {
		if f.to <= at || f.from >= p.to {
			continue
		}
		write(max(at, f.from), style)
		write(min(p.to, f.to), hit)
	}
	write(p.to, style)
}
