package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"featops/engine/journal"
	"featops/features/schema"
	"featops/workspaces"
)

var aQuestion = workspaces.Question{
	Subject: workspaces.SaveTable, Workspace: "bncapers", Table: "fs_cus_demographic", Version: 4,
	Difference: schema.Difference{Missing: schema.Schema{{Name: "cdmg_city", Type: schema.String}}},
	Loss:       workspaces.Loss{Rows: 2, Columns: []workspaces.ColumnLoss{{Column: "cdmg_city", Values: 9}}},
}

// ask puts the question in the background and waits until it is open.
func ask(t *testing.T, h *house) <-chan workspaces.Answer {
	t.Helper()
	answers := make(chan workspaces.Answer, 1)
	go func() {
		a, err := h.gate.Decide(t.Context(), aQuestion)
		if err != nil {
			t.Error(err)
		}
		answers <- a
	}()
	synctest.Wait()
	if n := len(h.Snapshot().Questions); n != 1 {
		t.Fatalf("%d questions are open, want 1", n)
	}
	return answers
}

func recorded(t *testing.T, h *house) journal.Decision {
	t.Helper()
	decisions, err := h.journal.Decisions(t.Context(), 0, time.Time{})
	if err != nil || len(decisions) != 1 {
		t.Fatalf("decisions %v, %v; want one", decisions, err)
	}
	return decisions[0]
}

func TestAPersonAnswersYesOrNo(t *testing.T) {
	for _, yes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, setup{policy: Prompt, timeout: 5 * time.Minute})
			answers := ask(t, h)
			time.Sleep(90 * time.Second) // the bubble's clock, not the wall's
			id := h.Snapshot().Questions[0].ID
			if _, err := h.Do(t.Context(), AnswerQuestion{Question: id, Yes: yes, Who: "ana"}); err != nil {
				t.Fatal(err)
			}
			a := <-answers
			if a.Yes != yes || a.By != workspaces.ByUser || a.Who != "ana" || a.After != 90*time.Second {
				t.Errorf("answer %+v", a)
			}
			synctest.Wait()
			if d := recorded(t, h); d.Answer == nil || d.Answer.Yes != yes || d.Question.Loss.Rows != 2 {
				t.Errorf("recorded %+v", d)
			}
			if n := len(h.Snapshot().Questions); n != 0 {
				t.Errorf("%d questions are still open", n)
			}
		})
	}
}

func TestAQuestionNobodyAnswersIsRefusedAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: 5 * time.Minute})
		answers := ask(t, h)
		time.Sleep(5*time.Minute - time.Second)
		synctest.Wait()
		select {
		case a := <-answers:
			t.Fatalf("answered early: %+v", a)
		default:
		}
		time.Sleep(time.Second)
		if a := <-answers; a.Yes || a.By != workspaces.ByTimeout || a.After != 5*time.Minute {
			t.Errorf("answer %+v", a)
		}
	})
}

// In the reference each invalid key restarted the clock.
func TestDefectAWrongAnswerDoesNotRestartTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: 5 * time.Minute})
		answers := ask(t, h)
		time.Sleep(4 * time.Minute)
		if _, err := h.Do(t.Context(), AnswerQuestion{Question: "another", Yes: true}); !errors.Is(err, ErrNotOpen) {
			t.Errorf("got %v, want ErrNotOpen", err)
		}
		time.Sleep(time.Minute)
		if a := <-answers; a.By != workspaces.ByTimeout || a.After != 5*time.Minute {
			t.Errorf("answer %+v", a)
		}
	})
}

func TestWithNobodyAtTheConsoleThePolicyAnswers(t *testing.T) {
	for policy, yes := range map[Policy]bool{Reject: false, Accept: true} {
		h := open(t, setup{policy: policy})
		a, err := h.gate.Decide(t.Context(), aQuestion)
		if err != nil || a.Yes != yes || a.By != workspaces.ByPolicy || a.Who != string(policy) {
			t.Errorf("%s: %+v, %v", policy, a, err)
		}
		if d := recorded(t, h); d.Answer == nil || d.Answer.By != workspaces.ByPolicy {
			t.Errorf("%s: recorded %+v", policy, d)
		}
	}
}

func TestAQuestionIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: time.Minute})
		answers := ask(t, h)
		id := h.Snapshot().Questions[0].ID
		if _, err := h.Do(t.Context(), AnswerQuestion{Question: id}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Do(t.Context(), AnswerQuestion{Question: id, Yes: true}); !errors.Is(err, ErrNotOpen) {
			t.Errorf("the second answer: %v, want ErrNotOpen", err)
		}
		if a := <-answers; a.Yes {
			t.Error("the second answer counted")
		}
	})
}

func TestACancelledBuildLeavesItsQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := h.gate.Decide(ctx, aQuestion)
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if n := len(h.gate.questions()); n != 0 {
			t.Errorf("%d questions are still open", n)
		}
		if d := recorded(t, h); d.Answer != nil || d.Settlement == nil || d.Settlement.Outcome != workspaces.Void {
			t.Errorf("recorded %+v", d)
		}
	})
}

func TestAQuestionNamesTheWorkspacesThatSeeTheTable(t *testing.T) {
	h := open(t, setup{policy: Reject})
	h.bncapers.build("fs_cus_demographic", 1)
	if _, err := h.Do(t.Context(), RegisterTables{Tables: []string{"fs_cus_demographic"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Do(t.Context(), Poll{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.gate.Decide(t.Context(), aQuestion); err != nil {
		t.Fatal(err)
	}
	if in := recorded(t, h).Question.RegisteredIn; len(in) != 1 || in[0] != "medpag" {
		t.Errorf("registered in %v, want medpag", in)
	}
}
