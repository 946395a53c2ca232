package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

// inBubble runs a test in a bubble with a clock of its own, in which time passes only while everything waits. It begins
// in june.
func inBubble(t *testing.T, test func(t *testing.T, now func(*Options))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		test(t, func(o *Options) { o.Now = func() time.Time { return june.Add(time.Since(began)) } })
	})
}

// script is a registrar whose calls end as told, one after the other, and with success when nothing more is told.
type script struct {
	mu    sync.Mutex
	steps []func(ctx context.Context) error
	calls int
}

func (s *script) RegisterInto(ctx context.Context, _ string) (string, error) {
	s.mu.Lock()
	n := s.calls
	s.calls++
	s.mu.Unlock()
	if n < len(s.steps) {
		return "", s.steps[n](ctx)
	}
	return "done", nil
}

func does(steps ...func(context.Context) error) func(*Options) {
	return func(o *Options) { o.Registrar = &script{steps: steps} }
}

func fails(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func lasts(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func jobWith(change func(*workspaces.Job), tasks ...workspaces.Task) func(*Options) {
	return func(o *Options) {
		withJob(tasks...)(o)
		change(&o.Jobs[0])
	}
}

// now returns a run as it is when everything waits.
func now(t *testing.T, w *Workspace, id int64) workspaces.Run {
	t.Helper()
	synctest.Wait()
	r, err := w.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// attempts are the attempts at the tasks of a run: key, number, state.
func attempts(r workspaces.Run) []string {
	out := []string{fmt.Sprintf("%s %s", r.Status.LifeCycle, r.Status.Result)}
	for _, a := range r.Tasks {
		out = append(out, fmt.Sprintf("%s/%d: %s %s", a.Key, a.Attempt, a.Status.LifeCycle, a.Status.Result))
	}
	return out
}

func wantAttempts(t *testing.T, r workspaces.Run, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, attempts(r)); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

func retried(n int, every time.Duration) workspaces.Task {
	x := task("register_a", "")
	x.MaxRetries, x.MinRetryInterval = n, every
	return x
}

var errReset = errors.New("connection reset")

func TestAFailedTaskIsTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		w := open(t, clock, does(fails(errReset), fails(errReset)), withJob(retried(2, time.Minute), task("register_b", "", "register_a")))
		id := start(t, w, workspaces.RunRequest{})
		r := now(t, w, id)
		wantAttempts(t, r, "RUNNING ", "register_a/0: TERMINATED FAILED", "register_a/1: WAITING_FOR_RETRY ", "register_b/0: BLOCKED ")
		waiting := r.Tasks[1]
		if want := june.Add(time.Minute); !waiting.RetryAt.Equal(want) || !waiting.Started.IsZero() {
			t.Errorf("goes on at %s, want %s, and has not begun: %+v", waiting.RetryAt, want, waiting)
		}
		if got, want := waiting.Status.Message, "retry 1 of 2 at 2024-06-15 10:31:00, after FAILED: connection reset"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
		time.Sleep(time.Minute)
		wantAttempts(t, now(t, w, id), "RUNNING ", "register_a/0: TERMINATED FAILED", "register_a/1: TERMINATED FAILED",
			"register_a/2: WAITING_FOR_RETRY ", "register_b/0: BLOCKED ")
		time.Sleep(time.Minute)
		r = now(t, w, id)
		wantAttempts(t, r, "TERMINATED SUCCESS", "register_a/0: TERMINATED FAILED", "register_a/1: TERMINATED FAILED",
			"register_a/2: TERMINATED SUCCESS", "register_b/0: TERMINATED SUCCESS")
		if last := r.Newest()[0]; !last.Started.Equal(june.Add(2*time.Minute)) || !last.RetryAt.IsZero() {
			t.Errorf("the last attempt: %+v", last)
		}
	})
}

// As Databricks counts it, the interval is from the start of an attempt to that of the next.
func TestTheIntervalOfRetriesIsFromStartToStart(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		slowly := func(ctx context.Context) error { return errors.Join(lasts(40*time.Second)(ctx), errReset) }
		w := open(t, clock, does(slowly, slowly), withJob(retried(2, time.Minute)))
		id := start(t, w, workspaces.RunRequest{})
		time.Sleep(time.Hour)
		var began []time.Duration
		for _, a := range now(t, w, id).Tasks {
			began = append(began, a.Started.Sub(june))
		}
		if want := []time.Duration{0, time.Minute, 2 * time.Minute}; !slices.Equal(began, want) {
			t.Errorf("attempts began after %v, want %v", began, want)
		}
	})
}

func TestWhatIsTriedAgain(t *testing.T) {
	slow := retried(1, 0)
	slow.Timeout = time.Minute
	patient := slow
	patient.RetryOnTimeout = true
	for _, c := range []struct {
		name  string
		task  workspaces.Task
		first func(context.Context) error
		want  []string
	}{
		{"a failure, as often as is allowed", retried(0, 0), fails(errReset), []string{"TERMINATED FAILED", "register_a/0: TERMINATED FAILED"}},
		{"a panic", retried(1, 0), func(context.Context) error { panic("out of luck") },
			[]string{"TERMINATED SUCCESS", "register_a/0: INTERNAL_ERROR FAILED", "register_a/1: TERMINATED SUCCESS"}},
		{"no question that was answered no", retried(1, 0), fails(fmt.Errorf("register: %w", &workspaces.RefusedError{})),
			[]string{"TERMINATED FAILED", "register_a/0: TERMINATED FAILED"}},
		{"no attempt that took too long", slow, lasts(time.Hour), []string{"TERMINATED FAILED", "register_a/0: TERMINATED TIMEDOUT"}},
		{"one that took too long, where that is wanted", patient, lasts(time.Hour),
			[]string{"TERMINATED SUCCESS", "register_a/0: TERMINATED TIMEDOUT", "register_a/1: TERMINATED SUCCESS"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, clock func(*Options)) {
				w := open(t, clock, does(c.first), withJob(c.task))
				id := start(t, w, workspaces.RunRequest{})
				time.Sleep(time.Hour)
				wantAttempts(t, now(t, w, id), c.want...)
			})
		})
	}
}

func TestACancelledRunIsNotTriedAgain(t *testing.T) {
	t.Run("while an attempt is under way", func(t *testing.T) {
		inBubble(t, func(t *testing.T, clock func(*Options)) {
			w := open(t, clock, does(lasts(time.Hour)), withJob(retried(3, time.Minute)))
			id := start(t, w, workspaces.RunRequest{})
			now(t, w, id)
			w.Cancel(t.Context(), id)
			wantAttempts(t, now(t, w, id), "TERMINATED CANCELED", "register_a/0: TERMINATED CANCELED")
		})
	})
	t.Run("while it waits for the next", func(t *testing.T) {
		inBubble(t, func(t *testing.T, clock func(*Options)) {
			w := open(t, clock, does(fails(errReset)), withJob(retried(3, time.Minute), task("register_b", "", "register_a")))
			id := start(t, w, workspaces.RunRequest{})
			now(t, w, id)
			w.Cancel(t.Context(), id)
			r := now(t, w, id)
			wantAttempts(t, r, "TERMINATED CANCELED", "register_a/0: TERMINATED FAILED", "register_a/1: SKIPPED CANCELED", "register_b/0: SKIPPED UPSTREAM_CANCELED")
			if !r.Ended.Equal(june) {
				t.Errorf("it ended at %s and not at once", r.Ended)
			}
		})
	})
}

func TestARunThatTakesTooLongIsTimedOut(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		hour := func(j *workspaces.Job) { j.Timeout = time.Hour }
		w := open(t, clock, does(lasts(50*time.Minute), lasts(50*time.Minute)), jobWith(hour, task("register_a", ""), retriedAfter("register_b", "register_a"), task("register_c", "", "register_b")))
		id := start(t, w, workspaces.RunRequest{})
		time.Sleep(2 * time.Hour)
		r := now(t, w, id)
		wantAttempts(t, r, "TERMINATED TIMEDOUT", "register_a/0: TERMINATED SUCCESS", "register_b/0: TERMINATED CANCELED", "register_c/0: SKIPPED UPSTREAM_CANCELED")
		if got, want := r.Status.Message, "the run took longer than the timeout of its job, 1h0m0s; not done: register_b, register_c"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
		if !r.Ended.Equal(june.Add(time.Hour)) {
			t.Errorf("it ended at %s", r.Ended)
		}
	})
}

func retriedAfter(key, after string) workspaces.Task {
	x := task(key, "", after)
	x.MaxRetries = 1
	return x
}
