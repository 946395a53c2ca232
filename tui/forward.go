package tui

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"featops/engine"

	tea "github.com/charmbracelet/bubbletea"
)

// feed is a queue of the engine's events.
type feed interface {
	Wake() <-chan struct{}
	Take() []engine.Event
	Close()
}

// changedMsg says that the engine's snapshot or the log has changed, and brings the events since the
// one before.
type changedMsg struct{ events []engine.Event }

// forward sends at each tick what has happened since the one before, if anything has, until ctx
// ends. A send may take as long as the terminal wants: events then come together.
func forward(ctx context.Context, events feed, lines LogSource, tick <-chan time.Time, send func(tea.Msg)) {
	woken := true // the state at the start is news too
	total := uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-events.Wake():
			woken = true
		case <-tick:
			now := lines.Total()
			if woken || now != total {
				woken, total = false, now
				send(changedMsg{events.Take()})
			}
		}
	}
}

// background runs what takes time.
type background struct {
	ctx    context.Context
	engine Engine

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

// brokenMsg is a panic in the background.
type brokenMsg struct{ err error }

// do returns what runs f.
func (b *background) do(f func(context.Context, Engine) tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		if !b.begin() {
			return nil
		}
		defer b.work.Done()
		if err := guard(func() { msg = f(b.ctx, b.engine) }); err != nil {
			return brokenMsg{err}
		}
		return msg
	}
}

func (b *background) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.work.Add(1)
	}
	return !b.closed
}

// wait lets nothing more begin and waits for what has.
func (b *background) wait() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.work.Wait()
}

// panicError is a panic in the console and where it was.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("the console broke down: %v", e.value) }

// guard turns a panic in f into an error.
func guard(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
	}()
	f()
	return nil
}
