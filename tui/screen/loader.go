package screen

import (
	"context"

	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Loader asks the engine for a value and holds the newest answer. An answer that comes after a newer
// question was asked is dropped, and the older question is cancelled. The zero Loader has asked
// nothing.
type Loader[T any] struct {
	value  T
	known  bool
	err    error
	number int // of the newest question
	cancel context.CancelFunc
}

// answer is how a question of a loader ended.
type answer[T any] struct {
	to     *Loader[T]
	number int
	value  T
	err    error
}

// Load asks. What was known stays until the answer comes.
func (l *Loader[T]) Load(c Console, ask func(context.Context, Engine) (T, error)) tea.Cmd {
	l.Stop()
	stopped, cancel := context.WithCancel(context.Background())
	l.number++
	l.cancel = cancel
	number := l.number
	return c.Background(func(ctx context.Context, e Engine) tea.Msg {
		ctx, end := context.WithCancel(ctx)
		defer end()
		defer context.AfterFunc(stopped, end)()
		value, err := ask(ctx, e)
		return answer[T]{l, number, value, err}
	})
}

// Stop gives up the question that is under way.
func (l *Loader[T]) Stop() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
		l.number++
	}
}

// Update takes a message and reports whether it was the answer.
func (l *Loader[T]) Update(msg tea.Msg) bool {
	a, ok := msg.(answer[T])
	if !ok || a.to != l || a.number != l.number {
		return false
	}
	l.Stop()
	if l.err = a.err; a.err == nil {
		l.value, l.known = a.value, true
	}
	return true
}

// Value is the newest answer, and whether there was one.
func (l *Loader[T]) Value() (T, bool) { return l.value, l.known }

// Loading reports whether a question is under way.
func (l *Loader[T]) Loading() bool { return l.cancel != nil }

// Err is why the newest question failed, or nil.
func (l *Loader[T]) Err() error { return l.err }

// Status is a line about the question: that it is under way, or why it failed; else it is empty.
func (l *Loader[T]) Status(what string, s State) string {
	switch {
	case l.Loading():
		return s.Theme.Busy.Styled(widget.Spinner(s.Now) + " loading " + widget.Clean(what))
	case l.err != nil:
		return s.Theme.Bad.Styled("✗ " + widget.Clean(what) + ": " + widget.Clean(l.err.Error()))
	}
	return ""
}
