package delta

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
)

// ColumnSummary is what the statistics of all files of a snapshot tell together about a column.
type ColumnSummary struct {
	Name  string
	Nulls int64
	// Min and Max are JSON literals of the smallest and the greatest value: numbers, true and false, texts,
	// dates as yyyy-mm-dd, timestamps to the millisecond in UTC. They are nil when there is no value, or
	// when a file with values does not tell its own.
	Min, Max json.RawMessage
	// Of a text of maxBoundLength characters or more the log may have the beginning only.
	MinCut, MaxCut bool
}

// Summary returns the statistics of every column, in the order of the schema. Nulls that the log does not
// count are counted in the files; bounds are taken from the log alone.
func (s *Snapshot) Summary(ctx context.Context) ([]ColumnSummary, error) {
	fields := s.Metadata.Schema.Fields()
	out := make([]ColumnSummary, len(fields))
	untold := make([]bool, len(fields)) // a file does not tell its bounds
	for _, f := range s.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := s.fileRows(f)
		if err != nil {
			return nil, err
		}
		for i, field := range fields {
			nulls, ok := f.Stats.nulls(field.Name)
			if !ok {
				if nulls, err = s.countNulls(ctx, f, field); err != nil {
					return nil, err
				}
			}
			out[i].Nulls += nulls
			if nulls < rows && !untold[i] {
				untold[i] = !out[i].widen(field, f.Stats)
			}
		}
	}
	for i, field := range fields {
		out[i].Name = field.Name
		if untold[i] {
			out[i].Min, out[i].Max = nil, nil
		}
		if field.Type.ID() == arrow.STRING {
			out[i].Min, out[i].MinCut = beginning(out[i].Min)
			out[i].Max, out[i].MaxCut = beginning(out[i].Max)
		}
	}
	return out, nil
}

// widen takes the bounds of one more file in, and reports whether the file has them.
func (c *ColumnSummary) widen(field arrow.Field, s *Stats) bool {
	if s == nil {
		return false
	}
	low, high := lookup(s.MinValues, field.Name), lookup(s.MaxValues, field.Name)
	if order, err := compareBounds(field.Type, low, high); err != nil || order > 0 {
		return false
	}
	if c.Min == nil {
		c.Min, c.Max = low, high
		return true
	}
	below, errL := compareBounds(field.Type, low, c.Min)
	above, errH := compareBounds(field.Type, high, c.Max)
	if below < 0 {
		c.Min = low
	}
	if above > 0 {
		c.Max = high
	}
	return errL == nil && errH == nil
}

// compareBounds compares two bounds of a column, which must be literals of its type.
func compareBounds(t arrow.DataType, a, b json.RawMessage) (int, error) {
	switch t.ID() {
	case arrow.STRING:
		return compareAs(a, b, func(text string) (string, error) { return text, nil }, strings.Compare)
	case arrow.DATE32:
		return compareAs(a, b, func(text string) (time.Time, error) { return time.Parse(time.DateOnly, text) }, time.Time.Compare)
	case arrow.TIMESTAMP:
		return compareAs(a, b, func(text string) (time.Time, error) { return time.Parse(time.RFC3339Nano, text) }, time.Time.Compare)
	case arrow.BOOL:
		return compareAs(a, b, func(v bool) (int, error) { return map[bool]int{true: 1}[v], nil }, cmp.Compare[int])
	}
	return compareAs(a, b, func(n json.Number) (*big.Rat, error) {
		r, ok := new(big.Rat).SetString(n.String())
		if !ok {
			return nil, fmt.Errorf("%s is no number", n)
		}
		return r, nil
	}, (*big.Rat).Cmp)
}

// compareAs decodes two literals, reads them, and compares what was read.
func compareAs[L, V any](a, b json.RawMessage, read func(L) (V, error), compare func(V, V) int) (int, error) {
	var values [2]V
	for i, text := range []json.RawMessage{a, b} {
		var literal *L // which a null leaves nil
		if err := json.Unmarshal(text, &literal); err != nil {
			return 0, err
		}
		if literal == nil {
			return 0, errors.New("null is no bound")
		}
		var err error
		if values[i], err = read(*literal); err != nil {
			return 0, err
		}
	}
	return compare(values[0], values[1]), nil
}

// beginning returns the part of the bound of a text that certainly is in it, and whether that may not be all. An upper
// bound that was cut ends with a character that sorts behind all that may have stood there.
func beginning(bound json.RawMessage) (json.RawMessage, bool) {
	var text string
	if bound == nil || json.Unmarshal(bound, &text) != nil || utf8.RuneCountInString(text) < maxBoundLength {
		return bound, false
	}
	return quote(strings.TrimRight(text, string(utf8.MaxRune)+string(utf8.RuneError))), true
}
