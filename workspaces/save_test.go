package workspaces_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces"
)

// staged is new data against a table, both without rows in them: only what the rules look at.
type staged struct {
	data     schema.Schema
	table    schema.Schema // nil: there is no table
	version  int64
	rows     int64 // of the table
	upToDate bool
	broken   error // what a commit fails with
	changes  int   // how often the table is changed by others just before a commit

	plans []workspaces.Plan
}

func (s *staged) Schema() schema.Schema { return s.data }
func (s *staged) Rows() int64           { return 4 }
func (s *staged) UpToDate() bool        { return s.upToDate }
func (s *staged) Discard() error        { return nil }

func (s *staged) Extent() *workspaces.Extent           { return nil }
func (s *staged) Warnings() []workspaces.SourceWarning { return nil }

func (s *staged) Current(context.Context) (workspaces.Table, error) {
	if s.table == nil {
		return workspaces.Table{}, workspaces.ErrNoTable
	}
	return workspaces.Table{Version: s.version, Rows: s.rows, Schema: s.table}, nil
}

func (s *staged) Changes(context.Context) (workspaces.Changes, error) {
	return workspaces.Changes{Inserted: 1, Updated: 2, Unchanged: 1, Absent: 5}, nil
}

func (s *staged) NonNull(_ context.Context, columns []string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, c := range columns {
		out[c] = 7
	}
	return out, nil
}

func (s *staged) Commit(_ context.Context, p workspaces.Plan) (workspaces.Saved, error) {
	s.plans = append(s.plans, p)
	if s.changes > 0 {
		s.changes--
		s.version++
		return workspaces.Saved{}, &workspaces.ChangedError{Table: "t", Expected: p.Expected, Found: s.version}
	}
	return workspaces.Saved{Version: p.Expected + 1, Rows: 9}, s.broken
}

// decider gives its answers in turn.
type decider struct {
	answers []workspaces.Answer
	asked   []workspaces.Question
	settled []workspaces.Settlement
}

func (d *decider) Decide(_ context.Context, q workspaces.Question) (workspaces.Answer, error) {
	d.asked = append(d.asked, q)
	if len(d.answers) == 0 {
		return workspaces.Answer{}, errors.New("nobody should have been asked")
	}
	a := d.answers[0]
	d.answers = d.answers[1:]
	return a, nil
}

func (d *decider) Settle(_ context.Context, id string, s workspaces.Settlement) error {
	d.settled = append(d.settled, s)
	return nil
}

func columns(list ...string) schema.Schema {
	var out schema.Schema
	for _, c := range list {
		name, kind, _ := strings.Cut(c, " ")
		out = append(out, schema.Column{Name: name, Type: schema.Type(kind)})
	}
	return out
}

// The decisions of a save, one by one.
func TestSaveDecisions(t *testing.T) {
	yes := workspaces.Answer{Question: "q", Yes: true, By: workspaces.ByUser}
	no := workspaces.Answer{Question: "q", By: workspaces.ByTimeout}
	force := workspaces.Params{ForceOverwrite: true}
	forceSchema := workspaces.Params{ForceOverwrite: true, OverwriteSchema: true}
	omit := workspaces.Params{OmitValidation: true}
	table := columns("k BIGINT", "a INT", "b DOUBLE")
	for name, c := range map[string]struct {
		data, table schema.Schema
		empty       bool
		params      workspaces.Params
		answer      *workspaces.Answer // nil: nobody is to be asked
		mode        workspaces.Mode    // "" when nothing is to be written
		after       schema.Schema
	}{
		"no table":                     {data: table, mode: workspaces.Overwrite, after: table},
		"the same schema":              {data: table, table: table, mode: workspaces.Merge, after: table},
		"names in another case":        {data: columns("K BIGINT", "A INT", "B DOUBLE"), table: table, mode: workspaces.Merge, after: table},
		"an empty table":               {data: table, table: table, empty: true, mode: workspaces.Overwrite, after: table},
		"a new column":                 {data: append(columns("c DATE"), table...), table: table, mode: workspaces.Merge, after: columns("k BIGINT", "a INT", "b DOUBLE", "c DATE")},
		"INT widened to BIGINT":        {data: columns("k BIGINT", "a BIGINT", "b DOUBLE"), table: table, mode: workspaces.Merge, after: columns("k BIGINT", "a BIGINT", "b DOUBLE")},
		"INT widened to DOUBLE":        {data: columns("a DOUBLE"), table: columns("a INT"), mode: workspaces.Merge, after: columns("a DOUBLE")},
		"FLOAT widened to DOUBLE":      {data: columns("a DOUBLE"), table: columns("a FLOAT"), mode: workspaces.Merge, after: columns("a DOUBLE")},
		"DATE widened to TIMESTAMP":    {data: columns("a TIMESTAMP"), table: columns("a DATE"), mode: workspaces.Merge, after: columns("a TIMESTAMP")},
		"BIGINT to DOUBLE, yes":        {data: columns("a DOUBLE"), table: columns("a BIGINT"), answer: &yes, mode: workspaces.Overwrite, after: columns("a DOUBLE")},
		"a type change, yes":           {data: columns("k BIGINT", "a STRING", "b DOUBLE"), table: table, answer: &yes, mode: workspaces.Overwrite, after: columns("k BIGINT", "a STRING", "b DOUBLE")},
		"a type change, no":            {data: columns("k BIGINT", "a STRING", "b DOUBLE"), table: table, answer: &no},
		"a missing column, yes":        {data: columns("k BIGINT", "a INT"), table: table, answer: &yes, mode: workspaces.Overwrite, after: columns("k BIGINT", "a INT")},
		"a missing column, no":         {data: columns("k BIGINT", "a INT"), table: table, answer: &no},
		"missing, force alone":         {data: columns("k BIGINT", "a INT"), table: table, params: force, answer: &no},
		"missing, overwriteSchema":     {data: columns("k BIGINT", "a INT"), table: table, params: workspaces.Params{OverwriteSchema: true}, answer: &no},
		"missing, force and schema":    {data: columns("k BIGINT", "a INT"), table: table, params: forceSchema, mode: workspaces.Overwrite, after: columns("k BIGINT", "a INT")},
		"forced, the same schema":      {data: table, table: table, params: force, mode: workspaces.Overwrite, after: table},
		"missing and changed, omitted": {data: columns("k BIGINT", "a STRING", "c DATE"), table: table, params: omit, mode: workspaces.Merge, after: columns("k BIGINT", "a INT", "b DOUBLE", "c DATE")},
		"missing, forced and omitted":  {data: columns("k BIGINT", "a INT"), table: table, params: workspaces.Params{ForceOverwrite: true, OmitValidation: true}, mode: workspaces.Overwrite, after: table},
	} {
		t.Run(name, func(t *testing.T) {
			s := &staged{data: c.data, table: c.table, version: 3, rows: 9}
			expected := int64(3)
			if c.empty {
				s.rows = 0
			}
			if c.table == nil {
				expected = workspaces.NoTable
			}
			d := &decider{}
			if c.answer != nil {
				d.answers = []workspaces.Answer{*c.answer}
			}
			b, err := workspaces.Save(t.Context(), "w", "t", s, c.params, d, slog.New(slog.DiscardHandler))
			if (len(d.asked) > 0) != (c.answer != nil) {
				t.Errorf("asked %v", d.asked)
			}
			var refused *workspaces.RefusedError
			if c.mode == "" {
				if !errors.As(err, &refused) || !b.Refused || b.Version != 3 || len(s.plans) > 0 {
					t.Errorf("build %+v, plans %+v, error %v", b, s.plans, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := workspaces.Plan{Mode: c.mode, Schema: c.after, Expected: expected}
			if c.answer != nil {
				want.Question = "q"
			}
			if diff := cmp.Diff([]workspaces.Plan{want}, s.plans); diff != "" {
				t.Errorf("plans (-want +got):\n%s", diff)
			}
			wantBuild := workspaces.Build{Table: "t", Mode: c.mode, Version: expected + 1, Rows: 9, Question: want.Question}
			if diff := cmp.Diff(wantBuild, b); diff != "" {
				t.Errorf("build (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSaveOfAnUpToDateTableWritesNothing(t *testing.T) {
	table := columns("k BIGINT")
	for _, forced := range []bool{false, true} {
		s := &staged{data: table, table: table, version: 3, rows: 9, upToDate: true}
		b, err := workspaces.Save(t.Context(), "w", "t", s, workspaces.Params{ForceOverwrite: forced}, &decider{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if b.UpToDate == forced || (len(s.plans) > 0) != forced {
			t.Errorf("forced %t: build %+v, plans %+v", forced, b, s.plans)
		}
	}
}

func TestQuestionTellsWhatAYesWouldDestroy(t *testing.T) {
	s := &staged{data: columns("k BIGINT", "a STRING", "n INT"), table: columns("k BIGINT", "a INT", "b DOUBLE"), version: 3, rows: 9}
	d := &decider{answers: []workspaces.Answer{{Question: "q"}}}
	_, err := workspaces.Save(t.Context(), "w", "t", s, workspaces.Params{}, d, slog.New(slog.DiscardHandler))
	want := []workspaces.Question{{
		Subject: workspaces.SaveTable, Workspace: "w", Table: "t", Version: 3,
		Difference: schema.Difference{
			New: columns("n INT"), Missing: columns("b DOUBLE"),
			Changed: []schema.TypeChange{{Column: "a", Expected: schema.Int, Found: schema.String}},
		},
		Loss: workspaces.Loss{Rows: 5, Columns: []workspaces.ColumnLoss{{Column: "b", Values: 7}, {Column: "a", Values: 7}}},
	}}
	if diff := cmp.Diff(want, d.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if text := err.Error(); !strings.Contains(text, "new n; missing b; type of a INT → STRING") {
		t.Errorf("error %q", text)
	}
}

// How a question ends is recorded, whatever comes of it.
func TestSettlement(t *testing.T) {
	disk := errors.New("disk full")
	for name, c := range map[string]struct {
		yes     bool
		broken  error
		changes int
		want    []workspaces.Settlement
	}{
		"applied": {yes: true, want: []workspaces.Settlement{{Outcome: workspaces.Applied, Version: 4}}},
		"refused": {want: []workspaces.Settlement{{Outcome: workspaces.Refused, Version: 3}}},
		"failed":  {yes: true, broken: disk, want: []workspaces.Settlement{{Outcome: workspaces.Broken, Version: 3, Detail: "disk full"}}},
		"void, and asked anew": {yes: true, changes: 2, want: []workspaces.Settlement{
			{Outcome: workspaces.Void, Version: 4, Detail: "t changed meanwhile: expected version 3, found 4"},
			{Outcome: workspaces.Void, Version: 5, Detail: "t changed meanwhile: expected version 4, found 5"},
			{Outcome: workspaces.Applied, Version: 6},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &staged{data: columns("k BIGINT"), table: columns("k BIGINT", "a INT"), version: 3, rows: 9, broken: c.broken, changes: c.changes}
			answer := workspaces.Answer{Question: "q", Yes: c.yes}
			d := &decider{answers: []workspaces.Answer{answer, answer, answer}}
			_, err := workspaces.Save(t.Context(), "w", "t", s, workspaces.Params{}, d, slog.New(slog.DiscardHandler))
			var refused *workspaces.RefusedError
			if errors.As(err, &refused) == c.yes || c.yes && !errors.Is(err, c.broken) {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(c.want, d.settled); diff != "" {
				t.Errorf("settled (-want +got):\n%s", diff)
			}
			if len(d.asked) != len(c.want) {
				t.Errorf("asked %d times", len(d.asked))
			}
		})
	}
}

// Without a question too the rules start anew when the table has changed.
func TestSaveStartsAnewWhenTheTableChanged(t *testing.T) {
	s := &staged{data: columns("k BIGINT"), table: columns("k BIGINT"), version: 3, rows: 9, changes: 2}
	b, err := workspaces.Save(t.Context(), "w", "t", s, workspaces.Params{}, &decider{}, slog.New(slog.DiscardHandler))
	if err != nil || b.Version != 6 || len(s.plans) != 3 {
		t.Errorf("build %+v, plans %+v, error %v", b, s.plans, err)
	}
}

func TestSaveLogsWhatDiffers(t *testing.T) {
	var out bytes.Buffer
	s := &staged{data: columns("k BIGINT", "n INT"), table: columns("k BIGINT", "a INT"), version: 3, rows: 9}
	_, err := workspaces.Save(t.Context(), "w", "t", s, workspaces.Params{OmitValidation: true}, &decider{}, slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil || !strings.Contains(out.String(), `difference="new n; missing a"`) {
		t.Errorf("logged %q, error %v", out.String(), err)
	}
}

func TestRefusedErrorTellsWhoRefused(t *testing.T) {
	q := workspaces.Question{Subject: workspaces.RegisterTable, Workspace: "medpag", Table: "fs_a", Difference: schema.Difference{Missing: columns("a INT")}}
	for want, a := range map[string]workspaces.Answer{
		"registration of fs_a in medpag was refused by user ana: missing a":      {By: workspaces.ByUser, Who: "ana"},
		"registration of fs_a in medpag was refused by policy reject: missing a": {By: workspaces.ByPolicy, Who: "reject"},
		"registration of fs_a in medpag was refused by timeout: missing a":       {By: workspaces.ByTimeout},
	} {
		if got := (&workspaces.RefusedError{Question: q, Answer: a}).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
