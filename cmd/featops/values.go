package main

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"featops/engine"
)

// nulls is the share of a column that is null. It is 0 % and 100 % only when it is exactly so.
func (s sheet) nulls(c engine.Column) string {
	if c.Statistics == nil || s.Rows == 0 {
		return "-"
	}
	n := c.Statistics.Nulls
	switch share := c.Statistics.NullShare * 100; {
	case n == 0:
		return "0%"
	case n == s.Rows:
		return "100%"
	case share < 0.1:
		return "<0.1%"
	case share > 99.9:
		return ">99.9%"
	default:
		return strconv.FormatFloat(share, 'f', 1, 64) + "%"
	}
}

// bound is the smallest or the greatest value of a column: nothing where there is none, "?" where it is not known.
func (s sheet) bound(c engine.Column, greatest bool) string {
	if c.Statistics == nil || c.Statistics.Nulls == s.Rows {
		return ""
	}
	value, cut := c.Statistics.Min, c.Statistics.MinCut
	if greatest {
		value, cut = c.Statistics.Max, c.Statistics.MaxCut
	}
	if value == nil {
		return "?"
	}
	text := literal(value)
	if cut {
		text += "…"
	}
	return text
}

// literal is a JSON literal as people write it: a text without quotes unless there is space at its ends, a number
// without an exponent unless it is a very long one.
func literal(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		if text == "" || strings.TrimSpace(text) != text {
			return strconv.Quote(text)
		}
		return text
	}
	number, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !strings.ContainsAny(string(value), ".eE") || math.Abs(number) >= 1e15 {
		return string(value)
	}
	return strconv.FormatFloat(number+0, 'f', -1, 64) // adding 0 takes the sign off a zero
}
