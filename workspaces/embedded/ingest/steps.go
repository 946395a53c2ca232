package ingest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// step converts a cell that is not null.
type step interface {
	apply(c cell, decimal byte) (cell, error)
}

// linear is scale·x + offset, kept within min and max.
type linear struct{ scale, offset, min, max float64 }

func (l linear) apply(c cell, decimal byte) (cell, error) {
	x, err := c.number(decimal)
	if err != nil {
		return cell{}, err
	}
	// The conversion keeps the compiler from fusing multiply and add: results are the same on
	// all machines.
	y := min(max(float64(l.scale*x)+l.offset, l.min), l.max)
	return cell{kind: number, f: y}, finite(y)
}

// valueMap replaces texts.
type valueMap struct {
	values    map[string]cell
	otherwise string // error, null, keep, or value
	value     cell   // for otherwise value
}

// What a valueMap does with a text that is not listed.
const (
	otherwiseError = "error"
	otherwiseNull  = "null"
	otherwiseKeep  = "keep"
	otherwiseValue = "value"
)

func (m valueMap) apply(c cell, _ byte) (cell, error) {
	if v, ok := m.values[strings.TrimSpace(c.String())]; ok {
		return v, nil
	}
	switch m.otherwise {
	case otherwiseNull:
		return cell{}, nil
	case otherwiseKeep:
		return c, nil
	case otherwiseValue:
		return m.value, nil
	}
	return cell{}, errors.New(`is not in the map, and otherwise is "error"`)
}

// comparison tells how a number compares with another.
type comparison struct {
	op   string
	with float64
}

// comparisonOps are the operators, longer ones before those that they begin with.
var comparisonOps = [...]string{"<=", ">=", "!=", "<", ">", "="}

func parseComparison(s string) (comparison, error) {
	s = strings.TrimSpace(s)
	for _, op := range comparisonOps {
		if rest, ok := strings.CutPrefix(s, op); ok {
			if with, err := parseNumber(rest, '.'); err == nil {
				return comparison{op, with}, nil
			}
			break
		}
	}
	return comparison{}, fmt.Errorf("%q is no comparison: allowed are an operator of %v and a number, as in %q", s, comparisonOps, "<= 0")
}

func (k comparison) apply(c cell, decimal byte) (cell, error) {
	x, err := c.number(decimal)
	if err != nil {
		return cell{}, err
	}
	switch k.op {
	case "<=":
		return boolCell(x <= k.with), nil
	case ">=":
		return boolCell(x >= k.with), nil
	case "!=":
		return boolCell(x != k.with), nil
	case "<":
		return boolCell(x < k.with), nil
	case ">":
		return boolCell(x > k.with), nil
	}
	return boolCell(x == k.with), nil
}

// cuts gives a value to each range of numbers.
type cuts struct {
	from   []float64 // falling
	values []cell
	below  *cell // under all cuts; nil for an error
}

func (k cuts) apply(c cell, decimal byte) (cell, error) {
	x, err := c.number(decimal)
	if err != nil {
		return cell{}, err
	}
	for i, from := range k.from {
		if x >= from {
			return k.values[i], nil
		}
	}
	if k.below == nil {
		return cell{}, errors.New("is below all cuts, and below is not given")
	}
	return *k.below, nil
}

// yearDay is a day of the year that the number is.
type yearDay struct {
	month time.Month
	day   int
}

func (y yearDay) apply(c cell, decimal byte) (cell, error) {
	x, err := c.number(decimal)
	if err != nil {
		return cell{}, err
	}
	if x != math.Trunc(x) || x < 1 || x > 9999 {
		return cell{}, fmt.Errorf("gives %g, which is no year from 1 to 9999", x)
	}
	return timeCell(time.Date(int(x), y.month, y.day, 0, 0, 0, 0, time.UTC)), nil
}

// dateText reads text by a pattern.
type dateText struct{ pattern pattern }

func (d dateText) apply(c cell, _ byte) (cell, error) {
	if c.kind == instant {
		return c, nil
	}
	// A date may be written as a number, 20050901.
	t, err := d.pattern.read(strings.TrimSpace(c.String()))
	if err != nil {
		return cell{}, err
	}
	return timeCell(t), nil
}

// textDate writes a date by a pattern.
type textDate struct{ pattern pattern }

func (d textDate) apply(c cell, _ byte) (cell, error) {
	m, err := c.moment()
	if err != nil {
		return cell{}, err
	}
	return textCell(d.pattern.write(m.time())), nil
}
