package main_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// refusedHome is a home of conflict in which run 2 of medpag has failed: its question was answered no.
func refusedHome(t *testing.T) *home {
	h := conflictHome(t)
	h.run("--workspace", "medpag", "--on-conflict", "reject").exits(3)
	return h
}

// repair calls the repair of run 2 of medpag, with JSON on standard output.
func (h *home) repair(args ...string) outcome {
	h.t.Helper()
	o := outcome{result: h.featops(append([]string{"repair", "2", "--workspace", "medpag", "--output", "json"}, args...)...)}
	if strings.HasPrefix(o.stdout, "{") {
		o.into(&o.summary)
	}
	return o
}

// watching is a watch that holds the home.
func (h *home) watching(args ...string) *process {
	h.t.Helper()
	p := begin(h.t, h.command(append([]string{"watch", "--output", "json"}, args...)...))
	h.t.Cleanup(func() { p.Process.Kill() }) // for a test that fails in between
	p.stdout.waitFor(`"kind":"polled"`)
	return p
}

func TestRepairRunsAgainWhatFailed(t *testing.T) {
	t.Parallel()
	h := refusedHome(t)
	h.repair("--on-conflict", "reject").exits(3)
	o := h.repair("--on-conflict", "accept")
	o.exits(0)
	h.isOverwritten(2)
	if got := o.task(questioned); got.Attempt != 2 || got.Run != 2 || got.Result != "SUCCESS" {
		t.Errorf("task %+v, want attempt 2 in run 2", got)
	}
	if got := o.task("fs_cus_holding_products"); got.Attempt != 0 {
		t.Errorf("a task that had succeeded ran again: %+v", got)
	}
	if len(o.Registrations) != 1 || o.Registrations[0].Table != questioned || o.Registrations[0].Version != 2 {
		t.Errorf("registrations %+v, want version 2 of the repaired table alone", o.Registrations)
	}
	if len(o.Decisions) != 1 || !o.Decisions[0].Answer.Yes {
		t.Errorf("decisions %+v", o.Decisions)
	}
	h.repair().exits(1).says("none of its tasks failed")
	h.featops("status").exits(0).prints("run 2 SUCCESS", "repair 2", "SUCCESS (attempt 2)")
	h.featops("runs").exits(0).prints("4 of 4 succeeded, 2 repairs")

	var runs []struct {
		Repairs []struct {
			ID    int
			Tasks []string
			By    string
		}
	}
	h.featops("runs", "--workspace", "medpag", "--limit", "1", "--output", "json").exits(0).into(&runs)
	if r := runs[0].Repairs; len(r) != 2 || r[1].ID != 2 || r[1].By == "" || strings.Join(r[1].Tasks, " ") != questioned+" feature_registry" {
		t.Errorf("repairs %+v", r)
	}
	// What was registered stays so: nothing is left to do.
	h.featops("watch", "--once").exits(0).prints("nothing to register")
}

func TestRepairOfOneTask(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	o := outcome{result: h.featops("repair", "1", "--workspace", "bncapers", "--task", "fs_cus_credit_risk", "--output", "json")}
	o.exits(0).into(&o.summary)
	if a, b := o.task("fs_cus_demographic").Attempt, o.task("fs_cus_credit_risk").Attempt; a != 0 || b != 1 {
		t.Errorf("attempts %d and %d, want 0 and 1", a, b)
	}
	if !o.task("fs_cus_credit_risk").UpToDate {
		t.Error("the parameters of the run were not kept: the table was built anew")
	}
}

func TestControlRefusesBadInput(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"repair"}, 2, "usage: featops repair RUN"},
		{[]string{"repair", "one"}, 2, `run "one": allowed is the number of a run`},
		{[]string{"repair", "0"}, 2, `run "0"`},
		{[]string{"repair", "1"}, 2, "run 1 is in bncapers ([dev ana] demo-feature-store, TERMINATED SUCCESS) and in medpag"},
		{[]string{"repair", "9"}, 2, "there is no run 9 in bncapers, medpag"},
		{[]string{"repair", "1", "--workspace", "elsewhere"}, 2, `workspace "elsewhere" is unknown`},
		{[]string{"repair", "1", "--workspace", "medpag", "--task", "fs_a"}, 2, `task "fs_a" is unknown`},
		{[]string{"cancel", "1"}, 2, "choose one with --workspace"},
		{[]string{"cancel", "1", "--workspace", "medpag"}, 1, "run 1 in medpag is not under way: it ended TERMINATED SUCCESS"},
		{[]string{"pause", "nothing"}, 2, `job "nothing" is unknown`},
		{[]string{"pause", "demo-feature-store", "--workspace", "medpag"}, 2, "has no schedule to pause or resume"},
	} {
		h.featops(c.args...).exits(c.code).says(c.says)
	}
}

func TestRepairIsHandedToWhoHoldsTheHome(t *testing.T) {
	t.Parallel()
	h := refusedHome(t)
	w := h.watching("--on-conflict", "accept")
	o := h.repair()
	o.exits(0)
	h.isOverwritten(2)
	if got := o.task(questioned); got.Attempt != 1 || got.Result != "SUCCESS" {
		t.Errorf("task %+v", got)
	}
	if len(o.Registrations) != 1 || o.Registrations[0].Version != 2 {
		t.Errorf("registrations %+v", o.Registrations)
	}
	contains(t, "the log of the holder", w.stderr.all(), "another process asks: repair run 2 in medpag", "repair started")
	h.repair().exits(1).says("none of its tasks failed")
	h.repair("--task", "fs_a").exits(2).says(`task "fs_a" is unknown`)
	w.signal(t, syscall.SIGTERM)
	finish(t, w).exits(130)
	h.featops("watch", "--once").exits(0).prints("nothing to register")
}

func TestCancelIsHandedToWhoExecutesTheRun(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	p := h.waitingRun()
	h.featops("cancel", "2", "--workspace", "medpag").exits(0).prints("run 2 of [dev ana] demo-feature-store in medpag: CANCELED the run was cancelled")
	o := outcome{result: finish(t, p)}
	o.exits(1).into(&o.summary)
	if got := o.task(questioned).Result; got != "CANCELED" {
		t.Errorf("the task ended %s", got)
	}
	h.isWhole(before)
	h.repair("--on-conflict", "accept").exits(0)
	h.isOverwritten(2)
}

func TestStoppingToWaitForARepairStopsOnlyThat(t *testing.T) {
	t.Parallel()
	h := refusedHome(t)
	w := h.watching("--on-conflict", "prompt")
	r := begin(t, h.command("repair", "2", "--workspace", "medpag"))
	w.stderr.waitFor("a question is open")
	r.stderr.waitFor("waiting for the end")
	r.signal(t, syscall.SIGINT)
	finish(t, r).exits(130).says("the process that holds the home goes on")
	h.featops("status").exits(0).prints("run 2 RUNNING")
	h.featops("cancel", "2", "--workspace", "medpag").exits(0)
}

func TestAHolderThatIsKilledLeavesARunToRepair(t *testing.T) {
	t.Parallel()
	h := refusedHome(t)
	w := h.watching("--on-conflict", "prompt")
	r := begin(t, h.command("repair", "2", "--workspace", "medpag"))
	w.stderr.waitFor("a question is open")
	r.stderr.waitFor("waiting for the end")
	if err := w.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	finish(t, w)
	finish(t, r).exits(1).says("has ended before it was done")
	h.featops("cancel", "2", "--workspace", "medpag").exits(1).says("nobody executes run 2 in medpag", "featops repair 2 --workspace medpag")

	o := h.repair("--on-conflict", "accept")
	o.exits(0).says("a run was under way when featops stopped: it has failed")
	h.isOverwritten(2)
	if got := o.task(questioned).Attempt; got != 2 {
		t.Errorf("attempt %d, want 2", got)
	}
}

// In another environment the home is held too, and nobody there does what is asked of this one.
func TestAHolderInAnotherEnvironmentTakesUpNothing(t *testing.T) {
	t.Parallel()
	h := refusedHome(t)
	h.watching("--env", "staging")
	h.repair().exits(1).says("did not take it up within 10s", "another environment than dev", "nothing was done")
}

func TestSchedulesArePausedAndResumed(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	const jobs = `[[workspace]]
name = "bncapers"
[[workspace.job]]
name = "nightly"
[workspace.job.schedule]
cron = "30 6 * * *"
timezone = "America/Guayaquil"
[[workspace.job.task]]
key = "fs_cus_credit_risk"
`
	h.configure(jobs)
	type schedule struct {
		Workspace, Job, Cron, Timezone string
		Paused                         bool
		Next                           string `json:"next_at"`
	}
	says := func(args ...string) schedule {
		t.Helper()
		var s schedule
		h.featops(append(args, "--output", "json")...).exits(0).into(&s)
		return s
	}
	h.featops("status").exits(0).prints(`schedule "30 6 * * *" in America/Guayaquil: next `, " 06:30 -05")
	if s := says("pause", "nightly"); !s.Paused || s.Next != "" || s.Job != "[dev ana] nightly" || s.Workspace != "bncapers" {
		t.Errorf("paused: %+v", s)
	}
	h.featops("status").exits(0).prints("America/Guayaquil: paused")
	h.featops("resume", "nightly").exits(0).prints(" 06:30 -05")

	// While another process holds the home, that one is told.
	w := h.watching()
	if s := says("pause", "nightly", "--workspace", "bncapers"); !s.Paused {
		t.Errorf("paused beside a watch: %+v", s)
	}
	contains(t, "the log of the holder", w.stderr.all(), "schedule paused")

	h.configure(strings.Replace(jobs, "30 6 * * *", "30 6 31 2 *", 1))
	h.featops("status").exits(2).says(filepath.Join("featops", "config.toml")+":6", "never comes")
}

func TestAFailedTaskIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	h.configure(`[[workspace]]
name = "bncapers"
[[workspace.job]]
name = "job"
[[workspace.job.task]]
key = "fs_cus_payment_behavior"
max_retries = 2
min_retry_interval = "10ms"
`)
	o := h.run("fs_cus_payment_behavior") // whose source is not here
	o.exits(1).says("task is tried again")
	if got := o.task("fs_cus_payment_behavior").Attempt; got != 2 {
		t.Errorf("the last attempt is %d, want 2", got)
	}
	h.featops("status").exits(0).prints(fmt.Sprintf("%s  FAILED (attempt 2)", "fs_cus_payment_behavior"))
}
