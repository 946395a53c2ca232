package journal

import (
	"encoding/json"
	"testing"
	"time"
)

func TestARequestIsTakenUpOnceAndRepliedTo(t *testing.T) {
	holder := open(t, inTemp(t), Options{})
	asker := open(t, holder.path, Options{Beside: true})
	before, err := holder.Written(t.Context())
	must(t, err)
	id, err := asker.Ask(t.Context(), json.RawMessage(`{"cancel_run":{}}`), noon)
	must(t, err)
	if now, err := holder.Written(t.Context()); err != nil || now == before {
		t.Errorf("the holder does not notice it: %d, %v", now, err)
	}
	taken, err := holder.TakeRequests(t.Context(), after(-time.Minute), after(time.Second))
	must(t, err)
	if len(taken) != 1 || taken[0].ID != id || string(taken[0].Command) != `{"cancel_run":{}}` || !taken[0].Asked.Equal(noon) {
		t.Errorf("taken %+v", taken)
	}
	if again, err := holder.TakeRequests(t.Context(), after(-time.Minute), after(time.Second)); err != nil || len(again) != 0 {
		t.Errorf("taken again: %+v, %v", again, err)
	}
	if withdrawn, err := asker.Withdraw(t.Context(), id); err != nil || withdrawn {
		t.Errorf("withdrawn while it is carried out: %v, %v", withdrawn, err)
	}
	must(t, asker.PutAway(t.Context(), id))
	if _, err := asker.Request(t.Context(), id); err != nil {
		t.Errorf("put away without a reply: %v", err)
	}
	must(t, holder.ReplyTo(t.Context(), id, json.RawMessage(`{"error":"no"}`)))
	r, err := asker.Request(t.Context(), id)
	if err != nil || string(r.Reply) != `{"error":"no"}` || !r.Taken.Equal(after(time.Second)) {
		t.Errorf("request %+v, %v", r, err)
	}
	if withdrawn, err := asker.Withdraw(t.Context(), id); err != nil || withdrawn {
		t.Errorf("withdrawn after the reply: %v, %v", withdrawn, err)
	}
	must(t, asker.PutAway(t.Context(), id))
	_, err = asker.Request(t.Context(), id)
	wantErr(t, "a request that is gone", err, ErrUnknown)
}

// What somebody once asked for, and gave up on, does not happen later by surprise.
func TestAnOldRequestIsForgotten(t *testing.T) {
	holder := open(t, inTemp(t), Options{})
	asker := open(t, holder.path, Options{Beside: true})
	ask := func() int64 {
		id, err := asker.Ask(t.Context(), json.RawMessage(`{}`), noon)
		must(t, err)
		return id
	}
	late := ask()
	if taken, err := holder.TakeRequests(t.Context(), after(time.Second), after(time.Minute)); err != nil || len(taken) != 0 {
		t.Errorf("taken %+v, %v", taken, err)
	}
	_, err := asker.Request(t.Context(), late)
	wantErr(t, "a request that came too late", err, ErrUnknown)

	crashed := ask()
	holder = reopen(t, holder)
	if taken, err := holder.TakeRequests(t.Context(), after(-time.Hour), noon); err != nil || len(taken) != 0 {
		t.Errorf("the next process took up %+v, %v", taken, err)
	}
	_, err = asker.Request(t.Context(), crashed)
	wantErr(t, "a request to a holder that is gone", err, ErrUnknown)
}

func TestWhoAsksNeedsAJournalOfTheSameLayout(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	if _, err := j.db.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), j.path, Options{Beside: true}); err == nil {
		t.Error("a journal of another featops is written to")
	}
	if _, err := Open(t.Context(), inTemp(t), Options{Beside: true}); err == nil {
		t.Error("a journal was made")
	}
}
