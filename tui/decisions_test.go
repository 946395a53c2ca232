package tui

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/journal"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

// decided is a few past decisions, the newest first.
func decided() []journal.Decision {
	decision := func(id string, ago time.Duration, change func(d *journal.Decision)) journal.Decision {
		q := question(id)
		q.Asked = noon.Add(-ago)
		q.Deadline = q.Asked.Add(5 * time.Minute)
		q.Job, q.Run, q.Task = "[dev ana] demo-feature-store", 12, "fs_cus_credit_risk"
		d := journal.Decision{Question: q,
			Answer:     &workspaces.Answer{Question: id, Yes: true, By: workspaces.ByUser, Who: "ana", At: q.Asked.Add(65 * time.Second), After: 65 * time.Second},
			Settlement: &workspaces.Settlement{Outcome: workspaces.Applied, Version: 13}, Settled: q.Asked.Add(70 * time.Second)}
		if change != nil {
			change(&d)
		}
		return d
	}
	return []journal.Decision{
		decision("5", time.Minute, func(d *journal.Decision) { d.Settlement, d.Settled = nil, time.Time{} }),
		decision("4", time.Hour, nil),
		decision("3", 26*time.Hour, func(d *journal.Decision) {
			d.Answer = &workspaces.Answer{Question: "3", By: workspaces.ByTimeout, At: d.Question.Deadline, After: 5 * time.Minute}
			d.Settlement = &workspaces.Settlement{Outcome: workspaces.Refused, Version: 12}
		}),
		decision("2", 50*time.Hour, func(d *journal.Decision) {
			d.Question.Subject, d.Question.Workspace, d.Question.Table, d.Question.Loss.Rows = workspaces.RegisterTable, "medpag", "fs_cus_demographic", 0
			d.Answer = &workspaces.Answer{Question: "2", By: workspaces.ByPolicy, Who: "reject", At: d.Question.Asked}
			d.Settlement = &workspaces.Settlement{Outcome: workspaces.Refused, Version: 12}
		}),
		decision("1", 99*time.Hour, func(d *journal.Decision) {
			d.Question.Run, d.Question.Job, d.Question.Task = 0, "", ""
			d.Answer = nil
			d.Settlement = &workspaces.Settlement{Outcome: workspaces.Void, Version: 12, Detail: "featops stopped while the question was open"}
		}),
	}
}

func overwritten() []workspaces.Commit {
	var out []workspaces.Commit
	for v := int64(14); v >= 11; v-- {
		out = append(out, workspaces.Commit{Version: v, Time: noon.Add(time.Duration(v-14) * time.Hour), Operation: map[bool]string{true: "OVERWRITE", false: "MERGE"}[v == 13]})
	}
	return out
}

// deciding is a console on the screen of the decisions.
func deciding(t testing.TB, w, h int, s *engine.Snapshot, past []journal.Decision, keys ...string) *console {
	t.Helper()
	c := open(t, s, w, h)
	c.engine.decided, c.engine.history = past, overwritten()
	c.wait(time.Second)
	for range s.Questions {
		c.keys("l")
		c.wait(time.Second)
	}
	c.keys("decisions!")
	c.keys(keys...)
	return c
}

func manyDecided() []journal.Decision {
	var out []journal.Decision
	for range 20 {
		for _, d := range decided() {
			d.Question.ID = fmt.Sprint(len(out))
			out = append(out, d)
		}
	}
	return out
}

// decisionStates are those of the screen of decisions and of one decision.
func decisionStates() []state {
	at := func(s *engine.Snapshot, past []journal.Decision, keys ...string) func(*testing.T, int, int) *console {
		return func(t *testing.T, w, h int) *console { return deciding(t, w, h, s, past, keys...) }
	}
	return []state{
		{"decisions_none", at(idle(), nil)},
		{"decisions_open", at(asking(question("a"), question("b")), decided(), "down")},
		{"decisions_many", at(asking(question("a")), manyDecided(), "tab", "o", "O", "/", "refused", "enter", "down", " ")},
		{"decisions_detail", at(idle(), decided(), "down", "enter")},
		{"decisions_undo", at(idle(), decided(), "down", "enter", "u")},
	}
}

func TestAQuestionThatWasPutOffIsAnsweredFromTheDecisions(t *testing.T) {
	c := deciding(t, 120, 36, asking(question("a"), question("b"), question("c")), nil)
	c.wantSeen(t, true, "3, enter answers")
	c.wantSeen(t, true, "04:56 left")
	c.keys("down", "enter")
	c.wantSeen(t, true, "Overwrite fs_cus_credit_risk in bncapers? ")
	c.keys("y")
	c.wantCommands(t)
	c.wait(grace)
	c.keys("y")
	c.wantCommands(t, yes("b"))
	c.wantSeen(t, false, "Overwrite fs_cus_credit_risk in bncapers? ")
	c.show(asking(question("a"), question("c")))
	c.wantSeen(t, true, "2, enter answers")
	c.keys("enter")
	c.wait(grace)
	c.keys("n")
	c.wantCommands(t, yes("b"), no("c"))
}

func TestAClosedQuestionGoesToThePastOnes(t *testing.T) {
	c := deciding(t, 120, 36, asking(question("5")), decided()[1:])
	c.wantSeen(t, true, "1 of 4")
	c.engine.decided = decided()
	c.show(asking(), engine.Event{Kind: engine.QuestionClosed})
	c.wantSeen(t, true, "No question is open.")
	c.wantSeen(t, true, "● under way")
	c.engine.decided = decided()
	c.engine.decided[0].Settlement = &workspaces.Settlement{Outcome: workspaces.Broken, Version: 12}
	c.show(asking(), engine.Event{Kind: engine.Polled})
	c.wantSeen(t, false, "✗ failed")
	c.show(asking(), engine.Event{Kind: engine.TableBuilt})
	c.wantSeen(t, true, "✗ failed")
}

func TestPastDecisionsAreFilteredAndSorted(t *testing.T) {
	c := deciding(t, 200, 60, idle(), decided(), "/", "timeout", "enter")
	c.wantSeen(t, true, "1 of 1 · filter timeout hides 4")
	c.keys("backspace", "o", "home", "enter")
	c.wantSeen(t, true, "featops stopped while the question was open") // the oldest
}

func TestADecisionIsUndone(t *testing.T) {
	c := deciding(t, 120, 36, idle(), decided(), "down", "enter", "u")
	c.wantSeen(t, true, "Restore fs_cus_credit_risk in bncapers to version 12?")
	c.wantSeen(t, true, "Registrations do not follow by themselves")
	c.keys("enter", "n")
	c.wantCommands(t)
	c.keys("u", "y")
	c.wantCommands(t, engine.RestoreTable{Table: "fs_cus_credit_risk", Version: 12})
}

func TestWhatCannotBeUndoneSaysWhy(t *testing.T) {
	for row, want := range map[int]string{0: "nothing was changed", 2: "nothing was changed", 3: "a registration has no versions to go back to", 4: "nothing was changed"} {
		c := deciding(t, 120, 36, idle(), decided())
		for range row {
			c.keys("down")
		}
		c.keys("enter", "u")
		c.wantSeen(t, true, "! restore the version before: "+want)
	}
	c := deciding(t, 120, 36, idle(), decided(), "down", "enter")
	c.engine.history = overwritten()[2:]
	c.show(idle(), engine.Event{Kind: engine.TableRestored, Table: "fs_cus_credit_risk"})
	c.keys("u")
	c.wantSeen(t, true, "! restore the version before: the table is at version 12")
}

func TestADecisionLeadsToItsTableRunAndLines(t *testing.T) {
	past := decided()
	c := deciding(t, 120, 36, underWay(), past, "down", "enter", "t")
	c.wantSeen(t, true, "! there is no table fs_cus_credit_risk")
	built := underWay()
	built.Workspaces[0].Tables = append(built.Workspaces[0].Tables, table("bncapers", "fs_cus_credit_risk", 1, 14))
	c = deciding(t, 120, 36, built, past, "down", "enter", "t")
	c.wantSeen(t, true, "› decision about fs_cus_credit_risk › ")
	c.wantSeen(t, true, "OVERWRITE")
	c.keys("esc")
	c.wantSeen(t, true, "versions of the table")
	c = deciding(t, 120, 36, built, past, "down", "down", "down", "enter", "t") // a registration in medpag
	c.wantSeen(t, true, "› decision about fs_cus_demographic › ")
	c = deciding(t, 120, 36, underWay(), past, "down", "enter", "enter")
	c.wantSeen(t, true, "overview › run 12 of bncapers")
	c.wantSeen(t, true, "▸ fs_cus_credit_risk")
	c = deciding(t, 120, 36, underWay(), past, "down", "enter", "L")
	c.wantSeen(t, true, "log · workspace bncapers · table fs_cus_credit_risk")
	c = deciding(t, 120, 36, underWay(), past, "end", "enter", "enter")
	c.wantSeen(t, true, "! show the run: no run raised the question")
}

func TestADecisionIsExportedAndCopied(t *testing.T) {
	home := t.TempDir()
	var out strings.Builder
	c := deciding(t, 120, 36, idle(), decided(), "down", "enter")
	c.options.Home, c.options.Terminal = home, &out
	c.keys("ctrl+e", "ctrl+y")
	text, err := os.ReadFile(filepath.Join(home, "exports", "decision-20261123T120001.csv"))
	if err != nil {
		t.Fatal(err)
	}
	want := `CHANGE,COLUMN,BEFORE,AFTER,VALUES LOST
missing,chr_bureau_score_sum,INT,,192340
missing,chr_rating_num,INT,,192341
changed,chr_total_banking_debt_sum,DOUBLE,INT,191002
widened,chr_credits_cnt,INT,BIGINT,
new,chr_ind_high_risk,,BOOLEAN,
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	encoded := strings.TrimSuffix(strings.TrimPrefix(out.String(), "\x1b]52;c;"), "\a")
	copied, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"save of fs_cus_credit_risk in bncapers", "yes by user ana after 1m05s", "12 → 13"} {
		if !strings.Contains(string(copied), want) {
			t.Errorf("%q was not copied", want)
		}
	}
}

func TestDecisionsThatCannotBeReadSayWhy(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.engine.err = errors.New("journal: disk I/O error")
	c.keys("decisions!")
	c.wantSeen(t, true, "✗ the decisions: journal: disk I/O error")
}
