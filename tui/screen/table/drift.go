package table

import (
	"encoding/json"
	"fmt"
	"strings"

	"featops/engine"
	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// driftWidth holds "! 0.15 moderate".
const driftWidth = 15

// farthest is how far the column has drifted: from the version before, or in its newest month, whichever is more; below 0
// where neither is known.
func (c *column) farthest() float64 {
	most := -1.0
	if s := c.Statistics; s != nil {
		for _, index := range []*float64{s.Drift, s.MonthDrift} {
			if index != nil {
				most = max(most, *index)
			}
		}
	}
	return most
}

func (c *column) drift() string {
	if c.farthest() < 0 {
		return ""
	}
	return c.psi(c.farthest())
}

// psi is a population stability index with a word, and a mark where it is more than the configuration allows.
func (c *column) psi(index float64) string {
	text := fmt.Sprintf("%.2f %s", index, workspaces.DriftWord(index))
	if c.warn > 0 && index >= c.warn {
		text = "! " + text
	}
	return text
}

func driftStyle(c *column, t widget.Theme) ansi.Style {
	if c.warn > 0 && c.farthest() >= c.warn {
		return t.Warn
	}
	return nil
}

// different is how many different values there are, below 0 where that is not known.
func (c *column) different() float64 {
	if c.Statistics == nil || c.Statistics.Distinct == nil {
		return -1
	}
	return float64(*c.Statistics.Distinct)
}

func (c *column) distinct() string {
	if c.different() < 0 {
		return ""
	}
	if c.Statistics.Estimated {
		return "~" + widget.Number(c.different())
	}
	return widget.Number(c.different())
}

// quantiles are the values that 5, 50 and 95 % do not exceed.
func (c *column) quantiles() string {
	if c.Statistics == nil || c.Statistics.Quantiles == nil {
		return ""
	}
	q := c.Statistics.Quantiles
	var parts []string
	for _, one := range []struct {
		name  string
		value json.RawMessage
	}{{"5%", q.P5}, {"50%", q.P50}, {"95%", q.P95}} {
		parts = append(parts, one.name+" "+literal(one.value, false, c.exact))
	}
	return strings.Join(parts, " · ")
}

// drifts tells how far the column has drifted, and from what.
func (c *column) drifts(d *engine.DriftState) string {
	if d == nil || c.Statistics == nil {
		return ""
	}
	if d.Lacks != "" {
		return "not known: " + d.Lacks
	}
	var parts []string
	if index := c.Statistics.Drift; index != nil {
		parts = append(parts, fmt.Sprintf("%s from version %d", c.psi(*index), d.Version))
	}
	if index := c.Statistics.MonthDrift; index != nil {
		parts = append(parts, fmt.Sprintf("%s of %s from %s", c.psi(*index), d.Month, d.MonthBefore))
	}
	return strings.Join(parts, " · ")
}

// drifted marks a table of which columns have drifted.
func drifted(d *engine.DriftState) string {
	if d == nil {
		return ""
	}
	switch n := d.Drifted.Columns(); n {
	case 0:
		return ""
	case 1:
		return "! 1 column has drifted"
	default:
		return fmt.Sprintf("! %s columns have drifted", humanize.Comma(int64(n)))
	}
}
