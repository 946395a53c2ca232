package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"featops/engine"
	"featops/workspaces"

	"github.com/spf13/cobra"
)

// runSettings are flags of single commands that lie over the configuration.
var runSettings = []struct{ flag, key, usage string }{
	{"on-conflict", "save.on_conflict", "who decides on conflicts: reject, accept or prompt (default prompt on a terminal, else reject)"},
	{"prompt-timeout", "save.prompt_timeout", "how long a question waits for its answer (default 5m)"},
}

func decisionFlags(cmd *cobra.Command) {
	for _, s := range runSettings {
		cmd.Flags().String(s.flag, "", s.usage)
	}
}

// parameters are the flags for task parameters: any of them as k=v, and one of its own for a full build.
func parameters(cmd *cobra.Command) func() (map[string]string, error) {
	given := cmd.Flags().StringArray("param", nil, "task parameter `k=v`; may be given several times")
	full := cmd.Flags().Bool("full", false, "compute everything, also what has not changed: --param full_build=true")
	return func() (map[string]string, error) {
		out := map[string]string{}
		for _, p := range *given {
			k, v, ok := strings.Cut(p, "=")
			if !ok {
				return nil, usageError{fmt.Errorf("--param %q: allowed is k=v", p)}
			}
			if old, twice := out[k]; twice {
				return nil, usageError{fmt.Errorf("--param %s is given twice: %q and %q", k, old, v)}
			}
			out[k] = v
		}
		if *full {
			if v, ok := out["full_build"]; ok && !strings.EqualFold(v, "true") {
				return nil, usageError{fmt.Errorf("--full and --param full_build=%s contradict each other", v)}
			}
			out["full_build"] = "true"
		}
		return out, nil
	}
}

func (a *app) runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run [TABLE…]",
		Short: "Run the jobs of all workspaces and register what they finish",
		Long: `Starts the jobs of every workspace (or only the tasks that build the named tables), watches them, asks or
decides on conflicts, registers what succeeded in the other workspaces, and ends with a summary.
When there is no source data at all, it makes the sample first.`,
	}
	workspace := cmd.Flags().StringArray("workspace", nil, "only this `workspace`; may be given several times")
	noRegister := cmd.Flags().Bool("no-register", false, "register nothing")
	params := parameters(cmd)
	decisionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		given, err := params()
		if err != nil {
			return err
		}
		job := engine.MainJob{Tables: args, Workspaces: *workspace, Parameters: given}
		return a.run(cmd.Context(), job, !*noRegister)
	}
	return cmd
}

func (a *app) run(ctx context.Context, job engine.MainJob, register bool) error {
	return a.with(ctx, use{register: register}, func(s *session) error {
		if err := s.CheckMainJob(job); err != nil {
			return err
		}
		if err := a.firstSample(ctx, s); err != nil {
			return err
		}
		if err := s.Start(ctx); err != nil {
			return err
		}
		stop := a.attend(ctx, s)
		summary, err := s.RunJobs(ctx, job)
		stop()
		if err != nil {
			return err
		}
		return a.tellSummary(summary)
	})
}

// tellSummary prints what was done; the error says how it ended, when not well.
func (a *app) tellSummary(summary engine.Summary) error {
	if err := a.print(summary, func(w io.Writer) { printSummary(w, summary) }); err != nil {
		return err
	}
	if summary.Status != engine.Done {
		return outcomeError{summary.Status}
	}
	return nil
}

// attend shows progress and asks open questions, until the returned function is called. Without a
// terminal it does nothing.
func (a *app) attend(ctx context.Context, s *session) func() {
	if s.screen == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	events := s.Subscribe()
	asker := a.asker(s)
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-events.Wake():
				events.Take()
			case <-tick.C:
			}
			if !asker.attend(ctx) {
				s.screen.progress(s.Snapshot())
			}
		}
	}()
	return func() {
		cancel()
		<-done
		events.Close()
		s.screen.show("")
	}
}

// printSummary tells what the main job did, a line a task and a line a registration.
func printSummary(w io.Writer, s engine.Summary) {
	fmt.Fprintln(w)
	table(w, func(line func(string, ...any)) {
		line("WORKSPACE\tTASK\tRESULT\tROWS\tVERSION\tSECONDS\tMESSAGE")
		for _, t := range s.Tasks {
			rows := "-"
			if t.Version != workspaces.NoTable {
				rows = count(t.Rows)
			}
			line("%s\t%s\t%s\t%s\t%s\t%.2f\t%s", t.Workspace, t.Task, attemptState(workspaces.TaskRun{Attempt: t.Attempt, Status: t.Status}), rows, versionOf(t.Version), t.Seconds, t.Status.Message)
		}
	})
	printRegistrations(w, s.Registrations)
	for _, t := range s.Tasks {
		printWarnings(w, t.Workspace+" "+t.Task+": ", t.Warnings)
		printDrift(w, t.Workspace+" "+t.Task+": ", t.Drift)
	}
	for _, d := range s.Decisions {
		fmt.Fprintln(w, "decided:", decisionLine(d))
	}
	for _, e := range s.Errors {
		fmt.Fprintln(w, "error:", e)
	}
	fmt.Fprintf(w, "\n%s in %s\n", s.Status, s.Ended.Sub(s.Started).Round(10*time.Millisecond))
}

// printWarnings tells what is not as expected with a source, a line each.
func printWarnings(w io.Writer, where string, warnings []workspaces.SourceWarning) {
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning: %s%s\n", where, warning)
	}
}

// printDrift tells which columns have drifted, in a line.
func printDrift(w io.Writer, where string, drift workspaces.Drifts) {
	if len(drift) > 0 {
		fmt.Fprintf(w, "warning: %s%s\n", where, drift)
	}
}

// versionOf is a version in a table of text.
func versionOf(v int64) string {
	if v == workspaces.NoTable {
		return "-"
	}
	return fmt.Sprint(v)
}

func printRegistrations(w io.Writer, results []engine.RegistrationResult) {
	if len(results) == 0 {
		return
	}
	fmt.Fprintln(w)
	table(w, func(line func(string, ...any)) {
		line("TABLE\tFROM\tTO\tVERSION\tREGISTRATION\tMESSAGE")
		for _, r := range results {
			line("%s\t%s\t%s\t%s\t%s\t%s", r.Table, r.From, r.To, versionOf(r.Version), r.Status, r.Detail)
		}
	})
}
