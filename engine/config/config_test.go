package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultGraphs(t *testing.T) {
	var got []string
	for _, w := range mustLoad(t, "").Workspaces {
		for _, task := range w.Jobs[0].Tasks {
			got = append(got, w.Name+"/"+w.Jobs[0].Name+"/"+task.Key+" "+task.RunIf+" after "+strings.Join(task.DependsOn, ",")+" builds "+task.Table)
		}
	}
	want := []string{
		"bncapers/demo-feature-store/fs_cus_demographic ALL_SUCCESS after  builds fs_cus_demographic",
		"bncapers/demo-feature-store/fs_cus_credit_risk ALL_DONE after fs_cus_demographic builds fs_cus_credit_risk",
		"bncapers/demo-feature-store/feature_registry ALL_DONE after fs_cus_credit_risk builds ",
		"medpag/demo-feature-store/fs_cus_holding_products ALL_SUCCESS after  builds fs_cus_holding_products",
		"medpag/demo-feature-store/fs_cus_payment_behavior ALL_DONE after fs_cus_holding_products builds fs_cus_payment_behavior",
		"medpag/demo-feature-store/fs_cus_transactions ALL_DONE after fs_cus_holding_products builds fs_cus_transactions",
		"medpag/demo-feature-store/feature_registry ALL_DONE after fs_cus_payment_behavior,fs_cus_transactions builds ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSettingsInJSON(t *testing.T) {
	c := mustLoad(t, "[monitor]\ninterval = '1h'\n[[workspace]]\nname = 'w'\nkind = 'databricks'\nhost = 'https://h'\ntoken = 'env:T'\n"+
		"[[workspace.job]]\nname = 'j'\n[[workspace.job.task]]\nkey = 'a'\n[[workspace.job.task]]\nkey = 'b'\ndepends_on = ['a']")
	content, err := json.Marshal(c.Settings())
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(string(content), c.File(), "config.toml")
	for _, want := range []string{
		`{"key":"save.on_conflict","value":"","origin":"default"}`,
		`{"key":"save.prompt_timeout","value":"5m","origin":"default"}`,
		`{"key":"monitor.interval","value":"1h","origin":"config.toml:2"}`,
		`{"key":"monitor.request_timeout","value":"30s","origin":"default"}`,
		`{"key":"log.level","value":"info","origin":"default"}`,
		`{"key":"workspace[w].token","value":"env:T","origin":"config.toml:7"}`,
		`{"key":"workspace[w].job[j].task[b].depends_on","value":"[\"a\"]","origin":"config.toml:14"}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

func TestFullName(t *testing.T) {
	job := Job{Name: "demo-feature-store"}
	tests := []struct{ env, user, want string }{
		{Prod, "ana", "demo-feature-store"},
		{Staging, "ana", "demo-feature-store"},
		{Dev, "ana", "[dev ana] demo-feature-store"},
		{Dev, "ana.ruiz-2@example.com", "[dev ana_ruiz_2] demo-feature-store"},
		{Dev, "josé ñ@x", "[dev josé_ñ] demo-feature-store"},
		{Dev, "_Ana.-Ruiz.@example.com", "[dev ana_ruiz] demo-feature-store"},
	}
	for _, test := range tests {
		if got := job.FullName(test.env, test.user); got != test.want {
			t.Errorf("FullName(%q, %q) = %q, want %q", test.env, test.user, got, test.want)
		}
	}
	want := map[string]string{"stage": "feature", "environment": "staging"}
	if diff := cmp.Diff(want, job.Tags(Staging)); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestIsRegistry(t *testing.T) {
	for key, want := range map[string]bool{
		"feature_registry": true, "register": true, "Pre_Registering": true, "fs_cus_demographic": false, "regis": false,
	} {
		if got := (Task{Key: key}).IsRegistry(); got != want {
			t.Errorf("IsRegistry(%q) = %t, want %t", key, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	c := mustLoad(t, "[build]\nbad_rows_share = 0.2\n[drift]\nwarn = 0.3\n[tables.a]\nframe = 'months'\n[tables.b]\nbad_rows_share = 0\ndrift_warn = 0\n")
	want := map[string]TableSettings{"a": {Months, 0.2, 0.3}, "b": {"", 0, 0}, "c": {"", 0.2, 0.3}}
	for name, w := range want {
		if got := c.Table(name); got != w {
			t.Errorf("Table(%q) = %+v, want %+v", name, got, w)
		}
	}
}

func TestSource(t *testing.T) {
	c := mustLoad(t, "[health]\nmax_drop = 0.1\n[sources.a]\nfreshness = 'fail'\nshift_months = 2\n")
	want := map[string]Health{"a": {Fail, 2, Warn, 0.1, 0.5}, "b": {Warn, 0, Warn, 0.1, 0.5}}
	for name, w := range want {
		if got := c.Source(name); got != w {
			t.Errorf("Source(%q) = %+v, want %+v", name, got, w)
		}
	}
}

func TestRegisteredTables(t *testing.T) {
	c := mustLoad(t, "[registration.tables]\nfs_cus_transactions = ['x', 'y']")
	tests := []struct {
		task Task
		want []string
	}{
		{Task{Key: "fs_cus_transactions", Table: "fs_cus_transactions"}, []string{"x", "y"}},
		{Task{Key: "a", Table: "fs_a"}, []string{"fs_a"}},
		{Task{Key: "feature_registry"}, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, c.RegisteredTables(test.task)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.task.Key, diff)
		}
	}
}

func TestWorkspacesOfTheFileReplaceTheDefaults(t *testing.T) {
	c := mustLoad(t, `
workspace = [ { name = "local" }, { name = "cloud", kind = "databricks", host = "https://h.example/", token = "file:t", job = [
  { name = "my job", task = [
    { key = "a" },
    { key = "b", depends_on = ["a"], run_if = "NONE_FAILED", table = "fs_b", timeout = "90s", parameters = { ignore = "true" } } ] } ] } ]`)
	if len(c.Workspaces) != 2 {
		t.Fatalf("got %d workspaces", len(c.Workspaces))
	}
	if got, want := c.Workspaces[0], (Workspace{Name: "local", Target: "local", Kind: Embedded, SourceDatabase: "demo_db"}); !cmp.Equal(want, got, sameConfig) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got, sameConfig))
	}
	cloud, ok := c.Workspace("cloud")
	if !ok || cloud.Host != "https://h.example" {
		t.Fatalf("got %+v, %t", cloud, ok)
	}
	want := []Job{{Name: "my job", MaxConcurrentRuns: 1, Queue: true, Schedule: Schedule{Timezone: "UTC"}, Tasks: []Task{
		{Key: "a", RunIf: AllSuccess, Table: "a"},
		{Key: "b", DependsOn: []string{"a"}, RunIf: NoneFailed, Table: "fs_b", Timeout: 90 * time.Second, Parameters: map[string]string{"ignore": "true"}},
	}}}
	if diff := cmp.Diff(want, cloud.Jobs, sameConfig); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := c.Workspace("bncapers"); ok {
		t.Error("the default workspace bncapers is still there")
	}
}

func TestCheck(t *testing.T) {
	known := Known{
		Tables:  []string{"fs_a", "fs_b"},
		Sources: []string{"pagos"},
		Parameter: func(name, value string) error {
			if name != "ignore" {
				return errors.New("unknown parameter; allowed: ignore")
			}
			return nil
		},
	}
	content := `[registration.tables]
all = ["fs_a", "fs_x"]
[tables.fs_aa]
[sources.pago]
[sources.pagos]
[[workspace]]
name = "w"
[[workspace.job]]
name = "j"
parameters.ignore = "true"
[[workspace.job.task]]
key = "fs_c"
[[workspace.job.task]]
key = "fs_b"
table = "fs_d"
parameters.ignored = "true"
[[workspace]]
name = "d"
kind = "databricks"
host = "https://h"
token = "env:T"
[[workspace.job]]
name = "j"
[[workspace.job.task]]
key = "all"
[[workspace.job.task]]
key = "my_registry"
`
	c := mustLoad(t, content)
	var got *Error
	if err := c.Check(known); !errors.As(err, &got) {
		t.Fatalf("Check returned %v, want an *Error", err)
	}
	want := []string{
		`config.toml:2: registration.tables.all: there is no feature table "fs_x" (did you mean fs_a?); allowed: fs_a, fs_b`,
		`config.toml:3: tables.fs_aa: there is no feature table "fs_aa" (did you mean fs_a?); allowed: fs_a, fs_b`,
		`config.toml:4: sources.pago: there is no source table "pago" (did you mean pagos?); allowed: pagos`,
		`config.toml:12: workspace[w].job[j].task[fs_c].table: there is no feature table "fs_c" (did you mean fs_a?); allowed: fs_a, fs_b`,
		`config.toml:15: workspace[w].job[j].task[fs_b].table: there is no feature table "fs_d" (did you mean fs_a?); allowed: fs_a, fs_b`,
		`config.toml:16: workspace[w].job[j].task[fs_b].parameters.ignored: unknown parameter; allowed: ignore`,
	}
	if diff := cmp.Diff(want, strings.Split(strings.ReplaceAll(got.Error(), c.File(), "config.toml"), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	known.Tables = []string{"fs_a", "fs_aa", "fs_b", "fs_c", "fs_d", "fs_x"}
	known.Sources = []string{"pago", "pagos"}
	known.Parameter = nil
	if err := c.Check(known); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
}
