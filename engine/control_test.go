package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"featops/workspaces"
)

func TestARepairOfAnEarlierRunRegistersWhatItFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		finishBncapers(h, 7, 3)
		h.bncapers.runs[0].Tasks[0].Status = failed
		h.bncapers.finish(8, nil)
		watchOnce(t, h)
		h.bncapers.build("fs_cus_demographic", 4) // as the repair does

		done := make(chan Summary)
		go func() {
			s, err := h.Repair(t.Context(), RepairRun{Workspace: "bncapers", Run: 7})
			if err != nil {
				t.Error(err)
			}
			done <- s
		}()
		synctest.Wait()
		h.bncapers.mu.Lock()
		h.bncapers.end(7, workspaces.Success)
		h.bncapers.mu.Unlock()
		s := <-done
		var tables []string
		for _, r := range s.Registrations {
			tables = append(tables, r.Table)
		}
		if s.Status != Done || !slices.Contains(tables, "fs_cus_demographic") {
			t.Errorf("%s, registered %v", s.Status, tables)
		}
		if v := h.medpag.registrations["fs_cus_demographic"].Version; v != 4 {
			t.Errorf("medpag has version %d, want 4", v)
		}

		// The monitor finds the same work done, although run 8 is newer.
		time.Sleep(time.Second)
		before := h.medpag.registered
		if got := watchOnce(t, h); len(got) != 0 || h.medpag.registered != before {
			t.Errorf("registered again: %v", got)
		}
	})
}

// A monitor registers what a repair finished too, whoever repaired the run.
func TestARepairedEarlierRunCountsWhereItIsTheNewestAttempt(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	h.bncapers.finish(8, nil)
	for i := range h.bncapers.runs {
		for k := range h.bncapers.runs[i].Tasks {
			h.bncapers.runs[i].Tasks[k].Started = time.Unix(h.bncapers.runs[i].ID, 0)
		}
	}
	watchOnce(t, h)
	h.bncapers.build("fs_cus_demographic", 4)
	old := &h.bncapers.runs[1]
	old.Repairs = []workspaces.Repair{{ID: 1}}
	old.Tasks = append(old.Tasks, workspaces.TaskRun{Key: "fs_cus_demographic", Attempt: 1, Status: succeeded, Started: time.Unix(9, 0)})
	watchOnce(t, h)
	if v := h.medpag.registrations["fs_cus_demographic"].Version; v != 4 {
		t.Errorf("medpag has version %d, want 4", v)
	}
}

func TestARunInTheQueueDoesNotHideTheOneUnderWay(t *testing.T) {
	for _, s := range []workspaces.Status{{LifeCycle: workspaces.Queued}, {LifeCycle: workspaces.Skipped, Result: workspaces.Canceled}} {
		h := open(t, setup{})
		finishBncapers(h, 7, 3)
		waiting := workspaces.Run{ID: 8, JobID: h.bncapers.jobs[0].ID, Workspace: "bncapers", Status: s}
		for _, task := range h.bncapers.jobs[0].Tasks {
			waiting.Tasks = append(waiting.Tasks, workspaces.TaskRun{Key: task.Key, Status: workspaces.Status{LifeCycle: workspaces.Blocked}})
		}
		h.bncapers.runs = append([]workspaces.Run{waiting}, h.bncapers.runs...)
		if said, err := h.RegisterInto(t.Context(), "medpag"); err != nil || said != "2 registered" {
			t.Errorf("behind %v the registry task said %q, %v", s, said, err)
		}
	}
}

func TestRunsAreFoundByTheirNumber(t *testing.T) {
	h := open(t, setup{})
	h.bncapers.finish(7, nil)
	h.bncapers.finish(8, nil)
	h.medpag.finish(7, nil)
	if r, err := h.FindRun(t.Context(), "", 8); err != nil || r.Workspace != "bncapers" {
		t.Errorf("run %+v, %v", r, err)
	}
	if r, err := h.FindRun(t.Context(), "medpag", 7); err != nil || r.Workspace != "medpag" {
		t.Errorf("run %+v, %v", r, err)
	}
	var invalid *InvalidError
	for _, c := range []struct {
		workspace string
		run       int64
		says      []string
	}{
		{"", 7, []string{"run 7 is in bncapers", "and in medpag", "--workspace"}},
		{"", 9, []string{"there is no run 9 in bncapers, medpag"}},
		{"medpag", 8, []string{"there is no run 8 in medpag"}},
	} {
		_, err := h.FindRun(t.Context(), c.workspace, c.run)
		for _, want := range c.says {
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("run %d in %q: %v, want %q", c.run, c.workspace, err, want)
			}
		}
	}
	var unknown *UnknownWorkspaceError
	if _, err := h.FindRun(t.Context(), "elsewhere", 7); !errors.As(err, &unknown) {
		t.Errorf("error %v", err)
	}
}

func TestTheRunsOfAJobAreListed(t *testing.T) {
	h := open(t, setup{})
	for id := range int64(5) {
		h.bncapers.finish(id+1, nil)
	}
	job := h.bncapers.runs[0].JobID
	runs, err := h.JobRuns(t.Context(), "bncapers", job, 3)
	if err != nil || len(runs) != 3 || runs[0].ID != h.bncapers.runs[0].ID {
		t.Errorf("runs %+v, %v", runs, err)
	}
	h.bncapers.down = errors.New("permission denied")
	if _, err := h.JobRuns(t.Context(), "bncapers", job, 3); err == nil || !strings.Contains(err.Error(), "list the runs of job 0 in bncapers: permission denied") {
		t.Errorf("error %v", err)
	}
	var unknown *UnknownWorkspaceError
	if _, err := h.JobRuns(t.Context(), "elsewhere", job, 3); !errors.As(err, &unknown) {
		t.Errorf("error %v", err)
	}
}

func TestJobsAreFoundByTheirName(t *testing.T) {
	h := open(t, setup{})
	full := h.medpag.jobs[0].Name
	for _, name := range []string{full, "demo-feature-store"} {
		if in, j, err := h.FindJob(t.Context(), "medpag", name); err != nil || in != "medpag" || j.Name != full {
			t.Errorf("%q: %q %+v %v", name, in, j, err)
		}
	}
	for name, says := range map[string]string{"demo-feature-store": "is in bncapers and in medpag", "feature-store": "is unknown: the jobs are", "demo-featur-store": "; did you mean demo-feature-store?"} {
		if _, _, err := h.FindJob(t.Context(), "", name); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", name, err, says)
		}
	}
}

// asking is an engine that only looks, beside the one of the house.
func (h *house) asking(t *testing.T) *Engine {
	e := &Engine{config: h.config, readOnly: true, log: h.log, now: h.now, published: make(chan struct{})}
	if e.plan().JournalFile() != h.plan().JournalFile() {
		t.Fatal("the two have different journals")
	}
	return e
}

func startHouse(t *testing.T, h *house) {
	t.Helper()
	l, err := lock(h.config.Home, h.now())
	if err != nil {
		t.Fatal(err)
	}
	h.Engine.lock = l
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherProcessHandsOverARepair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		buildAll(h)
		h.bncapers.finish(7, map[string]workspaces.Status{"fs_cus_credit_risk": failed})
		startHouse(t, h)
		other := h.asking(t)
		ended := false
		go func() {
			time.Sleep(time.Minute)
			h.bncapers.mu.Lock()
			defer h.bncapers.mu.Unlock()
			ended = true
			h.bncapers.end(7, workspaces.Success)
		}()
		told := false
		began := time.Now()
		reply, err := other.HandOver(t.Context(), RepairRun{Workspace: "bncapers", Run: 7, Who: "ana"}, func() { told = true })
		if err != nil || !told || !ended || reply.Summary == nil || reply.Summary.Status != Done {
			t.Fatalf("reply %+v, %v; told %v, ended %v", reply.Summary, err, told, ended)
		}
		if waited := time.Since(began); waited > 62*time.Second {
			t.Errorf("it waited %s", waited)
		}
		if by := h.bncapers.runs[0].Repairs[0].By; by != "ana" {
			t.Errorf("repaired by %q", by)
		}
		_, err = other.HandOver(t.Context(), RepairRun{Workspace: "bncapers", Run: 7, Tasks: []string{"nothing"}}, func() {})
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), `task "nothing" is unknown`) {
			t.Errorf("error %v", err)
		}
	})
}

func TestARequestThatNobodyTakesUpIsWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		l, err := lock(h.config.Home, h.now())
		if err != nil {
			t.Fatal(err)
		}
		h.Engine.lock = l // it holds the home, and serves nobody
		_, err = h.asking(t).HandOver(t.Context(), CancelRun{Workspace: "bncapers", Run: 7}, func() {})
		if err == nil || !strings.Contains(err.Error(), "did not take it up within 10s") {
			t.Fatalf("error %v", err)
		}
		if left, err := h.journal.TakeRequests(t.Context(), time.Time{}, h.now()); err != nil || len(left) != 0 {
			t.Errorf("left %v, %v", left, err)
		}
	})
}

func TestARequestToAHomeThatIsFreeIsLeftToWhoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		_, err := h.asking(t).HandOver(t.Context(), CancelRun{Workspace: "bncapers", Run: 7}, func() {})
		if !errors.Is(err, ErrReleased) {
			t.Errorf("free from the start: %v", err)
		}
		l, err := lock(h.config.Home, h.now())
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(3 * time.Second)
			l.Close()
		}()
		_, err = h.asking(t).HandOver(t.Context(), CancelRun{Workspace: "bncapers", Run: 7}, func() {})
		if !errors.Is(err, ErrReleased) {
			t.Errorf("free after a while: %v", err)
		}
	})
}

func TestWhoStopsWaitingStopsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		buildAll(h)
		h.bncapers.finish(7, map[string]workspaces.Status{"fs_cus_credit_risk": failed})
		startHouse(t, h)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := h.asking(t).HandOver(ctx, RepairRun{Workspace: "bncapers", Run: 7}, cancel)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		synctest.Wait()
		if s := h.bncapers.runs[0].Status; s.Ended() {
			t.Errorf("the repair ended: %v", s)
		}
		h.bncapers.mu.Lock()
		h.bncapers.end(7, workspaces.Success)
		h.bncapers.mu.Unlock()
	})
}

func TestTheMainJobWaitsForWhatWasHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		buildAll(h)
		h.bncapers.finish(7, map[string]workspaces.Status{"fs_cus_credit_risk": failed})
		startHouse(t, h)
		handed := make(chan error)
		go func() {
			_, err := h.asking(t).HandOver(t.Context(), RepairRun{Workspace: "bncapers", Run: 7}, func() {
				time.Sleep(time.Second)
				h.medpag.endNewest(workspaces.Success) // the main job is done, the repair is not
				time.Sleep(time.Hour)
				h.bncapers.mu.Lock()
				defer h.bncapers.mu.Unlock()
				h.bncapers.end(7, workspaces.Success)
			})
			handed <- err
		}()
		began := time.Now()
		m := aYear
		m.Workspaces = []string{"medpag"}
		if _, err := h.RunJobs(t.Context(), m); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < time.Hour {
			t.Errorf("it ended after %s, the repair after an hour", took)
		}
		if err := <-handed; err != nil {
			t.Error(err)
		}
	})
}

func TestAPausedJobIsSeenAtOnce(t *testing.T) {
	h := open(t, setup{})
	h.bncapers.jobs[0].Schedule = &workspaces.Schedule{Cron: "0 6 * * *", Timezone: "UTC"}
	if _, err := h.Do(t.Context(), PauseJob{Workspace: "bncapers", Job: h.bncapers.jobs[0].ID, Paused: true}); err != nil {
		t.Fatal(err)
	}
	w, _ := h.Snapshot().Workspace("bncapers")
	if s := w.Jobs[0].Schedule; s == nil || !s.Paused {
		t.Errorf("schedule %+v", s)
	}
}

func TestCancellingARunThatHasEndedSaysSo(t *testing.T) {
	h := open(t, setup{})
	h.bncapers.finish(7, nil)
	_, err := h.StopRun(t.Context(), CancelRun{Workspace: "bncapers", Run: 7})
	var ended *NotUnderWayError
	if !errors.As(err, &ended) || !strings.Contains(err.Error(), "run 7 in bncapers is not under way: it ended TERMINATED SUCCESS") {
		t.Errorf("error %v", err)
	}
}

// timetabled is a workspace whose jobs start by schedules.
type timetabled struct {
	*fakeWorkspace
	ran chan struct{}
}

func (w timetabled) RunSchedules(ctx context.Context) error {
	close(w.ran)
	<-ctx.Done()
	return nil
}

func TestSchedulesRunWhereSomebodyWatches(t *testing.T) {
	for _, watches := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, setup{})
			w := timetabled{h.bncapers, make(chan struct{})}
			h.Engine.workspaces[0], h.Engine.schedules = w, watches
			startHouse(t, h)
			synctest.Wait()
			ran := false
			select {
			case <-w.ran:
				ran = true
			default:
			}
			if ran != watches {
				t.Errorf("schedules run: %v, want %v", ran, watches)
			}
		})
	}
}
