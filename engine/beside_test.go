package engine

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"featops/engine/journal"
	"featops/workspaces"
)

// An engine that only looks shows what the one that works in the home has asked, while it is open.
func TestAnEngineThatOnlyLooksShowsTheOpenQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: 5 * time.Minute})
		startHouse(t, h)
		looks := h.looking(t)
		look := func(want int, kinds ...Kind) {
			t.Helper()
			events := looks.Subscribe()
			defer events.Close()
			if err := looks.lookBeside(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if got := looks.Snapshot().Questions; len(got) != want {
				t.Fatalf("questions %+v, want %d", got, want)
			}
			var got []Kind
			for _, e := range events.Take() {
				got = append(got, e.Kind)
			}
			if len(got) != len(kinds) || len(got) == 1 && got[0] != kinds[0] {
				t.Errorf("events %v, want %v", got, kinds)
			}
		}
		look(0)
		answers := ask(t, h)
		look(1, QuestionAsked)
		look(1)
		if q := looks.Snapshot().Questions[0]; q.Table != aQuestion.Table || q.Loss.Rows != 2 || !q.Deadline.Equal(time.Now().Add(5*time.Minute)) {
			t.Errorf("question %+v", q)
		}
		if by := looks.Snapshot().Holder; by == nil || by.PID != os.Getpid() {
			t.Errorf("the work is done by %+v", by)
		}
		if _, err := looks.Do(t.Context(), AnswerQuestion{Question: looks.Snapshot().Questions[0].ID, Yes: true}); err == nil {
			t.Error("it could answer")
		}
		time.Sleep(5 * time.Minute) // the bubble's clock, not the wall's
		if a := <-answers; a.By != workspaces.ByTimeout {
			t.Errorf("answer %+v", a)
		}
		look(0, QuestionClosed)
	})
}

// With the process that asked gone, nobody waits for an answer, whatever the journal has.
func TestAQuestionOfAProcessThatIsGoneIsNotOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: time.Hour})
		l, err := lock(h.config.Home, h.now())
		if err != nil {
			t.Fatal(err)
		}
		ask(t, h)
		looks := h.looking(t)
		for _, held := range []bool{true, false} {
			if !held {
				l.Close()
			}
			if err := looks.lookBeside(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			if s := looks.Snapshot(); (s.Holder != nil) != held || (len(s.Questions) == 1) != held {
				t.Errorf("held %v: by %v, questions %v", held, s.Holder, s.Questions)
			}
		}
		if _, err := h.Do(t.Context(), AnswerQuestion{Question: h.Snapshot().Questions[0].ID}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	})
}

func TestABuildBesideIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		startHouse(t, h)
		id, err := h.journal.StartBuild(t.Context(), "bncapers", "fs_cus_demographic", nil, h.now())
		if err != nil {
			t.Fatal(err)
		}
		looks := h.looking(t)
		shown := func() []BuildState {
			if err := looks.lookBeside(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			return looks.Snapshot().Builds
		}
		if b := shown(); len(b) != 1 || b[0].Table != "fs_cus_demographic" || b[0].Workspace != "bncapers" || b[0].Started.IsZero() {
			t.Errorf("builds %+v", b)
		}
		if err := h.journal.EndBuild(t.Context(), id, workspaces.Build{Table: "fs_cus_demographic"}, nil, h.now()); err != nil {
			t.Fatal(err)
		}
		if b := shown(); len(b) != 0 {
			t.Errorf("builds %+v", b)
		}
	})
}

// looking is an engine that only looks beside the one of the house, as another process would.
func (h *house) looking(t *testing.T) *Engine {
	e := h.asking(t)
	e.journal, e.gate = h.journal, &gate{} // the same file
	e.update(func() {})
	return e
}

func TestCommandsAreCarriedOutByTheProcessThatHoldsTheHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{silent: true})
		h.bncapers.jobs[0].Schedule = &workspaces.Schedule{Cron: "0 6 * * *", Timezone: "UTC"}
		h.bncapers.build("fs_cus_demographic", 3)
		startHouse(t, h)
		beside := Beside{h.looking(t)}
		job := h.bncapers.jobs[0].ID

		reply, err := beside.Do(t.Context(), StartRun{Workspace: "bncapers", Job: job, Only: []string{"fs_cus_demographic"}})
		if err != nil || reply.Run != 1 {
			t.Fatalf("start: %+v, %v", reply, err)
		}
		if _, err := beside.Do(t.Context(), CancelRun{Workspace: "bncapers", Run: 1}); err != nil || h.bncapers.runs[0].Status.Result != workspaces.Canceled {
			t.Errorf("cancel: %v, %v", h.bncapers.runs[0].Status, err)
		}
		reply, err = beside.Do(t.Context(), RepairRun{Workspace: "bncapers", Run: 1, Who: "ana"})
		if err != nil || reply.Repair != 1 || reply.Summary != nil || h.bncapers.runs[0].Status.Ended() {
			t.Errorf("repair: %+v, %v: the reply comes when it has begun", reply, err)
		}
		if _, err := beside.Do(t.Context(), PauseJob{Workspace: "bncapers", Job: job, Paused: true}); err != nil || !h.bncapers.jobs[0].Schedule.Paused {
			t.Errorf("pause: %v", err)
		}
		events := beside.Subscribe()
		defer events.Close()
		reply, err = beside.Do(t.Context(), RegisterTables{Tables: []string{"fs_cus_demographic"}, To: []string{"medpag"}})
		if err != nil || len(reply.Registrations) != 1 || reply.Registrations[0].Version != 3 || h.medpag.registrations["fs_cus_demographic"].Version != 3 {
			t.Errorf("register: %+v, %v", reply.Registrations, err)
		}
		if !slices.ContainsFunc(events.Take(), func(e Event) bool { return e.Kind == TableRegistered && e.Registration.To == "medpag" }) {
			t.Error("no event tells of the registration")
		}
		for _, c := range []Command{
			BuildTable{Table: "fs_cus_demographic", Parameters: map[string]string{"end_date": "2026-06-01"}},
			RestoreTable{Table: "fs_cus_demographic", Version: 2},
		} {
			if _, err := beside.Do(t.Context(), c); err == nil || !strings.Contains(err.Error(), errNotFaked.Error()) {
				t.Errorf("%T: %v, want the error of the other", c, err)
			}
		}
		var invalid *InvalidError
		if _, err := beside.Do(t.Context(), RegisterTables{Tables: []string{"fs_cus_demographic"}, To: []string{"bncapers"}}); !errors.As(err, &invalid) {
			t.Errorf("error %v", err)
		}
		h.bncapers.mu.Lock()
		h.bncapers.end(1, workspaces.Success)
		h.bncapers.mu.Unlock()
	})
}

func TestAnAnswerIsHandedOver(t *testing.T) {
	for _, yes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, setup{policy: Prompt, timeout: 5 * time.Minute})
			startHouse(t, h)
			answers := ask(t, h)
			beside := Beside{h.looking(t)}
			if err := beside.lookBeside(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			if _, err := beside.Do(t.Context(), AnswerQuestion{Question: "another", Yes: true, Who: "eve"}); err == nil || !strings.Contains(err.Error(), ErrNotOpen.Error()) {
				t.Errorf("another question was answered: %v", err)
			}
			if _, err := beside.Do(t.Context(), AnswerQuestion{Question: beside.Snapshot().Questions[0].ID, Yes: yes, Who: "eve"}); err != nil {
				t.Fatal(err)
			}
			if a := <-answers; a.Yes != yes || a.By != workspaces.ByUser || a.Who != "eve" {
				t.Errorf("answer %+v", a)
			}
			if n := len(beside.Snapshot().Questions); n != 0 {
				t.Errorf("%d questions are still shown as open", n)
			}
		})
	}
}

// The holder looks for requests twice a second: an answer given just before the deadline can reach it just after.
func TestAnAnswerThatArrivesAtTheDeadlineIsTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: 5*time.Minute - 100*time.Millisecond})
		startHouse(t, h)
		synctest.Wait()
		answers := ask(t, h)
		id := h.Snapshot().Questions[0].ID
		time.Sleep(5*time.Minute - 200*time.Millisecond)
		_, err := Beside{h.looking(t)}.Do(t.Context(), AnswerQuestion{Question: id, Yes: true})
		if err == nil || !strings.Contains(err.Error(), "too late") {
			t.Errorf("error %v", err)
		}
		if a := <-answers; a.Yes || a.By != workspaces.ByTimeout {
			t.Errorf("answer %+v", a)
		}
	})
}

// Nothing is lost without a word, whenever the process that holds the home ends.
func TestAHolderThatEndsBetween(t *testing.T) {
	for name, c := range map[string]struct {
		taken, replaced bool // before the holder ends, and by another one
		says            string
	}{
		"before it took it up":                   {false, false, "nobody took it up, nothing was done"},
		"after it took it up":                    {true, false, "has ended before it was done"},
		"before it took it up, and another came": {false, true, "has ended before it was done"},
		"after it took it up, and another came":  {true, true, "has ended before it was done"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, setup{})
				l, err := lock(h.config.Home, h.now()) // which serves nobody by itself
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					time.Sleep(time.Second)
					if c.taken {
						if _, err := h.journal.TakeRequests(t.Context(), time.Time{}, h.now()); err != nil {
							t.Error(err)
						}
					}
					time.Sleep(time.Second / 4)
					l.Close()
					if c.replaced {
						next, err := lock(h.config.Home, h.now())
						if err != nil {
							t.Error(err)
						}
						t.Cleanup(func() { next.Close() })
						j, err := journal.Open(t.Context(), h.plan().JournalFile(), journal.Options{})
						if err = errors.Join(err, j.Close()); err != nil {
							t.Error(err)
						}
					}
				}()
				_, err = Beside{h.looking(t)}.Do(t.Context(), CancelRun{Workspace: "bncapers", Run: 7})
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("error %v, want %q", err, c.says)
				}
			})
		})
	}
}

func TestWhoLeavesBeforeItWasTakenUpTakesItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{})
		l, err := lock(h.config.Home, h.now())
		if err != nil {
			t.Fatal(err)
		}
		h.Engine.lock = l // it serves nobody
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = Beside{h.looking(t)}.Do(ctx, CancelRun{Workspace: "bncapers", Run: 7})
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nothing was done") {
			t.Errorf("error %v", err)
		}
		if left, err := h.journal.TakeRequests(t.Context(), time.Time{}, h.now()); err != nil || len(left) != 0 {
			t.Errorf("left %v, %v", left, err)
		}
	})
}
