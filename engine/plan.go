package engine

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"featops/engine/config"
	"featops/features"
	"featops/workspaces"
	"featops/workspaces/databricks"
	"featops/workspaces/embedded"
)

// Plan is what a configuration means for the feature tables that there are. Nothing of it has to exist.
type Plan struct {
	Config config.Config
	Tables []features.Table
	Now    func() time.Time
	Reach  func(*databricks.Options) // changes how each workspace of Databricks is reached; may be nil
}

func (e *Engine) plan() Plan {
	return Plan{Config: e.config, Tables: e.tables, Now: e.now, Reach: e.reach}
}

// JournalFile is where the engine remembers what must survive a restart.
func (p Plan) JournalFile() string {
	return filepath.Join(p.Config.Home, "journal-"+p.Config.Env+".db")
}

// OwnerOf names the workspace that computes a table: the one with a task for it, else the one its definition names.
func (p Plan) OwnerOf(table string) (string, error) {
	def, err := features.Find(p.Tables, table)
	if err != nil {
		return "", err
	}
	for _, w := range p.Config.Workspaces {
		for _, j := range w.Jobs {
			if slices.ContainsFunc(j.Tasks, func(t config.Task) bool { return t.Table == table }) {
				return w.Name, nil
			}
		}
	}
	return def.Workspace, nil
}

// Params reads the parameters of a task that builds table. What env and fs_notebook are follows from
// the environment and the table, so they cannot be given otherwise.
func (p Plan) Params(table string, given map[string]string) (workspaces.Params, error) {
	all := map[string]string{"start_date": p.Config.Build.StartDate, "end_date": p.Config.Build.EndDate}
	maps.Copy(all, given)
	for name, value := range map[string]string{"env": p.Config.Env, "fs_notebook": table} {
		if other, ok := all[name]; ok && other != value {
			return workspaces.Params{}, &workspaces.ParameterError{Name: name, Value: other, Allowed: value}
		}
		all[name] = value
	}
	return workspaces.ParseParams(all, p.tableNames(), p.Now())
}

func (p Plan) tableNames() []string {
	names := make([]string, len(p.Tables))
	for i, t := range p.Tables {
		names[i] = t.Name
	}
	return names
}

// Embedded says what an embedded workspace of the configuration is, but for what an engine adds: who answers questions,
// who registers, and the log.
func (p Plan) Embedded(w config.Workspace) embedded.Options {
	env := p.Config.Environment()
	return embedded.Options{
		Name: w.Name, Env: p.Config.Env, User: p.Config.User,
		Dir:      filepath.Join(env.BasePath, w.Name, p.Config.Env),
		Database: env.Database,
		Jobs:     p.jobs(w),
		Tables:   p.TablesFor(w),
		Defaults: map[string]string{
			"env": p.Config.Env, "start_date": p.Config.Build.StartDate, "end_date": p.Config.Build.EndDate,
		},
		BadRowsShare: func(table string) float64 { return p.Config.Table(table).BadRowsShare },
		Health:       p.health,
		DriftWarn:    func(table string) float64 { return p.Config.Table(table).DriftWarn },
		Now:          p.Now,
	}
}

// health says what the configuration expects of a source.
func (p Plan) health(source string) workspaces.HealthRules {
	h := p.Config.Source(source)
	return workspaces.HealthRules{
		Freshness: workspaces.Reaction(h.Freshness), Shift: h.ShiftMonths,
		RowCount: workspaces.Reaction(h.RowCount), MaxDrop: h.MaxDrop, MaxGrowth: h.MaxGrowth,
	}
}

func (p Plan) jobs(w config.Workspace) []workspaces.Job {
	out := make([]workspaces.Job, len(w.Jobs))
	for i, j := range w.Jobs {
		job := workspaces.Job{
			Name: j.FullName(p.Config.Env, p.Config.User), Tags: j.Tags(p.Config.Env),
			Parameters: maps.Clone(j.Parameters), MaxConcurrentRuns: j.MaxConcurrentRuns, Queue: j.Queue, Timeout: j.Timeout,
		}
		if s := j.Schedule; s.Cron != "" {
			job.Schedule = &workspaces.Schedule{Cron: s.Cron, Timezone: s.Timezone, Paused: s.Paused}
		}
		for _, t := range inOrder(j.Tasks) {
			job.Tasks = append(job.Tasks, workspaces.Task{
				Key: t.Key, DependsOn: t.DependsOn, RunIf: workspaces.RunIf(t.RunIf), Table: t.Table,
				Timeout: t.Timeout, MaxRetries: t.MaxRetries, MinRetryInterval: t.MinRetryInterval, RetryOnTimeout: t.RetryOnTimeout,
				Parameters: maps.Clone(t.Parameters),
			})
		}
		out[i] = job
	}
	return out
}

// inOrder puts tasks behind those they depend on, and otherwise leaves them as they stand. The configuration knows that
// there is no cycle.
func inOrder(tasks []config.Task) []config.Task {
	var out []config.Task
	placed := map[string]bool{}
	var place func(config.Task)
	place = func(t config.Task) {
		if placed[t.Key] {
			return
		}
		placed[t.Key] = true
		for _, before := range tasks {
			if slices.Contains(t.DependsOn, before.Key) {
				place(before)
			}
		}
		out = append(out, t)
	}
	for _, t := range tasks {
		place(t)
	}
	return out
}

// TablesFor is the catalogue as a workspace sees it: with the configured frames, and with the sources in the
// workspace's database.
func (p Plan) TablesFor(w config.Workspace) []features.Table {
	out := make([]features.Table, len(p.Tables))
	for i, t := range p.Tables {
		if frame := p.Config.Table(t.Name).Frame; frame != "" {
			t.Frame = features.Frame(frame)
		}
		t.Source.Database = w.SourceDatabase
		out[i] = t
	}
	return out
}
