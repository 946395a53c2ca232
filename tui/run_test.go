package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"
)

// fakeFeed is a queue of events that a test fills.
type fakeFeed struct {
	mu     sync.Mutex
	wake   chan struct{}
	events []engine.Event
	panics bool
}

func newFeed() *fakeFeed { return &fakeFeed{wake: make(chan struct{})} }

func (f *fakeFeed) Wake() <-chan struct{} { return f.wake }
func (f *fakeFeed) Close()                {}

func (f *fakeFeed) Take() []engine.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics {
		panic("the feed is broken")
	}
	out := f.events
	f.events = nil
	return out
}

func (f *fakeFeed) publish(kinds ...engine.Kind) {
	f.mu.Lock()
	for _, k := range kinds {
		f.events = append(f.events, engine.Event{Kind: k})
	}
	f.mu.Unlock()
	f.wake <- struct{}{}
}

func TestEventsComeTogetherAtATick(t *testing.T) {
	f, ring, tick := newFeed(), logs.NewRing(10), make(chan time.Time)
	var sent []changedMsg
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		forward(ctx, f, ring, tick, func(m tea.Msg) { sent = append(sent, m.(changedMsg)) })
	}()
	tick <- noon // the state at the start
	tick <- noon // nothing new
	f.publish(engine.Polled)
	f.publish(engine.RunChanged, engine.TaskChanged)
	tick <- noon
	tick <- noon // nothing new
	ring.Append(logs.Line{})
	tick <- noon
	cancel()
	<-ended
	want := [][]engine.Kind{nil, {engine.Polled, engine.RunChanged, engine.TaskChanged}, nil}
	var got [][]engine.Kind
	for _, m := range sent {
		var kinds []engine.Kind
		for _, e := range m.events {
			kinds = append(kinds, e.Kind)
		}
		got = append(got, kinds)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// display is an output that tells when a text has come.
type display struct {
	mu   sync.Mutex
	all  bytes.Buffer
	want string
	seen chan struct{}
}

func newDisplay(want string) *display { return &display{want: want, seen: make(chan struct{})} }

func (s *display) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := strings.Contains(s.all.String(), s.want)
	s.all.Write(p)
	if !before && strings.Contains(s.all.String(), s.want) {
		close(s.seen)
	}
	return len(p), nil
}

func (s *display) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

func options(e *fakeEngine) Options {
	return Options{Engine: e, Lines: logs.NewRing(10), User: "ana", Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon }, Color: true}
}

// started runs a console on a screen of 80 × 24 and returns once it has drawn what the engine shows.
func started(t *testing.T, ctx context.Context, e *fakeEngine, f *fakeFeed) (keys io.Writer, out *display, ended <-chan error) {
	t.Helper()
	in, keys := io.Pipe()
	out = newDisplay("fs_cus_transactions")
	done := make(chan error, 1)
	size := func(_ tea.Model, m tea.Msg) tea.Msg {
		if _, ok := m.(changedMsg); ok {
			return tea.WindowSizeMsg{Width: 80, Height: 24}
		}
		return m
	}
	go func() { done <- run(ctx, options(e), f, tea.WithInput(in), tea.WithOutput(out), tea.WithFilter(size)) }()
	select {
	case <-out.seen:
	case err := <-done:
		t.Fatalf("the console has ended: %v", err)
	}
	return keys, out, done
}

func wantRestored(t *testing.T, out *display) {
	t.Helper()
	for _, sequence := range []string{"\x1b[?1049l", "\x1b[?25h"} {
		if !strings.Contains(out.String(), sequence) {
			t.Errorf("the terminal did not get %q", sequence)
		}
	}
}

func TestTheUserQuits(t *testing.T) {
	keys, out, ended := started(t, t.Context(), &fakeEngine{snapshot: idle()}, newFeed())
	io.WriteString(keys, "q")
	if err := <-ended; err != nil {
		t.Errorf("error %v, want none", err)
	}
	wantRestored(t, out)
}

func TestTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	_, out, ended := started(t, ctx, &fakeEngine{snapshot: underWay()}, newFeed())
	hangup := errors.New("hangup")
	cancel(hangup)
	if err := <-ended; !errors.Is(err, hangup) {
		t.Errorf("error %v, want %v", err, hangup)
	}
	wantRestored(t, out)
}

func TestAPanicAnywhereRestoresTheTerminal(t *testing.T) {
	t.Run("in a command", func(t *testing.T) {
		keys, out, ended := started(t, t.Context(), &fakeEngine{snapshot: idle(), panics: true}, newFeed())
		io.WriteString(keys, "p")
		wantPanic(t, <-ended, "out of luck", out)
	})
	t.Run("in the forwarder", func(t *testing.T) {
		f := newFeed()
		_, out, ended := started(t, t.Context(), &fakeEngine{snapshot: idle()}, f)
		f.mu.Lock()
		f.panics = true
		f.mu.Unlock()
		f.wake <- struct{}{}
		wantPanic(t, <-ended, "the feed is broken", out)
	})
}

func wantPanic(t *testing.T, err error, what string, out *display) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "goroutine") {
		t.Errorf("error %v, want %q and a stack", err, what)
	}
	wantRestored(t, out)
}

// However much happens while a slow terminal takes a frame, the next frame shows how it ended.
func TestTheLastStateIsDrawnWhenTheTerminalIsSlow(t *testing.T) {
	c := open(t, underWay(), 120, 36)
	feed := &fakeFeed{wake: make(chan struct{}, 1)}
	tick, slow, drawn := make(chan time.Time), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	ends := 0 // that reached the console
	go func() {
		defer close(ended)
		forward(ctx, feed, c.ring, tick, func(m tea.Msg) {
			for _, e := range m.(changedMsg).events {
				if e.Final() {
					ends++
				}
			}
			c.Update(m)
			drawn <- struct{}{}
			<-slow
		})
	}()
	tick <- noon
	<-drawn // and the terminal takes its time
	const happened = 10_000
	for i := range happened {
		s := underWay()
		run := &s.Workspaces[0].Jobs[0].Runs[0]
		run.Tasks[2].Progress = &workspaces.Progress{Stage: "compute", Rows: int64(i), Total: happened}
		e := engine.Event{Kind: engine.Progressed}
		if i == happened-1 {
			run.Status, run.Tasks[2].Status = failed("1 of 3 tasks failed"), failed("the disk is full")
			e = engine.Event{Kind: engine.RunChanged, Status: &run.Status}
		}
		c.engine.mu.Lock()
		c.engine.snapshot = s
		c.engine.mu.Unlock()
		feed.mu.Lock()
		feed.events = append(feed.events, e)
		feed.mu.Unlock()
		select {
		case feed.wake <- struct{}{}:
		default:
		}
	}
	slow <- struct{}{}
	for more := true; more; { // a tick may come before the wake is seen
		select {
		case tick <- noon:
		case <-drawn:
			more = false
		}
	}
	cancel()
	slow <- struct{}{}
	<-ended
	c.wantSeen(t, true, "the disk is full")
	if ends != 1 {
		t.Errorf("%d ends reached the console, want 1", ends)
	}
}
