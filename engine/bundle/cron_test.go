package bundle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"featops/workspaces/schedule"

	"pgregory.net/rapid"
)

func TestQuartz(t *testing.T) {
	for cron, want := range map[string]string{
		"30 6 * * 1-5":      "0 30 6 ? * 2-6",
		"0 0 1 * *":         "0 0 0 1 * ?",
		"*/15 * * * *":      "0 0,15,30,45 * * * ?",
		"0 3 */10 * *":      "0 0 3 1,11,21,31 * ?",
		"0 3 * 1,6-8 SUN":   "0 0 3 ? 1,6-8 1",
		"5 8,20 * * *":      "0 5 8,20 * * ?",
		"0 0 1-31 * 0-6":    "0 0 0 * * ?",
		"0 0 1-31 * 1":      "0 0 0 * * ?", // cron: a day of the month or a Monday, so every day
		"0 0 1 * 0-6":       "0 0 0 * * ?",
		"0 0 * * 0-6":       "0 0 0 * * ?",
		"0-59 0-23 2-4 2 *": "0 * * 2-4 2 ?",
	} {
		got, err := quartz(cron)
		if err != nil || got != want {
			t.Errorf("quartz(%q) = %q, %v, want %q", cron, got, err, want)
		}
	}
}

func TestQuartzHasNoWordForEitherOfTwoDays(t *testing.T) {
	got, err := quartz("0 0 1 * 1")
	if err == nil || !strings.Contains(err.Error(), "days of the month and days of the week") {
		t.Errorf("got %q, %v", got, err)
	}
}

// Whatever cron says, Quartz starts the job at the same minutes.
func TestQuartzMeansTheSameTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expression := strings.Join([]string{
			field(t, "minute", 0, 59), field(t, "hour", 0, 23), field(t, "day", 1, 28), field(t, "month", 1, 12), field(t, "weekday", 0, 6),
		}, " ")
		got, err := quartz(expression)
		if err != nil {
			t.Skip(err)
		}
		s, err := schedule.Parse(expression, "UTC")
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 3*365*24*60).Draw(t, "minutes")) * time.Minute)
		if next := s.Next(at.Add(-time.Minute)); matches(got, at) != next.Equal(at) {
			t.Errorf("%s is %s: at %s cron says %t, Quartz %t", expression, got, at, next.Equal(at), matches(got, at))
		}
	})
}

func field(t *rapid.T, name string, first, last int) string {
	value := func(label string) int { return rapid.IntRange(first, last).Draw(t, name+label) }
	switch rapid.IntRange(0, 3).Draw(t, name) {
	case 0:
		return "*"
	case 1:
		return fmt.Sprintf("*/%d", rapid.IntRange(1, 15).Draw(t, name+" step"))
	case 2:
		from, to := value(" from"), value(" to")
		return fmt.Sprintf("%d-%d", min(from, to), max(from, to))
	}
	return fmt.Sprintf("%d,%d", value(" a"), value(" b"))
}

// matches reports whether a Quartz expression of numbers, lists and ranges comes at a time.
func matches(expression string, at time.Time) bool {
	now := []int{at.Second(), at.Minute(), at.Hour(), at.Day(), int(at.Month()), int(at.Weekday()) + 1}
	fields := strings.Fields(expression)
	if len(fields) != 6 || (fields[3] == "?") == (fields[5] == "?") {
		return false
	}
	for i, f := range fields {
		if f != "*" && f != "?" && !slices.ContainsFunc(strings.Split(f, ","), func(part string) bool {
			from, to, isRange := strings.Cut(part, "-")
			if !isRange {
				to = from
			}
			a, errA := strconv.Atoi(from)
			b, errB := strconv.Atoi(to)
			return errA == nil && errB == nil && a <= now[i] && now[i] <= b
		}) {
			return false
		}
	}
	return true
}
