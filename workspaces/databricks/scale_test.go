package databricks_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"runtime"
	"testing"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks"
	"featops/workspaces/databricks/double"
)

// large is a workspace that has jobs with runs of four tasks each, of which featops is to watch the first ones.
func large(t testing.TB, all, watched, runsOfEach int) (*double.Server, *databricks.Workspace) {
	t.Helper()
	clock := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	s := double.Start(t, func() time.Time { return clock })
	o := databricks.Options{
		Name: "medpag", Host: s.URL, Token: func(context.Context) (string, error) { return s.Token, nil },
		Environ: func(string) (string, bool) { return "", false }, Timeout: time.Minute, Rate: 100_000, Redact: func(...string) {},
		Warehouse: "w1", Catalog: "main", Database: "fs", Follow: true, Pause: func(context.Context, time.Duration) error { return nil },
		Now: func() time.Time { return clock }, Log: slog.New(slog.DiscardHandler),
	}
	for n := range all {
		job := settings()
		job.Name = fmt.Sprintf("job %d", n)
		s.AddJob(job)
		for range runsOfEach {
			id := s.StartRun(t, job.Name)
			for _, task := range job.Tasks {
				s.SetTask(id, task.TaskKey, double.Succeeded)
			}
			s.EndRun(id, double.Succeeded)
			clock = clock.Add(time.Minute)
		}
		if n < watched {
			o.Jobs = append(o.Jobs, workspaces.Job{Name: job.Name, Tags: map[string]string{"stage": "feature"}})
		}
	}
	w := databricks.Open(o)
	t.Cleanup(func() { w.Close() })
	return s, w
}

// look does what the engine does at every interval, but for the tables.
func look(t testing.TB, w *databricks.Workspace) (runs int) {
	t.Helper()
	found, err := w.Jobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range found {
		all, err := w.Runs(t.Context(), j.ID, 20)
		if err != nil {
			t.Fatal(err)
		}
		runs += len(all)
	}
	return runs
}

// A look costs two calls a job, however many other jobs there are and however long all of them have run.
func TestTheCallsOfALookDoNotGrowWithHistory(t *testing.T) {
	for _, c := range []struct{ all, watched, runs int }{{1, 1, 1}, {1, 1, 20}, {1, 1, 400}, {60, 1, 20}, {60, 3, 25}} {
		s, w := large(t, c.all, c.watched, c.runs)
		for n := range 3 {
			s.Forget()
			runs := look(t, w)
			calls := len(s.Calls())
			if n == 0 {
				calls-- // what the host is
			}
			if calls != 2*c.watched || runs != c.watched*min(c.runs, 20) {
				t.Errorf("look %d at %d of %d jobs with %d runs each: %d calls for %d runs", n, c.watched, c.all, c.runs, calls, runs)
			}
		}
	}
}

// What is kept of a workspace does not grow by looking at it.
func TestLookingKeepsNothing(t *testing.T) {
	s, w := large(t, 5, 5, 5)
	look(t, w)
	before := heap()
	for range 10 {
		look(t, w)
		s.Forget()
	}
	if grown := heap() - before; grown > 1<<19 {
		t.Errorf("ten looks have kept %d bytes", grown)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What looks cost at a workspace of 500 jobs and 10,000 runs: calls by the minute with the interval of one minute that is the default, and
// the memory that is kept.
func BenchmarkALookAtALargeWorkspace(b *testing.B) {
	for _, watched := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("watched=%d", watched), func(b *testing.B) {
			s, w := large(b, 500, watched, 20)
			before := heap()
			look(b, w)
			s.Forget()
			b.ReportAllocs()
			for b.Loop() {
				look(b, w)
			}
			b.ReportMetric(float64(len(s.Calls()))/float64(b.N), "calls/min")
			s.Forget()
			b.ReportMetric(float64(heap()-before)/(1<<20), "MiB-kept")
		})
	}
}

// What a look at the 20 runs of a job costs featops alone: the answer of the workspace is ready.
func BenchmarkALookAtRuns(b *testing.B) {
	s, w := large(b, 1, 1, 20)
	found, err := w.Jobs(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	job := found[0].ID
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, fmt.Sprintf("%s/api/2.2/jobs/runs/list?job_id=%d&expand_tasks=true&limit=20", s.URL, job), nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		b.Fatal(err)
	}
	s.Fail("GET /api/2.2/jobs/runs/list", math.MaxInt, double.Fault{Raw: string(text)})
	b.ReportAllocs()
	for b.Loop() {
		if runs, err := w.Runs(b.Context(), job, 20); err != nil || len(runs) != 20 {
			b.Fatal(len(runs), err)
		}
		s.Forget()
	}
	b.ReportMetric(float64(len(text))/1024, "KiB-answer")
}
