package endtoend_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/trainingset"
	"featops/workspaces"
	"featops/workspaces/databricks/double"
)

// set makes a training set of three labels and a table of a Databricks workspace.
func (x *store) set(change func(*engine.TrainingSetRequest)) (trainingset.Manifest, string, error) {
	x.t.Helper()
	dir := x.t.TempDir()
	labels, out := filepath.Join(dir, "labels.csv"), filepath.Join(dir, "set.csv")
	if err := os.WriteFile(labels, []byte("customer,day\n4,2024-01-31\n15,2024-01-31\n77,2024-01-31\n"), 0o600); err != nil {
		x.t.Fatal(err)
	}
	r := engine.TrainingSetRequest{Labels: labels, Customer: "customer", Time: "day", Tables: []string{"fs_cus_demographic"}, Lookback: -1, Out: out}
	change(&r)
	m, err := x.TrainingSet(x.t.Context(), r)
	text, _ := os.ReadFile(out)
	return m, string(text), err
}

// The rows of tables of Databricks are on this disk once they are registered there, and training sets are made of them.
func TestTablesOfDatabricksAreUsedOnLocalDisk(t *testing.T) {
	const table = "fs_cus_demographic"
	x := openStore(t, 30*time.Second)
	refused := func(change func(*engine.TrainingSetRequest), want string) {
		t.Helper()
		var invalid *engine.InvalidError
		if _, text, err := x.set(change); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) || text != "" {
			t.Errorf("error %v, want %s; set %q", err, want, text)
		}
	}
	refused(func(*engine.TrainingSetRequest) {}, "featops register fs_cus_demographic --to WORKSPACE")

	register := func() (engine.RegistrationResult, error) {
		reply, err := x.Do(t.Context(), engine.RegisterTables{Tables: []string{table}, To: []string{"local"}})
		return reply.Registrations[0], err
	}
	if r, err := register(); err != nil || r.Status != engine.Registered || r.Version != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := register(); err != nil || r.Status != engine.Unchanged {
		t.Errorf("%+v, %v", r, err)
	}
	first, text, err := x.set(func(*engine.TrainingSetRequest) {})
	if want := "customer,day,a\n4,2024-01-31,4\n15,2024-01-31,\n77,2024-01-31,\n"; err != nil || text != want {
		t.Errorf("set %q, want %q, %v", text, want, err)
	}
	if from := first.Tables[0]; from.Workspace != "bncapers" || from.Database != "feature_store_demo_dev" || from.Version != 0 {
		t.Errorf("the manifest says %+v", from)
	}

	later := func() { // what is known of the table is too old then
		x.mu.Lock()
		defer x.mu.Unlock()
		x.clock = x.clock.Add(time.Hour)
	}
	x.side("bncapers").writes() // twenty rows
	later()
	if r, err := register(); err != nil || r.Status != engine.Registered || r.Version != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if m, text, err := x.set(func(*engine.TrainingSetRequest) {}); err != nil || m.Tables[0].Version != 1 || !strings.Contains(text, "15,2024-01-31,15\n") {
		t.Errorf("set %q of %+v, %v", text, m.Tables, err)
	}
	for name, change := range map[string]func(*engine.TrainingSetRequest){
		"a version": func(r *engine.TrainingSetRequest) { r.Versions = map[string]int64{table: 0} },
		"again":     func(r *engine.TrainingSetRequest) { r.Again = &first },
	} {
		if _, text, err := x.set(change); err != nil || !strings.Contains(text, "15,2024-01-31,\n") {
			t.Errorf("%s: set %q, %v", name, text, err)
		}
	}
	refused(func(r *engine.TrainingSetRequest) { r.Versions = map[string]int64{table: 7} }, "version 7 of fs_cus_demographic of bncapers was registered in no workspace on local disk: local has version 1")

	// A column that is gone is a question, to which the policy says no.
	x.side("bncapers").lake.Change(x.side("bncapers").full(table), "REPLACE", func(d *double.Details, _ *int64) { d.Columns = d.Columns[:2] })
	later()
	x.look()
	var no *workspaces.RefusedError
	if r, err := register(); !errors.As(err, &no) || r.Status != engine.RegistrationNo || r.Version != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	d, _ := x.Describe(t.Context(), table, "", "") // this lake has no statistics
	if len(d.Registrations) != 1 || d.Registrations[0].Version != 1 || !strings.HasSuffix(d.Registrations[0].Copy, "/local/dev/_registered/bncapers/"+table) {
		t.Errorf("described as %+v", d.Registrations)
	}
	if _, text, err := x.set(func(*engine.TrainingSetRequest) {}); err != nil || !strings.Contains(text, "15,2024-01-31,15\n") {
		t.Errorf("set %q, %v", text, err)
	}
}
