package workspaces

import (
	"slices"
	"strings"
	"time"
)

// Job is a job of a workspace: a graph of tasks.
type Job struct {
	ID                int64             `json:"id"`
	Name              string            `json:"name"`
	Tags              map[string]string `json:"tags"` // stage, environment
	Parameters        map[string]string `json:"parameters,omitempty"`
	MaxConcurrentRuns int               `json:"max_concurrent_runs"`
	Tasks             []Task            `json:"tasks"` // a task comes after those it depends on
}

// Task is a node of a job's graph.
type Task struct {
	Key        string            `json:"key"`
	DependsOn  []string          `json:"depends_on,omitempty"`
	RunIf      RunIf             `json:"run_if"`
	Table      string            `json:"table,omitempty"`   // the feature table it builds; none for a registry task
	Timeout    time.Duration     `json:"timeout,omitempty"` // of one attempt; 0 sets none
	Parameters map[string]string `json:"parameters,omitempty"`
}

// IsRegistry reports whether a task registers tables and builds none: its key says so.
func IsRegistry(key string) bool {
	key = strings.ToLower(key)
	return strings.Contains(key, "register") || strings.Contains(key, "registry")
}

// Run is one run of a job.
type Run struct {
	ID         int64             `json:"id"`
	JobID      int64             `json:"job_id"`
	Job        string            `json:"job"`
	Workspace  string            `json:"workspace"`
	Status     Status            `json:"status"`
	Parameters map[string]string `json:"parameters,omitempty"` // as the run was started with
	Queued     time.Time         `json:"queued_at"`
	Started    time.Time         `json:"started_at,omitzero"`
	Ended      time.Time         `json:"ended_at,omitzero"`
	Tasks      []TaskRun         `json:"tasks"` // an entry per attempt
}

// TaskRun is one attempt at a task in a run.
type TaskRun struct {
	Key      string    `json:"key"`
	Attempt  int       `json:"attempt"` // from 0
	Status   Status    `json:"status"`
	Started  time.Time `json:"started_at,omitzero"`
	Ended    time.Time `json:"ended_at,omitzero"`
	Build    *Build    `json:"build,omitempty"`    // what a feature task saved
	Progress *Progress `json:"progress,omitempty"` // while it runs
}

// Newest returns the newest attempt of each task, in the order of the run's tasks. A task that was
// repaired or retried has several entries.
func (r Run) Newest() []TaskRun {
	var out []TaskRun
	for _, t := range r.Tasks {
		i := slices.IndexFunc(out, func(o TaskRun) bool { return o.Key == t.Key })
		switch {
		case i < 0:
			out = append(out, t)
		case t.Attempt > out[i].Attempt || t.Attempt == out[i].Attempt && t.Started.After(out[i].Started):
			out[i] = t
		}
	}
	return out
}

// Holds reports whether the run has a task for every one of the keys.
func (r Run) Holds(keys []string) bool {
	for _, k := range keys {
		if !slices.ContainsFunc(r.Tasks, func(t TaskRun) bool { return t.Key == k }) {
			return false
		}
	}
	return true
}

// Progress is how far a build is.
type Progress struct {
	Stage string `json:"stage"` // read, sort, compute, write
	Rows  int64  `json:"rows"`
	Total int64  `json:"total"` // 0 when it is not known yet
}

// RunRequest starts a run of a job.
type RunRequest struct {
	JobID      int64
	Parameters map[string]string // over the job's own
	Only       []string          // keys of the tasks to run; empty runs all
}
