package schedule_test

import (
	"strings"
	"testing"
	"time"

	"featops/workspaces/schedule"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// next lists the first n times after a moment, in the zone's own clock with its offset.
func next(t *testing.T, expression, zone, after string, n int) []string {
	t.Helper()
	s, err := schedule.Parse(expression, zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse("2006-01-02 15:04 -07", after)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for range n {
		at = s.Next(at)
		out = append(out, at.Format("2006-01-02 15:04 -07"))
	}
	return out
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, expression, zone, after string
		want                          []string
	}{
		{"every day", "30 6 * * *", "UTC", "2026-11-25 06:30 +00", []string{"2026-11-26 06:30 +00", "2026-11-27 06:30 +00"}},
		{"on working days", "0 6 * * 1-5", "UTC", "2026-11-27 07:00 +00", []string{"2026-11-30 06:00 +00", "2026-12-01 06:00 +00"}},
		{"on the first of the month", "0 0 1 * *", "America/Guayaquil", "2026-11-25 12:00 +00", []string{"2026-12-01 00:00 -05", "2027-01-01 00:00 -05"}},
		{"names of days and months", "0 0 * jan sun", "UTC", "2026-11-25 12:00 +00", []string{"2027-01-03 00:00 +00"}},
		{"a leap day", "0 0 29 2 *", "UTC", "2026-11-25 12:00 +00", []string{"2028-02-29 00:00 +00"}},

		// In New York the clocks go from 02:00 to 03:00 on 2026-03-08, and from 02:00 to 01:00 on 2026-11-01.
		{"a skipped time comes as if the clocks had not been changed", "30 2 * * *", "America/New_York", "2026-03-07 12:00 -05",
			[]string{"2026-03-08 03:30 -04", "2026-03-09 02:30 -04"}},
		{"a time beside the skipped hour", "30 3 * * *", "America/New_York", "2026-03-07 12:00 -05",
			[]string{"2026-03-08 03:30 -04", "2026-03-09 03:30 -04"}},
		{"skipped and shown times that meet are one", "30 2,3 * * *", "America/New_York", "2026-03-08 00:00 -05",
			[]string{"2026-03-08 03:30 -04", "2026-03-09 02:30 -04"}},
		{"a repeated time comes once", "30 1 * * *", "America/New_York", "2026-10-31 12:00 -04",
			[]string{"2026-11-01 01:30 -04", "2026-11-02 01:30 -05"}},
		{"a repeated time does not come for who begins after the first", "30 1 * * *", "America/New_York", "2026-11-01 01:45 -04",
			[]string{"2026-11-02 01:30 -05"}},
		{"every hour goes on by elapsed time, forward", "0 * * * *", "America/New_York", "2026-03-08 00:30 -05",
			[]string{"2026-03-08 01:00 -05", "2026-03-08 03:00 -04", "2026-03-08 04:00 -04"}},
		{"every hour goes on by elapsed time, back", "0 * * * *", "America/New_York", "2026-11-01 00:30 -04",
			[]string{"2026-11-01 01:00 -04", "2026-11-01 01:00 -05", "2026-11-01 02:00 -05"}},
		{"a zone that changes at midnight", "0 0 * * *", "America/Asuncion", "2023-09-30 12:00 -04",
			[]string{"2023-10-01 01:00 -03", "2023-10-02 00:00 -03"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, next(t, c.expression, c.zone, c.after, len(c.want))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A time a day comes once on each date, whatever the clocks do, and Next is always later than what it is
// given.
func TestADailyTimeComesOnceEachDate(t *testing.T) {
	zones := []string{"UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/Asuncion", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		minute, hour := rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 22).Draw(t, "hour")
		s, err := schedule.Parse(time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("4 15 * * *"), zone)
		if err != nil {
			t.Fatal(err)
		}
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2012+rapid.IntRange(0, 13).Draw(t, "year"), 1, 1, 0, 0, 0, 0, location).Add(-time.Minute)
		last := ""
		for range 370 {
			next := s.Next(at)
			if date := next.Format(time.DateOnly); !next.After(at) || date == last {
				t.Fatalf("after %s comes %s", at, next)
			}
			if gap := next.Sub(at); last != "" && gap > 26*time.Hour {
				t.Fatalf("no time between %s and %s", at, next)
			}
			at, last = next, next.Format(time.DateOnly)
		}
	})
}

func TestWhatIsNoScheduleIsRefused(t *testing.T) {
	for _, c := range []struct{ expression, zone, says string }{
		{"", "UTC", "0 fields"},
		{"@daily", "UTC", "1 fields"},
		{"0 0 6 * * *", "UTC", "6 fields"},
		{"TZ=Asia/Tokyo 6 * * *", "UTC", "allowed: five fields"},
		{"61 * * * *", "UTC", "61"},
		{"* * * foo *", "UTC", "foo"},
		{"0 0 30 2 *", "UTC", "never comes"},
		{"0 0 * * *", "", "name of a time zone"},
		{"0 0 * * *", "Local", "name of a time zone"},
		{"0 0 * * *", "Europe/Madird", "Europe/Madird"},
	} {
		if _, err := schedule.Parse(c.expression, c.zone); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q in %q: %v, want an error with %q", c.expression, c.zone, err, c.says)
		}
	}
}
