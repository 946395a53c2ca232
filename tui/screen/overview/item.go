package overview

import (
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

// items lists the rows of a workspace, its head first.
func items(s *engine.Snapshot, w *engine.WorkspaceState) []item {
	out := []item{{head: true, space: w, Place: Place{Workspace: w.Name}}}
	tables := map[string]*workspaces.Table{}
	for i := range w.Tables {
		tables[w.Tables[i].Name] = &w.Tables[i]
	}
	builds := map[string]*engine.BuildState{}
	for i, b := range s.Builds {
		if b.Workspace == w.Name {
			builds[b.Table] = &s.Builds[i]
		}
	}
	shown := map[string]bool{}
	for i := range w.Jobs {
		rows := jobItems(w, &w.Jobs[i], tables, builds)
		for _, r := range rows {
			if r.task != nil {
				shown[r.task.Table] = true
			}
		}
		out = append(out, rows...)
	}
	return append(out, tableItems(w, shown, tables, builds)...)
}

func jobItems(w *engine.WorkspaceState, j *engine.JobState, tables map[string]*workspaces.Table, builds map[string]*engine.BuildState) []item {
	row := item{space: w, job: j, Place: Place{Workspace: w.Name, Job: j.ID}}
	tries := map[string]*workspaces.TaskRun{}
	if row.run = j.Current(); row.run != nil {
		newest := row.run.Newest()
		for i := range newest {
			tries[newest[i].Key] = &newest[i]
		}
	}
	out := []item{row}
	depth := map[string]int{}
	for i := range j.Tasks {
		t := &j.Tasks[i]
		for _, d := range t.DependsOn {
			depth[t.Key] = max(depth[t.Key], depth[d]+1)
		}
		task := row
		task.Task, task.task, task.depth, task.try = t.Key, t, depth[t.Key], tries[t.Key]
		task.table, task.build = tables[t.Table], builds[t.Table]
		out = append(out, task)
	}
	tasks := out[1:]
	for i := range tasks {
		for _, later := range tasks[i+1:] {
			if later.depth <= tasks[i].depth {
				tasks[i].more = later.depth == tasks[i].depth
				break
			}
		}
	}
	return out
}

// tableItems lists the tables that no task builds: those that are there, and those being built.
func tableItems(w *engine.WorkspaceState, shown map[string]bool, tables map[string]*workspaces.Table, builds map[string]*engine.BuildState) []item {
	var names []string
	for name := range tables {
		names = append(names, name)
	}
	for name := range builds {
		if tables[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []item
	for _, name := range names {
		if !shown[name] {
			out = append(out, item{space: w, table: tables[name], build: builds[name], Place: Place{Workspace: w.Name, Table: name}})
		}
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
