package databricks

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/google/go-cmp/cmp"
)

// What is read of a run is what the SDK would read of it, whichever way numbers are written.
func TestAnswersAreReadAsTheSDKReadsThem(t *testing.T) {
	const text = `{"run_id":"9007199254740993","job_id":7,"run_name":"j","start_time":1750000000001,"end_time":"1750000000002","queue_duration":5,
		"state":{"life_cycle_state":"TERMINATED","result_state":"FAILED","state_message":"m","queue_reason":"q"},
		"status":{"state":"TERMINATED","termination_details":{"code":"RUN_EXECUTION_ERROR","type":"CLIENT_ERROR","message":"d"},"queue_details":{"code":"ACTIVE_RUNS_LIMIT_REACHED","message":"w"}},
		"job_parameters":[{"name":"a","default":"1","value":""},{"name":"b","default":"2"},{"name":"c","value":null}],
		"overriding_parameters":{"notebook_params":{"x":"y"}},"next_page_token":"p","unknown":{"deep":[1]},
		"tasks":[{"run_id":11,"task_key":"k","attempt_number":2,"start_time":3,"end_time":4,"sql_task":{"warehouse_id":"w"},"state":null},
			{"run_id":"12","task_key":"l","spark_jar_task":{},"spark_python_task":{"python_file":"f"},"python_wheel_task":null}],
		"repair_history":[{"id":"13","type":"REPAIR","start_time":5,"end_time":6,"task_run_ids":["11",12],"state":{"life_cycle_state":"RUNNING"}}]}`
	var want jobs.Run
	var got jobRun
	if err := errors.Join(json.Unmarshal([]byte(text), &want), json.Unmarshal([]byte(text), &got)); err != nil {
		t.Fatal(err)
	}
	task := func(key string, run, start, end int64, attempt int, sql, jar, python, wheel bool) []any {
		return []any{key, run, start, end, attempt, sql, jar, python, wheel}
	}
	flat := func(run ...any) []any { return run }
	w, g := &want, &got
	pairs := map[string][2][]any{
		"run":   {flat(w.RunId, w.JobId, w.RunName, w.StartTime, w.EndTime, w.QueueDuration, w.NextPageToken), flat(int64(g.RunId), int64(g.JobId), g.RunName, int64(g.StartTime), int64(g.EndTime), int64(g.QueueDuration), g.NextPageToken)},
		"state": {flat(w.State.LifeCycleState, w.State.ResultState, w.State.StateMessage, w.State.QueueReason), flat(g.State.LifeCycleState, g.State.ResultState, g.State.StateMessage, g.State.QueueReason)},
		"status": {flat(w.Status.State, w.Status.TerminationDetails.Code, w.Status.TerminationDetails.Type, w.Status.TerminationDetails.Message, w.Status.QueueDetails.Code, w.Status.QueueDetails.Message),
			flat(g.Status.State, g.Status.TerminationDetails.Code, g.Status.TerminationDetails.Type, g.Status.TerminationDetails.Message, g.Status.QueueDetails.Code, g.Status.QueueDetails.Message)},
		"overriding": {flat(w.OverridingParameters.NotebookParams), flat(g.Overriding.NotebookParams)},
	}
	for i := range want.Tasks {
		a, b := want.Tasks[i], got.Tasks[i]
		pairs["task "+a.TaskKey] = [2][]any{
			task(a.TaskKey, a.RunId, a.StartTime, a.EndTime, a.AttemptNumber, a.SqlTask != nil, a.SparkJarTask != nil, a.SparkPythonTask != nil, a.PythonWheelTask != nil),
			task(b.TaskKey, int64(b.RunId), int64(b.StartTime), int64(b.EndTime), b.AttemptNumber, b.SqlTask != nil, b.SparkJarTask != nil, b.SparkPythonTask != nil, b.PythonWheelTask != nil),
		}
	}
	r, h := want.RepairHistory[0], got.RepairHistory[0]
	pairs["repair"] = [2][]any{
		flat(r.Id, r.Type, r.StartTime, r.EndTime, r.TaskRunIds[0], r.TaskRunIds[1], r.State.LifeCycleState),
		flat(int64(h.Id), h.Type, int64(h.StartTime), int64(h.EndTime), int64(h.TaskRunIds[0]), int64(h.TaskRunIds[1]), h.State.LifeCycleState),
	}
	for what, pair := range pairs {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s (-SDK +featops):\n%s", what, diff)
		}
	}
	if got := parameters(&got); !cmp.Equal(got, map[string]string{"a": "", "x": "y"}) {
		t.Errorf("parameters %v", got)
	}
	for _, broken := range []string{`{"run_id":"x"}`, `{"run_id":""}`, `{"run_id":1.5}`, `{"run_id":{}}`, `{"run_id":true}`} {
		if err := json.Unmarshal([]byte(broken), &jobRun{}); err == nil {
			t.Errorf("%s is a run", broken)
		}
	}
}
