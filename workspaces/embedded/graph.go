package embedded

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"featops/workspaces"
)

// checkGraph reports all that is wrong with the graph of a job.
func checkGraph(j workspaces.Job) error {
	var problems []error
	var before []string
	for _, t := range j.Tasks {
		if slices.Contains(before, t.Key) {
			problems = append(problems, fmt.Errorf("job %s: task %s stands twice", j.Name, t.Key))
		}
		for _, d := range t.DependsOn {
			if !slices.Contains(before, d) {
				problems = append(problems, fmt.Errorf("job %s: task %s depends on %s: allowed are the tasks before it: %v", j.Name, t.Key, d, before))
			}
		}
		if _, known := conditions[condition(t)]; !known {
			problems = append(problems, fmt.Errorf("job %s: task %s: run_if %q is unknown", j.Name, t.Key, t.RunIf))
		}
		before = append(before, t.Key)
	}
	return errors.Join(problems...)
}

// condition is the task's run_if, or what stands for none.
func condition(t workspaces.Task) workspaces.RunIf {
	if t.RunIf == "" {
		return workspaces.AllSuccess
	}
	return t.RunIf
}

// outcomes counts what became of the tasks that one task depends on.
type outcomes struct {
	succeeded int // those that somebody wanted skipped too
	excluded  int // by their run_if; they count as succeeded, unless there is nothing else
	failed    int
	canceled  int
}

func (o *outcomes) add(s workspaces.Status, excluded bool) {
	switch {
	case excluded:
		o.excluded++
	case s.Succeeded() || s.Skipped():
		o.succeeded++
	case s.Canceled():
		o.canceled++
	default:
		o.failed++
	}
}

// conditions tells when each run_if is met. As in Databricks, a cancelled task counts as failed, so that
// a task that cleans up after failures also runs after a cancellation.
// https://docs.databricks.com/aws/en/jobs/run-if
var conditions = map[workspaces.RunIf]struct {
	met         func(o outcomes) bool
	wantsFailed bool
}{
	workspaces.AllSuccess:        {met: func(o outcomes) bool { return o.failed+o.canceled == 0 }},
	workspaces.NoneFailed:        {met: func(o outcomes) bool { return o.failed+o.canceled == 0 }},
	workspaces.AtLeastOneSuccess: {met: func(o outcomes) bool { return o.succeeded+o.excluded > 0 }},
	workspaces.AllDone:           {met: func(outcomes) bool { return true }},
	workspaces.AllFailed:         {met: func(o outcomes) bool { return o.succeeded+o.excluded == 0 }, wantsFailed: true},
	workspaces.AtLeastOneFailed:  {met: func(o outcomes) bool { return o.failed+o.canceled > 0 }, wantsFailed: true},
}

// verdict is the result of a task that is not to run, or "" for one that is. A task that depends on
// nothing runs whatever its run_if. One whose dependencies are all excluded is excluded too.
// Otherwise the run_if decides: where it is not met, a condition that wants success has been
// spoiled from upstream, and one that wants failures has nothing to do.
func (o outcomes) verdict(runIf workspaces.RunIf) workspaces.Result {
	c := conditions[runIf]
	switch {
	case o == outcomes{}:
		return ""
	case o.succeeded+o.failed+o.canceled == 0:
		return workspaces.Excluded
	case c.met(o):
		return ""
	case c.wantsFailed:
		return workspaces.Excluded
	case o.failed > 0:
		return workspaces.UpstreamFailed
	}
	return workspaces.UpstreamCanceled
}

// runStatus is how a run has ended, by its tasks: the leaves, on which no other task depends, decide
// whether it failed. A run in which every task was skipped did all that was wanted, so it succeeded.
// why is what ended it early, if anything did.
func runStatus(j workspaces.Job, tasks []workspaces.TaskRun, why error) workspaces.Status {
	ended := workspaces.Status{LifeCycle: workspaces.Terminated}
	var failed, canceled []string
	ran, leafFailed := false, false
	for i, t := range tasks {
		ran = ran || !t.Status.Skipped()
		switch {
		case t.Status.Canceled():
			canceled = append(canceled, t.Key)
		case t.Status.Failed():
			failed = append(failed, t.Key)
			leafFailed = leafFailed || isLeaf(j, j.Tasks[i].Key)
		}
	}
	switch {
	case len(canceled) > 0:
		ended.Result, ended.Message = workspaces.Canceled, "not done: "+strings.Join(canceled, ", ")
		var late *runTimeoutError
		if errors.As(why, &late) {
			ended.Result = workspaces.TimedOut
		}
		if why != nil {
			ended.Message = why.Error() + "; " + ended.Message
		}
	case leafFailed:
		ended.Result, ended.Message = workspaces.Failed, "failed: "+strings.Join(failed, ", ")
	case len(failed) > 0:
		ended.Result, ended.Message = workspaces.SuccessWithFailures, "failed: "+strings.Join(failed, ", ")
	case !ran:
		ended.Result, ended.Message = workspaces.Success, "every task was skipped"
	default:
		ended.Result = workspaces.Success
	}
	return ended
}

func isLeaf(j workspaces.Job, key string) bool {
	return !slices.ContainsFunc(j.Tasks, func(t workspaces.Task) bool { return slices.Contains(t.DependsOn, key) })
}
