package engine

import (
	"time"

	"featops/workspaces"
)

// remote is a workspace every look at which costs calls that it counts, and which does not tell of changes.
type remote interface{ Usage() workspaces.Usage }

// usage is what a workspace has cost; nil where looks cost nothing.
func usage(w workspaces.Workspace) *workspaces.Usage {
	r, ok := w.(remote)
	if !ok {
		return nil
	}
	u := r.Usage()
	return &u
}

// activeInterval is the time between two looks at the runs of a workspace in which something runs, where it has to be asked.
const activeInterval = 5 * time.Second

// pace is what decides when a workspace is looked at next.
type pace struct {
	interval time.Duration // between two looks at everything
	since    time.Duration // the last look at everything
	asked    bool          // the workspace does not tell of changes: it has to be asked
	active   bool          // something runs, or waits to
	failed   bool          // the last look did
	busy     time.Duration // the workspace takes no calls before that has passed
}

// next is how long to wait, and whether everything is looked at then, or only the runs: at the runs alone, and more often, while
// something runs. A workspace that failed or is busy is not asked more often.
func (p pace) next() (wait time.Duration, everything bool) {
	rest := max(0, p.interval-p.since)
	if !p.asked || !p.active || p.failed || p.busy > 0 || activeInterval >= rest {
		return max(rest, p.busy), true
	}
	return activeInterval, false
}

// active reports whether a run is under way or waits for its turn.
func active(s WorkspaceState) bool {
	for _, j := range s.Jobs {
		for _, r := range j.Runs {
			if !r.Status.Ended() {
				return true
			}
		}
	}
	return false
}

// patience is how long to wait before a run is looked at again that somebody waits for, and what ends that wait earlier: any change
// that is known, where looking costs nothing.
func (e *Engine) patience(w workspaces.Workspace, changed <-chan struct{}) (time.Duration, <-chan struct{}) {
	if _, ok := w.(remote); ok {
		return activeInterval, nil
	}
	return time.Second, changed
}
