package overview

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var (
	succeeded = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	failed    = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed}
	running   = workspaces.Status{LifeCycle: workspaces.Running}
	queued    = workspaces.Status{LifeCycle: workspaces.Queued}
)

// run is a run of one task that began some time before noon and took a minute, or is under way.
func aRun(id int64, s workspaces.Status, before time.Duration) workspaces.Run {
	r := workspaces.Run{ID: id, Status: s, Started: noon.Add(-before)}
	t := workspaces.TaskRun{Key: "task", Status: s, Started: r.Started}
	if s.Ended() {
		r.Ended = r.Started.Add(time.Minute)
		t.Ended = r.Ended
	}
	r.Tasks = []workspaces.TaskRun{t}
	return r
}

func job(id int64, usual time.Duration, runs ...workspaces.Run) engine.JobState {
	return engine.JobState{
		Job:  workspaces.Job{ID: id, Name: fmt.Sprint("job ", id), Tasks: []workspaces.Task{{Key: "task", Table: fmt.Sprint("table ", id)}}},
		Runs: runs, Expected: engine.Expected{Seconds: usual.Seconds(), Tasks: map[string]float64{"task": usual.Seconds()}},
	}
}

func needy() *engine.Snapshot {
	missed := job(4, 0, aRun(9, succeeded, time.Hour))
	missed.Schedule = &workspaces.Schedule{Missed: noon.Add(-time.Minute), Next: noon.Add(time.Hour)}
	return &engine.Snapshot{
		Questions: []workspaces.Question{{ID: "a"}, {ID: "b"}},
		Workspaces: []engine.WorkspaceState{
			{Name: "a", Polled: noon, Jobs: []engine.JobState{
				job(1, time.Minute, aRun(9, failed, time.Hour), aRun(8, succeeded, 3*time.Hour)),
				job(2, time.Minute, aRun(12, queued, 0), aRun(11, running, 30*time.Second)),
				job(3, time.Minute, aRun(11, running, 30*time.Minute)),
				missed,
			}},
			{Name: "b", Error: "no route", Jobs: []engine.JobState{job(5, 0), job(6, 0, aRun(9, failed, time.Hour))}, Tables: []workspaces.Table{{Workspace: "b", Name: "table 5"}}},
		},
	}
}

func TestTheStripSaysWhatNeedsAPerson(t *testing.T) {
	strip := func(s *Screen) string {
		return strings.Join(strings.Fields(ansi.Strip(s.drawNeeds(120))), " ")
	}
	s := New(nil, logs.NewRing(1))
	quiet := engine.WorkspaceState{Name: "quiet", Polled: noon, Jobs: []engine.JobState{job(1, 0)}}
	for _, c := range []struct {
		snapshot *engine.Snapshot
		want     string
	}{
		{&engine.Snapshot{Workspaces: []engine.WorkspaceState{quiet}}, "✓ nothing needs you"},
		{&engine.Snapshot{Workspaces: []engine.WorkspaceState{quiet, {Name: "new"}}}, "○ 1 workspace not looked at yet"},
		{&engine.Snapshot{Workspaces: []engine.WorkspaceState{quiet, {Name: "empty", Polled: noon}}}, "! 1 workspace without a feature job"},
		{needy(), "? 2 questions open ✗ 3 failed ! 1 late ! 1 missed ● 2 runs under way ○ 1 queued"},
	} {
		s.Show(state(c.snapshot, widget.Theme{}))
		if got := strip(s); got != c.want {
			t.Errorf("the strip says %q, want %q", got, c.want)
		}
	}
}

// A key goes from one place that needs somebody to the next, and round.
func TestKeysJumpToWhatNeedsAPerson(t *testing.T) {
	s := New(nil, logs.NewRing(1))
	s.failed[target{"table 5", "a"}] = engine.RegistrationFailed
	s.Show(state(needy(), widget.Theme{}))
	press := func(name string, times int) (rows []string) {
		for _, a := range s.Actions() {
			for range times {
				if a.Name == name && a.Disabled() == "" {
					a.Do()
					rows = append(rows, s.Selected().Workspace.Name+" "+s.Selected().Row)
				}
			}
		}
		return rows
	}
	// The head of a workspace that cannot be reached is told of at its first row.
	if diff := cmp.Diff([]string{"b job 5", "b task", "b job 6", "a job 1", "b job 5"}, press("next-failed", 5)); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a job 3", "a job 4", "a job 3"}, press("next-late", 3)); diff != "" {
		t.Errorf("late (-want +got):\n%s", diff)
	}
	s.Show(state(&engine.Snapshot{Workspaces: []engine.WorkspaceState{{Name: "w"}}}, widget.Theme{}))
	if rows := press("next-late", 1); rows != nil {
		t.Errorf("jumped to %v where nothing is late", rows)
	}
}

func TestARowTellsHowItStandsAgainstThePast(t *testing.T) {
	s := needy()
	tasks := s.Workspaces[0].Jobs
	tasks[3].Runs[0].Tasks[0].Build = &workspaces.Build{Rows: 5, Version: 2, Warnings: []workspaces.SourceWarning{
		{Source: "src.payments", Message: "the newest month is 2026-08, 2 months behind 2026-10"},
	}}
	tasks[3].Expected.Tasks["task"] = 10
	s.Workspaces[0].Tables = []workspaces.Table{{Workspace: "a", Name: "table 4", Updated: noon.Add(-time.Hour)}}
	got := strings.Join(rows(s, nil), "\n")
	for _, want := range []string{
		"job 1 ✗ failed 1m00s run 9 · last success 2 hours ago",
		"task ✗ failed 1m00s last success 2 hours ago",
		"task ● running 30s ████░░░░ usually 1m00s",
		"task ● running 30m00s late, usually 1m00s",
		"job 4 ✓ success 1m00s run 9 · ended 59 minutes ago · missed 11-23 11:59 · next 11-23 13:00",
		"usually 10.0s · 5 rows · v2 · → b … · saved 1 hour ago",
		"! source src.payments: the newest month is 2026-08, 2 months behind 2026-10",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// background carries out what a screen loads, at once.
type background struct {
	screen.Console
	engine screen.Engine
}

func (b background) Background(f func(context.Context, screen.Engine) tea.Msg) tea.Cmd {
	return func() tea.Msg { return f(context.Background(), b.engine) }
}

// catalogue is an engine that knows the newest month of a table and counts how often it is asked.
type catalogue struct {
	screen.Engine
	asked int
}

func (c *catalogue) Tables(context.Context) ([]engine.TableState, error) {
	c.asked++
	return []engine.TableState{{Entry: engine.Entry{Workspace: "w", Name: "t"}, NewestMonth: fmt.Sprintf("2026-%02d", c.asked)}}, errors.New("another table cannot be read")
}

// The newest month of a table is asked for once a version.
func TestARowTellsTheNewestMonthOfItsTable(t *testing.T) {
	from := &catalogue{}
	s := New(background{engine: from}, logs.NewRing(1))
	for i, version := range []int64{1, 1, 2} {
		s.Show(state(&engine.Snapshot{Workspaces: []engine.WorkspaceState{{
			Name: "w", Tables: []workspaces.Table{{Workspace: "w", Name: "t", Rows: 5, Version: version}},
		}}}, widget.Theme{}))
		if cmd := s.Update(screen.Changed{}); cmd != nil {
			s.Update(cmd())
		}
		want := fmt.Sprintf("5 rows · v%d · to 2026-%02d", version, version)
		if got := strings.Join(s.drawStacked(119, 0, 100), "\n"); !strings.Contains(got, want) {
			t.Errorf("look %d: no %q in\n%s", i, want, got)
		}
	}
	if from.asked != 2 {
		t.Errorf("asked %d times, want 2", from.asked)
	}
}
