package run

import (
	"fmt"
	"slices"
	"strings"

	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"
)

// detail tells of the selected attempt: a title, then why it was made and after what, what it saved, and its message.
func (s *Screen) detail(w int) []string {
	a, t := s.selected(), s.state.Theme
	if a == nil {
		return append([]string{t.Faint.Styled("The run has no task.")}, inFull(s.run.Status, w, t)...)
	}
	title := t.Strong.Styled(fmt.Sprintf("%s, attempt %d", widget.Clean(a.Key), a.Attempt))
	if n := repairOf(s.run, s.cursor); n >= 0 {
		title += t.Faint.Styled(fmt.Sprintf(", of repair %d", s.run.Repairs[n].ID) + by(s.run.Repairs[n].By))
	} else if a.Attempt > 0 {
		title += t.Faint.Styled(", a retry")
	}
	if firstFailed(s.run) == s.cursor {
		title += t.Alarm.Styled(", the first that failed")
	}
	out := []string{widget.Spread(title, s.tookAttempt(a), w)}
	out = append(out, s.dependencies(a, w)...)
	if !a.RetryAt.IsZero() {
		out = append(out, t.Warn.Styled("again in "+widget.Seconds(max(0, a.RetryAt.Sub(s.state.Now)))))
	}
	if b := a.Build; b != nil {
		if !strings.HasPrefix(a.Status.Message, b.String()) { // which tells it too
			out = append(out, widget.Clean(b.String()))
		}
		for _, warning := range b.Warnings {
			out = append(out, t.Warn.Styled("! "+widget.Clean(warning.String())))
		}
		if len(b.Drift) > 0 {
			out = append(out, t.Warn.Styled("! "+widget.Clean(b.Drift.String())))
		}
	}
	if p := a.Progress; p != nil && !a.Status.Ended() {
		out = append(out, screen.Progress(*p))
	}
	return append(out, inFull(a.Status, w, t)...)
}

// tookAttempt is how long an attempt took, with a space before it; nothing where that is not known.
func (s *Screen) tookAttempt(a *workspaces.TaskRun) string {
	span := attemptSpan(s.run, a, s.state.Now)
	if a.Started.IsZero() || a.Ended.IsZero() && a.Status.Ended() {
		return ""
	}
	return " " + s.took(span.To.Sub(span.From), s.usual(a.Key))
}

// dependencies tells after which tasks the attempt comes.
func (s *Screen) dependencies(a *workspaces.TaskRun, w int) []string {
	t := s.state.Theme
	if s.job == nil {
		return []string{t.Warn.Styled("! " + widget.Clean(s.jobGone()))}
	}
	i := slices.IndexFunc(s.job.Tasks, func(task workspaces.Task) bool { return task.Key == a.Key })
	if i < 0 {
		return []string{t.Warn.Styled("! the job has no such task any more")}
	}
	after := s.job.Tasks[i].DependsOn
	if len(after) == 0 {
		return nil
	}
	return []string{widget.Fit(t.Faint.Styled("after "+widget.Clean(strings.Join(after, ", "))), w)}
}
