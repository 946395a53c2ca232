package journal

import (
	"testing"
	"time"

	"featops/features/schema"
	"featops/workspaces"
)

func ask(t *testing.T, j *Journal, id string, at time.Time) {
	t.Helper()
	must(t, j.Asked(t.Context(), workspaces.Question{ID: id, Version: 3, Asked: at}))
}

func ids(decisions []Decision) (out []string) {
	for _, d := range decisions {
		out = append(out, d.Question.ID)
	}
	return out
}

func TestADecisionIsGivenBackWhole(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	d := Decision{
		Question: workspaces.Question{
			ID: "q1", Subject: workspaces.RegisterTable, Workspace: "medpag", Table: "fs_cus_credit_risk", Version: 3,
			Difference: schema.Difference{
				New:     schema.Schema{{Name: "chr_a", Type: schema.Double}},
				Missing: schema.Schema{{Name: "chr_b", Type: schema.Int}},
				Changed: []schema.TypeChange{{Column: "chr_ñ", Expected: schema.Int, Found: schema.String}},
			},
			Loss:         workspaces.Loss{Rows: 1 << 60, Columns: []workspaces.ColumnLoss{{Column: "chr_b", Values: 1<<60 + 1}}},
			RegisteredIn: []string{"bncapers"},
			Asked:        noon, Deadline: after(5 * time.Minute),
		},
		Answer: &workspaces.Answer{
			Question: "q1", Yes: true, By: workspaces.ByUser, Who: "ana", At: after(time.Minute + 1), After: time.Minute + 1,
		},
		Settlement: &workspaces.Settlement{Outcome: workspaces.Applied, Version: 4, Detail: "whole table"},
		Settled:    after(time.Minute + 2),
	}
	must(t, j.Asked(t.Context(), d.Question))
	same(t, "asked", contents(t, t.Context(), j).Decisions, []Decision{{Question: d.Question}})
	must(t, j.Answered(t.Context(), *d.Answer))
	same(t, "answered", contents(t, t.Context(), j).Decisions, []Decision{{Question: d.Question, Answer: d.Answer}})
	must(t, j.Settled(t.Context(), "q1", *d.Settlement, d.Settled))
	same(t, "settled", contents(t, t.Context(), j).Decisions, []Decision{d})
}

func TestAQuestionGoesOneWay(t *testing.T) {
	asked := func(t *testing.T, j *Journal) error {
		return j.Asked(t.Context(), workspaces.Question{ID: "q1", Table: "of the second asking"})
	}
	answered := func(t *testing.T, j *Journal) error {
		return j.Answered(t.Context(), workspaces.Answer{Question: "q1", Yes: true, By: workspaces.ByTimeout})
	}
	settled := func(t *testing.T, j *Journal) error {
		return j.Settled(t.Context(), "q1", workspaces.Settlement{Outcome: workspaces.Applied, Version: 9}, noon)
	}
	type step = func(*testing.T, *Journal) error
	for name, c := range map[string]struct {
		first []step
		then  step
		want  error
	}{
		"asked twice":            {[]step{asked}, asked, ErrRecorded},
		"answered, never asked":  {nil, answered, ErrUnknown},
		"answered twice":         {[]step{asked, answered}, answered, ErrAnswered},
		"answered when settled":  {[]step{asked, settled}, answered, ErrRecorded},
		"answered again when so": {[]step{asked, answered, settled}, answered, ErrAnswered},
		"settled, never asked":   {nil, settled, ErrUnknown},
		"settled twice":          {[]step{asked, answered, settled}, settled, ErrRecorded},
		"settled twice, unasked": {[]step{asked, settled}, settled, ErrRecorded},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, inTemp(t), Options{})
			for _, s := range c.first {
				must(t, s(t, j))
			}
			before := contents(t, t.Context(), j)
			wantErr(t, name, c.then(t, j), c.want)
			same(t, "the first record stands", contents(t, t.Context(), j), before)
		})
	}
}

func TestDecisionsAreListedNewestFirst(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	ask(t, j, "a", noon)
	ask(t, j, "b", after(time.Nanosecond))
	ask(t, j, "c", after(-time.Hour)) // the clock went back
	ask(t, j, "d", after(time.Hour))
	for _, c := range []struct {
		limit int
		since time.Time
		want  []string
	}{
		{0, time.Time{}, []string{"d", "c", "b", "a"}},
		{-1, time.Time{}, []string{"d", "c", "b", "a"}},
		{2, time.Time{}, []string{"d", "c"}},
		{9, time.Time{}, []string{"d", "c", "b", "a"}},
		{0, noon, []string{"d", "b", "a"}},
		{0, noon.In(time.FixedZone("", -8*3600)), []string{"d", "b", "a"}},
		{0, after(time.Nanosecond), []string{"d", "b"}},
		{1, noon, []string{"d"}},
		{0, after(2 * time.Hour), nil},
	} {
		got, err := j.Decisions(t.Context(), c.limit, c.since)
		must(t, err)
		same(t, c.since.String(), ids(got), c.want)
	}
}

func TestQuestionsLeftOpenAreClosedTruthfully(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	for _, id := range []string{"settled", "open", "yes", "no"} {
		ask(t, j, id, noon)
	}
	must(t, j.Answered(t.Context(), workspaces.Answer{Question: "yes", Yes: true}))
	must(t, j.Answered(t.Context(), workspaces.Answer{Question: "no"}))
	must(t, j.Settled(t.Context(), "settled", workspaces.Settlement{Outcome: workspaces.Applied, Version: 4}, noon))

	j = reopen(t, j)
	at := after(time.Hour)
	n, err := j.CloseOpenQuestions(t.Context(), at, "featops stopped")
	if err != nil || n != 3 {
		t.Fatalf("closed %d, %v; want 3", n, err)
	}
	want := map[string]workspaces.Settlement{
		"settled": {Outcome: workspaces.Applied, Version: 4},
		"open":    {Outcome: workspaces.Void, Version: 3, Detail: "featops stopped"},
		"no":      {Outcome: workspaces.Refused, Version: 3, Detail: "featops stopped"},
		"yes": {Outcome: workspaces.Broken, Version: 3,
			Detail: "featops stopped; the answer was yes, and whether it was still carried out is told by the history of the table"},
	}
	for _, d := range contents(t, t.Context(), j).Decisions {
		same(t, d.Question.ID, *d.Settlement, want[d.Question.ID])
		if d.Question.ID != "settled" && !d.Settled.Equal(at) {
			t.Errorf("%s was settled %v, want %v", d.Question.ID, d.Settled, at)
		}
	}
	if n, err := j.CloseOpenQuestions(t.Context(), at, "again"); err != nil || n != 0 {
		t.Errorf("the second time closed %d, %v; want none", n, err)
	}
}
