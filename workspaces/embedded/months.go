package embedded

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"featops/features/columnar"
	"featops/workspaces/delta"
)

// monthRange is the first and the last month, as [columnar.MonthOf] counts, that a file can have rows of. In one without any,
// the last is before the first.
type monthRange struct{ first, last int32 }

// anyMonth is the range of a file of which nothing is known; noMonths that of one without months.
var (
	anyMonth = monthRange{math.MinInt32, math.MaxInt32}
	noMonths = monthRange{math.MaxInt32, math.MinInt32}
)

func (r monthRange) with(o monthRange) monthRange {
	return monthRange{min(r.first, o.first), max(r.last, o.last)}
}

// len is the number of months.
func (r monthRange) len() int { return max(0, int(r.last)-int(r.first)+1) }

// monthsByStats is the range of a column of months in a file. It is not ok when the statistics lack the column or a bound is
// no month, which says nothing of what lies between the bounds. Of texts the bounds do: months that are written yyyy-MM
// sort by their time.
func monthsByStats(s *delta.Stats, column string) (r monthRange, ok bool) {
	if s == nil {
		return anyMonth, false
	}
	if allNull(s, column) {
		return noMonths, true
	}
	first, ok1 := monthBound(s.MinValues, column)
	last, ok2 := monthBound(s.MaxValues, column)
	if !ok1 || !ok2 {
		return anyMonth, false
	}
	return monthRange{first, last}, true
}

func allNull(s *delta.Stats, column string) bool {
	n, err := strconv.ParseInt(string(ofColumn(s.NullCount, column)), 10, 64)
	return err == nil && n == s.NumRecords
}

func monthBound(values map[string]json.RawMessage, column string) (int32, bool) {
	var text string
	if json.Unmarshal(ofColumn(values, column), &text) != nil {
		return 0, false
	}
	for _, layout := range []string{"2006-01", time.DateOnly, "2006-01-02T15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return columnar.MonthOf(t), t.UTC().Year() >= 1
		}
	}
	return 0, false
}

// ofColumn finds a column without regard to case.
func ofColumn(values map[string]json.RawMessage, column string) json.RawMessage {
	for name, v := range values {
		if strings.EqualFold(name, column) {
			return v
		}
	}
	return nil
}

// customersByStats is the least and the greatest customer of a file, all that there can be where the statistics do not tell.
func customersByStats(s *delta.Stats, column string) (least, greatest int64) {
	least, greatest = math.MinInt64, math.MaxInt64
	if s == nil {
		return least, greatest
	}
	low, err1 := strconv.ParseInt(string(ofColumn(s.MinValues, column)), 10, 64)
	high, err2 := strconv.ParseInt(string(ofColumn(s.MaxValues, column)), 10, 64)
	if err1 != nil || err2 != nil {
		return least, greatest
	}
	return low, high
}

// monthText writes a month as yyyy-MM.
func monthText(month int32) string { return columnar.StartOf(month).Format("2006-01") }
