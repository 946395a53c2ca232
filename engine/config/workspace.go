package config

import (
	"fmt"
	"slices"
	"strings"
)

// readWorkspaces reads [[workspace]]. A file that has any replaces all of the defaults.
func readWorkspaces(s *section, defaults []Workspace) []Workspace {
	list, given := s.list("workspace", "name", labels(defaults, func(w Workspace) string { return w.Name }))
	if !given {
		for i, t := range list {
			readWorkspace(t, &defaults[i])
		}
		return defaults
	}
	if len(list) == 0 {
		s.missing("workspace", "found none; allowed: one [[workspace]] or more")
	}
	workspaces := make([]Workspace, len(list))
	for i, t := range list {
		workspaces[i] = Workspace{Kind: Embedded, SourceDatabase: defaultSourceDatabase}
		readWorkspace(t, &workspaces[i])
	}
	unique(list, "name", "workspace", labels(workspaces, func(w Workspace) string { return w.Name }))
	for i, t := range list {
		checkKeeper(t, workspaces[i], workspaces)
	}
	uniqueTargets(list, workspaces)
	return workspaces
}

// checkKeeper reports a token that no other workspace can keep: one has to be reached first.
func checkKeeper(s *section, w Workspace, all []Workspace) {
	seen := []string{w.Name}
	for keeper := w.Token.Keeper(); keeper != ""; {
		i := slices.IndexFunc(all, func(o Workspace) bool { return o.Name == keeper })
		if i < 0 || all[i].Kind != Databricks {
			var known []string
			for _, o := range all {
				if o.Kind == Databricks && o.Name != w.Name {
					known = append(known, o.Name)
				}
			}
			s.problem("token", "there is no Databricks workspace "+found(keeper)+" to keep it"+choices(keeper, known))
			return
		}
		if slices.Contains(seen, keeper) {
			s.problem("token", fmt.Sprintf("to read it, %s is needed, and for that its own token; allowed: a workspace whose token is elsewhere", keeper))
			return
		}
		seen = append(seen, keeper)
		keeper = all[i].Token.Keeper()
	}
}

func readWorkspace(s *section, w *Workspace) {
	set(s, "name", &w.Name, nameBy(workspaceName))
	if w.Target == "" {
		w.Target = w.Name
	}
	set(s, "target", &w.Target, nameBy(workspaceName))
	set(s, "kind", &w.Kind, oneOf(Embedded, Databricks))
	set(s, "host", &w.Host, host)
	set(s, "profile", &w.Profile, nameBy(profileName))
	set(s, "token", &w.Token, secret)
	set(s, "warehouse", &w.Warehouse, nameBy(warehouseName))
	if w.Kind == Databricks {
		w.Catalog = defaultCatalog
	}
	set(s, "catalog", &w.Catalog, nameBy(catalogName))
	set(s, "readers", &w.Readers, nameBy(principalName))
	set(s, "source_database", &w.SourceDatabase, nameBy(databaseName))
	if w.Name == "" {
		s.missing("name", "found none; allowed: "+workspaceName.allowed)
	}
	s.reached(w)

	list, given := s.list("job", "name", labels(w.Jobs, func(j Job) string { return j.Name }))
	if given {
		w.Jobs = make([]Job, len(list))
	}
	for i, t := range list {
		if given {
			w.Jobs[i] = Job{MaxConcurrentRuns: defaultConcurrentRuns, Queue: defaultQueue, Schedule: Schedule{Timezone: defaultTimezone}}
		}
		readJob(t, &w.Jobs[i], w.Kind)
	}
	unique(list, "name", "job", labels(w.Jobs, func(j Job) string { return j.Name }))
	s.done()
}

// reached checks by what a workspace is reached.
func (s *section) reached(w *Workspace) {
	given := func(key string) bool { _, ok := s.values[key]; return ok }
	for _, key := range []string{"host", "profile", "token", "warehouse", "catalog", "readers"} {
		if given(key) && w.Kind == Embedded {
			s.missing(key, fmt.Sprintf("an %s workspace has none; allowed with kind = %q", Embedded, Databricks))
		}
	}
	switch {
	case w.Kind != Databricks:
	case !given("host") && !given("profile"):
		s.missing("host", fmt.Sprintf("found none; a %s workspace needs one, or a profile", Databricks))
	case given("token") && given("profile"):
		s.missing("token", "a profile has its own; allowed: one of the two")
	}
}

func readJob(s *section, j *Job, kind string) {
	set(s, "name", &j.Name, nameBy(jobName))
	set(s, "max_concurrent_runs", &j.MaxConcurrentRuns, integer(1, 1000))
	set(s, "queue", &j.Queue, boolean)
	set(s, "timeout", &j.Timeout, duration)
	if j.Name == "" {
		s.missing("name", "found none; allowed: "+jobName.allowed)
	}
	readSchedule(s, &j.Schedule)
	j.Parameters = readParameters(s)

	list, given := s.list("task", "key", labels(j.Tasks, func(t Task) string { return t.Key }))
	if given {
		j.Tasks = make([]Task, len(list))
	}
	if len(list) == 0 && kind == Embedded { // the jobs of Databricks are there, with their tasks
		s.missing("task", "found none; a job needs one [[workspace.job.task]] or more")
	}
	for i, t := range list {
		if given {
			j.Tasks[i] = Task{RunIf: AllSuccess}
		}
		readTask(t, &j.Tasks[i])
	}
	keys := labels(j.Tasks, func(t Task) string { return t.Key })
	unique(list, "key", "task", keys)
	checkGraph(list, j.Tasks)
	s.done()
}

func readSchedule(s *section, j *Schedule) {
	t := s.table("schedule")
	set(t, "cron", &j.Cron, cronExpression)
	set(t, "timezone", &j.Timezone, timezone)
	set(t, "paused", &j.Paused, boolean)
	if _, given := s.values["schedule"]; given && j.Cron == "" {
		t.missing("cron", `found none; allowed: a cron expression of five fields, such as "30 6 * * 1-5"`)
	}
	t.done()
}

func readTask(s *section, t *Task) {
	set(s, "key", &t.Key, nameBy(taskKey))
	if t.Key == "" {
		s.missing("key", "found none; allowed: "+taskKey.allowed)
	}
	set(s, "depends_on", &t.DependsOn, namesBy(taskKey))
	set(s, "run_if", &t.RunIf, oneOf(AllSuccess, AllDone, NoneFailed, AtLeastOneSuccess, AllFailed, AtLeastOneFailed))
	if !t.IsRegistry() {
		t.Table = t.Key
	}
	set(s, "table", &t.Table, nameBy(tableName))
	if _, given := s.values["table"]; given && t.IsRegistry() {
		s.missing("table", "a task whose key contains register or registry builds no table; allowed: none")
	}
	set(s, "timeout", &t.Timeout, duration)
	set(s, "max_retries", &t.MaxRetries, integer(0, 1000))
	set(s, "min_retry_interval", &t.MinRetryInterval, duration)
	set(s, "retry_on_timeout", &t.RetryOnTimeout, boolean)
	t.Parameters = readParameters(s)
	s.done()
}

// ownParameters are the task parameters that other settings give.
var ownParameters = map[string]string{"env": "the environment in use", "fs_notebook": "the table of the task"}

// readParameters reads task parameters, which are text whatever they mean.
func readParameters(s *section) map[string]string {
	parameters := map[string]string{}
	p := s.named("parameters")
	for _, n := range p.names() {
		var value string
		set(p, n, &value, func(in input) (string, error) { return in.str("text, as all task parameters are") })
		if source, own := ownParameters[n]; own {
			p.missing(n, "featops gives this parameter itself, from "+source+"; allowed: none")
		}
		parameters[n] = value
	}
	return parameters
}

// unique reports names that are taken. Case makes no difference, for names become folders and
// some file systems make none.
func unique(list []*section, key, what string, names []string) {
	for i, s := range list {
		first := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, names[i]) })
		if names[i] != "" && first < i {
			s.problem(key, fmt.Sprintf("found %s, the name of the %s at line %d; allowed: each name once",
				found(names[i]), what, list[first].origin(key).Line))
		}
	}
}

// uniqueTargets reports targets that are taken. Workspaces of one name are reported already.
func uniqueTargets(list []*section, workspaces []Workspace) {
	for i, w := range workspaces {
		for _, before := range workspaces[:i] {
			if strings.EqualFold(w.Target, before.Target) && !strings.EqualFold(w.Name, before.Name) {
				list[i].missing("target", fmt.Sprintf("found %s, which is the target of the workspace %s; allowed: each target once", found(w.Target), before.Name))
			}
		}
	}
}

// checkMapping reports tasks of [registration.tables] that no job has.
func checkMapping(mapping *section, c *Config) {
	var keys []string
	for _, w := range c.Workspaces {
		for _, j := range w.Jobs {
			keys = append(keys, labels(j.Tasks, func(t Task) string { return t.Key })...)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, task := range mapping.names() {
		if !slices.Contains(keys, task) {
			mapping.problem(task, "no job has a task of this key"+choices(task, keys))
		}
	}
}

func labels[T any](items []T, label func(T) string) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = label(item)
	}
	return all
}
