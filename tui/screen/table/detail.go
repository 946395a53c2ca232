package table

import (
	"fmt"
	"strings"

	"featops/engine"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// detail tells of the selected column in h lines of at most w cells: what it is, and what it holds.
func (s *Screen) detail(w, h int) []string {
	c := s.columns.Selected()
	if c == nil || h <= 0 {
		return nil
	}
	t := s.state.Theme
	state, style := stateLook(c.State, t)
	head := t.Strong.Styled(widget.Clean(c.Name)) + "  " + widget.Clean(string(c.Type)) + "  " + style.Styled(state)
	if c.key != "" {
		head += "  " + c.key
	}
	lines := []string{widget.Rule(head, "", w, t)}
	lines = append(lines, widget.Wrap(widget.Clean(c.Comment), w, 2)...)
	for _, f := range [][2]string{
		{"formula", c.Formula}, {"made from", strings.Join(c.Inputs, ", ")}, {"used by", strings.Join(c.UsedBy, ", ")},
		{"registered in", strings.Join(c.RegisteredIn, ", ")}, {"values", s.values(c)},
		{"quantiles", c.quantiles()}, {"drift", c.drifts(s.description().Drift)},
	} {
		if f[1] == "" {
			continue
		}
		limit := 1
		if h > 16 {
			limit = 3
		}
		for i, l := range widget.Wrap(widget.Clean(f[1]), w-15, limit) {
			name := ""
			if i == 0 {
				name = f[0]
			}
			lines = append(lines, t.Faint.Styled(widget.Pad(name, 14))+" "+l)
		}
	}
	room := h - len(lines)
	if room <= 0 {
		return lines[:h]
	}
	lines = append(lines, s.chart(c, w, room)...)
	return lines[:min(h, len(lines))]
}

// values tells what the column holds, in numbers.
func (s *Screen) values(c *column) string {
	var parts []string
	if c.Statistics != nil {
		parts = append(parts, fmt.Sprintf("%s null (%s)", humanize.Comma(c.Statistics.Nulls), c.nulls()))
	}
	if low := c.lowBy(c.exact); low != "" {
		parts = append(parts, low+" to "+c.highBy(c.exact))
	}
	if mean := c.exact(c.average()); mean != "" {
		if c.Statistics != nil && c.Statistics.Deviation != nil {
			mean += " ± " + c.exact(*c.Statistics.Deviation)
		}
		parts = append(parts, "mean "+mean)
	}
	if different := c.different(); different >= 0 {
		estimated := map[bool]string{true: "~"}[c.Statistics.Estimated]
		parts = append(parts, estimated+humanize.Comma(int64(different))+" different")
	}
	if d := c.spread; d != nil && d.Measured && d.Finite < d.Values {
		parts = append(parts, humanize.Comma(d.Values-d.Finite)+" not finite")
	}
	if d := c.spread; d != nil && c.different() < 0 {
		if d.Many {
			parts = append(parts, "over 1,000 different values")
		} else if !d.Measured && d.Values > 0 {
			parts = append(parts, fmt.Sprintf("%d different", len(d.Counts)))
		}
	}
	return strings.Join(parts, " · ")
}

// chart draws how the values are spread: a histogram, or the most frequent values.
func (s *Screen) chart(c *column, w, h int) []string {
	d, t := c.spread, s.state.Theme
	switch {
	case d == nil && s.spreads.Err() != nil:
		return []string{s.spreads.Status("how the values are spread", s.state)}
	case d == nil && s.spreads.Loading():
		return []string{t.Busy.Styled(widget.Spinner(s.state.Now) + " measuring the values")}
	case d == nil || d.Many || d.Values == 0:
		return nil
	case d.Measured:
		return histogram(d, c, w, h, t)
	}
	var out []string
	names := 0
	shown := d.Counts[:min(h, len(d.Counts))]
	for _, v := range shown {
		names = max(names, ansi.StringWidth(widget.Clean(v.Value)))
	}
	names = min(names, w/3)
	for _, v := range shown {
		bar := widget.Bar(float64(v.Rows)/float64(d.Values), max(1, min(40, w-names-22)))
		out = append(out, widget.Pad(widget.Clean(v.Value), names)+" "+t.Busy.Styled(bar)+
			fmt.Sprintf(" %3d%% %12s", widget.Percent(v.Rows, d.Values), humanize.Comma(v.Rows)))
	}
	return out
}

// mostBarLines is how high a histogram is at most.
const mostBarLines = 8

func histogram(d *engine.ColumnDistribution, c *column, w, h int, t widget.Theme) []string {
	if len(d.Histogram) == 0 || len(d.Bounds) < 2 {
		return nil
	}
	most := int64(0)
	for _, n := range d.Histogram {
		most = max(most, n)
	}
	label := humanize.Comma(most) + " ┤"
	width := min(w-ansi.StringWidth(label), 4*len(d.Histogram))
	if h < 2 {
		return []string{t.Busy.Styled(widget.Sparkline(d.Histogram, w))}
	}
	bars := widget.Columns(d.Histogram, width, min(mostBarLines, h-1))
	used := width / len(d.Histogram) * len(d.Histogram)
	if used == 0 {
		used = width
	}
	out := make([]string, 0, len(bars)+1)
	for i, l := range bars {
		axis := strings.Repeat(" ", ansi.StringWidth(label)-1) + "│"
		if i == 0 {
			axis = label
		}
		out = append(out, t.Faint.Styled(axis)+t.Busy.Styled(l))
	}
	low, high := c.exact(d.Min), c.exact(d.Max)
	return append(out, strings.Repeat(" ", ansi.StringWidth(label))+t.Faint.Styled(widget.Spread(low, " "+high, max(used, len(low)+len(high)+1))))
}
