package databricks_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/google/go-cmp/cmp"
)

// started starts a run of the job of medpag.
func (x *world) started(t *testing.T, only ...string) (job, run int64) {
	t.Helper()
	job = x.AddJob(settings())
	return job, must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job, Only: only}))
}

// The same is read from either form of states.
func TestStatesOfEitherForm(t *testing.T) {
	for _, c := range []struct {
		state double.State
		want  workspaces.Status
	}{
		{double.Running, workspaces.Status{LifeCycle: workspaces.Running}},
		{double.Waiting, workspaces.Status{LifeCycle: workspaces.WaitingForRetry}},
		{double.State{LifeCycle: jobs.RunLifeCycleStateQueued}, workspaces.Status{LifeCycle: workspaces.Queued}},
		{double.State{LifeCycle: "SLEEPING"}, workspaces.Status{LifeCycle: "SLEEPING"}},
		{double.Succeeded, workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}},
		{double.Failed, workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed, Message: double.Failed.Message}},
		{double.Cancelled, workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled, Message: "Run cancelled."}},
		{double.TooMany, workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.TooManyRuns}},
		{double.Broken, workspaces.Status{LifeCycle: workspaces.InternalError, Result: workspaces.Failed, Message: double.Broken.Message}},
	} {
		for form, of := range map[double.Form]string{double.OldStates: "old", double.NewStates: "new"} {
			x := open(t)
			_, id := x.started(t)
			x.SetForm(id, form)
			x.SetTask(id, "fs_cus_holding_products", c.state)
			r := must[workspaces.Run](t)(x.w.Run(t.Context(), id))
			i := slices.IndexFunc(r.Tasks, func(t workspaces.TaskRun) bool { return t.Key == "fs_cus_holding_products" })
			if got := r.Tasks[i].Status; got != c.want {
				t.Errorf("%v in the %s form: %+v, want %+v", c.state.LifeCycle, of, got, c.want)
			}
		}
	}
	x := open(t)
	_, id := x.started(t)
	x.SetForm(id, double.NoStates)
	if r := must[workspaces.Run](t)(x.w.Run(t.Context(), id)); r.Status.Ended() {
		t.Errorf("a run that tells no state has ended: %+v", r.Status)
	}
}

// The result of a whole run is its own, also where it has ended with failures.
func TestALookAtRunsIsTheNewestFirst(t *testing.T) {
	x := open(t)
	job := x.AddJob(settings())
	var want []int64
	for range 30 {
		id := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
		x.EndRun(id, double.Succeeded)
		x.pass(time.Hour)
		want = append(want, id)
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 20, 27, 30, 100, 0} {
		x.Forget()
		var got []int64
		for _, r := range must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, limit)) {
			got = append(got, r.ID)
		}
		n := min(limit, 30)
		if limit == 0 {
			n = 30
		}
		if !slices.Equal(got, want[:n]) {
			t.Errorf("limit %d: %v", limit, got)
		}
		if calls := len(x.Calls()); calls != (n+24)/25 {
			t.Errorf("limit %d costs %d calls", limit, calls)
		}
	}
}

// However many runs there were, and however large they were, a look costs the same.
func TestTheCostOfALookDoesNotGrow(t *testing.T) {
	x := open(t)
	s := settings()
	for n := range 120 {
		s.Tasks = append(s.Tasks, jobs.Task{TaskKey: fmt.Sprintf("t%d", n)})
	}
	job := x.AddJob(s)
	for range 3 {
		x.EndRun(must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job})), double.Succeeded)
		x.pass(time.Hour)
	}
	if n := len(must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 20))[2].Tasks); n != 124 {
		t.Errorf("%d tasks", n)
	}
	x.Forget()
	must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 20))
	if calls := x.Calls(); len(calls) != 1 {
		t.Errorf("calls %v", calls)
	}
	must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
	x.Forget()
	must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 20))
	if calls := x.Calls(); len(calls) != 3 { // the list, and the two pages of the run that is under way
		t.Errorf("calls %v", calls)
	}
}

func TestARunTellsItsParametersAndTimes(t *testing.T) {
	x := open(t)
	job := x.AddJob(settings())
	id := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job, Parameters: map[string]string{"start_date": "2024-01-01"}, Only: []string{"fs_cus_holding_products"}}))
	began := x.now()
	x.pass(time.Minute)
	x.SetTask(id, "fs_cus_holding_products", double.Running)
	x.pass(time.Minute)
	x.SetTask(id, "fs_cus_holding_products", double.Succeeded)
	x.EndRun(id, double.Succeeded)
	want := workspaces.Run{
		ID: id, JobID: job, Job: jobName, Workspace: "medpag", Status: workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success},
		Parameters: map[string]string{"start_date": "2024-01-01"}, Queued: began, Started: began, Ended: began.Add(2 * time.Minute),
		Tasks: []workspaces.TaskRun{{
			Key: "fs_cus_holding_products", Status: workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success},
			Started: began.Add(time.Minute), Ended: began.Add(2 * time.Minute),
		}},
	}
	if diff := cmp.Diff(want, must[workspaces.Run](t)(x.w.Run(t.Context(), id))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]workspaces.Run{want}, must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 5))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Databricks does not say that a run was started for some tasks: it has no others.
func TestARunOfSomeTasksTellsWhich(t *testing.T) {
	x := open(t)
	job := x.AddJob(settings())
	must[[]workspaces.Job](t)(x.w.Jobs(t.Context()))
	for _, want := range [][]string{nil, {"fs_cus_holding_products", "fs_cus_transactions"}} {
		id := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job, Only: want}))
		if got := must[workspaces.Run](t)(x.w.Run(t.Context(), id)).Only; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestWhatIsNotThereIsToldAsThat(t *testing.T) {
	x := open(t)
	if _, err := x.w.Run(t.Context(), 5); !errors.Is(err, workspaces.ErrNoRun) {
		t.Error(err)
	}
	if err := x.w.Cancel(t.Context(), 5); !errors.Is(err, workspaces.ErrNoRun) {
		t.Error(err)
	}
	job := x.AddJob(settings())
	var unknown *workspaces.UnknownTaskError
	if _, err := x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job, Only: []string{"fs_no"}}); !errors.As(err, &unknown) {
		t.Error(err)
	}
}

// A call that is lost on its way, and so is repeated, starts one run; another call starts another, whatever became of the
// first.
func TestARunIsStartedOnceForEachIntent(t *testing.T) {
	x := open(t)
	job := x.AddJob(settings())
	x.Fail("POST /api/2.2/jobs/run-now", 1, double.Fault{Cut: true})
	first := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
	x.EndRun(first, double.Broken)
	second := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
	runs := must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 0))
	if first == second || len(runs) != 2 {
		t.Errorf("runs %d and %d, of %d", first, second, len(runs))
	}
}

func TestAJobWithoutParametersOfItsOwnGivesThemToItsNotebooks(t *testing.T) {
	x := open(t)
	s := settings()
	s.Parameters = nil
	job := x.AddJob(s)
	want := map[string]string{"start_date": "2024-01-01"}
	id := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job, Parameters: want}))
	x.SetTask(id, "fs_cus_holding_products", double.Failed)
	x.EndRun(id, double.Failed)
	for range 2 {
		r := must[workspaces.Run](t)(x.w.Run(t.Context(), id))
		if diff := cmp.Diff(want, r.Parameters); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if !r.Status.Ended() {
			break
		}
		must[int64](t)(x.w.Repair(t.Context(), workspaces.RepairRequest{Run: id}))
	}
}

func TestCancellingTakesItsTime(t *testing.T) {
	x := open(t)
	_, id := x.started(t)
	for range 2 {
		if err := x.w.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if s := must[workspaces.Run](t)(x.w.Run(t.Context(), id)).Status; s.LifeCycle != workspaces.Terminating {
		t.Errorf("%+v", s)
	}
	x.EndRun(id, double.Cancelled)
	if s := must[workspaces.Run](t)(x.w.Run(t.Context(), id)).Status; !s.Canceled() {
		t.Errorf("%+v", s)
	}
}

func TestRepairs(t *testing.T) {
	x := open(t)
	job := x.AddJob(settings())
	id := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job, Parameters: map[string]string{"start_date": "2024-01-01"}}))
	if _, err := x.w.Repair(t.Context(), workspaces.RepairRequest{Run: id}); !errors.As(err, new(*workspaces.NoRepairError)) {
		t.Errorf("a run that is under way: %v", err)
	}
	for _, key := range []string{"fs_cus_holding_products", "fs_cus_payment_behavior", "feature_registry"} {
		x.SetTask(id, key, double.Succeeded)
	}
	for n := range 3 {
		x.pass(time.Minute)
		x.SetTask(id, "fs_cus_transactions", double.Failed)
		x.EndRun(id, double.Broken)
		x.pass(time.Minute)
		number := must[int64](t)(x.w.Repair(t.Context(), workspaces.RepairRequest{Run: id}))
		r := must[workspaces.Run](t)(x.w.Run(t.Context(), id))
		if number != int64(n)+1 || len(r.Repairs) != n+1 {
			t.Fatalf("repair %d of %+v", number, r.Repairs)
		}
		last := r.Repairs[n]
		slices.Sort(last.Tasks)
		if last.ID != number || !slices.Equal(last.Tasks, []string{"feature_registry", "fs_cus_transactions"}) || !last.Started.Equal(x.now()) || !last.Ended.IsZero() {
			t.Errorf("%+v", last)
		}
		if r.Parameters["start_date"] != "2024-01-01" {
			t.Errorf("repair %d has the parameters %v", number, r.Parameters)
		}
		newest := r.Newest()
		i := slices.IndexFunc(newest, func(t workspaces.TaskRun) bool { return t.Key == "fs_cus_transactions" })
		if newest[i].Attempt != n+1 || newest[i].Status.Ended() {
			t.Errorf("%+v", newest[i])
		}
		if got := must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 5))[0]; !cmp.Equal(got.Repairs, r.Repairs) {
			t.Errorf("a list tells %+v", got.Repairs)
		}
	}
	x.SetTask(id, "fs_cus_transactions", double.Succeeded)
	x.EndRun(id, double.Succeeded)
	r := must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 5))[0]
	if !r.Status.Succeeded() || !r.Repairs[2].Status.Succeeded() || r.Repairs[0].Status.Succeeded() {
		t.Errorf("%+v of %+v", r.Repairs, r.Status)
	}
}

// A repair of a run that was started for some tasks knows only these.
func TestARepairOfSomeTasks(t *testing.T) {
	x := open(t)
	_, id := x.started(t, "fs_cus_transactions")
	x.SetTask(id, "fs_cus_transactions", double.Failed)
	x.EndRun(id, double.Failed)
	must[int64](t)(x.w.Repair(t.Context(), workspaces.RepairRequest{Run: id}))
	if r := must[workspaces.Run](t)(x.w.Run(t.Context(), id)); !slices.Equal(r.Repairs[0].Tasks, []string{"fs_cus_transactions"}) {
		t.Errorf("%+v", r.Repairs)
	}
}

func TestARunSaysWhatWentWrong(t *testing.T) {
	x := open(t)
	job, id := x.started(t)
	x.SetTask(id, "fs_cus_holding_products", double.Failed.Saying(jobs.RunOutput{Error: "\x1b[0;31mValueError\x1b[0m: column periodo: \"2024-13\" is no month\nmore", ErrorTrace: "line 3"}))
	x.EndRun(id, double.Broken)
	const why = "ValueError: column periodo: \"2024-13\" is no month"
	for range 2 {
		x.Forget()
		r := must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 5))[0]
		if r.Status.Message != "task fs_cus_holding_products: "+why {
			t.Errorf("the run says %q", r.Status.Message)
		}
		i := slices.IndexFunc(r.Tasks, func(t workspaces.TaskRun) bool { return t.Key == "fs_cus_holding_products" })
		if got := r.Tasks[i].Status.Message; got != why+"\nmore" {
			t.Errorf("the task says %q", got)
		}
	}
	if n := x.counted("get-output"); n != 0 {
		t.Errorf("%d further calls", n)
	}
}

func TestAnErrorThatCannotBeFetchedChangesNothing(t *testing.T) {
	x := open(t)
	_, id := x.started(t, "fs_cus_transactions")
	x.SetTask(id, "fs_cus_transactions", double.Failed.Saying(jobs.RunOutput{Error: "no"}))
	x.EndRun(id, double.Failed)
	x.Fail("GET /api/2.2/jobs/runs/get-output", 1, double.Fault{Status: 403})
	for _, want := range []string{double.Failed.Message, "no"} {
		if got := must[workspaces.Run](t)(x.w.Run(t.Context(), id)).Tasks[0].Status.Message; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAnAttemptThatCannotBeAskedIsLeftAlone(t *testing.T) {
	x := open(t)
	job, id := x.started(t, "fs_cus_transactions")
	x.SetTask(id, "fs_cus_transactions", double.Failed)
	x.EndRun(id, double.Failed)
	x.Fail("GET /api/2.2/jobs/runs/get-output", 100, double.Fault{Status: 403})
	for range 10 {
		must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 20))
	}
	if n := x.counted("get-output"); n != 3 {
		t.Errorf("%d calls", n)
	}
}

func TestARetryIsAnAttempt(t *testing.T) {
	x := open(t)
	job, id := x.started(t, "fs_cus_transactions")
	x.SetTask(id, "fs_cus_transactions", double.Failed)
	x.pass(time.Minute)
	x.Retry(id, "fs_cus_transactions")
	x.SetTask(id, "fs_cus_transactions", double.Running)
	r := must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 1))[0]
	if len(r.Tasks) != 2 || r.Tasks[1].Attempt != 1 || r.Newest()[0].Status.LifeCycle != workspaces.Running || len(r.Repairs) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestWhatTasksSayIsLoggedOnce(t *testing.T) {
	x := open(t)
	s := settings()
	s.Tasks = []jobs.Task{{TaskKey: "fs_cus_transactions", PythonWheelTask: &jobs.PythonWheelTask{PackageName: "features"}}}
	job := x.AddJob(s)
	must[[]workspaces.Job](t)(x.w.Jobs(t.Context()))
	id := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
	look := func() string {
		x.pass(5 * time.Second)
		must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 20))
		return x.log.take()
	}
	says := func(s double.State, text string) string {
		x.SetTask(id, "fs_cus_transactions", s.Saying(jobs.RunOutput{Logs: text, Error: "", NotebookOutput: nil}))
		return look()
	}
	if got := look(); got != "" {
		t.Errorf("before it began: %s", got)
	}
	first := says(double.Running, "reading\ncompu")
	for _, want := range []string{"msg=reading", "workspace=medpag", "job=\"" + jobName, fmt.Sprintf("run=%d", id), "task=fs_cus_transactions", "table=fs_cus_transactions"} {
		if !strings.Contains(first, want) {
			t.Errorf("lacks %s: %s", want, first)
		}
	}
	if strings.Contains(first, "compu") {
		t.Errorf("a line that is not whole: %s", first)
	}
	if got := look(); got != "" {
		t.Errorf("again: %s", got)
	}
	many := strings.Repeat("row\n", 2000)
	if got := says(double.Running, "reading\ncomputing\n"+many); !strings.Contains(got, "msg=computing") || strings.Contains(got, "reading") {
		t.Error(got)
	}
	// of a long text the end is kept
	if got := says(double.Running, many+"writing\n"); !strings.Contains(got, "msg=writing") || strings.Contains(got, "row") {
		t.Error(got)
	}
	if got := says(double.Running, "far beyond\n"); !strings.Contains(got, "are lost") || !strings.Contains(got, "far beyond") {
		t.Error(got)
	}
	x.SetTask(id, "fs_cus_transactions", double.Failed.Saying(jobs.RunOutput{Logs: "far beyond\nthe end", Error: "it broke", ErrorTrace: "here\nand there"}))
	x.EndRun(id, double.Failed)
	got := look()
	for _, want := range []string{"msg=\"the end\"", "level=ERROR msg=\"it broke\"", "level=ERROR msg=here", "msg=\"and there\""} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s: %s", want, got)
		}
	}
	if got := look(); got != "" {
		t.Errorf("after the end: %s", got)
	}
}

func TestANotebookIsHeardAtItsEnd(t *testing.T) {
	x := open(t)
	job, id := x.started(t, "fs_cus_transactions")
	x.SetTask(id, "fs_cus_transactions", double.Running)
	x.Forget()
	must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 20))
	if n := x.counted("get-output"); n != 0 {
		t.Errorf("%d calls for what says nothing yet", n)
	}
	x.pass(time.Minute)
	x.SetTask(id, "fs_cus_transactions", double.Succeeded.Saying(jobs.RunOutput{NotebookOutput: &jobs.NotebookOutput{Result: "1000 rows"}}))
	x.EndRun(id, double.Succeeded)
	must[[]workspaces.Run](t)(x.w.Runs(t.Context(), job, 20))
	if got := x.log.take(); !strings.Contains(got, "the notebook returned: 1000 rows") {
		t.Error(got)
	}
}
