package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"featops/engine"
	"featops/workspaces"
)

// spread is how the values of a column are spread, in texts that are empty where nothing is known.
type spread struct {
	mean, median, outer string // mean ± deviation, the middle value, the values at 5 and 95 %
	distinct            string
	drift, month        string // with a word
}

func (s sheet) spread(c engine.Column) (out spread) {
	if c.Statistics == nil {
		return out
	}
	p := c.Statistics.ColumnProfile
	if p.Mean != nil {
		out.mean = figure(*p.Mean)
	}
	if p.Deviation != nil {
		out.mean += " ± " + figure(*p.Deviation)
	}
	if q := p.Quantiles; q != nil {
		out.median, out.outer = short(q.P50), short(q.P5)+" to "+short(q.P95)
	}
	if p.Distinct != nil {
		out.distinct = count(*p.Distinct)
		if p.Estimated {
			out.distinct = "~" + out.distinct
		}
	}
	out.drift, out.month = s.psi(p.Drift), s.psi(p.MonthDrift)
	return out
}

// String is all of it in a line.
func (p spread) String() string {
	var parts []string
	for _, part := range [][2]string{
		{"mean ", p.mean}, {"median ", p.median}, {"90 % from ", p.outer}, {"distinct ", p.distinct}, {"drift ", p.drift}, {"of the month ", p.month},
	} {
		if part[1] != "" {
			parts = append(parts, part[0]+part[1])
		}
	}
	return strings.Join(parts, ", ")
}

// driftOf tells how far a column has drifted, and from what.
func (s sheet) driftOf(c engine.Column) string {
	told := s.spread(c)
	var parts []string
	if told.drift != "" {
		parts = append(parts, fmt.Sprintf("%s from version %d", told.drift, s.Drift.Version))
	}
	if told.month != "" {
		parts = append(parts, fmt.Sprintf("%s of %s from %s", told.month, s.Drift.Month, s.Drift.MonthBefore))
	}
	return strings.Join(parts, ", ")
}

// psi is a population stability index with a word, and a mark where it is more than is allowed.
func (s sheet) psi(index *float64) string {
	if index == nil {
		return ""
	}
	text := fmt.Sprintf("%.2f %s", *index, workspaces.DriftWord(*index))
	if d := s.Drift; d != nil && d.Warn > 0 && *index >= d.Warn {
		text = "! " + text
	}
	return text
}

// drifted tells of the drift of the table as a whole.
func (s sheet) drifted() string {
	d := s.Drift
	if d == nil {
		return ""
	}
	var against []string
	if d.Version >= 0 {
		against = append(against, fmt.Sprintf("from version %d", d.Version))
	}
	if d.Month != "" {
		against = append(against, fmt.Sprintf("of %s from %s", d.Month, d.MonthBefore))
	}
	switch {
	case d.Lacks != "":
		return "not known: " + d.Lacks
	case len(d.Drifted) > 0:
		return "! " + d.Drifted.String()
	case len(against) == 0:
		return ""
	case d.Warn == 0:
		return "told of each column, " + strings.Join(against, " and ")
	}
	return fmt.Sprintf("no column by %g or more, %s", d.Warn, strings.Join(against, " and "))
}

// short is a literal, with a fraction cut to six digits.
func short(value json.RawMessage) string {
	if v, err := strconv.ParseFloat(string(value), 64); err == nil && v != math.Trunc(v) {
		return figure(v)
	}
	return literal(value)
}

// figure is a number that was measured: with six digits, and never with an exponent where people would write none.
func figure(v float64) string {
	if a := math.Abs(v); a >= 1e6 && a < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
