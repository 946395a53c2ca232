package ingest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// The keys of a rule: where the cell comes from, what is done with it as a number, and what is made
// of it at the end.
var (
	sourceKeys = []string{"column", "month_column", "period", "value"}
	numberKeys = []string{"scale", "offset", "min", "max"}
	finalKeys  = []string{"map", "compare", "cuts", "year_day", "format", "write"}
)

// given returns those of the keys that the rule has.
func (r rule) given(keys []string) []string {
	has := map[string]bool{
		"column": r.Column != nil, "month_column": r.MonthColumn != nil, "period": r.Period != nil, "value": r.Value != nil,
		"scale": r.Scale != nil, "offset": r.Offset != nil, "min": r.Min != nil, "max": r.Max != nil,
		"map": r.Map != nil, "compare": r.Compare != nil, "cuts": r.Cuts != nil, "year_day": r.YearDay != nil,
		"format": r.Format != nil, "write": r.Write != nil,
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !has[k] })
}

// faults gives what is wrong with a rule whatever the type of its column, with the key it is wrong
// with.
func (r rule) faults(months []monthTable) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, check := range []func([]monthTable) (string, error){r.checkSource, r.checkSteps, r.checkNumbers, r.checkMap, r.checkCuts} {
			if key, err := check(months); err != nil && !yield(key, err) {
				return
			}
		}
	}
}

func (r rule) checkSource(months []monthTable) (string, error) {
	from := r.given(sourceKeys)
	if len(from) != 1 {
		return sourceKeys[0], fmt.Errorf("a rule has exactly one of %s; this has %d", strings.Join(sourceKeys, ", "), len(from))
	}
	switch key := from[0]; key {
	case "column":
		if *r.Column == "" {
			return key, errors.New("is empty: it names a column of the file")
		}
	case "month_column", "period":
		if len(months) == 0 {
			return key, errors.New("needs [[month]] tables, and there are none")
		}
		if key == "period" && !*r.Period {
			return key, errors.New("allowed is true")
		}
		if key == "month_column" && months[0].Columns[*r.MonthColumn] == "" {
			return key, fmt.Errorf("%q is no name that the months give to a column", *r.MonthColumn)
		}
	}
	if steps := r.given(slices.Concat(numberKeys, finalKeys)); len(steps) > 0 && (from[0] == "period" || from[0] == "value") {
		return steps[0], fmt.Errorf("does not go with %s, which needs no conversion", from[0])
	}
	return "", nil
}

func (r rule) checkSteps([]monthTable) (string, error) {
	numbers, final := r.given(numberKeys), r.given(finalKeys)
	dates := slices.Equal(final, []string{"format", "write"})
	if len(final) > 1 && !dates {
		return final[1], fmt.Errorf("does not go with %s: a rule has one of %s, or format and write", final[0], strings.Join(finalKeys, ", "))
	}
	if len(numbers) > 0 && len(final) > 0 && final[0] != "compare" && final[0] != "cuts" && final[0] != "year_day" {
		return final[0], fmt.Errorf("does not go with %s, which gives a number", numbers[0])
	}
	if r.Compare != nil {
		_, err := parseComparison(*r.Compare)
		return "compare", err
	}
	if r.YearDay != nil {
		_, err := parseYearDay(*r.YearDay)
		return "year_day", err
	}
	for i, text := range []*string{r.Format, r.Write} {
		if text != nil {
			if _, err := parsePattern(*text); err != nil {
				return [...]string{"format", "write"}[i], err
			}
		}
	}
	return "", nil
}

func (r rule) checkNumbers([]monthTable) (string, error) {
	for i, n := range []*float64{r.Scale, r.Offset, r.Min, r.Max} {
		if n != nil && finite(*n) != nil {
			return numberKeys[i], finite(*n)
		}
	}
	if r.Min != nil && r.Max != nil && *r.Min > *r.Max {
		return "min", fmt.Errorf("%g is above max, %g", *r.Min, *r.Max)
	}
	return "", nil
}

func (r rule) checkMap([]monthTable) (string, error) {
	switch {
	case r.Map == nil && r.Otherwise != nil:
		return "otherwise", errors.New("needs a map")
	case r.Map == nil && r.OtherwiseValue != nil:
		return "otherwise_value", errors.New("needs a map")
	case r.Otherwise != nil && r.OtherwiseValue != nil:
		return "otherwise_value", errors.New("does not go with otherwise: a rule has one of both")
	case r.Otherwise != nil && !slices.Contains([]string{otherwiseError, otherwiseNull, otherwiseKeep}, *r.Otherwise):
		return "otherwise", fmt.Errorf("%q: allowed are %q, %q and %q; otherwise_value names a value", *r.Otherwise, otherwiseError, otherwiseNull, otherwiseKeep)
	}
	return "", nil
}

func (r rule) checkCuts([]monthTable) (string, error) {
	if r.Cuts == nil {
		if r.Below != nil {
			return "below", errors.New("needs cuts")
		}
		return "", nil
	}
	if len(r.Cuts) == 0 {
		return "cuts", errors.New("is empty")
	}
	seen := map[float64]bool{}
	for i, c := range r.Cuts {
		if c.From == nil || c.Value == nil || finite(*c.From) != nil {
			return "cuts", fmt.Errorf("cut %d: a cut has from, a finite number, and value", i+1)
		}
		if seen[*c.From] {
			return "cuts", fmt.Errorf("cut %d: from %g is given twice", i+1, *c.From)
		}
		seen[*c.From] = true
	}
	return "", nil
}

func parseYearDay(s string) (yearDay, error) {
	// A leap year would allow February 29, which other years do not have.
	t, err := time.Parse("2006-01-02", "2001-"+s)
	if err != nil {
		return yearDay{}, fmt.Errorf("%q is no day of every year as MM-dd", s)
	}
	return yearDay{t.Month(), t.Day()}, nil
}
