package databricks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/workspaces"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// Jobs implements [workspaces.Workspace]. Names are not unique in Databricks: all jobs of a wanted name and its tags are
// listed.
func (w *Workspace) Jobs(ctx context.Context) ([]workspaces.Job, error) {
	var out []workspaces.Job
	for _, wanted := range w.options.Jobs {
		what := fmt.Sprintf("look for the job %q in %s", wanted.Name, w.options.Name)
		err := w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
			found := jobs.NewJobs(c).List(ctx, jobs.ListJobsRequest{Name: wanted.Name, ExpandTasks: true, Limit: 100})
			for found.HasNext(ctx) {
				j, err := found.Next(ctx)
				if err != nil {
					return err
				}
				if isWanted(j.Settings, wanted) {
					out = append(out, job(j.JobId, *j.Settings, wanted, w.now()))
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	w.noteTables(out)
	return out, nil
}

// noteTables remembers what the tasks build, for the log of their runs.
func (w *Workspace) noteTables(found []workspaces.Job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range found {
		w.tables[j.ID] = map[string]string{}
		for _, t := range j.Tasks {
			w.tables[j.ID][t.Key] = t.Table
		}
	}
}

func (w *Workspace) tableOf(job int64, task string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tables[job][task]
}

func isWanted(found *jobs.JobSettings, wanted workspaces.Job) bool {
	if found == nil || !strings.EqualFold(found.Name, wanted.Name) {
		return false
	}
	for tag, value := range wanted.Tags {
		if found.Tags[tag] != value {
			return false
		}
	}
	return true
}

// job tells a job in the terms of workspaces.
func job(id int64, s jobs.JobSettings, wanted workspaces.Job, now time.Time) workspaces.Job {
	out := workspaces.Job{
		ID: id, Name: s.Name, Tags: s.Tags, Parameters: map[string]string{},
		MaxConcurrentRuns: max(1, s.MaxConcurrentRuns), Queue: s.Queue != nil && s.Queue.Enabled,
		Timeout: time.Duration(s.TimeoutSeconds) * time.Second, Schedule: scheduleOf(s.Schedule, now),
	}
	for _, p := range s.Parameters {
		out.Parameters[p.Name] = p.Default
	}
	for _, t := range inOrder(s.Tasks) {
		out.Tasks = append(out.Tasks, task(t, wanted))
	}
	return out
}

func task(t jobs.Task, wanted workspaces.Job) workspaces.Task {
	out := workspaces.Task{
		Key: t.TaskKey, RunIf: cmp.Or(workspaces.RunIf(t.RunIf), workspaces.AllSuccess),
		Timeout: time.Duration(t.TimeoutSeconds) * time.Second, MaxRetries: t.MaxRetries,
		MinRetryInterval: time.Duration(t.MinRetryIntervalMillis) * time.Millisecond, RetryOnTimeout: t.RetryOnTimeout,
		Parameters: taskParameters(t),
	}
	for _, d := range t.DependsOn {
		out.DependsOn = append(out.DependsOn, d.TaskKey)
	}
	if !workspaces.IsRegistry(t.TaskKey) {
		out.Table = tableOf(out, wanted)
	}
	return out
}

// tableOf names the table that a task builds: as it is configured, else as the task's own parameters say, else as the task is
// called.
func tableOf(t workspaces.Task, wanted workspaces.Job) string {
	i := slices.IndexFunc(wanted.Tasks, func(o workspaces.Task) bool { return o.Key == t.Key })
	if i >= 0 && wanted.Tasks[i].Table != "" {
		return wanted.Tasks[i].Table
	}
	// {{job.parameters.x}} is a reference to a value that only a run has
	if table := t.Parameters["fs_notebook"]; table != "" && !strings.Contains(table, "{{") {
		return table
	}
	return t.Key
}

// taskParameters are those of a task, however its kind takes them.
func taskParameters(t jobs.Task) map[string]string {
	switch {
	case t.NotebookTask != nil:
		return t.NotebookTask.BaseParameters
	case t.PythonWheelTask != nil:
		if len(t.PythonWheelTask.NamedParameters) > 0 {
			return t.PythonWheelTask.NamedParameters
		}
		return named(t.PythonWheelTask.Parameters)
	case t.SparkPythonTask != nil:
		return named(t.SparkPythonTask.Parameters)
	case t.SparkJarTask != nil:
		return named(t.SparkJarTask.Parameters)
	case t.SqlTask != nil:
		return t.SqlTask.Parameters
	case t.RunJobTask != nil:
		return t.RunJobTask.JobParameters
	}
	return nil
}

// named reads the words of a command line: --name=value and --name value.
func named(words []string) map[string]string {
	out := map[string]string{}
	for i, word := range words {
		name, is := strings.CutPrefix(word, "--")
		if !is {
			continue
		}
		if name, value, joined := strings.Cut(name, "="); joined {
			out[name] = value
		} else if i+1 < len(words) && !strings.HasPrefix(words[i+1], "--") {
			out[name] = words[i+1]
		}
	}
	return out
}

// inOrder puts tasks behind those they depend on, and otherwise leaves them as they stand. Databricks takes no job with a
// cycle; one in a damaged answer would only end where it began.
func inOrder(tasks []jobs.Task) []jobs.Task {
	byKey := map[string]jobs.Task{}
	for _, t := range tasks {
		byKey[t.TaskKey] = t
	}
	var out []jobs.Task
	placed := map[string]bool{}
	var place func(jobs.Task)
	place = func(t jobs.Task) {
		if placed[t.TaskKey] {
			return
		}
		placed[t.TaskKey] = true
		for _, d := range t.DependsOn {
			if before, ok := byKey[d.TaskKey]; ok {
				place(before)
			}
		}
		out = append(out, t)
	}
	for _, t := range tasks {
		place(t)
	}
	return out
}
