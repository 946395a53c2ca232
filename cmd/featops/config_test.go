package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A mistake in the configuration file is refused with file, line and key, by every command, before anything
// starts; the mistakes of a file come all at once.
func TestConfigurationMistakes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		says       []string
	}{
		{"unknown key", "env = \"dev\"\nhomw = \"/tmp\"\n", []string{"config.toml:2: homw", "home"}},
		{"unknown key in a section", "[log]\nlevle = \"info\"\n", []string{"config.toml:2: log.levle", "level"}},
		{"bad value", "output = \"yaml\"\n", []string{"config.toml:1: output", "yaml", "text", "json"}},
		{"wrong type", "[registration]\nenabled = \"perhaps\"\n", []string{"config.toml:2: registration.enabled"}},
		{"bad duration", "[save]\nprompt_timeout = \"soon\"\n", []string{"config.toml:2: save.prompt_timeout", "soon"}},
		{"bad share", "[build]\nbad_rows_share = 1.5\n", []string{"config.toml:2: build.bad_rows_share", "1.5"}},
		{"bad date", "[build]\nstart_date = \"2026-02-30\"\n", []string{"config.toml:2: build.start_date", "2026-02-30"}},
		{"unknown theme", "[console]\ntheme = \"drak\"\n", []string{"config.toml:2: console.theme", "drak", "allowed: dark, light, contrast"}},
		{"key of another action", "[console.keys]\nrun = \"c\"\n", []string{"config.toml:2: console.keys.run", "cancel has this one"}},
		{"unknown action", "[console.keys]\nregister = \"f5\"\nrnu = \"r\"\n", []string{"config.toml:3: console.keys.rnu", "there is no such action", "allowed: answer, back"}},
		{"unknown table", "[tables.fs_cus_nothing]\nframe = \"rows\"\n", []string{"config.toml:", "tables.fs_cus_nothing"}},
		{"unknown parameter of a job", twoTasks("[workspace.job.parameters]\ncolour = \"red\"\n"), []string{"config.toml:", "colour"}},
		{"task after one that does not exist", twoTasks("depends_on = [\"nobody\"]\n"), []string{"config.toml:", "depends_on", "nobody"}},
		{"no TOML", "env = \n", []string{"config.toml:1"}},
		{"several mistakes", "homw = \"/tmp\"\noutput = \"yaml\"\n", []string{"config.toml:1: homw", "config.toml:2: output"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := emptyHome(t)
			h.configure(c.text)
			h.featops("config", "check").exits(2).says(c.says...)
			h.featops("run").exits(2).says(c.says...)
			h.featops("run", "--help").exits(0) // with which one can find out
			h.featops("--version").exits(0)
			if _, err := os.Stat(filepath.Join(h.dir, "journal.db")); err == nil {
				t.Error("an engine was started")
			}
		})
	}
	h := emptyHome(t)
	h.featops("--config", filepath.Join(h.dir, "nowhere.toml"), "status").exits(2).says("nowhere.toml")
	h.env = []string{"FEATOPS_OUTPUT=yaml"}
	h.featops("status").exits(2).says("FEATOPS_OUTPUT", "yaml")
}

// twoTasks is a configuration with one embedded workspace of one task; more is said of that task's job.
func twoTasks(more string) string {
	if strings.HasPrefix(more, "[") {
		return "[[workspace]]\nname = \"here\"\n[[workspace.job]]\nname = \"j\"\n" + more + "[[workspace.job.task]]\nkey = \"fs_cus_transactions\"\n"
	}
	return "[[workspace]]\nname = \"here\"\n[[workspace.job]]\nname = \"j\"\n[[workspace.job.task]]\nkey = \"fs_cus_transactions\"\n" + more
}

// A flag beats a variable, which beats the file, which beats the default; `config show` says which it was.
func TestSettingsComeFromFlagVariableFileDefault(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.configure("env = \"staging\"\n[log]\nlevel = \"error\"\n[save]\nprompt_timeout = \"1m\"\n")
	h.env = []string{"FEATOPS_LOG_LEVEL=warning", "FEATOPS_SAVE_PROMPT_TIMEOUT=2m"}
	var settings []struct{ Key, Value, Origin string }
	h.featops("--log-level", "debug", "config", "show", "--output", "json").exits(0).into(&settings)
	got := map[string][2]string{}
	for _, s := range settings {
		got[s.Key] = [2]string{s.Value, s.Origin}
	}
	file := filepath.Join(h.dir, "xdg-config", "featops", "config.toml")
	want := map[string][2]string{
		"env": {"staging", file + ":1"}, "log.level": {"debug", "flag --log-level"}, "save.prompt_timeout": {"2m", "variable FEATOPS_SAVE_PROMPT_TIMEOUT"},
		"monitor.interval": {"1m", "default"},
	}
	for key, w := range want {
		if diff := cmp.Diff(w, got[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	h.featops("config", "show").exits(0).prints("KEY", "log.level", "variable FEATOPS_LOG_LEVEL")
	h.featops("config", "check").exits(0).prints(file + " is good")
	emptyHome(t).featops("config", "check").exits(0).prints("the built-in configuration is good")
}

// A secret is only ever referred to, and never shown.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const secret = "dapi0123456789abcdef0123456789abcdef"
	databricks := func(token string) string {
		return "[[workspace]]\nname = \"analytics\"\nkind = \"databricks\"\nhost = \"https://example.cloud.databricks.com\"\ntoken = \"" + token + "\"\n"
	}
	hidden := func(t *testing.T, r result) result {
		t.Helper()
		if strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("featops %s shows the secret:\n%s%s", r.what, r.stdout, r.stderr)
		}
		return r
	}
	t.Run("a literal token is refused", func(t *testing.T) {
		h := emptyHome(t)
		h.configure(databricks(secret))
		hidden(t, h.featops("config", "check")).exits(2).says("config.toml:5: workspace[analytics].token", "env:", "keyring:", "file:")
		hidden(t, h.featops("config", "show")).exits(2)
	})
	t.Run("a variable is read", func(t *testing.T) {
		h := emptyHome(t)
		h.configure(databricks("env:ANALYTICS_TOKEN"))
		h.featops("config", "check").exits(2).says("workspace analytics: token", "ANALYTICS_TOKEN")
		h.env = []string{"ANALYTICS_TOKEN=" + secret}
		hidden(t, h.featops("config", "check")).exits(0)
		hidden(t, h.featops("config", "show", "--output", "json")).exits(0).prints("env:ANALYTICS_TOKEN")
	})
	t.Run("a file is read when nobody else can", func(t *testing.T) {
		h := emptyHome(t)
		token := h.write("token", secret+"\n")
		h.configure(databricks("file:" + token))
		hidden(t, h.featops("config", "check")).exits(0)
		if err := os.Chmod(token, 0o644); err != nil {
			t.Fatal(err)
		}
		hidden(t, h.featops("config", "check")).exits(2).says(token, "chmod 600")
	})
	t.Run("a file that is not there", func(t *testing.T) {
		h := emptyHome(t)
		h.configure(databricks("file:" + filepath.Join(h.dir, "nowhere")))
		h.featops("config", "check").exits(2).says("workspace analytics: token", "nowhere")
	})
}

// Two workspaces are the default, not a limit: a third one computes a table of its own and gets the
// registrations of all the others.
func TestThreeWorkspaces(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.configure(workspace("bncapers", "fs_cus_demographic", "fs_cus_credit_risk") +
		workspace("medpag", "fs_cus_holding_products", "fs_cus_payment_behavior") +
		workspace("fraud", "fs_cus_transactions"))
	var sources []struct{ Workspace, Table string }
	h.featops("sample", "--customers", "60", "--months", "8", "--until", "2026-04", "--output", "json").exits(0).into(&sources)
	if len(sources) != 5 || sources[4].Workspace != "fraud" {
		t.Errorf("sources %+v, want that of the third workspace in it", sources)
	}
	o := h.run()
	o.exits(0)
	var got []string
	for _, r := range o.Registrations {
		if r.Status != "registered" {
			t.Errorf("registration %+v", r)
		}
		got = append(got, r.Table+" "+r.From+"→"+r.To)
	}
	want := []string{
		"fs_cus_demographic bncapers→medpag", "fs_cus_demographic bncapers→fraud",
		"fs_cus_credit_risk bncapers→medpag", "fs_cus_credit_risk bncapers→fraud",
		"fs_cus_holding_products medpag→bncapers", "fs_cus_holding_products medpag→fraud",
		"fs_cus_payment_behavior medpag→bncapers", "fs_cus_payment_behavior medpag→fraud",
		"fs_cus_transactions fraud→bncapers", "fs_cus_transactions fraud→medpag",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("registrations (-want +got):\n%s", diff)
	}
	h.featops("status").exits(0).prints("fraud (embedded, dev)", "medpag, fraud", "bncapers, medpag")
}

// workspace is an embedded workspace with a job of a task a table.
func workspace(name string, tables ...string) string {
	text := "[[workspace]]\nname = \"" + name + "\"\n[[workspace.job]]\nname = \"demo-feature-store\"\n"
	for _, t := range tables {
		text += "[[workspace.job.task]]\nkey = \"" + t + "\"\n"
	}
	return text
}

// Environments differ in names and places only.
func TestProdHasItsOwnDatabaseAndJobName(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.featops("--env", "prod", "sample", "--customers", "20", "--months", "3", "--until", "2026-04").exits(0)
	o := h.run("--env", "prod")
	o.exits(0)
	// Its runs have the numbers that those of dev had, and are registered all the same.
	if diff := cmp.Diff(everyRegistration("registered", 0), o.Registrations); diff != "" {
		t.Errorf("registrations (-want +got):\n%s", diff)
	}
	h.featops("--env", "prod", "status").exits(0).prints("bncapers", "medpag")
	for _, task := range o.Tasks {
		if task.Job != "demo-feature-store" || task.Run != 1 {
			t.Errorf("task %+v, want the first run of demo-feature-store", task)
		}
	}
	for _, name := range featureTables {
		prod := filepath.Join(h.dir, "workspaces", owner[name], "prod", "feature_store_demo_prod", name, "_delta_log", "00000000000000000000.json")
		if _, err := os.Stat(prod); err != nil {
			t.Error(err)
		}
		if v := h.table(name).version(); v != 0 {
			t.Errorf("%s in dev is at version %d, want 0", name, v)
		}
	}
}

// A workspace that cannot be signed in to is not taken for one without work.
func TestADatabricksWorkspaceThatCannotBeSignedInToFailsTheRun(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.configure("[[workspace]]\nname = \"analytics\"\nkind = \"databricks\"\nhost = \"https://example.cloud.databricks.com\"\ntoken = \"env:T\"\n" +
		"[[workspace.job]]\nname = \"demo-feature-store\"\n")
	h.featops("run").exits(1).says("cannot list the jobs", "resolve secret env:T: the environment variable is not set")
}
