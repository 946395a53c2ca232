package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"featops/engine"
	"featops/engine/config"

	"github.com/spf13/cobra"
)

func (a *app) watchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Watch the workspaces, start jobs by their schedules, and register what they finish",
		Args:  noArguments,
	}
	once := cmd.Flags().Bool("once", false, "look once, register what is finished, and end")
	decisionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		return a.with(ctx, use{register: true, schedule: !*once}, func(s *session) error {
			if *once {
				return a.watchOnce(ctx, s)
			}
			return a.watch(ctx, s)
		})
	}
	return cmd
}

func (a *app) watchOnce(ctx context.Context, s *session) error {
	stop := a.attend(ctx, s)
	results, err := s.WatchOnce(ctx)
	stop()
	if results == nil {
		results = []engine.RegistrationResult{}
	}
	errPrint := a.print(results, func(w io.Writer) {
		if len(results) == 0 {
			fmt.Fprintln(w, "nothing to register")
		}
		printRegistrations(w, results)
	})
	if err == nil {
		err = errPrint
	}
	return err
}

// watch goes on until somebody stops it, which is its normal end. With --output json it writes an object
// an event.
func (a *app) watch(ctx context.Context, s *session) error {
	events := s.Subscribe()
	defer events.Close()
	if err := s.Start(ctx); err != nil {
		return err
	}
	stop := a.attend(ctx, s)
	defer stop()
	out := json.NewEncoder(a.stdout)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-events.Wake():
		}
		for _, e := range events.Take() {
			if a.config.Output != config.JSON {
				continue
			}
			if err := out.Encode(e); err != nil {
				return fmt.Errorf("write an event: %w", err)
			}
		}
	}
}
