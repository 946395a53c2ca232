package embedded

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

func withQueue(j *workspaces.Job) { j.Queue = true }

func TestRunsBeyondTheLimitWaitForTheirTurn(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := open(t, clock, does(lasts(time.Hour), lasts(time.Hour), lasts(time.Hour)), jobWith(withQueue, task("register_a", "")))
		for range 4 {
			start(t, w, workspaces.RunRequest{})
		}
		states := func() []string {
			var out []string
			for id := range int64(4) {
				r := now(t, w, id+1)
				s := string(r.Status.LifeCycle)
				if r.Status.LifeCycle == workspaces.Queued {
					s = r.Status.Message
				}
				out = append(out, s)
			}
			return out
		}
		want := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, states()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		busy := func(place, run int) string {
			return fmt.Sprintf("place %d in the queue: runs [%d] are under way, and max_concurrent_runs is 1", place, run)
		}
		want("RUNNING", busy(1, 1), busy(2, 1), busy(3, 1))
		if r := now(t, w, 2); !r.Started.IsZero() || !r.Queued.Equal(june) {
			t.Errorf("a queued run has begun: %+v", r)
		}

		if err := w.Cancel(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		want("RUNNING", busy(1, 1), "SKIPPED", busy(2, 1))
		r := now(t, w, 3)
		wantAttempts(t, r, "SKIPPED CANCELED", "register_a/0: SKIPPED CANCELED")
		if got, want := r.Status.Message, "the run was cancelled while it was queued"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}

		time.Sleep(time.Hour)
		want("TERMINATED", "RUNNING", "SKIPPED", busy(1, 2))
		if r := now(t, w, 2); !r.Started.Equal(june.Add(time.Hour)) {
			t.Errorf("the second began at %s", r.Started)
		}
		time.Sleep(2 * time.Hour)
		want("TERMINATED", "TERMINATED", "SKIPPED", "TERMINATED")
	})
}

// A run's parameters are those of when it was asked for, however long it waited.
func TestAQueuedRunMeansTheMonthInWhichItWasAskedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := openJob(t, clock, does(lasts(30*24*time.Hour)), jobWith(withQueue, task("register_a", ""), task("good1", "", "register_a")))
		start(t, w, workspaces.RunRequest{Only: []string{"register_a"}})
		id := start(t, w, workspaces.RunRequest{Only: []string{"good1"}})
		w.mu.Lock()
		end := w.live[id].params[1].End
		w.mu.Unlock()
		if want := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC); !end.Equal(want) {
			t.Errorf("end %s, want %s", end, want)
		}
		time.Sleep(31 * 24 * time.Hour)
		wantAttempts(t, now(t, w, id), "TERMINATED SUCCESS", "register_a/0: SKIPPED DISABLED", "good1/0: TERMINATED SUCCESS")
	})
}

func TestCloseCancelsWhatIsQueued(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		o := optionsIn(filepath.Join(t.TempDir(), "w"))
		clock(&o)
		does(lasts(time.Hour))(&o)
		jobWith(withQueue, task("register_a", ""))(&o)
		w := openWith(t, o)
		start(t, w, workspaces.RunRequest{})
		id := start(t, w, workspaces.RunRequest{})
		now(t, w, id)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r := now(t, openWith(t, o), id)
		wantAttempts(t, r, "SKIPPED CANCELED", "register_a/0: SKIPPED CANCELED")
		if got, want := r.Status.Message, "featops is stopping while it was queued"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
	})
}

func TestAJobDoesNotWaitForAnother(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := open(t, clock, does(lasts(time.Hour)), func(o *Options) {
			withJob(task("register_a", ""))(o)
			second := o.Jobs[0]
			second.Name = "[dev ana] other"
			o.Jobs[0].Queue, second.Queue = true, true
			o.Jobs = append(o.Jobs, second)
		})
		now(t, w, start(t, w, workspaces.RunRequest{JobID: 1})) // it has taken the hour
		other := start(t, w, workspaces.RunRequest{JobID: 2})
		wantAttempts(t, now(t, w, other), "TERMINATED SUCCESS", "register_a/0: TERMINATED SUCCESS")
	})
}
