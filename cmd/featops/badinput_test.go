package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
)

// Each of these inputs is bad in one way. The run tells what is wrong and where, fails (exit code 1), and
// leaves the table that would be built as it was; the tables of other sources are built.
func TestBadSourceFailsItsTableAlone(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		source string // what is bad
		table  string // what is built from it
		spoil  func(source table)
		says   []string
	}{
		{
			name: "missing column", source: "transacciones", table: "fs_cus_transactions",
			spoil: func(s table) {
				s.replace(arrow.NewSchema([]arrow.Field{whole("id_cliente"), text("periodo"), number("monto_total_transacciones")}, nil),
					`{"id_cliente": 1, "periodo": "2026-01", "monto_total_transacciones": 5}`)
			},
			says: []string{"source demo_db.transacciones", "numero_transacciones", "recencia_ultima_transaccion"},
		},
		{
			name: "wrong type", source: "transacciones", table: "fs_cus_transactions",
			spoil: func(s table) {
				s.replace(arrow.NewSchema([]arrow.Field{
					whole("id_cliente"), text("periodo"), text("numero_transacciones"), number("monto_total_transacciones"), whole("recencia_ultima_transaccion"),
				}, nil), `{"id_cliente": 1, "periodo": "2026-01", "numero_transacciones": "many"}`)
			},
			says: []string{"demo_db.transacciones", "numero_transacciones", "STRING", "BIGINT"},
		},
		{
			name: "a periodo that is no month", source: "transacciones", table: "fs_cus_transactions",
			spoil: func(s table) {
				s.append(`{"id_cliente": 1, "periodo": "2024-13", "numero_transacciones": 1, "monto_total_transacciones": 1}`)
			},
			says: []string{"transacciones", "periodo", `"2024-13" is no month`, "row "},
		},
		{
			name: "a customer twice", source: "clientes", table: "fs_cus_demographic",
			spoil: func(s table) {
				s.append(`{"id_cliente": 31337, "fecha_apertura": "2025-01-01", "genero": "F"}`)
				s.append(`{"id_cliente": 31337, "fecha_apertura": "2025-02-01", "genero": "M"}`)
			},
			says: []string{"fs_cus_demographic", "duplicate (31337, 2025-", "allowed is one row per (pk_customer, tpk_release_dt)", "nothing was written"},
		},
		{
			name: "a feature beyond INT", source: "transacciones", table: "fs_cus_transactions",
			spoil: func(s table) {
				s.append(`{"id_cliente": 31337, "periodo": "2026-01", "numero_transacciones": 3000000000, "monto_total_transacciones": 1}`)
			},
			says: []string{"ctrx_trx_cnt_m", "31337", "3000000000", "INT"},
		},
		{
			name: "a corrupt Parquet file", source: "transacciones", table: "fs_cus_transactions",
			spoil: func(s table) {
				s.append(`{"id_cliente": 1, "periodo": "2026-01", "numero_transacciones": 1, "monto_total_transacciones": 1}`)
				file := filepath.Join(s.Path(), s.snapshot().Files[0].Path)
				damage(s.t, file, func(b []byte) []byte { return b[:len(b)/2] })
			},
			says: []string{"transacciones", ".parquet"},
		},
		{
			name: "a corrupt _delta_log", source: "transacciones", table: "fs_cus_transactions",
			spoil: func(s table) {
				damage(s.t, filepath.Join(s.Path(), "_delta_log", "00000000000000000000.json"), func(b []byte) []byte { return append([]byte("{oops\n"), b...) })
			},
			says: []string{"demo_db.transacciones", "00000000000000000000.json", "line 1"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := builtHome(t)
			before := h.table(c.table).rows(0)
			c.spoil(h.table(c.source))
			o := h.run()
			o.exits(1)
			bad := o.task(c.table)
			if o.Status != "failed" || bad.Result != "FAILED" || bad.Refused || bad.Version > 0 {
				t.Errorf("status %s, task %+v, want failed", o.Status, bad)
			}
			contains(t, "the task's message", bad.Message, c.says...)
			o.says("ERROR", "task ended: FAILED")
			for _, name := range featureTables {
				if name != c.table && o.task(name).Result != "SUCCESS" {
					t.Errorf("%s: %+v, want built all the same", name, o.task(name))
				}
			}
			if v := h.table(c.table).version(); v != 0 {
				t.Errorf("the table is at version %d, want 0", v)
			}
			if got := h.table(c.table).rows(0); len(got) != len(before) {
				t.Errorf("the table has %d rows, had %d", len(got), len(before))
			}
			for _, r := range o.Registrations {
				if r.Table == c.table {
					t.Errorf("registration %+v of a table that was not built", r)
				}
			}
			h.featops("build", c.table, "--param", june).exits(1).says(c.says...)
		})
	}
}

func whole(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64, Nullable: true}
}

func number(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Float64, Nullable: true}
}

// damage changes the bytes of a file.
func damage(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestBadMonthsWithinTheToleratedShareAreReportedAndLeftOut(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.table("transacciones").append(`{"id_cliente": 31337, "periodo": "2024-13", "numero_transacciones": 1, "monto_total_transacciones": 1}`)
	h.configure("[tables.fs_cus_transactions]\nbad_rows_share = 0.01\n")
	o := h.run()
	o.exits(0).says("WARNING", "1 of 462 rows are without a month and were left out", `column periodo: "2024-13"`)
	for key := range h.table("fs_cus_transactions").rows(h.table("fs_cus_transactions").version()) {
		if strings.HasPrefix(key, "31337 ") {
			t.Errorf("the bad row became the feature row %s", key)
		}
	}
}

func TestCorruptFeatureTableIsNotWritten(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	log := filepath.Join(h.table(questioned).Path(), "_delta_log")
	damage(t, filepath.Join(log, "00000000000000000000.json"), func(b []byte) []byte { return b[:len(b)/2] })
	o := h.run()
	o.exits(1)
	contains(t, "the task's message", o.task(questioned).Message, questioned, "00000000000000000000.json")
	files, err := os.ReadDir(log)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Errorf("the log has %d files, want the corrupt one alone", len(files))
	}
	h.featops("history", questioned).exits(1).says("00000000000000000000.json")
	h.featops("restore", questioned, "--version", "0").exits(1).says("00000000000000000000.json")
	h.featops("status").says(questioned, "00000000000000000000.json").prints("fs_cus_demographic")
}

func TestMissingSourceTable(t *testing.T) {
	t.Parallel()
	without := func(t *testing.T, h *home, source string) {
		t.Helper()
		if err := os.RemoveAll(h.table(source).Path()); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("of a table that was never built: skipped with a word", func(t *testing.T) {
		t.Parallel()
		h := sampleHome(t)
		without(t, h, "buro_credito")
		o := h.run()
		o.exits(0)
		got := o.task("fs_cus_credit_risk")
		if got.LifeCycle != "SKIPPED" || got.Result != "EXCLUDED" {
			t.Errorf("task %+v, want skipped", got)
		}
		contains(t, "the message", got.Message, "demo_db.buro_credito is not here in bncapers", "featops ingest buro_credito")
		if len(o.Registrations) != 4 {
			t.Errorf("registrations %+v, want those of the four others", o.Registrations)
		}
	})
	t.Run("of a table that was named: failed", func(t *testing.T) {
		t.Parallel()
		h := sampleHome(t)
		without(t, h, "buro_credito")
		o := h.run("fs_cus_credit_risk")
		o.exits(1)
		got := o.task("fs_cus_credit_risk")
		if got.Result != "FAILED" {
			t.Errorf("task %+v, want failed", got)
		}
		contains(t, "the message", got.Message, "demo_db.buro_credito is not here in bncapers")
		h.featops("build", "fs_cus_credit_risk").exits(1).says("demo_db.buro_credito is not here in bncapers")
	})
	t.Run("of a table that was built before: failed and untouched", func(t *testing.T) {
		t.Parallel()
		h := builtHome(t)
		without(t, h, "buro_credito")
		o := h.run()
		o.exits(1)
		if got := o.task("fs_cus_credit_risk"); got.Result != "FAILED" {
			t.Errorf("task %+v, want failed", got)
		}
		if v := h.table("fs_cus_credit_risk").version(); v != 0 {
			t.Errorf("the table is at version %d, want 0", v)
		}
	})
}

// Bad usage ends with exit code 2 before anything starts, and says what is allowed.
func TestBadUsage(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	cases := []struct {
		args []string
		says []string
	}{
		{[]string{"run", "--param", "colour=red"}, []string{`parameter colour="red" is unknown`, "allowed are", "start_date"}},
		{[]string{"run", "--param", "force_overwrite=perhaps"}, []string{`parameter force_overwrite: "perhaps": allowed is true or false`}},
		{[]string{"run", "--param", "start_date=2026-02-30"}, []string{`parameter start_date: "2026-02-30": allowed is a date YYYY-MM-DD`}},
		{[]string{"run", "--param", "end_date=soon"}, []string{`parameter end_date: "soon": allowed is a date YYYY-MM-DD or actual`}},
		{[]string{"run", "--param", "end_date=2018-01-01"}, []string{"end_date", "2018-01-01", "not before start_date 2019-01-01"}},
		{[]string{"run", "--param", "colour=red", "--param", "ignore=1"}, []string{"colour", "ignore"}},
		{[]string{"run", "--param", "ignore"}, []string{`--param "ignore": allowed is k=v`}},
		{[]string{"run", "--full", "--param", "full_build=false"}, []string{"--full and --param full_build=false contradict each other"}},
		{[]string{"run", "--param", "ignore=true", "--param", "ignore=false"}, []string{"--param ignore is given twice"}},
		{[]string{"run", "--param", "env=prod"}, []string{"parameter env", "--env"}},
		{[]string{"run", "fs_cus_nothing"}, []string{"fs_cus_nothing", "fs_cus_demographic"}},
		{[]string{"run", "--workspace", "elsewhere"}, []string{`workspace "elsewhere" is unknown`, "bncapers medpag"}},
		{[]string{"run", "--on-conflict", "maybe"}, []string{"--on-conflict", "maybe", "accept"}},
		{[]string{"run", "--prompt-timeout", "soon"}, []string{"--prompt-timeout", "soon", "5m"}},
		{[]string{"run", "--prompt-timeout", "-1s"}, []string{"--prompt-timeout", "-1s"}},
		{[]string{"run", "--no-such-flag"}, []string{"--no-such-flag"}},
		{[]string{"build"}, []string{"usage: featops build TABLE"}},
		{[]string{"build", "fs_cus_nothing"}, []string{"fs_cus_nothing", "fs_cus_demographic"}},
		{[]string{"build", "fs_cus_demographic", "--param", "colour=red"}, []string{"colour"}},
		{[]string{"diff", "fs_cus_nothing"}, []string{"fs_cus_nothing"}},
		{[]string{"history", "fs_cus_nothing"}, []string{"fs_cus_nothing"}},
		{[]string{"restore", "fs_cus_demographic"}, []string{"--version is needed"}},
		{[]string{"register", "fs_cus_demographic", "--to", "elsewhere"}, []string{`workspace "elsewhere" is unknown`}},
		{[]string{"register", "fs_cus_nothing"}, []string{"fs_cus_nothing"}},
		{[]string{"runs", "--workspace", "elsewhere"}, []string{`workspace "elsewhere" is unknown`}},
		{[]string{"runs", "--limit", "0"}, []string{"--limit 0"}},
		{[]string{"logs", "--level", "loud"}, []string{"loud", "warning"}},
		{[]string{"logs", "--grep", "("}, []string{"--grep"}},
		{[]string{"logs", "--since", "once"}, []string{`--since "once"`}},
		{[]string{"sample", "--until", "2026-13"}, []string{`--until "2026-13": allowed is a month YYYY-MM`}},
		{[]string{"sample", "--customers", "0"}, []string{"customers"}},
		{[]string{"ingest", "pagos", "f.csv"}, []string{"--mapping is needed"}},
		{[]string{"frobnicate"}, []string{`unknown command "frobnicate" for "featops"; see`}},
		{[]string{"stats"}, []string{`unknown command "stats" for "featops"; did you mean status?; see featops help`}},
		{[]string{"config", "sho"}, []string{`unknown command "sho" for "featops config"; did you mean show?`}},
		{[]string{"build", "fs_cus_demografic"}, []string{"; did you mean fs_cus_demographic?"}},
		{[]string{"runs", "--workspace", "medpg"}, []string{"; did you mean medpag?"}},
		{[]string{"register", "fs_cus_demographic", "--to", "medpg"}, []string{"; did you mean medpag?"}},
		{[]string{"--env", "test", "status"}, []string{"--env", "test", "staging"}},
		{[]string{"--output", "xml", "status"}, []string{"--output", "xml", "json"}},
		{[]string{"--log-level", "loud", "status"}, []string{"--log-level", "loud", "warning"}},
	}
	for _, c := range cases {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			r := h.featops(c.args...).exits(2).says(c.says...)
			if r.stdout != "" {
				t.Errorf("standard output of a mistake: %q", r.stdout)
			}
			if lines := strings.Count(r.stderr, "\n"); strings.Contains(r.stderr, "INFO") || lines > 4 {
				t.Errorf("something started:\n%s", r.stderr)
			}
		})
	}
	var runs []struct{ ID int64 }
	h.featops("runs", "--output", "json").exits(0).into(&runs)
	if len(runs) != 2 {
		t.Errorf("%d runs are recorded, want the two of before", len(runs))
	}
	if v := h.table("fs_cus_demographic").version(); v != 0 {
		t.Errorf("the table is at version %d, want 0", v)
	}
}

func TestVersionThatDoesNotExistIsNotRestored(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.featops("restore", questioned, "--version", "7").exits(1).says("restore", questioned+" to version 7", "newest is 0")
	if v := h.table(questioned).version(); v != 0 {
		t.Errorf("the table is at version %d, want 0", v)
	}
	empty := emptyHome(t)
	empty.featops("history", questioned).exits(1).says(questioned, "no such table")
	empty.featops("restore", questioned, "--version", "0").exits(1).says(questioned)
	empty.featops("register", questioned).exits(1).says(questioned, "no such table")
}

func TestHomeThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.write("occupied", "a file stands where the home would be")
	h.dir = filepath.Join(h.dir, "occupied")
	for _, args := range [][]string{{"run"}, {"sample"}, {"build", questioned}} {
		c := h.command(args...)
		c.Dir, c.Env = filepath.Dir(h.dir), environment(filepath.Dir(h.dir))
		finish(t, begin(t, c)).exits(2).says(h.dir, "is a file", "--home")
	}
}
