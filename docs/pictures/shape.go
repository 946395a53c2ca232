package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// shape is a character that is drawn and not written: fonts leave gaps between lines and blocks. It is either a block,
// which fills the cell from one height to another, or strokes from the middle of the cell.
type shape struct {
	from, to              float64 // of the cell's height, from its top
	shade                 float64 // of a block
	left, right, up, down bool
	round                 bool
}

var shapes = func() map[string]shape {
	out := map[string]shape{
		"─": {left: true, right: true}, "│": {up: true, down: true},
		"╭": {right: true, down: true, round: true}, "╮": {left: true, down: true, round: true},
		"╰": {right: true, up: true, round: true}, "╯": {left: true, up: true, round: true},
		"└": {right: true, up: true}, "├": {right: true, up: true, down: true}, "┤": {left: true, up: true, down: true},
		"╷": {down: true}, "╵": {up: true}, "┌": {right: true, down: true}, "┐": {left: true, down: true}, "┘": {left: true, up: true},
		"┬": {left: true, right: true, down: true}, "┴": {left: true, right: true, up: true}, "┼": {left: true, right: true, up: true, down: true},
		"█": {to: 1, shade: 1}, "░": {to: 1, shade: .22}, "▒": {to: 1, shade: .45}, "▓": {to: 1, shade: .7},
	}
	for i, s := range []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇"} {
		out[s] = shape{from: 1 - float64(i+1)/8, to: 1, shade: 1}
	}
	return out
}()

// drawShape draws a piece that is one shape, or one again and again, and reports whether it is.
func drawShape(out *strings.Builder, p run, top float64) bool {
	letter, _ := utf8.DecodeRuneInString(p.text)
	s, ok := shapes[string(letter)]
	if !ok {
		return false
	}
	x, width := column(p.at), float64(p.cells)*cellWidth
	if s.shade > 0 {
		shade := ""
		if s.shade < 1 {
			shade = fmt.Sprintf(` opacity="%s"`, strings.TrimPrefix(number(s.shade), "0"))
		}
		fmt.Fprintf(out, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`+"\n",
			number(x), number(top+s.from*cellHeight), number(width), number((s.to-s.from)*cellHeight), p.look.ink, shade)
		return true
	}
	middle := top + cellHeight/2
	if s.left && s.right && !s.up && !s.down {
		fmt.Fprintf(out, `<path d="M%s %sh%s" stroke="%s"/>`+"\n", number(x), number(middle), number(width), p.look.ink)
		return true
	}
	for i := range p.cells {
		fmt.Fprintf(out, `<path d="%s" fill="none" stroke="%s"/>`+"\n", s.strokes(column(p.at+i), top), p.look.ink)
	}
	return true
}

// strokes is the path of a shape in the cell at a place.
func (s shape) strokes(x, top float64) string {
	cx, cy := x+cellWidth/2, top+cellHeight/2
	end := func(to bool, x, y float64) string {
		if !to {
			return ""
		}
		return fmt.Sprintf("M%s %sL%s %s", number(cx), number(cy), number(x), number(y))
	}
	if s.round {
		side, edge := x, top
		if s.right {
			side = x + cellWidth
		}
		if s.down {
			edge = top + cellHeight
		}
		return fmt.Sprintf("M%s %sQ%s %s %s %s", number(side), number(cy), number(cx), number(cy), number(cx), number(edge))
	}
	return end(s.left, x, cy) + end(s.right, x+cellWidth, cy) + end(s.up, cx, top) + end(s.down, cx, top+cellHeight)
}
