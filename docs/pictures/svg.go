package main

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/cellbuf"
)

// The grid of a picture, in its own units. Text is set run by run at the place of its first cell and stretched to the
// cells that it takes, so that it stands in the grid whatever font a reader has.
const (
	cellWidth  = 8.4
	cellHeight = 18.0
	baseline   = 13.0 // of text, below the top of its cell
	fontSize   = 14.0
	margin     = 14.0
)

// The colours that a terminal would give the sixteen that the console draws with.
const (
	background = "#0f1419"
	foreground = "#d6dce4"
	border     = "#2b333d"
)

var palette = [16]string{
	"#39424e", "#f2777a", "#7fc97f", "#e6b450", "#6aaeef", "#c792ea", "#5ccfe6", "#d6dce4",
	"#7a8694", "#ff9da0", "#a6e3a1", "#ffd580", "#8fc7ff", "#dcb6ff", "#95e6f2", "#ffffff",
}

// look is how a cell is drawn.
type look struct {
	ink, paper string // paper is empty where it is the background
	bold       bool
	faint      bool
	underlined bool
}

// draw makes an SVG of a frame of the console. Its title is what a reader hears who does not see it.
func draw(frame, title string) []byte {
	lines := strings.Split(frame, "\n")
	width := 0
	for _, l := range lines {
		width = max(width, ansi.StringWidth(l))
	}
	cells := cellbuf.NewBuffer(width, len(lines))
	cellbuf.SetContent(cells, strings.Join(lines, "\r\n"))

	w, h := float64(width)*cellWidth+2*margin, float64(len(lines))*cellHeight+2*margin
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%[1]s" height="%[2]s" role="img">`+"\n", number(w), number(h))
	fmt.Fprintf(&out, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&out, `<style>text{font:%spx ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;white-space:pre}rect{shape-rendering:crispEdges}.b{font-weight:700}</style>`+"\n", number(fontSize))
	fmt.Fprintf(&out, `<rect x="0.5" y="0.5" width="%s" height="%s" rx="8" style="shape-rendering:auto" fill="%s" stroke="%s"/>`+"\n", number(w-1), number(h-1), background, border)
	for y := range lines {
		drawLine(&out, cells, width, y)
	}
	out.WriteString("</svg>\n")
	return []byte(out.String())
}

// run is neighbouring cells that look the same.
type run struct {
	look  look
	at    int // its first cell
	cells int
	text  string
}

// drawLine draws the papers of a line, then what is written on them.
func drawLine(out *strings.Builder, cells *cellbuf.Buffer, width, y int) {
	top := margin + float64(y)*cellHeight
	runs := runsOf(cells, width, y)
	for _, r := range runs {
		if r.look.paper != "" {
			fmt.Fprintf(out, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n",
				number(column(r.at)), number(top), number(float64(r.cells)*cellWidth), number(cellHeight), r.look.paper)
		}
	}
	for _, r := range runs {
		if r.look.underlined {
			fmt.Fprintf(out, `<path d="M%s %sh%s" stroke="%s"/>`+"\n",
				number(column(r.at)), number(top+baseline+2.5), number(float64(r.cells)*cellWidth), r.look.ink)
		}
		for _, p := range pieces(r) {
			if drawShape(out, p, top) {
				continue
			}
			attributes := ""
			if r.look.bold {
				attributes += ` class="b"`
			}
			if r.look.faint {
				attributes += ` opacity=".6"`
			}
			fmt.Fprintf(out, `<text x="%s" y="%s" textLength="%s" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
				number(column(p.at)), number(top+baseline), number(float64(p.cells)*cellWidth), r.look.ink, attributes, html.EscapeString(p.text))
		}
	}
}

// runsOf parts a line into runs.
func runsOf(cells *cellbuf.Buffer, width, y int) []run {
	var runs []run
	for x := 0; x < width; x++ {
		c := cells.Cell(x, y)
		if c == nil || c.Width == 0 {
			continue // the second half of a wide letter
		}
		l, text := lookOf(c.Style), c.String()
		if n := len(runs); n > 0 && runs[n-1].look == l && runs[n-1].at+runs[n-1].cells == x {
			runs[n-1].cells += c.Width
			runs[n-1].text += text
			continue
		}
		runs = append(runs, run{l, x, c.Width, text})
	}
	return runs
}

func lookOf(s cellbuf.Style) look {
	l := look{ink: foreground, bold: s.Attrs&cellbuf.BoldAttr != 0, faint: s.Attrs&cellbuf.FaintAttr != 0, underlined: s.UlStyle != cellbuf.NoUnderline}
	if s.Fg != nil {
		l.ink = hex(s.Fg)
	}
	if s.Bg != nil {
		l.paper = hex(s.Bg)
	}
	if s.Attrs&cellbuf.ReverseAttr != 0 {
		l.ink, l.paper = l.paper, l.ink
		if l.ink == "" {
			l.ink = background
		}
	}
	return l
}

func hex(c color.Color) string {
	if b, ok := c.(ansi.BasicColor); ok {
		return palette[b]
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// pieces parts a run into words that are set as text, each with single spaces within, and into letters that are drawn
// or stand alone: the font that a symbol comes from may be another than that of the words around it.
func pieces(r run) []run {
	var out []run
	at, open := r.at, false
	for _, letter := range r.text {
		s := string(letter)
		cells := max(1, ansi.StringWidth(s))
		last := len(out) - 1
		switch {
		case letter == ' ' && open && !strings.HasSuffix(out[last].text, " "):
			out[last].text += s
			out[last].cells++
		case letter == ' ':
			if open {
				out[last].text, out[last].cells = strings.TrimSuffix(out[last].text, " "), out[last].cells-1
			}
			open = false
		case letter < 0x80 && open:
			out[last].text += s
			out[last].cells++
		default:
			if open && strings.HasSuffix(out[last].text, " ") {
				out[last].text, out[last].cells = strings.TrimSuffix(out[last].text, " "), out[last].cells-1
			}
			if !open && last >= 0 && repeats(out[last], s) && out[last].at+out[last].cells == at {
				out[last].text += s
				out[last].cells += cells
			} else {
				out = append(out, run{r.look, at, cells, s})
			}
			open = letter < 0x80
		}
		at += cells
	}
	if open {
		if last := &out[len(out)-1]; strings.HasSuffix(last.text, " ") {
			last.text, last.cells = strings.TrimSuffix(last.text, " "), last.cells-1
		}
	}
	return out
}

// repeats reports whether a piece is nothing but a shape that is drawn, again and again.
func repeats(p run, s string) bool {
	_, drawn := shapes[s]
	return drawn && strings.HasPrefix(p.text, s)
}

func column(x int) float64 { return margin + float64(x)*cellWidth }

// number writes a length without zeros at its end.
func number(n float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
}
