package overview

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func state(s *engine.Snapshot, t widget.Theme) screen.State {
	return screen.State{Snapshot: s, Now: noon, Theme: t}
}

// rows draws the workspaces of a snapshot without colours, as wide as one may wish.
func rows(s *engine.Snapshot, failed map[target]engine.RegistrationStatus) []string {
	screen := New(nil, logs.NewRing(1))
	if failed != nil {
		screen.failed = failed
	}
	screen.Show(state(s, widget.Theme{}))
	var out []string
	for _, l := range screen.drawStacked(119, 0, 100) {
		out = append(out, strings.Join(strings.Fields(ansi.Strip(l)), " "))
	}
	return out
}

func TestTasksAreIndentedByTheirLongestWay(t *testing.T) {
	var job engine.JobState
	for _, d := range [][]string{{"a"}, {"b", "a"}, {"c", "a", "b"}, {"d"}, {"e", "d", "c"}, {"f", "d", "c"}} {
		job.Tasks = append(job.Tasks, workspaces.Task{Key: d[0], DependsOn: d[1:]})
	}
	s := &engine.Snapshot{Workspaces: []engine.WorkspaceState{{Name: "w", Jobs: []engine.JobState{job}}}}
	var got []string
	for _, it := range newSpace(s, &s.Workspaces[0], nil).job(0)[1:] {
		got = append(got, it.label())
	}
	want := []string{"  a", "  └ b", "    └ c", "  d", "      ├ e", "      └ f"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRegistrationInTheOtherWorkspaces(t *testing.T) {
	table := workspaces.Table{Workspace: "home", Name: "t", Rows: 1000, Version: 3}
	old, foreign := table, table
	old.Version = 2
	foreign.Workspace = "elsewhere"
	at := func(name string, r ...workspaces.Table) engine.WorkspaceState {
		w := engine.WorkspaceState{Name: name}
		for _, t := range r {
			w.Registrations = append(w.Registrations, workspaces.Registration{Table: t})
		}
		return w
	}
	home := at("home")
	home.Tables = []workspaces.Table{table}
	s := &engine.Snapshot{Workspaces: []engine.WorkspaceState{
		home, at("same", table), at("older", old), at("none"), at("broken", old), at("refusing"), at("other", foreign), at("mended", table),
	}}
	got := rows(s, map[target]engine.RegistrationStatus{
		{"t", "broken"}: engine.RegistrationFailed, {"t", "refusing"}: engine.RegistrationNo, {"t", "mended"}: engine.RegistrationFailed,
	})
	want := "1,000 rows · v3 · → same ✓ older … none … broken ✗ failed refusing ✗ refused other … mended ✓"
	if got := strings.Join(got, "\n"); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant in it\n%s", got, want)
	}
}

func TestTablesAndBuildsOutsideOfJobsAreShown(t *testing.T) {
	s := &engine.Snapshot{
		Env: "dev",
		Workspaces: []engine.WorkspaceState{{
			Name: "w", Kind: "embedded", Polled: noon.Add(-time.Minute), NextPoll: noon,
			Tables: []workspaces.Table{{Workspace: "w", Name: "by_hand", Rows: 5, Version: 1}},
		}},
		Builds: []engine.BuildState{{
			Workspace: "w", Table: "new_one", Started: noon.Add(-90 * time.Second), Progress: &workspaces.Progress{Stage: "read", Rows: 1200},
		}},
	}
	want := []string{
		"w · embedded ✓ connected · polled 1m00s ago · next in 0s",
		"! no feature job found in dev",
		"▸ by_hand ✓ table 5 rows · v1",
		"new_one ● building 1m30s read 1,200 rows",
	}
	var got []string
	for _, l := range rows(s, nil) {
		got = append(got, strings.TrimSpace(strings.Trim(strings.ReplaceAll(l, "─", ""), " ")))
	}
	for i := range got {
		got[i] = strings.Join(strings.Fields(got[i]), " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheSelectedRowIsAlwaysSeen(t *testing.T) {
	job := engine.JobState{Job: workspaces.Job{Name: "job"}}
	for i := range 60 {
		job.Tasks = append(job.Tasks, workspaces.Task{Key: fmt.Sprintf("task_%d", i)})
	}
	s := &engine.Snapshot{Workspaces: []engine.WorkspaceState{{Name: "w", Jobs: []engine.JobState{job}}}}
	s.Workspaces = append(s.Workspaces, engine.WorkspaceState{Name: "v", Jobs: []engine.JobState{job}}, engine.WorkspaceState{Name: "empty"})
	screen := New(nil, logs.NewRing(1))
	screen.Show(state(s, widget.Theme{}))
	for _, by := range []int{1, 30, 100, 2, 1, 1000, -1, -7, -60, -100, -1000} {
		screen.Move(by)
		seen := strings.Join(screen.Draw(80, 20), "\n")
		if !strings.Contains(seen, "▸ ") && screen.Selected().Row != "" {
			t.Errorf("moved by %d, %q is not seen in\n%s", by, screen.Selected().Row, seen)
		}
	}
}
