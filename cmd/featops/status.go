package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"featops/engine"
	"featops/engine/journal"
	"featops/workspaces"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the workspaces: jobs, newest runs, tables, registrations",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
				_, err := s.Do(cmd.Context(), engine.Poll{})
				snap := s.Snapshot()
				return errors.Join(a.print(snap, func(w io.Writer) { printStatus(w, snap, a.now()) }), err)
			})
		},
	}
}

func printStatus(w io.Writer, s *engine.Snapshot, now time.Time) {
	for i, ws := range s.Workspaces {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s (%s, %s)\n", ws.Name, ws.Kind, s.Env)
		if ws.Error != "" {
			fmt.Fprintln(w, "  cannot be read in full:", ws.Error)
		}
		if u := ws.Usage; u != nil {
			fmt.Fprintln(w, "  "+calls(*u, now))
		}
		for _, j := range ws.Jobs {
			printJob(w, j, now)
		}
		if len(ws.Tables) > 0 {
			table(w, func(line func(string, ...any)) {
				line("  TABLE\tVERSION\tROWS\tUPDATED\tREGISTERED IN")
				for _, t := range ws.Tables {
					line("  %s\t%d\t%s\t%s\t%s", t.Name, t.Version, count(t.Rows), humanize.RelTime(t.Updated, now, "ago", "from now"), list(registeredIn(s, t)))
				}
			})
		}
	}
}

// calls tells what looking at a workspace costs.
func calls(u workspaces.Usage, now time.Time) string {
	text := counted(int64(u.Calls), "call") + " in the last minute"
	if u.Refused > 0 {
		text += fmt.Sprintf(", of which %d were refused for being too many", u.Refused)
	}
	if u.BusyUntil.After(now) {
		text += ", and none before " + at(u.BusyUntil)
	}
	return text
}

// registeredIn lists the workspaces that know a table, with the version they know where it is not the newest.
func registeredIn(s *engine.Snapshot, t workspaces.Table) []string {
	var out []string
	for _, w := range s.Workspaces {
		for _, r := range w.Registrations {
			switch {
			case r.Name != t.Name:
			case r.Version == t.Version:
				out = append(out, w.Name)
			default:
				out = append(out, fmt.Sprintf("%s (version %d)", w.Name, r.Version))
			}
		}
	}
	return out
}

func (a *app) runsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs of the jobs, the newest first",
		Args:  noArguments,
	}
	workspace := cmd.Flags().String("workspace", "", "only of this `workspace`")
	limit := cmd.Flags().Int("limit", 20, "at most `N` runs")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *limit < 1 {
			return usageError{fmt.Errorf("--limit %d: allowed is 1 or more", *limit)}
		}
		return a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
			runs, err := s.Runs(cmd.Context(), *workspace, *limit)
			if err != nil {
				return err
			}
			return a.print(runs, func(w io.Writer) { printRuns(w, runs, a.now()) })
		})
	}
	return cmd
}

func printRuns(w io.Writer, runs []workspaces.Run, now time.Time) {
	table(w, func(line func(string, ...any)) {
		line("WORKSPACE\tRUN\tJOB\tSTATE\tQUEUED\tTOOK\tTASKS")
		for _, r := range runs {
			ok := 0
			tasks := r.Newest()
			for _, t := range tasks {
				if t.Status.Succeeded() {
					ok++
				}
			}
			repaired := ""
			if n := len(r.Repairs); n > 0 {
				repaired = ", " + counted(int64(n), "repair")
			}
			line("%s\t%d\t%s\t%s\t%s\t%s\t%d of %d succeeded%s", r.Workspace, r.ID, r.Job, state(r.Status), at(r.Queued),
				lasted(r.Since(), r.Ended, now), ok, len(tasks), repaired)
		}
	})
}

func (a *app) decisionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "decisions",
		Short: "List every question that was asked, and its answer",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
				decisions, err := s.Journal().Decisions(cmd.Context(), 0, time.Time{})
				if err != nil {
					return err
				}
				return a.print(decisions, func(w io.Writer) {
					for _, d := range slices.Backward(decisions) {
						fmt.Fprintf(w, "%s  %s\n", at(d.Question.Asked), decisionLine(d))
						indent(w, differenceLines(d.Question.Difference))
						indent(w, lossLines(d.Question.Loss))
					}
				})
			})
		},
	}
}

// decisionLine tells a question and its answer in one line.
func decisionLine(d journal.Decision) string {
	line := fmt.Sprintf("%s %s in %s", d.Question.Subject, d.Question.Table, d.Question.Workspace)
	if d.Answer == nil && d.Settlement == nil {
		return line + ": open"
	}
	if d.Answer == nil {
		return line + fmt.Sprintf(": %s, %s", d.Settlement.Outcome, d.Settlement.Detail)
	}
	word := "no"
	if d.Answer.Yes {
		word = "yes"
	}
	line += fmt.Sprintf(": %s by %s after %s", word, d.Answer.Whom(), d.Answer.After.Round(time.Second))
	if d.Settlement != nil {
		line += fmt.Sprintf(", %s, version %d → %d", d.Settlement.Outcome, d.Question.Version, d.Settlement.Version)
	}
	return line
}
