package embedded

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

func repair(t *testing.T, w *Workspace, q workspaces.RepairRequest) {
	t.Helper()
	if _, err := w.Repair(t.Context(), q); err != nil {
		t.Fatal(err)
	}
}

func TestARepairRunsAgainWhatFailedAndWhatDependsOnIt(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := open(t, clock, does(lasts(time.Minute), fails(errReset)), withJob(
			task("register_a", ""), task("register_b", "", "register_a"), task("register_c", "", "register_b"),
			task("register_d", workspaces.AllDone, "register_b"), task("register_e", workspaces.AtLeastOneFailed, "register_b"),
		))
		id := start(t, w, workspaces.RunRequest{Parameters: map[string]string{"start_date": "2024-02-01"}})
		time.Sleep(time.Hour)
		wantAttempts(t, now(t, w, id), "TERMINATED FAILED", "register_a/0: TERMINATED SUCCESS", "register_b/0: TERMINATED FAILED",
			"register_c/0: SKIPPED UPSTREAM_FAILED", "register_d/0: TERMINATED SUCCESS", "register_e/0: TERMINATED SUCCESS")

		n, err := w.Repair(t.Context(), workspaces.RepairRequest{Run: id, By: "ana"})
		if err != nil || n != 1 {
			t.Fatalf("repair %d, %v", n, err)
		}
		w.mu.Lock()
		params := w.live[id].params[1]
		w.mu.Unlock()
		if want := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC); !params.Start.Equal(want) {
			t.Errorf("the parameters of the run are lost: %+v", params)
		}
		r := now(t, w, id)
		wantAttempts(t, r, "TERMINATED SUCCESS", "register_a/0: TERMINATED SUCCESS", "register_b/0: TERMINATED FAILED", "register_b/1: TERMINATED SUCCESS",
			"register_c/0: SKIPPED UPSTREAM_FAILED", "register_c/1: TERMINATED SUCCESS", "register_d/0: TERMINATED SUCCESS", "register_d/1: TERMINATED SUCCESS",
			"register_e/0: TERMINATED SUCCESS", "register_e/1: SKIPPED EXCLUDED")
		later := june.Add(time.Hour)
		want := []workspaces.Repair{{
			ID: 1, Tasks: []string{"register_b", "register_c", "register_d", "register_e"}, By: "ana", Queued: later, Started: later, Ended: later,
			Status: workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success},
		}}
		if diff := cmp.Diff(want, r.Repairs); diff != "" {
			t.Errorf("repairs (-want +got):\n%s", diff)
		}
		if !r.Started.Equal(june) || !r.Ended.Equal(later) {
			t.Errorf("the run lasts from %s to %s", r.Started, r.Ended)
		}
		_, err = w.Repair(t.Context(), workspaces.RepairRequest{Run: id})
		wantError(t, err, "run 1 in bncapers cannot be repaired", "none of its tasks failed")
	})
}

func TestARepairOfNamedTasks(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := openJob(t, clock, withJob(task("good1", ""), task("good2", ""), task("good3", "", "good2"), task("distant", "")))
		id := start(t, w, workspaces.RunRequest{Only: []string{"good1"}})
		wantAttempts(t, now(t, w, id), "TERMINATED SUCCESS", "good1/0: TERMINATED SUCCESS", "good2/0: SKIPPED DISABLED", "good3/0: SKIPPED DISABLED", "distant/0: SKIPPED DISABLED")

		// One that the run was not for, without those that depend on it, which the run was not for either.
		repair(t, w, workspaces.RepairRequest{Run: id, Tasks: []string{"good2"}})
		r := now(t, w, id)
		wantAttempts(t, r, "TERMINATED SUCCESS", "good1/0: TERMINATED SUCCESS", "good2/0: SKIPPED DISABLED", "good2/1: TERMINATED SUCCESS",
			"good3/0: SKIPPED DISABLED", "distant/0: SKIPPED DISABLED")

		// As it was asked for by name it must have its source, and stays wanted in later repairs.
		repair(t, w, workspaces.RepairRequest{Run: id, Tasks: []string{"distant"}})
		now(t, w, id)
		repair(t, w, workspaces.RepairRequest{Run: id})
		r = now(t, w, id)
		wantAttempts(t, r, "TERMINATED FAILED", "good1/0: TERMINATED SUCCESS", "good2/0: SKIPPED DISABLED", "good2/1: TERMINATED SUCCESS",
			"good3/0: SKIPPED DISABLED", "distant/0: SKIPPED DISABLED", "distant/1: TERMINATED FAILED", "distant/2: TERMINATED FAILED")
		if len(r.Repairs) != 3 || r.Repairs[2].ID != 3 {
			t.Errorf("repairs %+v", r.Repairs)
		}
		_, err := w.Repair(t.Context(), workspaces.RepairRequest{Run: id, Tasks: []string{"good9"}})
		var unknown *workspaces.UnknownTaskError
		if !errors.As(err, &unknown) {
			t.Errorf("error %v", err)
		}
	})
}

func TestWhatCannotBeRepaired(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := open(t, clock, does(fails(errReset), lasts(time.Hour)), withJob(task("register_a", "")))
		failed := start(t, w, workspaces.RunRequest{})
		now(t, w, failed)
		busy := start(t, w, workspaces.RunRequest{})
		now(t, w, busy)
		turnedAway := start(t, w, workspaces.RunRequest{})
		refused := func(run int64, words ...string) {
			t.Helper()
			before := now(t, w, run)
			_, err := w.Repair(t.Context(), workspaces.RepairRequest{Run: run})
			wantError(t, err, words...)
			if diff := cmp.Diff(before, now(t, w, run)); diff != "" {
				t.Errorf("the run has changed (-before +after):\n%s", diff)
			}
		}
		refused(busy, "run 2", "under way (RUNNING)")
		refused(failed, "runs [2] are under way, and max_concurrent_runs is 1")
		refused(turnedAway, "never had a task to run (MAXIMUM_CONCURRENT_RUNS_REACHED)")
		if _, err := w.Repair(t.Context(), workspaces.RepairRequest{Run: 99}); !errors.Is(err, workspaces.ErrNoRun) {
			t.Errorf("repair of no run: %v", err)
		}
		time.Sleep(time.Hour)
		now(t, w, busy)
		repair(t, w, workspaces.RepairRequest{Run: failed})
		wantAttempts(t, now(t, w, failed), "TERMINATED SUCCESS", "register_a/0: TERMINATED FAILED", "register_a/1: TERMINATED SUCCESS")
	})
}

func TestARunOfAnotherGraphCannotBeRepaired(t *testing.T) {
	o := optionsIn(filepath.Join(t.TempDir(), "w"))
	withJob(task("bad", ""), task("good1", ""))(&o)
	w := openWith(t, o)
	putJobSources(t, w)
	id := ended(t, w, start(t, w, workspaces.RunRequest{})).ID
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	withJob(task("bad", ""), task("good2", ""))(&o)
	_, err := openWith(t, o).Repair(t.Context(), workspaces.RepairRequest{Run: id})
	wantError(t, err, "the job has changed since", "new are good2", "gone are good1", "start a new run")
}

func TestARepairWaitsInTheQueueLikeARun(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := open(t, clock, does(fails(errReset), lasts(time.Hour)), jobWith(withQueue, task("register_a", "")))
		failed := start(t, w, workspaces.RunRequest{})
		now(t, w, failed)
		start(t, w, workspaces.RunRequest{})
		repair(t, w, workspaces.RepairRequest{Run: failed})
		r := now(t, w, failed)
		wantAttempts(t, r, "QUEUED ", "register_a/0: TERMINATED FAILED", "register_a/1: BLOCKED ")
		if !r.Since().IsZero() || !r.Ended.IsZero() {
			t.Errorf("a repair in the queue has not begun: %+v", r)
		}
		time.Sleep(time.Hour)
		r = now(t, w, failed)
		wantAttempts(t, r, "TERMINATED SUCCESS", "register_a/0: TERMINATED FAILED", "register_a/1: TERMINATED SUCCESS")
		if got := r.Repairs[0]; !got.Queued.Equal(june) || !got.Started.Equal(june.Add(time.Hour)) {
			t.Errorf("repair %+v", got)
		}
	})
}

func TestACancelledRepair(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := open(t, clock, does(fails(errReset), lasts(time.Hour)), withJob(task("register_a", ""), task("register_b", "", "register_a")))
		id := start(t, w, workspaces.RunRequest{})
		now(t, w, id)
		repair(t, w, workspaces.RepairRequest{Run: id})
		now(t, w, id)
		if err := w.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		r := now(t, w, id)
		wantAttempts(t, r, "TERMINATED CANCELED", "register_a/0: TERMINATED FAILED", "register_a/1: TERMINATED CANCELED",
			"register_b/0: SKIPPED UPSTREAM_FAILED", "register_b/1: SKIPPED UPSTREAM_CANCELED")
		if got := r.Repairs[0].Status.Result; got != workspaces.Canceled {
			t.Errorf("the repair ended %s", got)
		}
		repair(t, w, workspaces.RepairRequest{Run: id})
		if r := now(t, w, id); !r.Status.Succeeded() {
			t.Errorf("the second repair: %+v", r.Status)
		}
	})
}

// What a crash leaves of a run in each state, and that the next process can repair it.
func TestARunInAnyStateSurvivesACrash(t *testing.T) {
	stuck := func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(time.Hour) // it does not stop at once
		return context.Cause(ctx)
	}
	waits := retried(1, time.Hour)
	for _, c := range []struct {
		name    string
		steps   []func(context.Context) error
		first   workspaces.Task
		arrange func(t *testing.T, w *Workspace) (run int64)
		want    []string
		says    []string
	}{
		{"running", []func(context.Context) error{lasts(time.Hour)}, task("register_a", ""), func(t *testing.T, w *Workspace) int64 {
			return start(t, w, workspaces.RunRequest{})
		}, []string{"INTERNAL_ERROR FAILED", "register_a/0: INTERNAL_ERROR FAILED", "register_b/0: SKIPPED CANCELED"},
			[]string{"featops stopped while it was running", "featops stopped while it was running", "featops stopped while it was running, before this task could begin"}},

		{"waiting for a retry", []func(context.Context) error{fails(errReset)}, waits, func(t *testing.T, w *Workspace) int64 {
			return start(t, w, workspaces.RunRequest{})
		}, []string{"INTERNAL_ERROR FAILED", "register_a/0: TERMINATED FAILED", "register_a/1: SKIPPED CANCELED", "register_b/0: SKIPPED CANCELED"},
			[]string{"featops stopped while it was running", "connection reset",
				"featops stopped while it was running, before its retry 1 of 1 at 2024-06-15 11:30:00, after FAILED: connection reset",
				"featops stopped while it was running, before this task could begin"}},

		{"terminating", []func(context.Context) error{stuck}, task("register_a", ""), func(t *testing.T, w *Workspace) int64 {
			id := start(t, w, workspaces.RunRequest{})
			now(t, w, id)
			if err := w.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			return id
		}, []string{"TERMINATED CANCELED", "register_a/0: TERMINATED CANCELED", "register_b/0: SKIPPED CANCELED"},
			[]string{"featops stopped while it was being cancelled", "featops stopped while it was being cancelled",
				"featops stopped while it was being cancelled, before this task could begin"}},

		{"queued", []func(context.Context) error{lasts(time.Hour)}, task("register_a", ""), func(t *testing.T, w *Workspace) int64 {
			start(t, w, workspaces.RunRequest{})
			return start(t, w, workspaces.RunRequest{})
		}, []string{"SKIPPED CANCELED", "register_a/0: SKIPPED CANCELED", "register_b/0: SKIPPED CANCELED"},
			[]string{"featops stopped while it was queued", "featops stopped while it was queued, before this task could begin",
				"featops stopped while it was queued, before this task could begin"}},

		{"a repair under way", []func(context.Context) error{fails(errReset), lasts(time.Hour)}, task("register_a", ""), func(t *testing.T, w *Workspace) int64 {
			id := start(t, w, workspaces.RunRequest{})
			now(t, w, id)
			repair(t, w, workspaces.RepairRequest{Run: id})
			return id
		}, []string{"INTERNAL_ERROR FAILED", "register_a/0: TERMINATED FAILED", "register_a/1: INTERNAL_ERROR FAILED",
			"register_b/0: SKIPPED UPSTREAM_FAILED", "register_b/1: SKIPPED CANCELED"}, nil},

		{"a repair in the queue", []func(context.Context) error{fails(errReset), lasts(time.Hour)}, task("register_a", ""), func(t *testing.T, w *Workspace) int64 {
			id := start(t, w, workspaces.RunRequest{})
			now(t, w, id)
			start(t, w, workspaces.RunRequest{})
			repair(t, w, workspaces.RepairRequest{Run: id})
			return id
		}, []string{"TERMINATED CANCELED", "register_a/0: TERMINATED FAILED", "register_a/1: SKIPPED CANCELED",
			"register_b/0: SKIPPED UPSTREAM_FAILED", "register_b/1: SKIPPED CANCELED"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, clock func(*Options)) {
				o := optionsIn(filepath.Join(t.TempDir(), "w"))
				clock(&o)
				does(c.steps...)(&o)
				jobWith(withQueue, c.first, task("register_b", "", "register_a"))(&o)
				w := openWith(t, o)
				id := c.arrange(t, w)
				now(t, w, id)

				// The file is as a crash leaves it; the first workspace lives on beside, unheard.
				crashed := copyStore(t, w)
				next := o
				next.Dir = crashed
				next.Registrar = &script{}
				again := openWith(t, next)
				r := now(t, again, id)
				wantAttempts(t, r, c.want...)
				if n := len(r.Repairs); n > 0 && (r.Repairs[n-1].Ended.IsZero() || r.Repairs[n-1].Status != r.Status) {
					t.Errorf("repair %+v", r.Repairs[n-1])
				}
				for i, want := range c.says {
					got := r.Status.Message
					if i > 0 {
						got = r.Tasks[i-1].Status.Message
					}
					if got != want {
						t.Errorf("message %d: %q, want %q", i, got, want)
					}
				}

				repair(t, again, workspaces.RepairRequest{Run: id})
				if r := now(t, again, id); !r.Status.Succeeded() {
					t.Errorf("repaired: %v", attempts(r))
				}
			})
		})
	}
}

// copyStore copies what is on disk of a workspace's database to a directory of its own, as a crash would leave it.
func copyStore(t *testing.T, w *Workspace) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := w.store.db.Exec("VACUUM INTO ?", filepath.Join(dir, "workspace.db")); err != nil {
		t.Fatal(err)
	}
	return dir
}
