package main_test

import (
	"io"
	"os/exec"
	"strings"
	"testing"
)

// plainly starts the plain console with a pipe to type into.
func plainly(t *testing.T, h *home, args ...string) (p *process, typed func(line string)) {
	t.Helper()
	c := h.command(append([]string{"--plain"}, args...)...)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p = begin(t, c)
	t.Cleanup(func() { p.Process.Kill() })
	return p, func(line string) {
		t.Helper()
		if _, err := io.WriteString(in, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPlainConsoleAsksInSentences(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	h.configure("[build]\nend_date = \"2026-06-01\"\n")
	p, typed := plainly(t, h)
	p.stdout.waitFor("Type help for the commands")
	typed("run demo-feature-store in medpag")
	p.stdout.waitFor("started.")
	p.stdout.waitFor("missing column  " + campaign)
	p.stdout.waitFor("Type answer yes or answer no within 5 minutes.")
	typed("")
	for said := ""; said != "answered no by user"; { // it is not taken in the first moment
		typed("answer no")
		said = p.stdout.waitFor("has only just come up", "answered no by user")
	}
	p.stdout.waitFor("Run 2 of [dev ana] demo-feature-store in medpag ended")
	typed("quit")
	r := finish(t, p).exits(0)
	if strings.ContainsAny(r.stdout, "\x1b\r│─╭") {
		t.Errorf("something was drawn:\n%q", r.stdout)
	}
	h.onlyDecision()
}

// The end of the input waits for what was asked for.
func TestPlainConsoleTakesAScript(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	c := h.command("--plain")
	c.Stdin = strings.NewReader("run demo-feature-store in bncapers\nstatus\n")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	contains(t, "what was said", string(out), "demo-feature-store in bncapers was asked for.", "ended: success", "fs_cus_demographic of bncapers is registered in medpag")
}

func TestADumbTerminalGetsThePlainConsole(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.env = []string{"TERM=dumb"}
	s := h.onTerminal()
	s.waitFor("featops, without a screen.")
	s.press("status\n")
	s.waitFor("fs_cus_transactions")
	s.press("quit\n")
	s.exits(0)
	if strings.Contains(s.all(), "\x1b") {
		t.Errorf("escape sequences for a dumb terminal:\n%q", s.all())
	}
	h.env = nil
	if out, err := exec.Command(program, "--home", h.dir).CombinedOutput(); err == nil || !strings.Contains(string(out), "featops --plain") {
		t.Errorf("without a terminal: %v, %s", err, out)
	}
}
