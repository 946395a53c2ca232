package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"featops/features/schema"
	"featops/workspaces"
)

var (
	succeeded = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	failed    = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed, Message: "out of memory"}
)

// finishBncapers gives bncapers both of its tables and a run that finished them.
func finishBncapers(h *house, run, version int64) {
	h.bncapers.build("fs_cus_demographic", version)
	h.bncapers.build("fs_cus_credit_risk", version)
	h.bncapers.finish(run, nil)
}

func statuses(results []RegistrationResult) []RegistrationStatus {
	var out []RegistrationStatus
	for _, r := range results {
		out = append(out, r.Status)
	}
	return out
}

func watchOnce(t *testing.T, h *house) []RegistrationResult {
	t.Helper()
	results, err := h.WatchOnce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestASucceededTaskIsRegisteredInEveryOtherWorkspace(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	got := watchOnce(t, h)
	if want := []RegistrationStatus{Registered, Registered}; !slices.Equal(statuses(got), want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if r := h.medpag.registrations["fs_cus_credit_risk"]; r.Version != 3 || r.Workspace != "bncapers" {
		t.Errorf("medpag has %+v", r)
	}
}

// The reference read one run with no memory, so a stale success was registered again.
func TestDefectAStaleSuccessIsNotRegisteredAgain(t *testing.T) {
	home := t.TempDir()
	first := open(t, setup{home: home})
	finishBncapers(first, 7, 3)
	watchOnce(t, first)

	again := open(t, setup{home: home})
	finishBncapers(again, 7, 3)
	watchOnce(t, again)
	if again.medpag.registered != 0 {
		t.Errorf("the same run was registered %d times more after a restart", again.medpag.registered)
	}
}

// In the reference a run without the expected tasks counted as complete.
func TestDefectARunWithoutTheExpectedTasksRegistersNothing(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	h.bncapers.runs[0].Tasks = h.bncapers.runs[0].Tasks[:1]
	if got := watchOnce(t, h); len(got) != 0 {
		t.Errorf("registered %v", got)
	}
}

// The reference knew three result states, so a skipped, timed-out or internally failed task made it
// wait for ever.
func TestDefectEveryEndOfATaskEndsTheWait(t *testing.T) {
	for _, s := range []workspaces.Status{
		{LifeCycle: workspaces.Skipped},
		{LifeCycle: workspaces.Terminated, Result: workspaces.TimedOut},
		{LifeCycle: workspaces.InternalError},
		{LifeCycle: workspaces.Terminated, Result: "SOMETHING_NEW"},
		failed,
	} {
		h := open(t, setup{})
		finishBncapers(h, 7, 3)
		h.bncapers.runs[0].Tasks[0].Status = s
		got := watchOnce(t, h)
		if len(got) != 1 || got[0].Table != "fs_cus_credit_risk" {
			t.Errorf("%v: registered %v, want fs_cus_credit_risk alone", s, got)
		}
	}
}

func TestOfARepairedTaskTheNewestAttemptCounts(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	tasks := h.bncapers.runs[0].Tasks
	tasks[0].Status = failed
	h.bncapers.runs[0].Tasks = append(tasks, workspaces.TaskRun{Key: tasks[0].Key, Attempt: 1, Status: succeeded})
	if got := watchOnce(t, h); len(got) != 2 {
		t.Errorf("registered %v, want both tables", got)
	}
}

func TestARepairIsRegisteredAsNewWork(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	watchOnce(t, h)
	h.bncapers.build("fs_cus_demographic", 4)
	tasks := h.bncapers.runs[0].Tasks
	h.bncapers.runs[0].Tasks = append(slices.Clone(tasks), workspaces.TaskRun{Key: "fs_cus_demographic", Attempt: 1, Status: succeeded})
	watchOnce(t, h)
	if v := h.medpag.registrations["fs_cus_demographic"].Version; v != 4 {
		t.Errorf("medpag has version %d, want 4", v)
	}
}

func TestATaskRegistersTheTablesItIsMappedTo(t *testing.T) {
	h := open(t, setup{})
	h.config.Registration.Tables = map[string][]string{"fs_cus_demographic": {"fs_cus_demographic", "fs_cus_extra"}}
	finishBncapers(h, 7, 3)
	h.bncapers.build("fs_cus_extra", 1)
	watchOnce(t, h)
	if _, ok := h.medpag.registrations["fs_cus_extra"]; !ok {
		t.Error("fs_cus_extra is not registered")
	}
}

// One API error ended the whole watch of the reference.
func TestDefectADeadWorkspaceDoesNotKeepTheOthersFromBeingWatched(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	dead := errors.New("no route to host")
	h.medpag.down = dead
	if _, err := h.WatchOnce(t.Context()); !errors.Is(err, dead) {
		t.Fatalf("got %v, want the error of medpag", err)
	}
	b, _ := h.Snapshot().Workspace("bncapers")
	m, _ := h.Snapshot().Workspace("medpag")
	if len(b.Tables) != 2 || b.Error != "" || m.Error == "" {
		t.Errorf("bncapers %+v, medpag %+v", b, m)
	}
	h.medpag.mu.Lock()
	h.medpag.down = nil
	h.medpag.mu.Unlock()
	watchOnce(t, h)
	if len(h.medpag.registrations) != 2 {
		t.Errorf("what failed while medpag was dead is not made up for: %v", h.medpag.registrations)
	}
}

func TestARegistrationIsReadBack(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	h.medpag.forgets = true
	results, err := h.WatchOnce(t.Context())
	if !errors.Is(err, workspaces.ErrNotRegistered) || results[0].Status != RegistrationFailed {
		t.Errorf("got %v, %v: a registration that is not there afterwards has failed", results, err)
	}
}

func TestARegistrationThatIsThereAlreadyIsUnchanged(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	watchOnce(t, h)
	h.bncapers.finish(8, nil)
	if got, want := statuses(watchOnce(t, h)), []RegistrationStatus{Unchanged, Unchanged}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if h.medpag.registered != 2 {
		t.Errorf("registered %d times, want 2", h.medpag.registered)
	}
}

func TestWhoeverAsksTheSameWorkIsDoneOnce(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := h.RegisterInto(context.WithoutCancel(t.Context()), "medpag"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	watchOnce(t, h)
	if h.medpag.registered != 2 {
		t.Errorf("registered %d times, want 2", h.medpag.registered)
	}
}

// The reference dropped the target table unasked, then created it again.
func TestDefectAConflictingRegistrationAsks(t *testing.T) {
	for _, c := range []struct {
		policy Policy
		want   RegistrationStatus
		loses  bool
	}{
		{Reject, RegistrationNo, false},
		{Accept, Registered, true},
	} {
		h := open(t, setup{policy: c.policy})
		h.bncapers.build("fs_cus_demographic", 1, schema.Column{Name: "cdmg_city", Type: schema.String})
		if _, err := h.Do(t.Context(), RegisterTables{Tables: []string{"fs_cus_demographic"}}); err != nil {
			t.Fatal(err)
		}
		h.bncapers.build("fs_cus_demographic", 2)
		reply, err := h.Do(t.Context(), RegisterTables{Tables: []string{"fs_cus_demographic"}})
		var refused *workspaces.RefusedError
		if errors.As(err, &refused) != (c.policy == Reject) || reply.Registrations[0].Status != c.want {
			t.Errorf("%s: got %v, %v", c.policy, reply.Registrations, err)
		}
		if lost := h.medpag.registrations["fs_cus_demographic"].Version == 2; lost != c.loses {
			t.Errorf("%s: version 2 is registered: %v", c.policy, lost)
		}
		decisions, err := h.journal.Decisions(t.Context(), 0, h.now().AddDate(-1, 0, 0))
		if err != nil || len(decisions) != 1 || decisions[0].Answer.By != workspaces.ByPolicy {
			t.Errorf("%s: decisions %+v, %v", c.policy, decisions, err)
		}
	}
}

func TestManualRegistrationRefusesWhatMakesNoSense(t *testing.T) {
	h := open(t, setup{})
	for _, c := range []RegisterTables{
		{Tables: []string{"fs_nothing"}},
		{Tables: []string{"fs_cus_demographic"}, From: "elsewhere"},
		{Tables: []string{"fs_cus_demographic"}, To: []string{"elsewhere"}},
		{Tables: []string{"fs_cus_demographic"}, To: []string{"bncapers"}},
		{Tables: []string{"fs_cus_demographic"}}, // it was never built
	} {
		if _, err := h.Do(t.Context(), c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

func TestARegistryTaskWaitsForTheFeatureTasksAlone(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	busy := workspaces.Status{LifeCycle: workspaces.Running}
	h.bncapers.runs[0].Status = busy
	last := len(h.bncapers.runs[0].Tasks) - 1
	h.bncapers.runs[0].Tasks[last].Status = busy // its own registry task, which waits for the others
	h.bncapers.runs[0].Tasks[0].Status = busy

	said := make(chan string)
	go func() {
		s, err := h.RegisterInto(t.Context(), "medpag")
		if err != nil {
			t.Error(err)
		}
		said <- s
	}()
	select {
	case s := <-said:
		t.Fatalf("did not wait for fs_cus_demographic: %s", s)
	case <-h.changed():
		t.Fatal("the state changed by itself")
	default:
	}
	if err := h.bncapers.locked(func() {
		tasks := slices.Clone(h.bncapers.runs[0].Tasks)
		tasks[0].Status = succeeded
		h.bncapers.runs[0].Tasks = tasks
	}); err != nil {
		t.Fatal(err)
	}
	for {
		h.update(func() {}) // as a monitor does when a workspace tells of a change
		select {
		case s := <-said:
			if s != "2 registered" {
				t.Errorf("said %q", s)
			}
			return
		default:
		}
	}
}

func TestWhatEndedWhileNobodyWatchedIsNews(t *testing.T) {
	home := t.TempDir()
	first := open(t, setup{home: home})
	finishBncapers(first, 7, 3)
	first.bncapers.runs[0].Status = workspaces.Status{LifeCycle: workspaces.Running}
	watchOnce(t, first)

	again := open(t, setup{home: home})
	events := again.Subscribe()
	defer events.Close()
	finishBncapers(again, 7, 3)
	again.bncapers.finish(5, nil) // ended before any engine saw it
	watchOnce(t, again)
	var ended []int64
	for _, e := range events.Take() {
		if e.Kind == RunChanged {
			ended = append(ended, e.Run)
		}
	}
	if !slices.Equal(ended, []int64{7}) {
		t.Errorf("news of runs %v, want 7 alone", ended)
	}
}

func TestARunThatWasTurnedAwayDoesNotHideTheOneUnderWay(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	h.bncapers.runs = append([]workspaces.Run{{
		ID: 8, JobID: 1, Workspace: "bncapers", Status: workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.TooManyRuns},
	}}, h.bncapers.runs...)
	if got := watchOnce(t, h); len(got) != 2 {
		t.Errorf("registered %v, want both tables of run 7", got)
	}
	if said, err := h.RegisterInto(t.Context(), "medpag"); err != nil || said != "2 registered" {
		t.Errorf("the registry task said %q, %v", said, err)
	}
}

func TestARunOfSomeTasksHidesNothingThatAnEarlierRunFinished(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	h.bncapers.finish(8, map[string]workspaces.Status{
		"fs_cus_demographic": {LifeCycle: workspaces.Skipped, Result: workspaces.Disabled},
	})
	if got := watchOnce(t, h); len(got) != 2 {
		t.Errorf("registered %v, want fs_cus_demographic of run 7 and fs_cus_credit_risk of run 8", got)
	}
}

func TestAnEarlierSuccessDoesNotCountAfterAFailure(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	h.bncapers.finish(8, map[string]workspaces.Status{"fs_cus_demographic": failed})
	if got := watchOnce(t, h); len(got) != 1 || got[0].Table != "fs_cus_credit_risk" {
		t.Errorf("registered %v, want fs_cus_credit_risk alone", got)
	}
}

// A workspace that does not tell of tasks that a run was not asked for leaves them out.
func TestARunThatWasAskedForSomeTasksLacksTheOthers(t *testing.T) {
	h := open(t, setup{})
	finishBncapers(h, 7, 3)
	run := &h.bncapers.runs[0]
	run.Tasks, run.Only = run.Tasks[:1], []string{run.Tasks[0].Key}
	if got := watchOnce(t, h); len(got) != 1 || got[0].Table != run.Only[0] {
		t.Errorf("registered %v, want %s alone", got, run.Only[0])
	}
}
