package engine

import (
	"context"
	"featops/engine/journal"
	"featops/workspaces"
	"fmt"
	"strings"
	"time"
)

// RegisterInto registers in one workspace the tables that the newest runs of the others have
// finished. It waits for the feature tasks of runs that are under way, not for their registry tasks,
// which may be waiting for this one. This is what a registry task of a job does.
func (e *Engine) RegisterInto(ctx context.Context, target string) (string, error) {
	if !e.registrar.enabled {
		return "registration is off", nil
	}
	var keys []journal.RegistrationKey
	for _, w := range e.others(target) {
		jobs, err := call(ctx, e, w.Jobs)
		if err != nil {
			return "", fmt.Errorf("list the jobs of %s: %w", w.Name(), err)
		}
		for _, j := range jobs {
			runs, err := e.featuresEnded(ctx, w, j)
			if err != nil {
				return "", err
			}
			for _, k := range e.registrar.finished(w, j, runs) {
				if k.To == target {
					keys = append(keys, k)
				}
			}
		}
	}
	results, err := e.registrar.all(ctx, keys)
	return tally(results), err
}

// featuresEnded returns a job's newest runs once all feature tasks of the newest one have ended.
func (e *Engine) featuresEnded(ctx context.Context, w workspaces.Workspace, j workspaces.Job) ([]workspaces.Run, error) {
	for {
		_, wake := e.patience(w, e.changed())
		runs, err := call(ctx, e, func(ctx context.Context) ([]workspaces.Run, error) { return w.Runs(ctx, j.ID, RunsShown) })
		if err != nil {
			return nil, fmt.Errorf("list the runs of %s in %s: %w", j.Name, w.Name(), err)
		}
		run, _ := newest(runs)
		busy := false
		for _, t := range run.Newest() {
			busy = busy || !workspaces.IsRegistry(t.Key) && !t.Status.Ended()
		}
		if !busy {
			return runs, nil
		}
		select {
		case <-wake:
		case <-time.After(e.config.Monitor.Interval):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// tally counts results in a sentence: `2 registered, 1 unchanged`.
func tally(results []RegistrationResult) string {
	var parts []string
	for _, s := range []RegistrationStatus{Registered, Unchanged, RegistrationNo, RegistrationFailed} {
		n := 0
		for _, r := range results {
			if r.Status == s {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(parts) == 0 {
		return "nothing to register"
	}
	return strings.Join(parts, ", ")
}
