package databricks_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

const jobName = "[dev ana_ruiz] demo-feature-store"

// world is a workspace, the double behind it, and a clock.
type world struct {
	*double.Server
	w   *databricks.Workspace
	log *lines

	mu     sync.Mutex
	clock  time.Time
	hidden []string
}

func (w *world) hide(secrets ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hidden = append(w.hidden, secrets...)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// lines is a log as text.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// take returns what was logged since it was last called.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.all.Reset()
	return l.all.String()
}

func open(t *testing.T) *world {
	t.Helper()
	x := &world{clock: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), log: &lines{}}
	x.Server = double.Start(t, x.now)
	x.w = databricks.Open(databricks.Options{
		Name: "medpag", Host: x.URL, Token: func(context.Context) (string, error) { return x.Token, nil },
		Environ: func(string) (string, bool) { return "", false }, Timeout: time.Minute, Rate: 1000, Redact: x.hide,
		Warehouse: "w1", Catalog: "main", Database: "feature_store_demo_dev",
		Jobs:   []workspaces.Job{{Name: jobName, Tags: map[string]string{"stage": "feature", "environment": "dev"}}},
		Follow: true, Pause: func(context.Context, time.Duration) error { return nil }, Now: x.now, Log: slog.New(slog.NewTextHandler(x.log, nil)),
	})
	t.Cleanup(func() {
		if err := x.w.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// settings are those of the job of medpag.
func settings() jobs.JobSettings {
	feature := func(key string, after ...string) jobs.Task {
		t := jobs.Task{TaskKey: key, RunIf: jobs.RunIfAllDone, NotebookTask: &jobs.NotebookTask{
			NotebookPath: "/feature_store", BaseParameters: map[string]string{"fs_notebook": key},
		}}
		for _, a := range after {
			t.DependsOn = append(t.DependsOn, jobs.TaskDependency{TaskKey: a})
		}
		return t
	}
	return jobs.JobSettings{
		Name: jobName, Tags: map[string]string{"stage": "feature", "environment": "dev", "team": "aa"}, MaxConcurrentRuns: 1,
		Parameters: []jobs.JobParameterDefinition{{Name: "env", Default: "dev"}, {Name: "start_date", Default: "2019-01-01"}},
		Queue:      &jobs.QueueSettings{Enabled: true},
		Tasks: []jobs.Task{
			feature("feature_registry", "fs_cus_payment_behavior", "fs_cus_transactions"),
			feature("fs_cus_holding_products"),
			feature("fs_cus_payment_behavior", "fs_cus_holding_products"),
			feature("fs_cus_transactions", "fs_cus_holding_products"),
		},
	}
}

// must is for what a test takes for granted.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func keys(tasks []workspaces.Task) string {
	var out []string
	for _, t := range tasks {
		out = append(out, t.Key)
	}
	return strings.Join(out, " ")
}

// counted are the calls since the last Forget, by path.
func (x *world) counted(path string) int {
	return len(slices.DeleteFunc(x.Calls(), func(c string) bool { return !strings.HasSuffix(c, path) }))
}

// Whoever only watches jobs is not told at every look that there is no warehouse.
func TestWithoutAWarehouseThereAreNoTables(t *testing.T) {
	s := double.Start(t, time.Now)
	w := databricks.Open(databricks.Options{
		Name: "bncapers", Host: s.URL, Token: func(context.Context) (string, error) { return s.Token, nil }, Catalog: "main", Database: "fs",
		Environ: func(string) (string, bool) { return "", false }, Timeout: time.Minute, Redact: func(...string) {}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(func() { w.Close() })
	tables, errTables := w.Tables(t.Context())
	registered, errRegistered := w.Registrations(t.Context())
	if errTables != nil || errRegistered != nil || len(tables)+len(registered) > 0 {
		t.Errorf("%v, %v; %v, %v", tables, errTables, registered, errRegistered)
	}
	if _, err := w.History(t.Context(), "fs_cus_transactions", 1); err == nil || !strings.Contains(err.Error(), "names no SQL warehouse") {
		t.Errorf("history: %v", err)
	}
	if calls := s.Calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
}
