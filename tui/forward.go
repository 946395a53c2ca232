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

// background carries out commands of the engine.
type background struct {
	ctx    context.Context
	engine Engine

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

// doneMsg says how a command ended.
type doneMsg struct {
	id    int
	reply engine.Reply
	err   error
}

// brokenMsg is a panic in a command.
type brokenMsg struct{ err error }

// do returns what carries out c. The message it gives bears the id.
func (b *background) do(id int, c engine.Command) tea.Cmd {
	return func() tea.Msg {
		if !b.begin() {
			return nil
		}
		defer b.work.Done()
		var done doneMsg
		err := guard(func() {
			reply, err := b.engine.Do(b.ctx, c)
			done = doneMsg{id, reply, err}
		})
		if err != nil {
			return brokenMsg{err}
		}
		return done
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

// wait lets no more commands begin and waits for those that have.
func (b *background) wait() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.work.Wait()
}

// guard turns a panic in f into an error with its stack.
func guard(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the console broke down: %v\n%s", p, debug.Stack())
		}
	}()
	f()
	return nil
}
