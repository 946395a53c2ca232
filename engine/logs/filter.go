package logs

import (
	"log/slog"
	"regexp"
	"time"
)

// Filter chooses lines. What is not set does not narrow the choice; the zero Filter chooses all.
type Filter struct {
	Workspace string // these five: equal
	Job       string
	Run       string
	Task      string
	Table     string
	MinLevel  slog.Leveler   // this level or a higher one, such as slog.LevelWarn
	Since     time.Time      // at this time or later
	Grep      *regexp.Regexp // found in the line as Format shows it without colour
}

// Match reports whether the filter chooses the line.
func (f Filter) Match(l Line) bool {
	return is(f.Workspace, l.Workspace) && is(f.Job, l.Job) && is(f.Run, l.Run) && is(f.Task, l.Task) && is(f.Table, l.Table) &&
		(f.MinLevel == nil || l.Level >= f.MinLevel.Level()) &&
		!l.Time.Before(f.Since) &&
		(f.Grep == nil || f.Grep.MatchString(l.Format(false)))
}

func is(wanted, found string) bool { return wanted == "" || wanted == found }
