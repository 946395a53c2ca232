package workspaces

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Params are the parameters of a feature task.
type Params struct {
	Env             string
	Table           string    // fs_notebook
	Start           time.Time // start_date
	End             time.Time // end_date, with "actual" resolved
	ForceOverwrite  bool      // force_overwrite
	OverwriteSchema bool      // overwriteSchema
	OmitValidation  bool      // omit_data_validation_errors
	FullBuild       bool      // full_build
	Ignore          bool      // ignore
}

// Actual is the end_date that means the first day of this month.
const Actual = "actual"

// FirstMonth is the default start_date.
const FirstMonth = "2019-01-01"

// ParameterNames lists the parameters that a task knows.
func ParameterNames() []string {
	return []string{"env", "fs_notebook", "start_date", "end_date", "force_overwrite", "overwriteSchema",
		"omit_data_validation_errors", "full_build", "ignore"}
}

// ParseParams reads task parameters. What is absent takes its default; env and fs_notebook have
// none. tables are the feature tables there are, now is when the task starts. All problems come in one
// error that names each parameter, its value and what is allowed.
func ParseParams(given map[string]string, tables []string, now time.Time) (Params, error) {
	r := reader{given: given}
	p := r.params(tables, now)
	if len(r.problems) == 0 && p.End.Before(p.Start) {
		end := p.End.Format(time.DateOnly)
		r.fail("end_date", end, "a date that is not before start_date "+p.Start.Format(time.DateOnly))
	}
	return p, errors.Join(r.problems...)
}

// CheckParameter says what is wrong with the value of a single parameter.
func CheckParameter(name, value string, tables []string) error {
	r := reader{given: map[string]string{"env": "dev", "fs_notebook": tables[0]}}
	r.given[name] = value
	r.params(tables, time.Time{})
	return errors.Join(r.problems...)
}

// ParameterError is a task parameter that cannot be used.
type ParameterError struct {
	Name, Value, Allowed string
}

func (e *ParameterError) Error() string {
	return fmt.Sprintf("parameter %s: %q: allowed is %s", e.Name, e.Value, e.Allowed)
}

// UnknownParameterError is a parameter that no task knows.
type UnknownParameterError struct {
	Name, Value string
}

func (e *UnknownParameterError) Error() string {
	return fmt.Sprintf("parameter %s=%q is unknown: allowed are %s", e.Name, e.Value, strings.Join(ParameterNames(), ", "))
}

type reader struct {
	given    map[string]string
	problems []error
}

func (r *reader) params(tables []string, now time.Time) Params {
	r.onlyKnown()
	p := Params{
		Env:             r.oneOf("env", "dev", "staging", "prod"),
		Table:           r.oneOf("fs_notebook", tables...),
		Start:           r.date("start_date", FirstMonth),
		ForceOverwrite:  r.boolean("force_overwrite"),
		OverwriteSchema: r.boolean("overwriteSchema"),
		OmitValidation:  r.boolean("omit_data_validation_errors"),
		FullBuild:       r.boolean("full_build"),
		Ignore:          r.boolean("ignore"),
	}
	if end, ok := r.given["end_date"]; !ok || end == Actual {
		p.End = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	} else {
		p.End = r.date("end_date", "")
	}
	return p
}

func (r *reader) fail(name, value, allowed string) {
	r.problems = append(r.problems, &ParameterError{name, value, allowed})
}

func (r *reader) onlyKnown() {
	for _, name := range slices.Sorted(maps.Keys(r.given)) {
		if !slices.Contains(ParameterNames(), name) {
			r.problems = append(r.problems, &UnknownParameterError{name, r.given[name]})
		}
	}
}

func (r *reader) oneOf(name string, allowed ...string) string {
	if !slices.Contains(allowed, r.given[name]) {
		r.fail(name, r.given[name], strings.Join(allowed, ", "))
	}
	return r.given[name]
}

func (r *reader) boolean(name string) bool {
	value, ok := r.given[name]
	switch {
	case !ok, strings.EqualFold(value, "false"):
		return false
	case strings.EqualFold(value, "true"):
		return true
	}
	r.fail(name, value, "true or false")
	return false
}

func (r *reader) date(name, byDefault string) time.Time {
	value, ok := r.given[name]
	if !ok {
		value = byDefault
	}
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		allowed := "a date YYYY-MM-DD"
		if name == "end_date" {
			allowed += " or " + Actual
		}
		r.fail(name, value, allowed)
	}
	return t
}
