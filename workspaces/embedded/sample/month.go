package sample

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// month counts months from January of the year 0.
type month int

func monthOf(t time.Time) month {
	t = t.UTC()
	return month(t.Year()*12 + int(t.Month()) - 1)
}

// String is the month as yyyy-MM, the form of a periodo.
func (m month) String() string {
	y, n := int(m/12), int(m%12)+1
	return string([]byte{
		'0' + byte(y/1000%10), '0' + byte(y/100%10), '0' + byte(y/10%10), '0' + byte(y%10),
		'-', '0' + byte(n/10), '0' + byte(n%10),
	})
}

// start is midnight UTC of the first day.
func (m month) start() time.Time {
	return time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// first is the first day.
func (m month) first() arrow.Date32 { return arrow.Date32(m.start().Unix() / 86400) }

// last is the last day.
func (m month) last() arrow.Date32 { return (m + 1).first() - 1 }

// day is any day of the month.
func (m month) day(d *draws) arrow.Date32 {
	return arrow.Date32(d.between(int(m.first()), int(m.last())))
}
