package columnar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseMonthTakesYearAndMonthOnly(t *testing.T) {
	for text, want := range map[string]string{
		"2024-01": "2024-01", "2024-12": "2024-12", "0001-01": "0001-01", "9999-12": "9999-12", "1969-12": "1969-12",
		"2024-13": "", "2024-00": "", "0000-01": "", "2024-1": "", "2024-011": "", " 2024-01": "", "2024-01 ": "",
		"2024/01": "", "20240-1": "", "202a-01": "", "2024-0b": "", "-024-01": "", "": "", "２０２４-01": "",
	} {
		month, ok := parseMonth(text)
		if ok != (want != "") {
			t.Errorf("parseMonth(%q): ok is %v", text, ok)
		}
		if ok && timeOfDay(firstDay(month)).Format("2006-01") != want {
			t.Errorf("parseMonth(%q) is %v, want %s", text, timeOfDay(firstDay(month)), want)
		}
	}
}

func TestCivilAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int32Range(-800_000, 3_000_000), rapid.Int32()).Draw(t, "day")
		want := timeOf(day(n))
		year, month, dayOfMonth := civil(n)
		if int(year) != want.Year() || int(month) != int(want.Month()) || int(dayOfMonth) != want.Day() {
			t.Fatalf("civil(%d) is %d-%d-%d, want %v", n, year, month, dayOfMonth, want)
		}
		if got := dayOf(year, month, dayOfMonth); got != n {
			t.Fatalf("dayOf is %d, want %d", got, n)
		}
		if got := dayOfTime(want.Add(time.Hour)); got != n {
			t.Fatalf("dayOfTime is %d, want %d", got, n)
		}
	})
}

func TestMonthsBetweenFollowsSparkSQL(t *testing.T) {
	for _, c := range []struct {
		end, start string
		want       float64
	}{
		{"2024-03-15", "2024-01-15", 2},
		{"2024-02-29", "2024-01-31", 1}, // both the last day
		{"2023-02-28", "2024-02-29", -12},
		{"2024-02-28", "2024-01-31", 0.90322581},
		{"1997-02-28", "1996-10-30", 3.93548387},
		{"2024-01-01", "2023-12-20", 0.38709677},
		{"2023-12-20", "2024-01-01", -0.38709677},
		{"2024-01-31", "2024-01-01", 0.96774194},
	} {
		at := func(s string) int32 {
			d, err := time.Parse(time.DateOnly, s)
			if err != nil {
				t.Fatal(err)
			}
			return dayOfTime(d)
		}
		if got := monthsBetween(at(c.end), at(c.start)); got != c.want {
			t.Errorf("monthsBetween(%s, %s) = %v, want %v", c.end, c.start, got, c.want)
		}
	}
}

func TestMonthsBetweenAgreesWithExactFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end, start := rapid.Int32Range(-10_000, 40_000).Draw(t, "end"), rapid.Int32Range(-10_000, 40_000).Draw(t, "start")
		if got, want := monthsBetween(end, start), monthsBetweenPlain(timeOf(day(end)), timeOf(day(start))); got != want {
			t.Fatalf("monthsBetween(%v, %v) = %v, want %v", timeOf(day(end)), timeOf(day(start)), got, want)
		}
	})
}
