package databricks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"featops/workspaces"

	"github.com/databricks/databricks-sdk-go/apierr"
	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// runsPerPage is as many as Databricks lists at once.
const runsPerPage = 25

// Runs implements [workspaces.Workspace]; limit 0 lists all that Databricks has kept.
func (w *Workspace) Runs(ctx context.Context, jobID int64, limit int) ([]workspaces.Run, error) {
	var found []*jobRun
	for token, more := "", true; more; more = token != "" && (limit == 0 || len(found) < limit) {
		size := runsPerPage
		if limit > 0 {
			size = min(size, limit-len(found))
		}
		page, err := w.listRuns(ctx, jobID, size, token)
		if err != nil {
			return nil, err
		}
		for i := range page.Runs {
			whole, err := w.whole(ctx, &page.Runs[i])
			if errors.Is(err, workspaces.ErrNoRun) {
				continue // it was deleted meanwhile
			}
			if err != nil {
				return nil, err
			}
			found = append(found, whole)
		}
		token = page.NextPageToken
	}
	out := make([]workspaces.Run, len(found))
	w.listen(ctx, found)
	w.notice(jobID, found, false)
	for i, r := range found {
		if i == 0 || !status(r.State, r.Status).Ended() {
			w.explain(ctx, r)
		}
		out[i] = w.run(r)
	}
	return out, nil
}

// listRuns gets a page of runs with their tasks.
func (w *Workspace) listRuns(ctx context.Context, jobID int64, size int, token string) (runPage, error) {
	var page runPage
	what := fmt.Sprintf("list the runs of job %d in %s", jobID, w.options.Name)
	err := w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
		query := map[string]any{"job_id": jobID, "expand_tasks": true, "limit": size}
		if token != "" {
			query["page_token"] = token
		}
		return ask(ctx, c, "runs/list", query, &page)
	})
	return page, err
}

// whole completes a run of a list, if need be with a further call. One that has ended is asked for once, until a repair makes
// it end again.
func (w *Workspace) whole(ctx context.Context, b *jobRun) (*jobRun, error) {
	if !b.HasMore && !triedAgain(b.Tasks) {
		return b, nil
	}
	ended := status(b.State, b.Status).Ended() && b.EndTime != 0
	w.mu.Lock()
	known, _ := w.settled.get(b.RunId, w.now())
	w.mu.Unlock()
	if ended && known != nil && known.EndTime == b.EndTime {
		return known, nil
	}
	whole, err := w.getRun(ctx, int64(b.RunId))
	if err == nil && ended {
		w.mu.Lock()
		w.settled.put(b.RunId, whole, w.now())
		w.mu.Unlock()
	}
	return whole, err
}

// triedAgain reports whether a run has attempts that may be a repair's, which a list does not tell of.
func triedAgain(tasks []taskRun) bool {
	seen := map[string]bool{}
	for _, t := range tasks {
		if t.AttemptNumber > 0 || seen[t.TaskKey] {
			return true
		}
		seen[t.TaskKey] = true
	}
	return false
}

// Run implements [workspaces.Workspace].
func (w *Workspace) Run(ctx context.Context, id int64) (workspaces.Run, error) {
	whole, err := w.getRun(ctx, id)
	if err != nil {
		return workspaces.Run{}, err
	}
	w.notice(int64(whole.JobId), []*jobRun{whole}, true)
	w.explain(ctx, whole)
	return w.run(whole), nil
}

func (w *Workspace) getRun(ctx context.Context, id int64) (whole *jobRun, err error) {
	what := fmt.Sprintf("get run %d of %s", id, w.options.Name)
	err = w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) (err error) {
		whole, err = askRun(ctx, c, id)
		return err
	})
	if noSuchRun(err) {
		return nil, fmt.Errorf("run %d in %s: %w", id, w.options.Name, workspaces.ErrNoRun)
	}
	return whole, err
}

// noSuchRun recognises how Databricks says that it has no run of a number: not as it says so of other things.
func noSuchRun(err error) bool {
	var api *apierr.APIError
	return errors.Is(err, apierr.ErrNotFound) ||
		errors.As(err, &api) && api.StatusCode == http.StatusBadRequest && strings.Contains(api.Message, "does not exist")
}

// run tells a run in the terms of workspaces.
func (w *Workspace) run(r *jobRun) workspaces.Run {
	out := workspaces.Run{
		ID: int64(r.RunId), JobID: int64(r.JobId), Job: r.RunName, Workspace: w.options.Name, Status: w.status(r.State, r.Status),
		Parameters: parameters(r), Only: w.only(r), Queued: at(r.StartTime), Ended: at(r.EndTime),
	}
	if out.Status.LifeCycle != workspaces.Queued && r.StartTime != 0 {
		out.Started = out.Queued.Add(time.Duration(r.QueueDuration) * time.Millisecond)
	}
	numbers := attempts(r.Tasks)
	for i, t := range r.Tasks {
		out.Tasks = append(out.Tasks, workspaces.TaskRun{
			Key: t.TaskKey, Attempt: numbers[i], Status: w.explained(t), Started: at(t.StartTime), Ended: at(t.EndTime),
		})
	}
	out.Repairs = repairs(r)
	if out.Status.Failed() {
		out.Status.Message = cmp.Or(w.reason(r), out.Status.Message)
	}
	return out
}

// reason tells why a run failed, by the attempt that failed first; empty where that is not known.
func (w *Workspace) reason(r *jobRun) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var first taskRun
	var why string
	for _, t := range r.Tasks {
		if said, _ := w.said.get(t.RunId, w.now()); said != "" && (why == "" || t.EndTime < first.EndTime) {
			first, why = t, said
		}
	}
	if why == "" {
		return ""
	}
	line, _, _ := strings.Cut(why, "\n")
	return "task " + first.TaskKey + ": " + line
}

// at reads a time in milliseconds; 0 is none.
func at(ms number) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms)).UTC()
}

// attempts numbers the attempts at each task: as Databricks does or, where it gives a number twice (as it may after a
// repair), in the order in which they began. What has not begun comes last.
func attempts(tasks []taskRun) []int {
	out := make([]int, len(tasks))
	of := map[string][]int{}
	for i, t := range tasks {
		out[i] = t.AttemptNumber
		of[t.TaskKey] = append(of[t.TaskKey], i)
	}
	for _, same := range of {
		numbers := map[int]bool{}
		for _, i := range same {
			numbers[out[i]] = true
		}
		if len(numbers) == len(same) {
			continue
		}
		slices.SortStableFunc(same, func(a, b int) int { return begun(tasks[a], tasks[b]) })
		for n, i := range same {
			out[i] = n
		}
	}
	return out
}

func begun(a, b taskRun) int {
	switch {
	case a.StartTime == b.StartTime:
		return int(min(max(a.RunId-b.RunId, -1), 1))
	case a.StartTime == 0:
		return 1
	case b.StartTime == 0:
		return -1
	}
	return int(min(max(a.StartTime-b.StartTime, -1), 1))
}

// parameters are those that a run was started with, without what the job itself says.
func parameters(r *jobRun) map[string]string {
	out := map[string]string{}
	for _, p := range r.JobParameters {
		if p.Value != nil && *p.Value != p.Default {
			out[p.Name] = *p.Value
		}
	}
	maps.Copy(out, r.Overriding.NotebookParams)
	return out
}

// repairs numbers the repairs of a run from 1, in their order.
func repairs(r *jobRun) []workspaces.Repair {
	keys := map[number]string{}
	for _, t := range r.Tasks {
		keys[t.RunId] = t.TaskKey
	}
	var out []workspaces.Repair
	for _, h := range history(r) {
		repair := workspaces.Repair{ID: int64(len(out)) + 1, Queued: at(h.StartTime), Started: at(h.StartTime), Ended: at(h.EndTime)}
		if !repair.Ended.IsZero() {
			repair.Status = status(h.State, h.Status)
		}
		for _, id := range h.TaskRunIds {
			if key, ok := keys[id]; ok {
				repair.Tasks = append(repair.Tasks, key)
			}
		}
		out = append(out, repair)
	}
	return out
}

// only are the tasks that a run is for, where these are not all of its job. Databricks does not tell what a run was started for: it
// lacks the other tasks.
func (w *Workspace) only(r *jobRun) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.tables[int64(r.JobId)]
	var keys []string
	for _, t := range r.Tasks {
		if _, ok := known[t.TaskKey]; !ok {
			return nil
		}
		keys = append(keys, t.TaskKey)
	}
	slices.Sort(keys)
	if keys = slices.Compact(keys); len(keys) == len(known) {
		return nil
	}
	return keys
}

// history are the repairs of a run, the newest last, without the run itself, which Databricks lists with them.
func history(r *jobRun) []runRepair {
	var out []runRepair
	for _, h := range r.RepairHistory {
		if h.Type == jobs.RepairHistoryItemTypeRepair {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b runRepair) int { return int(min(max(a.StartTime-b.StartTime, -1), 1)) })
	return out
}
