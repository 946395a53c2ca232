package logs

import (
	"log/slog"
	"strings"
	"time"

	"featops/engine/logs"
	"featops/tui/widget"
)

// filter says which lines are shown. All of its fields but the pattern are kept over restarts.
type filter struct {
	Level     slog.Level `json:"level"` // and above
	Workspace string     `json:"workspace,omitempty"`
	Job       string     `json:"job,omitempty"`
	Run       string     `json:"run,omitempty"`
	Task      string     `json:"task,omitempty"`
	Table     string     `json:"table,omitempty"`
	Text      string     `json:"pattern,omitempty"` // of the pattern
	InContext bool       `json:"in_context,omitempty"`

	pattern pattern
	within  run
}

// run is the run of which alone there are lines; the zero run is of all.
type run struct {
	workspace, id string
	since         time.Time // no line of it is older; zero: that is not known
}

func (r *run) has(l *logs.Line) bool {
	return r.id == "" || r.id == l.Run && r.workspace == l.Workspace
}

// fileLines is how many lines of the files are looked through at a time: more where they all are for one run,
// which may be long ago, and has a beginning.
func (r *run) fileLines() int {
	if r.since.IsZero() {
		return fileLines
	}
	return most
}

// before reports whether a time is before the run.
func (r *run) before(at time.Time) bool { return !r.since.IsZero() && at.Before(r.since) }

// everything chooses all lines.
func everything() filter { return filter{Level: slog.LevelDebug} }

// field is a field of a line that a filter can ask for.
type field struct {
	name string
	of   func(*logs.Line) string
	in   func(*filter) *string
}

var fields = [...]field{
	{"workspace", func(l *logs.Line) string { return l.Workspace }, func(f *filter) *string { return &f.Workspace }},
	{"job", func(l *logs.Line) string { return l.Job }, func(f *filter) *string { return &f.Job }},
	{"run", func(l *logs.Line) string { return l.Run }, func(f *filter) *string { return &f.Run }},
	{"task", func(l *logs.Line) string { return l.Task }, func(f *filter) *string { return &f.Task }},
	{"table", func(l *logs.Line) string { return l.Table }, func(f *filter) *string { return &f.Table }},
}

// lines is what package logs can do of the filter: the fields and the level.
func (f *filter) lines() logs.Filter {
	return logs.Filter{Workspace: f.Workspace, Job: f.Job, Run: f.Run, Task: f.Task, Table: f.Table, MinLevel: f.Level}
}

// chooses reports whether the line is shown.
func (f *filter) chooses(l *logs.Line) bool {
	if l.Level < f.Level || !f.within.has(l) {
		return false
	}
	for i := range fields {
		if wanted := *fields[i].in(f); wanted != "" && wanted != fields[i].of(l) {
			return false
		}
	}
	return f.InContext || f.pattern.empty() || f.pattern.matches(text(l))
}

// words tells what the filter asks for; nothing, when every line is shown.
func (f *filter) words() string {
	var parts []string
	if f.Level > slog.LevelDebug {
		parts = append(parts, logs.LevelName(f.Level)+" and above")
	}
	for i := range fields {
		if wanted := *fields[i].in(f); wanted != "" {
			parts = append(parts, fields[i].name+" "+widget.Clean(wanted))
		}
	}
	if !f.pattern.empty() {
		how := "matches of "
		if f.InContext {
			how = "in context: "
		}
		parts = append(parts, how+widget.Clean(f.pattern.text))
	}
	return strings.Join(parts, " · ")
}
