package widget

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

// eighths are bars of one cell, from the lowest to a full one.
var eighths = []rune("▁▂▃▄▅▆▇█")

// Sparkline shows counts as bars of one cell each, in at most w cells: neighbours are added up where there are more. A
// count that is not zero can be seen.
func Sparkline(counts []int64, w int) string {
	counts = condensed(counts, w)
	if len(counts) == 0 {
		return ""
	}
	most := slices.Max(counts)
	var b strings.Builder
	for _, n := range counts {
		if n <= 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(eighths[level(n, most, len(eighths))-1])
	}
	return b.String()
}

// Columns shows counts as bars beside each other: h lines, each bar as many cells wide as fit in w. A count that is not
// zero can be seen.
func Columns(counts []int64, w, h int) []string {
	if h <= 0 {
		return nil
	}
	counts = condensed(counts, w)
	if len(counts) == 0 {
		return make([]string, h)
	}
	width := w / len(counts)
	most := slices.Max(counts)
	lines := make([]string, h)
	for y := range lines {
		var b strings.Builder
		below := (h - 1 - y) * len(eighths)
		for _, n := range counts {
			cell := " "
			if n > 0 {
				if l := level(n, most, h*len(eighths)) - below; l > 0 {
					cell = string(eighths[min(l, len(eighths))-1])
				}
			}
			b.WriteString(strings.Repeat(cell, width))
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// level is the height of n among levels, where most has all of them; at least 1.
func level(n, most int64, levels int) int {
	return max(1, min(levels, int(math.Round(float64(n)/float64(most)*float64(levels)))))
}

// condensed adds neighbours up until there are at most w counts.
func condensed(counts []int64, w int) []int64 {
	if w <= 0 {
		return nil
	}
	step := (len(counts) + w - 1) / w
	if step <= 1 {
		return counts
	}
	out := make([]int64, 0, w)
	for part := range slices.Chunk(counts, step) {
		sum := int64(0)
		for _, n := range part {
			sum += n
		}
		out = append(out, sum)
	}
	return out
}

// NumberWidth is how wide a Number is at most, in cells.
const NumberWidth = 10

// Number writes a number where there is little room: whole ones with all their digits where they fit, fractions to three
// places, great ones with a prefix (12.35 M), tiny ones with an exponent.
func Number(v float64) string {
	size := math.Abs(v)
	switch {
	case v == 0 || math.IsNaN(v) || math.IsInf(v, 0):
		return strconv.FormatFloat(v+0, 'f', -1, 64) // 0 for -0 too
	case size >= 1e15 || size < 1e-3:
		return strconv.FormatFloat(v, 'e', 2, 64)
	case v == math.Trunc(v):
		if text := humanize.Comma(int64(v)); len(text) <= NumberWidth {
			return text
		}
		if text := strconv.FormatInt(int64(v), 10); len(text) <= NumberWidth {
			return text
		}
	}
	if size >= 1e5 {
		short, prefix := humanize.ComputeSI(v)
		return strconv.FormatFloat(math.Round(short*100)/100, 'f', -1, 64) + " " + prefix
	}
	text := strconv.FormatFloat(v, 'f', 3, 64)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}
