package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// waitingRun is a run that holds the home: it waits at a question for as long as the test likes.
func (h *home) waitingRun() *process {
	h.t.Helper()
	p := begin(h.t, h.command("run", "--output", "json", "--param", june, "--on-conflict", "prompt"))
	h.t.Cleanup(func() { p.Process.Kill() }) // for a test that fails in between
	p.stderr.waitFor("a question is open")
	return p
}

func TestSecondEngineSaysWhoHoldsTheHome(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	first := h.waitingRun()
	for _, args := range [][]string{
		{"run"}, {"watch", "--once"}, {"build", questioned}, {"register", questioned}, {"sample"},
		{"restore", questioned, "--version", "0"},
	} {
		r := h.featops(args...).exits(1).says(h.dir+" is in use by another featops", fmt.Sprintf("process %d", first.Process.Pid),
			"run --output json", "--home")
		if r.stdout != "" {
			t.Errorf("standard output: %q", r.stdout)
		}
	}

	// Who only looks is let in beside it, and sees what it is doing.
	var status struct {
		Workspaces []struct {
			Name string
			Jobs []struct {
				Runs []struct {
					Status struct {
						LifeCycle string `json:"life_cycle_state"`
					}
				}
			}
		}
	}
	h.featops("status", "--output", "json").exits(0).into(&status)
	if got := status.Workspaces[1].Jobs[0].Runs[0].Status.LifeCycle; got != "RUNNING" {
		t.Errorf("the run of medpag is %s, want RUNNING", got)
	}
	h.featops("status").exits(0).prints("medpag", "RUNNING")
	h.featops("runs").exits(0).prints("RUNNING")
	h.featops("features", campaign).exits(0).prints(campaign, "undefined")
	h.featops("describe", questioned).exits(0).prints("version 1", campaign)
	h.featops("history", questioned).exits(0).prints("MERGE")
	h.featops("decisions").exits(0).prints("save fs_cus_transactions in medpag: open")
	h.featops("logs", "--grep", "question is open").exits(0).prints("a question is open")
	h.featops("diff", questioned, "--param", june).exits(0).prints("missing column  "+campaign, "3 values in "+campaign)
	if open := h.decisions(); len(open) != 1 || open[0].Answer != nil || open[0].Settlement != nil {
		t.Errorf("looking at it changed the open question: %+v", open)
	}

	first.signal(t, syscall.SIGTERM)
	finish(t, first).exits(130)
	h.featops("status").exits(0)
	h.run("--on-conflict", "accept").exits(0)
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestInterruptedRunIsRecordedAndTheNextOneCompletes(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	p := h.waitingRun()
	p.signal(t, syscall.SIGINT)
	o := outcome{result: finish(t, p)}
	o.exits(130).into(&o.summary)
	if o.Status != "interrupted" {
		t.Errorf("status %s, want interrupted", o.Status)
	}

	type run struct {
		ID        int64
		Workspace string
		Status    struct {
			LifeCycle string `json:"life_cycle_state"`
			Result    string `json:"result_state"`
		}
		Tasks []struct {
			Key    string
			Status struct {
				LifeCycle string `json:"life_cycle_state"`
				Result    string `json:"result_state"`
			}
		}
	}
	var runs []run
	h.featops("runs", "--workspace", "medpag", "--limit", "1", "--output", "json").exits(0).into(&runs)
	r := runs[0]
	if r.ID != 2 || r.Status.LifeCycle != "TERMINATED" || r.Status.Result != "CANCELED" {
		t.Errorf("the run is recorded as %+v, want run 2 CANCELED", r)
	}
	for _, task := range r.Tasks {
		if task.Key == questioned && task.Status.Result != "CANCELED" {
			t.Errorf("task %+v, want CANCELED", task)
		}
		if task.Key == "feature_registry" && !strings.HasSuffix(task.Status.Result, "CANCELED") {
			t.Errorf("task %+v, want one that never ran", task)
		}
	}
	for _, name := range featureTables {
		if h.table(name).snapshot(); name != questioned && h.table(name).version() != 0 {
			t.Errorf("%s is at version %d, want 0", name, h.table(name).version())
		}
	}
	leftovers(t, h)

	again := h.run("--on-conflict", "accept")
	again.exits(0)
	h.isOverwritten(2)
	if got := again.task(questioned); got.Run != 3 {
		t.Errorf("the next run is %d, want 3", got.Run)
	}
	h.featops("runs", "--workspace", "medpag").exits(0).prints("CANCELED", "SUCCESS")
}

// leftovers wants no staged files that no table has adopted.
func leftovers(t *testing.T, h *home) {
	t.Helper()
	for _, name := range featureTables {
		s := h.table(name).snapshot()
		adopted := map[string]bool{}
		for v := range s.Version + 1 {
			old, err := h.table(name).SnapshotAt(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range old.Files {
				adopted[f.Path] = true
			}
		}
		files, err := filepath.Glob(filepath.Join(h.table(name).Path(), "*.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !adopted[filepath.Base(f)] {
				t.Errorf("%s has a file that no version names: %s", name, filepath.Base(f))
			}
		}
	}
}

// A process that was killed could record nothing. The next engine does, and completes the work.
func TestKilledRunIsRecordedByTheNextEngine(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	p := h.waitingRun()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	finish(t, p)
	h.isWhole(before)
	o := h.run("--on-conflict", "accept")
	o.exits(0).says("a run was under way when featops stopped: it has failed")
	h.isOverwritten(2)
	h.featops("runs", "--workspace", "medpag").exits(0).prints("FAILED", "SUCCESS")
	all := h.decisions()
	if len(all) != 2 || all[0].Settlement == nil || all[0].Settlement.Outcome == "applied" {
		t.Errorf("decisions %+v, want one that the stop closed and one applied", all)
	}
}

// What cannot be stopped, such as a read from a pipe to which nobody writes, ends with the second signal.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	pipe := filepath.Join(h.dir, "mapping.toml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := begin(t, h.command("ingest", "clientes", "clientes.csv", "--mapping", pipe))
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits until the program reads it
	if err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGINT)
	p.signal(t, syscall.SIGTERM)
	finish(t, p).exits(130)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if v := h.table("clientes").version(); v != 0 {
		t.Errorf("the source is at version %d, want 0", v)
	}
}

func TestWatchGoesOnUntilItIsStopped(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	h.run("--no-register").exits(0)
	p := begin(t, h.command("watch", "--output", "json"))
	for range featureTables {
		p.stdout.waitFor(`"kind":"table_registered"`)
	}
	p.signal(t, syscall.SIGINT)
	r := finish(t, p).exits(130)
	kinds, last := map[string]int{}, int64(0)
	lines(t, r, func(e struct {
		Seq          int64
		Kind         string
		Registration registration
	}) {
		kinds[e.Kind]++
		if e.Seq <= last {
			t.Errorf("event %d comes after event %d", e.Seq, last)
		}
		last = e.Seq
	})
	if kinds["table_registered"] != len(featureTables) || kinds["polled"] < 2 {
		t.Errorf("events %v, want %d registrations, and both workspaces polled", kinds, len(featureTables))
	}
	if strings.Contains(r.stderr, "ERROR") {
		t.Errorf("that somebody stops it is no error:\n%s", r.stderr)
	}
}
