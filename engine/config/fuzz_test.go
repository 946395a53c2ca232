package config

import (
	"bytes"
	"errors"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// Whatever stands in the file, a flag and a variable, the configuration is refused with the place and the key of each
// problem, or it is valid, and means the same when all of it is written out.
func FuzzLoad(f *testing.F) {
	f.Add(example(f), "", "")
	f.Add(regexp.MustCompile(`(?m)^#(\S)`).ReplaceAllString(example(f), "$1"), "log.level", "debug")
	for _, seed := range []string{
		"", "env = 'prd'", "[log]\nlevel = 3\nmax_files = -1", "[tables.fs_a]\nbad_rows_share = 2", "home = '~/x'\nuser = 'a@b'",
		"[[workspace]]\nname = 'w'\n[[workspace.job]]\nname = 'j'\n[[workspace.job.task]]\nkey = 'a'\ndepends_on = ['b']\n[[workspace.job.task]]\nkey = 'b'\ndepends_on = ['a']",
		"workspace = [{name = 'w', kind = 'databricks', host = 'https://h/', token = 'env:T', job = [{name = 'j', task = [{key = 'a'}]}]}]",
		"[registration.tables]\nfs_cus_transactions = ['x', 'x']", "[build]\nstart_date = '2024-02-30'\nend_date = '2019-01-01'", "workspace = 1\nlog = []",
	} {
		f.Add(seed, "monitor.interval", "90s")
	}
	f.Add("", "build.end_date", "1999-01-01")
	f.Add("", "home", "~")
	f.Add("memory = '1.5 GB'", "memory", "700MiB")
	f.Add("", "home", "\xcd")
	f.Add("", "user", "a\xcd")
	var known []string
	for _, w := range Default().Workspaces {
		known = append(known, labels(w.Jobs[0].Tasks, func(t Task) string { return t.Table })...)
	}
	f.Fuzz(func(t *testing.T, content, key, value string) {
		const file = "/etc/featops/config.toml"
		machine := machine(variableOf(key), value)
		load := func(content string, flags Overrides, environ func(string) (string, bool)) (Config, error) {
			return (&loader{file: file, content: content, overrides: flags, environ: environ, origins: map[string]Origin{}}).load()
		}
		var flags Overrides
		if key != "" {
			flags = Overrides{{Key: key, Value: value, Flag: "--flag"}}
		}
		c, err := load(content, flags, machine)
		if err != nil {
			checkProblems(t, err, file, strings.Count(content, "\n")+1)
			return
		}
		checkValid(t, c)
		if err := c.Check(Known{Tables: known, Sources: []string{"pagos"}}); err != nil {
			checkProblems(t, err, file, strings.Count(content, "\n")+1)
		}
		if !utf8.ValidString(value) {
			return // a path from a flag may be any bytes, and a file holds UTF-8 only
		}
		again, err := load(encode(t, c), nil, func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatalf("written out it is refused: %v\n%s", err, encode(t, c))
		}
		if diff := cmp.Diff(c, again, sameConfig); diff != "" {
			t.Errorf("(-loaded +written out and loaded):\n%s", diff)
		}
	})
}

func checkProblems(t *testing.T, err error, file string, lines int) {
	t.Helper()
	var all *Error
	if !errors.As(err, &all) || len(all.Problems) == 0 {
		t.Fatalf("the error is no list of problems: %v", err)
	}
	for _, p := range all.Problems {
		if p.Message == "" || p.File == "" {
			t.Errorf("a problem without its place or what it is: %+v", p)
		}
		if p.File == file && (p.Line < 1 || p.Line > lines) {
			t.Errorf("a problem at line %d of %d: %v", p.Line, lines, p)
		}
		if p.Key == "" && !strings.Contains(p.Message, "toml") && len(all.Problems) > 1 {
			t.Errorf("a problem without its key: %+v", p)
		}
	}
}

// checkValid holds a configuration against the rules that config.toml.example states, in other words than the loader.
func checkValid(t *testing.T, c Config) {
	t.Helper()
	expect := func(ok bool, what string, value any) {
		t.Helper()
		if !ok {
			t.Errorf("%s is %v", what, value)
		}
	}
	expect(slices.Contains(EnvironmentNames(), c.Env), "env", c.Env)
	expect(c.User != "" && ShortUser(c.User) != "", "user", c.User)
	expect(filepath.IsAbs(c.Home), "home", c.Home)
	expect(c.Memory >= 512<<20 && c.Memory <= 1<<50, "memory", c.Memory)
	expect(c.Save.PromptTimeout > 0 && c.Monitor.Interval > 0 && c.Monitor.RequestTimeout > 0, "a time", c)
	expect(c.Log.MaxSizeMB > 0 && c.Log.MaxFiles > 0 && c.Log.MaxAgeDays > 0, "log", c.Log)
	start, err := time.Parse(time.DateOnly, c.Build.StartDate)
	expect(err == nil, "start_date", c.Build.StartDate)
	if c.Build.EndDate != Actual {
		end, err := time.Parse(time.DateOnly, c.Build.EndDate)
		expect(err == nil && !end.Before(start), "end_date", c.Build.EndDate)
	}
	for _, s := range append(slices.Collect(maps.Values(c.Tables)), TableSettings{BadRowsShare: c.Build.BadRowsShare, DriftWarn: c.Drift.Warn}) {
		expect(s.BadRowsShare >= 0 && s.BadRowsShare <= 1, "bad_rows_share", s.BadRowsShare)
		expect(s.DriftWarn >= 0, "drift_warn", s.DriftWarn)
	}
	for _, h := range append(slices.Collect(maps.Values(c.Sources)), c.Health) {
		expect(h.ShiftMonths >= 0 && h.MaxDrop >= 0 && h.MaxDrop <= 1 && h.MaxGrowth >= 0, "health", h)
	}
	for _, name := range EnvironmentNames() {
		e := c.Environments[name]
		expect(e.Database != "" && filepath.IsAbs(e.BasePath), "environment", e)
	}
	expect(len(c.Workspaces) > 0, "workspaces", 0)
	names := map[string]bool{}
	for _, w := range c.Workspaces {
		lower := strings.ToLower(w.Name)
		expect(w.Name != "" && !names[lower] && filepath.Base(w.Name) == w.Name, "workspace", w.Name)
		names[lower] = true
		expect((w.Kind == Databricks) == (w.Host != "" || w.Profile != ""), "kind", w)
		expect((w.Kind == Databricks) == (w.Catalog != ""), "catalog", w)
		expect(w.Kind == Databricks && w.Profile == "" || w.Token.IsZero(), "token", w)
		for _, j := range w.Jobs {
			expect((len(j.Tasks) > 0 || w.Kind == Databricks) && endsOf(j.Tasks) == len(j.Tasks), "graph", j)
			for _, task := range j.Tasks {
				expect(task.Key != "" && task.IsRegistry() == (task.Table == ""), "task", task)
			}
		}
	}
}

// endsOf counts the tasks that can ever run, which are all when there is no cycle.
func endsOf(tasks []Task) int {
	done := map[string]bool{}
	for range tasks {
		for _, t := range tasks {
			if !slices.ContainsFunc(t.DependsOn, func(d string) bool { return !done[d] }) {
				done[t.Key] = true
			}
		}
	}
	return len(done)
}

// encode writes a configuration out, every setting that is set, as a file.
func encode(t *testing.T, c Config) string {
	t.Helper()
	type object = map[string]any
	set := func(o object, key, value string) {
		if value != "" {
			o[key] = value
		}
	}
	save := object{"prompt_timeout": c.Save.PromptTimeout.String()}
	set(save, "on_conflict", c.Save.OnConflict)
	health := func(h Health) object {
		return object{"freshness": h.Freshness, "shift_months": h.ShiftMonths, "row_count": h.RowCount, "max_drop": h.MaxDrop, "max_growth": h.MaxGrowth}
	}
	tables, sources, environments := object{}, object{}, object{}
	for name, h := range c.Sources {
		sources[name] = health(h)
	}
	for name, s := range c.Tables {
		table := object{"bad_rows_share": s.BadRowsShare, "drift_warn": s.DriftWarn}
		set(table, "frame", s.Frame)
		tables[name] = table
	}
	for name, e := range c.Environments {
		environments[name] = object{"database": e.Database, "base_path": e.BasePath}
	}
	workspaces := []object{}
	for _, w := range c.Workspaces {
		workspace := object{"name": w.Name, "target": w.Target, "kind": w.Kind, "source_database": w.SourceDatabase}
		set(workspace, "host", w.Host)
		set(workspace, "profile", w.Profile)
		set(workspace, "token", w.Token.String())
		set(workspace, "warehouse", w.Warehouse)
		set(workspace, "catalog", w.Catalog)
		set(workspace, "readers", w.Readers)
		jobs := []object{}
		for _, j := range w.Jobs {
			tasks := []object{}
			for _, task := range j.Tasks {
				o := object{"key": task.Key, "depends_on": task.DependsOn, "run_if": task.RunIf, "parameters": task.Parameters}
				set(o, "table", task.Table)
				if task.Timeout > 0 {
					o["timeout"] = task.Timeout.String()
				}
				o["max_retries"], o["retry_on_timeout"] = task.MaxRetries, task.RetryOnTimeout
				if task.MinRetryInterval > 0 {
					o["min_retry_interval"] = task.MinRetryInterval.String()
				}
				tasks = append(tasks, o)
			}
			job := object{"name": j.Name, "max_concurrent_runs": j.MaxConcurrentRuns, "queue": j.Queue, "parameters": j.Parameters, "task": tasks}
			if j.Timeout > 0 {
				job["timeout"] = j.Timeout.String()
			}
			if s := j.Schedule; s.Cron != "" {
				job["schedule"] = object{"cron": s.Cron, "timezone": s.Timezone, "paused": s.Paused}
			}
			jobs = append(jobs, job)
		}
		if len(jobs) > 0 {
			workspace["job"] = jobs
		}
		workspaces = append(workspaces, workspace)
	}
	var text bytes.Buffer
	err := toml.NewEncoder(&text).Encode(object{
		"env": c.Env, "user": c.User, "home": c.Home, "output": c.Output, "color": c.Color, "memory": c.Memory.String(),
		"log":          object{"level": display(c.Log.Level), "max_size_mb": c.Log.MaxSizeMB, "max_files": c.Log.MaxFiles, "max_age_days": c.Log.MaxAgeDays},
		"save":         save,
		"monitor":      object{"interval": c.Monitor.Interval.String(), "request_timeout": c.Monitor.RequestTimeout.String()},
		"registration": object{"enabled": c.Registration.Enabled, "tables": c.Registration.Tables},
		"build":        object{"bad_rows_share": c.Build.BadRowsShare, "start_date": c.Build.StartDate, "end_date": c.Build.EndDate},
		"console":      object{"theme": c.Console.Theme, "notify": c.Console.Notify, "keys": c.Console.Keys},
		"drift":        object{"warn": c.Drift.Warn},
		"tables":       tables, "health": health(c.Health), "sources": sources, "environments": environments, "workspace": workspaces,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}
