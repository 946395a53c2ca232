package main

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"featops/engine/logs"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// terminalWidth is how many cells a line of a terminal has; 0 when the stream is none.
func terminalWidth(stream any) int {
	if f, ok := stream.(interface{ Fd() uintptr }); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 0
}

// table writes rows in aligned columns; cells of a row are separated by tabs. What is formatted may be foreign: what
// could do something to a terminal is taken out of it.
func table(w io.Writer, rows func(line func(format string, args ...any))) {
	var lines [][]string
	rows(func(format string, args ...any) {
		clean := make([]any, len(args))
		for i, a := range args {
			if clean[i] = a; reflect.ValueOf(a).Kind() == reflect.String {
				clean[i] = logs.OneLine(fmt.Sprint(a))
			}
		}
		lines = append(lines, strings.Split(fmt.Sprintf(format, clean...), "\t"))
	})
	writeAligned(w, lines)
}

// gap is the cells between two columns.
const gap = 2

// writeAligned writes rows of cells, each column as wide as its widest cell looks on a terminal.
func writeAligned(w io.Writer, rows [][]string) {
	widths := columnWidths(rows)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)+gap))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	return widths
}

// listing is a table of which every row can also be told in a few lines, for a terminal that is too narrow for it.
type listing struct {
	header []string
	rows   [][]string
	cards  [][]string // of each row: a line, and lines under it
}

func (l *listing) add(cells []string, card ...string) {
	for i := range cells {
		cells[i] = logs.OneLine(cells[i])
	}
	for i := range card {
		card[i] = logs.OneLine(card[i])
	}
	l.rows, l.cards = append(l.rows, cells), append(l.cards, card)
}

// leastLast is how many cells of its last column a table needs to be of use.
const leastLast = 24

// write writes the table where it fits the width, with its last column cut if need be, else the cards. A width of 0
// has room for everything.
func (l *listing) write(w io.Writer, width int) {
	if room, last, fits := l.room(width); fits {
		rows := append([][]string{l.header}, l.rows...)
		for _, row := range rows {
			if width > 0 {
				row[last] = ansi.Truncate(row[last], room, "…")
			}
		}
		writeAligned(w, rows)
		return
	}
	for _, card := range l.cards {
		for i, line := range card {
			writeWrapped(w, strings.Repeat("    ", min(i, 1)), line, width)
		}
	}
}

// room is how many cells a width has for the last column, and whether that is enough.
func (l *listing) room(width int) (room, last int, fits bool) {
	widths := columnWidths(append([][]string{l.header}, l.rows...))
	last, room = len(widths)-1, width
	for _, cells := range widths[:last] {
		room -= cells + gap
	}
	return room, last, width == 0 || room >= min(leastLast, widths[last])
}

// writeWrapped writes text behind an indentation, broken where the line would be wider than width; 0 breaks nothing.
// Nothing of an empty text is written.
func writeWrapped(w io.Writer, indentation, text string, width int) {
	if text == "" {
		return
	}
	if room := width - ansi.StringWidth(indentation); width > 0 {
		text = ansi.Wrap(text, max(room, 20), "")
	}
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintln(w, strings.TrimRight(indentation+line, " "))
		indentation = strings.Repeat(" ", ansi.StringWidth(indentation))
	}
}

// facts writes what is known of a thing, a fact a line behind its name. Facts without a text are left out.
func facts(w io.Writer, width int, namesAndTexts ...string) {
	const column = 15
	for i := 0; i < len(namesAndTexts); i += 2 {
		writeWrapped(w, fmt.Sprintf("  %-*s", column, namesAndTexts[i]), logs.OneLine(namesAndTexts[i+1]), width)
	}
}
