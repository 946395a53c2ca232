package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"featops/engine/config"
	"featops/engine/logs"

	"github.com/spf13/cobra"
)

// followInterval is how often a followed log is looked at.
const followInterval = 200 * time.Millisecond

func (a *app) logsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show the log, filtered",
		Args:  noArguments,
	}
	var f logs.Filter
	flags := cmd.Flags()
	follow := flags.BoolP("follow", "f", false, "go on with new lines")
	flags.StringVar(&f.Workspace, "workspace", "", "only lines of this `workspace`")
	flags.StringVar(&f.Job, "job", "", "only lines of this `job`")
	flags.StringVar(&f.Run, "run", "", "only lines of this `run`")
	flags.StringVar(&f.Task, "task", "", "only lines of this `task`")
	flags.StringVar(&f.Table, "table", "", "only lines of this `table`")
	level := flags.String("level", "debug", "only lines of this `level` and above: debug, info, warning or error")
	since := flags.String("since", "", "only lines since then: a duration back (2h) or a `time` (2006-01-02 or 2006-01-02 15:04:05)")
	grep := flags.String("grep", "", "only lines that match this regular `expression`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := a.parseFilter(&f, *level, *since, *grep); err != nil {
			return usageError{err}
		}
		return a.showLogs(cmd.Context(), f, *follow)
	}
	return cmd
}

func (a *app) parseFilter(f *logs.Filter, level, since, grep string) (err error) {
	if f.MinLevel, err = logs.ParseLevel(level); err != nil {
		return fmt.Errorf("--level %w", err)
	}
	if grep != "" {
		if f.Grep, err = regexp.Compile(grep); err != nil {
			return fmt.Errorf("--grep: %w", err)
		}
	}
	if since == "" {
		return nil
	}
	if d, err := time.ParseDuration(since); err == nil {
		f.Since = a.now().Add(-d)
		return nil
	}
	for _, layout := range []string{time.DateTime, time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, since, time.Local); err == nil {
			f.Since = t
			return nil
		}
	}
	return fmt.Errorf("--since %q: allowed is a duration like 90m, or a time like 2006-01-02 or 2006-01-02 15:04:05", since)
}

// showLogs writes the chosen lines, as text or an object a line. A line of the file that cannot be read
// is told, and the others are shown all the same.
func (a *app) showLogs(ctx context.Context, f logs.Filter, follow bool) error {
	lines := logs.Read(ctx, a.logFile(), f)
	if follow {
		ticks := time.NewTicker(followInterval)
		defer ticks.Stop()
		lines = logs.Follow(ctx, a.logFile(), f, ticks.C)
	}
	color := a.colored(a.stdout)
	out := json.NewEncoder(a.stdout)
	var unreadable error
	for l, err := range lines {
		switch {
		case err != nil:
			unreadable = errors.Join(unreadable, err)
		case a.config.Output == config.JSON:
			err = out.Encode(l)
		default:
			_, err = fmt.Fprintln(a.stdout, l.Format(color))
		}
		if err != nil && unreadable == nil {
			return err
		}
	}
	return errors.Join(unreadable, context.Cause(ctx))
}
