package screen

import (
	"context"
	"errors"
	"testing"

	"featops/engine"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"
)

// jobOfRuns is a job with as many runs as newest says, 1 for the first, and a console beside it.
type jobOfRuns struct {
	Console
	Engine
	newest int64
	err    error
	asked  []int
}

func (j *jobOfRuns) Background(f func(context.Context, Engine) tea.Msg) tea.Cmd {
	return func() tea.Msg { return f(context.Background(), j) }
}

func (j *jobOfRuns) JobRuns(_ context.Context, _ string, _ int64, limit int) ([]workspaces.Run, error) {
	j.asked = append(j.asked, limit)
	return runs(j.newest, max(1, j.newest-int64(limit)+1)), j.err
}

// runs are those from a number down to another.
func runs(from, to int64) []workspaces.Run {
	var out []workspaces.Run
	for id := from; id >= to; id-- {
		out = append(out, workspaces.Run{ID: id})
	}
	return out
}

// snapshot is what one shows of the job.
func (j *jobOfRuns) snapshot() []workspaces.Run {
	return runs(j.newest, max(1, j.newest-engine.RunsShown+1))
}

func ids(runs []workspaces.Run) (from, to int64) {
	for i, r := range runs {
		if i > 0 && r.ID != runs[i-1].ID-1 {
			return 0, 0 // a gap
		}
	}
	return runs[0].ID, runs[len(runs)-1].ID
}

func TestOlderRunsAreReadTwiceAsManyAtATime(t *testing.T) {
	j := &jobOfRuns{newest: 100}
	h := NewHistory("medpag", 1)
	for _, want := range []int64{61, 21, 1} {
		if h.Whole(j.snapshot()) {
			t.Fatal("it has all runs before all were read")
		}
		if !h.Update(h.More(j, j.snapshot())()) {
			t.Fatal("the answer was not taken")
		}
		if from, to := ids(h.Runs(j.snapshot())); from != 100 || to != want {
			t.Errorf("runs %d to %d, want 100 to %d", from, to, want)
		}
	}
	if !h.Whole(j.snapshot()) {
		t.Error("all were read and it has not all")
	}
	if diff := cmp.Diff([]int{40, 80, 160}, j.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestAJobWithFewRunsHasNoOlderOnes(t *testing.T) {
	for newest, want := range map[int64]bool{1: true, engine.RunsShown - 1: true, engine.RunsShown: false, engine.RunsShown + 1: false} {
		j := &jobOfRuns{newest: newest}
		if got := NewHistory("medpag", 1).Whole(j.snapshot()); got != want {
			t.Errorf("%d runs: whole %v, want %v", newest, got, want)
		}
	}
}

func TestRunsThatBeginMeanwhileLeaveNoGap(t *testing.T) {
	j := &jobOfRuns{newest: 100}
	h := NewHistory("medpag", 1)
	before := j.snapshot()
	more := h.More(j, before)
	j.newest = 103
	h.Update(more())
	for _, c := range []struct {
		name     string
		newest   []workspaces.Run
		from, to int64
	}{
		{"what was read is newer than the snapshot", before, 100, 64},
		{"the snapshot has caught up", j.snapshot(), 103, 64},
		{"newer runs come", runs(120, 101), 120, 64},
		{"so many that those between are not known", runs(140, 121), 140, 121},
		{"none in the snapshot", nil, 103, 64},
	} {
		if from, to := ids(h.Runs(c.newest)); from != c.from || to != c.to {
			t.Errorf("%s: runs %d to %d, want %d to %d", c.name, from, to, c.from, c.to)
		}
	}
}

func TestWhatWasReadIsReadAgain(t *testing.T) {
	j := &jobOfRuns{newest: 100}
	h := NewHistory("medpag", 1)
	if h.Again(j) != nil {
		t.Error("it reads again what was never read")
	}
	h.Update(h.More(j, j.snapshot())())
	h.Update(h.Again(j)())
	j.err = errors.New("permission denied")
	h.Update(h.Again(j)())
	if h.Err() == nil {
		t.Error("the error was lost")
	}
	if from, to := ids(h.Runs(j.snapshot())); from != 100 || to != 61 {
		t.Errorf("runs %d to %d, want 100 to 61", from, to)
	}
}
