package overview

import (
	"slices"
	"sort"

	"featops/engine"
	"featops/workspaces"
)

// space is an index of the rows of a workspace: its head, each job with its tasks, then the tables that no
// task builds. It knows where each row is; what is on the rows of a job is worked out when one of them is
// first looked at, so that a workspace of ten thousand tasks costs what is seen of it. With a filter every row is looked
// at.
type space struct {
	state    *engine.WorkspaceState
	head     item
	shown    []*engine.JobState // the jobs that have rows
	starts   []int              // the row where each of them begins; at the end, where the tables do
	jobs     [][]item           // the rows of each of them
	tables   []item
	existing map[string]*workspaces.Table
	builds   map[string]*engine.BuildState // outside jobs, by table
}

// newSpace makes the index of the rows that are chosen; nil chooses all.
func newSpace(s *engine.Snapshot, w *engine.WorkspaceState, chosen func(*item) bool) *space {
	x := &space{
		state: w, head: item{head: true, space: w, Place: Place{Workspace: w.Name}},
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
		job, rows := &w.Jobs[i], 1+len(w.Jobs[i].Tasks)
		var items []item
		if chosen != nil {
			items = choose(x.jobItems(job), chosen)
			rows = len(items)
		}
		if rows == 0 {
			continue
		}
		x.shown, x.jobs, x.starts = append(x.shown, job), append(x.jobs, items), append(x.starts, next)
		next += rows
	}
	x.starts = append(x.starts, next)
	x.tables = x.tableItems()
	if chosen != nil {
		x.tables = slices.DeleteFunc(x.tables, func(it item) bool { return !chosen(&it) })
	}
	return x
}

// choose keeps the rows of a job that are chosen, with that of the job itself; of a job that is chosen all stay.
func choose(rows []item, chosen func(*item) bool) []item {
	if chosen(&rows[0]) {
		return rows
	}
	tasks := slices.DeleteFunc(rows[1:], func(it item) bool { return !chosen(&it) })
	if len(tasks) == 0 {
		return nil
	}
	branch(tasks)
	return rows[:1+len(tasks)]
}

// rows is how many rows there are, with the head.
func (x *space) rows() int { return x.starts[len(x.shown)] + len(x.tables) }

// top is the first row that can be selected: the head only where there is nothing else.
func (x *space) top() int { return min(1, x.rows()-1) }

// row returns a row by its number.
func (x *space) row(i int) *item {
	if i == 0 {
		return &x.head
	}
	if first := x.starts[len(x.shown)]; i >= first {
		return &x.tables[i-first]
	}
	j := sort.SearchInts(x.starts, i+1) - 1
	return &x.job(j)[i-x.starts[j]]
}

// job returns the rows of a job by its number, the job's own first.
func (x *space) job(j int) []item {
	if x.jobs[j] == nil {
		x.jobs[j] = x.jobItems(x.shown[j])
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
				return x.starts[len(x.shown)] + i
			}
		}
		return -1
	}
	for j := range x.shown {
		if x.shown[j].ID != p.Job {
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
	return Place{Workspace: x.state.Name, Table: table}, x.existing[table] != nil || x.builds[table] != nil
}
