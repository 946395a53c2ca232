package bundle

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"featops/engine/config"
	"featops/workspaces"
)

// warehouse is the key of the SQL warehouse in a workspace.
const warehouse = "feature_store"

type resourceSet struct {
	Warehouses entries `yaml:"sql_warehouses"`
	Jobs       entries `yaml:"jobs"`
}

type sqlWarehouse struct {
	Name       string `yaml:"name"`
	Size       string `yaml:"cluster_size"`
	Serverless bool   `yaml:"enable_serverless_compute"`
	Type       string `yaml:"warehouse_type"`
	AutoStop   int    `yaml:"auto_stop_mins"`
	Clusters   int    `yaml:"max_num_clusters"`
}

type job struct {
	Name         string            `yaml:"name"`
	Description  string            `yaml:"description"`
	Tags         map[string]string `yaml:"tags"`
	Concurrent   int               `yaml:"max_concurrent_runs"`
	Queue        queue             `yaml:"queue"`
	Timeout      int               `yaml:"timeout_seconds,omitempty"`
	Schedule     *cronSchedule     `yaml:"schedule,omitempty"`
	Mail         mail              `yaml:"email_notifications"`
	Notification quiet             `yaml:"notification_settings"`
	Parameters   []parameter       `yaml:"parameters"`
	Tasks        []task            `yaml:"tasks"`
}

type queue struct {
	Enabled bool `yaml:"enabled"`
}

type cronSchedule struct {
	Quartz   string `yaml:"quartz_cron_expression"`
	Timezone string `yaml:"timezone_id"`
	Pause    string `yaml:"pause_status,omitempty"`
}

type mail struct {
	OnFailure string `yaml:"on_failure"`
}

type quiet struct {
	NoSkipped  bool `yaml:"no_alert_for_skipped_runs"`
	NoCanceled bool `yaml:"no_alert_for_canceled_runs"`
}

type parameter struct {
	Name    string `yaml:"name"`
	Default string `yaml:"default"`
}

type task struct {
	Key            string       `yaml:"task_key"`
	DependsOn      []dependency `yaml:"depends_on,omitempty"`
	RunIf          string       `yaml:"run_if,omitempty"`
	Disabled       bool         `yaml:"disabled,omitempty"`
	SQL            sqlTask      `yaml:"sql_task"`
	Timeout        int          `yaml:"timeout_seconds,omitempty"`
	Retries        int          `yaml:"max_retries,omitempty"`
	RetryInterval  int64        `yaml:"min_retry_interval_millis,omitempty"`
	RetryOnTimeout bool         `yaml:"retry_on_timeout,omitempty"`
}

type dependency struct {
	Key string `yaml:"task_key"`
}

type sqlTask struct {
	Warehouse  string            `yaml:"warehouse_id"`
	File       sqlFile           `yaml:"file"`
	Parameters map[string]string `yaml:"parameters"`
}

type sqlFile struct {
	Path   string `yaml:"path"`
	Source string `yaml:"source"`
}

// resources is the file of a workspace. Its environments stand for the same resources, so they cannot differ but in variables.
func (b *builder) resources(w config.Workspace) entries {
	r := resourceSet{Warehouses: entries{{warehouse, sqlWarehouse{
		Name: "feature-store-" + ref(varEnvironment), Size: ref(varSize), Serverless: true, Type: "PRO", AutoStop: 10, Clusters: 1,
	}}}}
	taken := map[string]string{}
	for _, j := range w.Jobs {
		k := key(j.Name)
		if other, ok := taken[strings.ToLower(k)]; ok {
			b.problem("workspace %s: the jobs %q and %q would both be called %s in the bundle: rename one", w.Name, other, j.Name, k)
		}
		taken[strings.ToLower(k)] = j.Name
		r.Jobs = append(r.Jobs, entry{k, b.job(w, j)})
	}
	node, alias, err := anchored(key(w.Name), r)
	if err != nil {
		b.problem("workspace %s: %w", w.Name, err)
	}
	var targets entries
	for i, env := range config.EnvironmentNames() {
		if i > 0 {
			node = alias
		}
		targets = append(targets, entry{targetName(env, w), entries{{"resources", node}}})
	}
	return entries{{"targets", targets}}
}

func (b *builder) job(w config.Workspace, j config.Job) job {
	out := job{
		Name:         j.Name,
		Description:  fmt.Sprintf("Builds the feature tables of %s. Made by featops bundle.", w.Name),
		Tags:         j.Tags(ref(varEnvironment)),
		Concurrent:   j.MaxConcurrentRuns,
		Queue:        queue{j.Queue},
		Timeout:      seconds(j.Timeout),
		Mail:         mail{ref(varNotify)},
		Notification: quiet{true, true},
	}
	if s := j.Schedule; s.Cron != "" {
		expression, err := quartz(s.Cron)
		if err != nil {
			b.problem("workspace %s: job %s: schedule: %w", w.Name, j.Name, err)
		}
		out.Schedule = &cronSchedule{Quartz: expression, Timezone: s.Timezone}
		if s.Paused {
			out.Schedule.Pause = "PAUSED"
		}
	}
	defaults := b.defaults(j)
	for _, name := range jobParameters() {
		out.Parameters = append(out.Parameters, parameter{name, defaults[name]})
	}
	if len(j.Tasks) == 0 {
		b.problem("workspace %s: job %s: it has no tasks: a bundle needs those that it is to deploy", w.Name, j.Name)
	}
	for _, t := range j.Tasks {
		out.Tasks = append(out.Tasks, b.task(w, j, t))
	}
	return out
}

// jobParameters are the task parameters that a run can be started with. The table is a parameter of each task alone.
func jobParameters() []string {
	var names []string
	for _, name := range workspaces.ParameterNames() {
		if name != "fs_notebook" {
			names = append(names, name)
		}
	}
	return names
}

// defaults are the values that a job's parameters have when a run is started without any.
func (b *builder) defaults(j config.Job) map[string]string {
	values := map[string]string{
		"env": ref(varEnvironment), "start_date": b.Config.Build.StartDate, "end_date": b.Config.Build.EndDate,
		"force_overwrite": "false", "overwriteSchema": "false", "omit_data_validation_errors": "false", "ignore": "false", "full_build": "false",
	}
	maps.Copy(values, j.Parameters)
	return values
}

func (b *builder) task(w config.Workspace, j config.Job, t config.Task) task {
	path := fmt.Sprintf("sql/%s/%s/%s.sql", w.Name, key(j.Name), t.Key)
	out := task{
		Key:            t.Key,
		Timeout:        seconds(t.Timeout),
		Retries:        t.MaxRetries,
		RetryInterval:  t.MinRetryInterval.Milliseconds(),
		RetryOnTimeout: t.RetryOnTimeout,
		SQL: sqlTask{
			Warehouse:  fmt.Sprintf("${resources.sql_warehouses.%s.id}", warehouse),
			File:       sqlFile{Path: "../" + path, Source: "WORKSPACE"},
			Parameters: map[string]string{varCatalog: ref(varCatalog), varDatabase: ref(varDatabase)},
		},
	}
	for _, before := range t.DependsOn {
		out.DependsOn = append(out.DependsOn, dependency{before})
	}
	if len(t.DependsOn) > 0 {
		out.RunIf = t.RunIf
	}
	if t.IsRegistry() {
		b.registry(path, w)
		return out
	}
	out.SQL.Parameters[varEnvironment] = ref(varEnvironment)
	out.SQL.Parameters["fs_notebook"] = t.Table
	own := map[string]string{}
	for name, value := range t.Parameters {
		own[name] = ownPrefix + name
		out.SQL.Parameters[own[name]] = value
	}
	out.Disabled = strings.EqualFold(t.Parameters["ignore"], "true")
	b.script(path, w, t, own)
	return out
}

// ownPrefix begins the name of a parameter that a task has for itself. Under the name of a parameter of the job its value would
// count for nothing: in Databricks those of the job win.
const ownPrefix = "task_"

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
