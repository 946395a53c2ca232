package columnar

import (
	"math"
	"time"
)

// MonthOf is the month of a time in UTC, counted from January 1970.
func MonthOf(t time.Time) int32 {
	t = t.UTC()
	return monthOf(int32(t.Year()), int32(t.Month()))
}

// StartOf is the first day of a month that [MonthOf] gave, UTC.
func StartOf(month int32) time.Time { return timeOfDay(firstDay(month)) }

// A month is counted from January 1970, a day from 1970-01-01, both negative before.

const noMonth int32 = math.MinInt32 // stands for an event month that is none

// parseMonth reads yyyy-MM: four digits from 0001, a hyphen, 01 to 12, and nothing else.
func parseMonth(s string) (month int32, ok bool) {
	if len(s) != 7 || s[4] != '-' {
		return noMonth, false
	}
	digit := func(i int) int32 { return int32(s[i]) - '0' }
	for _, i := range [6]int{0, 1, 2, 3, 5, 6} {
		if d := digit(i); d < 0 || d > 9 {
			return noMonth, false
		}
	}
	year := digit(0)*1000 + digit(1)*100 + digit(2)*10 + digit(3)
	in := digit(5)*10 + digit(6)
	if year < 1 || in < 1 || in > 12 {
		return noMonth, false
	}
	return monthOf(year, in), true
}

func monthOf(year, in int32) int32 { return (year-1970)*12 + in - 1 }

// monthOfDay is the month of a day; not ok outside of the years 1 to 9999, which SQL has no dates for.
func monthOfDay(day int32) (month int32, ok bool) {
	const first, last = -719162, 2932896 // 0001-01-01, 9999-12-31
	if day < first || day > last {
		return noMonth, false
	}
	year, in, _ := civil(day)
	return monthOf(year, in), true
}

// firstDay is the first day of a month.
func firstDay(month int32) int32 {
	year, in := floorDiv(month, 12)+1970, floorMod(month, 12)+1
	return dayOf(year, in, 1)
}

// civil splits a day into year, month and day of the month of the proleptic Gregorian calendar, after C. Neri and L.
// Schneider, "Euclidean affine functions and their application to calendar algorithms", Software: Practice and Experience 53,
// 2023. Years begin in March, so that a leap day is the last of its year.
func civil(day int32) (year, month, dayOfMonth int32) {
	const (
		daysOf400 = 146097
		shift     = 14704 // times 400 years, after which no day is negative
	)
	n := 4*uint64(int64(day)+719468+shift*daysOf400) + 3
	century := n / daysOf400
	inCentury := n%daysOf400 | 3 // four times the day of the century, and 3
	// 2939745/2³² stands for 1/1461, the part of a quarter of a day of four years, and 2141/2¹⁶ for 5/153, that of a day of five months.
	p := 2939745 * inCentury
	dayOfYear := uint32(p) / 2939745 / 4
	m := 2141*dayOfYear + 197913
	year, month, dayOfMonth = int32(100*century+p>>32)-400*shift, int32(m>>16), int32(m&0xFFFF)/2141+1
	if dayOfYear >= 306 { // January begins
		year, month = year+1, month-12
	}
	return year, month, dayOfMonth
}

// dayOf is the inverse of civil (days_from_civil).
func dayOf(year, month, dayOfMonth int32) int32 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := int64(month) - 3
	if month <= 2 {
		mp = int64(month) + 9
	}
	doy := (153*mp+2)/5 + int64(dayOfMonth) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int32(era*146097 + doe - 719468)
}

// monthsBetween is Spark SQL's months_between(end, start) of two dates: whole when both are the
// same day of the month or both the last of theirs, else with each day a 31st, rounded half-up to 8
// decimals (no 31st is a tie there).
func monthsBetween(end, start int32) float64 {
	const unit = 100_000_000
	year1, month1, day1 := civil(end)
	year2, month2, day2 := civil(start)
	months := int64(monthOf(year1, month1)) - int64(monthOf(year2, month2))
	if day1 == day2 || day1 == monthLength(year1, month1) && day2 == monthLength(year2, month2) {
		return float64(months)
	}
	// floor((days/31 + months)·10⁸ + 1/2), in whole numbers
	n := int64(day1-day2)*unit*2 + 31
	fraction := n / 62
	if n < 0 && n%62 != 0 {
		fraction--
	}
	return float64(months*unit+fraction) / unit
}

func monthLength(year, month int32) int32 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// dayOfTime is the day of a time in UTC.
func dayOfTime(t time.Time) int32 {
	const seconds = 24 * 60 * 60
	return int32(floorDiv(t.Unix(), seconds))
}

// timeOfDay is midnight of a day, UTC.
func timeOfDay(day int32) time.Time {
	year, month, dayOfMonth := civil(day)
	return time.Date(int(year), time.Month(month), int(dayOfMonth), 0, 0, 0, 0, time.UTC)
}

func floorDiv[T int32 | int64](a, b T) T {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod[T int32 | int64](a, b T) T { return a - floorDiv(a, b)*b }
