package databricks

import (
	"context"
	"fmt"
	"slices"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/google/uuid"
)

// RunNow implements [workspaces.Workspace]. Each call has a token of its own, so that however often it is sent
// there is one run of it, and never one of an earlier call.
func (w *Workspace) RunNow(ctx context.Context, r workspaces.RunRequest) (int64, error) {
	what := fmt.Sprintf("run job %d in %s", r.JobID, w.options.Name)
	request := jobs.RunNow{JobId: r.JobID, Only: r.Only, IdempotencyToken: uuid.NewString()}
	var id int64
	err := w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
		api := jobs.NewJobs(c)
		j, err := api.Get(ctx, jobs.GetJobRequest{JobId: r.JobID})
		if err != nil {
			return err
		}
		if err := known(j.Settings, r.Only); err != nil {
			return err
		}
		request.JobParameters, request.NotebookParams = given(len(j.Settings.Parameters) > 0, r.Parameters)
		started, err := api.RunNow(connect.Repeatable(ctx), request)
		if err != nil {
			return err
		}
		id = started.RunId
		return nil
	})
	return id, err
}

// given puts parameters where a job takes them: as its own, if it declares any, else as those of its notebooks.
func given(declared bool, parameters map[string]string) (ofJob, ofNotebooks map[string]string) {
	if declared {
		return parameters, nil
	}
	return nil, parameters
}

// known checks that a job has tasks of these keys.
func known(s *jobs.JobSettings, keys []string) error {
	var all []string
	for _, t := range s.Tasks {
		all = append(all, t.TaskKey)
	}
	for _, key := range keys {
		if !slices.Contains(all, key) {
			return &workspaces.UnknownTaskError{Task: key, Known: all}
		}
	}
	return nil
}

// Cancel implements [workspaces.Workspace]. A run that has ended stays as it is.
func (w *Workspace) Cancel(ctx context.Context, runID int64) error {
	what := fmt.Sprintf("cancel run %d in %s", runID, w.options.Name)
	err := w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := jobs.NewJobs(c).CancelRun(connect.Repeatable(ctx), jobs.CancelRun{RunId: runID})
		return err
	})
	if noSuchRun(err) {
		return fmt.Errorf("run %d in %s: %w", runID, w.options.Name, workspaces.ErrNoRun)
	}
	return err
}

// Repair implements [workspaces.Workspace]. Databricks would run the tasks with the job's own parameters, unless it is given
// those that the run had.
func (w *Workspace) Repair(ctx context.Context, q workspaces.RepairRequest) (int64, error) {
	whole, err := w.getRun(ctx, q.Run)
	if err != nil {
		return 0, err
	}
	run := w.run(whole)
	var again []string
	what := fmt.Sprintf("repair run %d in %s", q.Run, w.options.Name)
	err = w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
		api := jobs.NewJobs(c)
		j, err := api.Get(ctx, jobs.GetJobRequest{JobId: int64(whole.JobId)})
		if err != nil {
			return err
		}
		again, err = workspaces.Rerun(within(job(j.JobId, *j.Settings, workspaces.Job{}, w.now()), run), run, q.Tasks)
		if err != nil {
			return err
		}
		request := jobs.RepairRun{RunId: q.Run, RerunTasks: again}
		request.JobParameters, request.NotebookParams = given(len(whole.JobParameters) > 0, run.Parameters)
		if before := history(whole); len(before) > 0 {
			request.LatestRepairId = int64(before[len(before)-1].Id)
		}
		_, err = api.RepairRun(ctx, request)
		return err
	})
	if err != nil {
		return 0, err
	}
	return int64(len(run.Repairs)) + 1, nil
}

// within is a job with those of its tasks that a run has: one that was started for some tasks only has no others.
func within(j workspaces.Job, r workspaces.Run) workspaces.Job {
	j.Tasks = slices.DeleteFunc(slices.Clone(j.Tasks), func(t workspaces.Task) bool { return !r.Holds([]string{t.Key}) })
	return j
}

// PauseJob implements [workspaces.Workspace].
func (w *Workspace) PauseJob(ctx context.Context, jobID int64, paused bool) error {
	what := fmt.Sprintf("pause or resume job %d in %s", jobID, w.options.Name)
	return w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
		api := jobs.NewJobs(c)
		j, err := api.Get(ctx, jobs.GetJobRequest{JobId: jobID})
		if err != nil {
			return err
		}
		if j.Settings.Schedule == nil {
			return fmt.Errorf("%s has no schedule to pause or resume", j.Settings.Name)
		}
		s := *j.Settings.Schedule // an update replaces it as a whole
		s.PauseStatus = jobs.PauseStatusUnpaused
		if paused {
			s.PauseStatus = jobs.PauseStatusPaused
		}
		return api.Update(connect.Repeatable(ctx), jobs.UpdateJob{JobId: jobID, NewSettings: &jobs.JobSettings{Schedule: &s}})
	})
}
