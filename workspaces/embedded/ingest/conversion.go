package ingest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"featops/features/schema"
)

// steps returns what is done to a cell of a column of the type. The rule has no faults.
func (r rule) steps(t schema.Type) ([]step, error) {
	var out []step
	number := len(r.given(numberKeys)) > 0
	if number {
		or := func(given *float64, other float64) float64 {
			if given == nil {
				return other
			}
			return *given
		}
		out = append(out, linear{
			scale: or(r.Scale, 1), offset: or(r.Offset, 0), min: or(r.Min, math.Inf(-1)), max: or(r.Max, math.Inf(1)),
		})
	}
	// Values are written as text in TOML, with a decimal point.
	value := func(s string) (cell, error) {
		c, err := textCell(s).fit(t, '.')
		if err != nil {
			err = fmt.Errorf("value %q %w", s, err)
		}
		return c, err
	}
	switch {
	case r.Map != nil:
		s, err := r.valueMap(value)
		return append(out, s), err
	case r.Cuts != nil:
		s, err := r.cutSteps(value)
		return append(out, s), err
	case r.Compare != nil:
		s, err := parseComparison(*r.Compare)
		return append(out, s), errors.Join(err, gives("compare", t, schema.Boolean))
	case r.YearDay != nil:
		s, err := parseYearDay(*r.YearDay)
		return append(out, s), errors.Join(err, gives("year_day", t, schema.Date, schema.Timestamp))
	case r.Format != nil || r.Write != nil:
		return r.dateSteps(t)
	case number:
		return out, gives("a number", t, schema.Int, schema.BigInt, schema.Double)
	}
	return out, nil
}

// gives is an error when a step's result is not for columns of the type.
func gives(what string, t schema.Type, allowed ...schema.Type) error {
	if slices.Contains(allowed, t) {
		return nil
	}
	return fmt.Errorf("%s is for columns of type %v, and this is %s", what, allowed, t)
}

func (r rule) valueMap(value func(string) (cell, error)) (valueMap, error) {
	m := valueMap{values: map[string]cell{}, otherwise: otherwiseError}
	var err error
	for from, to := range r.Map {
		if m.values[strings.TrimSpace(from)], err = value(to); err != nil {
			return m, err
		}
	}
	if r.Otherwise != nil {
		m.otherwise = *r.Otherwise
	}
	if r.OtherwiseValue != nil {
		m.otherwise = otherwiseValue
		m.value, err = value(*r.OtherwiseValue)
	}
	return m, err
}

func (r rule) cutSteps(value func(string) (cell, error)) (cuts, error) {
	sorted := slices.SortedFunc(slices.Values(r.Cuts), func(a, b cut) int {
		if *a.From > *b.From {
			return -1
		}
		return 1
	})
	var out cuts
	for _, c := range sorted {
		v, err := value(*c.Value)
		if err != nil {
			return out, err
		}
		out.from, out.values = append(out.from, *c.From), append(out.values, v)
	}
	if r.Below != nil {
		v, err := value(*r.Below)
		if err != nil {
			return out, err
		}
		out.below = &v
	}
	return out, nil
}

func (r rule) dateSteps(t schema.Type) ([]step, error) {
	var out []step
	if r.Format != nil {
		p, err := parsePattern(*r.Format)
		if err != nil {
			return nil, err
		}
		out = append(out, dateText{p})
	}
	if r.Write == nil {
		return out, gives("format without write", t, schema.Date, schema.Timestamp)
	}
	p, err := parsePattern(*r.Write)
	if err != nil {
		return nil, err
	}
	return append(out, textDate{p}), gives("write", t, schema.String)
}
