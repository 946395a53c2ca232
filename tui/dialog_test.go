package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func (c *console) wantCommands(t *testing.T, want ...engine.Command) {
	t.Helper()
	if diff := cmp.Diff(want, c.engine.commands); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func (c *console) wantSeen(t *testing.T, seen bool, text string) {
	t.Helper()
	if got := strings.Contains(ansi.Strip(c.View()), text); got != seen {
		t.Errorf("%q is on the screen: %v, want %v:\n%s", text, got, seen, ansi.Strip(c.View()))
	}
}

func yes(id string) engine.Command {
	return engine.AnswerQuestion{Question: id, Yes: true, Who: "ana"}
}

func no(id string) engine.Command { return engine.AnswerQuestion{Question: id, Who: "ana"} }

func TestAQuestionTakesNoKeyWhileItIsNew(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36)
	c.keys("y", "n", "l")
	c.wantCommands(t)
	c.wait(grace - time.Millisecond)
	c.keys("y")
	c.wantCommands(t)
	c.wait(time.Millisecond)
	c.keys("y")
	c.wantCommands(t, yes("a"))
}

func TestOnlyItsOwnKeysAnswerAQuestion(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36)
	c.wait(time.Second)
	c.keys("enter", " ", "esc", "Y", "N", "x", "r", "g", "p", "q", "?", "tab", "enter")
	c.wantCommands(t)
	c.wantSeen(t, true, "04:59 left")
	c.keys("n")
	c.wantCommands(t, no("a"))
	c.wantSeen(t, false, "04:59 left")
}

func TestAnInvalidKeyDoesNotRestartTheClock(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36)
	for range 100 {
		c.wait(time.Second)
		c.keys("x")
	}
	c.wantSeen(t, true, "03:20 left")
}

func TestTheCountdownReachesZeroAndWaitsForTheEngine(t *testing.T) {
	c := open(t, asking(question("a")), 80, 24)
	c.wait(4*time.Minute + 59*time.Second + 500*time.Millisecond)
	c.wantSeen(t, true, "00:01 left")
	c.wait(time.Second)
	c.wantSeen(t, true, "00:00 left")
	c.show(asking())
	c.wantSeen(t, false, "Question")
}

func TestQuestionsQueue(t *testing.T) {
	c := open(t, asking(question("a"), question("b"), question("c")), 120, 36)
	c.wantSeen(t, true, "Question 1 of 3")
	c.wait(time.Second)
	c.keys("y")
	c.wantSeen(t, true, "Question 1 of 2")
	c.keys("y")
	c.wantCommands(t, yes("a"))
	c.wait(time.Second)
	c.keys("n")
	c.show(asking(question("c")))
	c.wait(time.Second)
	c.keys("y")
	c.wantCommands(t, yes("a"), no("b"), yes("c"))
}

func TestLaterHidesAQuestionAndLeavesAReminder(t *testing.T) {
	c := open(t, asking(question("a"), question("b")), 120, 36)
	c.wait(time.Minute)
	c.wantSeen(t, true, "Question 1 of 2")
	c.keys("l")
	c.wantSeen(t, true, "Question · 1 put off")
	c.keys("l", "y")
	c.wantCommands(t) // the next question is new, too
	c.wait(grace)
	c.keys("l")
	c.wantSeen(t, true, "2 questions open, 04:00 left: a to answer")
	c.wantSeen(t, false, "Overwrite fs_cus_credit_risk")
	c.show(asking(question("a"), question("b")))
	c.wantSeen(t, false, "Overwrite fs_cus_credit_risk")

	c.keys("a")
	c.wantSeen(t, true, "Question 1 of 2")
	c.keys("y")
	c.wantCommands(t)
	c.wait(grace)
	c.keys("y")
	c.wantCommands(t, yes("a"))
}

func TestTheWholeDifferenceKeepsTheTimeInSight(t *testing.T) {
	c := open(t, asking(question("a")), 80, 24)
	c.wait(time.Second)
	c.keys("d")
	c.wantSeen(t, true, "Difference of fs_cus_credit_risk in bncapers")
	c.wantSeen(t, true, "04:59 left")
	c.wait(time.Minute)
	c.wantSeen(t, true, "03:59 left")
	c.show(asking())
	c.wantSeen(t, true, "! the question is closed")
	c.keys("d")
	c.wantSeen(t, false, "Difference of")
}

func TestANewQuestionOpensAlthoughOthersArePutOff(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36)
	c.wait(time.Second)
	c.keys("l")
	c.show(asking(question("a"), question("b")))
	c.wait(time.Second)
	c.keys("n")
	c.wantCommands(t, no("b"))
	c.wantSeen(t, true, "1 question open")
}

func TestAQuestionClosesWhatTheUserHadOpened(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.keys("r")
	c.wantSeen(t, true, "Start [dev ana] demo-feature-store in bncapers?")
	c.show(asking(question("a")))
	c.keys("y")
	c.wait(time.Second)
	c.keys("y")
	c.keys("y")
	c.wantCommands(t, yes("a"))
}

func TestAnAnswerThatDoesNotArriveLeavesTheQuestionOpen(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36)
	c.engine.err = errors.New("database is locked")
	c.wait(time.Second)
	c.keys("y")
	c.wantSeen(t, true, "Overwrite fs_cus_credit_risk")
	if want := "answer yes for fs_cus_credit_risk: database is locked"; c.failure != want {
		t.Errorf("failure is %q, want %q", c.failure, want)
	}
}

func TestLettersThatComeTogetherAreKeysOfTheirOwn(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36)
	c.wait(time.Second)
	c.keys("xyy")
	c.wantCommands(t, yes("a"))
}

func TestALongListOfColumnsIsCutAndStillCounted(t *testing.T) {
	q := question("a")
	for range 40 {
		q.Difference.Missing = append(q.Difference.Missing, q.Difference.Missing[0])
	}
	c := open(t, asking(q), 80, 24)
	c.wantSeen(t, true, "more columns")
	c.wantSeen(t, true, "y yes   n no   d difference   l later")
	fits(t, c.View(), 80, 24)
}

// A confirmation that a question has closed stays closed: a key that comes too late for the question must not say yes to it.
func TestWhatWasTypedComesBackAfterAQuestion(t *testing.T) {
	c := onTable(t, 120, 36, "b", "2026-05")
	s := *c.snapshot
	s.Questions = []workspaces.Question{question("a")}
	c.show(&s)
	c.wantSeen(t, false, "2026-05█")
	c.wait(time.Second)
	c.keys("n")
	c.wantCommands(t, no("a"))
	c.keys("-01", "enter")
	c.wantSeen(t, true, "start_date=2026-05-01")

	c = open(t, underWay(), 120, 36)
	c.keys("c")
	c.wantSeen(t, true, "y yes")
	c.show(asking(question("a")))
	c.wait(time.Second)
	c.keys("n", "y")
	c.wantCommands(t, no("a"))
}
