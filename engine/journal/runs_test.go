package journal

import (
	"testing"
	"time"

	"featops/workspaces"
)

func saw(t *testing.T, j *Journal, r workspaces.Run) *workspaces.Run {
	t.Helper()
	previous, err := j.SawRun(t.Context(), r)
	must(t, err)
	return previous
}

func TestARunIsComparedWithWhatWasKnown(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	running := workspaces.Run{
		ID: 7, JobID: 1, Job: "demo-feature-store", Workspace: "bncapers", Status: workspaces.Status{LifeCycle: workspaces.Running},
		Parameters: map[string]string{"env": "dev"}, Queued: noon, Started: after(time.Second),
		Tasks: []workspaces.TaskRun{{Key: "fs_cus_demographic", Status: workspaces.Status{LifeCycle: workspaces.Running}, Started: after(2 * time.Second)}},
	}
	ended := running
	ended.Status = workspaces.Status{LifeCycle: workspaces.Terminated, Result: "SOMETHING_NEW", Message: "why"}
	ended.Ended = after(time.Minute)
	ended.Tasks = []workspaces.TaskRun{{
		Key: "fs_cus_demographic", Attempt: 1, Status: ended.Status, Started: after(3 * time.Second), Ended: after(time.Minute),
		Build: &workspaces.Build{Table: "fs_cus_demographic", Mode: workspaces.Merge, Version: 4, Rows: 10, Changes: workspaces.Changes{Inserted: 2}},
	}}
	for i, step := range []struct {
		seen     workspaces.Run
		previous *workspaces.Run
	}{{running, nil}, {running, &running}, {ended, &running}, {ended, &ended}} {
		j = reopen(t, j)
		same(t, "previous", saw(t, j, step.seen), step.previous)
		if t.Failed() {
			t.Fatalf("in step %d", i)
		}
	}
}

func TestARunIsKnownByWorkspaceAndNumber(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	saw(t, j, workspaces.Run{Workspace: "bncapers", ID: 7})
	if p := saw(t, j, workspaces.Run{Workspace: "medpag", ID: 7}); p != nil {
		t.Errorf("a run of medpag was taken for %+v", p)
	}
	if p := saw(t, j, workspaces.Run{Workspace: "bncapers", ID: 8}); p != nil {
		t.Errorf("run 8 was taken for %+v", p)
	}
}

func TestProgressIsNotKept(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	r := workspaces.Run{Workspace: "bncapers", ID: 7, Tasks: []workspaces.TaskRun{{Key: "a", Progress: &workspaces.Progress{Rows: 5}}}}
	saw(t, j, r)
	if r.Tasks[0].Progress == nil {
		t.Error("the caller's run was changed")
	}
	if p := saw(t, j, r); p.Tasks[0].Progress != nil {
		t.Errorf("kept %+v", p.Tasks[0].Progress)
	}
}

func TestAKnownStateCostsNoWrite(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	commits := func() (n int64) {
		must(t, j.db.QueryRowContext(t.Context(), "SELECT total_changes()").Scan(&n))
		return n
	}
	r := workspaces.Run{Workspace: "bncapers", ID: 7, Queued: noon, Tasks: []workspaces.TaskRun{{Key: "a"}}}
	saw(t, j, r)
	before := commits()
	r.Queued = r.Queued.UTC()
	r.Tasks[0].Progress = &workspaces.Progress{Rows: 5}
	saw(t, j, r)
	if after := commits(); after != before {
		t.Errorf("%d rows were written", after-before)
	}
	r.Status.LifeCycle = workspaces.Running
	saw(t, j, r)
	if commits() == before {
		t.Error("a new state was not written")
	}
}
