package table

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"featops/engine"
	"featops/features/schema"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// column is a row of the columns: what is known of one, and how its values are spread once that is.
type column struct {
	engine.Column
	key    string  // its part in the keys of the table
	warn   float64 // the drift from which on the table's columns are marked; 0: none is
	spread *engine.ColumnDistribution
}

// there reports whether the table has the column.
func (c *column) there() bool { return c.State == engine.IsBuilt || c.State == engine.Undefined }

const sparkWidth = 24

func (s *Screen) newColumns() *widget.Table[column] {
	return widget.NewTable(func(c *column) string { return c.Name }, s.layout()...)
}

// layout is the columns of the columns. That of the drift gives way first while there is none to tell.
func (s *Screen) layout() []widget.Column[column] {
	type col = widget.Column[column]
	driftRank := 10
	if d := s.description().Drift; d != nil && (d.Version >= 0 || d.Month != "") {
		driftRank = 2
	}
	return []col{
		col{Title: "COLUMN", Text: func(c *column) string { return c.Name }, Width: 30, Grow: 1},
		col{Title: "TYPE", Text: func(c *column) string { return string(c.Type) }, Width: 9, Rank: 3},
		col{Title: "KEY", Text: func(c *column) string { return c.key }, Width: 4, Rank: 7},
		col{Title: "NULLS", Text: (*column).nulls, Compare: by((*column).nullShare), Style: nullStyle, Width: 6, Right: true, Rank: 4},
		col{Title: "MIN", Text: (*column).low, Compare: by((*column).lowest), Width: 10, Right: true, Rank: 5},
		col{Title: "MEAN", Text: (*column).mean, Compare: by((*column).average), Width: 10, Right: true, Rank: 6},
		col{Title: "MAX", Text: (*column).high, Compare: by((*column).highest), Width: 10, Right: true, Rank: 5},
		col{Title: "SPREAD", Text: s.sparkline, Style: func(_ *column, t widget.Theme) ansi.Style { return t.Busy }, Width: sparkWidth, Rank: 1},
		col{Title: "DRIFT", Text: (*column).drift, Compare: by((*column).farthest), Style: driftStyle, Width: driftWidth, Rank: driftRank},
		col{Title: "DISTINCT", Text: (*column).distinct, Compare: by((*column).different), Width: 8, Right: true, Rank: 6},
		col{Title: "STATE", Text: func(c *column) string { text, _ := stateLook(c.State, widget.Theme{}); return text },
			Style: func(c *column, t widget.Theme) ansi.Style { _, style := stateLook(c.State, t); return style }, Width: 12, Rank: 8},
		col{Title: "MEANING", Text: func(c *column) string { return c.Comment }, Width: 30, Grow: 2, Rank: 9},
	}
}

func by(value func(*column) float64) func(a, b *column) int {
	return func(a, b *column) int { return cmp.Compare(value(a), value(b)) }
}

// rows are the columns of the description, with what is known of their values.
func (s *Screen) rows() []column {
	d := s.description()
	out := make([]column, len(d.Columns))
	for i, c := range d.Columns {
		out[i].Column = c
		if d.Drift != nil {
			out[i].warn = d.Drift.Warn
		}
		if slices.Contains(d.Keys, c.Name) {
			out[i].key = "key"
		}
		if c.Name == d.TimestampKey {
			out[i].key = "time"
		}
		if spread, known := s.spread[c.Name]; known {
			out[i].spread = &spread
		}
	}
	return out
}

// stateLook is how the state of a table or a column is shown: never by its colour alone.
func stateLook(state engine.State, t widget.Theme) (string, ansi.Style) {
	switch state {
	case engine.IsBuilt:
		return "✓ built", t.Good
	case engine.NotBuilt:
		return "○ not built", t.Waiting
	case engine.Undefined:
		return "? undefined", t.Warn
	case engine.OnlyRegistered:
		return "✗ gone", t.Bad
	case engine.Unreadable:
		return "? unreadable", t.Bad
	case engine.Missing:
		return "✗ missing", t.Bad
	}
	return widget.Clean(string(state)), nil
}

func (c *column) nullShare() float64 {
	if c.Statistics == nil {
		return -1
	}
	return c.Statistics.NullShare
}

func (c *column) nulls() string {
	switch share := c.nullShare(); {
	case share < 0:
		return ""
	case share == 0:
		return "0%"
	case share < 0.01:
		return "<1%"
	default:
		return fmt.Sprintf("%d%%", int(share*100)) // 100 only where nothing else is there
	}
}

func nullStyle(c *column, t widget.Theme) ansi.Style {
	switch share := c.nullShare(); {
	case share == 1:
		return t.Bad
	case share >= 0.5:
		return t.Warn
	}
	return nil
}

func (c *column) low() string  { return c.lowBy(c.measured) }
func (c *column) high() string { return c.highBy(c.measured) }
func (c *column) mean() string { return c.measured(c.average()) }

// lowBy and highBy are the bounds, with numbers written so: those of the statistics, else those that were measured.
func (c *column) lowBy(number func(float64) string) string {
	if c.Statistics != nil && c.Statistics.Min != nil {
		return literal(c.Statistics.Min, c.Statistics.MinCut, number)
	}
	return number(c.lowest())
}

func (c *column) highBy(number func(float64) string) string {
	if c.Statistics != nil && c.Statistics.Max != nil {
		return literal(c.Statistics.Max, c.Statistics.MaxCut, number)
	}
	return number(c.highest())
}

// lowest, highest and average are numbers, NaN where they are not known or none.
func (c *column) lowest() float64 {
	if c.spread == nil || c.spread.Finite == 0 {
		return math.NaN()
	}
	return c.spread.Min
}

func (c *column) highest() float64 {
	if c.spread == nil || c.spread.Finite == 0 {
		return math.NaN()
	}
	return c.spread.Max
}

func (c *column) average() float64 {
	if c.Statistics != nil && c.Statistics.Mean != nil {
		return *c.Statistics.Mean
	}
	if c.spread != nil {
		if mean, ok := c.spread.Mean(); ok {
			return mean
		}
	}
	return math.NaN()
}

// measured writes a number as a value of the column.
func (c *column) measured(n float64) string {
	switch {
	case math.IsNaN(n):
		return ""
	case c.Type == schema.Date:
		return engine.MeasuredTime(c.Type, n).Format(time.DateOnly)
	case c.Type == schema.Timestamp:
		return engine.MeasuredTime(c.Type, n).Format(time.DateTime)
	}
	return widget.Number(n)
}

// exactDigits is how many digits of a fraction are told where there is room.
const exactDigits = 8

// exact writes a number as a value of the column, where there is room.
func (c *column) exact(n float64) string {
	if math.IsNaN(n) || c.Type == schema.Date || c.Type == schema.Timestamp {
		return c.measured(n)
	}
	// Of a large number the fraction is none of the digits.
	if size := math.Abs(n); size < 1e15 && (n == math.Trunc(n) || size >= 1e7) {
		return humanize.Comma(int64(math.Round(n)))
	}
	return strconv.FormatFloat(n, 'g', exactDigits, 64)
}

// literal writes a bound that is a JSON literal.
func literal(bound json.RawMessage, cut bool, number func(float64) string) string {
	var value any
	if json.Unmarshal(bound, &value) != nil || value == nil {
		return ""
	}
	text := fmt.Sprint(value)
	if n, ok := value.(float64); ok {
		text = number(n)
	}
	if cut {
		text += "…"
	}
	return text
}

// sparkline shows how the values are spread, or that this is not known yet.
func (s *Screen) sparkline(c *column) string {
	switch {
	case !c.there():
		return ""
	case c.spread == nil && s.spreads.Loading() && slices.Contains(s.asked, c.Name):
		return "measuring"
	case c.spread == nil:
		return ""
	case c.spread.Many:
		return "over 1,000 values"
	case c.spread.Measured:
		return widget.Sparkline(c.spread.Histogram, sparkWidth)
	}
	var parts []string
	for _, v := range c.spread.Counts[:min(3, len(c.spread.Counts))] {
		parts = append(parts, fmt.Sprintf("%s %d%%", v.Value, widget.Percent(v.Rows, c.spread.Values)))
	}
	return strings.Join(parts, " ")
}
