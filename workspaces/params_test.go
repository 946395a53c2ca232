package workspaces_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/workspaces"
)

var (
	tables = []string{"fs_a", "fs_b"}
	now    = time.Date(2024, 6, 15, 23, 59, 0, 0, time.UTC)
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// given are the required parameters and others, as `name=value`.
func given(others ...string) map[string]string {
	out := map[string]string{"env": "dev", "fs_notebook": "fs_a"}
	for _, o := range others {
		name, value, _ := strings.Cut(o, "=")
		out[name] = value
	}
	return out
}

func TestParseParams(t *testing.T) {
	defaults := workspaces.Params{Env: "dev", Table: "fs_a", Start: day("2019-01-01"), End: day("2024-06-01")}
	with := func(change func(*workspaces.Params)) workspaces.Params {
		p := defaults
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		given map[string]string
		want  workspaces.Params
	}{
		"defaults":                     {given(), defaults},
		"actual is the first of month": {given("end_date=actual"), defaults},
		"dates": {given("start_date=2024-02-01", "end_date=2024-02-01"), with(func(p *workspaces.Params) {
			p.Start, p.End = day("2024-02-01"), day("2024-02-01")
		})},
		"booleans in any case": {given("force_overwrite=TRUE", "overwriteSchema=True", "omit_data_validation_errors=true", "full_build=true", "ignore=tRuE"),
			with(func(p *workspaces.Params) {
				p.ForceOverwrite, p.OverwriteSchema, p.OmitValidation, p.FullBuild, p.Ignore = true, true, true, true, true
			})},
		"false": {given("force_overwrite=False", "ignore=FALSE"), defaults},
		"prod":  {given("env=prod", "fs_notebook=fs_b"), with(func(p *workspaces.Params) { p.Env, p.Table = "prod", "fs_b" })},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := workspaces.ParseParams(c.given, tables, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every bad parameter is an error that names it, its value and what is allowed.
func TestParseParamsRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		given map[string]string
		want  []string
	}{
		"no environment":       {map[string]string{"fs_notebook": "fs_a"}, []string{`parameter env: "": allowed is dev, staging, prod`}},
		"unknown environment":  {given("env=test"), []string{`parameter env: "test": allowed is dev, staging, prod`}},
		"no table":             {map[string]string{"env": "dev"}, []string{`parameter fs_notebook: "": allowed is fs_a, fs_b`}},
		"unknown table":        {given("fs_notebook=fs_c"), []string{`parameter fs_notebook: "fs_c": allowed is fs_a, fs_b`}},
		"unknown parameter":    {given("overwriteschema=true"), []string{`parameter overwriteschema="true" is unknown`, "overwriteSchema"}},
		"bad boolean":          {given("force_overwrite=yes"), []string{`parameter force_overwrite: "yes": allowed is true or false`}},
		"empty boolean":        {given("ignore="), []string{`parameter ignore: "": allowed is true or false`}},
		"bad start":            {given("start_date=2024-2-1"), []string{`parameter start_date: "2024-2-1": allowed is a date YYYY-MM-DD`}},
		"a day that is none":   {given("end_date=2024-02-30"), []string{`parameter end_date: "2024-02-30": allowed is a date YYYY-MM-DD or actual`}},
		"an empty end":         {given("end_date="), []string{`parameter end_date: "": allowed is a date YYYY-MM-DD or actual`}},
		"actual as start":      {given("start_date=actual"), []string{`parameter start_date: "actual"`}},
		"end before start":     {given("start_date=2024-03-01", "end_date=2024-02-01"), []string{`parameter end_date: "2024-02-01"`, "not before start_date 2024-03-01"}},
		"all problems at once": {given("env=x", "end_date=y", "ignore=z", "a=b"), []string{"parameter env", "parameter end_date", "parameter ignore", `parameter a="b"`}},
		"actual before start":  {given("start_date=2024-07-01"), []string{`parameter end_date: "2024-06-01"`, "not before start_date 2024-07-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := workspaces.ParseParams(c.given, tables, now)
			if err == nil {
				t.Fatal("no error")
			}
			for _, word := range c.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q has no %q", err, word)
				}
			}
		})
	}
}

func TestParameterErrorCanBeFound(t *testing.T) {
	_, err := workspaces.ParseParams(given("env=x"), tables, now)
	var bad *workspaces.ParameterError
	if !errors.As(err, &bad) || *bad != (workspaces.ParameterError{Name: "env", Value: "x", Allowed: "dev, staging, prod"}) {
		t.Errorf("error %v", err)
	}
}
