package journal

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// noon is a time with nanoseconds, in a zone that is not UTC.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 5*3600+1800))

func after(d time.Duration) time.Time { return noon.Add(d) }

func inTemp(t *testing.T) string { return filepath.Join(t.TempDir(), "journal.db") }

func open(t *testing.T, path string, o Options) *Journal {
	t.Helper()
	j, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

// reopen is what a restart does.
func reopen(t *testing.T, j *Journal) *Journal {
	t.Helper()
	must(t, j.Close())
	return open(t, j.path, Options{ReadOnly: j.readOnly})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

// same compares values whose times may differ in zone and whose empty slices may be nil.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// everything is all that a journal lists.
type everything struct {
	Decisions     []Decision
	Registrations []RegistrationRecord
	Pending       []RegistrationRecord
	Builds        []BuildRecord
	Runs          []workspaces.Run // by workspace and number
}

func contents(t interface {
	Helper()
	Fatal(...any)
}, ctx context.Context, j *Journal) (e everything) {
	t.Helper()
	var errs [5]error
	e.Decisions, errs[0] = j.Decisions(ctx, 0, time.Time{})
	e.Registrations, errs[1] = j.Registrations(ctx, RegistrationFilter{})
	e.Pending, errs[2] = j.PendingRegistrations(ctx)
	e.Builds, errs[3] = j.Builds(ctx, 0)
	e.Runs, errs[4] = listed(ctx, j, readRun, "SELECT run FROM runs ORDER BY workspace, id")
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return e
}

var (
	aQuestion = workspaces.Question{ID: "q1", Subject: workspaces.SaveTable, Workspace: "bncapers", Table: "fs_cus_demographic", Version: 3, Asked: noon}
	aKey      = RegistrationKey{From: "bncapers", Run: 7, Task: "fs_cus_demographic", Table: "fs_cus_demographic", To: "medpag"}
	aRun      = workspaces.Run{ID: 7, JobID: 1, Workspace: "bncapers", Queued: noon}
)

// writes are all calls that record, each once and in an order in which all are allowed.
var writes = []struct {
	name string
	call func(context.Context, *Journal) error
}{
	{"Asked", func(ctx context.Context, j *Journal) error { return j.Asked(ctx, aQuestion) }},
	{"Answered", func(ctx context.Context, j *Journal) error {
		return j.Answered(ctx, workspaces.Answer{Question: "q1", Yes: true, At: noon})
	}},
	{"CloseOpenQuestions", func(ctx context.Context, j *Journal) error {
		_, err := j.CloseOpenQuestions(ctx, noon, "stopped")
		return err
	}},
	{"Asked again", func(ctx context.Context, j *Journal) error {
		q := aQuestion
		q.ID = "q2"
		return j.Asked(ctx, q)
	}},
	{"Settled", func(ctx context.Context, j *Journal) error {
		return j.Settled(ctx, "q2", workspaces.Settlement{Outcome: workspaces.Void}, noon)
	}},
	{"Want", func(ctx context.Context, j *Journal) error {
		_, _, err := j.Want(ctx, aKey, noon)
		return err
	}},
	{"Finish", func(ctx context.Context, j *Journal) error { return j.Finish(ctx, aKey, Registered, 3, "", noon) }},
	{"SawRun", func(ctx context.Context, j *Journal) error {
		_, err := j.SawRun(ctx, aRun)
		return err
	}},
	{"StartBuild", func(ctx context.Context, j *Journal) error {
		_, err := j.StartBuild(ctx, "bncapers", "fs_cus_demographic", nil, noon)
		return err
	}},
	{"EndBuild", func(ctx context.Context, j *Journal) error { return j.EndBuild(ctx, 1, workspaces.Build{}, nil, noon) }},
}

func TestWhatIsRecordedSurvivesARestart(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	for _, w := range writes {
		before := contents(t, t.Context(), j)
		must(t, w.call(t.Context(), j))
		written := contents(t, t.Context(), j)
		if cmp.Equal(before, written, cmpopts.EquateEmpty()) {
			t.Errorf("%s changed nothing", w.name)
		}
		if w.name != "StartBuild" { // a build does not go on after a restart
			j = reopen(t, j)
		}
		same(t, "after "+w.name+" and a restart", contents(t, t.Context(), j), written)
	}
}

// A killed process closes nothing: what it leaves is the files as they are.

func TestWhatIsRecordedSurvivesACrash(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	for _, w := range writes {
		must(t, w.call(t.Context(), j))
		left := inTemp(t)
		for _, suffix := range []string{"", "-wal"} {
			file, err := os.ReadFile(j.path + suffix)
			must(t, err)
			must(t, os.WriteFile(left+suffix, file, 0o600))
		}
		reader := open(t, left, Options{ReadOnly: true})
		same(t, "after "+w.name+" and a crash", contents(t, t.Context(), reader), contents(t, t.Context(), j))
	}
}

func TestACallWhoseContextHasEndedRecordsNothing(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, w := range writes {
		before := contents(t, t.Context(), j)
		wantErr(t, w.name, w.call(ended, j), context.Canceled)
		same(t, w.name, contents(t, t.Context(), j), before)
		must(t, w.call(t.Context(), j)) // the journal goes on
	}
	_, err := j.Decisions(ended, 0, time.Time{})
	wantErr(t, "Decisions", err, context.Canceled)
	_, err = Open(ended, inTemp(t), Options{})
	wantErr(t, "Open", err, context.Canceled)
	_, err = Open(ended, inTemp(t), Options{ReadOnly: true})
	wantErr(t, "Open a journal that is not there", err, context.Canceled)
}

func TestWaitingForALockEndsWithTheContext(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	other, err := sql.Open("sqlite", "file:"+j.path+"?_txlock=immediate")
	must(t, err)
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantErr(t, "Asked while another process writes", j.Asked(ctx, aQuestion), context.DeadlineExceeded)
	must(t, tx.Rollback())
	must(t, j.Asked(t.Context(), aQuestion))
}

// A writer that has just made the file has not yet made its tables.

func TestConcurrentCallsAreEachDoneOnce(t *testing.T) {
	first := open(t, inTemp(t), Options{})
	second := open(t, first.path, Options{}) // not allowed by the engine's lock, and still no harm
	reader := open(t, first.path, Options{ReadOnly: true})
	must(t, first.Asked(t.Context(), aQuestion))
	const callers = 16
	var mu sync.Mutex
	var answered, created int
	numbers := map[int64]bool{}
	var all sync.WaitGroup
	for i := range callers {
		j := []*Journal{first, second}[i%2]
		all.Go(func() {
			ctx := t.Context()
			errA := j.Answered(ctx, workspaces.Answer{Question: "q1", At: noon})
			_, isNew, errW := j.Want(ctx, aKey, noon)
			id, errB := j.StartBuild(ctx, "bncapers", "fs_cus_demographic", nil, noon)
			_, errD := reader.Decisions(ctx, 0, time.Time{})
			mu.Lock()
			defer mu.Unlock()
			if errA == nil {
				answered++
			} else {
				wantErr(t, "a later answer", errA, ErrAnswered)
			}
			if isNew {
				created++
			}
			numbers[id] = true
			if err := errors.Join(errW, errB, errD); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if answered != 1 || created != 1 || len(numbers) != callers {
		t.Errorf("%d answers, %d registrations, %d builds; want 1, 1, %d", answered, created, len(numbers), callers)
	}
}

// The engine's own tests run on a fake clock, which stands still while anything waits for real.

func TestTheJournalWorksOnAFakeClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t, inTemp(t), Options{})
		began := time.Now()
		for _, w := range writes {
			must(t, w.call(t.Context(), j))
		}
		if passed := time.Since(began); passed != 0 {
			t.Errorf("%v passed", passed)
		}
	})
}
