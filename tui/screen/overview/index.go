package overview

import (
	"slices"
	"sort"

	"featops/engine"
	"featops/workspaces"
)

// space is an index of the rows of a workspace: its head, each job with its tasks, then the tables that no
// task builds. It knows where each row is; what is on the rows of a job is worked out when one of them is
// first looked at, so that a workspace of ten thousand tasks costs what is seen of it.
type space struct {
	state    *engine.WorkspaceState
	head     item
	starts   []int // the row where each job begins; at the end, where the tables do
	jobs     [][]item
	tables   []item
	existing map[string]*workspaces.Table
	builds   map[string]*engine.BuildState // outside jobs, by table
}

func newSpace(s *engine.Snapshot, w *engine.WorkspaceState) *space {
	x := &space{
		state: w, head: item{head: true, space: w, Place: Place{Workspace: w.Name}}, jobs: make([][]item, len(w.Jobs)),
		existing: make(map[string]*workspaces.Table, len(w.Tables)), builds: map[string]*engine.BuildState{},
	}
	for i := range w.Tables {
		x.existing[w.Tables[i].Name] = &w.Tables[i]
	}
	for i := range s.Builds {
		if b := &s.Builds[i]; b.Workspace == w.Name {
			x.builds[b.Table] = b
		}
	}
	next := 1
	for i := range w.Jobs {
		x.starts = append(x.starts, next)
		next += 1 + len(w.Jobs[i].Tasks)
	}
	x.starts = append(x.starts, next)
	x.tables = x.tableItems()
	return x
}

// rows is how many rows there are, with the head.
func (x *space) rows() int { return x.starts[len(x.jobs)] + len(x.tables) }

// top is the first row that can be selected: the head only where there is nothing else.
func (x *space) top() int { return min(1, x.rows()-1) }

// row returns a row by its number.
func (x *space) row(i int) *item {
	if i == 0 {
		return &x.head
	}
	if first := x.starts[len(x.jobs)]; i >= first {
		return &x.tables[i-first]
	}
	j := sort.SearchInts(x.starts, i+1) - 1
	return &x.job(j)[i-x.starts[j]]
}

// job returns the rows of a job by its number, the job's own first.
func (x *space) job(j int) []item {
	if x.jobs[j] == nil {
		x.jobs[j] = x.jobItems(&x.state.Jobs[j])
	}
	return x.jobs[j]
}

// find returns the number of the row of a place, or -1.
func (x *space) find(p Place) int {
	switch {
	case p.Workspace != x.state.Name:
		return -1
	case p.Table != "":
		for i := range x.tables {
			if x.tables[i].Place == p {
				return x.starts[len(x.jobs)] + i
			}
		}
		return -1
	}
	for j := range x.state.Jobs {
		if x.state.Jobs[j].ID != p.Job {
			continue
		}
		for i, it := range x.job(j) {
			if it.Place == p {
				return x.starts[j] + i
			}
		}
	}
	if x.rows() == 1 && p == x.head.Place {
		return 0
	}
	return -1
}

// placeOf is the row of a table: that of the task that builds it, else its own.
func (x *space) placeOf(table string) (Place, bool) {
	for j := range x.state.Jobs {
		for _, t := range x.state.Jobs[j].Tasks {
			if t.Table == table {
				return Place{Workspace: x.state.Name, Job: x.state.Jobs[j].ID, Task: t.Key}, true
			}
		}
	}
	p := Place{Workspace: x.state.Name, Table: table}
	return p, slices.ContainsFunc(x.tables, func(it item) bool { return it.Place == p })
}
