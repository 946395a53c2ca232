package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"featops/workspaces"
)

// An engine that only looks shows what the one that works in the home has asked, while it is open.
func TestAnEngineThatOnlyLooksShowsTheOpenQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, setup{policy: Prompt, timeout: 5 * time.Minute})
		looks := &Engine{
			config: h.config, readOnly: true, log: h.log, now: time.Now, published: make(chan struct{}),
			journal: h.journal, gate: &gate{}, // the same file, as another process would read it
		}
		look := func(want int, kinds ...Kind) {
			t.Helper()
			events := looks.Subscribe()
			defer events.Close()
			looks.update(func() {})
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
