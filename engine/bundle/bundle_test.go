package bundle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/bundle"
	"featops/engine/config"
	"featops/features"
	"featops/workspaces"

	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/sql"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// plan is what a configuration file means, or what is built in where it is empty.
func plan(t *testing.T, content string, overrides ...config.Override) engine.Plan {
	t.Helper()
	file := ""
	if content != "" {
		file = filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environ := func(name string) (string, bool) {
		value, ok := map[string]string{"HOME": "/home/ana", "USER": "ana"}[name]
		return value, ok
	}
	c, err := config.Load(file, overrides, environ)
	if err != nil {
		t.Fatal(err)
	}
	return engine.Plan{Config: c, Tables: features.Tables(), Now: func() time.Time { return time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC) }}
}

func made(t *testing.T, p engine.Plan) map[string][]byte {
	t.Helper()
	files, err := bundle.Files(p)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		out[f.Name] = f.Content
	}
	return out
}

// deployed is what is deployed to a target: its variables, and the jobs and warehouses with these put in.
type deployed struct {
	Mode       string
	Workspace  map[string]string
	Variables  map[string]any
	Jobs       map[string]jobs.CreateJob
	Warehouses map[string]sql.CreateWarehouseRequest
}

// deploy reads all targets of a bundle. A field that Databricks does not have fails the test.
func deploy(t *testing.T, files map[string][]byte) map[string]deployed {
	t.Helper()
	type targets struct {
		Targets map[string]struct {
			Mode      string
			Workspace map[string]string
			Variables map[string]any
			Resources struct {
				Jobs       map[string]any
				Warehouses map[string]any `yaml:"sql_warehouses"`
			}
		}
	}
	var root struct {
		Include   []string
		Variables map[string]struct{ Default any }
		targets   `yaml:",inline"`
	}
	read(t, files["databricks.yml"], &root)
	out := map[string]deployed{}
	for name, target := range root.Targets {
		d := deployed{Mode: target.Mode, Workspace: target.Workspace, Variables: map[string]any{}, Jobs: map[string]jobs.CreateJob{}, Warehouses: map[string]sql.CreateWarehouseRequest{}}
		for variable, v := range root.Variables {
			d.Variables[variable] = v.Default
		}
		maps.Copy(d.Variables, target.Variables)
		out[name] = d
	}
	for name, content := range files {
		if !strings.HasPrefix(name, "resources/") {
			continue
		}
		var resources targets
		read(t, content, &resources)
		for target, r := range resources.Targets {
			d, ok := out[target].Variables, false
			if _, ok = out[target]; !ok {
				t.Errorf("%s has a target %s, which databricks.yml lacks", name, target)
			}
			for key, value := range r.Resources.Jobs {
				out[target].Jobs[key] = strict[jobs.CreateJob](t, target+": "+key, put(value, d))
			}
			for key, value := range r.Resources.Warehouses {
				out[target].Warehouses[key] = strict[sql.CreateWarehouseRequest](t, target+": "+key, put(value, d))
			}
		}
	}
	return out
}

func read(t *testing.T, content []byte, into any) {
	t.Helper()
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatalf("%v in\n%s", err, content)
	}
}

var reference = regexp.MustCompile(`\$\{var\.([a-z_]+)\}`)

// put puts variables into a value.
func put(value any, variables map[string]any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			out[key] = put(item, variables)
		}
		return out
	case []any:
		var out []any
		for _, item := range v {
			out = append(out, put(item, variables))
		}
		return out
	case string:
		if m := reference.FindStringSubmatch(v); m != nil && m[0] == v {
			return variables[m[1]]
		}
		return reference.ReplaceAllStringFunc(v, func(r string) string {
			return variables[reference.FindStringSubmatch(r)[1]].(string)
		})
	}
	return value
}

// strict reads a value as T, and T must have a place for everything in it.
func strict[T any](t *testing.T, what string, value any) T {
	t.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var typed T
	if err := json.Unmarshal(content, &typed); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	back, err := json.Marshal(typed)
	if err != nil {
		t.Fatal(err)
	}
	var before, after any
	if err := errors.Join(json.Unmarshal(content, &before), json.Unmarshal(back, &after)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dropEmpty(before), dropEmpty(after)); diff != "" {
		t.Errorf("%s has fields that Databricks does not (-bundle +Databricks):\n%s", what, diff)
	}
	return typed
}

// dropEmpty leaves out values that mean nothing, which the SDK does not write.
func dropEmpty(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			if item = dropEmpty(item); item != nil && !reflect.ValueOf(item).IsZero() && !(reflect.ValueOf(item).Kind() == reflect.Map && reflect.ValueOf(item).Len() == 0) {
				out[key] = item
			}
		}
		return out
	case []any:
		var out []any
		for _, item := range v {
			out = append(out, dropEmpty(item))
		}
		if out == nil {
			return nil
		}
		return out
	}
	return value
}

func TestTargets(t *testing.T) {
	all := deploy(t, made(t, plan(t, "")))
	want := []string{"dev_bnca_pers", "dev_med_pag", "prod_bnca_pers", "prod_med_pag", "staging_bnca_pers", "staging_med_pag"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(all))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, d := range all {
		env, _, _ := strings.Cut(name, "_")
		if d.Variables["environment"] != env || d.Variables["database"] != "feature_store_demo_"+env {
			t.Errorf("%s: variables %v", name, d.Variables)
		}
		if d.Workspace["profile"] != name {
			t.Errorf("%s may be deployed to a workspace that is not its own: %v", name, d.Workspace)
		}
		if dev := env == "dev"; dev != (d.Mode == "development") || dev != (d.Workspace["root_path"] == "") {
			t.Errorf("%s: mode %s, root path %s", name, d.Mode, d.Workspace["root_path"])
		}
		w := d.Warehouses["feature_store"]
		if !w.EnableServerlessCompute || w.WarehouseType != "PRO" || w.Name != "feature-store-"+env {
			t.Errorf("%s: warehouse %+v", name, w)
		}
	}
}

// What the configuration says of a Databricks workspace is where its targets are.
func TestTargetsOfWorkspacesThatAreThere(t *testing.T) {
	all := deploy(t, made(t, plan(t, `
[[workspace]]
name = "analytics"
kind = "databricks"
host = "https://adb-1.azuredatabricks.net"
catalog = "features"
[[workspace.job]]
name = "nightly"
[[workspace.job.task]]
key = "fs_cus_credit_risk"
[[workspace]]
name = "credit"
kind = "databricks"
profile = "credit-prod"
[[workspace.job]]
name = "nightly"
[[workspace.job.task]]
key = "fs_cus_demographic"
`)))
	for _, want := range []struct{ target, host, profile, catalog string }{
		{"prod_analytics", "https://adb-1.azuredatabricks.net", "", "features"},
		{"prod_credit", "", "credit-prod", "main"},
	} {
		d := all[want.target]
		if d.Workspace["host"] != want.host || d.Workspace["profile"] != want.profile || d.Variables["catalog"] != want.catalog {
			t.Errorf("%s: %v, %v", want.target, d.Workspace, d.Variables)
		}
	}
}

// What featops looks for in a workspace is what the bundle puts there: the jobs by name and tags, their tasks and parameters.
func TestJobsAreThoseThatFeatopsKnows(t *testing.T) {
	for _, env := range config.EnvironmentNames() {
		p := plan(t, "", config.Override{Key: "env", Value: env, Flag: "--env"})
		all := deploy(t, made(t, p))
		for _, w := range p.Config.Workspaces {
			target := all[env+"_"+w.Target]
			for _, want := range p.Embedded(w).Jobs {
				got := target.Jobs["demo_feature_store"]
				name := got.Name
				if target.Mode == "development" {
					name = "[dev ana] " + name
				}
				if name != want.Name || !maps.Equal(got.Tags, want.Tags) || got.MaxConcurrentRuns != want.MaxConcurrentRuns || got.Queue.Enabled != want.Queue {
					t.Errorf("%s of %s: %+v, want %+v", env, w.Name, got, want)
				}
				var tasks []workspaces.Task
				for _, task := range got.Tasks {
					tasks = append(tasks, asKnown(task))
				}
				for i := range want.Tasks {
					want.Tasks[i].Parameters = nil
				}
				if diff := cmp.Diff(want.Tasks, tasks); diff != "" {
					t.Errorf("%s of %s: tasks (-want +got):\n%s", env, w.Name, diff)
				}
			}
		}
	}
}

// asKnown is a task of Databricks as featops sees it.
func asKnown(t jobs.Task) workspaces.Task {
	out := workspaces.Task{Key: t.TaskKey, RunIf: workspaces.RunIf(t.RunIf), Table: t.SqlTask.Parameters["fs_notebook"]}
	if out.RunIf == "" {
		out.RunIf = config.AllSuccess
	}
	for _, d := range t.DependsOn {
		out.DependsOn = append(out.DependsOn, d.TaskKey)
	}
	out.Timeout = time.Duration(t.TimeoutSeconds) * time.Second
	out.MaxRetries, out.RetryOnTimeout = t.MaxRetries, t.RetryOnTimeout
	out.MinRetryInterval = time.Duration(t.MinRetryIntervalMillis) * time.Millisecond
	return out
}

func TestSettingsOfAJob(t *testing.T) {
	files := made(t, plan(t, `
[build]
start_date = "2020-03-01"
[[workspace]]
name = "analytics"
kind = "databricks"
host = "https://adb-1.azuredatabricks.net/"
token = "env:T"
source_database = "lake"
[[workspace.job]]
name = "nightly store 2.0"
max_concurrent_runs = 3
queue = false
timeout = "90m"
parameters.end_date = "2024-01-01"
[workspace.job.schedule]
cron = "30 6 * * 1-5"
timezone = "Europe/Madrid"
paused = true
[[workspace.job.task]]
key = "risk"
table = "fs_cus_credit_risk"
timeout = "1m30s"
max_retries = 2
min_retry_interval = "5m"
retry_on_timeout = true
parameters = { start_date = "2021-01-01", ignore = "True" }
[[workspace.job.task]]
key = "fs_cus_demographic"
depends_on = ["risk"]
run_if = "AT_LEAST_ONE_FAILED"
`))
	all := deploy(t, files)
	if host := all["prod_analytics"].Workspace["host"]; host != "https://adb-1.azuredatabricks.net" {
		t.Errorf("host %q", host)
	}
	if strings.Contains(string(bytes.Join(slices.Collect(maps.Values(files)), nil)), "env:T") {
		t.Error("the bundle tells where the token is")
	}
	job := all["prod_analytics"].Jobs["nightly_store_2_0"]
	parameters := map[string]string{}
	for _, p := range job.Parameters {
		parameters[p.Name] = p.Default
	}
	wantParameters := map[string]string{
		"env": "prod", "start_date": "2020-03-01", "end_date": "2024-01-01", "force_overwrite": "false", "overwriteSchema": "false",
		"omit_data_validation_errors": "false", "ignore": "false", "full_build": "false",
	}
	if diff := cmp.Diff(wantParameters, parameters); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	wantSchedule := &jobs.CronSchedule{QuartzCronExpression: "0 30 6 ? * 2-6", TimezoneId: "Europe/Madrid", PauseStatus: "PAUSED"}
	if diff := cmp.Diff(wantSchedule, job.Schedule); diff != "" || job.MaxConcurrentRuns != 3 || job.Queue.Enabled || job.TimeoutSeconds != 5400 {
		t.Errorf("job %+v, schedule (-want +got):\n%s", job, diff)
	}
	risk := job.Tasks[0]
	if risk.TimeoutSeconds != 90 || risk.MaxRetries != 2 || risk.MinRetryIntervalMillis != 300_000 || !risk.RetryOnTimeout || !risk.Disabled {
		t.Errorf("task %+v", risk)
	}
	// Under the name of a parameter of the job its own value would not count.
	own := risk.SqlTask.Parameters
	script := string(files["sql/analytics/nightly_store_2_0/risk.sql"])
	if own["task_start_date"] != "2021-01-01" || own["start_date"] != "" ||
		!strings.Contains(script, "CAST(:task_start_date AS DATE)") || regexp.MustCompile(`[^_a-z]:start_date`).MatchString(script) {
		t.Errorf("the task's own start_date is not used: %v", own)
	}
	if !strings.Contains(script, "`lake`.`buro_credito`") {
		t.Error("the script does not read the workspace's sources")
	}
	after := job.Tasks[1]
	if after.RunIf != jobs.RunIfAtLeastOneFailed || len(after.DependsOn) != 1 || after.DependsOn[0].TaskKey != "risk" {
		t.Errorf("task %+v", after)
	}
}

func TestProblemsComeTogether(t *testing.T) {
	_, err := bundle.Files(plan(t, `
[[workspace]]
name = "w"
[[workspace.job]]
name = "a b"
[workspace.job.schedule]
cron = "0 0 1 * 1"
[[workspace.job.task]]
key = "fs_cus_credit_risk"
[[workspace.job]]
name = "A.B"
[[workspace.job.task]]
key = "fs_cus_creditrisk"
[[workspace]]
name = "there"
kind = "databricks"
profile = "there"
[[workspace.job]]
name = "deployed by hand"
`))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`workspace w: job a b: schedule: cron expression "0 0 1 * 1"`,
		`the jobs "a b" and "A.B" would both be called A_B`,
		`workspace w: task fs_cus_creditrisk: table "fs_cus_creditrisk" is unknown`,
		`workspace there: job deployed by hand: it has no tasks`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestTheSameConfigurationGivesTheSameBytes(t *testing.T) {
	want := made(t, plan(t, ""))
	for _, env := range config.EnvironmentNames() {
		if diff := cmp.Diff(want, made(t, plan(t, "", config.Override{Key: "env", Value: env, Flag: "--env"}))); diff != "" {
			t.Errorf("made in %s (-want +got):\n%s", env, diff)
		}
	}
}

// Environments differ in the values of variables: what is deployed to them is one text.
func TestEnvironmentsDifferInVariablesOnly(t *testing.T) {
	for name, content := range made(t, plan(t, "")) {
		for _, env := range config.EnvironmentNames() {
			if strings.HasPrefix(name, "sql/") && bytes.Contains(content, []byte("feature_store_demo_"+env)) {
				t.Errorf("%s names a database of %s", name, env)
			}
		}
		if strings.HasPrefix(name, "resources/") && bytes.Count(content, []byte("jobs:")) != 1 {
			t.Errorf("%s has its jobs several times:\n%s", name, content)
		}
	}
}

// The schema is part of the Databricks CLI: "databricks bundle schema" prints it.
func TestTheSchemaOfTheDatabricksCLI(t *testing.T) {
	file := os.Getenv("FEATOPS_BUNDLE_SCHEMA")
	if file == "" {
		t.Skip("FEATOPS_BUNDLE_SCHEMA does not name a file with the JSON schema that databricks bundle schema prints")
	}
	schema, err := jsonschema.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range made(t, plan(t, "")) {
		if !strings.HasSuffix(name, ".yml") {
			continue
		}
		var value any
		read(t, content, &value)
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file is taken apart at its semicolons, so none stands inside of a statement.
func TestStatementsOfTheScripts(t *testing.T) {
	verbs := []string{"USE", "DECLARE OR REPLACE VARIABLE", "SET VAR", "SELECT", "EXECUTE IMMEDIATE"}
	for name, content := range made(t, plan(t, "")) {
		if !strings.HasPrefix(name, "sql/") {
			continue
		}
		text := regexp.MustCompile(`(?m)^--.*\n`).ReplaceAllString(string(content), "")
		statements := strings.Split(text, ";")
		if rest := strings.TrimSpace(statements[len(statements)-1]); rest != "" {
			t.Errorf("%s ends with %q", name, rest)
		}
		for _, s := range statements[:len(statements)-1] {
			s = strings.TrimSpace(s)
			if !slices.ContainsFunc(verbs, func(verb string) bool { return strings.HasPrefix(s, verb+" ") || strings.HasPrefix(s, verb+"\n") }) {
				t.Errorf("%s: a statement begins with %.80q", name, s)
			}
		}
	}
}
