package databricks_test

import (
	"encoding/json"
	"testing"

	"featops/workspaces"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// answered reads a run, and a task in it, that Databricks answers with these states; each may be nil.
func (x *world) answered(t *testing.T, old *jobs.RunState, now *jobs.RunStatus) (run, task workspaces.Status) {
	t.Helper()
	text, err := json.Marshal(jobs.ListRunsResponse{Runs: []jobs.BaseRun{{
		RunId: 7, JobId: 5, RunName: jobName, StartTime: 1, State: old, Status: now,
		Tasks: []jobs.RunTask{{RunId: 8, TaskKey: "fs_cus_transactions", State: old, Status: now}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	x.Fail("GET /api/2.2/jobs/runs/list", 1, double.Fault{Raw: string(text)})
	x.Fail("GET /api/2.2/jobs/runs/get-output", 1, double.Fault{Raw: "{}"})
	r := must[[]workspaces.Run](t)(x.w.Runs(t.Context(), 5, 1))
	x.Heal()
	return r[0].Status, r[0].Tasks[0].Status
}

var (
	lives   = []workspaces.LifeCycle{workspaces.Blocked, workspaces.Pending, workspaces.Queued, workspaces.Running, workspaces.Terminating, workspaces.WaitingForRetry, "SLEEPING"}
	endings = []workspaces.LifeCycle{workspaces.Terminated, workspaces.Skipped, workspaces.InternalError}
	results = []workspaces.Result{
		"", workspaces.Success, workspaces.Failed, workspaces.Canceled, workspaces.TimedOut, workspaces.SuccessWithFailures, workspaces.UpstreamFailed,
		workspaces.UpstreamCanceled, workspaces.Excluded, workspaces.Disabled, workspaces.TooManyRuns, "SOMETHING_NEW",
	}
)

// Every life cycle with every result, in the older form, is told as it is; the life cycle alone says whether something has ended.
func TestEveryStateOfTheOlderForm(t *testing.T) {
	x := open(t)
	read := func(life workspaces.LifeCycle, result workspaces.Result) workspaces.Status {
		want := workspaces.Status{LifeCycle: life, Result: result, Message: "why"}
		run, task := x.answered(t, &jobs.RunState{
			LifeCycleState: jobs.RunLifeCycleState(life), ResultState: jobs.RunResultState(result), StateMessage: "why",
		}, nil)
		if run != want || task != want {
			t.Errorf("%s %s is told as %+v, and of a task as %+v", life, result, run, task)
		}
		return run
	}
	for _, life := range lives {
		for _, result := range results {
			if read(life, result).Ended() {
				t.Errorf("%s %s has ended", life, result)
			}
		}
	}
	for _, life := range endings {
		for _, result := range results {
			s := read(life, result)
			kinds := 0
			for _, is := range []bool{s.Succeeded(), s.Skipped(), s.Canceled(), s.Failed(), s.Result == workspaces.SuccessWithFailures} {
				if is {
					kinds++
				}
			}
			if !s.Ended() || kinds != 1 && s.Result != workspaces.SuccessWithFailures {
				t.Errorf("%s %s is of %d kinds", life, result, kinds)
			}
			if s.Succeeded() != (life == workspaces.Terminated && result == workspaces.Success) {
				t.Errorf("%s %s has succeeded", life, result)
			}
		}
	}
}

// What the newer form tells is told in the words of the older one.
func TestEveryStateOfTheNewerForm(t *testing.T) {
	x := open(t)
	for state, want := range map[jobs.RunLifecycleStateV2State]workspaces.LifeCycle{
		jobs.RunLifecycleStateV2StateBlocked: workspaces.Blocked, jobs.RunLifecycleStateV2StatePending: workspaces.Pending,
		jobs.RunLifecycleStateV2StateQueued: workspaces.Queued, jobs.RunLifecycleStateV2StateRunning: workspaces.Running,
		jobs.RunLifecycleStateV2StateTerminating: workspaces.Terminating, jobs.RunLifecycleStateV2StateWaiting: workspaces.WaitingForRetry, "SLEEPING": "SLEEPING",
	} {
		run, task := x.answered(t, nil, &jobs.RunStatus{State: state})
		if run != (workspaces.Status{LifeCycle: want}) || task != run || run.Ended() {
			t.Errorf("%s is told as %+v, and of a task as %+v", state, run, task)
		}
	}
	if run, _ := x.answered(t, nil, &jobs.RunStatus{State: jobs.RunLifecycleStateV2StateQueued, QueueDetails: &jobs.QueueDetails{Message: "too many"}}); run.Message != "too many" {
		t.Errorf("%+v", run)
	}
	type end struct {
		life   workspaces.LifeCycle
		result workspaces.Result
	}
	known := map[jobs.TerminationCodeCode]end{
		jobs.TerminationCodeCodeSuccess: {workspaces.Terminated, workspaces.Success}, jobs.TerminationCodeCodeSuccessWithFailures: {workspaces.Terminated, workspaces.SuccessWithFailures},
		jobs.TerminationCodeCodeCanceled: {workspaces.Terminated, workspaces.Canceled}, jobs.TerminationCodeCodeUserCanceled: {workspaces.Terminated, workspaces.Canceled},
		jobs.TerminationCodeCodeSkipped: {workspaces.Skipped, workspaces.Excluded}, jobs.TerminationCodeCodeDisabled: {workspaces.Skipped, workspaces.Disabled},
		jobs.TerminationCodeCodeMaxConcurrentRunsExceeded: {workspaces.Skipped, workspaces.TooManyRuns},
	}
	var code jobs.TerminationCodeCode
	for _, c := range append(code.Values(), "SOMETHING_NEW", "") {
		for _, kind := range []jobs.TerminationTypeType{jobs.TerminationTypeTypeClientError, jobs.TerminationTypeTypeInternalError, jobs.TerminationTypeTypeCloudFailure, jobs.TerminationTypeTypeSuccess, "NEW"} {
			want, ok := known[c]
			if !ok {
				want = end{workspaces.Terminated, workspaces.Failed}
				if kind == jobs.TerminationTypeTypeInternalError || kind == jobs.TerminationTypeTypeCloudFailure {
					want.life = workspaces.InternalError
				}
			}
			run, task := x.answered(t, nil, &jobs.RunStatus{
				State: jobs.RunLifecycleStateV2StateTerminated, TerminationDetails: &jobs.TerminationDetails{Code: c, Type: kind, Message: "why"},
			})
			if run != (workspaces.Status{LifeCycle: want.life, Result: want.result, Message: "why"}) || task != run {
				t.Errorf("%s of type %s is told as %+v, and of a task as %+v", c, kind, run, task)
			}
			if !run.Ended() || !ok && !run.Failed() {
				t.Errorf("%s of type %s has not failed", c, kind)
			}
		}
	}
}

// Where both forms are there the older one tells more; where neither is, nothing has ended.
func TestStatesOfBothFormsAndOfNone(t *testing.T) {
	x := open(t)
	ended := &jobs.RunStatus{State: jobs.RunLifecycleStateV2StateTerminated, TerminationDetails: &jobs.TerminationDetails{Code: jobs.TerminationCodeCodeRunExecutionError, Message: "the cell failed"}}
	run, _ := x.answered(t, &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStateTerminated, ResultState: jobs.RunResultStateTimedout}, ended)
	if run != (workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.TimedOut, Message: "the cell failed"}) {
		t.Errorf("both: %+v", run)
	}
	if run, _ := x.answered(t, &jobs.RunState{}, ended); run.Result != workspaces.Failed {
		t.Errorf("an empty one and one: %+v", run)
	}
	if run, _ := x.answered(t, nil, &jobs.RunStatus{State: jobs.RunLifecycleStateV2StateTerminated}); !run.Ended() || !run.Failed() {
		t.Errorf("an end without details: %+v", run)
	}
	for _, now := range []*jobs.RunStatus{nil, {}} {
		if run, task := x.answered(t, nil, now); run.Ended() || task.Ended() {
			t.Errorf("none: %+v", run)
		}
	}
}
