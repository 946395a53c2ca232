package workspaces

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Check is something that is looked at in a source before a table is built from it.
type Check string

// The checks of a source.
const (
	Freshness Check = "freshness" // its newest month is the one that the build expects
	RowCount  Check = "row_count" // it has about as many rows as the builds before saw
	BadRows   Check = "bad_rows"  // all of its rows have a month
)

// Reaction says what is done about a source that fails a check.
type Reaction string

// The reactions, from the mildest to the strictest.
const (
	Ignore Reaction = "ignore"
	Warn   Reaction = "warn" // the build goes on and carries a warning
	Fail   Reaction = "fail" // the build ends before anything is computed or written
)

// HealthRules say what is expected of a source.
type HealthRules struct {
	Freshness Reaction
	Shift     int // months by which the source is late by custom, 0 or more
	RowCount  Reaction
	MaxDrop   float64 // 0.2: a fifth fewer rows than before is still right
	MaxGrowth float64 // 0.5: half as many rows again as before is still right
}

// SourceFacts are what a build sees of its source before it reads it.
type SourceFacts struct {
	Source  string    // database.name
	Rows    int64     // now
	Earlier []int64   // rows that earlier builds saw, the newest first, each version of the source once
	Monthly bool      // its rows belong to months
	Newest  time.Time // first day of its newest month, UTC; zero when no row has one
}

// SourceWarning is something about a source that is not as expected.
type SourceWarning struct {
	Source  string `json:"source"`
	Check   Check  `json:"check"`
	Message string `json:"message"` // what was found, and what was expected
}

func (w SourceWarning) String() string { return "source " + w.Source + ": " + w.Message }

// UnhealthySourceError says that a source is not as expected, where the configuration makes that a failure.
type UnhealthySourceError struct {
	Problems []SourceWarning // one or more
}

func (e *UnhealthySourceError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%s (%s is set to fail)", p, p.Check)
	}
	return strings.Join(lines, "\n")
}

// CheckSource holds what is seen of a source against its rules, for a build whose last month of output is end. Features of
// a month are released in the next one, so the month before end is expected, or one that is Shift months older; newer
// ones may be there, as long as they are not in the future. The rows are compared with the median of the
// earlier builds, so that a single odd one sets no standard. What is to be ignored is left out; what is to fail comes as an
// *UnhealthySourceError, and the other warnings with it.
func CheckSource(f SourceFacts, r HealthRules, end, now time.Time) ([]SourceWarning, error) {
	var warnings, failures []SourceWarning
	for _, c := range []struct {
		check    Check
		reaction Reaction
		message  string
	}{
		{RowCount, r.RowCount, f.rowCount(r)},
		{Freshness, r.Freshness, f.freshness(r, end, now)},
	} {
		w := SourceWarning{Source: f.Source, Check: c.check, Message: c.message}
		switch {
		case c.message == "" || c.reaction == Ignore:
		case c.reaction == Fail:
			failures = append(failures, w)
		default:
			warnings = append(warnings, w)
		}
	}
	if len(failures) > 0 {
		return warnings, &UnhealthySourceError{Problems: failures}
	}
	return warnings, nil
}

const monthLayout = "2006-01"

// freshness tells what is wrong with the newest month. An empty source is told of by rowCount.
func (f SourceFacts) freshness(r HealthRules, end, now time.Time) string {
	if !f.Monthly || f.Rows == 0 {
		return ""
	}
	expected := time.Date(end.Year(), end.Month()-1-time.Month(r.Shift), 1, 0, 0, 0, 0, time.UTC)
	thisMonth := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch {
	case f.Newest.IsZero():
		return fmt.Sprintf("no row has a month; rows of %s are expected", expected.Format(monthLayout))
	case f.Newest.Before(expected):
		behind := (expected.Year()-f.Newest.Year())*12 + int(expected.Month()) - int(f.Newest.Month())
		return fmt.Sprintf("the newest month is %s, %s behind %s", f.Newest.Format(monthLayout), months(behind), expected.Format(monthLayout))
	case f.Newest.After(thisMonth):
		return fmt.Sprintf("the newest month is %s, which is in the future", f.Newest.Format(monthLayout))
	}
	return ""
}

func months(n int) string {
	if n == 1 {
		return "1 month"
	}
	return fmt.Sprintf("%d months", n)
}

// rowCount tells what is wrong with the number of rows.
func (f SourceFacts) rowCount(r HealthRules) string {
	if f.Rows == 0 {
		return "it has no rows"
	}
	if len(f.Earlier) == 0 {
		return ""
	}
	before := median(f.Earlier)
	change := float64(f.Rows-before) / float64(max(before, 1))
	switch {
	case -change > r.MaxDrop:
		return fmt.Sprintf("it has %d rows, %.3g%% fewer than the %d of earlier builds; %.3g%% are allowed", f.Rows, -100*change, before, 100*r.MaxDrop)
	case change > r.MaxGrowth:
		return fmt.Sprintf("it has %d rows, %.3g%% more than the %d of earlier builds; %.3g%% are allowed", f.Rows, 100*change, before, 100*r.MaxGrowth)
	}
	return ""
}

// median is the middle one of an odd number of counts; of an even number the oldest does not count.
func median(newestFirst []int64) int64 {
	n := len(newestFirst)
	if n%2 == 0 {
		n--
	}
	sorted := slices.Sorted(slices.Values(newestFirst[:n]))
	return sorted[len(sorted)/2]
}
