package tui

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"featops/engine"

	tea "github.com/charmbracelet/bubbletea"
)

// beside makes a console hand what it is asked for to process 123.
func beside(o *Options) { o.Beside = true }

// heldBy is the snapshot beside a process that does the work.
func heldBy(s *engine.Snapshot, h *engine.Holder) *engine.Snapshot {
	s.Holder = h
	return s
}

var holder = &engine.Holder{PID: 123, Host: "build.example.org"}

func TestAConsoleBesideAnotherFeatopsDoesEverythingThroughIt(t *testing.T) {
	c := open(t, heldBy(asking(question("a")), holder), 120, 36, beside)
	c.wait(grace)
	c.keys("y")
	c.wantSeen(t, true, "featops 123 on build does the work")
	c.keys("c", "y")
	c.wantCommands(t, engine.AnswerQuestion{Question: "a", Yes: true, Who: "ana"}, engine.CancelRun{Workspace: "bncapers", Run: 12})
	if !c.keys("q") {
		t.Error("quitting asks although everything goes on")
	}
}

func TestAnAnswerThatNobodyTookUpIsTold(t *testing.T) {
	c := open(t, heldBy(asking(question("a")), holder), 120, 36, beside)
	c.engine.err = errors.New("nobody took it up, nothing was done")
	c.wait(grace)
	c.keys("n")
	c.wantSeen(t, true, "✗ answer no for fs_cus_credit_risk: nobody took it up, nothing was done")
	c.show(c.engine.snapshot)
	c.wantSeen(t, true, "Overwrite fs_cus_credit_risk in bncapers?")
}

func TestWhenNobodyDoesTheWorkAnyMore(t *testing.T) {
	c := open(t, heldBy(underWay(), holder), 80, 24, beside)
	c.show(heldBy(underWay(), nil))
	c.wantSeen(t, true, "! nobody does the work any more")
	for _, key := range []string{"r", "c", "g"} {
		c.keys(key)
		c.wantSeen(t, true, ": nobody works here any more: quit, and open featops again")
	}
	c.wantCommands(t)
	c.show(heldBy(underWay(), &engine.Holder{}))
	c.wantSeen(t, true, "another featops does the work")
}

func TestQuittingBesideAsksAboutWhatIsOnItsWay(t *testing.T) {
	c := open(t, heldBy(asking(question("a")), holder), 120, 36, beside)
	c.wait(grace)
	_, answering := c.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("y")})
	if c.keys("q") {
		t.Fatal("it quits without a word")
	}
	c.wantSeen(t, true, "answer yes for fs_cus_credit_risk")
	c.wantSeen(t, true, "What the other featops has taken up goes on there.")
	c.keys("w")
	if !c.settle(answering) {
		t.Error("it does not quit when the answer has arrived")
	}
}

func TestAConsoleBesideKeepsItsState(t *testing.T) {
	home := t.TempDir()
	open(t, heldBy(idle(), holder), 120, 36, beside, func(o *Options) { o.Home = home }).keep()
	if _, err := os.Stat(filepath.Join(home, "console.json")); err != nil {
		t.Error(err)
	}
}

func TestAReadOnlyConsoleTellsWhoDoesTheWork(t *testing.T) {
	c := open(t, heldBy(idle(), holder), 120, 36, readOnly)
	c.wantSeen(t, true, "featops 123 on build does the work")
	c.show(idle())
	c.wantSeen(t, false, "does the work")
}
