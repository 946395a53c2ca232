package overview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/engine"
	"featops/tui/widget"
	"featops/workspaces"

	"github.com/dustin/go-humanize"
)

// barWidth is that of the bar that shows how long something takes against how long it usually does, in cells.
const barWidth = 8

// detail is what else there is to know of a row, the dearest first.
func (s *Screen) detail(it *item) []string {
	if it.task == nil && it.job != nil {
		return s.jobDetail(it)
	}
	var parts []string
	if it.try != nil && it.try.Attempt > 0 {
		parts = append(parts, s.theme.Warn.Styled(fmt.Sprintf("attempt %d", it.try.Attempt)))
	}
	if it.try != nil && !it.try.RetryAt.IsZero() {
		parts = append(parts, s.theme.Warn.Styled("again in "+widget.Seconds(max(0, it.try.RetryAt.Sub(s.state.Now)))))
	}
	if it.try != nil && it.try.Status.LifeCycle == workspaces.Running && it.build == nil {
		parts = s.usual(parts, it, it.try.Started)
	}
	switch {
	case it.build != nil && it.build.Progress != nil:
		return append(parts, progress(*it.build.Progress))
	case it.try != nil && it.try.Progress != nil && !it.try.Status.Ended():
		return append(parts, progress(*it.try.Progress))
	}
	if it.try != nil && it.try.Status.Ended() {
		parts = s.slow(parts, it)
		if !it.try.Status.Succeeded() {
			parts = s.lastSuccess(parts, it)
		}
	}
	if result := built(it); result != "" {
		parts = append(parts, result)
	}
	if targets := s.targets(it); targets != "" {
		parts = append(parts, targets)
	}
	if it.table != nil {
		parts = s.fresh(parts, it.table)
	}
	return parts
}

// jobDetail tells of the run that is shown, of those in the queue, and when the job starts next by itself.
func (s *Screen) jobDetail(it *item) []string {
	t := s.theme
	var parts []string
	if r := it.run; r != nil {
		parts = append(parts, t.Faint.Styled(fmt.Sprintf("run %d", r.ID)))
		if n := len(r.Repairs); n > 0 {
			parts = append(parts, t.Warn.Styled(fmt.Sprintf("repair %d", n)))
		} else if !r.Status.Ended() && !r.Started.IsZero() {
			parts = s.usual(parts, it, r.Started)
		}
		if n := it.job.Queued(); n > 0 && r.Status.LifeCycle != workspaces.Queued {
			parts = append(parts, t.Waiting.Styled(fmt.Sprintf("%d queued", n)))
		}
	}
	if r := it.run; r != nil && r.Status.Ended() && !r.Status.Succeeded() {
		parts = s.lastSuccess(parts, it)
	} else if r != nil && r.Status.Ended() {
		parts = append(parts, t.Faint.Styled("ended "+s.ago(r.Ended)))
	}
	if next := it.job.Schedule; next != nil {
		if !next.Missed.IsZero() {
			parts = append(parts, t.Warn.Styled("missed "+next.Missed.In(s.state.Now.Location()).Format("01-02 15:04")))
		}
		if next.Paused {
			parts = append(parts, t.Warn.Styled("schedule paused"))
		} else {
			parts = append(parts, t.Faint.Styled("next "+next.Next.In(s.state.Now.Location()).Format("01-02 15:04")))
		}
	}
	return parts
}

// usual adds how long the row under way usually takes, where that is known.
func (s *Screen) usual(parts []string, it *item, started time.Time) []string {
	usual := it.job.Expected.Of(it.Task)
	switch {
	case usual == 0:
		return parts
	case engine.Late(s.state.Now.Sub(started), usual):
		return append(parts, s.theme.Warn.Styled("late, usually "+widget.Duration(usual)))
	}
	bar := widget.Bar(float64(s.state.Now.Sub(started))/float64(usual), barWidth)
	return append(parts, s.theme.Busy.Styled(bar)+s.theme.Faint.Styled(" usually "+widget.Duration(usual)))
}

// fresh tells the newest month of a table's rows, where that is known, and when the table was saved.
func (s *Screen) fresh(parts []string, table *workspaces.Table) []string {
	if month := s.months.known[target{table.Name, table.Workspace}]; month != "" {
		parts = append(parts, s.theme.Faint.Styled("to "+month))
	}
	if !table.Updated.IsZero() {
		parts = append(parts, s.theme.Faint.Styled("saved "+s.ago(table.Updated)))
	}
	return parts
}

// slow says of an attempt that has ended how long it usually takes, where it took remarkably longer.
func (s *Screen) slow(parts []string, it *item) []string {
	usual := it.job.Expected.Of(it.Task)
	if t := it.try; t.Started.IsZero() || t.Ended.IsZero() || !engine.Late(t.Ended.Sub(t.Started), usual) {
		return parts
	}
	return append(parts, s.theme.Warn.Styled("usually "+widget.Duration(usual)))
}

// lastSuccess tells when the job, or the task, of a row last did all it should, where its newest run did not.
func (s *Screen) lastSuccess(parts []string, it *item) []string {
	for i := range it.job.Runs {
		r := &it.job.Runs[i]
		status, ended := r.Status, r.Ended
		if it.task != nil {
			k := slices.IndexFunc(r.Tasks, func(t workspaces.TaskRun) bool { return t.Key == it.Task && t.Status.Succeeded() })
			if k < 0 {
				continue
			}
			status, ended = r.Tasks[k].Status, r.Tasks[k].Ended
		}
		if status.Succeeded() {
			return append(parts, s.theme.Faint.Styled("last success "+s.ago(ended)))
		}
	}
	return parts
}

// ago tells how long ago something was: 3 hours ago.
func (s *Screen) ago(t time.Time) string { return humanize.RelTime(t, s.state.Now, "ago", "from now") }

// progress is how far a build is: `compute 45% · 9,000 of 20,000 rows`.
func progress(p workspaces.Progress) string {
	text := fmt.Sprintf("%s %s rows", widget.Clean(p.Stage), humanize.Comma(p.Rows))
	if p.Total > 0 {
		text = fmt.Sprintf("%s %d%% · %s of %s rows", widget.Clean(p.Stage), widget.Percent(p.Rows, p.Total),
			humanize.Comma(p.Rows), humanize.Comma(p.Total))
	}
	if p.Disk > 0 {
		text += fmt.Sprintf(" · %s sorted on disk", humanize.Bytes(uint64(p.Disk)))
	}
	return text
}

// built is what the newest attempt saved, or, without one, what is there.
func built(it *item) string {
	if it.try != nil && it.try.Build != nil {
		b := it.try.Build
		what := fmt.Sprintf("%s rows · v%d", humanize.Comma(b.Rows), b.Version)
		switch {
		case b.Refused:
			return fmt.Sprintf("refused, v%d is untouched", b.Version)
		case b.UpToDate:
			return "up to date · " + what
		}
		return what
	}
	if it.table == nil || it.try != nil && !it.try.Status.Ended() {
		return ""
	}
	return fmt.Sprintf("%s rows · v%d", humanize.Comma(it.table.Rows), it.table.Version)
}

// targets tells, of each other workspace, whether the newest version of the row's table is
// registered there.
func (s *Screen) targets(it *item) string {
	if it.table == nil {
		return ""
	}
	var parts []string
	for i := range s.state.Snapshot.Workspaces {
		w := &s.state.Snapshot.Workspaces[i]
		if w.Name == it.Workspace {
			continue
		}
		mark := s.theme.Waiting.Styled("…")
		switch failed := s.failed[target{it.table.Name, w.Name}]; {
		case registered(w, it.table):
			mark = s.theme.Good.Styled("✓")
		case failed != "":
			mark = s.theme.Bad.Styled("✗ " + string(failed))
		}
		parts = append(parts, widget.Clean(w.Name)+" "+mark)
	}
	if len(parts) == 0 {
		return ""
	}
	return "→ " + strings.Join(parts, " ")
}

func registered(w *engine.WorkspaceState, table *workspaces.Table) bool {
	for _, r := range w.Registrations {
		if r.Name == table.Name && r.Workspace == table.Workspace {
			return r.Version == table.Version
		}
	}
	return false
}
