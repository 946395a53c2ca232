package main

import (
	"featops/engine"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check and show the configuration",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.configCheckCommand(), a.configShowCommand())
	return cmd
}

func (a *app) configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the configuration, with the secrets it refers to",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan := engine.Plan{Config: a.config, Now: a.now}
			remote := plan.Remote(a.environ, func(...string) {}, false, slog.New(slog.DiscardHandler), nil)
			defer remote.Close()
			for _, w := range a.config.Workspaces {
				if w.Token.IsZero() {
					continue
				}
				if _, err := remote.Token(cmd.Context(), w); err != nil {
					return usageError{fmt.Errorf("workspace %s: token: %w", w.Name, err)}
				}
			}
			file := a.config.File()
			if file == "" {
				file = "the built-in configuration"
			}
			return a.print(map[string]any{"ok": true, "file": a.config.File()}, func(w io.Writer) {
				fmt.Fprintf(w, "%s is good\n", file)
			})
		},
	}
}

func (a *app) configShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show every setting and where its value comes from",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			settings := a.config.Settings()
			return a.print(settings, func(w io.Writer) {
				table(w, func(line func(string, ...any)) {
					line("KEY\tVALUE\tFROM")
					for _, s := range settings {
						line("%s\t%s\t%s", s.Key, s.Value, s.Origin)
					}
				})
			})
		},
	}
}
