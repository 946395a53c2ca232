package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// model is a journal in memory, plain and obviously right. Its slices have the oldest first.
type model struct {
	decisions     []Decision
	registrations []RegistrationRecord
	runs          []workspaces.Run
	builds        []BuildRecord
}

func (m *model) decision(id string) *Decision {
	for i := range m.decisions {
		if m.decisions[i].Question.ID == id {
			return &m.decisions[i]
		}
	}
	return nil
}

func (m *model) asked(q workspaces.Question) error {
	if m.decision(q.ID) != nil {
		return ErrRecorded
	}
	m.decisions = append(m.decisions, Decision{Question: q})
	return nil
}

func (m *model) answered(a workspaces.Answer) error {
	d := m.decision(a.Question)
	switch {
	case d == nil:
		return ErrUnknown
	case d.Answer != nil:
		return ErrAnswered
	case d.Settlement != nil:
		return ErrRecorded
	}
	d.Answer = &a
	return nil
}

func (m *model) settled(id string, s workspaces.Settlement, at time.Time) error {
	d := m.decision(id)
	switch {
	case d == nil:
		return ErrUnknown
	case d.Settlement != nil:
		return ErrRecorded
	}
	d.Settlement, d.Settled = &s, at
	return nil
}

func (m *model) closeOpen(at time.Time, detail string) (n int) {
	for i := range m.decisions {
		if d := &m.decisions[i]; d.Settlement == nil {
			s := leftOpen(*d, detail)
			d.Settlement, d.Settled = &s, at
			n++
		}
	}
	return n
}

func (m *model) registration(k RegistrationKey) *RegistrationRecord {
	for i := range m.registrations {
		if m.registrations[i].RegistrationKey == k {
			return &m.registrations[i]
		}
	}
	return nil
}

func (m *model) want(k RegistrationKey, at time.Time) (RegistrationRecord, bool) {
	if r := m.registration(k); r != nil {
		return *r, false
	}
	r := RegistrationRecord{RegistrationKey: k, State: Pending, Version: workspaces.NoTable, Created: at, Updated: at}
	m.registrations = append(m.registrations, r)
	return r, true
}

func (m *model) finish(k RegistrationKey, s State, version int64, detail string, at time.Time) error {
	r := m.registration(k)
	switch {
	case r == nil:
		return ErrUnknown
	case r.State != Pending && r.State != Failed:
		return ErrRecorded
	}
	r.State, r.Version, r.Detail, r.Updated = s, version, detail, at
	return nil
}

func (m *model) saw(r workspaces.Run) *workspaces.Run {
	for i, known := range m.runs {
		if known.Workspace == r.Workspace && known.ID == r.ID {
			m.runs[i] = r
			return &known
		}
	}
	m.runs = append(m.runs, r)
	return nil
}

func (m *model) endBuild(id int64, b workspaces.Build, message string, at time.Time) error {
	if id < 1 || id > int64(len(m.builds)) {
		return ErrUnknown
	}
	r := &m.builds[id-1]
	if !r.Ended.IsZero() || r.Error != "" {
		return ErrRecorded
	}
	r.Build, r.Error, r.Ended = b, message, at
	return nil
}

func (m *model) restart() {
	for i := range m.builds {
		if r := &m.builds[i]; r.Ended.IsZero() && r.Error == "" {
			r.Error = "featops stopped while the table was being built"
		}
	}
}

func (m *model) contents() everything {
	runs := slices.SortedFunc(slices.Values(m.runs), func(a, b workspaces.Run) int {
		if a.Workspace != b.Workspace {
			return strings.Compare(a.Workspace, b.Workspace)
		}
		return int(a.ID - b.ID)
	})
	return everything{
		Runs:      runs,
		Decisions: newest(m.decisions), Registrations: newest(m.registrations), Builds: newest(m.builds),
		Pending: slices.DeleteFunc(slices.Clone(m.registrations), func(r RegistrationRecord) bool { return r.State != Pending }),
	}
}

func newest[T any](oldestFirst []T) []T {
	out := slices.Clone(oldestFirst)
	slices.Reverse(out)
	return out
}

// A few names and numbers make the calls meet.
var (
	anyName      = rapid.SampledFrom([]string{"bncapers", "medpag", "ñ 'x\" \x00"})
	anyNumber    = rapid.Int64Range(0, 2)
	anyEnd       = rapid.SampledFrom([]State{Registered, Unchanged, Refused, Failed})
	anyOutcome   = rapid.SampledFrom([]workspaces.Outcome{workspaces.Applied, workspaces.Refused, workspaces.Void, workspaces.Broken})
	anyLifeCycle = rapid.SampledFrom([]workspaces.LifeCycle{workspaces.Running, workspaces.Terminated, "NEW"})
)

func anyKey(t *rapid.T) RegistrationKey {
	return RegistrationKey{
		From: "bncapers", Run: anyNumber.Draw(t, "run"), Task: "a", Attempt: int(anyNumber.Draw(t, "attempt")), Table: anyName.Draw(t, "table"), To: "medpag",
	}
}

func TestAnySequenceOfCallsListsAsInTheModel(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		file, err := os.MkdirTemp(dir, "")
		if err != nil {
			rt.Fatal(err)
		}
		path := filepath.Join(file, "journal.db")
		ctx := context.Background()
		var j *Journal
		restart := func(rt *rapid.T) {
			j, err = Open(ctx, path, Options{})
			if err == nil {
				_, err = j.db.ExecContext(ctx, "PRAGMA synchronous = OFF") // no power fails here, and thousands of syncs take long
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		restart(rt)
		defer func() { j.Close() }()
		m := &model{}
		agree := func(rt *rapid.T, err, want error) {
			rt.Helper()
			if !errors.Is(err, want) {
				rt.Fatalf("got error %v, want %v", err, want)
			}
		}
		equal := func(rt *rapid.T, got, want any) {
			rt.Helper()
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
				rt.Fatalf("(-model +journal):\n%s", d)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"ask": func(rt *rapid.T) {
				q := workspaces.Question{ID: fmt.Sprint(rapid.IntRange(0, 4).Draw(rt, "id")), Table: anyName.Draw(rt, "table"), Asked: anyTime().Draw(rt, "at")}
				agree(rt, j.Asked(ctx, q), m.asked(q))
			},
			"answer": func(rt *rapid.T) {
				a := workspaces.Answer{Question: fmt.Sprint(rapid.IntRange(0, 4).Draw(rt, "id")), Yes: rapid.Bool().Draw(rt, "yes"), Who: rapid.String().Draw(rt, "who"), At: anyTime().Draw(rt, "at")}
				agree(rt, j.Answered(ctx, a), m.answered(a))
			},
			"settle": func(rt *rapid.T) {
				id, at := fmt.Sprint(rapid.IntRange(0, 4).Draw(rt, "id")), anyTime().Draw(rt, "at")
				s := workspaces.Settlement{Outcome: anyOutcome.Draw(rt, "outcome"), Version: rapid.Int64().Draw(rt, "version"), Detail: rapid.String().Draw(rt, "detail")}
				agree(rt, j.Settled(ctx, id, s, at), m.settled(id, s, at))
			},
			"close open questions": func(rt *rapid.T) {
				at := anyTime().Draw(rt, "at")
				n, err := j.CloseOpenQuestions(ctx, at, "stopped")
				agree(rt, err, nil)
				equal(rt, n, m.closeOpen(at, "stopped"))
			},
			"want": func(rt *rapid.T) {
				k, at := anyKey(rt), anyTime().Draw(rt, "at")
				r, created, err := j.Want(ctx, k, at)
				agree(rt, err, nil)
				wanted, wantedCreated := m.want(k, at)
				equal(rt, r, wanted)
				equal(rt, created, wantedCreated)
			},
			"finish": func(rt *rapid.T) {
				k, s, at := anyKey(rt), anyEnd.Draw(rt, "end"), anyTime().Draw(rt, "at")
				detail := rapid.String().Draw(rt, "detail")
				agree(rt, j.Finish(ctx, k, s, 3, detail, at), m.finish(k, s, 3, detail, at))
			},
			"see a run": func(rt *rapid.T) {
				r := workspaces.Run{
					Workspace: anyName.Draw(rt, "workspace"), ID: anyNumber.Draw(rt, "id"), JobID: anyNumber.Draw(rt, "job"), Queued: anyTime().Draw(rt, "queued"),
					Status: workspaces.Status{LifeCycle: anyLifeCycle.Draw(rt, "state")},
				}
				previous, err := j.SawRun(ctx, r)
				agree(rt, err, nil)
				equal(rt, previous, m.saw(r))
			},
			"start a build": func(rt *rapid.T) {
				at, params := anyTime().Draw(rt, "at"), map[string]string{"env": anyName.Draw(rt, "env")}
				id, err := j.StartBuild(ctx, "bncapers", "a", params, at)
				agree(rt, err, nil)
				r := BuildRecord{
					ID: int64(len(m.builds) + 1), Workspace: "bncapers", Build: workspaces.Build{Table: "a", Version: workspaces.NoTable}, Params: params, Started: at,
				}
				equal(rt, id, r.ID)
				m.builds = append(m.builds, r)
			},
			"end a build": func(rt *rapid.T) {
				id := rapid.Int64Range(0, int64(len(m.builds)+1)).Draw(rt, "id")
				b, at := workspaces.Build{Table: "a", Version: rapid.Int64().Draw(rt, "version")}, anyTime().Draw(rt, "at")
				var failure error
				message := rapid.SampledFrom([]string{"", "no space left"}).Draw(rt, "failure")
				if message != "" {
					failure = errors.New(message)
				}
				agree(rt, j.EndBuild(ctx, id, b, failure, at), m.endBuild(id, b, message, at))
			},
			"restart": func(rt *rapid.T) {
				agree(rt, j.Close(), nil)
				restart(rt)
				m.restart()
			},
			"": func(rt *rapid.T) { equal(rt, contents(rt, ctx, j), m.contents()) },
		})
	})
}
