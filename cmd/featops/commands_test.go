package main_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// lines decodes standard output of one JSON object a line.
func lines[T any](t *testing.T, r result, f func(T)) {
	t.Helper()
	for line := range strings.Lines(r.stdout) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		f(v)
	}
}

// Every command that answers a question has text for people and JSON for programs; in JSON, logs never
// come between.
func TestEveryCommandHasTextAndJSON(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	cases := []struct {
		args []string
		text []string
		keys []string // of the object, or of the first object of the array
	}{
		{[]string{"status"}, []string{"bncapers (embedded, dev)", "[dev ana] demo-feature-store: run 1 SUCCESS", "REGISTERED IN"},
			[]string{"env", "home", "taken_at", "workspaces"}},
		{[]string{"runs"}, []string{"WORKSPACE", "SUCCESS", "4 of 4 succeeded"},
			[]string{"ended_at", "id", "job", "job_id", "parameters", "queued_at", "started_at", "status", "tasks", "workspace"}},
		{[]string{"features", "high risk"}, []string{"REGISTERED IN", "chr_ind_high_risk  BOOLEAN  fs_cus_credit_risk  bncapers   built  medpag"},
			[]string{"features", "query", "similar", "tables"}},
		{[]string{"describe", questioned}, []string{campaign, "1 inserted, 2 updated"},
			[]string{"built_by", "columns", "customers", "definition", "kind", "registrations", "rows", "sources", "state", "table", "version", "versions", "workspace"}},
		{[]string{"diff", questioned, "--param", june}, []string{"version 1", "missing column  " + campaign, "1 not in the new data", "The build would ask", "It is registered in bncapers."},
			[]string{"asks", "difference", "exists", "loss", "registered_in", "rows", "table", "up_to_date", "version", "workspace"}},
		{[]string{"diff", "fs_cus_credit_risk", "--param", june}, []string{"fs_cus_credit_risk is up to date: version 0, 450 rows"},
			[]string{"asks", "difference", "exists", "registered_in", "rows", "table", "up_to_date", "version", "workspace"}},
		{[]string{"diff", "fs_cus_credit_risk", "--param", june, "--full"}, []string{"  full: full_build is set", "rows: 0 new, 0 changed, 450 unchanged, 0 not in the new data"},
			[]string{"asks", "difference", "exists", "extent", "registered_in", "rows", "table", "up_to_date", "version", "workspace"}},
		{[]string{"diff", "fs_cus_credit_risk", "--param", "end_date=2026-05-01"},
			[]string{"  incremental: no month of buro_credito has changed; nothing to compute", "rows: 0 new, 0 changed, 0 unchanged, 450 not touched"},
			[]string{"asks", "difference", "exists", "extent", "registered_in", "rows", "table", "up_to_date", "version", "workspace"}},
		{[]string{"history", questioned}, []string{"VERSION", "MERGE", "featops"}, []string{"metrics", "operation", "parameters", "time", "version"}},
		{[]string{"build", "fs_cus_credit_risk", "--param", june}, []string{"fs_cus_credit_risk: up to date: version 0, 450 rows"},
			[]string{"absent", "inserted", "rows", "table", "unchanged", "up_to_date", "updated", "version"}},
		{[]string{"build", questioned, "--param", june, "--on-conflict", "accept"}, nil,
			[]string{"absent", "inserted", "mode", "question", "rows", "table", "unchanged", "up_to_date", "updated", "version"}},
		{[]string{"decisions"}, []string{"yes by policy accept", "applied, version 1 → 2"}, []string{"answer", "question", "settlement"}},
		{[]string{"register", "fs_cus_credit_risk"}, []string{"fs_cus_credit_risk", "medpag", "unchanged"}, []string{"from", "status", "table", "to", "version"}},
		{[]string{"restore", "fs_cus_credit_risk", "--version", "0"}, []string{"fs_cus_credit_risk is as it was at version 0"}, []string{"operation", "time", "version"}},
		{[]string{"watch", "--once"}, []string{"nothing to register"}, nil},
		{[]string{"sample", "--customers", "5", "--months", "2", "--until", "2026-04"}, []string{"demo_db.clientes"}, []string{"rows", "table", "version", "workspace"}},
		{[]string{"config", "show"}, []string{"KEY", "monitor.interval"}, []string{"key", "origin", "value"}},
		{[]string{"config", "check"}, []string{"is good"}, []string{"file", "ok"}},
		{[]string{"version"}, []string{"featops ", "go1."}, []string{"arch", "go", "os", "version"}},
	}
	for _, c := range cases {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			var v json.RawMessage
			h.featops(append(c.args, "--output", "json")...).exits(0).into(&v)
			var object map[string]json.RawMessage
			var array []map[string]json.RawMessage
			if json.Unmarshal(v, &object) != nil {
				if err := json.Unmarshal(v, &array); err != nil || len(array) == 0 && len(c.keys) > 0 {
					t.Fatalf("neither an object nor an array of some: %s", v)
				}
				if len(array) > 0 {
					object = array[0]
				}
			}
			for _, k := range c.keys {
				if _, ok := object[k]; !ok {
					t.Errorf("no %q in the JSON, which has %v", k, slices.Sorted(maps.Keys(object)))
				}
			}
			if c.text != nil {
				r := h.featops(c.args...).exits(0).prints(c.text...)
				if strings.Contains(r.stdout, "INFO") || strings.Contains(r.stdout, "\x1b") {
					t.Errorf("log lines or colours on standard output:\n%s", r.stdout)
				}
			}
		})
	}
}

// A result that could not be written is a failure, as text and as JSON.
func TestFullDiskUnderTheOutputIsAFailure(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no device that is always full here")
	}
	defer full.Close()
	h := builtHome(t)
	for _, args := range [][]string{{"status"}, {"run", "--param", june}, {"logs"}, {"config", "show"}} {
		for _, output := range []string{"text", "json"} {
			c := h.command(append(args, "--output", output)...)
			p := &process{Cmd: c}
			p.stderr.t = t
			c.Stdout, c.Stderr = full, &p.stderr
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			finish(t, p).exits(1).says("no space left on device")
		}
	}
}

// Lists without anything in them are empty lists, not null.
func TestEmptyHomeAnswersEmptyLists(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	for _, args := range [][]string{{"runs"}, {"decisions"}, {"watch", "--once"}} {
		if r := h.featops(append(args, "--output", "json")...).exits(0); r.stdout != "[]\n" {
			t.Errorf("featops %s: %q, want []", r.what, r.stdout)
		}
	}
	h.featops("status").exits(0).prints("demo-feature-store: never run")
	if r := h.featops("logs").exits(0); r.stdout != "" {
		t.Errorf("logs of nothing: %q", r.stdout)
	}
}

// Looking leaves no traces: a home that does not exist is not made by it.
func TestLookingWritesNothing(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.dir = filepath.Join(h.dir, "not-yet")
	for _, args := range [][]string{{"runs"}, {"decisions"}, {"status"}, {"logs"}, {"features"}, {"describe", "fs_cus_demographic"}, {"describe", "pagos"}} {
		c := h.command(args...)
		c.Dir = filepath.Dir(h.dir)
		finish(t, begin(t, c)).exits(0)
	}
	if _, err := os.Stat(h.dir); err == nil {
		t.Errorf("%s was made", h.dir)
	}
}

func TestHelpListsOnlyWhatWorks(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	r := h.featops("help").exits(0)
	_, list, _ := strings.Cut(r.stdout, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var commands []string
	for line := range strings.Lines(list) {
		commands = append(commands, strings.Fields(line)[0])
	}
	want := []string{
		"build", "bundle", "cancel", "completion", "config", "decisions", "describe", "diff", "doctor", "features", "help", "history", "ingest", "logs",
		"pause", "register", "repair", "restore", "resume", "run", "runs", "sample", "sql", "status", "training-set", "version", "watch",
	}
	if !slices.Equal(commands, want) {
		t.Errorf("commands %v, want %v", commands, want)
	}
	for _, name := range commands {
		help := h.featops("help", name).exits(0)
		if name != "help" && !strings.Contains(help.stdout, "featops "+name) {
			t.Errorf("help %s:\n%s", name, help.stdout)
		}
	}
	for _, flag := range []string{"--config", "--home", "--env", "--output", "--log-level", "--no-color", "--version"} {
		if !strings.Contains(r.stdout, flag) {
			t.Errorf("help does not tell %s", flag)
		}
	}
}

func TestWithoutATerminalTheConsoleNamesRun(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	r := h.featops().exits(2).says("the console needs a terminal", "`featops run`")
	if r.stdout != "" {
		t.Errorf("standard output %q", r.stdout)
	}
}

func TestVersionAndCompletion(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	if r := h.featops("--version").exits(0); !strings.HasPrefix(r.stdout, "featops ") || strings.Count(r.stdout, "\n") != 1 {
		t.Errorf("--version: %q", r.stdout)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		h.featops("completion", shell).exits(0).prints("featops")
	}
	h.featops("__complete", "re").exits(0).prints("register", "restore")
}

// quick is far more than --version takes, and far less than a terminal's silence is waited for.
const quick = 3 * time.Second

func TestVersionDoesNotAskTheTerminal(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	begun := time.Now()
	s := h.onTerminal("--version") // no terminal answers queries here
	s.exits(0)
	if took := time.Since(begun); took > quick {
		t.Errorf("--version took %s", took)
	}
	contains(t, "the version", s.all(), "featops ")
}

// The console opens on a terminal, and q ends it.
func TestConsoleOpensAndQuits(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	s := h.onTerminal()
	s.waitFor("bncapers")
	s.waitFor("fs_cus_transactions")
	if err := pty.Setsize(s.keys, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	s.press("q")
	s.exits(0)
	if !strings.Contains(s.all(), "\x1b[?1049l") {
		t.Error("the terminal was not given back")
	}
}

// A read-only console beside another looks on: at the state and at the log, and changes nothing.
func TestAReadOnlyConsoleLooksOn(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	first := h.onTerminal()
	first.waitFor("fs_cus_transactions")
	second := h.onTerminal("--read-only")
	second.waitFor("table registered") // of the log that another process has written
	second.press("r")
	second.waitFor("run job: read only")
	contains(t, "the console that looks on", second.all(), "featops "+strconv.Itoa(first.command.Process.Pid)+" on ")
	second.press("q")
	second.exits(0)
	first.press("q")
	first.exits(0)
}

// On a terminal long work shows how far it is on a line that is written over; otherwise it is quiet.
func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	args := []string{"sample", "--customers", "60", "--months", "8", "--until", "2026-04"}
	s := h.onTerminal(args...)
	s.exits(0)
	contains(t, "the terminal", s.all(), "clientes 63 rows", "\r")
	if r := h.featops(args...).exits(0); strings.Contains(r.stdout+r.stderr, "\r") || strings.Contains(r.stderr, "clientes 63 rows") {
		t.Errorf("progress without a terminal:\n%s", r.stderr)
	}
}

func TestDiffWritesNothing(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.tableFiles()
	h.featops("diff", questioned, "--param", june).exits(0)
	if diff := cmp.Diff(before, h.tableFiles()); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	fresh := sampleHome(t)
	before = fresh.tableFiles()
	fresh.featops("diff", questioned, "--param", june).exits(0).prints("does not exist in medpag: a build creates it with 60 columns and 461 rows")
	if diff := cmp.Diff(before, fresh.tableFiles()); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
}

// tableFiles lists the files of all tables, and of staged ones.
func (h *home) tableFiles() []string {
	h.t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(filepath.Join(h.dir, "workspaces")), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.Contains(path, "workspace.db") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}

// With the answers of a person who is not there the program never waits for input.
func TestRunReadsNoInputWithoutATerminal(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	c := h.command("run", "--param", june)
	c.Stdin = strings.NewReader("y\ny\n")
	finish(t, begin(t, c)).exits(3)
	h.isWhole(before)
}
