package overview

import (
	"fmt"
	"slices"
	"testing"

	"featops/engine"
	"featops/engine/logs"
	"featops/tui/widget"
	"featops/workspaces"

	"pgregory.net/rapid"
)

// The index against a list of all rows.
func TestTheIndexIsTheListOfAllRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &engine.Snapshot{}
		var all []Place // that can be selected
		for w := range rapid.IntRange(1, 3).Draw(t, "workspaces") {
			space := engine.WorkspaceState{Name: fmt.Sprint("w", w)}
			before := len(all)
			for j := range rapid.IntRange(0, 4).Draw(t, "jobs") {
				job := engine.JobState{Job: workspaces.Job{ID: int64(j + 1)}}
				all = append(all, Place{Workspace: space.Name, Job: job.ID})
				for k := range rapid.IntRange(0, 4).Draw(t, "tasks") {
					key := fmt.Sprint("task", k)
					job.Tasks = append(job.Tasks, workspaces.Task{Key: key})
					all = append(all, Place{Workspace: space.Name, Job: job.ID, Task: key})
				}
				space.Jobs = append(space.Jobs, job)
			}
			for k := range rapid.IntRange(0, 3).Draw(t, "tables") {
				name := fmt.Sprint("table", k)
				space.Tables = append(space.Tables, workspaces.Table{Name: name})
				all = append(all, Place{Workspace: space.Name, Table: name})
			}
			if len(all) == before {
				all = append(all, Place{Workspace: space.Name})
			}
			s.Workspaces = append(s.Workspaces, space)
		}
		screen := New(nil, logs.NewRing(1))
		screen.Show(state(s, widget.Theme{}))
		var got []Place
		for _, x := range screen.spaces {
			for i := x.top(); i < x.rows(); i++ {
				p := x.row(i).Place
				if found := x.find(p); found != i {
					t.Fatalf("row %d, %+v, is found at %d", i, p, found)
				}
				got = append(got, p)
			}
		}
		if !slices.Equal(all, got) {
			t.Fatalf("rows %+v, want %+v", got, all)
		}
		at := 0
		for _, by := range rapid.SliceOf(rapid.IntRange(-20, 20)).Draw(t, "moves") {
			screen.Move(by)
			at = max(0, min(len(all)-1, at+by))
			if screen.selected != all[at] {
				t.Fatalf("moved by %d to %+v, want %+v", by, screen.selected, all[at])
			}
		}
	})
}
