package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

func TestRunningAJobIsConfirmed(t *testing.T) {
	c := open(t, idle(), 80, 24)
	c.keys("tab", "r", "enter", "n")
	c.wantCommands(t)
	c.keys("r", "y")
	c.wantCommands(t, engine.StartRun{Workspace: "medpag", Job: 1})
	c.wantSeen(t, true, "✓ start [dev ana] demo-feature-store in medpag")
	c.wait(doneShown + time.Second)
	c.wantSeen(t, false, "✓ start")
}

func TestCancellingARunIsConfirmed(t *testing.T) {
	c := open(t, underWay(), 80, 24)
	c.keys("j", "j", "c", "y")
	c.wantCommands(t, engine.CancelRun{Workspace: "bncapers", Run: 12})
}

func TestTheRunThatIsExecutedIsCancelledAndNotTheOneBehindIt(t *testing.T) {
	c := open(t, controlled(), 80, 24)
	c.keys("c", "y")
	c.wantCommands(t, engine.CancelRun{Workspace: "bncapers", Run: 12})
}

func TestARunBeyondTheLimitIsSaidToWait(t *testing.T) {
	c := open(t, controlled(), 80, 24)
	c.keys("r")
	c.wantSeen(t, true, "It waits in the queue: run 12 is under way.")
	c.keys("y")
	c.wantCommands(t, engine.StartRun{Workspace: "bncapers", Job: 1})
}

func TestRepairingARunIsConfirmed(t *testing.T) {
	c := open(t, broken(), 80, 24)
	c.keys("tab", "R")
	c.wantSeen(t, true, "Repair run 9 in medpag?")
	c.wantSeen(t, true, "• fs_cus_transactions")
	c.wantSeen(t, false, "• fs_cus_holding_products")
	c.keys("n")
	c.wantCommands(t)
	c.keys("R", "y")
	c.wantCommands(t, engine.RepairRun{Workspace: "medpag", Run: 9})
}

func TestRepairingATaskRunsItAndWhatDependsOnIt(t *testing.T) {
	c := open(t, broken(), 80, 24)
	c.keys("tab", "j", "R", "y")
	c.wantCommands(t, engine.RepairRun{Workspace: "medpag", Run: 9, Tasks: []string{"fs_cus_holding_products"}})
}

func TestPausingAndResumingASchedule(t *testing.T) {
	c := open(t, controlled(), 80, 24)
	c.keys("s", "tab", "s")
	c.wantCommands(t, engine.PauseJob{Workspace: "bncapers", Job: 1, Paused: true}, engine.PauseJob{Workspace: "medpag", Job: 1})
}

func TestRegisteringTheTableOfATask(t *testing.T) {
	c := open(t, underWay(), 80, 24)
	c.keys("j", "g")
	c.wantCommands(t, engine.RegisterTables{Tables: []string{"fs_cus_demographic"}, From: "bncapers"})
}

func TestADisabledKeySaysWhy(t *testing.T) {
	alone := idle()
	alone.Workspaces = alone.Workspaces[:1]
	none := idle()
	none.Workspaces = nil
	tests := []struct {
		name     string
		snapshot *engine.Snapshot
		keys     []string
		want     string
	}{
		{"run while it runs", underWay(), []string{"r"}, "run job: run 12 is under way, max_concurrent_runs is 1"},
		{"cancel while nothing runs", idle(), []string{"c"}, "cancel run: [dev ana] demo-feature-store is not running"},
		{"repair while it runs", underWay(), []string{"R"}, "repair run: run 12: it is under way (RUNNING)"},
		{"repair what never ran", idle(), []string{"R"}, "repair run: [dev ana] demo-feature-store has not run yet"},
		{"pause without a schedule", idle(), []string{"s"}, "pause/resume schedule: [dev ana] demo-feature-store has no schedule"},
		{"register a job", underWay(), []string{"g"}, "register table: [dev ana] demo-feature-store builds no table"},
		{"register a registry task", underWay(), []string{"j", "j", "j", "g"}, "register table: feature_registry builds no table"},
		{"register before the first build", underWay(), []string{"j", "j", "g"}, "register table: fs_cus_credit_risk was not built yet"},
		{"register alone", alone, []string{"j", "g"}, "register table: there is no other workspace"},
		{"run without a workspace", none, []string{"r"}, "run job: there is no workspace"},
		{"answer without a question", idle(), []string{"a"}, "answer question: no question is open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := open(t, tt.snapshot, 120, 36)
			c.keys(tt.keys...)
			c.wantCommands(t)
			c.wantSeen(t, true, "! "+tt.want)
		})
	}
}

func TestAFailedCommandIsToldUntilEsc(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.engine.err = errors.New("bncapers: timeout")
	c.keys("p")
	c.wait(time.Minute)
	c.wantSeen(t, true, "✗ poll: bncapers: timeout")
	c.keys("esc")
	c.wantSeen(t, false, "timeout")
}

func TestQuittingWhileNothingRuns(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		if c := open(t, idle(), 80, 24); !c.keys(key) {
			t.Errorf("%s did not quit", key)
		}
	}
}

func TestQuittingWhileSomethingRunsAsks(t *testing.T) {
	built := idle()
	built.Builds = []engine.BuildState{{Workspace: "bncapers", Table: "fs_cus_demographic", Started: noon}}
	remote := underWay()
	for i := range remote.Workspaces {
		remote.Workspaces[i].Kind = "databricks"
	}
	tests := []struct {
		name     string
		snapshot *engine.Snapshot
		keys     []string
		want     bool
	}{
		{"a run, no answer", underWay(), []string{"q"}, false},
		{"a run, keys that are no answer", underWay(), []string{"q", "q", "enter", "y", "ctrl+c"}, false},
		{"a run, stay", underWay(), []string{"q", "s"}, false},
		{"a run, cancel and quit", underWay(), []string{"q", "c"}, true},
		{"a run on Databricks goes on without us", remote, []string{"q"}, true},
		{"a build, cancel and quit", built, []string{"q"}, false},
		{"a question on the screen", asking(question("a")), []string{"ctrl+c"}, false},
		{"a question on the screen, quit", asking(question("a")), []string{"ctrl+c", "c"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := open(t, tt.snapshot, 80, 24)
			if got := c.keys(tt.keys...); got != tt.want {
				t.Errorf("quits: %v, want %v", got, tt.want)
			}
			c.wantCommands(t)
		})
	}
}

func TestQuittingWhenEverythingHasEnded(t *testing.T) {
	c := open(t, underWay(), 80, 24)
	if c.keys("q", "w") {
		t.Error("it did not wait")
	}
	c.wantSeen(t, true, "quits when 2 have ended, esc stays")
	one := underWay()
	one.Workspaces[0].Jobs[0].Runs[0].Status = succeeded
	if c.show(one) {
		t.Error("it did not wait for the second run")
	}
	c.wantSeen(t, true, "quits when 1 has ended")
	if !c.show(idle()) {
		t.Error("nothing is under way and it stays")
	}
	c.wantCommands(t)
}

func TestWaitingToQuitIsTakenBack(t *testing.T) {
	for _, keys := range [][]string{{"esc"}, {"q", "s"}} {
		c := open(t, underWay(), 80, 24)
		c.keys("q", "w")
		c.keys(keys...)
		c.wantSeen(t, false, "quits when")
		if c.show(idle()) {
			t.Error("it quits")
		}
	}
}

func TestTheSelectedRowStaysSelected(t *testing.T) {
	c := open(t, idle(), 80, 24)
	c.keys("tab", "j", "j")
	c.show(underWay())
	c.keys("g")
	c.wantSeen(t, true, "fs_cus_payment_behavior was not built yet")

	gone := underWay()
	gone.Workspaces[1].Jobs[0].Tasks = nil
	c.show(gone)
	c.wantSeen(t, true, "▸ [dev ana] demo-feature-store")
	if got := c.overview().Selected().Workspace.Name; got != "medpag" {
		t.Errorf("selected workspace is %s, want medpag", got)
	}
}

func TestManyWorkspacesScroll(t *testing.T) {
	s := idle()
	for _, name := range []string{"three", "four", "five"} {
		w := s.Workspaces[0]
		w.Name = name
		s.Workspaces = append(s.Workspaces, w)
	}
	for _, size := range [][2]int{{80, 24}, {130, 36}} {
		c := open(t, s, size[0], size[1])
		for range 3 {
			c.keys("tab")
		}
		c.wantSeen(t, true, "── four")
		c.wantSeen(t, false, "── bncapers")
		c.keys("tab", "tab")
		c.wantSeen(t, true, "── bncapers")
		fits(t, c.View(), size[0], size[1])
	}
}

func TestTheLogStandsStillWhileScrolledBack(t *testing.T) {
	c := open(t, idle(), 80, 24)
	for i := range 100 {
		l := someLines()[0]
		l.Message = "line " + string(rune('a'+i%26)) + strings.Repeat("!", i/26)
		c.ring.Append(l)
	}
	c.Update(changedMsg{})
	c.wantSeen(t, true, "line v!!!")
	c.keys("pgup")
	c.wantSeen(t, false, "line v!!!")
	for range 2 {
		c.wantSeen(t, true, "line h!!!")
		c.wantSeen(t, true, "line o!!!")
		c.wantSeen(t, false, "line p!!!")
		c.log(someLines()...)
	}
	c.wantSeen(t, true, "scrolled back, 17 newer")
	c.keys("end")
	c.wantSeen(t, true, "following")
}

func TestASmallTerminalIsToldSo(t *testing.T) {
	c := open(t, idle(), 79, 24)
	c.wantSeen(t, true, "featops needs a terminal of at least 80×24; this one has 79×24.")
	c.resize(80, 24)
	c.wantSeen(t, true, "featops · dev")
}

func TestNothingIsDrawnAgainThatHasNotChanged(t *testing.T) {
	c := open(t, underWay(), 80, 24)
	c.frame = "kept"
	c.wait(100 * time.Millisecond)
	if c.View() != "kept" {
		t.Error("a heartbeat within a second drew the frame again")
	}
	c.wait(time.Second)
	if c.View() == "kept" {
		t.Error("a new second did not draw the frame again")
	}
}

func TestAPanicEndsTheConsoleWithItsStack(t *testing.T) {
	c := open(t, idle(), 80, 24)
	c.engine.panics = true
	if !c.keys("p") {
		t.Error("the console goes on")
	}
	if err := c.report(c.broken); err == nil || !strings.Contains(err.Error(), "out of luck") || !strings.Contains(err.Error(), "fakeEngine") {
		t.Errorf("error is %v", err)
	}

	c = open(t, idle(), 80, 24)
	c.snapshot = nil
	if !c.keys("?") {
		t.Error("the console goes on")
	}
	if c.broken == nil || !strings.Contains(c.broken.Error(), "nil pointer") {
		t.Errorf("error is %v", c.broken)
	}
}

func TestNoCommandBeginsAfterTheEnd(t *testing.T) {
	e := &fakeEngine{}
	b := &background{ctx: context.Background(), engine: e}
	cmd := b.do(func(ctx context.Context, e Engine) tea.Msg { _, err := e.Do(ctx, engine.Poll{}); return err })
	b.wait()
	if msg := cmd(); msg != nil || len(e.commands) > 0 {
		t.Errorf("message %v, commands %v", msg, e.commands)
	}
}

func TestForeignTextCannotReachTheTerminal(t *testing.T) {
	s := broken()
	s.Workspaces[0].Name = "a\x1b[2Jb"
	s.Workspaces[1].Jobs[0].Runs[0].Status.Message = "\x1b]0;title\a\r\nred \u202e"
	s.Workspaces[1].Jobs[0].Tasks[0].Key = "k\x07\x9b31m"
	s.Home = "/home\n\x1b[H"
	q := question("a")
	q.Table = "t\x1b[31m\n"
	q.Difference.Missing[0].Name = "c\x1b[H"
	s.Questions = []workspaces.Question{q}
	c := open(t, s, 80, 24)
	for _, bad := range []string{"\x1b[2J", "\x1b[H", "\x1b]0", "\a", "\r", "\u202e", "\x9b", "t\x1b[31m"} {
		if strings.Contains(c.View(), bad) {
			t.Errorf("the frame has %q", bad)
		}
	}
	fits(t, c.View(), 80, 24)
}
