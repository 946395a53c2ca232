package run

import (
	"strings"
	"testing"
	"time"

	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTheFirstCauseOfAnError(t *testing.T) {
	tests := []struct{ line, want string }{
		{"connection reset", "connection reset"},
		{"read a: open b: permission denied", "permission denied"},
		{`read pagos: column periodo: "2024-13" is no month (row 17); 1 of 120000 rows is bad, allowed are 0`,
			`"2024-13" is no month (row 17); 1 of 120000 rows is bad, allowed are 0`},
		{"build a: source b is not here in c: make it with `featops sample`", "source b is not here in c: make it with `featops sample`"},
		{"save of a in b was refused by user ana: 2 columns are missing", "save of a in b was refused by user ana: 2 columns are missing"},
		{"run 3 in a cannot be repaired: the job changed since", "the job changed since"},
		{`key x: found "a: b"; allowed: c, d`, `found "a: b"; allowed: c, d`},
		{`open "a \": b": no such file`, "no such file"},
		{"read `a: b` (at c: d): e", "e"},
		{"dial tcp 10.0.0.1:443: connect: connection refused", "connection refused"},
		{"get https://a/b: deadline exceeded", "deadline exceeded"},
		{"a bracket ) too many: b", "b"},
		{"an open quote \" hides: b", "an open quote \" hides: b"},
		{"it ends with a colon:", "it ends with a colon:"},
		{"it ends with a colon: ", "it ends with a colon: "},
		{": a", "a"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := tt.line[firstCause(tt.line):]; got != tt.want {
			t.Errorf("%q: first cause %q, want %q", tt.line, got, tt.want)
		}
	}
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestWhatFailedFirst(t *testing.T) {
	failed := workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed}
	upstream := workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.UpstreamFailed}
	done := workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	at := func(key string, attempt int, s workspaces.Status, end int) workspaces.TaskRun {
		a := workspaces.TaskRun{Key: key, Attempt: attempt, Status: s}
		if end > 0 {
			a.Ended = noon.Add(time.Duration(end) * time.Second)
		}
		return a
	}
	tests := []struct {
		name  string
		tasks []workspaces.TaskRun
		want  int
	}{
		{"no task", nil, -1},
		{"none has failed", []workspaces.TaskRun{at("a", 0, done, 1)}, -1},
		{"one has", []workspaces.TaskRun{at("a", 0, done, 1), at("b", 0, failed, 2)}, 1},
		{"the one that ended first", []workspaces.TaskRun{at("a", 0, failed, 9), at("b", 0, failed, 2), at("c", 0, failed, 5)}, 1},
		{"at the same time, the first of the run", []workspaces.TaskRun{at("a", 0, failed, 2), at("b", 0, failed, 2)}, 0},
		{"one whose end is not known comes last", []workspaces.TaskRun{at("a", 0, failed, 0), at("b", 0, failed, 2)}, 1},
		{"no end is known", []workspaces.TaskRun{at("a", 0, failed, 0), at("b", 0, failed, 0)}, 0},
		{"no consequence of another", []workspaces.TaskRun{at("a", 0, upstream, 1), at("b", 0, failed, 2)}, 1},
		{"none that was repaired", []workspaces.TaskRun{at("a", 0, failed, 1), at("a", 1, done, 3), at("b", 0, failed, 2)}, 2},
		{"the newest attempt, not the one before", []workspaces.TaskRun{at("a", 0, failed, 1), at("a", 1, failed, 3)}, 1},
	}
	for _, tt := range tests {
		if got := firstFailed(&workspaces.Run{Tasks: tt.tasks}); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestAnErrorInFull(t *testing.T) {
	failure := workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed,
		Message: "read pagos:\x1b[31m column periodo: broken in two\r\n\n\tat main.go:7: x\nread b: c\n"}
	got := inFull(failure, 24, widget.Theme{})
	want := []string{"read pagos: column", "periodo:", "▸ broken in two", " at main.go:7: x", "read b: c"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	running := failure
	running.LifeCycle, running.Result = workspaces.Running, ""
	if text := strings.Join(inFull(running, 80, widget.Theme{}), "\n"); strings.Contains(text, "▸") {
		t.Errorf("the message of what has not failed has a cause: %s", text)
	}
}

// Nothing of an error is lost but blanks, and the cause is what firstCause says.
func TestAnErrorIsWhole(t *testing.T) {
	piece := rapid.SampledFrom([]string{"read a", ": ", "; ", "is", " ", `"`, "`", "(", ")", "日本", "e\u0301", "\\", ":", "\n"})
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
	rapid.Check(t, func(t *rapid.T) {
		message := strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "pieces"), "")
		w := rapid.IntRange(3, 60).Draw(t, "width")
		lines := inFull(workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed, Message: message}, w, widget.NewTheme(widget.Dark, true))
		text := ""
		for _, l := range lines {
			if ansi.StringWidth(l) > w {
				t.Fatalf("%q is %d cells wide, allowed are %d", l, ansi.StringWidth(l), w)
			}
			text += ansi.Strip(l) + "\n"
		}
		before, cause, marked := strings.Cut(text, "▸")
		if first := messageLines(message); marked != (len(first) > 0) {
			t.Fatalf("%q: a cause is marked: %v", text, marked)
		} else if marked && !strings.HasPrefix(bare(cause), bare(first[0][firstCause(first[0]):])) {
			t.Fatalf("%q: the cause is %q", message, cause)
		}
		if got, want := bare(before+cause), bare(message); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
