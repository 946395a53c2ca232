package engine

import (
	"testing"
	"time"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC)

// lasting is a run of one task that took some seconds.
func lasting(seconds int, change ...func(*workspaces.Run)) workspaces.Run {
	end := start.Add(time.Duration(seconds) * time.Second)
	r := workspaces.Run{
		Status: succeeded, Started: start, Ended: end,
		Tasks: []workspaces.TaskRun{{Key: "a", Status: succeeded, Started: start, Ended: end, Build: &workspaces.Build{}}},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func TestExpectedIsTheMedianOfSuccessesThatDidWork(t *testing.T) {
	upToDate := func(r *workspaces.Run) { r.Tasks[0].Build = &workspaces.Build{UpToDate: true} }
	fail := func(r *workspaces.Run) { r.Status, r.Tasks[0].Status = failed, failed }
	running := func(r *workspaces.Run) {
		r.Status = workspaces.Status{LifeCycle: workspaces.Running}
		r.Tasks[0].Status = r.Status
	}
	part := func(r *workspaces.Run) { r.Only = []string{"a"} }
	repaired := func(r *workspaces.Run) { r.Repairs = []workspaces.Repair{{ID: 1}} }
	noBuild := func(r *workspaces.Run) { r.Tasks[0].Build = nil }
	task := func(seconds float64) map[string]float64 { return map[string]float64{"a": seconds} }
	for _, c := range []struct {
		name string
		runs []workspaces.Run
		want Expected
	}{
		{"nothing is known", nil, Expected{}},
		{"one", []workspaces.Run{lasting(10)}, Expected{10, task(10)}},
		{"an odd number", []workspaces.Run{lasting(30), lasting(10), lasting(90)}, Expected{30, task(30)}},
		{"an even number", []workspaces.Run{lasting(30), lasting(10)}, Expected{20, task(20)}},
		{"what was up to date", []workspaces.Run{lasting(1, upToDate), lasting(10)}, Expected{10, task(10)}},
		{"what failed or runs", []workspaces.Run{lasting(1, fail), lasting(2, running), lasting(10)}, Expected{10, task(10)}},
		{"a run of some tasks tells of these", []workspaces.Run{lasting(20, part)}, Expected{0, task(20)}},
		{"a repaired run tells of its tasks", []workspaces.Run{lasting(20, repaired)}, Expected{0, task(20)}},
		{"a job that builds nothing", []workspaces.Run{lasting(20, noBuild)}, Expected{20, task(20)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, expected(c.runs)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLate(t *testing.T) {
	for _, c := range []struct {
		took, usual time.Duration
		want        bool
	}{
		{time.Hour, 0, false}, // nothing is known
		{15 * time.Second, 10 * time.Second, false},
		{16 * time.Second, 10 * time.Second, true},
		{900 * time.Millisecond, 100 * time.Millisecond, false}, // less than a second
		{1200 * time.Millisecond, 100 * time.Millisecond, true},
	} {
		if got := Late(c.took, c.usual); got != c.want {
			t.Errorf("%s of usually %s is late: %v", c.took, c.usual, got)
		}
	}
}

func TestTheCurrentRunIsTheOneThatIsExecuted(t *testing.T) {
	run := func(id int64, l workspaces.LifeCycle) workspaces.Run {
		return workspaces.Run{ID: id, Status: workspaces.Status{LifeCycle: l}}
	}
	for _, c := range []struct {
		runs   []workspaces.Run
		want   int64
		queued int
	}{
		{nil, 0, 0},
		{[]workspaces.Run{run(2, workspaces.Terminated), run(1, workspaces.Terminated)}, 2, 0},
		{[]workspaces.Run{run(4, workspaces.Queued), run(3, workspaces.Queued), run(2, workspaces.Running), run(1, workspaces.Terminated)}, 2, 2},
		{[]workspaces.Run{run(2, workspaces.Skipped), run(1, workspaces.Running)}, 1, 0},
		{[]workspaces.Run{run(2, workspaces.Terminated), run(1, workspaces.Terminating)}, 1, 0}, // a repair of an earlier one
	} {
		j := JobState{Runs: c.runs}
		got := int64(0)
		if r := j.Current(); r != nil {
			got = r.ID
		}
		if got != c.want || j.Queued() != c.queued {
			t.Errorf("%+v: run %d, %d queued; want %d, %d", c.runs, got, j.Queued(), c.want, c.queued)
		}
	}
}
