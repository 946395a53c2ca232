package main

import (
	"context"
	"errors"

	"featops/tui"
	_ "featops/tui/background" // no question to the terminal before main
)

var errNoTerminal = errors.New("the console needs a terminal; `featops run` does the main job without one")

// console opens the console. Log lines go to the file and to its screen, not to the terminal.
func (a *app) console(ctx context.Context) error {
	if !terminal(a.stdin) || !terminal(a.stdout) {
		return usageError{errNoTerminal}
	}
	return a.with(ctx, use{register: true, console: true}, func(s *session) error {
		if err := a.firstSample(ctx, s); err != nil {
			return err
		}
		if err := s.Start(ctx); err != nil {
			return err
		}
		return tui.Run(ctx, tui.Options{
			Engine: s.Engine, Lines: s.logs.Ring, User: userName(), Now: a.now, Color: a.colored(a.stdout),
		})
	})
}
