package main_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// diagnosis is the JSON of doctor.
type (
	diagnosis struct {
		Status          string
		Problems, Notes int
		Findings        []finding
	}
	finding struct{ Severity, Area, Where, Message, Do string }
)

func (h *home) doctor(args ...string) (diagnosis, result) {
	h.t.Helper()
	var d diagnosis
	r := h.featops(append([]string{"doctor", "--output", "json"}, args...)...).into(&d)
	return d, r
}

// find is the one finding of a severity in an area that says something.
func (d diagnosis) find(t *testing.T, severity, area, says string) finding {
	t.Helper()
	i := slices.IndexFunc(d.Findings, func(f finding) bool {
		return f.Severity == severity && f.Area == area && strings.Contains(f.Where+": "+f.Message, says)
	})
	if i < 0 {
		t.Fatalf("no %s about %s says %q: %+v", severity, area, says, d.Findings)
	}
	return d.Findings[i]
}

// contents are the files of a home and what is in them.
func (h *home) contents() map[string]string {
	h.t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		out[path] = fmt.Sprintf("%x", sha256.Sum256(text))
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func TestDoctorFindsAWellHomeWellAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	before := h.contents()
	d, r := h.doctor()
	r.exits(0)
	if d.Status != "ok" || d.Problems != 0 {
		t.Errorf("%+v", d)
	}
	for area, says := range map[string]string{
		"configuration": "there is no file", "home": "it can be written to", "lock": "no engine works here", "journal": "whole", "workspace": "whole",
		"table": "fs_cus_transactions: version 0", "source": "bncapers/demo_db.clientes: readable", "registration": "version 0 of medpag", "disk": "are free", "clock": "in the future",
	} {
		d.find(t, "ok", area, says)
	}
	// The sample ends long before today.
	if f := d.find(t, "note", "source", "demo_db.pagos: the newest month is 2026-04"); !strings.Contains(f.Do, "ingest pagos FILE") {
		t.Errorf("%+v", f)
	}
	if diff := cmp.Diff(before, h.contents()); diff != "" {
		t.Errorf("files of the home (-before +after):\n%s", diff)
	}
	h.featops("doctor").exits(0).prints("ok       journal", "note     source", "→ `featops --home", "0 problems, 4 notes")
	h.featops("doctor", "now").exits(2)
}

func TestDoctorOnAHomeThatIsNotThereMakesNone(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.dir = filepath.Join(h.dir, "none")
	c := h.command("doctor", "--output", "json")
	c.Dir = ""
	r := finish(t, begin(t, c))
	r.exits(0).prints("it does not exist yet")
	if _, err := os.Stat(h.dir); err == nil {
		t.Error("the home was made")
	}
}

// Each damage is found for what it is, with what to do about it, and does not hide how the rest is.
func TestDoctorFindsEachDamage(t *testing.T) {
	t.Parallel()
	const feature = "workspaces/bncapers/dev/feature_store_demo_dev/fs_cus_credit_risk"
	remove := func(pattern string) func(*testing.T, *home) {
		return func(t *testing.T, h *home) {
			files, err := filepath.Glob(filepath.Join(h.dir, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("no %s: %v", pattern, err)
			}
			if err := os.RemoveAll(files[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(pattern string, f func([]byte) []byte) func(*testing.T, *home) {
		return func(t *testing.T, h *home) {
			files, err := filepath.Glob(filepath.Join(h.dir, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("no %s: %v", pattern, err)
			}
			damage(t, files[0], f)
		}
	}
	garbage := func(b []byte) []byte { return []byte(strings.Repeat("garbage ", len(b)/8)) }
	for name, c := range map[string]struct {
		damage                          func(*testing.T, *home)
		severity, area, says, do, still string
	}{
		"a key that is none": {func(_ *testing.T, h *home) { h.configure("[log]\nlevle = 'info'\n") },
			"problem", "configuration", "config.toml:2: log.levle: unknown key", "config check", "fs_cus_credit_risk: version 0"},
		"a file that is no TOML": {func(_ *testing.T, h *home) { h.configure("[log\n") }, "problem", "configuration", "config.toml:", "config check", "fs_cus_credit_risk: version 0"},
		"a Databricks workspace": {func(_ *testing.T, h *home) {
			h.configure("[[workspace]]\nname = 'cloud'\nkind = 'databricks'\nhost = 'https://h'\ntoken = 'env:NO_TOKEN'\n")
		}, "problem", "databricks", "cloud: token: ", "env:NO_TOKEN", ""},
		"a variable that beats the file": {func(_ *testing.T, h *home) {
			h.configure("[log]\nlevel = 'info'\n")
			h.env = []string{"FEATOPS_LOG_LEVEL=debug"}
		}, "note", "configuration", `FEATOPS_LOG_LEVEL says "debug" and beats the value in `, "unset FEATOPS_LOG_LEVEL", ""},
		"a variable that is no setting": {func(_ *testing.T, h *home) { h.env = []string{"FEATOPS_LOGLEVEL=debug"} },
			"note", "configuration", "FEATOPS_LOGLEVEL: the variable is no setting", "config show", ""},
		"a zone that is none": {func(_ *testing.T, h *home) { h.env = []string{"TZ=Mars/Olympus"} }, "note", "clock", `TZ is "Mars/Olympus"`, "unset TZ", ""},

		"a journal of garbage": {change("journal-dev.db", garbage), "problem", "journal", "cannot be read", "mv ", "fs_cus_credit_risk: version 0"},
		"a journal with a page of garbage": {change("journal-dev.db", func(b []byte) []byte {
			for i := 4096; i < 8192; i++ {
				b[i] = 0xA5
			}
			return b
		}), "problem", "journal", "journal-dev.db", "mv ", "fs_cus_credit_risk: version 0"},
		"a journal of a newer featops": {change("journal-dev.db", layoutNumber(99)), "problem", "journal", "layout 99, made by a newer featops", "use the newer", "fs_cus_credit_risk: version 0"},
		"the database of something else as a journal": {func(t *testing.T, h *home) {
			b, err := os.ReadFile(filepath.Join(h.dir, "workspaces/medpag/dev/workspace.db"))
			if err == nil {
				err = os.WriteFile(filepath.Join(h.dir, "journal-dev.db"), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "problem", "journal", "a database of something else", "mv ", "fs_cus_credit_risk: version 0"},
		"a workspace of garbage": {change("workspaces/medpag/dev/workspace.db", garbage), "problem", "workspace", "medpag/dev/workspace.db: it cannot be read", "--to medpag", "demo_db.clientes: readable"},

		"a data file is gone": {remove(feature + "/*.parquet"), "problem", "table", "fs_cus_credit_risk: 1 of ", "build fs_cus_credit_risk", "fs_cus_demographic: version 0"},
		"a data file is cut off": {change(feature+"/*.parquet", func(b []byte) []byte { return b[:len(b)/2] }),
			"problem", "table", "fs_cus_credit_risk: 1 of ", "build fs_cus_credit_risk", "fs_cus_demographic: version 0"},
		"a data file is garbage": {change(feature+"/*.parquet", func(b []byte) []byte { return b[:copy(b, strings.Repeat("x", len(b)))] }),
			"problem", "table", "fs_cus_credit_risk: version 0 cannot be read", "build fs_cus_credit_risk", "fs_cus_demographic: version 0"},
		"a commit is cut off": {change(feature+"/_delta_log/*.json", func(b []byte) []byte { return b[:len(b)-20] }),
			"problem", "table", "fs_cus_credit_risk: it does not open", "build fs_cus_credit_risk", "fs_cus_demographic: version 0"},
		"a feature of Delta that is not here": {func(_ *testing.T, h *home) {
			h.write(feature+"/_delta_log/00000000000000000001.json",
				`{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}`+"\n")
		}, "problem", "table", `it needs the Delta feature "deletionVectors"`, "mv ", "fs_cus_demographic: version 0"},
		"a folder without a commit": {func(_ *testing.T, h *home) {
			h.write("workspaces/medpag/dev/feature_store_demo_dev/fs_new/part.parquet", "x")
		}, "note", "table", "fs_new: the folder holds no table", "whoever made it", ""},
		"a source is gone": {remove("workspaces/medpag/dev/demo_db/pagos"), "problem", "source", "demo_db.pagos: it is not here, so fs_cus_payment_behavior", "ingest pagos FILE", ""},
		"a source of other columns": {func(t *testing.T, h *home) {
			from, to := filepath.Join(h.dir, "workspaces/medpag/dev/demo_db/transacciones"), filepath.Join(h.dir, "workspaces/medpag/dev/demo_db/pagos")
			if err := os.RemoveAll(to); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(to, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
		}, "problem", "source", "column saldo_total_credito (DOUBLE) is missing", "ingest pagos FILE", "fs_cus_payment_behavior: version 0"},
		"a source that is to be on time": {func(_ *testing.T, h *home) { h.configure("[sources.pagos]\nfreshness = 'fail'\n") },
			"problem", "source", "the configuration makes that a failure of fs_cus_payment_behavior", "ingest pagos FILE", ""},
		"what a build has left": {func(_ *testing.T, h *home) {
			h.write("workspaces/medpag/dev/_staging/featops-x/part.parquet", "1234567")
		},
			"note", "staging", "7 B that no table uses", "run", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := builtHome(t)
			c.damage(t, h)
			d, r := h.doctor()
			f := d.find(t, c.severity, c.area, c.says)
			if !strings.Contains(f.Do, c.do) {
				t.Errorf("what to do is %q, want %q in it", f.Do, c.do)
			}
			if c.severity == "problem" {
				r.exits(1)
			} else {
				r.exits(0)
			}
			if c.still != "" {
				area := "table"
				if strings.Contains(c.still, "demo_db") {
					area = "source"
				}
				d.find(t, "ok", area, c.still)
			}
		})
	}
}

// layoutNumber writes the user_version of a SQLite file, which stands at byte 60.
func layoutNumber(n uint32) func([]byte) []byte {
	return func(b []byte) []byte { binary.BigEndian.PutUint32(b[60:], n); return b }
}

// What doctor says to do is a command that helps.
func TestWhatDoctorSaysToDoHelps(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	h.run().exits(0)
	follow := func(do string) {
		t.Helper()
		_, rest, _ := strings.Cut(do, "`featops ")
		words := strings.Fields(rest[:strings.Index(rest, "`")])
		if len(words) < 3 || words[0] != "--home" || words[1] != h.dir {
			t.Fatalf("%q is no command for this home", do)
		}
		h.featops(words[2:]...).exits(0)
	}
	const table = "fs_cus_credit_risk"
	h.featops("build", table, "--param", "end_date=2026-05-01", "--param", "force_overwrite=true").exits(0)
	d, r := h.doctor()
	r.exits(0)
	follow(d.find(t, "note", "registration", "medpag/"+table+": version 0 is registered, and the table is at version 1").Do)
	d, _ = h.doctor()
	d.find(t, "ok", "registration", "medpag/"+table+": version 1 of bncapers")

	for _, f := range h.table(table).snapshot().Files {
		if err := os.Remove(filepath.Join(h.table(table).Path(), f.Path)); err != nil {
			t.Fatal(err)
		}
	}
	d, r = h.doctor()
	r.exits(1)
	follow(d.find(t, "problem", "table", table+": ").Do)
	d, r = h.doctor()
	r.exits(0)
	d.find(t, "ok", "table", table+": version 2")

	if err := os.RemoveAll(h.table(table).Path()); err != nil {
		t.Fatal(err)
	}
	d, r = h.doctor()
	r.exits(1)
	d.find(t, "problem", "registration", "medpag/"+table+": it points to ")
	h.featops("build", table, "--param", june).exits(0)
	follow(d.find(t, "problem", "registration", "medpag/"+table+": it points to ").Do)
	_, r = h.doctor()
	r.exits(0)
}
