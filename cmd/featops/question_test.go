package main_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// questioned is the table that the tests of this file ask about, and campaign a column that the next build
// does not have.
const (
	questioned = "fs_cus_transactions"
	campaign   = "ctrx_campaign"
)

// conflictHome is a built home in which somebody has given a table a column of three values and a row of
// a customer that the sources do not know, in version 1.
func conflictHome(t *testing.T) *home {
	h := builtHome(t)
	features := h.table(questioned)
	known := features.firstKeys(2)
	features.merge(campaign,
		fmt.Sprintf(`{"pk_customer": %s, "tpk_release_dt": %q, %q: "spring"}`, known[0][0], known[0][1], campaign),
		fmt.Sprintf(`{"pk_customer": %s, "tpk_release_dt": %q, %q: "spring"}`, known[1][0], known[1][1], campaign),
		fmt.Sprintf(`{"pk_customer": 424242, "tpk_release_dt": "2026-01-01", %q: "autumn"}`, campaign),
	)
	if v := features.version(); v != 1 {
		t.Fatalf("the table with the column is version %d, want 1", v)
	}
	return h
}

// isWhole wants the table of conflictHome untouched.
func (h *home) isWhole(before map[string]string) {
	h.t.Helper()
	features := h.table(questioned)
	if v := features.version(); v != 1 {
		h.t.Errorf("the table is at version %d, want 1", v)
	}
	if diff := cmp.Diff(before, features.rows(features.version())); diff != "" {
		h.t.Errorf("rows changed (-before +after):\n%s", diff)
	}
}

// isOverwritten wants the table as the first build made it: without the column and the strange row.
func (h *home) isOverwritten(version int64) {
	h.t.Helper()
	features := h.table(questioned)
	if v := features.version(); v != version {
		h.t.Errorf("the table is at version %d, want %d", v, version)
	}
	if diff := cmp.Diff(features.rows(0), features.rows(version)); diff != "" {
		h.t.Errorf("rows are not as in version 0 (-want +got):\n%s", diff)
	}
}

// onlyDecision is the one question that came up, checked for what it asked and showed.
func (h *home) onlyDecision() decision {
	h.t.Helper()
	all := h.decisions()
	if len(all) != 1 {
		h.t.Fatalf("%d decisions, want 1: %+v", len(all), all)
	}
	d := all[0]
	h.asksAboutCampaign(d, 1)
	return d
}

func (h *home) asksAboutCampaign(d decision, version int64) {
	h.t.Helper()
	q := d.Question
	if q.Subject != "save" || q.Workspace != "medpag" || q.Table != questioned || q.Version != version || q.ID == "" {
		h.t.Errorf("question %+v", q)
	}
	if len(q.Difference.Missing) != 1 || q.Difference.Missing[0].Name != campaign || len(q.Difference.Changed) != 0 {
		h.t.Errorf("difference %+v, want %s missing", q.Difference, campaign)
	}
	if q.Loss.Rows != 1 || len(q.Loss.Columns) != 1 || q.Loss.Columns[0] != (columnLoss{campaign, 3}) {
		h.t.Errorf("loss %+v, want 1 row and 3 values of %s", q.Loss, campaign)
	}
	if diff := cmp.Diff([]string{"bncapers"}, q.RegisteredIn); diff != "" {
		h.t.Errorf("registered in (-want +got):\n%s", diff)
	}
}

// ended wants how a question was answered and what became of it.
func (d decision) ended(t *testing.T, yes bool, by, who, outcome string, version int64) {
	t.Helper()
	if a := d.Answer; a == nil || a.Yes != yes || a.By != by || a.Who != who {
		t.Errorf("answer %+v, want %v by %s %s", d.Answer, yes, by, who)
	}
	if s := d.Settlement; s == nil || s.Outcome != outcome || s.Version != version {
		t.Errorf("settlement %+v, want %s, version %d", d.Settlement, outcome, version)
	}
}

func TestPolicyRejectLeavesTheTableAlone(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	for _, args := range [][]string{nil, {"--on-conflict", "reject"}} {
		o := h.run(args...)
		o.exits(3)
		if got := o.task(questioned); o.Status != "refused" || !got.Refused || got.Result != "FAILED" || got.Version != 1 {
			t.Errorf("status %s, task %+v, want refused", o.Status, got)
		}
		contains(t, "the message", o.task(questioned).Message, "refused by policy reject", campaign)
		h.isWhole(before)
		if len(o.Decisions) != 1 {
			t.Fatalf("decisions %+v, want one", o.Decisions)
		}
		h.asksAboutCampaign(o.Decisions[0], 1)
		o.Decisions[0].ended(t, false, "policy", "reject", "refused", 1)
	}
	h.featops("decisions").exits(0).prints("save fs_cus_transactions in medpag: no by policy reject", "refused, version 1 → 1",
		"missing column  "+campaign, "3 values in "+campaign, "1 row not in the new data")
}

func TestPolicyAcceptOverwritesAndRestoreUndoesIt(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	o := h.run("--on-conflict", "accept")
	o.exits(0)
	h.isOverwritten(2)
	h.onlyDecision().ended(t, true, "policy", "accept", "applied", 2)
	if got := o.task(questioned); got.Version != 2 || got.Rows != int64(len(before)-1) {
		t.Errorf("task %+v", got)
	}

	var history []struct {
		Version   int64
		Operation string
		Metrics   map[string]string
		By        string
	}
	h.featops("history", questioned, "--output", "json").exits(0).into(&history)
	if len(history) != 3 || history[0].Version != 2 || history[0].Operation != "WRITE" || !strings.HasPrefix(history[0].By, "featops") {
		t.Errorf("history %+v, want three versions, the newest a WRITE by featops", history)
	}

	var commit struct{ Version int64 }
	h.featops("restore", questioned, "--version", "1", "--output", "json").exits(0).into(&commit)
	if commit.Version != 3 || h.table(questioned).version() != 3 {
		t.Errorf("restored as version %d, want 3", commit.Version)
	}
	if diff := cmp.Diff(before, h.table(questioned).rows(3)); diff != "" {
		t.Errorf("restored rows (-want +got):\n%s", diff)
	}
	h.featops("history", questioned).exits(0).prints("RESTORE")
}

func TestRegistrationThatWouldLoseColumnsAsksToo(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	h.featops("register", questioned).exits(0)
	h.run("--on-conflict", "accept", "--no-register").exits(0)

	h.featops("register", questioned, "--on-conflict", "reject").exits(3).says(campaign)
	var known struct {
		Workspaces []struct {
			Name          string
			Registrations []struct {
				Name    string
				Version int64
			}
		}
	}
	registered := func() int64 {
		h.featops("status", "--output", "json").exits(0).into(&known)
		for _, w := range known.Workspaces {
			for _, r := range w.Registrations {
				if r.Name == questioned {
					return r.Version
				}
			}
		}
		t.Fatalf("%s is not registered: %+v", questioned, known)
		return 0
	}
	if v := registered(); v != 1 {
		t.Errorf("version %d is registered, want 1 as before", v)
	}
	h.featops("register", questioned, "--on-conflict", "accept").exits(0).prints("registered")
	if v := registered(); v != 2 {
		t.Errorf("version %d is registered, want 2", v)
	}
	all := h.decisions()
	if len(all) != 3 {
		t.Fatalf("%d decisions, want a save and two registrations: %+v", len(all), all)
	}
	for i, want := range []string{"refused", "applied"} {
		if q := all[i+1].Question; q.Subject != "register" || q.Workspace != "bncapers" || all[i+1].Settlement.Outcome != want {
			t.Errorf("decision %+v, want a registration %s", all[i+1], want)
		}
	}
}

func TestOmitAndForceAskNobody(t *testing.T) {
	t.Parallel()
	t.Run("omit_data_validation_errors keeps the column", func(t *testing.T) {
		t.Parallel()
		h := conflictHome(t)
		before := h.table(questioned).rows(1)
		o := h.run("--param", "omit_data_validation_errors=true")
		o.exits(0).says("columns differ from the table's", campaign)
		after := h.table(questioned)
		if diff := cmp.Diff(before, after.rows(after.version())); diff != "" {
			t.Errorf("rows (-before +after):\n%s", diff)
		}
		if d := h.decisions(); len(d) != 0 {
			t.Errorf("decisions %+v, want none", d)
		}
	})
	t.Run("force_overwrite with overwriteSchema replaces the table", func(t *testing.T) {
		t.Parallel()
		h := conflictHome(t)
		h.run(questioned, "--param", "force_overwrite=True", "--param", "overwriteSchema=true").exits(0)
		h.isOverwritten(2)
		if d := h.decisions(); len(d) != 0 {
			t.Errorf("decisions %+v, want none", d)
		}
	})
	t.Run("force_overwrite with omit_data_validation_errors replaces the rows and keeps the column", func(t *testing.T) {
		t.Parallel()
		h := conflictHome(t)
		h.run(questioned, "--param", "force_overwrite=true", "--param", "omit_data_validation_errors=true").exits(0)
		s := h.table(questioned).snapshot()
		if !s.Metadata.Schema.HasField(campaign) {
			t.Errorf("%s is gone: %v", campaign, s.Metadata.Schema)
		}
		if values, err := s.NonNull(t.Context(), []string{campaign}); err != nil || s.Version != 2 || values[campaign] != 0 {
			t.Errorf("version %d has %d values in %s (%v), want version 2 without any", s.Version, values[campaign], campaign, err)
		}
	})
	t.Run("force_overwrite alone asks about the schema", func(t *testing.T) {
		t.Parallel()
		h := conflictHome(t)
		before := h.table(questioned).rows(1)
		h.run(questioned, "--param", "force_overwrite=true").exits(3)
		h.isWhole(before)
		h.onlyDecision().ended(t, false, "policy", "reject", "refused", 1)
	})
}

func TestPromptTellsTheLossAndTakesYes(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	s := h.onTerminal("run", "--param", june)
	s.waitFor("fs_cus_transactions in medpag, version 1: the new data lacks columns")
	s.waitFor("missing column  " + campaign)
	s.waitFor("Yes overwrites the whole table and loses")
	s.waitFor("3 values in " + campaign)
	s.waitFor("It is registered in bncapers.")
	s.waitFor("Overwrite fs_cus_transactions? y or n, then Enter. No in 5:00")
	s.press("y\n")
	s.waitFor("success in")
	s.exits(0)
	h.isOverwritten(2)
	d := h.onlyDecision()
	d.ended(t, true, "user", d.Answer.Who, "applied", 2)
	if d.Answer.Who == "" || d.Question.Deadline.Sub(d.Question.Asked) != 5*time.Minute {
		t.Errorf("answered by %q, asked for %s", d.Answer.Who, d.Question.Deadline.Sub(d.Question.Asked))
	}
}

func TestPromptTakesNo(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	s := h.onTerminal("build", questioned, "--param", june)
	s.waitFor("y or n, then Enter")
	s.press("No\n")
	s.waitFor("refused by user")
	s.exits(3)
	h.isWhole(before)
	d := h.onlyDecision()
	d.ended(t, false, "user", d.Answer.Who, "refused", 1)
}

func TestPromptWithoutAnswerTimesOut(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	o := h.run(questioned, "--on-conflict", "prompt", "--prompt-timeout", "300ms") // nobody is there to answer
	o.exits(3)
	h.isWhole(before)
	d := h.onlyDecision()
	d.ended(t, false, "timeout", "", "refused", 1)
	if d.Answer.After < 300*time.Millisecond {
		t.Errorf("it waited %s, want 300ms or more", d.Answer.After)
	}
}

func TestInvalidKeysNeitherAnswerNorRestartTheClock(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	s := h.onTerminal("build", questioned, "--param", june, "--prompt-timeout", "2s")
	s.waitFor("y or n, then Enter")
	const invalid, timeout = "is no answer: type y or n", "refused by timeout"
	pressed := 0
	for keys := []string{"x", "", "yn", " yess "}; ; pressed++ {
		s.press(keys[pressed%len(keys)] + "\n")
		if s.waitFor(invalid, timeout) == timeout {
			break // otherwise a key was pressed all the time
		}
	}
	s.exits(3)
	contains(t, "the terminal", s.all(), `"x" `+invalid, `"" `+invalid, `"yn" `+invalid)
	h.isWhole(before)
	d := h.onlyDecision()
	d.ended(t, false, "timeout", "", "refused", 1)
	if got := d.Question.Deadline.Sub(d.Question.Asked); got != 2*time.Second {
		t.Errorf("the question was open for %s, want 2s", got)
	}
	if d.Answer.After < 2*time.Second || d.Answer.After > 4*time.Second {
		t.Errorf("it timed out after %s, want 2s", d.Answer.After)
	}
}

func TestSeveralQuestionsAreAskedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	const other = "fs_cus_credit_risk"
	known := h.table(other).firstKeys(1)[0]
	h.table(other).merge(campaign, fmt.Sprintf(`{"pk_customer": %s, "tpk_release_dt": %q, %q: "spring"}`, known[0], known[1], campaign))
	s := h.onTerminal("run", "--param", june)
	questions := map[string]string{"\n" + questioned + " in medpag, version 1: ": "y\n", "\n" + other + " in bncapers, version 1: ": "n\n"}
	first := s.waitFor(slices.Collect(maps.Keys(questions))...)
	s.waitFor("(1 more)")
	s.press(questions[first])
	delete(questions, first)
	second := s.waitFor(slices.Collect(maps.Keys(questions))...)
	s.waitFor("y or n, then Enter")
	s.press(questions[second])
	s.waitFor("refused in")
	s.exits(3)
	h.isOverwritten(2)
	if v := h.table(other).version(); v != 1 {
		t.Errorf("%s is at version %d, want 1", other, v)
	}
}

func TestTableThatChangesWhileTheQuestionIsOpenIsAskedAboutAnew(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	s := h.onTerminal("build", questioned, "--param", june)
	s.waitFor("fs_cus_transactions in medpag, version 1")
	s.waitFor("3 values in " + campaign)
	s.waitFor("y or n, then Enter")
	h.table(questioned).merge(campaign, fmt.Sprintf(`{"pk_customer": 424243, "tpk_release_dt": "2026-01-01", %q: "winter"}`, campaign))
	s.press("y\n")
	s.waitFor("fs_cus_transactions in medpag, version 2")
	s.waitFor("2 rows not in the new data")
	s.waitFor("4 values in " + campaign)
	s.waitFor("y or n, then Enter")
	s.press("y\n")
	s.waitFor("written: version 3")
	s.exits(0)
	h.isOverwritten(3)
	all := h.decisions()
	if len(all) != 2 {
		t.Fatalf("%d decisions, want 2: %+v", len(all), all)
	}
	all[0].ended(t, true, "user", all[0].Answer.Who, "void", 2)
	all[1].ended(t, true, "user", all[1].Answer.Who, "applied", 3)
}

func TestWhatIsTypedBeforeAQuestionDoesNotAnswerIt(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	s := h.onTerminal("build", questioned, "--param", june, "--prompt-timeout", "500ms")
	s.press("y\n") // the program has only just started
	s.waitFor("refused by timeout")
	s.exits(3)
	h.isWhole(before)
}

func TestCtrlCAtAQuestionEndsTheProgram(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	s := h.onTerminal("run", "--param", june)
	s.waitFor("y or n, then Enter")
	s.press("\x03")
	s.waitFor("interrupted in")
	s.exits(130)
	h.isWhole(before)
	h.featops("runs", "--workspace", "medpag").exits(0).prints("CANCELED")
}

func TestQuestionThatIsOpenWhenTheProgramStopsChangesNothing(t *testing.T) {
	t.Parallel()
	h := conflictHome(t)
	before := h.table(questioned).rows(1)
	p := begin(t, h.command("run", "--output", "json", "--param", june, "--on-conflict", "prompt"))
	p.stderr.waitFor("a question is open")
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	o := outcome{result: finish(t, p)}
	o.exits(130).into(&o.summary)
	if got := o.task(questioned); o.Status != "interrupted" || got.Result != "CANCELED" {
		t.Errorf("status %s, task %+v, want interrupted and CANCELED", o.Status, got)
	}
	h.isWhole(before)

	h.run("--on-conflict", "accept").exits(0)
	h.isOverwritten(2)
	all := h.decisions()
	if len(all) != 2 {
		t.Fatalf("%d decisions, want 2: %+v", len(all), all)
	}
	if all[0].Answer != nil && all[0].Answer.Yes || all[0].Settlement == nil || all[0].Settlement.Outcome == "applied" {
		t.Errorf("the question nobody answered: %+v", all[0])
	}
	all[1].ended(t, true, "policy", "accept", "applied", 2)
}
