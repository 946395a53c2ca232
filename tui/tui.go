// Package tui is the console: it draws snapshots of an engine and sends it commands. The root model
// keeps the size, the screens, the dialogs on top and the footer; what is on a screen is the
// screen's own (package screen tells how one is made).
//
// One goroutine, the forwarder, turns the engine's events and new log lines into at most thirty
// messages a second, so the engine never waits for a slow terminal. Commands to the engine run in
// the background; Update and View only compute. The frame is drawn in Update, and View returns
// what was drawn.
//
// Importing Bubble Tea asks the terminal for its background colour before main runs; package
// background keeps it from asking.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

// Engine is what the console needs of an engine.
type Engine = screen.Engine

// LogSource is where the console reads log lines. *logs.Ring is one.
type LogSource = screen.Lines

// Options says what the console works with. Engine, Lines, Log and Now must be set.
type Options struct {
	Engine   Engine
	Lines    LogSource
	Log      *slog.Logger
	User     string // recorded as who answered a question
	Now      func() time.Time
	Color    bool   // false leaves bold, faint and reverse
	Theme    string // dark, light or contrast
	ReadOnly string // why the console can only look; empty: it can do everything
	Beside   bool   // another process does the work, and what the console asks for too

	Keys   map[string][]string // keys of actions in place of their own, see CheckKeys
	Notify []string            // how a question calls for somebody, as config.Console has it

	LogFile string                   // the log lines on disk; empty: those of Lines are all
	Home    string                   // where state, exports and reports are kept; empty: nowhere
	Version string                   // of the program, for reports
	Redact  func(text string) string // takes secrets out of a report; nil: there are none

	Terminal io.Writer // takes what is no frame: bell, notifications, clipboard; nil: nothing does
	// Clipboard puts text on the user's clipboard. Where it is nil or fails the terminal is asked to, by OSC 52.
	Clipboard func(ctx context.Context, text string) error
}

const (
	// framesPerSecond bounds how often events of the engine redraw the screen. Keys redraw at once.
	framesPerSecond = 30
	// writesPerSecond is how often a frame that is another goes to the terminal: what a key did waits for half as long as
	// what an event did.
	writesPerSecond = 60
)

// Run opens the console on the terminal and returns when the user quits, which is no error, or when
// ctx ends, as it should by a signal, with its cause as the error. A panic anywhere in the console is
// an error that names the file with its stack. The terminal is restored in each case. Run starts and
// stops nothing in the engine: whoever closes the engine afterwards ends its runs.
func Run(ctx context.Context, o Options) error {
	events := o.Engine.Subscribe()
	defer events.Close()
	return run(ctx, o, events)
}

func run(ctx context.Context, o Options, events feed, more ...tea.ProgramOption) error {
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	m, err := newModel(o, &background{ctx: work, engine: o.Engine})
	if err != nil {
		return err
	}
	m.restore()
	options := append([]tea.ProgramOption{
		tea.WithAltScreen(), tea.WithoutSignalHandler(), tea.WithFPS(writesPerSecond),
	}, more...)
	p := tea.NewProgram(m, options...)

	tick := time.NewTicker(time.Second / framesPerSecond)
	defer tick.Stop()
	var helpers sync.WaitGroup
	var broken error
	helpers.Go(func() {
		if broken = guard(func() { forward(work, events, o.Lines, tick.C, p.Send) }); broken != nil || ctx.Err() != nil {
			p.Quit()
		}
	})
	_, err = p.Run()
	cancel()
	m.background.wait()
	helpers.Wait()

	switch {
	case m.broken != nil || broken != nil:
		return m.report(errors.Join(m.broken, broken))
	case err != nil && ctx.Err() == nil:
		return fmt.Errorf("console: %w", err)
	}
	m.keep()
	if ctx.Err() != nil {
		return fmt.Errorf("console: %w", context.Cause(ctx))
	}
	return nil
}
