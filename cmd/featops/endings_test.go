package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A first run that was stopped while it made the sample leaves some of the source tables. The next run makes the
// others, as they were begun, and touches none that is there.
func TestFirstSampleThatWasCutOffIsFinished(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	want := h.table("transacciones").rows(0)
	for _, missing := range []string{"transacciones", "pagos"} {
		if err := os.RemoveAll(h.table(missing).Path()); err != nil {
			t.Fatal(err)
		}
	}
	begun := h.write("first-sample.json", `{"Customers": 60, "Months": 8, "Seed": 3, "Last": "2026-04-01T00:00:00Z"}`)
	o := h.run()
	o.exits(0).says("source data is missing: making the sample", "customers=60")
	if o.Status != "success" {
		t.Errorf("status %s, want success", o.Status)
	}
	if diff := cmp.Diff(want, h.table("transacciones").rows(0)); diff != "" {
		t.Errorf("transacciones (-want +got):\n%s", diff)
	}
	for name := range owner {
		if v := h.table(name).version(); v != 0 {
			t.Errorf("%s is at version %d, want 0", name, v)
		}
	}
	if _, err := os.Stat(begun); !os.IsNotExist(err) {
		t.Errorf("the note of the unfinished sample is still there: %v", err)
	}
}

func TestSignalsEndWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		for _, c := range []struct {
			args          []string
			reached, says string
		}{
			{[]string{"run", "--param", june, "--on-conflict", "prompt"}, "a question is open", "interrupted"},
			{[]string{"build", questioned, "--param", june, "--on-conflict", "prompt"}, "a question is open", "stopped by signal: " + s.String()},
			{[]string{"watch", "--output", "json"}, `"kind":"polled"`, "stopped by signal: " + s.String()},
			{[]string{"logs", "-f", "--log-level", "debug"}, "run ended", "stopped by signal: " + s.String()},
		} {
			t.Run(s.String()+" "+c.args[0], func(t *testing.T) {
				t.Parallel()
				h := conflictHome(t)
				p := begin(t, h.command(c.args...))
				t.Cleanup(func() { p.Process.Kill() })
				if c.args[0] == "run" || c.args[0] == "build" {
					p.stderr.waitFor(c.reached)
				} else {
					p.stdout.waitFor(c.reached)
				}
				p.signal(t, s)
				r := finish(t, p).exits(130)
				contains(t, "the output", r.stdout+r.stderr, c.says)
				if runs := h.featops("runs").exits(0); strings.Contains(runs.stdout, "RUNNING") {
					t.Errorf("a run is left under way:\n%s", runs.stdout)
				}
				for _, d := range h.decisions() {
					if d.Settlement == nil {
						t.Errorf("a question is left open: %+v", d)
					}
				}
				leftovers(t, h)
			})
		}
	}
}

// What nohup started ends by another signal than the hang-up that it is to survive.
func TestHangUpIsIgnoredWhereTheCallerIgnoresIt(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	c := h.command("watch", "--output", "json")
	c.Path, c.Args = "/bin/sh", append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`}, c.Args...)
	p := begin(t, c)
	t.Cleanup(func() { p.Process.Kill() })
	p.stdout.waitFor(`"kind":"polled"`)
	p.signal(t, syscall.SIGHUP)
	p.signal(t, syscall.SIGTERM)
	finish(t, p).exits(130).says("stopped by signal: terminated")
}

// unread is a pipe that nobody reads.
func unread(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// `featops logs | head -1` ends quietly, and what was under way is recorded as cancelled.
func TestNobodyReadsTheOutput(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	for _, args := range [][]string{{"logs"}, {"status"}, {"history", questioned}, {"runs", "--output", "json"}, {"run", "--output", "json"}} {
		c := h.command(args...)
		p := &process{Cmd: c}
		p.stdout.t, p.stderr.t = t, t
		c.Stdout, c.Stderr = unread(t), &p.stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		r := finish(t, p).exits(141)
		if strings.Contains(r.stderr, "featops:") || strings.Contains(r.stderr, "broken pipe") {
			t.Errorf("featops %v complains:\n%s", args, r.stderr)
		}
	}

	c := h.command("run", "--param", june, "--param", "force_overwrite=true")
	c.Stderr = unread(t)
	if err := c.Run(); c.ProcessState.ExitCode() != 141 {
		t.Errorf("a run whose log nobody reads ended with %v, want exit code 141", err)
	}
	if runs := h.featops("runs").exits(0); strings.Contains(runs.stdout, "RUNNING") || strings.Contains(runs.stdout, "FAILED") {
		t.Errorf("want it cancelled:\n%s", runs.stdout)
	}
}

// Whoever is impatient gets the terminal back all the same.
func TestSignalsGiveTheTerminalBack(t *testing.T) {
	t.Parallel()
	for _, signals := range [][]syscall.Signal{{syscall.SIGTERM}, {syscall.SIGHUP}, {syscall.SIGTERM, syscall.SIGHUP}, {syscall.SIGINT, syscall.SIGINT}} {
		t.Run(fmt.Sprint(signals), func(t *testing.T) {
			t.Parallel()
			s := builtHome(t).onTerminal()
			s.waitFor("help")
			for _, signal := range signals {
				if err := s.command.Process.Signal(signal); err != nil && err != os.ErrProcessDone {
					t.Fatal(err)
				}
			}
			s.exits(130)
			contains(t, "the terminal", s.all(), "\x1b[?1049l", "\x1b[?25h")
		})
	}
}

// The file that names the holder is no lock: what a killed process left there keeps nobody out, whichever process
// has its number now.
func TestHomeOfAKilledEngineIsFree(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	p := h.waitingRun()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	finish(t, p)
	h.write("featops.holder", fmt.Sprintf(`{"pid": %d, "command": "featops run", "since": "2026-01-01T00:00:00Z"}`, os.Getpid()))
	h.run("--on-conflict", "accept").exits(0)
}

// A home that may be read and not written tells its state to who may not change it.
func TestReadOnlyHomeCanBeRead(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere; the crash checks of the CI script have a disk that cannot be written")
	}
	t.Parallel()
	h := builtHome(t)
	var dirs []string
	err := filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	chmod := func(mode os.FileMode) {
		for _, d := range dirs {
			if err := os.Chmod(d, mode); err != nil {
				t.Error(err)
			}
		}
	}
	chmod(0o555)
	t.Cleanup(func() { chmod(0o755) })
	for _, args := range [][]string{{"status"}, {"runs"}, {"decisions"}, {"history", questioned}, {"logs"}, {"diff", questioned, "--param", june}} {
		h.featops(args...).exits(0)
	}
}

func TestHomeIsNoDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for place, says := range map[string]string{file: "is a file", filepath.Join(file, "below"): "not a directory"} {
		for _, command := range []string{"run", "status"} {
			c := exec.Command(program, "--home", place, command)
			c.Env = environment(filepath.Dir(file))
			r := finish(t, begin(t, c)).says(file, says)
			if r.code == 0 {
				t.Errorf("%s on %s ended well", command, place)
			}
		}
	}
}
