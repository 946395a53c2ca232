package workspaces

import (
	"featops/features/nearest"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RepairRequest asks for a repair of a run: Rerun says which tasks run again.
type RepairRequest struct {
	Run   int64
	Tasks []string // keys; empty for all that failed
	By    string   // who asks; may be empty
}

// Repair is one repair of a run.
type Repair struct {
	ID      int64     `json:"id"` // 1 for the first of the run
	Tasks   []string  `json:"tasks"`
	By      string    `json:"by,omitempty"`
	Queued  time.Time `json:"queued_at"`
	Started time.Time `json:"started_at,omitzero"`
	Ended   time.Time `json:"ended_at,omitzero"`
	Status  Status    `json:"status,omitzero"` // of the run when the repair had ended
}

// NoRepairError says why a run cannot be repaired.
type NoRepairError struct {
	Workspace string
	Run       int64
	Why       string
}

func (e *NoRepairError) Error() string {
	return fmt.Sprintf("run %d in %s cannot be repaired: %s", e.Run, e.Workspace, e.Why)
}

// UnknownTaskError says that a job has no task of a key.
type UnknownTaskError struct {
	Task  string
	Known []string
}

func (e *UnknownTaskError) Error() string {
	return fmt.Sprintf("task %q is unknown: the tasks are %v", e.Task, e.Known) + nearest.Hint(e.Task, e.Known)
}

// Rerun lists the keys of the tasks that a repair of a run runs again, in the order of the job: the
// named ones, or without any those that failed or were cancelled, by themselves or by what they depend on; and
// all that depend on one of these, except those that were not wanted in the run. The error is a *NoRepairError or
// has an *UnknownTaskError.
func Rerun(j Job, r Run, named []string) ([]string, error) {
	no := func(format string, args ...any) ([]string, error) {
		return nil, &NoRepairError{r.Workspace, r.ID, fmt.Sprintf(format, args...)}
	}
	newest := r.Newest()
	if !r.Status.Ended() {
		return no("it is under way (%s)", r.Status.LifeCycle)
	}
	if len(newest) == 0 {
		return no("it never had a task to run (%s); start a new run", r.Status.Result)
	}
	if added, gone := changedTasks(j, newest); len(added)+len(gone) > 0 {
		return no("the job has changed since%s%s; start a new run", listed(": new are ", added), listed(": gone are ", gone))
	}
	for _, key := range named {
		if !slices.ContainsFunc(newest, func(t TaskRun) bool { return t.Key == key }) {
			return nil, fmt.Errorf("repair run %d in %s: %w", r.ID, r.Workspace, &UnknownTaskError{key, j.keys()})
		}
	}
	var again []string
	below := map[string]bool{} // tasks that run again, and those that depend on them
	for i, t := range r.NewestOf(j) {
		wanted := t.Status.Failed() || t.Status.Canceled()
		if len(named) > 0 {
			wanted = slices.Contains(named, t.Key)
		}
		dependent := slices.ContainsFunc(j.Tasks[i].DependsOn, func(key string) bool { return below[key] })
		below[t.Key] = wanted || dependent
		if wanted || dependent && t.Status.Result != Disabled {
			again = append(again, t.Key)
		}
	}
	if len(again) == 0 {
		return no("none of its tasks failed; name the tasks to run again")
	}
	return again, nil
}

func (j Job) keys() []string {
	keys := make([]string, len(j.Tasks))
	for i, t := range j.Tasks {
		keys[i] = t.Key
	}
	return keys
}

// changedTasks lists the tasks that only the job has, and those that only its run has.
func changedTasks(j Job, run []TaskRun) (added, gone []string) {
	keys := j.keys()
	for _, t := range run {
		if !slices.Contains(keys, t.Key) {
			gone = append(gone, t.Key)
		}
	}
	for _, key := range keys {
		if !slices.ContainsFunc(run, func(t TaskRun) bool { return t.Key == key }) {
			added = append(added, key)
		}
	}
	return added, gone
}

func listed(before string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return before + strings.Join(names, ", ")
}
