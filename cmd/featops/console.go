package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/tui"
	_ "featops/tui/background" // no question to the terminal before main
	"featops/tui/plain"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

var errNoTerminal = errors.New("the console needs a terminal; `featops run` does the main job without one, and `featops --plain` takes commands without one")

// console opens the console. Log lines go to the file and to its screen, not to the terminal. Beside a
// process that holds the home directory, that one does what the console asks for. On a terminal that cannot draw it is
// the plain one.
func (a *app) console(ctx context.Context) error {
	if !a.plain {
		if !terminal(a.stdin) || !terminal(a.stdout) {
			return usageError{errNoTerminal}
		}
		kind, _ := a.environ("TERM")
		a.plain = kind == "dumb"
	}
	if a.readOnly {
		return a.with(ctx, use{readOnly: true, console: true}, func(s *session) error { return a.lookOn(ctx, s) })
	}
	var held *engine.HeldError
	s, err := a.open(ctx, use{register: true, schedule: true, console: true})
	if errors.As(err, &held) {
		return a.with(ctx, use{readOnly: true, console: true}, func(s *session) error { return a.lookOn(ctx, s) })
	}
	if err != nil {
		return err
	}
	return s.during(func(s *session) error {
		if err := a.firstSample(ctx, s); err != nil {
			return err
		}
		if err := s.Start(ctx); err != nil {
			return err
		}
		return a.face(ctx, s, s.Engine, false)
	})
}

// face runs the console that the user has chosen, on the engine of the session or on one that hands over to another
// process, beside that.
func (a *app) face(ctx context.Context, s *session, e tui.Engine, beside bool) error {
	readOnly := ""
	if a.readOnly {
		readOnly = "read only"
	}
	if a.plain {
		return plain.Run(ctx, plain.Options{
			Engine: e, Lines: s.logs.Ring.Lines, In: a.stdin, Out: a.stdout, User: userName(), Now: a.now,
			ReadOnly: readOnly, Beside: beside, Status: printStatus, Question: questionText,
		})
	}
	o := a.consoleOptions(s)
	o.Engine, o.ReadOnly, o.Beside = e, readOnly, beside
	return a.show(ctx, o)
}

func (a *app) consoleOptions(s *session) tui.Options {
	c := a.config.Console
	return tui.Options{
		Lines: s.logs.Ring, Log: s.logs.Logger, User: userName(), Now: a.now,
		Color: a.colored(a.stdout), Theme: c.Theme, Keys: c.Keys, Notify: c.Notify,
		LogFile: a.logFile(), Home: a.config.Home, Version: version(), Redact: s.logs.Redactor.Redact, Terminal: a.stdout,
		Clipboard: a.clipboard(),
	}
}

// lookOn opens a console that shows what the process that holds the home directory does, and its log. What it is asked
// for that process does, unless it is read only.
func (a *app) lookOn(ctx context.Context, s *session) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		if err := a.followLog(following, s.logs); err != nil {
			s.logs.Logger.Error("cannot follow the log", "error", err)
		}
	}()
	defer func() { stop(); <-followed }()
	if a.readOnly {
		return a.face(ctx, s, s.Engine, false)
	}
	return a.face(ctx, s, engine.Beside{Engine: s.Engine}, true)
}

// followLog shows the lines of the log file in a console that does not write them itself.
func (a *app) followLog(ctx context.Context, to *logs.Logs) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	ticks := time.NewTicker(followInterval)
	defer ticks.Stop()
	for l, err := range logs.Follow(ctx, a.logFile(), logs.Filter{}, ticks.C) {
		if err != nil {
			to.Logger.Warn("a line of the log cannot be shown", "error", err)
			continue
		}
		to.Ring.Append(l)
	}
	return nil
}

// remembered is how many of the newest lines of the log a console shows from before it was opened.
const remembered = 200

// remember takes the newest lines of the log file into memory, so that a console does not begin with an empty log.
func (a *app) remember(ctx context.Context, to *logs.Logs) {
	lines, err := to.Ring.Back(a.logFile(), a.now()).Older(ctx)
	if err != nil {
		to.Logger.WarnContext(ctx, "the log of before cannot be shown", "error", err)
	}
	for _, l := range lines[max(0, len(lines)-remembered):] {
		to.Ring.Append(l)
	}
}

// show runs the console on the terminal, whose state is kept for restore.
func (a *app) show(ctx context.Context, o tui.Options) error {
	state, err := term.GetState(int(os.Stdin.Fd()))
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	a.screenState.Store(state)
	return tui.Run(ctx, o)
}

// restore gives the terminal back when the process ends without waiting for the console to do so. Without a console it
// does nothing.
func (a *app) restore() {
	state := a.screenState.Load()
	if state == nil {
		return
	}
	_, _ = io.WriteString(os.Stdout, ansi.ResetModeAltScreenSaveCursor+ansi.ResetModeBracketedPaste+ansi.SetModeTextCursorEnable)
	_ = term.Restore(int(os.Stdin.Fd()), state)
}
