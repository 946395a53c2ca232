// The tests of this package call the built program the way a user or a cron job does, and look at what it
// leaves: exit code, standard output and error, tables, history, records. Each test has a home of its own.
package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// program is the built binary. sample and built are homes for tests to copy: one with source data of 60
// customers over 8 months, one in which the main job has run on it.
var program, sample, built string

// patience is how long anything may take before a test calls it hanging. Nothing waits that long otherwise.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	// Whatever started the tests may ignore hang-ups, as nohup does; what the tests start does not inherit that then.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	code, err := withProgram(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withProgram(tests func() int) (code int, err error) {
	dir, err := os.MkdirTemp("", "featops-test-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, sample, built = filepath.Join(dir, "featops"), filepath.Join(dir, "sample"), filepath.Join(dir, "built")
	compile := exec.Command("go", "build", "-o", program, ".")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build featops: %w\n%s", err, out)
	}
	if err := prepare(sample, "sample", "--customers", "60", "--months", "8", "--seed", "3", "--until", "2026-04"); err != nil {
		return 1, err
	}
	if err := os.CopyFS(built, os.DirFS(sample)); err != nil {
		return 1, err
	}
	if err := prepare(built, "run", "--param", june); err != nil {
		return 1, err
	}
	return tests(), nil
}

// prepare calls the program for a home that tests will copy.
func prepare(home string, args ...string) error {
	c := exec.Command(program, append([]string{"--home", home}, args...)...)
	c.Env = environment(home)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("featops %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// environment is all that the program sees of the machine: nothing of who runs the tests.
func environment(home string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TERM=xterm-256color", "TZ=UTC", "FEATOPS_USER=ana@example.com",
		"XDG_CONFIG_HOME=" + filepath.Join(home, "xdg-config"), "XDG_DATA_HOME=" + filepath.Join(home, "xdg-data"),
	}
}

// home is a home directory and how the program is called on it.
type home struct {
	t   *testing.T
	dir string
	env []string // over the environment
}

// emptyHome is a home in which nothing has happened.
func emptyHome(t *testing.T) *home { return &home{t: t, dir: t.TempDir()} }

// sampleHome is a home with the small sample and no feature tables.
func sampleHome(t *testing.T) *home { return copyHome(t, sample) }

// builtHome is a home with the small sample, in which the main job has run once. It has been moved since:
// the places that are registered are those of before.
func builtHome(t *testing.T) *home { return copyHome(t, built) }

func copyHome(t *testing.T, from string) *home {
	t.Helper()
	h := emptyHome(t)
	if err := os.CopyFS(h.dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return h
}

// configure writes the home's configuration file.
func (h *home) configure(text string) {
	h.t.Helper()
	h.write(filepath.Join("xdg-config", "featops", "config.toml"), text)
}

// write makes a file below the home and returns its path.
func (h *home) write(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h *home) command(args ...string) *exec.Cmd {
	c := exec.Command(program, append([]string{"--home", h.dir}, args...)...)
	c.Env = append(environment(h.dir), h.env...)
	c.Dir = h.dir
	return c
}

// result is what a call of the program left behind.
type result struct {
	t              *testing.T
	what           string
	code           int
	stdout, stderr string
}

// featops calls the program without a terminal and waits for its end.
func (h *home) featops(args ...string) result {
	h.t.Helper()
	return finish(h.t, begin(h.t, h.command(args...)))
}

// process is a call of the program under way.
type process struct {
	*exec.Cmd
	stdout, stderr transcript
}

func begin(t *testing.T, c *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: c}
	p.stdout.t, p.stderr.t = t, t
	c.Stdout, c.Stderr = &p.stdout, &p.stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func finish(t *testing.T, p *process) result {
	t.Helper()
	hanging := time.AfterFunc(patience, func() { p.Process.Kill() })
	err := p.Wait()
	if !hanging.Stop() {
		t.Fatalf("%s did not end within %s; standard error:\n%s", p, patience, p.stderr.all())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{t, strings.Join(p.Args[1:], " "), p.ProcessState.ExitCode(), p.stdout.all(), p.stderr.all()}
}

// exits says which exit code is right.
func (r result) exits(code int) result {
	r.t.Helper()
	if r.code != code {
		r.t.Fatalf("featops %s: exit code %d, want %d\n--- stdout\n%s--- stderr\n%s", r.what, r.code, code, r.stdout, r.stderr)
	}
	return r
}

// says wants texts on standard error.
func (r result) says(texts ...string) result {
	r.t.Helper()
	contains(r.t, "standard error of featops "+r.what, r.stderr, texts...)
	return r
}

// prints wants texts on standard output.
func (r result) prints(texts ...string) result {
	r.t.Helper()
	contains(r.t, "standard output of featops "+r.what, r.stdout, texts...)
	return r
}

// is wants standard output to be a text, but for the empty line before it.
func (r result) is(want string) result {
	r.t.Helper()
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), r.stdout); diff != "" {
		r.t.Errorf("standard output of featops %s (-want +got):\n%s", r.what, diff)
	}
	return r
}

func contains(t *testing.T, what, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

// into decodes standard output, which must be one JSON value and nothing else.
func (r result) into(v any) result {
	r.t.Helper()
	d := json.NewDecoder(strings.NewReader(r.stdout))
	if err := d.Decode(v); err != nil {
		r.t.Fatalf("featops %s: standard output is no JSON: %v\n%s--- stderr\n%s", r.what, err, r.stdout, r.stderr)
	}
	if d.More() {
		r.t.Errorf("featops %s: more than one JSON value on standard output:\n%s", r.what, r.stdout)
	}
	return r
}

// The JSON of docs/json.md, as far as the tests look at it.
type (
	summary struct {
		Status        string         `json:"status"`
		Started       time.Time      `json:"started_at"`
		Ended         time.Time      `json:"ended_at"`
		Tasks         []task         `json:"tasks"`
		Registrations []registration `json:"registrations"`
		Decisions     []decision     `json:"decisions"`
		Errors        []string       `json:"errors"`
	}
	task struct {
		Workspace string  `json:"workspace"`
		Job       string  `json:"job"`
		Run       int64   `json:"run_id"`
		Task      string  `json:"task"`
		Attempt   int     `json:"attempt"`
		Table     string  `json:"table"`
		LifeCycle string  `json:"life_cycle_state"`
		Result    string  `json:"result_state"`
		Message   string  `json:"state_message"`
		UpToDate  bool    `json:"up_to_date"`
		Refused   bool    `json:"refused"`
		Rows      int64   `json:"rows"`
		Version   int64   `json:"version"`
		Seconds   float64 `json:"seconds"`
		Warnings  []warning
	}
	warning      struct{ Source, Check, Message string }
	registration struct {
		Table, From, To string
		Version         int64
		Status, Detail  string
	}
	decision struct {
		Question struct {
			ID, Subject, Workspace, Table string
			Version                       int64
			Difference                    difference
			Loss                          struct {
				Rows    int64
				Columns []columnLoss
			}
			RegisteredIn []string  `json:"registered_in"`
			Asked        time.Time `json:"asked_at"`
			Deadline     time.Time
		}
		Answer *struct {
			Yes     bool
			By, Who string
			After   time.Duration
		}
		Settlement *struct {
			Outcome string
			Version int64
			Detail  string
		}
	}
	difference struct {
		New, Missing     []struct{ Name, Type string }
		Widened, Changed []struct{ Column, Expected, Found string }
	}
	columnLoss struct {
		Column string
		Values int64
	}
)

// june is the month until which the tests build: a run must not depend on today.
const june = "end_date=2026-06-01"

// outcome is a call of run with its summary.
type outcome struct {
	result
	summary
}

// run calls the main job, with JSON on standard output.
func (h *home) run(args ...string) outcome {
	h.t.Helper()
	o := outcome{result: h.featops(append([]string{"run", "--output", "json", "--param", june}, args...)...)}
	if o.code == 2 {
		return o // nothing has started: there is no summary
	}
	o.into(&o.summary)
	return o
}

// task is the one task of a key in the summary.
func (o outcome) task(key string) task {
	o.t.Helper()
	i := slices.IndexFunc(o.Tasks, func(t task) bool { return t.Task == key })
	if i < 0 {
		o.t.Fatalf("the summary has no task %s: %+v", key, o.Tasks)
	}
	return o.Tasks[i]
}

// decisions lists what was asked and answered, the oldest first.
func (h *home) decisions() []decision {
	h.t.Helper()
	var d []decision
	h.featops("decisions", "--output", "json").exits(0).into(&d)
	slices.Reverse(d)
	return d
}

// The program is built by a process of its own, whose sources Go's cache of test results does not know. What a
// test looks at it knows: so a change anywhere in the sources makes these tests run anew.
func TestResultsAreNotOlderThanTheSources(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, e os.DirEntry, err error) error {
		switch ext := filepath.Ext(path); {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == ".git":
			return filepath.SkipDir
		case ext == ".go" || ext == ".mod" || ext == ".sum" || ext == ".toml":
			seen++
			_, err := os.Stat(path)
			return err
		}
		return nil
	})
	if err != nil || seen < 100 {
		t.Errorf("%d sources, %v: the root of the module is not where it was", seen, err)
	}
}
