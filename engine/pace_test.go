package engine

import (
	"testing"
	"time"
)

func TestWhenAWorkspaceIsLookedAtNext(t *testing.T) {
	for name, c := range map[string]struct {
		pace       pace
		wait       time.Duration
		everything bool
	}{
		"nothing runs":                     {pace{asked: true}, time.Minute, true},
		"something runs":                   {pace{asked: true, active: true}, 5 * time.Second, false},
		"something has run for a while":    {pace{asked: true, active: true, since: 50 * time.Second}, 5 * time.Second, false},
		"it is time to look at everything": {pace{asked: true, active: true, since: 56 * time.Second}, 4 * time.Second, true},
		"it is late":                       {pace{asked: true, active: true, since: time.Hour}, 0, true},
		"it tells of changes":              {pace{active: true}, time.Minute, true},
		"it failed":                        {pace{asked: true, active: true, failed: true, since: 10 * time.Second}, 50 * time.Second, true},
		"it is busy":                       {pace{asked: true, active: true, busy: 20 * time.Second}, time.Minute, true},
		"it is busy for longer than usual": {pace{asked: true, busy: 2 * time.Minute}, 2 * time.Minute, true},
		"it is busy, and it would be time": {pace{asked: true, active: true, busy: 20 * time.Second, since: 59 * time.Second}, 20 * time.Second, true},
	} {
		c.pace.interval = time.Minute
		if wait, everything := c.pace.next(); wait != c.wait || everything != c.everything {
			t.Errorf("%s: %v, everything %t; want %v, %t", name, wait, everything, c.wait, c.everything)
		}
	}
}

// The workspace does not tell of changes, and is looked at again in a minute.
func TestWhatSomebodyChangesIsSeenSoon(t *testing.T) {
	h := open(t, setup{})
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	job := h.medpag.jobs[0]
	sees := func(what string, seen func(j JobState) bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			changed := h.changed()
			s, _ := h.Snapshot().Workspace("medpag")
			if len(s.Jobs) > 0 && seen(s.Jobs[0]) {
				return
			}
			select {
			case <-changed:
			case <-late:
				t.Fatalf("%s is not seen", what)
			}
		}
	}
	sees("the job", func(JobState) bool { return true })
	started, err := h.Do(t.Context(), StartRun{Workspace: "medpag", Job: job.ID})
	if err != nil {
		t.Fatal(err)
	}
	sees("the run", func(j JobState) bool { return len(j.Runs) == 1 && j.Runs[0].ID == started.Run })
	if _, err := h.Do(t.Context(), CancelRun{Workspace: "medpag", Run: started.Run}); err != nil {
		t.Fatal(err)
	}
	sees("its end", func(j JobState) bool { return j.Runs[0].Status.Canceled() })
}
