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
	Queue             bool              `json:"queue"`              // a run beyond that waits for its turn; else it is skipped
	Timeout           time.Duration     `json:"timeout,omitempty"`  // of a run, or of a repair, without its time in the queue; 0 sets none
	Schedule          *Schedule         `json:"schedule,omitempty"` // nil: somebody starts it
	Tasks             []Task            `json:"tasks"`              // a task comes after those it depends on
}

// Schedule says when a job starts by itself.
type Schedule struct {
	Cron     string    `json:"cron"`     // see package schedule
	Timezone string    `json:"timezone"` // of the IANA database
	Paused   bool      `json:"paused"`
	Next     time.Time `json:"next_at,omitzero"`   // none while it is paused
	Missed   time.Time `json:"missed_at,omitzero"` // the newest time at which nobody was there to start the job, since it last was started
}

// Task is a node of a job's graph.
type Task struct {
	Key              string            `json:"key"`
	DependsOn        []string          `json:"depends_on,omitempty"`
	RunIf            RunIf             `json:"run_if"`
	Table            string            `json:"table,omitempty"`              // the feature table it builds; none for a registry task
	Timeout          time.Duration     `json:"timeout,omitempty"`            // of one attempt; 0 sets none
	MaxRetries       int               `json:"max_retries,omitempty"`        // attempts after a failed one
	MinRetryInterval time.Duration     `json:"min_retry_interval,omitempty"` // at least this long from the start of an attempt to that of the next
	RetryOnTimeout   bool              `json:"retry_on_timeout,omitempty"`   // an attempt that took too long is tried again too
	Parameters       map[string]string `json:"parameters,omitempty"`
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
	Only       []string          `json:"only,omitempty"`       // keys of the tasks that it is for; none means all
	Queued     time.Time         `json:"queued_at"`
	Started    time.Time         `json:"started_at,omitzero"`
	Ended      time.Time         `json:"ended_at,omitzero"`
	Tasks      []TaskRun         `json:"tasks"`             // an entry per attempt
	Repairs    []Repair          `json:"repairs,omitempty"` // the newest last
}

// TaskRun is one attempt at a task in a run.
type TaskRun struct {
	Key      string    `json:"key"`
	Attempt  int       `json:"attempt"` // from 0
	Status   Status    `json:"status"`
	RetryAt  time.Time `json:"retry_at,omitzero"` // while it is WAITING_FOR_RETRY: when it begins
	Started  time.Time `json:"started_at,omitzero"`
	Ended    time.Time `json:"ended_at,omitzero"`
	Build    *Build    `json:"build,omitempty"`    // what a feature task saved
	Progress *Progress `json:"progress,omitempty"` // while it runs
}

// Since is when what was last asked of the run began: the newest repair, else the run. It is zero while
// that waits in the queue.
func (r Run) Since() time.Time {
	if n := len(r.Repairs); n > 0 {
		return r.Repairs[n-1].Started
	}
	return r.Started
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

// NewestOf returns the newest attempt at each task of the run's job, in the order of the job's tasks. One that
// the run does not have is a zero TaskRun.
func (r Run) NewestOf(j Job) []TaskRun {
	newest := r.Newest()
	out := make([]TaskRun, len(j.Tasks))
	for i, t := range j.Tasks {
		if k := slices.IndexFunc(newest, func(o TaskRun) bool { return o.Key == t.Key }); k >= 0 {
			out[i] = newest[k]
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
	// Disk is bytes of source rows that did not fit into memory and were sorted on disk so far.
	Disk int64 `json:"disk,omitempty"`
}

// RunRequest starts a run of a job.
type RunRequest struct {
	JobID      int64
	Parameters map[string]string // over the job's own
	Only       []string          // keys of the tasks to run; empty runs all
}
