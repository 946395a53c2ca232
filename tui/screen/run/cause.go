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

// firstCause is where the first cause begins in a line that tells of an error. Such a line is steps with ": "
// between them, of which each says what was tried and the next why that failed: read pagos: column periodo: "2024-13" is
// no month. The first cause is the first step that is a sentence, for what follows a sentence explains it (x is not
// here: make it with y); where none is, it is the last step (open x: permission denied). What stands in quotes
// or brackets, or behind ";", is no step.
func firstCause(line string) int {
	from := 0
	for {
		length := step(line[from:])
		if length < 0 || isSentence(line[from:from+length]) {
			return from
		}
		from += length + len(": ")
	}
}

// step is how long the first step of a line is; negative, when there is no other after it.
func step(line string) int {
	depth, quote, escaped := 0, rune(0), false
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
			return -1
		case r == ':' && strings.HasPrefix(line[i:], ": ") && strings.TrimSpace(line[i+1:]) != "":
			return i
		}
	}
	return -1
}

// verbs make a step a sentence. Those that tell of an attempt, as cannot does, are none: its cause comes after it.
const verbs = " is are was were has have does did must changed "

// isSentence reports whether a step has a verb.
func isSentence(step string) bool {
	return slices.ContainsFunc(strings.Fields(step), func(word string) bool { return strings.Contains(verbs, " "+word+" ") })
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
