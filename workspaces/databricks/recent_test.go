package databricks

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// A console that is open for months keeps what is in sight, and what was lately.
func TestWhatIsKeptOfRunsDoesNotGrow(t *testing.T) {
	clock := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	s := double.Start(t, now)
	var log strings.Builder
	w := Open(Options{
		Name: "medpag", Host: s.URL, Token: func(context.Context) (string, error) { return s.Token, nil }, Environ: func(string) (string, bool) { return "", false },
		Timeout: time.Minute, Rate: 100_000, Redact: func(...string) {}, Follow: true, Now: now, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Pause: func(context.Context, time.Duration) error { return nil },
	})
	t.Cleanup(func() { w.Close() })
	job := s.AddJob(jobs.JobSettings{Name: "j", MaxConcurrentRuns: 1, Tasks: []jobs.Task{
		{TaskKey: "a", SparkPythonTask: &jobs.SparkPythonTask{PythonFile: "f"}}, {TaskKey: "b", SparkPythonTask: &jobs.SparkPythonTask{PythonFile: "f"}},
	}})
	const days, shown, perDay = 60, 10, 4
	var all []int64
	look := func(limit int) {
		t.Helper()
		if _, err := w.Runs(t.Context(), job, limit); err != nil {
			t.Fatal(err)
		}
	}
	for range days * perDay {
		clock = clock.Add(24 * time.Hour / perDay)
		run := s.StartRun(t, "j")
		all = append(all, run)
		for _, task := range []string{"a", "b"} {
			s.SetTask(run, task, double.State{
				LifeCycle: jobs.RunLifeCycleStateTerminated, Result: jobs.RunResultStateFailed,
				Output: &jobs.RunOutput{Error: "no", Logs: fmt.Sprintf("said by %s of %d.\n", task, run)},
			})
		}
		s.EndRun(run, double.State{LifeCycle: jobs.RunLifeCycleStateTerminated, Result: jobs.RunResultStateFailed})
		s.ChangeRun(run, func(r *jobs.Run) { r.Tasks[0].AttemptNumber = 1 }) // so that it costs a further call
		look(shown)
	}
	w.mu.Lock()
	settled, said, tries, followed := len(w.settled.kept), len(w.said.kept), len(w.tries.kept), len(w.follow.attempts)
	w.mu.Unlock()
	if most := shown + 4; settled < shown || settled > most || said < 2*shown || said > 2*most || tries > most {
		t.Errorf("kept are %d runs, %d errors and %d tries", settled, said, tries)
	}
	if week := 2 * perDay * 7; followed < week || followed > week+2*(shown+4) {
		t.Errorf("%d attempts are followed", followed)
	}
	// Whoever looks further back makes nothing be said again.
	look(0)
	look(0)
	for _, run := range all {
		if n := strings.Count(log.String(), fmt.Sprintf("said by a of %d.", run)); n != 1 {
			t.Errorf("what run %d says is in the log %d times", run, n)
		}
	}
	if runs, err := w.Runs(t.Context(), job, 1); err != nil || runs[0].Status.Result != workspaces.Failed || !strings.Contains(runs[0].Status.Message, "no") {
		t.Errorf("%+v, %v", runs, err)
	}
}
