package embedded

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// The tables of the jobs here: good ones have a source, the bad one has a source of the wrong type, the
// far one has none.
var (
	wrong = features.Source{Database: "demo_db", Name: "wrong", Columns: visits.Columns}
	far   = features.Source{Database: "demo_db", Name: "far", Columns: visits.Columns}
)

func withJob(tasks ...workspaces.Task) func(*Options) {
	return func(o *Options) {
		o.Jobs = []workspaces.Job{{Name: "[dev ana] demo", Tasks: tasks}}
		o.Tables = []features.Table{
			tableOf("good1", visits, countFeature), tableOf("good2", visits, countFeature), tableOf("good3", visits, countFeature),
			tableOf("bad", wrong, countFeature), tableOf("distant", far, countFeature),
		}
	}
}

func task(key string, runIf workspaces.RunIf, after ...string) workspaces.Task {
	t := workspaces.Task{Key: key, RunIf: runIf, DependsOn: after, Table: key}
	if workspaces.IsRegistry(key) {
		t.Table = ""
	}
	return t
}

// openJob opens a workspace with a job and the sources for it.
func openJob(t testing.TB, change ...func(*Options)) *Workspace {
	t.Helper()
	w := open(t, change...)
	putJobSources(t, w)
	return w
}

func putJobSources(t testing.TB, w *Workspace) {
	t.Helper()
	put(t, w, visits, twoCustomers)
	bad := wrong
	bad.Columns = schema.Schema{{Name: "id", Type: schema.BigInt}, {Name: "month", Type: schema.String}, {Name: "n", Type: schema.String}}
	put(t, w, bad, `{"id": 1, "month": "2024-01", "n": "one"}`)
}

// results are the states of a run and its tasks: key, life cycle, result.
func statesOf(r workspaces.Run) []string {
	out := []string{fmt.Sprintf("%s %s", r.Status.LifeCycle, r.Status.Result)}
	for _, t := range r.Tasks {
		out = append(out, fmt.Sprintf("%s: %s %s", t.Key, t.Status.LifeCycle, t.Status.Result))
	}
	return out
}

func wantStates(t testing.TB, r workspaces.Run, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, statesOf(r)); diff != "" {
		t.Errorf("states (-want +got):\n%s\n%+v", diff, r)
	}
}

func TestRunGoesOnAfterAFailure(t *testing.T) {
	w := openJob(t, withJob(
		task("bad", ""),
		task("good1", workspaces.AllDone, "bad"),
		task("feature_registry", workspaces.AllDone, "good1"),
	))
	r := ended(t, w, start(t, w, workspaces.RunRequest{}))
	wantStates(t, r, "TERMINATED SUCCESS_WITH_FAILURES", "bad: TERMINATED FAILED", "good1: TERMINATED SUCCESS", "feature_registry: TERMINATED SUCCESS")
	wantError(t, errors.New(r.Tasks[0].Status.Message), "source demo_db.wrong", "column n is STRING")
	if got, want := r.Tasks[1].Status.Message, "written: version 0, 3 rows"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if got, want := r.Tasks[2].Status.Message, "nothing to register"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	want := &workspaces.Build{Table: "good1", Mode: workspaces.Overwrite, Rows: 3, Changes: workspaces.Changes{Inserted: 3}}
	if diff := cmp.Diff(want, r.Tasks[1].Build); diff != "" {
		t.Errorf("build (-want +got):\n%s", diff)
	}
	again := ended(t, w, start(t, w, workspaces.RunRequest{}))
	if got, want := again.Tasks[1].Status.Message, "up to date: version 0, 3 rows"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestRunIfInARun(t *testing.T) {
	w := openJob(t, withJob(
		task("bad", ""),
		task("good1", "", "bad"),
		task("good2", workspaces.AtLeastOneFailed, "bad"),
		task("good3", workspaces.AllFailed, "good2"),
		task("register_after_excluded", workspaces.AllDone, "good3"),
		task("register_after_both", workspaces.NoneFailed, "good2", "good3"),
	))
	r := ended(t, w, start(t, w, workspaces.RunRequest{}))
	wantStates(t, r, "TERMINATED FAILED",
		"bad: TERMINATED FAILED",
		"good1: SKIPPED UPSTREAM_FAILED",
		"good2: TERMINATED SUCCESS",
		"good3: SKIPPED EXCLUDED",
		"register_after_excluded: SKIPPED EXCLUDED",
		"register_after_both: TERMINATED SUCCESS",
	)
	if got, want := r.Tasks[1].Status.Message, "run_if ALL_SUCCESS is not met: bad FAILED"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestOnlyAndIgnore(t *testing.T) {
	ignored := task("good2", "", "good1")
	ignored.Parameters = map[string]string{"ignore": "True"}
	w := openJob(t, withJob(task("good1", ""), ignored, task("good3", "", "good2")))
	t.Run("a task that is not asked for is disabled, and stands in nobody's way", func(t *testing.T) {
		r := ended(t, w, start(t, w, workspaces.RunRequest{Only: []string{"good3"}}))
		wantStates(t, r, "TERMINATED SUCCESS", "good1: SKIPPED DISABLED", "good2: SKIPPED DISABLED", "good3: TERMINATED SUCCESS")
		if got, want := r.Tasks[0].Status.Message, "this run is for good3"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
	})
	// Defect of the reference: an ignored task failed.
	t.Run("an ignored task is skipped", func(t *testing.T) {
		r := ended(t, w, start(t, w, workspaces.RunRequest{}))
		wantStates(t, r, "TERMINATED SUCCESS", "good1: TERMINATED SUCCESS", "good2: SKIPPED DISABLED", "good3: TERMINATED SUCCESS")
	})
	t.Run("a run in which all is skipped succeeds", func(t *testing.T) {
		r := ended(t, w, start(t, w, workspaces.RunRequest{Parameters: map[string]string{"ignore": "true"}}))
		wantStates(t, r, "TERMINATED SUCCESS", "good1: SKIPPED DISABLED", "good2: SKIPPED DISABLED", "good3: SKIPPED DISABLED")
		if got, want := r.Status.Message, "every task was skipped"; got != want {
			t.Errorf("message %q, want %q", got, want)
		}
	})
	t.Run("an unknown task is an error", func(t *testing.T) {
		_, err := w.RunNow(t.Context(), workspaces.RunRequest{JobID: 1, Only: []string{"good9"}})
		wantError(t, err, `task "good9" is unknown`, "good1")
	})
}

func TestTableWithoutASource(t *testing.T) {
	t.Run("is skipped, and stands in nobody's way", func(t *testing.T) {
		w := openJob(t, withJob(task("distant", ""), task("good1", "", "distant")))
		r := ended(t, w, start(t, w, workspaces.RunRequest{}))
		wantStates(t, r, "TERMINATED SUCCESS", "distant: SKIPPED EXCLUDED", "good1: TERMINATED SUCCESS")
		wantError(t, errors.New(r.Tasks[0].Status.Message), "source demo_db.far is not here", "featops ingest far")
	})
	t.Run("fails when it was asked for by name", func(t *testing.T) {
		w := openJob(t, withJob(task("distant", "")))
		r := ended(t, w, start(t, w, workspaces.RunRequest{Only: []string{"distant"}}))
		wantStates(t, r, "TERMINATED FAILED", "distant: TERMINATED FAILED")
	})
	t.Run("fails when it was built before", func(t *testing.T) {
		w := openJob(t, withJob(task("distant", "")))
		mustBuild(t, w, tableOf("distant", visits, countFeature), nil)
		r := ended(t, w, start(t, w, workspaces.RunRequest{}))
		wantStates(t, r, "TERMINATED FAILED", "distant: TERMINATED FAILED")
		wantError(t, errors.New(r.Tasks[0].Status.Message), "source demo_db.far is not here")
	})
}

// blockade is work that waits until it is cancelled, or let through.
type blockade struct{ reached, pass chan struct{} }

func newBlockade() blockade {
	return blockade{make(chan struct{}, 10), make(chan struct{})}
}

func (b blockade) RegisterInto(ctx context.Context, _ string) (string, error) {
	b.reached <- struct{}{}
	select {
	case <-b.pass:
		return "1 registered", nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (b blockade) use(o *Options) { o.Registrar = b }

func TestTasksOfARunAppearAtOnceAndRunAtTheSameTime(t *testing.T) {
	b := newBlockade()
	w := open(t, b.use, withJob(task("register_a", ""), task("register_b", ""), task("register_c", "", "register_a", "register_b")))
	id := start(t, w, workspaces.RunRequest{Parameters: map[string]string{"end_date": "2024-05-01"}})
	<-b.reached
	<-b.reached // both wait, at the same time
	r, err := w.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := workspaces.Run{
		ID: 1, JobID: 1, Job: "[dev ana] demo", Workspace: "bncapers", Queued: june, Started: june,
		Status: workspaces.Status{LifeCycle: workspaces.Running}, Parameters: map[string]string{"end_date": "2024-05-01"},
		Tasks: []workspaces.TaskRun{
			{Key: "register_a", Status: workspaces.Status{LifeCycle: workspaces.Running}, Started: june},
			{Key: "register_b", Status: workspaces.Status{LifeCycle: workspaces.Running}, Started: june},
			{Key: "register_c", Status: workspaces.Status{LifeCycle: workspaces.Blocked}},
		},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	close(b.pass)
	r = ended(t, w, id)
	wantStates(t, r, "TERMINATED SUCCESS", "register_a: TERMINATED SUCCESS", "register_b: TERMINATED SUCCESS", "register_c: TERMINATED SUCCESS")
	if !r.Ended.Equal(june) || !r.Tasks[2].Ended.Equal(june) {
		t.Errorf("the end has no time: %+v", r)
	}
	runs, err := w.Runs(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]workspaces.Run{r}, runs); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestCancel(t *testing.T) {
	b := newBlockade()
	w := openJob(t, b.use, withJob(task("register_a", ""), task("good1", "", "register_a"), task("good2", workspaces.AllDone, "good1")))
	id := start(t, w, workspaces.RunRequest{})
	<-b.reached
	if err := w.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	r := ended(t, w, id)
	wantStates(t, r, "TERMINATED CANCELED", "register_a: TERMINATED CANCELED", "good1: SKIPPED UPSTREAM_CANCELED", "good2: SKIPPED UPSTREAM_CANCELED")
	if got, want := r.Status.Message, "the run was cancelled; not done: register_a, good1, good2"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if err := w.Cancel(t.Context(), id); err != nil {
		t.Errorf("cancel of a run that has ended: %v", err)
	}
	if err := w.Cancel(t.Context(), 99); !errors.Is(err, workspaces.ErrNoRun) {
		t.Errorf("cancel of no run: %v", err)
	}
	if _, err := w.Table(t.Context(), "good1"); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("a task after the cancelled one built its table: %v", err)
	}
}

func TestCancelShowsTerminating(t *testing.T) {
	stay, stopping := make(chan struct{}), make(chan struct{})
	w := open(t, withJob(task("register_a", "")), func(o *Options) {
		o.Registrar = registrar(func(ctx context.Context, _ string) (string, error) {
			stopping <- struct{}{}
			<-ctx.Done()
			<-stay
			return "", context.Cause(ctx)
		})
	})
	id := start(t, w, workspaces.RunRequest{})
	<-stopping
	if err := w.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	r := await(t, w, id, func(r workspaces.Run) bool { return r.Status.LifeCycle == workspaces.Terminating })
	wantStates(t, r, "TERMINATING ", "register_a: TERMINATING ")
	close(stay)
	ended(t, w, id)
}

func TestCloseCancelsRunsAndWaits(t *testing.T) {
	b := newBlockade()
	o := optionsIn(filepath.Join(t.TempDir(), "w"))
	b.use(&o)
	withJob(task("register_a", ""))(&o)
	w := openWith(t, o)
	id := start(t, w, workspaces.RunRequest{})
	<-b.reached
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.RunNow(t.Context(), workspaces.RunRequest{JobID: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("run after close: %v", err)
	}
	r, err := openWith(t, o).Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	wantStates(t, r, "TERMINATED CANCELED", "register_a: TERMINATED CANCELED")
	if got, want := r.Tasks[0].Status.Message, "featops is stopping"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestMaxConcurrentRuns(t *testing.T) {
	b := newBlockade()
	w := open(t, b.use, withJob(task("register_a", "")))
	first := start(t, w, workspaces.RunRequest{})
	<-b.reached
	second := start(t, w, workspaces.RunRequest{})
	r, err := w.Run(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	want := workspaces.Run{
		ID: 2, JobID: 1, Job: "[dev ana] demo", Workspace: "bncapers", Queued: june, Ended: june,
		Status: workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.TooManyRuns,
			Message: "runs [1] are under way, and max_concurrent_runs is 1"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	close(b.pass)
	ended(t, w, first)
	third := ended(t, w, start(t, w, workspaces.RunRequest{}))
	wantStates(t, third, "TERMINATED SUCCESS", "register_a: TERMINATED SUCCESS")
	runs, err := w.Runs(t.Context(), 1, 2)
	if err != nil || len(runs) != 2 || runs[0].ID != 3 || runs[1].ID != 2 {
		t.Errorf("the newest two runs: %v, %v", runs, err)
	}
}

func TestPanicOfATaskEndsTheTaskAlone(t *testing.T) {
	w := openJob(t, withJob(task("register_a", ""), task("good1", workspaces.AllDone, "register_a")), func(o *Options) {
		o.Registrar = registrar(func(context.Context, string) (string, error) { panic("out of luck") })
	})
	r := ended(t, w, start(t, w, workspaces.RunRequest{}))
	wantStates(t, r, "TERMINATED SUCCESS_WITH_FAILURES", "register_a: INTERNAL_ERROR FAILED", "good1: TERMINATED SUCCESS")
	if got, want := r.Tasks[0].Status.Message, "panic: out of luck"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestTaskTimeout(t *testing.T) {
	slow := task("register_a", "")
	slow.Timeout = time.Nanosecond
	w := open(t, newBlockade().use, withJob(slow))
	r := ended(t, w, start(t, w, workspaces.RunRequest{}))
	wantStates(t, r, "TERMINATED FAILED", "register_a: TERMINATED TIMEDOUT")
	if got, want := r.Tasks[0].Status.Message, "task register_a took longer than its timeout of 1ns"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestRefusedSaveFailsTheTask(t *testing.T) {
	w := openJob(t, withJob(task("good1", "")), func(o *Options) {
		o.Decider = &decider{answer: answers(false, workspaces.ByTimeout)}
	})
	mustBuild(t, w, tableOf("good1", visits, countFeature, amountFeature), nil)
	r := ended(t, w, start(t, w, workspaces.RunRequest{}))
	wantStates(t, r, "TERMINATED FAILED", "good1: TERMINATED FAILED")
	if b := r.Tasks[0].Build; b == nil || !b.Refused || b.Question != "q1" {
		t.Errorf("build %+v", b)
	}
	if got, want := r.Tasks[0].Status.Message, "save of good1 in bncapers was refused by timeout: missing t_amount"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestCancelWithAnOpenQuestion(t *testing.T) {
	asked := make(chan struct{})
	w := openJob(t, withJob(task("good1", "")), func(o *Options) {
		o.Decider = &decider{answer: func(ctx context.Context, q workspaces.Question) (workspaces.Answer, error) {
			close(asked)
			<-ctx.Done()
			return workspaces.Answer{}, context.Cause(ctx)
		}}
	})
	mustBuild(t, w, tableOf("good1", visits, countFeature, amountFeature), nil)
	id := start(t, w, workspaces.RunRequest{})
	<-asked
	if err := w.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantStates(t, ended(t, w, id), "TERMINATED CANCELED", "good1: TERMINATED CANCELED")
	if v := versionOf(t, w, "good1"); v != 0 {
		t.Errorf("version %d", v)
	}
}

// A crash leaves what an unclosed workspace leaves on disk.
func TestRunsAfterACrash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "w")
	o := optionsIn(dir)
	withJob(task("good1", ""), task("register_a", "", "good1"), task("good2", "", "register_a"))(&o)
	b := newBlockade()
	o.Registrar = b
	w := openWith(t, o)
	putJobSources(t, w)
	id := start(t, w, workspaces.RunRequest{})
	<-b.reached
	later := &clock{at: june.Add(time.Hour)}
	o.Now = later.now
	t.Run("is left alone by who only looks", func(t *testing.T) {
		look := o
		look.ReadOnly = true
		r, err := openWith(t, look).Run(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, r, "RUNNING ", "good1: TERMINATED SUCCESS", "register_a: RUNNING ", "good2: BLOCKED ")
	})
	r, err := openWith(t, o).Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	wantStates(t, r, "INTERNAL_ERROR FAILED", "good1: TERMINATED SUCCESS", "register_a: INTERNAL_ERROR FAILED", "good2: SKIPPED CANCELED")
	for i, want := range []string{"written: version 0, 3 rows", "featops stopped while it was running", "featops stopped while it was running, before this task could begin"} {
		if got := r.Tasks[i].Status.Message; got != want {
			t.Errorf("task %s: message %q, want %q", r.Tasks[i].Key, got, want)
		}
	}
	if got, want := r.Status.Message, "featops stopped while it was running"; got != want || !r.Ended.Equal(later.at) {
		t.Errorf("message %q at %s, want %q at %s", got, r.Ended, want, later.at)
	}
}

func TestProgressIsShownWhileATaskRuns(t *testing.T) {
	c := &clock{at: june}
	w := open(t, func(o *Options) { o.Now = c.now })
	x := &execution{
		w: w, job: workspaces.Job{Tasks: []workspaces.Task{task("good1", "")}}, run: workspaces.Run{Tasks: []workspaces.TaskRun{{Key: "good1"}}},
	}
	tell := x.progress(0)
	shown := func() int64 { return x.state().Tasks[0].Progress.Rows }
	tell(workspaces.Progress{Stage: "read", Rows: 1})
	tell(workspaces.Progress{Stage: "read", Rows: 2})
	if got := shown(); got != 1 {
		t.Errorf("at once: %d rows, want 1 still", got)
	}
	tell(workspaces.Progress{Stage: "sort", Rows: 3})
	if got := shown(); got != 3 {
		t.Errorf("in the next stage: %d rows, want 3", got)
	}
	c.mu.Lock()
	c.at = june.Add(progressPause)
	c.mu.Unlock()
	tell(workspaces.Progress{Stage: "sort", Rows: 4})
	if got := shown(); got != 4 {
		t.Errorf("after a pause: %d rows, want 4", got)
	}
	select {
	case <-w.Changed():
	default:
		t.Error("nobody was told")
	}
}

func TestUnknownJob(t *testing.T) {
	w := open(t, withJob(task("good1", "")))
	_, errRun := w.RunNow(t.Context(), workspaces.RunRequest{JobID: 7})
	_, errRuns := w.Runs(t.Context(), 7, 1)
	for _, err := range []error{errRun, errRuns} {
		wantError(t, err, "job 7 is unknown in bncapers", "1 ([dev ana] demo)")
	}
	if _, err := w.Run(t.Context(), 7); !errors.Is(err, workspaces.ErrNoRun) {
		t.Errorf("error %v", err)
	}
}

// On a full disk the end of a run may not be recorded. Who waits for it is told all the same, and Close says that
// the record is missing.
func TestARunEndsAlsoWhenItsEndCannotBeRecorded(t *testing.T) {
	o := optionsIn(filepath.Join(t.TempDir(), "bncapers", "dev"))
	withJob(task("feature_registry", ""))(&o)
	reached, goOn := make(chan struct{}), make(chan struct{})
	o.Registrar = registrar(func(context.Context, string) (string, error) {
		close(reached)
		<-goOn
		return "nothing to register", nil
	})
	w, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.RunNow(t.Context(), workspaces.RunRequest{JobID: w.jobs[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	<-reached
	if _, err := w.store.db.ExecContext(t.Context(), "CREATE TRIGGER full BEFORE UPDATE ON runs BEGIN SELECT raise(ABORT, 'the disk is full'); END"); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	w.work.Wait()
	r, err := w.Run(t.Context(), id)
	if err != nil || !r.Status.Succeeded() {
		t.Errorf("the run is %+v (%v), want a success", r.Status, err)
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("Close says %v, want why the run is not recorded", err)
	}
}
