package main_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pane is a shell in a tmux of its own, in which the console runs as a user has it. Its screen is looked at when something was
// written to it.
type pane struct {
	transcript
	socket string
	pid    string // the file with the number of the console's process
	prompt string // of the shell
}

// inTmux starts a shell of 120 × 36 in the home and in it the console, and waits for its first frame.
func (h *home) inTmux() *pane {
	h.t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		h.t.Skip("tmux is not installed")
	}
	dir, err := os.MkdirTemp("", "featops-tmux-") // paths of sockets must be short
	if err != nil {
		h.t.Fatal(err)
	}
	w := &pane{socket: filepath.Join(dir, "socket"), pid: filepath.Join(dir, "pid")}
	w.t = h.t
	written := filepath.Join(dir, "written")
	if err := syscall.Mkfifo(written, 0o600); err != nil {
		h.t.Fatal(err)
	}
	reading, err := os.OpenFile(written, os.O_RDWR, 0) // which waits for nobody
	if err != nil {
		h.t.Fatal(err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		if _, err := io.Copy(&w.transcript, reading); err != nil && !errors.Is(err, os.ErrClosed) {
			h.t.Error(err)
		}
	}()
	h.write("console", fmt.Sprintf("echo $$ >%s\nexec %s --home %s\n", w.pid, program, h.dir))

	start := exec.Command("tmux", "-S", w.socket, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "36", "-c", h.dir, "exec sh -i")
	start.Env = append(environment(h.dir), "LC_ALL=C.UTF-8")
	if out, err := start.CombinedOutput(); err != nil {
		h.t.Fatalf("start tmux: %v\n%s", err, out)
	}
	h.t.Cleanup(func() {
		if h.t.Failed() {
			w.process().Kill() // it may be under way
		}
		w.tmux("kill-server")
		err := errors.Join(reading.Close(), os.RemoveAll(dir))
		<-drained
		if err != nil {
			h.t.Error(err)
		}
	})
	w.tmux("pipe-pane", "exec cat >"+written)
	w.until("a prompt", func(screen string) bool { w.prompt = strings.TrimSpace(screen); return w.prompt != "" })
	w.types("sh console")
	w.press("Enter")
	w.until("both workspaces", func(screen string) bool {
		return strings.Count(screen, "✓ connected") == 2 && strings.Contains(screen, "? help")
	})
	return w
}

func (w *pane) tmux(args ...string) string {
	w.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", w.socket}, args...)...).CombinedOutput()
	if err != nil {
		w.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// press sends keys by their names, types letters.
func (w *pane) press(keys ...string) { w.t.Helper(); w.tmux(append([]string{"send-keys"}, keys...)...) }
func (w *pane) types(text string)    { w.t.Helper(); w.tmux("send-keys", "-l", text) }

func (w *pane) screen() string { w.t.Helper(); return w.tmux("capture-pane", "-p") }

// until waits until the screen is as it should be.
func (w *pane) until(what string, right func(screen string) bool) {
	w.t.Helper()
	hanging := time.After(patience)
	for {
		_, again := w.find(nil)
		screen := w.screen()
		if right(screen) {
			return
		}
		select {
		case <-again:
		case <-hanging:
			w.t.Fatalf("within %s the screen did not show %s:\n%s", patience, what, strings.TrimRight(screen, "\n"))
		}
	}
}

// shows waits until all texts are on the screen, lacks until one is not.
func (w *pane) shows(texts ...string) {
	w.t.Helper()
	w.until(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

func (w *pane) lacks(text string) {
	w.t.Helper()
	w.until("no "+text, func(screen string) bool { return !strings.Contains(screen, text) })
}

// starts starts the job of the selected row.
func (w *pane) starts() {
	w.t.Helper()
	w.press("r")
	w.shows("Start [dev ana] demo-feature-store")
	w.press("y")
}

// asks waits for the question of conflictHome, until it takes keys.
func (w *pane) asks() {
	w.t.Helper()
	w.shows("Overwrite "+questioned+" in medpag?", campaign)
	w.lacks("(in a moment)")
}

// isBack wants the terminal as the shell had it.
func (w *pane) isBack() {
	w.t.Helper()
	w.until("the shell", func(screen string) bool {
		return strings.HasSuffix(strings.TrimSpace(screen), "\n"+w.prompt) &&
			strings.TrimSpace(w.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}")) == "0 1"
	})
	w.types("stty -a | tr ' ' '\\n' | grep -x -e echo -e icanon -e isig | tr '\\n' ' '")
	w.press("Enter")
	w.shows("isig icanon echo")
}

func (w *pane) process() *os.Process {
	w.t.Helper()
	text, err := os.ReadFile(w.pid)
	if err != nil {
		w.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// The first five minutes of a user: nothing is there, the sample is made, both jobs are started, tables come, and are registered
// in the other workspace.
func TestTmuxStartsWithNothing(t *testing.T) {
	t.Parallel()
	h := emptyHome(t)
	h.configureJune()
	h.write("first-sample.json", `{"Customers": 4000, "Months": 36, "Seed": 3, "Last": "2026-04-01T00:00:00Z"}`) // a small one
	w := h.inTmux()
	w.shows("○ not run", "✓ nothing needs you")
	w.starts()
	w.shows("● running")
	w.press("Tab")
	w.starts()
	w.lacks("● running")
	w.shows("✓ success", "table registered")
	screen := w.screen()
	if strings.Contains(screen, "✗") {
		t.Errorf("something has failed:\n%s", screen)
	}
	w.press("q")
	w.isBack()
	for name := range owner {
		if v := h.table(name).version(); v != 0 {
			t.Errorf("%s is at version %d, want 0", name, v)
		}
	}
}

// configureJune makes builds end where those of the tests do.
func (h *home) configureJune(more ...string) {
	h.t.Helper()
	h.configure("[build]\nend_date = \"2026-06-01\"\n" + strings.Join(more, "\n"))
}

func TestTmuxAnswersAQuestion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		keys    []string
		timeout string
		yes     bool
		shows   string
	}{
		{"yes", []string{"y"}, "5m", true, "✓ success"},
		{"no", []string{"n"}, "5m", false, "refused"},
		{"enter and other keys are no answer, and time runs out", []string{"Enter", "x", "Space", "Y", "N"}, "3s", false, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := conflictHome(t)
			before := h.table(questioned).rows(1)
			h.configureJune("[save]", fmt.Sprintf("prompt_timeout = %q", c.timeout))
			w := h.inTmux()
			w.press("Tab")
			w.starts()
			w.asks()
			w.press(c.keys...)
			w.lacks("Overwrite " + questioned)
			w.lacks("● running")
			w.shows(c.shows)
			w.press("q")
			w.isBack()
			if c.yes {
				h.isOverwritten(2)
			} else {
				h.isWhole(before)
			}
			h.onlyDecision()
		})
	}
}

// A run that waits for an answer is cancelled; a repair of it asks again, and finishes what it began.
func TestTmuxCancelsAndRepairs(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	h.configureJune()
	w := h.inTmux()
	w.press("Tab")
	w.starts()
	w.asks()
	w.press("l")
	w.shows("1 question open")
	w.press("c")
	w.shows("Cancel run 2 of")
	w.press("y")
	w.shows("■ canceled", "the run was cancelled", "run ended: CANCELED")
	w.press("R")
	w.shows("Repair run 2 in medpag?", questioned)
	w.press("y")
	w.asks()
	w.press("y")
	w.lacks("■ canceled")
	w.lacks("● running")
	w.shows("repair 1")
	w.press("q")
	w.isBack()
	h.isOverwritten(2)
}

func TestTmuxRegistersByHandAndFiltersTheLog(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	w := h.inTmux()
	w.press("j")
	w.press("g")
	w.shows("table registered table=fs_cus_demographic")
	w.types(":logs")
	w.press("Enter")
	w.shows("table registered", "task ended")
	w.types("/table registered")
	w.press("Enter")
	w.lacks("task ended")
	w.shows("table registered table=fs_cus_demographic")
	w.press("C-y")
	w.shows("✓ copied the line")
	if copied := w.tmux("show-buffer"); !strings.Contains(copied, "table registered") {
		t.Errorf("the buffer of tmux has %q", copied)
	}
	w.press("q")
	w.isBack()
}

// What the form makes is what the command makes.
func TestTmuxMakesATrainingSet(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	labels, rows := labelsOf(h, "labels.csv")
	want, out := filepath.Join(h.dir, "want.csv"), filepath.Join(h.dir, "set.csv")
	h.featops("training-set", "--labels", labels, "--out", want).exits(0)
	w := h.inTmux()
	w.press("T")
	w.types(labels + "x")
	w.shows("✗ no such file or directory", "not while a value is wrong")
	w.press("BSpace", "Down")
	w.types(want)
	w.shows("--overwrite") // that it exists, and what to do, on lines that depend on its path
	for range len(want) {
		w.press("BSpace")
	}
	w.types(out)
	w.lacks("not while a value is wrong")
	w.press("Enter")
	w.shows(fmt.Sprintf("%d rows, 340 columns", len(rows)), "fs_cus_transactions", "has the attributes of today")
	w.press("q")
	w.isBack()
	if a, b := must(os.ReadFile(want)), must(os.ReadFile(out)); string(a) != string(b) {
		t.Error("the set differs from that of the command")
	}
}

// A second console beside the first has the work done by it: a start, an answer. When the first ends, it says so.
func TestTmuxBesideAnotherConsole(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	h.configureJune()
	first, second := h.inTmux(), h.inTmux()
	second.shows(fmt.Sprintf("featops %d on ", first.process().Pid), "does the work")
	second.press("Tab")
	second.starts()
	first.asks()
	second.asks()
	second.press("y")
	first.lacks("Overwrite " + questioned)
	second.lacks("Overwrite " + questioned)
	second.lacks("● running")
	second.shows("✓ success")
	if err := first.process().Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	first.isBack()
	second.shows("nobody does the work any more")
	second.press("r")
	second.shows("run job: nobody works here any more")
	second.press("q")
	second.isBack()
	h.isOverwritten(2)
	d := h.onlyDecision()
	d.ended(t, true, "user", d.Answer.Who, "applied", 2)
}

// Whatever sizes the window goes through, what is on it at the end is what its size has room for.
func TestTmuxSurvivesAStormOfSizes(t *testing.T) {
	t.Parallel()
	w := builtHome(t).inTmux()
	for i := range 40 {
		w.tmux("resize-window", "-x", strconv.Itoa(30+i*37%190), "-y", strconv.Itoa(5+i*23%60))
	}
	w.tmux("resize-window", "-x", "60", "-y", "20")
	w.shows("needs a terminal of at least 80×24; this one has")
	for _, size := range [][2]int{{80, 24}, {200, 60}, {120, 36}} {
		w.tmux("resize-window", "-x", strconv.Itoa(size[0]), "-y", strconv.Itoa(size[1]))
		w.until(fmt.Sprintf("a whole frame of %d×%d", size[0], size[1]), func(screen string) bool {
			lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
			return len(lines) == size[1] && strings.HasPrefix(lines[0], "featops · dev") && len([]rune(lines[0])) == size[0] &&
				strings.HasPrefix(lines[size[1]-1], "? help")
		})
	}
	w.press("q")
	w.isBack()
}

func TestTmuxGivesTheTerminalBack(t *testing.T) {
	t.Parallel()
	w := builtHome(t).inTmux()
	w.press("C-z")
	w.isBack()
	w.types("clear; fg")
	w.press("Enter")
	w.shows("bncapers", "? help")
	w.press("?")
	w.shows("row down")
	if err := w.process().Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.isBack()
	w.shows("stopped by signal: terminated")
}
