package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
	raw, err := os.ReadFile(filepath.Join(h.dir, "logs", "featops.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	inFile := 0
	lines(t, result{stdout: string(raw)}, func(line) { inFile++ })
	if inFile != len(all) {
		t.Errorf("the file has %d lines, logs shows %d", inFile, len(all))
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
	r := finish(t, p).exits(130)
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
