package tui

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

// twentyRuns is manyRuns with the numbers of the runs in their order: 29 to 10.
func twentyRuns() *engine.Snapshot {
	s := manyRuns()
	s.Workspaces[1].Jobs[0].Runs[0].ID = 29
	return s
}

// withOlder gives the job of twentyRuns so many runs before those of the snapshot.
func withOlder(n int) func(c *console) {
	return func(c *console) {
		for i := range n {
			c.engine.older = append(c.engine.older, olderRun(int64(9-i)))
		}
	}
}

// olderRun is a run of medpag of a month ago that went well, or, one in three, failed.
func olderRun(id int64) workspaces.Run {
	at := noon.AddDate(0, -1, 0).Add(time.Duration(id) * time.Hour)
	r := workspaces.Run{ID: id, JobID: 1, Job: "[dev ana] demo-feature-store", Workspace: "medpag", Queued: at, Started: at, Ended: at.Add(time.Minute), Status: succeeded}
	for i, key := range []string{"fs_cus_holding_products", "fs_cus_payment_behavior", "fs_cus_transactions", "feature_registry"} {
		r.Tasks = append(r.Tasks, workspaces.TaskRun{Key: key, Status: succeeded, Started: at.Add(time.Duration(i) * time.Second), Ended: at.Add(time.Duration(i+1) * time.Second)})
	}
	if id%3 == 0 {
		r.Status = failed(fmt.Sprintf("run %d failed", id))
	}
	return r
}

func TestTheKeysLeadToTheRunsBeforeAndAfter(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab", "down", "down")
	withOlder(3)(c)
	c.keys("enter")
	c.wantSeen(t, true, "runs › run 29 of medpag")
	c.keys("]")
	c.wantSeen(t, true, "! newer run: run 29 is the newest")
	c.keys("[")
	c.wantSeen(t, true, "runs › run 28 of medpag")
	c.wantSeen(t, true, "▸ fs_cus_payment_behavior") // the same task
	for range 18 {
		c.keys("[")
	}
	c.wantSeen(t, true, "runs › run 10 of medpag")
	if len(c.engine.asked) != 0 {
		t.Errorf("older runs were read before they were wanted: %v", c.engine.asked)
	}
}

// What is shown below stays the same part, and is that of the run one goes to.
func TestThePartsAreThoseOfTheOtherRun(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab")
	for _, id := range []string{"29", "28"} {
		c.log(logs.Line{Time: noon, Message: "a line of run " + id, Workspace: "medpag", Run: id})
	}
	c.engine.decided = decided()[1:2]
	q := &c.engine.decided[0].Question
	q.Run, q.Workspace = 28, "medpag"
	c.keys("enter", "tab")
	c.wantSeen(t, true, "a line of run 29")
	c.wantSeen(t, true, "no question")
	c.keys("[")
	c.wantSeen(t, true, "a line of run 28")
	c.wantSeen(t, false, "a line of run 29")
	c.wantSeen(t, true, "question 1")
	c.log(logs.Line{Time: noon, Message: "one more of run 28", Workspace: "medpag", Run: "28"})
	c.wantSeen(t, true, "one more of run 28")
	c.keys("]")
	c.wantSeen(t, true, "a line of run 29")
	c.wantSeen(t, false, "of run 28")
	c.wantSeen(t, true, "no question")
}

func TestRunsBeyondTheNewestAreReadOnTheWay(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab")
	withOlder(3)(c)
	c.keys("home", "enter", "[")
	c.wantSeen(t, true, "runs › run 9 of medpag")
	c.wantSeen(t, true, "run 9 failed")
	c.keys("[", "[")
	c.wantSeen(t, true, "runs › run 7 of medpag")
	c.keys("[")
	c.wantSeen(t, true, "! older run: run 7 is the oldest")
	for range 3 {
		c.keys("]")
	}
	c.wantSeen(t, true, "runs › run 10 of medpag")
	if diff := cmp.Diff([]int{40}, c.engine.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	c.keys("esc")
	c.wantSeen(t, true, "run 10  ")
}

func TestOlderRunsThatCannotBeReadSayWhy(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab", "home", "enter")
	c.engine.err = errors.New("bncapers: timeout")
	c.keys("[")
	c.wantSeen(t, true, "✗ older runs: bncapers: timeout")
	c.wantSeen(t, true, "run 10 of medpag")
}

// A run that no snapshot has is read, and read again while it is looked at: it may be repaired.
func TestARunOfLongAgoIsShown(t *testing.T) {
	s := twentyRuns()
	c := open(t, s, 120, 36)
	withOlder(9)(c)
	c.log(logs.Line{Time: noon, Level: slog.LevelInfo, Message: "of long ago", Workspace: "medpag", Job: "[dev ana] demo-feature-store", Run: "3", Task: "fs_cus_transactions"})
	c.keys("logs!", "enter")
	c.wantSeen(t, true, "overview › run 3 of medpag")
	c.wantSeen(t, true, "run 3 failed")
	c.wantSeen(t, true, "▸ fs_cus_transactions")
	c.keys("]")
	c.wantSeen(t, true, "overview › run 4 of medpag")
	c.keys("[")
	again := olderRun(3)
	again.Status, again.Repairs = running, []workspaces.Repair{{ID: 1, By: "ana", Queued: noon}}
	c.engine.older[6] = again
	c.wait(2 * time.Second)
	c.show(s)
	c.wantSeen(t, true, "repair 1 by ana")
}

// A run does not vanish when newer ones push it out of the snapshot.
func TestARunThatIsPushedOutStays(t *testing.T) {
	s := manyRuns()
	c := onRuns(t, s, 120, 36, "tab", "home", "enter")
	c.wantSeen(t, true, "run 10 of medpag")
	next := manyRuns()
	job := &next.Workspaces[1].Jobs[0]
	job.Runs = job.Runs[:19]
	c.wait(2 * time.Second)
	c.show(next)
	c.wantSeen(t, true, "✗ run 10: there is no run 10 in medpag") // the fixture has it no more
	c.wantSeen(t, true, "fs_cus_holding_products")
}
