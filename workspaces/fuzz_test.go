package workspaces_test

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"featops/workspaces"
)

// A task takes a parameter exactly when its value is what the parameter allows, and otherwise names it.
func FuzzParseParams(f *testing.F) {
	for _, seed := range [][2]string{
		{"start_date", "2024-02-29"}, {"start_date", "2023-02-29"}, {"start_date", "actual"}, {"end_date", "actual"}, {"end_date", "2024-1-01"},
		{"end_date", "2018-12-31"}, {"force_overwrite", "TRUE"}, {"ignore", "yes"}, {"overwriteSchema", ""}, {"overwriteschema", "true"},
		{"env", "prod"}, {"env", "Prod"}, {"fs_notebook", "fs_b"}, {"fs_notebook", ""}, {"", ""}, {"start_date", "0001-01-01"}, {"start_date", "２０２４-01-01"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		parameters := given()
		parameters[name] = value
		p, err := workspaces.ParseParams(parameters, tables, now)
		if (err == nil) != allowedPlain(name, value) {
			t.Fatalf("%s=%q: error %v", name, value, err)
		}
		if err != nil {
			var bad *workspaces.ParameterError
			var unknown *workspaces.UnknownParameterError
			switch {
			case errors.As(err, &unknown) && unknown.Name == name && unknown.Value == value:
			case errors.As(err, &bad) && (bad.Name == name && bad.Value == value || bad.Name == "end_date"):
			default:
				t.Errorf("%s=%q: the error does not name it: %v", name, value, err)
			}
			return
		}
		if p.End.Before(p.Start) || p.Start.Location() != time.UTC || p.Start.Truncate(24*time.Hour) != p.Start {
			t.Errorf("%s=%q: from %v to %v", name, value, p.Start, p.End)
		}
		if name == "start_date" && p.Start.Format(time.DateOnly) != value {
			t.Errorf("start_date=%q is %v", value, p.Start)
		}
	})
}

// allowedPlain tells whether a value is allowed beside the other parameters' own, without package time.
func allowedPlain(name, value string) bool {
	switch name {
	case "env":
		return slices.Contains([]string{"dev", "staging", "prod"}, value)
	case "fs_notebook":
		return slices.Contains(tables, value)
	case "force_overwrite", "overwriteSchema", "omit_data_validation_errors", "full_build", "ignore":
		return slices.Contains([]string{"true", "false"}, strings.ToLower(value)) && len(value) <= len("false")
	case "start_date":
		return datePlain(value) && value <= "2024-06-01"
	case "end_date":
		return value == workspaces.Actual || datePlain(value) && value >= workspaces.FirstMonth
	}
	return false
}

func datePlain(s string) bool {
	parts := regexp.MustCompile(`^([0-9]{4})-([0-9]{2})-([0-9]{2})$`).FindStringSubmatch(s)
	if parts == nil {
		return false
	}
	year, _ := strconv.Atoi(parts[1])
	month, _ := strconv.Atoi(parts[2])
	day, _ := strconv.Atoi(parts[3])
	days := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if year%4 == 0 && year%100 != 0 || year%400 == 0 {
		days[1] = 29
	}
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month-1]
}
