package engine

import (
	"time"

	"featops/workspaces"
)

// Snapshot is the state of everything the engine watches at one moment. It is never changed after
// it was published, so it can be read without a lock and kept as long as one likes.
type Snapshot struct {
	Taken        time.Time             `json:"taken_at"`
	Env          string                `json:"env"`
	Home         string                `json:"home"`
	Workspaces   []WorkspaceState      `json:"workspaces"`    // in the order of the configuration
	Questions    []workspaces.Question `json:"questions"`     // open ones, the oldest first
	Builds       []BuildState          `json:"builds"`        // outside jobs, running ones
	Diffs        []BuildState          `json:"diffs"`         // builds that are computed to tell what they would change, and not saved
	TrainingSets []TrainingSetState    `json:"training_sets"` // that are made

	// Holder is the process that works in the home, where this engine only looks; nil where none does.
	Holder *Holder `json:"holder,omitempty"`
}

// WorkspaceState is what the newest look at a workspace showed.
type WorkspaceState struct {
	Name          string                    `json:"name"`
	Kind          string                    `json:"kind"`
	Error         string                    `json:"error,omitempty"` // why the newest look failed; the rest is from the one before
	Polled        time.Time                 `json:"polled_at,omitzero"`
	NextPoll      time.Time                 `json:"next_poll_at,omitzero"`
	Jobs          []JobState                `json:"jobs"`
	Tables        []workspaces.Table        `json:"tables"`
	Registrations []workspaces.Registration `json:"registrations"`   // tables of other workspaces known here
	Usage         *workspaces.Usage         `json:"usage,omitempty"` // of the newest look; nil where looking costs nothing
}

// JobState is a job and its newest runs, the newest first, at most RunsShown of them.
type JobState struct {
	workspaces.Job
	Runs     []workspaces.Run `json:"runs"`
	Expected Expected         `json:"expected,omitzero"`
}

// Current is the run to look at: the newest of those that are executed, else the newest, nil when there
// is none. One that waits in the queue or was turned away does not hide what goes on.
func (j *JobState) Current() *workspaces.Run {
	for i, r := range j.Runs {
		if !r.Status.Ended() && r.Status.LifeCycle != workspaces.Queued {
			return &j.Runs[i]
		}
	}
	if len(j.Runs) == 0 {
		return nil
	}
	return &j.Runs[0]
}

// Queued counts the runs that wait in the job's queue.
func (j *JobState) Queued() int {
	n := 0
	for _, r := range j.Runs {
		if r.Status.LifeCycle == workspaces.Queued {
			n++
		}
	}
	return n
}

// BuildState is a build outside a job that is under way, or the computation of what one would change.
type BuildState struct {
	Workspace string               `json:"workspace"`
	Table     string               `json:"table"`
	Started   time.Time            `json:"started_at"`
	Progress  *workspaces.Progress `json:"progress,omitempty"`
}

// TrainingSetState is a training set that is made.
type TrainingSetState struct {
	Output   string               `json:"output"` // where it will be
	Started  time.Time            `json:"started_at"`
	Progress *workspaces.Progress `json:"progress,omitempty"`
}

// Workspace returns the state of the named workspace.
func (s *Snapshot) Workspace(name string) (WorkspaceState, bool) {
	for _, w := range s.Workspaces {
		if w.Name == name {
			return w, true
		}
	}
	return WorkspaceState{}, false
}

// RegisteredIn lists the workspaces that have the table registered.
func (s *Snapshot) RegisteredIn(table string) []string {
	var out []string
	for _, w := range s.Workspaces {
		for _, r := range w.Registrations {
			if r.Name == table {
				out = append(out, w.Name)
			}
		}
	}
	return out
}
