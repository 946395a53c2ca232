package main_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
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
		{[]string{"diff", questioned, "--param", june}, []string{"version 1", "missing column  " + campaign, "1 not in the new data", "The build would ask", "It is registered in bncapers."},
			[]string{"asks", "difference", "exists", "loss", "registered_in", "rows", "table", "up_to_date", "version", "workspace"}},
		{[]string{"diff", "fs_cus_credit_risk", "--param", june}, []string{"fs_cus_credit_risk is up to date: version 0, 450 rows"},
			[]string{"asks", "difference", "exists", "registered_in", "rows", "table", "up_to_date", "version", "workspace"}},
		{[]string{"history", questioned}, []string{"VERSION", "MERGE", "featops"}, []string{"metrics", "operation", "parameters", "time", "version"}},
		{[]string{"build", "fs_cus_credit_risk", "--param", june}, []string{"fs_cus_credit_risk is up to date: version 0, 450 rows"},
			[]string{"absent", "inserted", "rows", "table", "unchanged", "up_to_date", "updated", "version"}},
		{[]string{"build", questioned, "--param", june, "--on-conflict", "accept"}, nil,
			[]string{"absent", "inserted", "mode", "question", "rows", "table", "unchanged", "up_to_date", "updated", "version"}},
		{[]string{"decisions"}, []string{"yes by policy accept", "applied, version 1 → 2"}, []string{"answer", "question", "settlement"}},
		{[]string{"register", "fs_cus_credit_risk"}, []string{"fs_cus_credit_risk", "medpag", "unchanged"}, []string{"from", "status", "table", "to", "version"}},
		{[]string{"restore", "fs_cus_credit_risk", "--version", "0"}, []string{"fs_cus_credit_risk is as it was at version 0"}, []string{"operation", "time", "version"}},
		{[]string{"watch", "--once"}, []string{"TABLE", "fs_cus_demographic"}, []string{"from", "status", "table", "to", "version"}},
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
				if err := json.Unmarshal(v, &array); err != nil || len(array) == 0 {
					t.Fatalf("neither an object nor an array of some: %s", v)
				}
				object = array[0]
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
	for _, args := range [][]string{{"runs"}, {"decisions"}, {"status"}, {"logs"}} {
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
		"build", "completion", "config", "decisions", "diff", "help", "history", "ingest", "logs", "register", "restore", "run", "runs",
		"sample", "status", "version", "watch",
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

func TestLogsAreFiltered(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	h.run().exits(3)
	type line struct {
		Time                                             time.Time
		Level, Message, Workspace, Job, Run, Task, Table string
	}
	read := func(args ...string) []line {
		t.Helper()
		var out []line
		lines(t, h.featops(append([]string{"logs", "--output", "json"}, args...)...).exits(0), func(l line) { out = append(out, l) })
		return out
	}
	all := read()
	count := func(want func(line) bool) int {
		n := 0
		for _, l := range all {
			if want(l) {
				n++
			}
		}
		return n
	}
	cases := []struct {
		args []string
		want func(line) bool
	}{
		{[]string{"--level", "error"}, func(l line) bool { return l.Level == "ERROR" }},
		{[]string{"--level", "warning"}, func(l line) bool { return l.Level == "ERROR" || l.Level == "WARNING" }},
		{[]string{"--workspace", "medpag"}, func(l line) bool { return l.Workspace == "medpag" }},
		{[]string{"--task", questioned}, func(l line) bool { return l.Task == questioned }},
		{[]string{"--table", questioned}, func(l line) bool { return l.Table == questioned }},
		{[]string{"--run", "2"}, func(l line) bool { return l.Run == "2" }},
		{[]string{"--job", "[dev ana] demo-feature-store"}, func(l line) bool { return l.Job == "[dev ana] demo-feature-store" }},
		{[]string{"--grep", "task (started|ended)"}, func(l line) bool {
			return strings.HasPrefix(l.Message, "task started") || strings.HasPrefix(l.Message, "task ended")
		}},
		{[]string{"--since", "1h", "--level", "error"}, func(l line) bool { return l.Level == "ERROR" }},
		{[]string{"--since", all[len(all)-1].Time.Format(time.RFC3339)}, func(l line) bool { return !l.Time.Before(all[len(all)-1].Time.Truncate(time.Second)) }},
		{[]string{"--workspace", "medpag", "--run", "1", "--task", "feature_registry"}, func(l line) bool { return l.Workspace == "medpag" && l.Run == "1" && l.Task == "feature_registry" }},
	}
	for _, c := range cases {
		got := read(c.args...)
		for _, l := range got {
			if !c.want(l) {
				t.Errorf("%v lets through %+v", c.args, l)
			}
		}
		if n := count(c.want); len(got) != n || n == 0 {
			t.Errorf("%v chooses %d lines, want %d", c.args, len(got), n)
		}
	}
	if got := read("--since", "2100-01-01"); len(got) != 0 {
		t.Errorf("%d lines of the next century", len(got))
	}

	// Every line of a task tells where it belongs.
	for _, l := range all {
		if l.Task != "" && (l.Workspace == "" || l.Job == "" || l.Run == "") || strings.HasPrefix(l.Message, "table saved") && (l.Task == "" || l.Table == "") {
			t.Errorf("a line without its place: %+v", l)
		}
		if l.Time.IsZero() || l.Message == "" {
			t.Errorf("a line without time or message: %+v", l)
		}
	}
	text := h.featops("logs", "--level", "error").exits(0)
	if !strings.Contains(text.stdout, " ERROR   [medpag/[dev ana] demo-feature-store/"+questioned+"]") {
		t.Errorf("text:\n%s", text.stdout)
	}
	if _, err := time.Parse(time.DateTime, text.stdout[:19]); err != nil {
		t.Errorf("a line begins without its time: %v", err)
	}
}

func TestLogsAreFollowed(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	p := begin(t, h.command("logs", "-f", "--grep", "source written|table built"))
	p.stdout.waitFor("source written")
	h.featops("build", questioned, "--param", june).exits(0)
	p.stdout.waitFor("table built")
	p.signal(t, syscall.SIGINT)
	r := finish(t, p).exits(0)
	for line := range strings.Lines(r.stdout) {
		if !strings.Contains(line, "source written") && !strings.Contains(line, "table built") {
			t.Errorf("a line that the filter leaves out: %s", line)
		}
	}
}

// Lines are coloured by their level on a terminal, unless somebody does not want it.
func TestColours(t *testing.T) {
	t.Parallel()
	const blue, yellow, red, grey = "\x1b[34m", "\x1b[33m", "\x1b[31m", "\x1b[90m"
	h := conflictHome(t)
	h.run("--log-level", "debug").exits(3)
	s := h.onTerminal("logs")
	s.exits(0)
	for level, colour := range map[string]string{"INFO": blue, "WARNING": yellow, "ERROR": red, "DEBUG": grey} {
		for line := range strings.Lines(s.all()) {
			if strings.Contains(line, " "+level+" ") && !strings.HasPrefix(line, colour) {
				t.Errorf("%s is not coloured: %q", level, line)
			}
		}
	}
	for name, plain := range map[string]func() *terminal{
		"--no-color": func() *terminal { return h.onTerminal("logs", "--no-color") },
		"NO_COLOR":   func() *terminal { n := *h; n.env = []string{"NO_COLOR=1"}; return n.onTerminal("logs") },
	} {
		s := plain()
		s.exits(0)
		if strings.Contains(s.all(), "\x1b") || !strings.Contains(s.all(), "WARNING") {
			t.Errorf("%s: %q", name, s.all())
		}
	}
	if r := h.featops("logs").exits(0); strings.Contains(r.stdout, "\x1b") {
		t.Errorf("colours without a terminal: %q", r.stdout)
	}
	n := *h
	n.env = []string{"FEATOPS_COLOR=always"}
	if r := n.featops("logs").exits(0); !strings.Contains(r.stdout, blue) {
		t.Errorf("no colours where they are always wanted: %q", r.stdout)
	}
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
