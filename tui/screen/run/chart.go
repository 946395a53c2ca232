package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"
)

const (
	waits      = '·' // in the queue, or for a retry
	retries    = '↻'
	repairs    = '▼'
	repairLine = '┊'
)

// attemptSpan is when an attempt was made, up to now while it is under way. Of one that has ended without saying
// when it is the end of the run, or, where that is not known either, its beginning.
func attemptSpan(r *workspaces.Run, a *workspaces.TaskRun, now time.Time) widget.Stretch {
	end := a.Ended
	switch {
	case !end.IsZero():
	case !r.Status.Ended() && !a.Status.Ended():
		end = now
	case !r.Ended.IsZero():
		end = r.Ended
	}
	if end.Before(a.Started) {
		end = a.Started
	}
	return widget.Stretch{From: a.Started, To: end}
}

// repairOf is the repair that an attempt is the first of at its task, as its place among the repairs, or -1.
func repairOf(r *workspaces.Run, i int) int {
	a := &r.Tasks[i]
	if a.Attempt == 0 {
		return -1
	}
	for n, p := range slices.Backward(r.Repairs) {
		if !a.Started.IsZero() && a.Started.Before(p.Queued) {
			continue
		}
		retry := slices.ContainsFunc(r.Tasks, func(o workspaces.TaskRun) bool {
			return o.Key == a.Key && o.Attempt < a.Attempt && !o.Started.Before(p.Queued)
		})
		if retry {
			return -1
		}
		return n
	}
	return -1
}

// wait is how long an attempt has waited before it began: in the queue for the run or the repair, or for a retry.
func wait(r *workspaces.Run, i int, now time.Time) (widget.Stretch, bool) {
	a := &r.Tasks[i]
	begun := func(at time.Time) time.Time {
		switch {
		case !at.IsZero():
			return at
		case !r.Ended.IsZero():
			return r.Ended
		}
		return now
	}
	var s widget.Stretch
	n := repairOf(r, i)
	switch {
	case n >= 0:
		s = widget.Stretch{From: r.Repairs[n].Queued, To: begun(r.Repairs[n].Started)}
	case a.Attempt == 0:
		s = widget.Stretch{From: r.Queued, To: begun(r.Started)}
	default:
		for _, o := range r.Tasks {
			if o.Key == a.Key && o.Attempt == a.Attempt-1 {
				s.From = o.Ended
			}
		}
		if s.To = a.RetryAt; s.To.IsZero() {
			s.To = a.Started
		}
	}
	return s, !s.From.IsZero() && s.To.After(s.From)
}

// stretches are the times in which something happens in a run.
func stretches(r *workspaces.Run, now time.Time) []widget.Stretch {
	var out []widget.Stretch
	for i := range r.Tasks {
		a := &r.Tasks[i]
		if s, ok := wait(r, i, now); ok && a.RetryAt.IsZero() {
			out = append(out, s)
		}
		if !a.Started.IsZero() {
			out = append(out, attemptSpan(r, a, now))
		}
		if !a.RetryAt.IsZero() {
			out = append(out, widget.Stretch{From: a.RetryAt, To: a.RetryAt})
		}
	}
	for _, p := range r.Repairs {
		if !p.Queued.IsZero() {
			out = append(out, widget.Stretch{From: p.Queued, To: p.Queued})
		}
	}
	return out
}

// labels are the marks over the axis: where repairs were asked for, and where retries began or will.
func labels(r *workspaces.Run, t widget.Theme) []widget.Label {
	var out []widget.Label
	for i := range r.Tasks {
		if a := &r.Tasks[i]; a.Attempt > 0 && repairOf(r, i) < 0 {
			at := a.RetryAt
			if at.IsZero() {
				at = a.Started
			}
			out = append(out, widget.Label{At: at, Mark: retries, Text: "retry", Style: t.Warn})
		}
	}
	for _, p := range r.Repairs {
		out = append(out, widget.Label{At: p.Queued, Mark: repairs, Text: fmt.Sprintf("repair %d", p.ID), Style: t.Strong})
	}
	return slices.DeleteFunc(out, func(l widget.Label) bool { return l.At.IsZero() })
}

// markWidth is the room of the marks before an attempt, statusWidth that of its state, in cells.
const (
	markWidth   = 2
	statusWidth = 15
)

// chart draws the attempts on one axis of time, on as many lines as it is given at most.
func (s *Screen) chart(w, most int) []string {
	t, r, now := s.state.Theme, s.run, s.state.Now
	name := min(26, w/3)
	before := markWidth + name + 1 + statusWidth + 1
	axis := widget.NewAxis(w-before, stretches(r, now)...)
	indent := strings.Repeat(" ", max(0, before))
	out := []string{indent + axis.Draw(now.Location(), t)}
	over := labels(r, t)
	if len(over) > 0 {
		out = append(out, indent+axis.Labels(over))
	}
	var begun []widget.Segment // lines down where repairs were asked for, behind the attempts
	for _, p := range r.Repairs {
		if !p.Queued.IsZero() {
			begun = append(begun, widget.Segment{Stretch: widget.Stretch{From: p.Queued, To: p.Queued}, Fill: repairLine, Style: t.Strong})
		}
	}
	rows := max(1, most-len(out))
	first := firstFailed(r)
	s.top = widget.Scroll(s.top, s.cursor, s.cursor+1, rows, len(r.Tasks))
	for i := s.top; i < min(s.top+rows, len(r.Tasks)); i++ {
		out = append(out, s.row(i, first == i, name, axis, begun))
	}
	return out
}

// row draws one attempt: its name and state, the wait before it, and the time that it took.
func (s *Screen) row(i int, first bool, name int, axis widget.Axis, behind []widget.Segment) string {
	t, r, now := s.state.Theme, s.run, s.state.Now
	a := &r.Tasks[i]
	label, at, failed := widget.Clean(a.Key), " ", " "
	if a.Attempt > 0 {
		label += fmt.Sprintf(" #%d", a.Attempt)
	}
	label = widget.Pad(label, name)
	if i == s.cursor {
		at, label = "▸", t.Selected.Styled(label)
	}
	if first {
		failed = t.Alarm.Styled("!")
	}
	look := screen.StatusLook(a.Status, t)
	segments := slices.Clone(behind)
	if waited, ok := wait(r, i, now); ok {
		segments = append(segments, widget.Segment{Stretch: waited, Fill: waits, Style: t.Waiting})
	}
	var marks []widget.Segment
	if !a.Started.IsZero() {
		segments = append(segments, widget.Segment{Stretch: attemptSpan(r, a, now), Fill: '█', Last: []rune(look.Glyph)[0], Style: look.Style})
	} else if !a.RetryAt.IsZero() {
		marks = append(marks, widget.Segment{Stretch: widget.Stretch{From: a.RetryAt}, Fill: retries, Style: t.Warn})
	}
	return at + failed + label + " " + widget.Pad(look.String(), statusWidth) + " " + axis.Row(segments, marks, t)
}
