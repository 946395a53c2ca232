package journal

import (
	"strings"
	"testing"
	"time"

	"featops/workspaces"
)

func want(t *testing.T, j *Journal, k RegistrationKey, at time.Time) (RegistrationRecord, bool) {
	t.Helper()
	r, created, err := j.Want(t.Context(), k, at)
	must(t, err)
	return r, created
}

func TestWorkIsWantedOnce(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	pending := RegistrationRecord{RegistrationKey: aKey, State: Pending, Version: workspaces.NoTable, Created: noon, Updated: noon}
	r, created := want(t, j, aKey, noon)
	same(t, "wanted", r, pending)
	again, createdAgain := want(t, j, aKey, after(time.Hour))
	same(t, "wanted again", again, pending)
	if !created || createdAgain {
		t.Errorf("created %v, then %v; want true, then false", created, createdAgain)
	}
}

func TestEveryPartOfAKeyCounts(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	keys := []RegistrationKey{aKey}
	for _, change := range []func(*RegistrationKey){
		func(k *RegistrationKey) { k.From = "x" }, func(k *RegistrationKey) { k.Run = 1 << 60 },
		func(k *RegistrationKey) { k.Task = "x" }, func(k *RegistrationKey) { k.Attempt = 1 },
		func(k *RegistrationKey) { k.Table = "x" }, func(k *RegistrationKey) { k.To = "x" },
	} {
		k := aKey
		change(&k)
		keys = append(keys, k)
	}
	for _, k := range keys {
		if _, created := want(t, j, k, noon); !created {
			t.Errorf("%v was taken for another", k)
		}
	}
	must(t, j.Finish(t.Context(), aKey, Registered, 3, "", noon))
	pending := contents(t, t.Context(), j).Pending
	if len(pending) != len(keys)-1 {
		t.Fatalf("%d are pending, want %d", len(pending), len(keys)-1)
	}
	for i, r := range pending {
		same(t, "pending, in the order wanted", r.RegistrationKey, keys[i+1])
	}
}

func TestHowARegistrationMayEnd(t *testing.T) {
	for _, c := range []struct {
		before State // Pending is as wanted, empty is never wanted
		end    State
		want   error
	}{
		{Pending, Registered, nil}, {Pending, Unchanged, nil}, {Pending, Refused, nil}, {Pending, Failed, nil},
		{Failed, Registered, nil}, {Failed, Unchanged, nil}, {Failed, Refused, nil}, {Failed, Failed, nil},
		{Registered, Registered, ErrRecorded}, {Registered, Failed, ErrRecorded},
		{Unchanged, Registered, ErrRecorded}, {Refused, Registered, ErrRecorded},
		{"", Registered, ErrUnknown},
	} {
		j := open(t, inTemp(t), Options{})
		if c.before != "" {
			want(t, j, aKey, noon)
		}
		if c.before != "" && c.before != Pending {
			must(t, j.Finish(t.Context(), aKey, c.before, 3, "before", after(time.Minute)))
		}
		before := contents(t, t.Context(), j).Registrations
		err := j.Finish(t.Context(), aKey, c.end, 4, "why", after(time.Hour))
		what := string(c.before) + " → " + string(c.end)
		wantErr(t, what, err, c.want)
		ended := before
		if c.want == nil {
			ended = []RegistrationRecord{{
				RegistrationKey: aKey, State: c.end, Version: 4, Detail: "why", Created: noon, Updated: after(time.Hour),
			}}
		}
		same(t, what, contents(t, t.Context(), j).Registrations, ended)
		if c.want == nil {
			r, created := want(t, j, aKey, after(2*time.Hour))
			same(t, what+", wanted again", r, ended[0])
			if created {
				t.Errorf("%s: wanting it again made it new", what)
			}
		}
	}
}

func TestWhatIsNoEndIsRefused(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	want(t, j, aKey, noon)
	for _, s := range []State{Pending, "", "done"} {
		if err := j.Finish(t.Context(), aKey, s, 0, "", noon); err == nil || !strings.Contains(err.Error(), "registered unchanged refused failed") {
			t.Errorf("%q: error %v does not say what is allowed", s, err)
		}
	}
}

func TestRegistrationsAreSelectedNewestFirst(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	a := RegistrationKey{From: "bncapers", Run: 1, Task: "a", Table: "a", To: "medpag"}
	b := RegistrationKey{From: "bncapers", Run: 2, Task: "b", Table: "b", To: "medpag"}
	c := RegistrationKey{From: "medpag", Run: 1, Task: "c", Table: "c", To: "bncapers"}
	manual := RegistrationKey{From: "medpag", Task: "manual", Attempt: 1772000000000000000, Table: "c", To: "bncapers"}
	for _, k := range []RegistrationKey{a, b, c, manual} {
		want(t, j, k, noon)
	}
	for _, s := range []struct {
		filter RegistrationFilter
		want   []RegistrationKey
	}{
		{RegistrationFilter{}, []RegistrationKey{manual, c, b, a}},
		{RegistrationFilter{Limit: 2}, []RegistrationKey{manual, c}},
		{RegistrationFilter{Table: "c"}, []RegistrationKey{manual, c}},
		{RegistrationFilter{From: "bncapers"}, []RegistrationKey{b, a}},
		{RegistrationFilter{To: "bncapers"}, []RegistrationKey{manual, c}},
		{RegistrationFilter{Run: 1}, []RegistrationKey{c, a}},
		{RegistrationFilter{Table: "a", From: "bncapers", To: "medpag", Run: 1, Limit: 1}, []RegistrationKey{a}},
		{RegistrationFilter{Table: "A"}, nil},
		{RegistrationFilter{From: "bncapers", To: "bncapers"}, nil},
	} {
		found, err := j.Registrations(t.Context(), s.filter)
		must(t, err)
		var got []RegistrationKey
		for _, r := range found {
			got = append(got, r.RegistrationKey)
		}
		same(t, strings.TrimSpace(s.filter.Table+" "+s.filter.From), got, s.want)
	}
}
