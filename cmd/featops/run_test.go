package main_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRunBuildsAndRegistersEveryTable(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	h.configure("[health]\nfreshness = 'ignore'\n") // the sample ends a month before the window
	o := h.run()
	o.exits(0).says("table saved", "table registered")
	if o.Status != "success" || len(o.Errors) != 0 || len(o.Decisions) != 0 || o.Ended.Before(o.Started) {
		t.Errorf("summary %+v, want success without errors and decisions", o.summary)
	}
	for _, name := range featureTables {
		got := o.task(name)
		rows := int64(len(h.table(name).rows(0)))
		want := task{
			Workspace: owner[name], Job: "[dev ana] demo-feature-store", Run: 1, Task: name, Table: name, LifeCycle: "TERMINATED",
			Result: "SUCCESS", Message: "written: version 0, " + strconv.FormatInt(rows, 10) + " rows", Rows: rows, Seconds: got.Seconds,
		}
		if diff := cmp.Diff(want, got); diff != "" || rows == 0 || got.Seconds <= 0 {
			t.Errorf("%s: %d rows in %g s (-want +got):\n%s", name, rows, got.Seconds, diff)
		}
	}
	for _, w := range []string{"bncapers", "medpag"} {
		i := slices.IndexFunc(o.Tasks, func(t task) bool { return t.Task == "feature_registry" && t.Workspace == w })
		if i < 0 || o.Tasks[i].Result != "SUCCESS" || o.Tasks[i].Version != -1 {
			t.Errorf("the registry task of %s: %+v", w, o.Tasks)
		}
	}
	if diff := cmp.Diff(everyRegistration("registered", 0), o.Registrations); diff != "" {
		t.Errorf("registrations (-want +got):\n%s", diff)
	}
}

// everyRegistration is what registers all five tables in the other workspace.
func everyRegistration(status string, version int64) []registration {
	var out []registration
	for _, name := range featureTables {
		to := "medpag"
		if owner[name] == to {
			to = "bncapers"
		}
		out = append(out, registration{Table: name, From: owner[name], To: to, Version: version, Status: status})
	}
	return out
}

func TestFirstRunWithoutSourceDataMakesTheSampleAndSaysSo(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	o := h.run("fs_cus_demographic", "--param", "start_date=2026-05-01")
	o.exits(0).says("source data is missing: making the sample", "customers=10000")
	if got := o.task("fs_cus_demographic"); got.Result != "SUCCESS" || got.Rows < 10_000 {
		t.Errorf("the table of the sample: %+v", got)
	}
}

func TestSecondRunChangesNothing(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	h.run().exits(0)
	o := h.run()
	o.exits(0)
	for _, name := range featureTables {
		if got := o.task(name); !got.UpToDate || got.Version != 0 || got.Result != "SUCCESS" || !strings.HasPrefix(got.Message, "up to date") {
			t.Errorf("%s: %+v, want up to date at version 0", name, got)
		}
		if v := h.table(name).version(); v != 0 {
			t.Errorf("%s is at version %d, want 0", name, v)
		}
	}
	if diff := cmp.Diff(everyRegistration("unchanged", 0), o.Registrations); diff != "" {
		t.Errorf("registrations (-want +got):\n%s", diff)
	}
	if strings.Contains(o.stderr, "table registered") {
		t.Errorf("something was registered again:\n%s", o.stderr)
	}
	var again []registration
	h.featops("watch", "--once", "--output", "json").exits(0).into(&again)
	if len(again) > 0 {
		t.Errorf("a watcher registered again: %v", again)
	}
}

func TestCorrectedSourceRowChangesThatCustomerAlone(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	h.run().exits(0)
	customer := ""
	source := h.table("transacciones")
	file := filepath.Join(h.dir, "transacciones.csv")
	source.csv(file, func(row map[string]string) {
		if id := row["id_cliente"]; customer == "" && row["periodo"] == "2026-02" && id != "" && id != "999999999" {
			customer = id
			row["monto_total_transacciones"] = "123456.5"
		}
	})
	mapping := h.write("mapping.toml", source.sameColumns("transacciones"))
	h.featops("ingest", "transacciones", file, "--mapping", mapping).exits(0).prints("demo_db.transacciones")

	o := h.run()
	o.exits(0)
	for _, name := range featureTables[:4] {
		if !o.task(name).UpToDate {
			t.Errorf("%s: %+v, want up to date", name, o.task(name))
		}
	}
	features := h.table("fs_cus_transactions")
	before, after := features.rows(0), features.rows(1)
	var changed []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if before[key] != after[key] {
			changed = append(changed, key)
		}
	}
	if len(before) != len(after) || len(changed) == 0 {
		t.Errorf("%d rows became %d, and %v changed", len(before), len(after), changed)
	}
	for _, key := range changed {
		if !strings.HasPrefix(key, customer+" ") || key < customer+" 2026-03-01" {
			t.Errorf("the row %s changed too", key)
		}
	}
	contains(t, "the corrected row", after[customer+" 2026-03-01"], "ctrx_amt_trx_sum_m=123456.5 ")
	want := everyRegistration("unchanged", 0)
	want[4].Status, want[4].Version = "registered", 1
	if diff := cmp.Diff(want, o.Registrations); diff != "" {
		t.Errorf("registrations (-want +got):\n%s", diff)
	}
}

func TestRunOfNamedTablesAndWorkspaces(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	o := h.run("fs_cus_credit_risk", "--no-register")
	o.exits(0)
	if got := o.task("fs_cus_demographic"); got.LifeCycle != "SKIPPED" || got.Result != "DISABLED" {
		t.Errorf("a task that was not asked for: %+v", got)
	}
	if got := o.task("fs_cus_credit_risk"); got.Result != "SUCCESS" {
		t.Errorf("the task that was asked for: %+v", got)
	}
	if len(o.Registrations) != 0 {
		t.Errorf("--no-register registered %+v", o.Registrations)
	}
	o = h.run("--workspace", "medpag", "--param", "ignore=TRUE")
	o.exits(0)
	for _, got := range o.Tasks {
		if got.Workspace != "medpag" || got.LifeCycle != "SKIPPED" || got.Result != "DISABLED" || !strings.Contains(got.Message, "ignore") {
			t.Errorf("a task with ignore=true: %+v", got)
		}
	}
}

func TestWindowBoundsTheOutputAndNotTheFeatures(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.run("fs_cus_transactions", "--param", "start_date=2026-03-01", "--param", "force_overwrite=true").exits(0)
	features := h.table("fs_cus_transactions")
	all, late := features.rows(0), features.rows(1)
	if len(late) == 0 || len(late) >= len(all) {
		t.Fatalf("%d rows from March, %d in all", len(late), len(all))
	}
	for key, row := range late {
		if row != all[key] {
			t.Errorf("row %s:\n%s\nwant as with the whole history\n%s", key, row, all[key])
		}
	}
}
