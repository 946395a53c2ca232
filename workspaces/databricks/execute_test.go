package databricks_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"featops/workspaces"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// files are one for each task: a statement of the task's own name, in a session that reads what it is asked for.
func files(keys ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, key := range keys {
		out[key+".sql"] = &fstest.MapFile{Data: []byte("-- What the file is for; and more.\n\nUSE CATALOG IDENTIFIER(:catalog);\n\nSELECT " + key + " FROM information_schema.tables;\n")}
	}
	return out
}

// working makes the double carry out a job of these tasks by a script, in which each succeeds.
func working(t *testing.T, tasks ...jobs.Task) (*world, *double.Script, int64) {
	x := open(t)
	script := &double.Script{}
	script.Answer(".", "n BIGINT")
	x.SetEngine("w1", script)
	x.SetLake("m1", noTables{})
	var keys []string
	for i := range tasks {
		key := tasks[i].TaskKey
		tasks[i].SqlTask = &jobs.SqlTask{File: &jobs.SqlTaskFile{Path: "/" + key + ".sql"}, WarehouseId: "w1", Parameters: map[string]string{"catalog": "main"}}
		keys = append(keys, key)
	}
	x.SetFiles(files(keys...))
	s := settings()
	s.Tasks = tasks
	return x, script, x.AddJob(s)
}

func after(key string, runIf jobs.RunIf, before ...string) jobs.Task {
	t := jobs.Task{TaskKey: key, RunIf: runIf}
	for _, b := range before {
		t.DependsOn = append(t.DependsOn, jobs.TaskDependency{TaskKey: b})
	}
	return t
}

// ends waits for the end of a run.
func (x *world) ends(t *testing.T, id int64) workspaces.Run {
	t.Helper()
	<-x.Ended(id)
	return must[workspaces.Run](t)(x.w.Run(t.Context(), id))
}

func outcome(r workspaces.Run) string {
	var out []string
	for _, t := range r.Newest() {
		out = append(out, t.Key+" "+string(t.Status.Result))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestTasksRunTheirFilesInOrder(t *testing.T) {
	for _, c := range []struct {
		about string
		fails string
		tasks []jobs.Task
		want  string
		run   workspaces.Result
	}{
		{"all succeed", "", []jobs.Task{after("a", ""), after("b", "", "a")}, "a SUCCESS, b SUCCESS", workspaces.Success},
		{"what follows a failure does not run", "a", []jobs.Task{after("a", ""), after("b", "", "a"), after("c", "", "b")},
			"a FAILED, b UPSTREAM_FAILED, c UPSTREAM_FAILED", workspaces.Failed},
		{"unless it wants to", "a", []jobs.Task{after("a", ""), after("b", jobs.RunIfAllDone, "a")}, "a FAILED, b SUCCESS", workspaces.SuccessWithFailures},
		{"one of two", "a", []jobs.Task{after("a", ""), after("b", ""), after("c", jobs.RunIfAtLeastOneSuccess, "a", "b"), after("d", jobs.RunIfAllFailed, "a", "b")},
			"a FAILED, b SUCCESS, c SUCCESS, d EXCLUDED", workspaces.SuccessWithFailures},
		{"only then", "a", []jobs.Task{after("a", ""), after("b", jobs.RunIfAtLeastOneFailed, "a")}, "a FAILED, b SUCCESS", workspaces.SuccessWithFailures},
	} {
		t.Run(c.about, func(t *testing.T) {
			x, script, job := working(t, c.tasks...)
			if c.fails != "" {
				script.Fail("SELECT "+c.fails+" ", "[DIVIDE_BY_ZERO] Division by zero.", 10)
			}
			r := x.ends(t, must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job})))
			if got := outcome(r); got != c.want || r.Status.Result != c.run {
				t.Errorf("%s, the run %+v; want %s, %s", got, r.Status, c.want, c.run)
			}
			for _, task := range r.Tasks {
				if task.Key == c.fails && task.Status.Message != "[DIVIDE_BY_ZERO] Division by zero." {
					t.Errorf("%s says %q", task.Key, task.Status.Message)
				}
			}
		})
	}
}

func TestARepairRunsFilesAgain(t *testing.T) {
	x, script, job := working(t, after("a", ""), after("b", "", "a"))
	script.Fail("SELECT a ", "[SOME] error", 1)
	id := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
	x.ends(t, id)
	must[int64](t)(x.w.Repair(t.Context(), workspaces.RepairRequest{Run: id}))
	if r := x.ends(t, id); outcome(r) != "a SUCCESS, b SUCCESS" || !r.Status.Succeeded() || len(r.Tasks) != 4 {
		t.Errorf("%s of %+v", outcome(r), r)
	}
}

func TestACancelledRunEndsAndTheNextOneBegins(t *testing.T) {
	x, script, job := working(t, after("a", ""), after("b", jobs.RunIfAllDone, "a"))
	script.Hang("SELECT a ")
	first := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
	second := must[int64](t)(x.w.RunNow(t.Context(), workspaces.RunRequest{JobID: job}))
	if s := must[workspaces.Run](t)(x.w.Run(t.Context(), second)).Status; s.LifeCycle != workspaces.Queued {
		t.Errorf("the second one is %+v", s)
	}
	if err := x.w.Cancel(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if r := x.ends(t, first); outcome(r) != "a CANCELED, b CANCELED" || !r.Status.Canceled() {
		t.Errorf("%s of %+v", outcome(r), r.Status)
	}
	if s := must[workspaces.Run](t)(x.w.Run(t.Context(), second)).Status; s.LifeCycle != workspaces.Running {
		t.Errorf("the second one is %+v", s)
	}
}

// noTables is a catalog without any.
type noTables struct{ double.Lake }

func (noTables) Names(context.Context, string) ([]string, error) { return nil, nil }
