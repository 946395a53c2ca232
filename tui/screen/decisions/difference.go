package decisions

import (
	"fmt"
	"strings"
	"time"

	"featops/features/schema"
	"featops/tui/widget"
	"featops/workspaces"
)

// Hurry is how much time is left when the countdown of a question turns red.
const Hurry = 30 * time.Second

// Losses tells how many rows of a table would go, or have gone, and who is affected.
func Losses(q workspaces.Question, w int, t widget.Theme) []string {
	var lines []string
	if q.Subject == workspaces.SaveTable {
		lines = append(lines, lossOfRows(q.Loss.Rows, t))
	}
	return append(lines, widget.Wrap(widget.Clean(registeredIn(q)), w, 3)...)
}

func registeredIn(q workspaces.Question) string {
	if len(q.RegisteredIn) == 0 {
		return "Registered in no other workspace: nobody else is affected."
	}
	return "Affected are the users of " + strings.Join(q.RegisteredIn, ", ") + ", where it is registered."
}

func lossOfRows(n int64, t widget.Theme) string {
	if n == 0 {
		return t.Faint.Styled("No row would go: all rows of the table are in the new data.")
	}
	return t.Bad.Styled(counted(n, "row") + " would go: in the table, and not in the new data.")
}

// LossOfValues tells how many values of a column go.
func LossOfValues(n int64, t widget.Theme) string {
	if n == 0 {
		return t.Faint.Styled(" no value lost")
	}
	return t.Bad.Styled(" " + counted(n, "value") + " lost")
}

// change is a column that differs.
type change struct {
	kind, column  string
	before, after schema.Type // empty: the column is not there
	loses         bool
	lost          int64 // values, where it loses something
}

// changes lists the columns that differ, those that lose something first.
func changes(q workspaces.Question) []change {
	lost := map[string]int64{}
	for _, c := range q.Loss.Columns {
		lost[c.Column] = c.Values
	}
	var out []change
	add := func(kind, column string, before, after schema.Type) {
		n, loses := lost[column]
		out = append(out, change{kind, column, before, after, loses, n})
	}
	d := q.Difference
	for _, c := range d.Missing {
		add("missing", c.Name, c.Type, "")
	}
	for _, c := range d.Changed {
		add("changed", c.Column, c.Expected, c.Found)
	}
	for _, c := range d.Widened {
		add("widened", c.Column, c.Expected, c.Found)
	}
	for _, c := range d.New {
		add("new", c.Name, "", c.Type)
	}
	return out
}

// Columns lists the columns that differ, a line each, those that lose something first.
func Columns(q workspaces.Question, w int, t widget.Theme) []string {
	var lines []string
	for _, c := range changes(q) {
		types := c.before + c.after
		if c.before != "" && c.after != "" {
			types = c.before + " → " + c.after
		}
		left := fmt.Sprintf("  %-8s %s ", c.kind, widget.Clean(c.column)) + t.Faint.Styled(widget.Clean(string(types)))
		right := ""
		if c.loses {
			right = LossOfValues(c.lost, t)
		}
		lines = append(lines, widget.Spread(left, right, w))
	}
	return lines
}

// RaisedBy tells what raised a question.
func RaisedBy(q workspaces.Question) string {
	switch {
	case q.Run != 0:
	case q.Subject == workspaces.RegisterTable:
		return "Raised by a registration by hand."
	default:
		return "Raised by a build outside any job."
	}
	return fmt.Sprintf("Raised by task %s of %s, run %d.", q.Task, q.Job, q.Run)
}

// Countdown draws the time that is left as a bar and mm:ss. The engine holds the deadline; this is only
// its picture.
func Countdown(q workspaces.Question, now time.Time, w int, t widget.Theme) string {
	if q.Deadline.IsZero() {
		return t.Faint.Styled("no deadline")
	}
	left := max(0, q.Deadline.Sub(now))
	style := t.Alarm
	if left <= Hurry {
		style = t.Bad
	}
	text := " " + widget.Clock(left) + " left"
	share := float64(left) / float64(max(1, q.Deadline.Sub(q.Asked)))
	return style.Styled(widget.Bar(share, w-len(text)) + text)
}
