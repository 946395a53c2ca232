package databricks

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// What is read of runs, at every look. The SDK's own types for them have hundreds of fields and take thirty times as long to
// decode; the names are theirs.

// number is a whole number, which Databricks may write as a text.
type number int64

// UnmarshalJSON implements [json.Unmarshaler].
func (n *number) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(bytes.Trim(text, `"`), (*int64)(n))
}

// jobRun is a run, in a list or alone.
type jobRun struct {
	RunId         number         `json:"run_id"`
	JobId         number         `json:"job_id"`
	RunName       string         `json:"run_name"`
	State         *runState      `json:"state"`
	Status        *runStatus     `json:"status"`
	StartTime     number         `json:"start_time"` // milliseconds since 1970, as all times
	EndTime       number         `json:"end_time"`
	QueueDuration number         `json:"queue_duration"` // milliseconds
	JobParameters []runParameter `json:"job_parameters"`
	Overriding    struct {
		NotebookParams map[string]string `json:"notebook_params"`
	} `json:"overriding_parameters"`
	Tasks         []taskRun   `json:"tasks"`
	RepairHistory []runRepair `json:"repair_history"`
	HasMore       bool        `json:"has_more"`        // in a list: than these tasks
	NextPageToken string      `json:"next_page_token"` // alone: of the others
}

type runParameter struct {
	Name    string  `json:"name"`
	Default string  `json:"default"`
	Value   *string `json:"value"`
}

// taskRun is an attempt at a task.
type taskRun struct {
	RunId           number     `json:"run_id"`
	TaskKey         string     `json:"task_key"`
	AttemptNumber   int        `json:"attempt_number"`
	State           *runState  `json:"state"`
	Status          *runStatus `json:"status"`
	StartTime       number     `json:"start_time"`
	EndTime         number     `json:"end_time"`
	SqlTask         *struct{}  `json:"sql_task"`
	SparkJarTask    *struct{}  `json:"spark_jar_task"`
	SparkPythonTask *struct{}  `json:"spark_python_task"`
	PythonWheelTask *struct{}  `json:"python_wheel_task"`
}

type runRepair struct {
	Id         number                     `json:"id"`
	Type       jobs.RepairHistoryItemType `json:"type"`
	State      *runState                  `json:"state"`
	Status     *runStatus                 `json:"status"`
	StartTime  number                     `json:"start_time"`
	EndTime    number                     `json:"end_time"`
	TaskRunIds []number                   `json:"task_run_ids"`
}

// runState is the older form of a state.
type runState struct {
	LifeCycleState jobs.RunLifeCycleState `json:"life_cycle_state"`
	ResultState    jobs.RunResultState    `json:"result_state"`
	StateMessage   string                 `json:"state_message"`
	QueueReason    string                 `json:"queue_reason"`
}

// runStatus is the newer one.
type runStatus struct {
	State              jobs.RunLifecycleStateV2State `json:"state"`
	TerminationDetails *termination                  `json:"termination_details"`
	QueueDetails       *struct {
		Code    jobs.QueueDetailsCodeCode `json:"code"`
		Message string                    `json:"message"`
	} `json:"queue_details"`
}

type termination struct {
	Code    jobs.TerminationCodeCode `json:"code"`
	Type    jobs.TerminationTypeType `json:"type"`
	Message string                   `json:"message"`
}

// runPage is a page of a list of runs.
type runPage struct {
	Runs          []jobRun `json:"runs"`
	NextPageToken string   `json:"next_page_token"`
}

// ask gets an answer of the Jobs API.
func ask(ctx context.Context, c *client.DatabricksClient, path string, query map[string]any, into any) error {
	header := map[string]string{"Accept": "application/json"}
	if id := c.Config.WorkspaceID; id != "" { // of several behind one host
		header["X-Databricks-Workspace-Id"] = id
	}
	return c.Do(ctx, http.MethodGet, "/api/2.2/jobs/"+path, header, query, nil, into)
}

// askRun gets a run with all of its tasks, which come by the hundred; what else there is many of comes with them.
func askRun(ctx context.Context, c *client.DatabricksClient, id int64) (*jobRun, error) {
	query := map[string]any{"run_id": id, "include_history": true}
	var whole jobRun
	for first := true; first || whole.NextPageToken != ""; first = false {
		var page jobRun
		if err := ask(ctx, c, "runs/get", query, &page); err != nil {
			return nil, err
		}
		if first {
			whole = page
		} else {
			whole.Tasks = append(whole.Tasks, page.Tasks...)
			whole.JobParameters = append(whole.JobParameters, page.JobParameters...)
			whole.RepairHistory = append(whole.RepairHistory, page.RepairHistory...)
			whole.NextPageToken = page.NextPageToken
		}
		query["page_token"] = whole.NextPageToken
	}
	return &whole, nil
}
