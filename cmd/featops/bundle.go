package main

import (
	"errors"
	"fmt"
	"io"

	"featops/engine"
	"featops/engine/bundle"
	"featops/features"

	"github.com/spf13/cobra"
)

func (a *app) bundleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle --out DIR",
		Short: "Write a Databricks Asset Bundle that deploys the jobs to every workspace and environment",
		Long: `Writes the jobs of the configuration as a Databricks Asset Bundle, with a target for each environment of each
workspace and a SQL file for each task. The README.md in it says how to deploy it. Written to the same directory again, it
replaces its own files and removes those that are no longer needed; other files there stay, and when one of its own
was changed by hand, nothing is written.`,
		Args: noArguments,
	}
	dir := cmd.Flags().String("out", "", "`directory` of the bundle, made if need be")
	cmd.RunE = func(*cobra.Command, []string) error {
		if *dir == "" {
			return usageError{errors.New("--out is needed: the directory of the bundle")}
		}
		files, err := bundle.Files(engine.Plan{Config: a.config, Tables: features.Tables(), Now: a.now})
		if err != nil {
			return usageError{err}
		}
		report, err := bundle.Write(*dir, files)
		if err != nil {
			return err
		}
		return a.print(report, func(w io.Writer) {
			for _, done := range []struct {
				what  string
				names []string
			}{{"written", report.Written}, {"removed", report.Removed}} {
				for _, name := range done.names {
					fmt.Fprintf(w, "%s  %s\n", done.what, name)
				}
			}
			fmt.Fprintf(w, "%s: %s written, %d unchanged, %d removed\n", report.Dir,
				counted(int64(len(report.Written)), "file"), len(report.Unchanged), len(report.Removed))
		})
	}
	return cmd
}
