package bundle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"featops/workspaces/schedule"
)

// quartz writes a cron expression of five fields as the six that Databricks takes: seconds first, and one of the two fields that say
// a day is "?". Where both are restricted cron starts a job when either fits; Quartz has no word for that.
func quartz(expression string) (string, error) {
	spec, err := schedule.Cron(expression)
	if err != nil {
		return "", err
	}
	month, week := times(spec.Dom, 1, 31, 0), times(spec.Dow, 0, 6, 1)
	const star = 1 << 63 // by which package cron marks a field that is "*"
	switch {
	case spec.Dow&star != 0:
		week = "?"
	case spec.Dom&star != 0 && week != "*":
		month = "?"
	case month == "*" || week == "*": // one of them fits every day
		month, week = "*", "?"
	default:
		return "", fmt.Errorf("cron expression %q: it restricts days of the month and days of the week, and a schedule of Databricks can restrict one of them", expression)
	}
	return strings.Join([]string{"0", times(spec.Minute, 0, 59, 0), times(spec.Hour, 0, 23, 0), month, times(spec.Month, 1, 12, 0), week}, " "), nil
}

// times lists the times of a field, each with shift added: "*" for all of them, and three in a row or more as a range.
func times(bits uint64, first, last, shift int) string {
	var set []int
	for i := first; i <= last; i++ {
		if bits&(1<<i) != 0 {
			set = append(set, i+shift)
		}
	}
	if len(set) == last-first+1 {
		return "*"
	}
	var out []string
	for len(set) > 0 {
		n := 1
		for n < len(set) && set[n] == set[0]+n {
			n++
		}
		if n < 3 {
			n = 1
		}
		text := strconv.Itoa(set[0])
		if n > 1 {
			text += "-" + strconv.Itoa(set[n-1])
		}
		out = append(out, text)
		set = slices.Delete(set, 0, n)
	}
	return strings.Join(out, ",")
}
