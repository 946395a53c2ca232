package workspaces_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	succeeded = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	failed    = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed}
	canceled  = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled}
	timedOut  = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.TimedOut}
	upstream  = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.UpstreamFailed}
	excluded  = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Excluded}
	disabled  = workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Disabled}
)

// graph is a job of tasks `key` or `key: dependencies`, and a run of it with a state for each.
func graph(tasks []string, states ...workspaces.Status) (workspaces.Job, workspaces.Run) {
	var j workspaces.Job
	r := workspaces.Run{ID: 5, Workspace: "medpag", Status: failed}
	for i, text := range tasks {
		key, after, _ := strings.Cut(text, ":")
		j.Tasks = append(j.Tasks, workspaces.Task{Key: key, DependsOn: strings.Fields(after)})
		r.Tasks = append(r.Tasks, workspaces.TaskRun{Key: key, Status: states[i]})
	}
	return j, r
}

func TestRerun(t *testing.T) {
	chain := []string{"a", "b: a", "c: b", "d"}
	for _, c := range []struct {
		name   string
		tasks  []string
		states []workspaces.Status
		named  []string
		want   string
	}{
		{"what failed, and what it kept from running", chain, []workspaces.Status{succeeded, failed, upstream, succeeded}, nil, "b c"},
		{"every way not to succeed", []string{"a", "b", "c", "d"}, []workspaces.Status{failed, canceled, timedOut, succeeded}, nil, "a b c"},
		{"what succeeded after a failure", chain, []workspaces.Status{failed, succeeded, succeeded, succeeded}, nil, "a b c"},
		{"what was excluded for it", chain, []workspaces.Status{succeeded, failed, excluded, succeeded}, nil, "b c"},
		{"not what was excluded for itself", chain, []workspaces.Status{succeeded, failed, succeeded, excluded}, nil, "b c"},
		{"not what was not wanted, but what depends on that", chain, []workspaces.Status{failed, disabled, succeeded, disabled}, nil, "a c"},
		{"what is named", chain, []workspaces.Status{failed, upstream, upstream, succeeded}, []string{"d"}, "d"},
		{"what is named though it was not wanted", chain, []workspaces.Status{succeeded, disabled, disabled, succeeded}, []string{"b"}, "b"},
		{"what depends on what is named", chain, []workspaces.Status{succeeded, succeeded, succeeded, succeeded}, []string{"b", "d"}, "b c d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, r := graph(c.tasks, c.states...)
			got, err := workspaces.Rerun(j, r, c.named)
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("%v, %v; want %s", got, err, c.want)
			}
		})
	}
}

// The newest attempts count, whatever the ones before.
func TestRerunLooksAtTheNewestAttempts(t *testing.T) {
	j, r := graph([]string{"a", "b"}, failed, succeeded)
	r.Tasks = append(r.Tasks, workspaces.TaskRun{Key: "a", Attempt: 1, Status: succeeded}, workspaces.TaskRun{Key: "b", Attempt: 1, Status: failed})
	if got, err := workspaces.Rerun(j, r, nil); err != nil || !slices.Equal(got, []string{"b"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRerunRefuses(t *testing.T) {
	j, r := graph([]string{"a"}, succeeded)
	with := func(change func(r *workspaces.Run)) workspaces.Run {
		c := r
		change(&c)
		return c
	}
	larger := workspaces.Job{Tasks: []workspaces.Task{{Key: "a"}, {Key: "b"}}}
	for _, c := range []struct {
		says  string
		job   workspaces.Job
		run   workspaces.Run
		named []string
	}{
		{"none of its tasks failed", j, r, nil},
		{"it is under way (RUNNING)", j, with(func(r *workspaces.Run) { r.Status = workspaces.Status{LifeCycle: workspaces.Running} }), nil},
		{"it never had a task to run", j, with(func(r *workspaces.Run) { r.Tasks = nil }), nil},
		{"the job has changed since: new are b", larger, r, nil},
		{"the job has changed since: gone are a", workspaces.Job{}, r, nil},
		{`task "c" is unknown: the tasks are [a]`, j, r, []string{"c"}},
	} {
		_, err := workspaces.Rerun(c.job, c.run, c.named)
		var no *workspaces.NoRepairError
		var unknown *workspaces.UnknownTaskError
		if !errors.As(err, &no) && !errors.As(err, &unknown) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "run 5 in medpag") {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

// Whatever the graph: what is wanted, and all that can be reached from there and was wanted in the run.
func TestRerunIsAllThatCanBeReachedFromWhatIsWanted(t *testing.T) {
	states := []workspaces.Status{succeeded, failed, canceled, upstream, excluded, disabled}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "tasks")
		var tasks []string
		var is []workspaces.Status
		reach := make([][]bool, n) // from the one to the other, by any way
		for i := range n {
			reach[i] = make([]bool, n)
			reach[i][i] = true
			text := fmt.Sprintf("t%d:", i)
			for k := range i {
				if rapid.Bool().Draw(t, "depends") {
					text += fmt.Sprintf(" t%d", k)
					for from := range i {
						reach[from][i] = reach[from][i] || reach[from][k]
					}
				}
			}
			tasks, is = append(tasks, text), append(is, rapid.SampledFrom(states).Draw(t, "state"))
		}
		j, r := graph(tasks, is...)
		var named []string
		for i := range n {
			if rapid.IntRange(0, 4).Draw(t, "named") == 0 {
				named = append(named, fmt.Sprintf("t%d", i))
			}
		}
		var want []string
		for to := range n {
			key := fmt.Sprintf("t%d", to)
			again := slices.Contains(named, key)
			for from := range n {
				starts := slices.Contains(named, fmt.Sprintf("t%d", from))
				if len(named) == 0 {
					starts = is[from].Failed() || is[from].Canceled()
				}
				again = again || starts && reach[from][to] && is[to].Result != workspaces.Disabled
			}
			if again {
				want = append(want, key)
			}
		}
		got, err := workspaces.Rerun(j, r, named)
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (len(want) > 0) {
			t.Fatalf("%v %v %v: (-want +got):\n%s%v", tasks, is, named, diff, err)
		}
	})
}
