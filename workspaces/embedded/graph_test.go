package embedded

import (
	"errors"
	"testing"

	"featops/workspaces"
)

// What a run_if makes of every kind of outcome: s succeeded, x excluded, f failed, c cancelled.
func TestRunIf(t *testing.T) {
	const (
		run      = workspaces.Result("")
		excluded = workspaces.Excluded
		failed   = workspaces.UpstreamFailed
		canceled = workspaces.UpstreamCanceled
	)
	before := []string{"", "s", "f", "c", "x", "ss", "sf", "sc", "sx", "ff", "fc", "cc", "fx", "cx", "xx", "sfc"}
	for runIf, want := range map[workspaces.RunIf][]workspaces.Result{
		workspaces.AllSuccess: {run, run, failed, canceled, excluded, run, failed, canceled, run,
			failed, failed, canceled, failed, canceled, excluded, failed},
		workspaces.NoneFailed: {run, run, failed, canceled, excluded, run, failed, canceled, run,
			failed, failed, canceled, failed, canceled, excluded, failed},
		workspaces.AtLeastOneSuccess: {run, run, failed, canceled, excluded, run, run, run, run,
			failed, failed, canceled, run, run, excluded, run},
		workspaces.AllDone: {run, run, run, run, excluded, run, run, run, run,
			run, run, run, run, run, excluded, run},
		workspaces.AllFailed: {run, excluded, run, run, excluded, excluded, excluded, excluded, excluded,
			run, run, run, excluded, excluded, excluded, excluded},
		workspaces.AtLeastOneFailed: {run, excluded, run, run, excluded, excluded, run, run, excluded,
			run, run, run, run, run, excluded, run},
	} {
		for i, tasks := range before {
			var o outcomes
			for _, c := range tasks {
				switch c {
				case 's':
					o.add(workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}, false)
				case 'f':
					o.add(workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed}, false)
				case 'c':
					o.add(workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled}, false)
				case 'x':
					o.add(workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Excluded}, true)
				}
			}
			if got := o.verdict(runIf); got != want[i] {
				t.Errorf("%s after %q: %q, want %q", runIf, tasks, got, want[i])
			}
		}
	}
}

// What counts how for the tasks after it.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		life     workspaces.LifeCycle
		result   workspaces.Result
		excluded bool
		want     outcomes
	}{
		{workspaces.Terminated, workspaces.Success, false, outcomes{succeeded: 1}},
		{workspaces.Skipped, workspaces.Disabled, false, outcomes{succeeded: 1}},
		{workspaces.Skipped, workspaces.Excluded, false, outcomes{succeeded: 1}}, // its source is not here
		{workspaces.Skipped, workspaces.Excluded, true, outcomes{excluded: 1}},   // its run_if was not met
		{workspaces.Terminated, workspaces.Failed, false, outcomes{failed: 1}},
		{workspaces.Terminated, workspaces.TimedOut, false, outcomes{failed: 1}},
		{workspaces.InternalError, workspaces.Failed, false, outcomes{failed: 1}},
		{workspaces.Skipped, workspaces.UpstreamFailed, false, outcomes{failed: 1}},
		{workspaces.Terminated, workspaces.Canceled, false, outcomes{canceled: 1}},
		{workspaces.Skipped, workspaces.UpstreamCanceled, false, outcomes{canceled: 1}},
	} {
		var got outcomes
		got.add(workspaces.Status{LifeCycle: c.life, Result: c.result}, c.excluded)
		if got != c.want {
			t.Errorf("%s %s, excluded by run_if %t: %+v, want %+v", c.life, c.result, c.excluded, got, c.want)
		}
	}
}

// a before b and c; the leaves are b and c.
func TestRunStatus(t *testing.T) {
	j := workspaces.Job{Tasks: []workspaces.Task{{Key: "a"}, {Key: "b", DependsOn: []string{"a"}}, {Key: "c", DependsOn: []string{"a"}}}}
	for name, c := range map[string]struct {
		results [3]workspaces.Result
		want    workspaces.Result
		message string
	}{
		"all succeeded":         {[3]workspaces.Result{workspaces.Success, workspaces.Success, workspaces.Success}, workspaces.Success, ""},
		"a leaf failed":         {[3]workspaces.Result{workspaces.Success, workspaces.Failed, workspaces.Success}, workspaces.Failed, "failed: b"},
		"only an inner failed":  {[3]workspaces.Result{workspaces.Failed, workspaces.Success, workspaces.Success}, workspaces.SuccessWithFailures, "failed: a"},
		"failed to the leaves":  {[3]workspaces.Result{workspaces.Failed, workspaces.UpstreamFailed, workspaces.Success}, workspaces.Failed, "failed: a, b"},
		"an excluded leaf":      {[3]workspaces.Result{workspaces.Success, workspaces.Excluded, workspaces.Success}, workspaces.Success, ""},
		"something cancelled":   {[3]workspaces.Result{workspaces.Failed, workspaces.Canceled, workspaces.Success}, workspaces.Canceled, "stop; not done: b"},
		"everything skipped":    {[3]workspaces.Result{workspaces.Disabled, workspaces.Excluded, workspaces.Disabled}, workspaces.Success, "every task was skipped"},
		"a leaf that timed out": {[3]workspaces.Result{workspaces.Success, workspaces.Success, workspaces.TimedOut}, workspaces.Failed, "failed: c"},
	} {
		t.Run(name, func(t *testing.T) {
			var tasks []workspaces.TaskRun
			for i, r := range c.results {
				tasks = append(tasks, workspaces.TaskRun{Key: j.Tasks[i].Key, Status: workspaces.Status{LifeCycle: workspaces.Terminated, Result: r}})
			}
			want := workspaces.Status{LifeCycle: workspaces.Terminated, Result: c.want, Message: c.message}
			if got := runStatus(j, tasks, errors.New("stop")); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func TestGraphsThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		tasks []workspaces.Task
		want  []string
	}{
		"a task twice":           {[]workspaces.Task{{Key: "a"}, {Key: "a"}}, []string{"task a stands twice"}},
		"an unknown dependency":  {[]workspaces.Task{{Key: "a", DependsOn: []string{"z"}}}, []string{"task a depends on z"}},
		"a dependency on itself": {[]workspaces.Task{{Key: "a", DependsOn: []string{"a"}}}, []string{"task a depends on a"}},
		"a later dependency":     {[]workspaces.Task{{Key: "a", DependsOn: []string{"b"}}, {Key: "b"}}, []string{"task a depends on b"}},
		"an unknown run_if":      {[]workspaces.Task{{Key: "a", RunIf: "SOMETIMES"}}, []string{`run_if "SOMETIMES" is unknown`}},
	} {
		t.Run(name, func(t *testing.T) {
			o := optionsIn(t.TempDir())
			o.Jobs = []workspaces.Job{{Name: "job", Tasks: c.tasks}}
			_, err := Open(t.Context(), o)
			wantError(t, err, append(c.want, "job job", "open workspace bncapers")...)
		})
	}
}
