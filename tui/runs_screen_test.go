package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

// manyRuns is a state in which the job of medpag has run twenty times, in turn well, with a failure and cancelled.
func manyRuns() *engine.Snapshot {
	s := underWay()
	job := &s.Workspaces[1].Jobs[0]
	job.Expected = engine.Expected{Seconds: 50}
	done := workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	for n := range 19 {
		queued := noon.Add(-time.Duration(n+1) * 6 * time.Hour)
		r := workspaces.Run{ID: int64(8 - n + 20), JobID: job.ID, Job: job.Name, Workspace: "medpag", Queued: queued, Started: queued,
			Ended: queued.Add(time.Duration(40+n) * time.Second), Status: done}
		for i, task := range job.Tasks {
			begin := queued.Add(time.Duration(i*10) * time.Second)
			a := workspaces.TaskRun{Key: task.Key, Started: begin, Ended: begin.Add(time.Duration(9+n) * time.Second), Status: done}
			switch {
			case n%5 == 3 && i == 1:
				a.Status = failed("connection reset")
				r.Status = failed("failed: " + task.Key)
			case n%7 == 6 && i > 1:
				a.Status = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Canceled, Message: "the run was cancelled"}
				r.Status = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled, Message: "the run was cancelled"}
			}
			r.Tasks = append(r.Tasks, a)
		}
		job.Runs = append(job.Runs, r)
	}
	return s
}

// onRuns is a console on the grid, where keys were pressed.
func onRuns(t testing.TB, s *engine.Snapshot, w, h int, keys ...string) *console {
	t.Helper()
	c := open(t, s, w, h)
	c.keys("2")
	c.keys(keys...)
	return c
}

// runsStates are those of the screen of runs.
func runsStates() []state {
	return []state{
		{"runs_grid", func(t *testing.T, w, h int) *console {
			return onRuns(t, manyRuns(), w, h, "tab", "left", "left", "left", "left", "down", "down")
		}},
		{"runs_failed", func(t *testing.T, w, h int) *console { return onRuns(t, manyRuns(), w, h, "tab", "s", "left") }},
		{"runs_older", func(t *testing.T, w, h int) *console {
			c := onRuns(t, twentyRuns(), w, h, "tab")
			withOlder(5)(c)
			c.keys("home", "left", "left", "down", "down")
			return c
		}},
		{"runs_none", func(t *testing.T, w, h int) *console { return onRuns(t, idle(), w, h, "s") }},
	}
}

func TestARunIsOpenedFromTheGridAtTheSelectedTask(t *testing.T) {
	c := onRuns(t, manyRuns(), 120, 36, "tab", "left", "down", "down", "enter")
	c.wantSeen(t, true, "runs › run 28 of medpag")
	c.wantSeen(t, true, "▸ fs_cus_payment_behavior")
	c.keys("esc")
	c.wantSeen(t, true, "run 28, fs_cus_payment_behavior")
}

func TestRunsAreChosenByTheirState(t *testing.T) {
	for presses, want := range []string{
		"all runs, 1 to 10 of the newest 20", "runs that failed or were cancelled, 1 to 5 of the newest 20",
		"runs under way, 1 to 1 of the newest 20", "runs that succeeded, 1 to 10 of the newest 20", "all runs, ",
	} {
		t.Run(fmt.Sprint(presses), func(t *testing.T) {
			c := onRuns(t, manyRuns(), 120, 36, "tab")
			for range presses {
				c.keys("s")
			}
			c.wantSeen(t, true, want)
		})
	}
}

// The selected cell is in the window, wherever one goes, and stays the same run when a newer one comes.
func TestTheSelectedRunIsAlwaysSeen(t *testing.T) {
	c := onRuns(t, manyRuns(), 80, 24, "tab")
	for i, key := range []string{"left", "left", "left", "left", "left", "left", "left", "left", "right", "down", "down", "down", "up", "right"} {
		c.keys(key)
		if !strings.Contains(c.View(), "›") && i > 9 {
			t.Fatalf("after %d keys the selected cell is not seen:\n%s", i+1, c.View())
		}
	}
	c.wantSeen(t, true, "run 23, fs_cus_payment_behavior")
	next := manyRuns()
	job := &next.Workspaces[1].Jobs[0]
	newest := job.Runs[0]
	newest.ID = 40
	job.Runs = append([]workspaces.Run{newest}, job.Runs...)
	c.show(next)
	c.wantSeen(t, true, "run 23, fs_cus_payment_behavior")
}

func TestOlderRunsAreReadWhereOneGoesBeyondTheOldest(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab")
	withOlder(7)(c)
	c.keys("home")
	c.wantSeen(t, true, "all runs, 11 to 20 of the newest 20")
	c.wantSeen(t, true, "run 10  ")
	c.keys("left")
	c.wantSeen(t, true, "all runs, 12 to 21 of 27")
	c.wantSeen(t, true, "run 9  ✗ failed")
	c.keys("pgup")
	c.wantSeen(t, true, "run 3  ")
	c.keys("left")
	c.wantSeen(t, true, "! run 3 is the oldest")
	c.keys("end")
	c.wantSeen(t, true, "run 29  ")
	c.keys("pgdown", "pgup")
	c.wantSeen(t, true, "run 19  ")
	if len(c.engine.asked) != 1 {
		t.Errorf("older runs were read %d times, want once", len(c.engine.asked))
	}
}

func TestTwiceAsManyRunsAreReadEachTime(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab")
	withOlder(9)(c)
	for id := int64(0); id > -200; id-- {
		c.engine.older = append(c.engine.older, olderRun(id))
	}
	for range 4 {
		c.keys("home", "left")
	}
	if diff := cmp.Diff([]int{40, 80, 160, 320}, c.engine.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	c.wantSeen(t, true, "of 229")
}

// Where none of what was read is shown, more are read until one is, or there are no more.
func TestOlderRunsAreReadUntilOneIsOfTheChosenState(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab", "s", "home")
	for id := int64(9); id > -100; id-- {
		r := olderRun(id)
		if r.Status = succeeded; id == -60 {
			r.Status = failed("long ago")
		}
		c.engine.older = append(c.engine.older, r)
	}
	c.keys("left")
	c.wantSeen(t, true, "run -60  ✗ failed")
	if diff := cmp.Diff([]int{40, 80, 160}, c.engine.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	c.keys("s", "left") // none is under way but the newest
	c.wantSeen(t, true, "! run 29 is the oldest")
	c = onRuns(t, idle(), 120, 36, "s", "left")
	c.wantSeen(t, true, "the job has not run yet")
}

func TestRunsThatCannotBeReadSayWhy(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab", "home")
	c.engine.err = errors.New("medpag: timeout")
	c.keys("left")
	c.wantSeen(t, true, "✗ older runs: medpag: timeout")
	c.wantSeen(t, true, "run 10  ")
	c.engine.err = nil
	withOlder(1)(c)
	c.keys("left")
	c.wantSeen(t, true, "run 9  ")
}

// What was read is read again when one comes back from a run: it may have been repaired.
func TestOlderRunsAreReadAgain(t *testing.T) {
	c := onRuns(t, twentyRuns(), 120, 36, "tab")
	withOlder(2)(c)
	c.keys("home", "left", "enter")
	c.wantSeen(t, true, "runs › run 9 of medpag")
	c.engine.older[0].Status = succeeded
	c.keys("esc")
	c.wantSeen(t, true, "run 9  ✓ success")
	c.keys("tab", "shift+tab", "home")
	c.wantSeen(t, true, "run 10  ") // what was read of a job goes with it
}

// A run that ended well but for some tasks is one of those that failed, in a part.
func TestARunWithFailuresIsAmongThoseThatFailed(t *testing.T) {
	s := idle()
	r := olderRun(1)
	r.Status = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.SuccessWithFailures}
	s.Workspaces[1].Jobs[0].Runs = []workspaces.Run{r}
	c := onRuns(t, s, 120, 36, "tab", "s")
	c.wantSeen(t, true, "runs that failed or were cancelled, 1 to 1 of 1")
	c.keys("s")
	c.wantSeen(t, true, "no run of 1 is among the runs under way")
}
