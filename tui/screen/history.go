package screen

import (
	"context"
	"slices"

	"featops/engine"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// History is the runs of one job: the newest, which a snapshot has, and older ones, which are read when they
// are asked for.
type History struct {
	workspace string
	job       int64
	read      Loader[pastRuns]
	limit     int // of the newest question
}

// pastRuns are the newest runs of a job, and whether it has no others.
type pastRuns struct {
	runs []workspaces.Run
	all  bool
}

// NewHistory returns the history of a job of which nothing was read yet.
func NewHistory(workspace string, job int64) *History {
	return &History{workspace: workspace, job: job}
}

// Is reports whether the history is that of the job.
func (h *History) Is(workspace string, job int64) bool {
	return h.workspace == workspace && h.job == job
}

// past is what was read of the runs before the newest ones. Nothing is, when more runs have begun since than a
// snapshot has, for then there is a gap between.
func (h *History) past(newest []workspaces.Run) pastRuns {
	p, _ := h.read.Value()
	if len(newest) == 0 {
		return p
	}
	i := slices.IndexFunc(p.runs, func(r workspaces.Run) bool { return r.ID == newest[len(newest)-1].ID })
	if i < 0 {
		return pastRuns{}
	}
	return pastRuns{p.runs[i+1:], p.all}
}

// Runs are the newest runs and those before them that were read, the newest first.
func (h *History) Runs(newest []workspaces.Run) []workspaces.Run {
	return append(slices.Clone(newest), h.past(newest).runs...)
}

// Whole reports whether Runs has all runs of the job.
func (h *History) Whole(newest []workspaces.Run) bool {
	return len(newest) < engine.RunsShown || h.past(newest).all
}

// More reads twice as many runs as there are.
func (h *History) More(c Console, newest []workspaces.Run) tea.Cmd {
	h.limit = 2 * max(engine.RunsShown, len(h.Runs(newest)))
	return h.ask(c)
}

// Again reads what was read before, as it is now.
func (h *History) Again(c Console) tea.Cmd {
	if h.limit == 0 || h.read.Loading() {
		return nil
	}
	return h.ask(c)
}

func (h *History) ask(c Console) tea.Cmd {
	workspace, job, limit := h.workspace, h.job, h.limit
	return h.read.Load(c, func(ctx context.Context, e Engine) (pastRuns, error) {
		runs, err := e.JobRuns(ctx, workspace, job, limit)
		return pastRuns{runs, len(runs) < limit}, err
	})
}

// Update takes a message and reports whether it was an answer.
func (h *History) Update(msg tea.Msg) bool { return h.read.Update(msg) }

// Loading reports whether runs are being read.
func (h *History) Loading() bool { return h.read.Loading() }

// Err is why the newest runs that were asked for could not be read, or nil.
func (h *History) Err() error { return h.read.Err() }

// Stop gives up what is being read.
func (h *History) Stop() { h.read.Stop() }

// Status is a line about what is being read, or why it could not be; else it is empty.
func (h *History) Status(s State) string { return h.read.Status("older runs", s) }
