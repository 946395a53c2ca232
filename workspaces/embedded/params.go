package embedded

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"featops/workspaces"
)

// parameters reads the parameters of every task of a job, as a run at a time with the given request would have
// them: the workspace's defaults, over them the job's, the task's and the request's. All problems
// come in one error, each once, even where several tasks share it.
func (w *Workspace) parameters(j workspaces.Job, request map[string]string, at time.Time) ([]workspaces.Params, error) {
	var problems []error
	seen := map[string]bool{}
	out := make([]workspaces.Params, len(j.Tasks))
	for i, t := range j.Tasks {
		p, err := w.taskParameters(j, t, request, at)
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			problems = append(problems, fmt.Errorf("task %s: %w", t.Key, err))
		}
		out[i] = p
	}
	return out, errors.Join(problems...)
}

func (w *Workspace) taskParameters(j workspaces.Job, t workspaces.Task, request map[string]string, at time.Time) (workspaces.Params, error) {
	all := map[string]string{}
	for _, layer := range []map[string]string{w.options.Defaults, j.Parameters, t.Parameters, request} {
		maps.Copy(all, layer)
	}
	// A registry task builds no table, and a table without a name is the only one that it may have.
	tables := []string{""}
	if !workspaces.IsRegistry(t.Key) {
		tables = w.catalogue()
	}
	var problems []error
	for _, fixed := range [][2]string{{"env", w.options.Env}, {"fs_notebook", t.Table}} {
		name, value := fixed[0], fixed[1]
		if other, ok := all[name]; ok && other != value {
			problems = append(problems, &workspaces.ParameterError{Name: name, Value: other, Allowed: fmt.Sprintf("%q, as the workspace and the task say", value)})
		}
		all[name] = value
	}
	p, err := workspaces.ParseParams(all, tables, at)
	return p, errors.Join(append(problems, err)...)
}

// catalogue lists the names of the feature tables that there are.
func (w *Workspace) catalogue() []string {
	names := make([]string, len(w.options.Tables))
	for i, t := range w.options.Tables {
		names[i] = t.Name
	}
	return names
}

// job finds a job by its number.
func (w *Workspace) job(id int64) (workspaces.Job, error) {
	i := slices.IndexFunc(w.jobs, func(j workspaces.Job) bool { return j.ID == id })
	if i < 0 {
		var known []string
		for _, j := range w.jobs {
			known = append(known, fmt.Sprintf("%d (%s)", j.ID, j.Name))
		}
		return workspaces.Job{}, fmt.Errorf("job %d is unknown in %s: the jobs are %v", id, w.options.Name, known)
	}
	return w.jobs[i], nil
}
