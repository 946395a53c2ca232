package tui

import (
	"strings"
	"testing"

	"featops/engine"
)

// runStates are those of the screen of one run.
func runStates() []state {
	opened := func(t *testing.T, w, h int) *console {
		c := open(t, controlled(), w, h)
		c.keys("j", "j", "enter")
		return c
	}
	return []state{
		{"run_controlled", opened},
		{"run_failed", func(t *testing.T, w, h int) *console {
			c := open(t, broken(), w, h)
			c.keys("tab", "j", "j", "enter")
			return c
		}},
	}
}

// failedRun is a console on the screen of a run that has failed, at the task that did.
func failedRun(t *testing.T, change func(*engine.Snapshot)) *console {
	t.Helper()
	s := broken()
	change(s)
	c := open(t, s, 120, 36)
	c.keys("tab", "j", "j", "enter")
	return c
}

func TestAFailedRunIsRepairedOrRunAgain(t *testing.T) {
	c := failedRun(t, func(s *engine.Snapshot) {
		s.Workspaces[1].Jobs[0].Runs[0].Parameters = map[string]string{"start_date": "2026-01-01"}
	})
	c.wantSeen(t, true, "parameters start_date=2026-01-01")
	c.keys("c")
	c.wantSeen(t, true, "! cancel run: run 9 has ended")
	c.keys("R", "n", "A", "n")
	c.wantCommands(t)
	c.keys("R", "y", "A", "y")
	c.wantCommands(t, engine.RepairRun{Workspace: "medpag", Run: 9},
		engine.StartRun{Workspace: "medpag", Job: 1, Parameters: map[string]string{"start_date": "2026-01-01"}})
}

func TestARunUnderWayIsCancelledFromItsScreen(t *testing.T) {
	c := open(t, underWay(), 120, 36)
	c.keys("j", "j", "enter", "R")
	c.wantSeen(t, true, "! repair run: ")
	c.keys("c", "y")
	c.wantCommands(t, engine.CancelRun{Workspace: "bncapers", Run: 12})
}

func TestALongErrorIsScrolled(t *testing.T) {
	c := failedRun(t, func(s *engine.Snapshot) {
		s.Workspaces[1].Jobs[0].Runs[0].Tasks[1].Status.Message = strings.Repeat("a cause of this: ", 300) + "the very first cause"
	})
	c.wantSeen(t, true, "more lines, pgdown")
	c.wantSeen(t, false, "▸ the very first cause")
	for range 20 {
		c.keys("pgdown")
	}
	c.wantSeen(t, true, "▸ the very first cause")
	c.wantSeen(t, false, "more lines, pgdown")
	c.keys("j")
	c.wantSeen(t, true, "cancelled by ana")
}
