package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"featops/features"
	"featops/workspaces"
)

// aYear is the main job with a window of its own: the clock of a test bubble stands at the year 2000.
var aYear = MainJob{Parameters: map[string]string{"start_date": "2025-01-01", "end_date": "2026-01-01"}}

// runJobs runs the main job in the background; when both runs are under way, end decides how they go on.
func runJobs(t *testing.T, h *house, ctx context.Context, m MainJob, end func()) Summary {
	t.Helper()
	done := make(chan Summary)
	go func() {
		s, err := h.RunJobs(ctx, m)
		if err != nil {
			t.Error(err)
		}
		done <- s
	}()
	synctest.Wait()
	end()
	return <-done
}

func (f *fakeWorkspace) endNewest(result workspaces.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end(f.runs[0].ID, result)
}

func buildAll(h *house) {
	for _, t := range features.Tables() {
		w := h.medpag
		if t.Workspace == "bncapers" {
			w = h.bncapers
		}
		w.build(t.Name, 1)
	}
}

func TestTheMainJobRunsEveryWorkspaceAndRegistersWhatSucceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		buildAll(h)
		s := runJobs(t, h, t.Context(), aYear, func() {
			h.bncapers.endNewest(workspaces.Success)
			h.medpag.endNewest(workspaces.Success)
		})
		if s.Status != Done || len(s.Tasks) != 7 || len(s.Registrations) != 5 {
			t.Errorf("%s with %d tasks and %d registrations, want success, 7 and 5", s.Status, len(s.Tasks), len(s.Registrations))
		}
		for _, task := range s.Tasks {
			if (task.Table == "") != (task.Version == workspaces.NoTable) {
				t.Errorf("task %s has saved version %d of %q", task.Task, task.Version, task.Table)
			}
		}
	})
}

func TestAFailedWorkspaceDoesNotStopTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		buildAll(h)
		s := runJobs(t, h, t.Context(), aYear, func() {
			h.bncapers.endNewest(workspaces.Failed)
			h.medpag.endNewest(workspaces.Success)
		})
		if s.Status != Problems || len(s.Registrations) != 3 {
			t.Errorf("%s with registrations %v, want failed with those of medpag", s.Status, s.Registrations)
		}
	})
}

func TestWithRegistrationOffNothingIsRegistered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{silent: true})
		buildAll(h)
		s := runJobs(t, h, t.Context(), aYear, func() {
			h.bncapers.endNewest(workspaces.Success)
			h.medpag.endNewest(workspaces.Success)
		})
		if s.Status != Done || h.bncapers.registered+h.medpag.registered != 0 {
			t.Errorf("%s, %d registered", s.Status, h.bncapers.registered+h.medpag.registered)
		}
	})
}

func TestAnInterruptedMainJobCancelsItsRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		ctx, cancel := context.WithCancel(t.Context())
		s := runJobs(t, h, ctx, aYear, cancel)
		if s.Status != Interrupted {
			t.Errorf("%s, want interrupted", s.Status)
		}
		for _, task := range s.Tasks {
			if !task.Status.Canceled() {
				t.Errorf("%s/%s is %v, want canceled", task.Workspace, task.Task, task.Status)
			}
		}
	})
}

func TestAWorkspaceWithoutAJobIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		buildAll(h)
		h.bncapers.jobs = nil
		s := runJobs(t, h, t.Context(), aYear, func() { h.medpag.endNewest(workspaces.Success) })
		if s.Status != Done || len(s.Tasks) != 4 {
			t.Errorf("%s with %d tasks, want success with the 4 of medpag", s.Status, len(s.Tasks))
		}
	})
}

func TestTheMainJobRefusesBadInputBeforeAnythingStarts(t *testing.T) {
	for _, c := range []struct {
		m    MainJob
		says []string
	}{
		{MainJob{Tables: []string{"fs_nothing"}}, []string{"fs_nothing", "fs_cus_demographic"}},
		{MainJob{Workspaces: []string{"elsewhere"}}, []string{"elsewhere", "bncapers", "medpag"}},
		{MainJob{Parameters: map[string]string{"sart_date": "2020-01-01"}}, []string{"sart_date", "start_date"}},
		{MainJob{Parameters: map[string]string{"ignore": "perhaps"}}, []string{"ignore", "perhaps", "true or false"}},
		{MainJob{Parameters: map[string]string{"end_date": "2024-13-01"}}, []string{"end_date", "2024-13-01", "YYYY-MM-DD"}},
		{MainJob{Parameters: map[string]string{"env": "prod"}}, []string{"env", "--env"}},
	} {
		h := open(t, setup{})
		_, err := h.RunJobs(t.Context(), c.m)
		if err == nil {
			t.Errorf("%+v is accepted", c.m)
			continue
		}
		for _, word := range c.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q does not say %q", err, word)
			}
		}
		if len(h.bncapers.runs)+len(h.medpag.runs) > 0 {
			t.Errorf("%+v: something was started", c.m)
		}
	}
}

func TestOnlyTheTasksOfTheNamedTablesRun(t *testing.T) {
	h := open(t, setup{})
	only, run := selected(h.medpag.jobs[0], []string{"fs_cus_transactions"})
	if !run || !slices.Equal(only, []string{"fs_cus_transactions"}) {
		t.Errorf("medpag runs %v, %v", only, run)
	}
	if _, run := selected(h.bncapers.jobs[0], []string{"fs_cus_transactions"}); run {
		t.Error("bncapers runs too")
	}
}

func TestASummaryTellsRefusedFromFailed(t *testing.T) {
	refused := TaskSummary{Status: failed, Refused: true}
	broken := TaskSummary{Status: failed}
	for _, c := range []struct {
		name        string
		s           Summary
		interrupted bool
		want        Outcome
	}{
		{"all well", Summary{Tasks: []TaskSummary{{Status: succeeded}}}, false, Done},
		{"a refused save", Summary{Tasks: []TaskSummary{{Status: succeeded}, refused}}, false, Declined},
		{"a refused registration", Summary{Registrations: []RegistrationResult{{Status: RegistrationNo}}}, false, Declined},
		{"a failure beside a refusal", Summary{Tasks: []TaskSummary{refused, broken}}, false, Problems},
		{"a failed registration", Summary{Registrations: []RegistrationResult{{Status: RegistrationFailed}}}, false, Problems},
		{"an error outside the tasks", Summary{Errors: []string{"no route to host"}}, false, Problems},
		{"a skipped task", Summary{Tasks: []TaskSummary{{Status: workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Excluded}}}}, false, Done},
		{"stopped", Summary{Tasks: []TaskSummary{broken}}, true, Interrupted},
	} {
		c.s.close(c.interrupted, c.s.Started)
		if c.s.Status != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.s.Status, c.want)
		}
	}
}

func TestAPanicInBackgroundWorkIsRecordedAndStopsNothing(t *testing.T) {
	h := open(t, setup{})
	h.spawn("break", func(context.Context) error { panic("broken") })
	h.spawn("fail", func(context.Context) error { return errors.New("failed") })
	h.work.Wait()
	if _, err := h.Do(t.Context(), Poll{}); err != nil {
		t.Error(err)
	}
}

// A clock that was set back makes no new run old.
func TestRunsAreDatedInTheirOrder(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 5, 1, 9, minute, 0, 0, time.UTC) }
	runs := []workspaces.Run{{ID: 4, Queued: at(3)}, {ID: 3, Queued: at(1)}, {ID: 2, Queued: at(30)}, {ID: 1, Queued: at(0)}}
	var got []time.Time
	for _, r := range rising(runs) {
		got = append(got, r.at)
	}
	if want := []time.Time{at(30), at(30), at(30), at(0)}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
