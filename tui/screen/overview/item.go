package overview

import (
	"maps"
	"slices"

	"featops/engine"
	"featops/workspaces"
)

// Place names what a row stands for: a job, a task of a job, or a table. A workspace that has
// nothing has one place, itself.
type Place struct {
	Workspace string `json:"workspace"`
	Job       int64  `json:"job,omitempty"`   // with Task empty: the job itself
	Task      string `json:"task,omitempty"`  // key
	Table     string `json:"table,omitempty"` // a table that no task of the workspace builds
}

// item is a row, or the head of a workspace, with what it draws.
type item struct {
	Place
	head  bool
	space *engine.WorkspaceState
	job   *engine.JobState
	run   *workspaces.Run     // the one of the job to look at
	task  *workspaces.Task    // of a task row
	depth int                 // of the task: the longest way to it
	more  bool                // another task of this depth follows, with none of a lesser between
	try   *workspaces.TaskRun // the newest attempt at the task in run
	table *workspaces.Table   // what the task builds, where it exists
	build *engine.BuildState  // a build of the table outside any job
}

// jobItems lists the row of a job and those of its tasks.
func (x *space) jobItems(j *engine.JobState) []item {
	row := item{space: x.state, job: j, Place: Place{Workspace: x.state.Name, Job: j.ID}}
	tries := map[string]*workspaces.TaskRun{}
	if row.run = j.Current(); row.run != nil {
		newest := row.run.Newest()
		for i := range newest {
			tries[newest[i].Key] = &newest[i]
		}
	}
	out := make([]item, 1, 1+len(j.Tasks))
	out[0] = row
	depth := map[string]int{}
	for i := range j.Tasks {
		t := &j.Tasks[i]
		for _, d := range t.DependsOn {
			depth[t.Key] = max(depth[t.Key], depth[d]+1)
		}
		task := row
		task.Task, task.task, task.depth, task.try = t.Key, t, depth[t.Key], tries[t.Key]
		task.table, task.build = x.existing[t.Table], x.builds[t.Table]
		out = append(out, task)
	}
	branch(out[1:])
	return out
}

// branch notes of tasks, in the order of their rows, which have another of their depth below them.
func branch(tasks []item) {
	for i := range tasks {
		tasks[i].more = false
		for _, later := range tasks[i+1:] {
			if later.depth <= tasks[i].depth {
				tasks[i].more = later.depth == tasks[i].depth
				break
			}
		}
	}
}

// tableItems lists the tables that no task builds: those that are there, and those being built.
func (x *space) tableItems() []item {
	alone := make(map[string]bool, len(x.existing)+len(x.builds))
	for name := range x.existing {
		alone[name] = true
	}
	for name := range x.builds {
		alone[name] = true
	}
	for j := range x.state.Jobs {
		for i := range x.state.Jobs[j].Tasks {
			delete(alone, x.state.Jobs[j].Tasks[i].Table)
		}
	}
	var out []item
	for _, name := range slices.Sorted(maps.Keys(alone)) {
		out = append(out, item{space: x.state, table: x.existing[name], build: x.builds[name], Place: Place{Workspace: x.state.Name, Table: name}})
	}
	return out
}

// name is what the row is called.
func (it *item) name() string {
	switch {
	case it.task != nil:
		return it.task.Key
	case it.job != nil:
		return it.job.Name
	}
	return it.Table
}

// tableName is the table that the row is about, or empty.
func (it *item) tableName() string {
	if it.task != nil {
		return it.task.Table
	}
	return it.Table
}

// message says why the row failed or waits, in a sentence, or nothing.
func (it *item) message() string {
	var s workspaces.Status
	switch {
	case it.head:
		return it.space.Error
	case it.task != nil && it.try != nil:
		s = it.try.Status
	case it.task == nil && it.run != nil:
		s = it.run.Status
	}
	waits := s.LifeCycle == workspaces.Queued || s.LifeCycle == workspaces.WaitingForRetry
	if waits || s.Ended() && !s.Succeeded() {
		return s.Message
	}
	return ""
}
