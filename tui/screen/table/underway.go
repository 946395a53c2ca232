package table

import (
	"featops/engine"
	"featops/tui/screen"
	"featops/workspaces"
)

// UnderWay reports whether a table is being built, in a run of a job or outside, and how far that is.
func UnderWay(s *engine.Snapshot, workspace, table string) (far string, under bool) {
	for i := range s.Builds {
		if b := &s.Builds[i]; b.Workspace == workspace && b.Table == table {
			if b.Progress != nil {
				far = screen.Progress(*b.Progress)
			}
			return far, true
		}
	}
	for i := range s.Workspaces {
		if w := &s.Workspaces[i]; w.Name == workspace {
			return inRuns(w, table)
		}
	}
	return "", false
}

func inRuns(w *engine.WorkspaceState, table string) (far string, under bool) {
	for i := range w.Jobs {
		j := &w.Jobs[i]
		for k := range j.Tasks {
			if j.Tasks[k].Table != table {
				continue
			}
			if t := executed(j, j.Tasks[k].Key); t != nil {
				if t.Progress != nil {
					far = screen.Progress(*t.Progress)
				}
				return far, true
			}
		}
	}
	return "", false
}

// executed is the attempt at a task that is under way, or nil.
func executed(j *engine.JobState, task string) *workspaces.TaskRun {
	for i := range j.Runs {
		r := &j.Runs[i]
		if r.Status.Ended() {
			continue
		}
		for n := range r.Tasks {
			if t := &r.Tasks[n]; t.Key == task && t.Status.LifeCycle == workspaces.Running {
				return t
			}
		}
	}
	return nil
}
