package tui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
)

// onRun is a console on run 12 of bncapers, where keys were pressed.
func onRun(t testing.TB, s *engine.Snapshot, w, h int, change func(c *console), keys ...string) *console {
	t.Helper()
	c := open(t, s, w, h)
	if change != nil {
		change(c)
	}
	c.keys("j", "j", "enter")
	c.keys(keys...)
	return c
}

// linesOfRuns are lines of two runs, and of none.
func linesOfRuns() []logs.Line {
	out := story()
	for i := range out {
		out[i].Run, out[i].Workspace = []string{"12", "12", "13", ""}[i%4], "bncapers"
		out[i].Message = fmt.Sprintf("line %d! %s", i, out[i].Message)
	}
	out[1].Workspace, out[1].Run = "medpag", "12" // another run of the same number
	return out
}

// repairedTwice is underWay with a run that has failed, was repaired twice, and retried in the second repair.
func repairedTwice() *engine.Snapshot {
	s := underWay()
	r := &s.Workspaces[0].Jobs[0].Runs[0]
	key := "fs_cus_credit_risk"
	r.Queued = noon.Add(-70 * time.Second)
	r.Tasks = []workspaces.TaskRun{
		r.Tasks[0],
		attempt(key, failed("read buro: connection reset"), -60*time.Second, -50*time.Second, nil),
		attempt(key, failed("read buro: open part 3: permission denied"), -30*time.Second, -28*time.Second, nil),
		attempt(key, failed("read buro: connection reset"), -14*time.Second, -12*time.Second, nil),
		attempt(key, running, -5*time.Second, 0, nil),
		{Key: "feature_registry", Status: blocked},
	}
	for i := range r.Tasks[2:5] {
		r.Tasks[2+i].Attempt = i + 1
	}
	r.Repairs = []workspaces.Repair{
		{ID: 1, Tasks: []string{key}, By: "ana", Queued: noon.Add(-35 * time.Second), Started: noon.Add(-30 * time.Second), Ended: noon.Add(-28 * time.Second)},
		{ID: 2, Tasks: []string{key}, By: "luis", Queued: noon.Add(-15 * time.Second), Started: noon.Add(-14 * time.Second)},
	}
	return s
}

// runPartStates are those of the parts of the screen of one run.
func runPartStates() []state {
	return []state{
		{"run_log", func(t *testing.T, w, h int) *console {
			return onRun(t, underWay(), w, h, func(c *console) { c.log(linesOfRuns()...) }, "tab", "up", "up")
		}},
		{"run_questions", func(t *testing.T, w, h int) *console {
			open := question("a")
			open.Run, open.Job, open.Task = 12, "[dev ana] demo-feature-store", "fs_cus_credit_risk"
			return onRun(t, underWay(), w, h, func(c *console) {
				c.engine.decided = decided()
				c.show(asking(open))
				c.wait(time.Second)
				c.keys("l")
			}, "tab", "tab", "down")
		}},
		{"run_repaired", func(t *testing.T, w, h int) *console { return onRun(t, repairedTwice(), w, h, nil) }},
	}
}

func TestARunShowsItsLogLinesAndFollowsThem(t *testing.T) {
	c := onRun(t, underWay(), 160, 36, func(c *console) { c.log(linesOfRuns()...) })
	c.wantSeen(t, false, "line 68!")
	c.keys("tab")
	c.wantSeen(t, true, "▸log")
	c.wantSeen(t, true, "line 68!")
	for _, other := range []string{"line 66!", "line 67!"} { // of run 13, and of none
		c.wantSeen(t, false, other)
	}
	c.wantSeen(t, true, "35 of 35")
	c.wantSeen(t, true, "▼ following")
	c.log(logs.Line{Time: noon, Message: "the newest", Workspace: "bncapers", Run: "12"}, logs.Line{Time: noon, Message: "of another", Workspace: "bncapers", Run: "13"})
	c.wantSeen(t, true, "the newest")
	c.wantSeen(t, false, "of another")
	c.keys("up")
	c.wantSeen(t, true, "paused: f follows")
	c.wantSeen(t, true, "▸ fs_cus_credit_risk #1") // the attempt stays
	c.keys("home")
	c.wantSeen(t, true, "line 0!")
	c.wantSeen(t, false, "line 1!")
	c.keys("f", "shift+tab", "k")
	c.wantSeen(t, true, "▸ fs_cus_credit_risk       ")
}

func TestTheLogLinesOfARunAreFilteredAsTheLogIs(t *testing.T) {
	c := onRun(t, underWay(), 160, 36, func(c *console) { c.log(linesOfRuns()...) }, "tab", "l", "l", "l")
	c.wantSeen(t, true, "▸log  no question · ERROR and above")
	c.wantSeen(t, true, "7 of 7")
	c.keys("/", "line 68!")
	c.wantSeen(t, true, "line 68!")
	c.wantSeen(t, false, "line 48!")
	c.keys("enter", "backspace")
	c.wantSeen(t, true, "35 of 35")
	c.keys("/", "x", "esc", "tab", "l")
	c.wantSeen(t, true, "! level: the log lines are not shown")
	c.keys("L")
	c.wantSeen(t, true, "log · workspace bncapers · run 12")
}

// The lines of a run of long ago are found in the files, and nothing older than the run is read.
func TestTheLogLinesOfAnOldRunComeFromTheFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "featops.jsonl")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	const lines = 30_000
	begin := noon.Add(-lines * time.Second)
	for i := range lines {
		l := logs.Line{Time: begin.Add(time.Duration(i) * time.Second), Message: "x", Workspace: "bncapers"}
		if i == 12 || i == 10_000 {
			l.Run, l.Message = "12", fmt.Sprintf("line %d!", i)
		}
		text, err := l.MarshalJSON()
		if err == nil {
			_, err = out.Write(append(text, '\n'))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	s := underWay()
	s.Workspaces[0].Jobs[0].Runs[0].Queued = begin.Add(10_000 * time.Second)
	c := open(t, s, 120, 36, func(o *Options) { o.LogFile = file })
	c.keys("j", "j", "enter", "tab")
	c.wantSeen(t, true, "line 10000!")
	c.wantSeen(t, false, "line 12!")
	c.wantSeen(t, false, "older ones not loaded")
}

func TestARunWithoutLogLinesSaysSo(t *testing.T) {
	c := onRun(t, underWay(), 120, 36, nil, "tab")
	c.wantSeen(t, true, "The log has no line of this run.")
}

func TestTheQuestionsOfARunAreOpened(t *testing.T) {
	waiting := question("a")
	waiting.Run, waiting.Job, waiting.Task = 12, "[dev ana] demo-feature-store", "fs_cus_credit_risk"
	other := waiting
	other.ID, other.Workspace, other.Table = "b", "medpag", "fs_cus_transactions"
	past := decided()[1:]
	past[2].Question.Task = "fs_cus_demographic" // about the registration in medpag
	past[1].Question.Run = 11
	c := onRun(t, asking(waiting, other), 120, 36, func(c *console) {
		c.engine.decided = past
		for range 2 {
			c.wait(time.Second)
			c.keys("l")
		}
	})
	c.wantSeen(t, true, "questions 3, 1 open")
	c.keys("enter")
	c.wantSeen(t, true, "! open the question: the questions are not shown")
	c.keys("tab", "tab")
	c.wantSeen(t, true, "▸ ? open      fs_cus_credit_risk in bncapers")
	c.wantSeen(t, true, "applied   save of fs_cus_credit_risk in bncapers")
	c.wantSeen(t, true, "yes by user ana after 1m05s")
	c.wantSeen(t, true, "registration of fs_cus_demographic in medpag")
	c.wantSeen(t, false, "fs_cus_transactions in medpag")
	c.keys("enter")
	c.wantSeen(t, true, "Overwrite fs_cus_credit_risk in bncapers? ")
	c.wait(time.Second)
	c.keys("l", "down", "enter")
	c.wantSeen(t, true, "› run 12 of bncapers › decision about fs_cus_credit_risk")
	c.keys("esc")
	c.wantSeen(t, true, "▸ ✓ applied")
}

func TestTheQuestionsOfARunAreReadAgain(t *testing.T) {
	c := onRun(t, underWay(), 120, 36, nil, "tab", "tab")
	c.wantSeen(t, true, "The run has raised no question.")
	c.keys("enter")
	c.wantSeen(t, true, "! open the question: run 12 has raised no question")
	c.engine.decided = decided()[1:2]
	c.show(underWay(), engine.Event{Kind: engine.QuestionClosed})
	c.wantSeen(t, true, "▸question 1")
	c.engine.err = errors.New("journal: disk I/O error")
	c.show(underWay(), engine.Event{Kind: engine.QuestionClosed})
	c.wantSeen(t, true, "✗ questions: journal: disk I/O error")
}

func TestRepairsAndRetriesAreMarkedOnTheAxis(t *testing.T) {
	c := onRun(t, repairedTwice(), 120, 36, nil)
	var over, first, second, retry string
	for line := range strings.Lines(text(c.View())) {
		switch {
		case strings.Contains(line, "repair 2") && strings.Contains(line, "▼"):
			over = line
		case strings.Contains(line, "credit_risk #1"):
			first = line
		case strings.Contains(line, "credit_risk #2"):
			second = line
		case strings.Contains(line, "credit_risk #3"):
			retry = line
		}
	}
	cell := func(line, what string) int {
		i := strings.Index(line, what)
		if i < 0 {
			t.Fatalf("no %s in %q:\n%s", what, line, ansi.Strip(c.View()))
		}
		return len([]rune(line[:i]))
	}
	if got, want := cell(first, "·"), cell(over, "▼repair 1"); got != want {
		t.Errorf("the first repair waits from cell %d, and was asked for in %d", got, want)
	}
	if cell(over, "▼repair 2") > cell(second, "·") || cell(over, "▼repair 2") <= cell(first, "✗ ") {
		t.Errorf("the second repair is not where it was asked for")
	}
	if got, want := cell(over, "↻"), cell(retry, "█"); got != want {
		t.Errorf("the retry begins in cell %d, and is marked in %d", got, want)
	}
	if strings.Count(over, "↻") != 1 {
		t.Errorf("%q: want one retry", over)
	}
	c.keys("up")
	c.wantSeen(t, true, "fs_cus_credit_risk, attempt 2, of repair 2 by luis")
	c.keys("down")
	c.wantSeen(t, true, "fs_cus_credit_risk, attempt 3, a retry")
}

func TestARunInTheQueueIsSeenToWait(t *testing.T) {
	s := underWay()
	r := &s.Workspaces[0].Jobs[0].Runs[0]
	r.Status, r.Started, r.Queued = workspaces.Status{LifeCycle: workspaces.Queued}, time.Time{}, noon.Add(-time.Minute)
	for i := range r.Tasks {
		r.Tasks[i] = workspaces.TaskRun{Key: r.Tasks[i].Key, Status: pending, Attempt: r.Tasks[i].Attempt}
	}
	c := onRun(t, s, 120, 36, nil)
	c.wantSeen(t, true, "fs_cus_demographic         ○ pending       ······························")
}

func TestWhyARunEndedHasLinesOfItsOwnWhereItIsLong(t *testing.T) {
	s := underWay()
	r := &s.Workspaces[0].Jobs[0].Runs[0]
	r.Status = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled, Message: "the run was cancelled; not done are fs_cus_credit_risk and feature_registry"}
	c := onRun(t, s, 80, 24, nil)
	c.wantSeen(t, true, "fs_cus_credit_risk and feature_registry")
	r.Status.Message = "cancelled by ana"
	c = onRun(t, s, 80, 24, nil)
	c.wantSeen(t, true, "■ canceled  [dev ana] demo-feature-store · cancelled by ana")
}

func TestARunBeginsAtWhatFailedFirst(t *testing.T) {
	s := broken()
	r := &s.Workspaces[1].Jobs[0].Runs[0]
	r.Tasks[2] = attempt("fs_cus_transactions", failed("read movimientos: out of memory"), -29*time.Second, -25*time.Second, nil)
	c := open(t, s, 120, 36)
	c.keys("2", "tab", "enter") // the run itself, no task of it
	c.wantSeen(t, true, "! first failed fs_cus_transactions: out of memory")
	c.wantSeen(t, true, "▸!fs_cus_transactions")
	c.wantSeen(t, true, "fs_cus_transactions, attempt 0, the first that failed")
	c.keys("up", "tab")
	c.wantSeen(t, true, " !fs_cus_transactions")
	c.keys("shift+tab", "up", "e")
	c.wantSeen(t, true, "▸!fs_cus_transactions")
	c.wantSeen(t, true, "▸ out of memory")
}

func TestAKeyOfTheRunScreenSaysWhyItDoesNothing(t *testing.T) {
	gone := manyRuns()
	gone.Workspaces[1].Jobs = nil
	changed := underWay()
	changed.Workspaces[0].Jobs[0].Tasks = changed.Workspaces[0].Jobs[0].Tasks[:2]
	changed.Workspaces[0].Jobs[0].Runs[0].Status = failed("")
	few := underWay()
	few.Workspaces[0].Jobs[0].Runs[0].Status = succeeded
	tests := []struct {
		name     string
		snapshot *engine.Snapshot
		keys     []string
		want     string
	}{
		{"cancel what has ended", few, []string{"c"}, "cancel run: run 12 has ended"},
		{"repair what goes on", underWay(), []string{"R"}, "repair run: run 12: it is under way (RUNNING)"},
		{"repair after the job has changed", changed, []string{"R"}, "repair run: run 12: the job has changed since"},
		{"run again while it runs", underWay(), []string{"A"}, "run job again, same parameters: run 12 is under way, max_concurrent_runs is 1"},
		{"older than the only one", few, []string{"["}, "older run: run 12 is the oldest"},
		{"newer than the newest", few, []string{"]"}, "newer run: run 12 is the newest"},
		{"no failure", underWay(), []string{"e"}, "what failed first: no task has failed"},
		{"no error to copy", underWay(), []string{"j", "ctrl+y"}, "copy the error, or log lines: the attempt has no error"},
		{"no line to copy", underWay(), []string{"tab", "ctrl+y"}, "copy the error, or log lines: there is no line"},
		{"no question", underWay(), []string{"tab", "tab", "enter"}, "open the question: run 12 has raised no question"},
		{"log keys elsewhere", underWay(), []string{"w"}, "wrap long lines or not: the log lines are not shown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := onRun(t, tt.snapshot, 160, 36, nil, tt.keys...)
			c.wantCommands(t)
			c.wantSeen(t, true, "! "+tt.want)
		})
	}
	t.Run("a job that is gone", func(t *testing.T) {
		c := onRuns(t, manyRuns(), 160, 36, "tab", "enter")
		c.show(gone)
		for _, key := range []string{"R", "A", "[", "]"} {
			c.keys(key)
			c.wantSeen(t, true, "there is no job [dev ana] demo-feature-store any more")
		}
		c.wantCommands(t)
	})
}

func TestATaskThatTheJobNoLongerHasIsShown(t *testing.T) {
	s := underWay()
	s.Workspaces[0].Jobs[0].Tasks = s.Workspaces[0].Jobs[0].Tasks[1:]
	c := onRun(t, s, 120, 36, nil, "k", "k", "k")
	c.wantSeen(t, true, "▸ fs_cus_demographic")
	c.wantSeen(t, true, "! the job has no such task any more")
}
