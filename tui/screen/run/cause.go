package run

import (
	"slices"
	"strings"

	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
)

// firstFailed is the attempt that failed first, of the newest at each task, or -1 when none of these has
// failed. One that failed because of what it depends on is no first one. Of attempts that ended at the same
// time, or of which that is not known, it is the first of the run.
func firstFailed(r *workspaces.Run) int {
	newest, first := r.Newest(), -1
	isNewest := func(a *workspaces.TaskRun) bool {
		return slices.ContainsFunc(newest, func(n workspaces.TaskRun) bool { return n.Key == a.Key && n.Attempt == a.Attempt })
	}
	for i := range r.Tasks {
		a := &r.Tasks[i]
		if !a.Status.Failed() || a.Status.Result == workspaces.UpstreamFailed || !isNewest(a) {
			continue
		}
		if first < 0 || !a.Ended.IsZero() && (r.Tasks[first].Ended.IsZero() || a.Ended.Before(r.Tasks[first].Ended)) {
			first = i
		}
	}
	return first
}

// messageLines are the lines of a message that say something, fit to be drawn.
func messageLines(message string) []string {
	var out []string
	for line := range strings.Lines(message) {
		if line = strings.TrimRight(widget.Clean(line), " "); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// firstCause is where the first cause begins in a line that tells of an error: each step says what was tried, and
// after ": " why that failed, so the first cause comes last. What stands in quotes or brackets is no step, and what
// comes after ";" explains the cause and belongs to it. A line without steps is a cause as it is: 0.
func firstCause(line string) int {
	at, depth := 0, 0
	quote, escaped := rune(0), false
	for i, r := range line {
		switch {
		case escaped:
			escaped = false
		case quote != 0:
			if escaped = r == '\\' && quote == '"'; r == quote {
				quote = 0
			}
		case r == '"' || r == '`':
			quote = r
		case strings.ContainsRune("([{", r):
			depth++
		case strings.ContainsRune(")]}", r):
			depth = max(0, depth-1)
		case depth > 0:
		case r == ';':
			return at
		case r == ':' && strings.HasPrefix(line[i:], ": ") && strings.TrimSpace(line[i+1:]) != "":
			at = i + len(": ")
		}
	}
	return at
}

// inFull is a message on lines of at most w cells. That of a failure has its first cause on lines of its own
// behind a mark. The first line of a message tells it: those below it are other failures, or where it happened.
func inFull(status workspaces.Status, w int, t widget.Theme) []string {
	const most = 1000
	var out []string
	add := func(text string, style ansi.Style) {
		for _, l := range widget.Wrap(text, w, most) {
			if len(style) > 0 {
				l = style.Styled(l)
			}
			out = append(out, l)
		}
	}
	for i, line := range messageLines(status.Message) {
		switch {
		case !status.Failed():
			add(line, nil)
		case i == 0:
			at := firstCause(line)
			add(strings.TrimRight(line[:at], " "), t.Bad)
			add("▸ "+line[at:], t.Alarm)
		default:
			add(line, t.Bad)
		}
	}
	return out[:min(len(out), most)]
}
