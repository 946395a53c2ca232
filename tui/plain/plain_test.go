package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/engine/trainingset"
	"featops/features/asof"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

var (
	succeeded = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	failed    = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed, Message: "1 of 2 tasks failed"}
	running   = workspaces.Status{LifeCycle: workspaces.Running}
)

// fake is an engine that shows what it is given and notes what it is asked for.
type fake struct {
	mu       sync.Mutex
	snapshot *engine.Snapshot
	commands []engine.Command
	set      *trainingset.Manifest // of a reply
	err      error
	events   []engine.Event
	wake     chan struct{}
}

func (f *fake) Snapshot() *engine.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snapshot
}

func (f *fake) Subscribe() *engine.Subscription { return nil }

func (f *fake) Do(_ context.Context, c engine.Command) (engine.Reply, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = append(f.commands, c)
	return engine.Reply{Run: 9, Repair: 1, TrainingSet: f.set}, f.err
}

func (f *fake) Wake() <-chan struct{} { return f.wake }

func (f *fake) Take() []engine.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.events
	f.events = nil
	return out
}

func workspace(name string, runs ...workspaces.Run) engine.WorkspaceState {
	return engine.WorkspaceState{Name: name, Kind: "embedded", Polled: time.Now(), Jobs: []engine.JobState{
		{Job: workspaces.Job{ID: 1, Name: "[dev ana] features"}, Runs: runs},
		{Job: workspaces.Job{ID: 2, Name: "only " + name}},
	}}
}

func run12(s workspaces.Status) workspaces.Run {
	return workspaces.Run{ID: 12, Job: "[dev ana] features", Status: s}
}

func twoWorkspaces() *engine.Snapshot {
	return &engine.Snapshot{Workspaces: []engine.WorkspaceState{workspace("a", run12(failed)), workspace("b", run12(running), workspaces.Run{ID: 13, Status: succeeded})}}
}

// talk is a plain console under test. Time passes only when everything waits.
type talk struct {
	t      *testing.T
	engine *fake
	keys   *io.PipeWriter
	ended  chan error
	mu     sync.Mutex
	out    strings.Builder
	stop   context.CancelFunc
}

func (k *talk) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.out.Write(p)
}

// talking runs a test against a console in a bubble of its own time.
func talking(t *testing.T, s func() *engine.Snapshot, test func(k *talk), change ...func(*Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := &talk{t: t, engine: &fake{snapshot: s(), wake: make(chan struct{}, 1)}, ended: make(chan error, 1)}
		in, keys := io.Pipe()
		k.keys = keys
		o := Options{
			Engine: k.engine, In: in, Out: k, User: "ana", Now: time.Now,
			Lines: func(_ logs.Filter, n int) []logs.Line {
				return []logs.Line{{Time: time.Now(), Message: fmt.Sprintf("\x1b[2Jone of %d", n)}}
			},
			Status:   func(w io.Writer, _ *engine.Snapshot, _ time.Time) { fmt.Fprintln(w, "the status") },
			Question: func(q workspaces.Question) string { return "about " + q.Table + "\n" },
		}
		for _, f := range change {
			f(&o)
		}
		ctx, cancel := context.WithCancel(t.Context())
		k.stop = cancel
		go func() { k.ended <- run(ctx, o, k.engine) }()
		synctest.Wait()
		k.heard()
		test(k)
		cancel()
		keys.Close()
		synctest.Wait()
	})
}

// heard is what was said since it was asked last.
func (k *talk) heard() string {
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	said := k.out.String()
	k.out.Reset()
	return said
}

// types types a line and wants what is said to it.
func (k *talk) types(line, want string) {
	k.t.Helper()
	io.WriteString(k.keys, line+"\n")
	if diff := cmp.Diff(want, strings.TrimSuffix(k.heard(), "\n")); diff != "" {
		k.t.Errorf("to %q was said (-want +got):\n%s", line, diff)
	}
}

// happens makes s the state of the engine and publishes an event.
func (k *talk) happens(s *engine.Snapshot, e engine.Event) string {
	k.engine.mu.Lock()
	if s != nil {
		k.engine.snapshot = s
	}
	k.engine.events = append(k.engine.events, e)
	k.engine.mu.Unlock()
	k.engine.wake <- struct{}{}
	return strings.TrimSuffix(k.heard(), "\n")
}

// asked takes what the engine was asked for.
func (k *talk) asked(want ...engine.Command) {
	k.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, k.engine.commands); diff != "" {
		k.t.Errorf("the engine was asked for (-want +got):\n%s", diff)
	}
	k.engine.commands = nil
}

func TestCommands(t *testing.T) {
	talking(t, twoWorkspaces, func(k *talk) {
		k.types("", "")
		k.types("status", "the status")
		k.types("logs", time.Now().Format(time.DateTime)+" INFO    one of 10")
		k.types("logs 3", time.Now().Format(time.DateTime)+" INFO    one of 3")
		k.types("logs none", `"none" is no number of lines: allowed is 1 to 1000.`)
		k.types("help", strings.TrimSuffix(help, "\n"))
		k.types("dance", `"dance" is no command. Type help for the commands.`)
		k.types("\x1b[2Jdance", `"\x1b[2Jdance" is no command. Type help for the commands.`)

		k.types("run features", "The job features is in a and in b. Type run features in a, for one.")
		k.types("run nothing", "There is no job nothing. The jobs are: features, only a, only b.")
		k.types("run only a in b", "There is no job only a in b.")
		k.asked()
		k.types("run features in b", "Run 9 of [dev ana] features in b was asked for.")
		k.asked(engine.StartRun{Workspace: "b", Job: 1})

		k.types("cancel 12", "Run 12 is in a and in b. Type cancel 12 in a, for one.")
		k.types("cancel 12 in a", "Run 12 in a has ended already: failed, 1 of 2 tasks failed.")
		k.types("cancel x", `"x" is no run: a run is named by its number, as status tells it.`)
		k.types("cancel 99", "Run 99 is none of the newest.")
		k.asked()
		k.types("cancel 12 in b", "")
		k.asked(engine.CancelRun{Workspace: "b", Run: 12})

		k.types("repair 12 in a", "Repair 1 of run 12 in a was asked for.")
		k.asked(engine.RepairRun{Workspace: "a", Run: 12, Who: "ana"})
		k.engine.err = errors.New("there is no such table")
		k.types("register t", "Could not register t: there is no such table.")
		k.asked(engine.RegisterTables{Tables: []string{"t"}})
	})
}

func TestATrainingSetIsToldInSentences(t *testing.T) {
	talking(t, twoWorkspaces, func(k *talk) {
		k.types("training-set labels.csv", "Where to? Type training-set LABELS to OUT.")
		k.asked()
		k.engine.set = &trainingset.Manifest{
			Output: trainingset.Output{Path: "/a/set.csv", Rows: 9}, Columns: make([]trainingset.Column, 1),
			Tables: []trainingset.Table{
				{Name: "t", Version: 3, Counts: asof.Counts{Matched: 1, Unknown: 6, TooOld: 2}}, {Name: "u", Counts: asof.Counts{Matched: 9}},
			},
			Warnings: []string{"t is of today"},
		}
		k.types("training-set to labels.csv to set.csv", "The training set /a/set.csv has 9 rows and 1 column.\n"+
			"t, version 3: 1 label has a row; the others have none: 6 unknown customer, 2 older than the look-back.\n"+
			"u, version 0: 9 labels have a row.\nWarning: t is of today.\nIts manifest is /a/set.csv.manifest.json.")
		k.asked(engine.MakeTrainingSet{TrainingSetRequest: engine.TrainingSetRequest{Labels: "to labels.csv", Out: "set.csv", Lookback: -1}})
		k.engine.err = errors.New("it exists")
		k.types("training-set a to b.csv", "Could not make the training set b.csv: it exists.")
	})
	talking(t, twoWorkspaces, func(k *talk) {
		k.types("training-set a to b.csv", "Cannot make the training set b.csv: read only.")
		k.asked()
	}, func(o *Options) { o.ReadOnly = "read only" })
}

func TestWhatIsTypedAheadWaitsForTheFirstLook(t *testing.T) {
	unknown := func() *engine.Snapshot {
		return &engine.Snapshot{Workspaces: []engine.WorkspaceState{{Name: "a"}}}
	}
	talking(t, unknown, func(k *talk) {
		go io.WriteString(k.keys, "run only a\n")
		if said := k.heard(); said != "" {
			t.Errorf("said before the first look: %q", said)
		}
		k.happens(&engine.Snapshot{Workspaces: []engine.WorkspaceState{workspace("a")}}, engine.Event{Kind: engine.Polled, Workspace: "a"})
		k.asked(engine.StartRun{Workspace: "a", Job: 2})
	})
}

func TestEventsAreToldInSentences(t *testing.T) {
	waiting := workspaces.Status{LifeCycle: workspaces.WaitingForRetry, Message: "retry 1 of 2"}
	blocked := workspaces.Status{LifeCycle: workspaces.Blocked}
	question := workspaces.Question{Table: "t"}
	tests := []struct {
		event engine.Event
		want  string
	}{
		{engine.Event{Kind: engine.Polled}, ""},
		{engine.Event{Kind: engine.PollFailed, Error: "no route"}, "w cannot be reached: no route."},
		{engine.Event{Kind: engine.PollFailed, Error: "no route"}, ""},
		{engine.Event{Kind: engine.Polled}, "w can be reached again."},
		{engine.Event{Kind: engine.RunChanged, Status: &running}, "Run 7 of j in w started."},
		{engine.Event{Kind: engine.RunChanged, Status: &failed}, "Run 7 of j in w ended: failed, 1 of 2 tasks failed."},
		{engine.Event{Kind: engine.TaskChanged, Task: "k", Status: &running}, "Task k of run 7 of j in w started."},
		{engine.Event{Kind: engine.TaskChanged, Task: "k", Status: &blocked}, ""},
		{engine.Event{Kind: engine.TaskChanged, Task: "k", Status: &waiting}, "Task k of run 7 of j in w waits: waiting for retry, retry 1 of 2."},
		{engine.Event{Kind: engine.TaskChanged, Task: "k\x1b[2J\n", Status: &succeeded}, "Task k  of run 7 of j in w ended: success."},
		{engine.Event{Kind: engine.Progressed, Progress: &workspaces.Progress{}}, ""},
		{engine.Event{Kind: engine.QuestionClosed, Table: "t", Question: &question, Answer: &workspaces.Answer{By: workspaces.ByTimeout}}, "The question about t in w was answered no by timeout."},
		{engine.Event{Kind: engine.QuestionClosed, Table: "t", Question: &question, Answer: &workspaces.Answer{Yes: true, By: workspaces.ByUser, Who: "ana"}}, "The question about t in w was answered yes by user ana."},
		{engine.Event{Kind: engine.QuestionClosed, Table: "t", Question: &question}, "The question about t in w is no longer open."},
		{engine.Event{Kind: engine.TableRegistered, Registration: &engine.RegistrationResult{Table: "t", From: "w", To: "v", Version: 3, Status: engine.Registered}}, "t of w is registered in v, version 3."},
		{engine.Event{Kind: engine.TableRegistered, Registration: &engine.RegistrationResult{Table: "t", From: "w", To: "v", Status: engine.RegistrationFailed, Detail: "no right"}}, "t of w could not be registered in v: no right."},
		{engine.Event{Kind: engine.TableBuilt, Table: "t", Build: &workspaces.Build{UpToDate: true, Version: 2, Rows: 5}}, "t in w: up to date: version 2, 5 rows."},
		{engine.Event{Kind: engine.TableBuilt, Table: "t", Error: "no source"}, "t was not built in w: no source."},
		{engine.Event{Kind: engine.TableRestored, Table: "t"}, "t in w was restored."},
	}
	talking(t, twoWorkspaces, func(k *talk) {
		for _, tt := range tests {
			tt.event.Workspace, tt.event.Run, tt.event.Job = "w", 7, "j"
			if got := k.happens(nil, tt.event); got != tt.want {
				t.Errorf("%s is told as %q, want %q", tt.event.Kind, got, tt.want)
			}
		}
	})
}

func asking(ids ...string) *engine.Snapshot {
	s := twoWorkspaces()
	for _, id := range ids {
		s.Questions = append(s.Questions, workspaces.Question{ID: id, Table: id, Workspace: "w", Deadline: time.Now().Add(5 * time.Minute)})
	}
	return s
}

// A question says what it is about and how long there is, now and at a few moments, and only a whole answer answers it.
func TestAQuestion(t *testing.T) {
	talking(t, twoWorkspaces, func(k *talk) {
		k.types("answer yes", "No question is open.")
		said := k.happens(asking("t", "u"), engine.Event{Kind: engine.QuestionAsked})
		if want := "about t\nType answer yes or answer no within 5 minutes. 1 more question after it."; said != want {
			t.Errorf("said %q, want %q", said, want)
		}
		k.types("answer yes", "That was not taken: the question about t has only just come up.")
		time.Sleep(4*time.Minute + 55*time.Second)
		want := "The question about t in w: 2 minutes left.\nThe question about t in w: 60 seconds left.\n" +
			"The question about t in w: 30 seconds left.\nThe question about t in w: 10 seconds left.\n"
		if diff := cmp.Diff(want, k.heard()); diff != "" {
			t.Errorf("reminders (-want +got):\n%s", diff)
		}
		for _, no := range []string{"", "y", "yes", "answer", "answer y", "answer YES please"} {
			io.WriteString(k.keys, no+"\n")
			k.heard()
		}
		k.asked()
		k.types("answer no", "")
		k.asked(engine.AnswerQuestion{Question: "t", Who: "ana"})
		k.types("answer yes", "No question is open.")
		k.asked()

		k.happens(asking("u"), engine.Event{Kind: engine.QuestionClosed, Table: "t"})
		time.Sleep(grace)
		k.types("answer yes", "")
		k.asked(engine.AnswerQuestion{Question: "u", Yes: true, Who: "ana"})
	})
}

// An answer that does not arrive can be given again.
func TestAnAnswerThatFailsLeavesTheQuestionOpen(t *testing.T) {
	talking(t, func() *engine.Snapshot { return asking("t") }, func(k *talk) {
		time.Sleep(grace)
		k.engine.err = errors.New("the disk is full")
		k.types("answer yes", "Could not answer yes: the disk is full.")
		k.engine.err = nil
		k.asked(engine.AnswerQuestion{Question: "t", Yes: true, Who: "ana"})
		k.types("answer no", "")
		k.asked(engine.AnswerQuestion{Question: "t", Who: "ana"})
	})
}

func TestReadOnlyChangesNothing(t *testing.T) {
	talking(t, func() *engine.Snapshot { return asking("t") }, func(k *talk) {
		time.Sleep(grace)
		k.types("answer yes", "Cannot answer yes: read only beside process 7.")
		k.types("run only a", "Cannot start only a in a: read only beside process 7.")
		k.asked()
		k.types("quit", "")
		if err := <-k.ended; err != nil {
			t.Error(err)
		}
	}, func(o *Options) { o.ReadOnly = "read only beside process 7" })
}

func TestQuitSaysWhatItWouldEnd(t *testing.T) {
	const lost = "Leaving ends run 12 of [dev ana] features in b. Type quit again to end it and leave; anything else stays."
	talking(t, twoWorkspaces, func(k *talk) {
		k.types("quit", lost)
		k.types("", "")
		k.types("quit", lost)
		k.types("quit", "")
		if err := <-k.ended; err != nil {
			t.Error(err)
		}
	})
}

// The end of the input ends the console when nothing is under way, and not what was just asked for.
func TestTheInputEnds(t *testing.T) {
	idle := func() *engine.Snapshot {
		return &engine.Snapshot{Workspaces: []engine.WorkspaceState{workspace("a")}}
	}
	talking(t, idle, func(k *talk) {
		k.types("run features", "Run 9 of [dev ana] features in a was asked for.")
		k.keys.Close()
		time.Sleep(time.Minute)
		if diff := cmp.Diff("The input has ended. featops ends when nothing is under way.\n", k.heard()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, status := range []workspaces.Status{running, succeeded} {
			select {
			case err := <-k.ended:
				t.Fatalf("ended before the run: %v", err)
			default:
			}
			k.happens(&engine.Snapshot{Workspaces: []engine.WorkspaceState{workspace("a", workspaces.Run{ID: 9, Status: status})}}, engine.Event{Kind: engine.RunChanged})
			time.Sleep(time.Minute)
		}
		if err := <-k.ended; err != nil {
			t.Error(err)
		}
	})
}

func TestTheContextEnds(t *testing.T) {
	talking(t, twoWorkspaces, func(k *talk) {
		k.stop()
		if err := <-k.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that the context was cancelled", err)
		}
	})
}
