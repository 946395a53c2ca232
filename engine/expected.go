package engine

import (
	"slices"
	"time"

	"featops/workspaces"
)

// Expected is how long a job and its tasks usually take, in seconds: the median of what is known of their last successes. What
// is not known is absent.
type Expected struct {
	Seconds float64            `json:"seconds,omitempty"`
	Tasks   map[string]float64 `json:"tasks,omitempty"` // by key
}

// Of is how long a task usually takes, or, for an empty key, the job; 0 when that is not known.
func (e Expected) Of(task string) time.Duration {
	s := e.Seconds
	if task != "" {
		s = e.Tasks[task]
	}
	return time.Duration(s * float64(time.Second))
}

// Late reports whether something takes remarkably longer than it usually does: half as long again, and a second at least,
// as short ones vary.
func Late(took, usual time.Duration) bool {
	return usual > 0 && took > usual*3/2 && took-usual > time.Second
}

// expected looks at a job's newest runs. Only what did work counts: a table that was up to date already took no time. Of
// runs only whole ones count, from the start to the end without a repair.
func expected(runs []workspaces.Run) Expected {
	var whole []float64
	tasks := map[string][]float64{}
	for _, r := range runs {
		if r.Status.Succeeded() && len(r.Only) == 0 && len(r.Repairs) == 0 && didWork(r.Tasks) {
			whole = append(whole, r.Ended.Sub(r.Started).Seconds())
		}
		for _, t := range r.Tasks {
			if t.Status.Succeeded() && !t.Started.IsZero() && !(t.Build != nil && t.Build.UpToDate) {
				tasks[t.Key] = append(tasks[t.Key], t.Ended.Sub(t.Started).Seconds())
			}
		}
	}
	e := Expected{Seconds: median(whole)}
	for key, took := range tasks {
		if e.Tasks == nil {
			e.Tasks = map[string]float64{}
		}
		e.Tasks[key] = median(took)
	}
	return e
}

// didWork reports whether an attempt built a table anew, or there was none to build.
func didWork(tasks []workspaces.TaskRun) bool {
	builds, upToDate := 0, 0
	for _, t := range tasks {
		if t.Build != nil {
			builds++
			if t.Build.UpToDate {
				upToDate++
			}
		}
	}
	return builds == 0 || upToDate < builds
}

// median is the middle of some values, or the mean of the two in the middle; 0 of none.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	switch {
	case n == 0:
		return 0
	case n%2 == 0:
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[n/2]
}
