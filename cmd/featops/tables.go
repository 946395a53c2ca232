package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"featops/engine"
	"featops/workspaces"

	"github.com/spf13/cobra"
)

var errMapping = errors.New("--mapping is needed: it says how the columns of the file become those of the table")

func (a *app) buildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "build TABLE",
		Short: "Compute and save one table, outside any job",
		Args:  arguments(cobra.ExactArgs(1)),
	}
	params := parameters(cmd)
	decisionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		given, err := params()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.with(ctx, use{}, func(s *session) error {
			s.lookAround(ctx)
			stop := a.attend(ctx, s)
			reply, err := s.Do(ctx, engine.BuildTable{Table: args[0], Parameters: given})
			stop()
			if err != nil && (reply.Build == nil || !reply.Build.Refused) {
				return err
			}
			return errors.Join(err, a.print(reply.Build, func(w io.Writer) { printBuild(w, *reply.Build) }))
		})
	}
	return cmd
}

func printBuild(w io.Writer, b workspaces.Build) {
	fmt.Fprintf(w, "%s: %s\n", b.Table, b)
	printWarnings(w, "", b.Warnings)
	printDrift(w, "", b.Drift)
}

// lookAround looks at the workspaces once, so that a question can tell where a table is registered. What cannot be read
// is logged, and does not keep a table elsewhere from being built.
func (s *session) lookAround(ctx context.Context) { _, _ = s.Do(ctx, engine.Poll{}) }

func (a *app) diffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff TABLE",
		Short: "Show what a build would change; writes nothing",
		Args:  arguments(cobra.ExactArgs(1)),
	}
	params := parameters(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		given, err := params()
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		return a.with(ctx, use{readOnly: true}, func(s *session) error {
			s.lookAround(ctx)
			d, err := s.Diff(ctx, args[0], given)
			if err != nil {
				return err
			}
			return a.print(d, func(w io.Writer) {
				printDiff(w, d)
				printWarnings(w, "", d.Warnings)
			})
		})
	}
	return cmd
}

func printDiff(w io.Writer, d engine.Diff) {
	switch {
	case !d.Exists:
		fmt.Fprintf(w, "%s does not exist in %s: a build creates it with %s and %s\n", d.Table, d.Workspace,
			counted(int64(len(d.Difference.New)), "column"), counted(d.Rows.Inserted, "row"))
		return
	case d.UpToDate:
		fmt.Fprintf(w, "%s is up to date: version %d, %s\n", d.Table, d.Version, counted(d.Rows.Unchanged, "row"))
		return
	}
	fmt.Fprintf(w, "%s in %s, version %d\n", d.Table, d.Workspace, d.Version)
	if d.Extent != nil {
		fmt.Fprintf(w, "  %s\n", d.Extent)
	}
	indent(w, differenceLines(d.Difference))
	others := count(d.Rows.Absent) + " not in the new data"
	if d.Extent != nil && d.Extent.Incremental {
		others = count(d.Rows.Untouched) + " not touched"
	}
	fmt.Fprintf(w, "  rows: %s new, %s changed, %s unchanged, %s\n",
		count(d.Rows.Inserted), count(d.Rows.Updated), count(d.Rows.Unchanged), others)
	if d.Replaces && d.Rows.Absent > 0 {
		fmt.Fprintf(w, "  the build replaces the whole table and loses %s\n", counted(d.Rows.Absent, "row"))
	}
	if !d.Asks {
		return
	}
	fmt.Fprintln(w, "The build would ask. Yes overwrites the whole table and loses")
	indent(w, lossLines(workspaces.Loss{Rows: d.Rows.Absent, Columns: d.Loss}))
	fmt.Fprintf(w, "It is registered in %s.\n", list(d.RegisteredIn))
}

func (a *app) historyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "history TABLE",
		Short: "List the versions of a table",
		Args:  arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
				commits, err := s.History(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.print(commits, func(w io.Writer) {
					table(w, func(line func(string, ...any)) {
						line("VERSION\tTIME\tOPERATION\tROWS WRITTEN\tBY")
						for _, c := range commits {
							line("%d\t%s\t%s\t%s\t%s", c.Version, at(c.Time), c.Operation, c.Metrics["numOutputRows"], c.By)
						}
					})
				})
			})
		},
	}
}

func (a *app) restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore TABLE --version N",
		Short: "Make an earlier version of a table its newest one",
		Args:  arguments(cobra.ExactArgs(1)),
	}
	version := cmd.Flags().Int64("version", -1, "the version `N` to go back to")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *version < 0 {
			return usageError{errors.New("--version is needed: a version that featops history lists")}
		}
		return a.with(cmd.Context(), use{}, func(s *session) error {
			s.lookAround(cmd.Context())
			reply, err := s.Do(cmd.Context(), engine.RestoreTable{Table: args[0], Version: *version})
			if err != nil {
				return err
			}
			return a.print(reply.Commit, func(w io.Writer) {
				fmt.Fprintf(w, "%s is as it was at version %d; this is version %d\n", args[0], *version, reply.Commit.Version)
				if in := s.Snapshot().RegisteredIn(args[0]); len(in) > 0 {
					fmt.Fprintf(w, "%s still knows the version before; `featops register %s` tells it of this one\n", list(in), args[0])
				}
			})
		})
	}
	return cmd
}

func (a *app) registerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register TABLE…",
		Short: "Register tables in other workspaces",
		Args:  arguments(cobra.MinimumNArgs(1)),
	}
	from := cmd.Flags().String("from", "", "`workspace` in which the tables live (default the one that computes them)")
	to := cmd.Flags().StringArray("to", nil, "`workspace` to register them in; may be given several times (default every other)")
	decisionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		return a.with(ctx, use{}, func(s *session) error {
			s.lookAround(ctx)
			stop := a.attend(ctx, s)
			reply, err := s.Do(ctx, engine.RegisterTables{Tables: args, From: *from, To: *to})
			stop()
			if len(reply.Registrations) == 0 {
				return err
			}
			return errors.Join(err, a.print(reply.Registrations, func(w io.Writer) { printRegistrations(w, reply.Registrations) }))
		})
	}
	return cmd
}
