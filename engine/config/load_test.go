package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// machine is an environment of which only what a test says is set.
func machine(variables ...string) func(string) (string, bool) {
	set := map[string]string{"HOME": "/home/ana", "USER": "ana"}
	for i := 0; i < len(variables); i += 2 {
		set[variables[i]] = variables[i+1]
	}
	return func(name string) (string, bool) { v, ok := set[name]; return v, ok }
}

func write(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func mustLoad(t *testing.T, content string) Config {
	t.Helper()
	c, err := Load(write(t, content), nil, machine())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// problems loads content and returns what is wrong with it, with the file's name for its path.
func problems(t *testing.T, content string, overrides Overrides, variables ...string) []string {
	t.Helper()
	file := write(t, content)
	_, err := Load(file, overrides, machine(variables...))
	var bad *Error
	if !errors.As(err, &bad) {
		t.Fatalf("Load returned %v, want an *Error", err)
	}
	return strings.Split(strings.ReplaceAll(err.Error(), file, "config.toml"), "\n")
}

var sameConfig = cmp.Options{
	cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty(), cmp.AllowUnexported(Secret{}),
}

func TestEveryWrongKeyIsNamedWithItsLine(t *testing.T) {
	const job = "[[workspace]]\nname = 'w'\n[[workspace.job]]\nname = 'j'\n"
	const task = job + "[[workspace.job.task]]\nkey = 'fs_a'\n"
	const whole = "found %s; allowed: a whole number from 1 to "
	tests := []struct{ content, want string }{
		{"env = 'prd'", `config.toml:1: env: found "prd" (did you mean prod?); allowed: dev, staging, prod`},
		{"env = 1", `config.toml:1: env: found 1; allowed: dev, staging, prod, in quotes`},
		{"user = '@x'", `config.toml:1: user: found "@x"; allowed: a login or a mail address, with a letter or digit before any @`},
		{"home = ''", `config.toml:1: home: found ""; allowed: a path`},
		{"home = ['a']", `config.toml:1: home: found a list; allowed: a path, in quotes`},
		{"output = 'yaml'", `config.toml:1: output: found "yaml"; allowed: text, json`},
		{"color = true", `config.toml:1: color: found true; allowed: auto, always, never, in quotes`},
		{"colour = 'auto'", `config.toml:1: colour: unknown key (did you mean color?); allowed: env, user, home, output, color, memory, log, save, monitor, registration, build, console, drift, tables, health, sources, environments, workspace`},

		{"log = 'debug'", `config.toml:1: log: found "debug"; allowed: a table, [log]`},
		{"[log]\nlevel = 'warn'", `config.toml:2: log.level: found "warn"; allowed: debug, info, warning, error`},
		{"memory = '511 MiB'", `config.toml:1: memory: found "511 MiB"; allowed: a size with its unit from 512 MiB to 1024 TiB, such as "2 GiB" or "1500 MB"`},
		{"memory = 2", `config.toml:1: memory: found 2; allowed: a size with its unit from 512 MiB to 1024 TiB, such as "2 GiB" or "1500 MB", in quotes`},
		{"memory = 'much'", `config.toml:1: memory: found "much"; allowed: a size with its unit from 512 MiB to 1024 TiB, such as "2 GiB" or "1500 MB"`},
		{"[log]\nmax_size_mb = 0", "config.toml:2: log.max_size_mb: " + strings.Replace(whole, "%s", "0", 1) + "10000"},
		{"[log]\nmax_files = '3'", "config.toml:2: log.max_files: " + strings.Replace(whole, "%s", `"3"`, 1) + "10000"},
		{"[log]\nmax_age_days = 1.5", "config.toml:2: log.max_age_days: " + strings.Replace(whole, "%s", "1.5", 1) + "10000"},
		{"[log]\n\nlevl = 'info'", `config.toml:3: log.levl: unknown key (did you mean level?); allowed: level, max_size_mb, max_files, max_age_days`},

		{"[health]\nfreshness = 'error'", `config.toml:2: health.freshness: found "error"; allowed: ignore, warn, fail`},
		{"[health]\nmax_growth = -0.5", `config.toml:2: health.max_growth: found -0.5; allowed: a number from 0 to 1000000`},
		{"[sources.pagos]\nshift_months = -1", `config.toml:2: sources.pagos.shift_months: found -1; allowed: a whole number from 0 to 1200`},
		{"[sources.pagos]\nshift = 1", `config.toml:2: sources.pagos.shift: unknown key; allowed: freshness, shift_months, row_count, max_drop, max_growth`},
		{"[save]\non_conflict = 'ask'", `config.toml:2: save.on_conflict: found "ask"; allowed: reject, accept, prompt`},
		{"[save]\nprompt_timeout = '0s'", `config.toml:2: save.prompt_timeout: found "0s"; allowed: a time above 0 with its unit, such as "30s", "5m" or "1h30m"`},
		{"[monitor]\ninterval = 60", `config.toml:2: monitor.interval: found 60; allowed: a time above 0 with its unit, such as "30s", "5m" or "1h30m", in quotes`},
		{"[monitor]\nrequest_timeout = '-1s'", `config.toml:2: monitor.request_timeout: found "-1s"; allowed: a time above 0 with its unit, such as "30s", "5m" or "1h30m"`},
		{"[monitor]\nfoo = 1", `config.toml:2: monitor.foo: unknown key; allowed: interval, request_timeout`},
		{"[registration]\nenabled = 'yes'", `config.toml:2: registration.enabled: found "yes"; allowed: true, false`},
		{"[registration.tables]\nfs_cus_transactions = 'a'", `config.toml:2: registration.tables.fs_cus_transactions: found "a"; allowed: a list of names, each of letters, digits and _, not beginning with a digit, at most 255`},
		{"[registration.tables]\nfs_cus_transactions = ['a', 'a']", `config.toml:2: registration.tables.fs_cus_transactions: found "a"; allowed: each name once`},
		{"[registration.tables]\nfs_cus_transaction = ['a']", `config.toml:2: registration.tables.fs_cus_transaction: no job has a task of this key (did you mean fs_cus_transactions?); allowed: feature_registry, fs_cus_credit_risk, fs_cus_demographic, fs_cus_holding_products, fs_cus_payment_behavior, fs_cus_transactions`},

		{"[build]\nbad_rows_share = 1.5", `config.toml:2: build.bad_rows_share: found 1.5; allowed: a number from 0 to 1`},
		{"[build]\nbad_rows_share = nan", `config.toml:2: build.bad_rows_share: found NaN; allowed: a number from 0 to 1`},
		{"[build]\nstart_date = '2019-02-30'", `config.toml:2: build.start_date: found "2019-02-30"; allowed: a date as "YYYY-MM-DD"`},
		{"[build]\nstart_date = 2019-02-01", `config.toml:2: build.start_date: found a date without quotes; allowed: a date as "YYYY-MM-DD", in quotes`},
		{"[build]\nend_date = 'now'", `config.toml:2: build.end_date: found "now"; allowed: a date as "YYYY-MM-DD", or "actual"`},
		{"[build]\nend_date = '2018-12-01'", `config.toml:2: build.end_date: found "2018-12-01"; allowed: build.start_date (2019-01-01) or later, or "actual"`},
		{"[tables.fs_a]\nframe = 'weeks'", `config.toml:2: tables.fs_a.frame: found "weeks"; allowed: rows, months`},
		{"[drift]\nwarn = 'off'", `config.toml:2: drift.warn: found "off"; allowed: a number from 0 to 1000000`},
		{"[tables.fs_a]\ndrift_warn = -0.1", `config.toml:2: tables.fs_a.drift_warn: found -0.1; allowed: a number from 0 to 1000000`},
		{"[tables.fs_a]\nbad_rows_share = -1", `config.toml:2: tables.fs_a.bad_rows_share: found -1; allowed: a number from 0 to 1`},
		{"[tables]\nfs_a = 'rows'", `config.toml:2: tables.fs_a: found "rows"; allowed: a table, [tables.fs_a]`},
		{"[tables.'a b']\nfram = 1", `config.toml:2: tables."a b".fram: unknown key (did you mean frame?); allowed: frame, bad_rows_share, drift_warn`},
		{"[environments.dev]\ndatabase = 'a-b'", `config.toml:2: environments.dev.database: found "a-b"; allowed: letters, digits and _, not beginning with a digit, at most 255`},
		{"[environments.dev]\nbase_path = 3", `config.toml:2: environments.dev.base_path: found 3; allowed: a path, in quotes`},
		{"[environments.test]\n", `config.toml:1: environments.test: unknown key; allowed: dev, staging, prod`},

		{"workspace = []", `config.toml:1: workspace: found none; allowed: one [[workspace]] or more`},
		{"[workspace]\nname = 'w'", `config.toml:1: workspace: found a table; allowed: a list of tables, [[workspace]]`},
		{"[[workspace]]\n", `config.toml:1: workspace[#1].name: found none; allowed: letters, digits, _ and -, beginning with a letter or digit, at most 100`},
		{"[[workspace]]\nname = '../x'", `config.toml:2: workspace[../x].name: found "../x"; allowed: letters, digits, _ and -, beginning with a letter or digit, at most 100`},
		{"env = 'dev'\nuser = \"ana\r\n", `config.toml:2: user: strings cannot contain newlines`},
		{"env = 'dev'\n\x10", `config.toml:2: TOML files cannot contain control characters: '0x10'`},
		{"[[workspace]]\nname = 'w'\n[[workspace]]\nname = 'W'", `config.toml:4: workspace[W].name: found "W", the name of the workspace at line 2; allowed: each name once`},
		{"[[workspace]]\nname = 'w'\nkind = 'local'", `config.toml:3: workspace[w].kind: found "local"; allowed: embedded, databricks`},
		{"[[workspace]]\nname = 'w'\nhost = 'https://x'", `config.toml:3: workspace[w].host: an embedded workspace has none; allowed with kind = "databricks"`},
		{"[[workspace]]\nname = 'w'\nkind = 'databricks'\ntoken = 'env:T'", `config.toml:1: workspace[w].host: found none; a databricks workspace needs one, or a profile`},
		{"[[workspace]]\nname = 'w'\ncatalog = 'c'", `config.toml:3: workspace[w].catalog: an embedded workspace has none; allowed with kind = "databricks"`},
		{"[[workspace]]\nname = 'w'\nkind = 'databricks'\nprofile = 'p'\ntoken = 'env:T'", `config.toml:5: workspace[w].token: a profile has its own; allowed: one of the two`},
		{"[[workspace]]\nname = 'w'\nkind = 'databricks'\nhost = 'https://x'\nwarehouse = 'a b'", `config.toml:5: workspace[w].warehouse: found "a b"; allowed: the number of a warehouse, as its page shows it: letters, digits, _ and -`},
		{dbx("a", "secret:c/s/k") + dbx("b", "env:T"), `config.toml:5: workspace[a].token: there is no Databricks workspace "c" to keep it (did you mean b?); allowed: b`},
		{dbx("a", "secret:b/s/k") + dbx("b", "secret:a/s/k"), `config.toml:5: workspace[a].token: to read it, a is needed, and for that its own token; allowed: a workspace whose token is elsewhere` + "\n" +
			`config.toml:10: workspace[b].token: to read it, b is needed, and for that its own token; allowed: a workspace whose token is elsewhere`},
		{"[[workspace]]\nname = 'w'\nkind = 'databricks'\ntoken = 'env:T'\nhost = 'http://x'", `config.toml:5: workspace[w].host: found "http://x"; allowed: https:// and the name of a host, with a port or not`},
		{"[[workspace]]\nname = 'a'\n[[workspace]]\nname = 'b'\ntarget = 'A'", `config.toml:5: workspace[b].target: found "A", which is the target of the workspace a; allowed: each target once`},
		{"[[workspace]]\nname = 'w'\nsource_database = ''", `config.toml:3: workspace[w].source_database: found ""; allowed: letters, digits and _, not beginning with a digit, at most 255`},
		{"[[workspace]]\nname = 'w'\n[[workspace.job]]", `config.toml:3: workspace[w].job[#1].name: found none; allowed: letters, digits, spaces, '.', _ and -, beginning with a letter or digit, at most 100` + "\n" +
			`config.toml:3: workspace[w].job[#1].task: found none; a job needs one [[workspace.job.task]] or more`},
		{task + "[[workspace.job]]\nname = 'J'\n[[workspace.job.task]]\nkey = 'x'", `config.toml:8: workspace[w].job[J].name: found "J", the name of the job at line 4; allowed: each name once`},
		{job + "max_concurrent_runs = 0\n[[workspace.job.task]]\nkey='a'", `config.toml:5: workspace[w].job[j].max_concurrent_runs: found 0; allowed: a whole number from 1 to 1000`},
		{job + "parameters = { ignore = true }\n[[workspace.job.task]]\nkey='a'", `config.toml:5: workspace[w].job[j].parameters.ignore: found true; allowed: text, as all task parameters are, in quotes`},
		{task + "parameters.env = 'dev'", `config.toml:7: workspace[w].job[j].task[fs_a].parameters.env: featops gives this parameter itself, from the environment in use; allowed: none`},
		{job + "[[workspace.job.task]]\nkey = 'a b'", `config.toml:6: workspace[w].job[j].task[a b].key: found "a b"; allowed: letters, digits, _ and -, at most 100`},
		{task + "[[workspace.job.task]]\nkey = 'fs_a'", `config.toml:8: workspace[w].job[j].task[fs_a].key: found "fs_a", the name of the task at line 6; allowed: each name once`},
		{task + "depends_on = ['fs_b']", `config.toml:7: workspace[w].job[j].task[fs_a].depends_on: the job has no task "fs_b"; allowed: none`},
		{task + "run_if = 'ALL_DONNE'", `config.toml:7: workspace[w].job[j].task[fs_a].run_if: found "ALL_DONNE" (did you mean ALL_DONE?); allowed: ALL_SUCCESS, ALL_DONE, NONE_FAILED, AT_LEAST_ONE_SUCCESS, ALL_FAILED, AT_LEAST_ONE_FAILED`},
		{task + "table = 'a.b'", `config.toml:7: workspace[w].job[j].task[fs_a].table: found "a.b"; allowed: letters, digits and _, not beginning with a digit, at most 255`},
		{task + "timeout = '1 hour'", `config.toml:7: workspace[w].job[j].task[fs_a].timeout: found "1 hour"; allowed: a time above 0 with its unit, such as "30s", "5m" or "1h30m"`},
		{task + "max_retries = -1", `config.toml:7: workspace[w].job[j].task[fs_a].max_retries: found -1; allowed: a whole number from 0 to 1000`},
		{task + "min_retry_interval = 30", `config.toml:7: workspace[w].job[j].task[fs_a].min_retry_interval: found 30; allowed: a time above 0 with its unit, such as "30s", "5m" or "1h30m", in quotes`},
		{job + "queue = 1\n[[workspace.job.task]]\nkey='a'", `config.toml:5: workspace[w].job[j].queue: found 1; allowed: true, false`},
		{job + "[workspace.job.schedule]\ntimezone = 'UTC'\n[[workspace.job.task]]\nkey='a'", `config.toml:5: workspace[w].job[j].schedule.cron: found none; allowed: a cron expression of five fields, such as "30 6 * * 1-5"`},
		{job + "[workspace.job.schedule]\ncron = '0 0 30 2 *'\n[[workspace.job.task]]\nkey='a'", `config.toml:6: workspace[w].job[j].schedule.cron: found "0 0 30 2 *", which never comes; allowed: five fields: minute (0-59), hour (0-23), day of the month (1-31), month (1-12), day of the week (0-6, Sunday is 0), such as "30 6 * * 1-5"`},
		{job + "[workspace.job.schedule]\ncron = '0 6 * * *'\ntimezone = 'Europe/Madird'\n[[workspace.job.task]]\nkey='a'", `config.toml:7: workspace[w].job[j].schedule.timezone: found "Europe/Madird", which is no time zone; allowed: the name of a time zone, such as "UTC" or "Europe/Madrid"`},
		{job + "[workspace.job.schedule]\ncron = 'dapi0123456789abcdef0123456789abcdef'\n[[workspace.job.task]]\nkey='a'", `config.toml:6: workspace[w].job[j].schedule.cron: found ` + hidden + `; allowed: a cron expression of five fields`},
		{task + "depend_on = []", `config.toml:7: workspace[w].job[j].task[fs_a].depend_on: unknown key (did you mean depends_on?); allowed: key, depends_on, run_if, table, timeout, max_retries, min_retry_interval, retry_on_timeout, parameters`},
		{job + "[[workspace.job.task]]\nkey = 'my_register'\ntable = 'x'", `config.toml:7: workspace[w].job[j].task[my_register].table: a task whose key contains register or registry builds no table; allowed: none`},

		{"env = 'dev'\nenv = 'dev'", `config.toml:2: env: Key 'env' has already been defined.`},
	}
	for _, test := range tests {
		t.Run(test.content, func(t *testing.T) {
			got := strings.Join(problems(t, test.content, nil), "\n")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllProblemsComeAtOnceInTheOrderOfTheFile(t *testing.T) {
	got := problems(t, "oops = 1\nenv = 'x'\n[log]\nlevel = 3\n", Overrides{{Key: "output", Value: "xml", Flag: "--output"}}, "FEATOPS_LOG_MAX_FILES", "many")
	want := []string{
		`--output: output: found "xml"; allowed: text, json`,
		`FEATOPS_LOG_MAX_FILES: log.max_files: found "many"; allowed: a whole number from 1 to 10000`,
		`config.toml:1: oops: unknown key; allowed: env, user, home, output, color, memory, log, save, monitor, registration, build, console, drift, tables, health, sources, environments, workspace`,
		`config.toml:2: env: found "x"; allowed: dev, staging, prod`,
		`config.toml:4: log.level: found 3; allowed: debug, info, warning, error, in quotes`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCyclesAreNamed(t *testing.T) {
	graph := func(tasks ...string) string {
		content := "[[workspace]]\nname = 'w'\n[[workspace.job]]\nname = 'j'\n"
		for _, task := range tasks {
			key, after, _ := strings.Cut(task, "<")
			content += "[[workspace.job.task]]\nkey = '" + key + "'\n"
			if after != "" {
				content += "depends_on = ['" + strings.ReplaceAll(after, ",", "','") + "']\n"
			}
		}
		return content
	}
	tests := map[string]struct {
		tasks []string
		want  string
	}{
		"itself":         {[]string{"a<a"}, "config.toml:7: workspace[w].job[j].task[a].depends_on: the tasks wait for each other: a → a"},
		"three":          {[]string{"a<c", "b<a", "c<b"}, "config.toml:10: workspace[w].job[j].task[b].depends_on: the tasks wait for each other: a → c → b → a"},
		"behind a start": {[]string{"s", "a<s,b", "b<a"}, "config.toml:12: workspace[w].job[j].task[b].depends_on: the tasks wait for each other: a → b → a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(problems(t, graph(test.tasks...), nil), "\n")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a diamond is none", func(t *testing.T) { mustLoad(t, graph("a", "b<a", "c<a", "d<b,c")) })
}

func TestFlagBeatsVariableBeatsFileBeatsDefault(t *testing.T) {
	file := write(t, "[log]\nlevel = 'warning'\nmax_files = 5\nmax_size_mb = 6\n")
	c, err := Load(file, Overrides{{Key: "log.level", Value: "debug", Flag: "--log-level"}},
		machine("FEATOPS_LOG_LEVEL", "error", "FEATOPS_LOG_MAX_FILES", "7", "FEATOPS_LOG_MAX_SIZE_MB", ""))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range c.Settings() {
		if strings.HasPrefix(s.Key, "log.") {
			got[s.Key] = s.Value + " by " + strings.ReplaceAll(s.Origin.String(), file, "config.toml")
		}
	}
	want := map[string]string{
		"log.level":        "debug by flag --log-level",
		"log.max_files":    "7 by variable FEATOPS_LOG_MAX_FILES",
		"log.max_size_mb":  "6 by config.toml:4",
		"log.max_age_days": "30 by default",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Log.Level.String() != "DEBUG" || c.Log.MaxFiles != 7 || c.Log.MaxSizeMB != 6 || c.Log.MaxAgeDays != 30 {
		t.Errorf("got %+v", c.Log)
	}
}

// Every setting that has a variable takes it, whatever its type.
func TestEveryVariable(t *testing.T) {
	c, err := Load(write(t, ""), nil, machine(
		"FEATOPS_ENV", "prod", "FEATOPS_USER", "eva@x.org", "FEATOPS_HOME", "/data", "FEATOPS_OUTPUT", "json",
		"FEATOPS_COLOR", "always", "FEATOPS_LOG_LEVEL", "error", "FEATOPS_LOG_MAX_SIZE_MB", "1",
		"FEATOPS_LOG_MAX_FILES", "2", "FEATOPS_LOG_MAX_AGE_DAYS", "3", "FEATOPS_SAVE_ON_CONFLICT", "accept",
		"FEATOPS_SAVE_PROMPT_TIMEOUT", "1m", "FEATOPS_MONITOR_INTERVAL", "2m", "FEATOPS_MONITOR_REQUEST_TIMEOUT", "3s",
		"FEATOPS_REGISTRATION_ENABLED", "false", "FEATOPS_BUILD_BAD_ROWS_SHARE", "0.5",
		"FEATOPS_BUILD_START_DATE", "2020-01-01", "FEATOPS_BUILD_END_DATE", "2021-01-01",
		"FEATOPS_ENVIRONMENTS_PROD_DATABASE", "fs", "FEATOPS_ENVIRONMENTS_DEV_BASE_PATH", "/dev-data",
		"FEATOPS_TABLES_FS_A_FRAME", "months"))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Env, want.User, want.Home, want.Output, want.Color = Prod, "eva@x.org", "/data", JSON, Always
	want.Log = Log{Level: 8, MaxSizeMB: 1, MaxFiles: 2, MaxAgeDays: 3}
	want.Save = Save{Accept, time.Minute}
	want.Monitor = Monitor{2 * time.Minute, 3 * time.Second}
	want.Registration.Enabled = false
	want.Build = Build{0.5, "2020-01-01", "2021-01-01"}
	want.Environments = map[string]Environment{
		Dev:     {"feature_store_demo_dev", "/dev-data"},
		Staging: {"feature_store_demo_staging", "/data/workspaces"},
		Prod:    {"fs", "/data/workspaces"},
	}
	if diff := cmp.Diff(want, c, sameConfig); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoColor(t *testing.T) {
	tests := map[string]struct {
		content   string
		overrides Overrides
		variables []string
		want      string
	}{
		"beats the file":        {"color = 'always'", nil, []string{"NO_COLOR", "1"}, Never},
		"empty means nothing":   {"", nil, []string{"NO_COLOR", ""}, Auto},
		"loses to its own name": {"", nil, []string{"NO_COLOR", "1", "FEATOPS_COLOR", "auto"}, Auto},
		"loses to a flag":       {"", Overrides{{Key: "color", Value: "always", Flag: "--color"}}, []string{"NO_COLOR", "1"}, Always},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := Load(write(t, test.content), test.overrides, machine(test.variables...))
			if err != nil {
				t.Fatal(err)
			}
			if c.Color != test.want {
				t.Errorf("color is %s, want %s", c.Color, test.want)
			}
		})
	}
}

func TestWhichFileIsRead(t *testing.T) {
	xdg := t.TempDir()
	if err := os.Mkdir(filepath.Join(xdg, "featops"), 0o700); err != nil {
		t.Fatal(err)
	}
	standard := filepath.Join(xdg, "featops", "config.toml")
	if err := os.WriteFile(standard, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	named, other := write(t, ""), write(t, "")
	tests := map[string]struct {
		path string
		env  func(string) (string, bool)
		want string
	}{
		"the one that is named": {named, machine("FEATOPS_CONFIG", other, "XDG_CONFIG_HOME", xdg), named},
		"the variable's":        {"", machine("FEATOPS_CONFIG", other, "XDG_CONFIG_HOME", xdg), other},
		"the standard one":      {"", machine("FEATOPS_CONFIG", "", "XDG_CONFIG_HOME", xdg), standard},
		"none, where none is":   {"", machine("XDG_CONFIG_HOME", t.TempDir()), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := Load(test.path, nil, test.env)
			if err != nil {
				t.Fatal(err)
			}
			if c.File() != test.want {
				t.Errorf("read %q, want %q", c.File(), test.want)
			}
		})
	}
	for _, variable := range []string{"", "/nowhere/x.toml"} {
		path := "/nowhere/x.toml"
		if variable != "" {
			path = ""
		}
		if _, err := Load(path, nil, machine("FEATOPS_CONFIG", variable)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a missing file that was named: %v", err)
		}
	}
}

func TestPaths(t *testing.T) {
	file := write(t, "home = 'data'\n[environments.dev]\nbase_path = '~/tables'")
	c, err := Load(file, nil, machine())
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(file), "data"); c.Home != want {
		t.Errorf("home is %s, want it beside the file: %s", c.Home, want)
	}
	if got, want := c.Environments[Dev].BasePath, "/home/ana/tables"; got != want {
		t.Errorf("base path is %s, want %s", got, want)
	}
	if got, want := c.Environments[Prod].BasePath, filepath.Join(c.Home, "workspaces"); got != want {
		t.Errorf("base path is %s, want it in home: %s", got, want)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c, err = Load(file, Overrides{{Key: "home", Value: "x", Flag: "--home"}}, machine())
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(here, "x"); c.Home != want {
		t.Errorf("home is %s, want it in the working directory: %s", c.Home, want)
	}
	for data, want := range map[string]string{"": "/home/ana/.local/share/featops", "rel": "/home/ana/.local/share/featops", "/d": "/d/featops"} {
		c, err := Load(write(t, ""), nil, machine("XDG_DATA_HOME", data))
		if err != nil {
			t.Fatal(err)
		}
		if c.Home != want {
			t.Errorf("XDG_DATA_HOME %q: home is %s, want %s", data, c.Home, want)
		}
	}
}

func TestAMachineWithoutAHome(t *testing.T) {
	got := problems(t, "", nil, "HOME", "")
	want := []string{"home: neither XDG_DATA_HOME nor HOME is set: name a folder for featops' data"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnOverrideOfNoKey(t *testing.T) {
	got := problems(t, "", Overrides{{Key: "log.lvl", Value: "info", Flag: "--log-level"}})
	if want := "--log-level: log.lvl: unknown key (did you mean log.level?)"; len(got) != 1 || !strings.HasPrefix(got[0], want) {
		t.Errorf("got %q, want %s…", got, want)
	}
}

// dbx is a Databricks workspace with a token.
func dbx(name, token string) string {
	return "[[workspace]]\nname = '" + name + "'\nkind = 'databricks'\nhost = 'https://" + name + "'\ntoken = '" + token + "'\n"
}

func TestADatabricksWorkspaceHasItsJobsThere(t *testing.T) {
	c := mustLoad(t, dbx("a", "secret:b/advanced_analytics/dev_bnca_pers_credential")+"warehouse = 'abc123'\n[[workspace.job]]\nname = 'j'\n"+
		"[[workspace]]\nname = 'b'\nkind = 'databricks'\nprofile = 'DEFAULT'\ncatalog = 'hive_metastore'\n[[workspace.job]]\nname = 'j'\n")
	a, b := c.Workspaces[0], c.Workspaces[1]
	if a.Token.Keeper() != "b" || a.Warehouse != "abc123" || a.Catalog != "main" || len(a.Jobs) != 1 || len(a.Jobs[0].Tasks) != 0 {
		t.Errorf("%+v", a)
	}
	if b.Profile != "DEFAULT" || b.Catalog != "hive_metastore" || b.Host != "" || !b.Token.IsZero() {
		t.Errorf("%+v", b)
	}
}

func TestMemoryIsShownInTheLargestUnitThatFits(t *testing.T) {
	for text, want := range map[string]string{
		"2 GiB": "2 GiB", "2048MiB": "2 GiB", "1.5 gb": "1500 MB", "600 MB": "600 MB", "1 TB": "1 TB", "536870913 B": "536870913 B",
	} {
		c := mustLoad(t, "memory = '"+text+"'")
		if got := c.Memory.String(); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}
