package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"featops/engine"
	"featops/engine/config"
	"featops/workspaces"

	"github.com/spf13/cobra"
)

func (a *app) repairCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "repair RUN",
		Short: "Run the failed tasks of a run again, in the same run",
		Long: `Makes new attempts at the tasks of a run that failed or were cancelled (or at the named ones), and at those that
depend on them, with the parameters of the run; watches them, asks or decides on conflicts, registers what
succeeded in the other workspaces, and ends with a summary. When another featops holds the home, that one does
it, and this one waits for the summary.`,
		Args: arguments(cobra.ExactArgs(1)),
	}
	workspace := workspaceFlag(cmd)
	tasks := cmd.Flags().StringArray("task", nil, "only this `task` and those that depend on it; may be given several times")
	decisionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := runNumber(args[0])
		if err != nil {
			return err
		}
		find := func(ctx context.Context, s *session) (engine.Command, error) {
			run, err := s.FindRun(ctx, *workspace, id)
			return engine.RepairRun{Workspace: run.Workspace, Run: id, Tasks: *tasks, Who: userName()}, err
		}
		return a.control(cmd.Context(), use{register: true}, control{
			find: find,
			do: func(ctx context.Context, s *session, c engine.Command) (engine.Reply, error) {
				if err := s.Start(ctx); err != nil {
					return engine.Reply{}, err
				}
				stop := a.attend(ctx, s)
				defer stop()
				summary, err := s.Repair(ctx, c.(engine.RepairRun))
				return engine.Reply{Summary: &summary}, err
			},
			tell: func(_ context.Context, _ *session, r engine.Reply) error { return a.tellSummary(*r.Summary) },
		})
	}
	return cmd
}

func (a *app) cancelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Stop a run that another featops or Databricks executes, or take it out of the queue",
		Long: `Asks whoever executes a run, another featops or Databricks, to cancel it, and waits for its end. Tasks that have
ended keep what they saved; one that is under way saves nothing.`,
		Args: arguments(cobra.ExactArgs(1)),
	}
	workspace := workspaceFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := runNumber(args[0])
		if err != nil {
			return err
		}
		tell := func(ended workspaces.Run) error {
			return a.print(ended, func(w io.Writer) {
				fmt.Fprintf(w, "run %d of %s in %s: %s %s\n", id, ended.Job, ended.Workspace, state(ended.Status), ended.Status.Message)
			})
		}
		elsewhere := engine.CancelRun{Run: id} // in a workspace that executes runs without any featops
		err = a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
			run, err := s.FindRun(cmd.Context(), *workspace, id)
			if err != nil {
				return err
			}
			if run.Status.Ended() {
				return &engine.NotUnderWayError{Run: run}
			}
			reply, err := a.handOver(cmd.Context(), s, engine.CancelRun{Workspace: run.Workspace, Run: id})
			if in, _ := s.Snapshot().Workspace(run.Workspace); errors.Is(err, engine.ErrReleased) && in.Kind == config.Databricks {
				elsewhere.Workspace = run.Workspace
				return nil
			}
			if errors.Is(err, engine.ErrReleased) {
				return fmt.Errorf("nobody executes run %d in %s: the featops that did has stopped; `featops repair %d --workspace %s` runs again what it did not finish",
					id, run.Workspace, id, run.Workspace)
			}
			if err != nil {
				return err
			}
			return tell(*reply.Ended)
		})
		if err != nil || elsewhere.Workspace == "" {
			return err
		}
		return a.with(cmd.Context(), use{}, func(s *session) error {
			ended, err := s.StopRun(cmd.Context(), elsewhere)
			if err != nil {
				return err
			}
			return tell(ended)
		})
	}
	return cmd
}

func (a *app) pauseCommand() *cobra.Command {
	return a.scheduleCommand("pause JOB", "Keep the schedule of a job from starting it", true)
}

func (a *app) resumeCommand() *cobra.Command {
	return a.scheduleCommand("resume JOB", "Let the schedule of a job start it again", false)
}

// schedule is the JSON of pause and resume.
type schedule struct {
	Workspace string `json:"workspace"`
	Job       string `json:"job"`
	workspaces.Schedule
}

func (a *app) scheduleCommand(name, what string, paused bool) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name,
		Short: what,
		Long:  what + `. This beats the configuration, until it is said otherwise by the same commands.`,
		Args:  arguments(cobra.ExactArgs(1)),
	}
	workspace := workspaceFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.control(cmd.Context(), use{}, control{
			find: func(ctx context.Context, s *session) (engine.Command, error) {
				in, j, err := s.FindJob(ctx, *workspace, args[0])
				if err == nil && j.Schedule == nil {
					err = &engine.InvalidError{What: fmt.Sprintf("%s in %s has no schedule to pause or resume: the key is workspace.job.schedule", j.Name, in)}
				}
				return engine.PauseJob{Workspace: in, Job: j.ID, Paused: paused}, err
			},
			do: func(ctx context.Context, s *session, c engine.Command) (engine.Reply, error) { return s.Do(ctx, c) },
			tell: func(ctx context.Context, s *session, _ engine.Reply) error {
				in, j, err := s.FindJob(ctx, *workspace, args[0])
				if err != nil {
					return err
				}
				return a.print(schedule{in, j.Name, *j.Schedule}, func(w io.Writer) {
					fmt.Fprintf(w, "%s in %s: %s\n", j.Name, in, scheduleLine(*j.Schedule, a.now()))
				})
			},
		})
	}
	return cmd
}

func workspaceFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("workspace", "", "in this `workspace`")
}

func runNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, usageError{fmt.Errorf("run %q: allowed is the number of a run, from 1; `featops runs` lists them", text)}
	}
	return n, nil
}

// control is something that the engine that holds the home does, whoever that is.
type control struct {
	find func(context.Context, *session) (engine.Command, error)
	do   func(context.Context, *session, engine.Command) (engine.Reply, error) // when this process can hold the home
	tell func(context.Context, *session, engine.Reply) error
}

// control takes the home and does it, or has it done by the process that holds the home.
func (a *app) control(ctx context.Context, u use, c control) error {
	for {
		err := a.with(ctx, u, func(s *session) error { return c.through(ctx, s, c.do) })
		var held *engine.HeldError
		if !errors.As(err, &held) {
			return err
		}
		err = a.with(ctx, use{readOnly: true}, func(s *session) error { return c.through(ctx, s, a.handOver) })
		if !errors.Is(err, engine.ErrReleased) {
			return err
		}
	}
}

func (c control) through(ctx context.Context, s *session, do func(context.Context, *session, engine.Command) (engine.Reply, error)) error {
	command, err := c.find(ctx, s)
	if err != nil {
		return err
	}
	reply, err := do(ctx, s, command)
	if err != nil {
		return err
	}
	return c.tell(ctx, s, reply)
}

// handOver has something done by the process that holds the home. Who stops waiting stops nothing else.
func (a *app) handOver(ctx context.Context, s *session, c engine.Command) (engine.Reply, error) {
	taken := false
	reply, err := s.HandOver(ctx, c, func() {
		taken = true
		fmt.Fprintln(a.stderr, "featops: the process that holds the home does it; waiting for the end")
	})
	if err != nil && ctx.Err() != nil && taken {
		err = fmt.Errorf("%w; the process that holds the home goes on", err)
	}
	return reply, err
}
