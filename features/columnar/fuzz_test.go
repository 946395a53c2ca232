package columnar

import (
	"regexp"
	"strconv"
	"testing"
	"time"
)

// A periodo is a month exactly when it is four digits from 0001 on, a hyphen, and 01 to 12.
func FuzzParseMonth(f *testing.F) {
	for _, seed := range []string{"2024-01", "0001-12", "9999-12", "0000-01", "2024-00", "2024-13", "2024-1", " 2024-01", "2024-01-01", "２０２４-01", "-024-01"} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`^([0-9]{4})-(0[1-9]|1[0-2])$`)
	f.Fuzz(func(t *testing.T, text string) {
		month, ok := parseMonth(text)
		parts := form.FindStringSubmatch(text)
		if isMonth := parts != nil && parts[1] != "0000" && len(text) == 7; ok != isMonth {
			t.Fatalf("parseMonth(%q): ok is %t", text, ok)
		}
		if !ok {
			return
		}
		year, _ := strconv.Atoi(parts[1])
		in, _ := strconv.Atoi(parts[2])
		if want := (year-1970)*12 + in - 1; int(month) != want {
			t.Errorf("parseMonth(%q) is month %d, want %d", text, month, want)
		}
		first := time.Date(year, time.Month(in), 1, 0, 0, 0, 0, time.UTC)
		if got := timeOfDay(firstDay(month)); !got.Equal(first) {
			t.Errorf("the first day of %q is %v, want %v", text, got, first)
		}
		if back, ok := monthOfDay(firstDay(month)); !ok || back != month {
			t.Errorf("the month of the first day of %q is %d, want %d", text, back, month)
		}
	})
}

// Days and the months between two of them agree with package time and exact fractions, wherever SQL has dates.
func FuzzDays(f *testing.F) {
	for _, seed := range [][2]int32{{0, 0}, {-1, 1}, {19782, 19753}, {-719162, 2932896}, {11016, 10987}, {-135080, -135081}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b int32) {
		for _, n := range []int32{a, b} {
			// Of days that SQL has no dates for no month is told, and nothing else is computed.
			at := time.Unix(int64(n)*24*60*60, 0).UTC()
			month, ok := monthOfDay(n)
			if want := at.Year() >= 1 && at.Year() <= 9999; ok != want {
				t.Fatalf("day %d, %v: ok is %t", n, at, ok)
			}
			if !ok {
				return
			}
			year, in, dayOfMonth := civil(n)
			if int(year) != at.Year() || int(in) != int(at.Month()) || int(dayOfMonth) != at.Day() {
				t.Fatalf("civil(%d) is %d-%d-%d, want %v", n, year, in, dayOfMonth, at)
			}
			if month != monthOf(year, in) || dayOf(year, in, dayOfMonth) != n || dayOfTime(at) != n || !timeOfDay(n).Equal(at) {
				t.Fatalf("day %d: month %d, there and back %d, %d, %v", n, month, dayOf(year, in, dayOfMonth), dayOfTime(at), timeOfDay(n))
			}
		}
		end, start := timeOfDay(a), timeOfDay(b)
		if got, want := monthsBetween(a, b), monthsBetweenPlain(end, start); got != want {
			t.Errorf("monthsBetween(%v, %v) = %v, want %v", end, start, got, want)
		}
	})
}
