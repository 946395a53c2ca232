package engine

import (
	"featops/engine/journal"
	"featops/workspaces"
)

// finished lists the pieces of work that a job's runs, the newest first, give. Of each feature task the newest run
// counts in which it was not skipped, so a run of some tasks does not hide what an earlier run finished. When the
// newest run lacks tasks that the job is expected to have, and was not asked for some only, nothing counts.
func (r *registrar) finished(w workspaces.Workspace, j workspaces.Job, runs []workspaces.Run) []journal.RegistrationKey {
	newest, ok := newest(runs)
	if !ok || len(newest.Only) == 0 && !newest.Holds(featureTasks(j)) {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []journal.RegistrationKey
	for _, task := range featureTasks(j) {
		run, t, ok := lastTried(runs, task)
		if !ok || !t.Status.Succeeded() {
			continue
		}
		r.jobs[runOf{w.Name(), run}] = j.Name
		for _, table := range r.engine.tablesOf(w.Name(), task) {
			for _, to := range r.engine.others(w.Name()) {
				out = append(out, journal.RegistrationKey{
					From: w.Name(), Run: run, Task: task, Attempt: t.Attempt, Table: table, To: to.Name(),
				})
			}
		}
	}
	return out
}

// lastTried finds the newest attempt at a task that was not skipped, and the run that it belongs to. An earlier run may
// have it: one that was repaired after a later one had ended.
func lastTried(runs []workspaces.Run, task string) (run int64, found workspaces.TaskRun, ok bool) {
	for _, r := range runs {
		if !begun(r) {
			continue
		}
		for _, t := range r.Newest() {
			if t.Key == task && !t.Status.Skipped() && (!ok || len(r.Repairs) > 0 && t.Started.After(found.Started)) {
				run, found, ok = r.ID, t, true
			}
		}
	}
	return run, found, ok
}

func featureTasks(j workspaces.Job) []string {
	var keys []string
	for _, t := range j.Tasks {
		if !workspaces.IsRegistry(t.Key) {
			keys = append(keys, t.Key)
		}
	}
	return keys
}

// newest returns the newest of the runs, which are given so, that has begun.
func newest(runs []workspaces.Run) (workspaces.Run, bool) {
	for _, r := range runs {
		if begun(r) {
			return r, true
		}
	}
	return workspaces.Run{}, false
}

// begun reports whether a run did anything, or does: not one that was turned away because too many others were under
// way, nor one that waits in the queue or was cancelled there.
func begun(r workspaces.Run) bool {
	return r.Status.LifeCycle != workspaces.Skipped && (r.Status.LifeCycle != workspaces.Queued || len(r.Repairs) > 0)
}
