package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"featops/engine"
	"featops/engine/config"
	"featops/engine/logs"
	"featops/features"
	"featops/features/nearest"
	"featops/tui"
	"featops/workspaces"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app is one call of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        func(string) (string, bool)
	now            func() time.Time

	screenState atomic.Pointer[term.State] // of the terminal before the console took it

	configFile string
	plain      bool // the console is the plain one
	readOnly   bool // the console only looks
	config     config.Config
}

// settings are the flags that lie over the configuration, with the keys they set.
var settings = []struct{ flag, key, usage string }{
	{"home", "home", "directory of all local data and state"},
	{"env", "env", "environment: dev, staging or prod"},
	{"output", "output", "output: text or json"},
	{"log-level", "log.level", "lowest level to log: debug, info, warning or error"},
}

// command is the whole command line.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "featops",
		Short: "Operations console of a feature store over several workspaces",
		Long: `featops watches the feature jobs of several workspaces, builds feature tables, asks before a table
loses columns, and registers finished tables in the other workspaces. Without a command it opens
the console; "featops run" does the main job without a screen. "featops --plain" is the console in lines, for
screen readers: it tells in sentences what changes, and takes typed commands ("help" lists them).`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: a.load,
		Args:              noArguments,
		RunE:              func(cmd *cobra.Command, _ []string) error { return a.console(cmd.Context()) },
	}
	root.SetVersionTemplate("featops {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "configuration file (default $XDG_CONFIG_HOME/featops/config.toml)")
	for _, s := range settings {
		flags.String(s.flag, "", s.usage)
	}
	root.Flags().BoolVar(&a.plain, "plain", false, "the console in lines, for screen readers; also chosen by TERM=dumb")
	root.Flags().BoolVar(&a.readOnly, "read-only", false, "the console only looks: it changes nothing and answers nothing")
	flags.Bool("no-color", false, "no colours")
	root.AddCommand(
		a.runCommand(), a.repairCommand(), a.cancelCommand(), a.pauseCommand(), a.resumeCommand(),
		a.watchCommand(), a.buildCommand(), a.registerCommand(),
		a.statusCommand(), a.featuresCommand(), a.describeCommand(), a.runsCommand(), a.logsCommand(), a.diffCommand(), a.decisionsCommand(),
		a.historyCommand(), a.restoreCommand(), a.trainingSetCommand(), a.sampleCommand(), a.ingestCommand(), a.sqlCommand(), a.bundleCommand(), a.doctorCommand(),
		a.configCommand(), a.versionCommand(),
	)
	return root
}

// noArguments refuses arguments, as a mistake of usage.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		var known []string
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				known = append(known, c.Name())
			}
		}
		return usageError{fmt.Errorf("unknown command %q for %q%s; see featops help", args[0], cmd.CommandPath(), nearest.Hint(args[0], known))}
	}
	return nil
}

// arguments makes the count of arguments a mistake of usage.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; usage: %s", err, cmd.UseLine())}
		}
		return nil
	}
}

// load reads the configuration with the flags laid over it.
func (a *app) load(cmd *cobra.Command, _ []string) error {
	if cmd.Name() == "version" || cmd.Name() == "help" || cmd.HasParent() && cmd.Parent().Name() == "completion" {
		return nil
	}
	var given config.Overrides
	add := func(flag, key, value string) {
		given = append(given, config.Override{Key: key, Value: value, Flag: "--" + flag})
	}
	for _, s := range append(settings, runSettings...) {
		if f := cmd.Flags().Lookup(s.flag); f != nil && f.Changed {
			add(s.flag, s.key, f.Value.String())
		}
	}
	if f := cmd.Flags().Lookup("no-color"); f.Changed && f.Value.String() == "true" {
		add("no-color", "color", config.Never)
	}
	c, err := config.Load(a.configFile, given, a.environ)
	if err != nil {
		return usageError{err}
	}
	tables := tableNames()
	err = c.Check(config.Known{
		Tables:    tables,
		Sources:   sourceNames(),
		Parameter: func(name, value string) error { return workspaces.CheckParameter(name, value, tables) },
		Keys:      tui.CheckKeys,
	})
	if err != nil {
		return usageError{err}
	}
	a.config = c
	return nil
}

func tableNames() []string {
	var names []string
	for _, t := range features.Tables() {
		names = append(names, t.Name)
	}
	return names
}

func sourceNames() []string {
	var names []string
	for _, t := range features.Tables() {
		if !slices.Contains(names, t.Source.Name) {
			names = append(names, t.Source.Name)
		}
	}
	return names
}

// terminal reports whether a stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(f.Fd())
}

// colored reports whether text for a stream is coloured.
func (a *app) colored(stream any) bool {
	switch a.config.Color {
	case config.Always:
		return true
	case config.Never:
		return false
	}
	none, set := a.environ("NO_COLOR")
	return terminal(stream) && !(set && none != "")
}

// session is an engine with what it logs to.
type session struct {
	*engine.Engine
	logs   *logs.Logs
	screen *screen // nil without a terminal to show progress on
}

// use says what a command needs an engine for.
type use struct {
	readOnly bool
	register bool
	schedule bool // jobs start by their schedules
	console  bool // the terminal belongs to the console: it shows the log and asks the questions
}

// open makes an engine ready. The caller closes the session.
func (a *app) open(ctx context.Context, u use) (*session, error) {
	if info, err := os.Stat(a.config.Home); err == nil && !info.IsDir() {
		return nil, usageError{fmt.Errorf("the home directory %s is a file: choose another with --home", a.config.Home)}
	}
	// Without it the heap would grow to twice what it holds before anything is collected. Builds hold half of the memory, and near
	// this limit the collector works so often that what it has not taken back yet is little. The program's own code comes on top.
	const code = 48 << 20
	debug.SetMemoryLimit(int64(a.config.Memory)*5/8 - code)
	s := &session{}
	o := a.logOptions()
	if !u.console {
		o.Terminal = a.stderr
		if terminal(a.stderr) {
			s.screen = newScreen(a.stderr, a.now)
			o.Terminal = s.screen
		}
	}
	if u.readOnly {
		o.File = ""
	}
	var err error
	if s.logs, err = logs.Open(o); err != nil {
		return nil, err
	}
	if u.console && !u.readOnly {
		a.remember(ctx, s.logs)
	}
	s.Engine, err = engine.Open(ctx, engine.Options{
		Config: a.config, Tables: features.Tables(), Policy: a.policy(u.console), Register: u.register, ReadOnly: u.readOnly, Schedules: u.schedule,
		Environ: a.environ, Redact: s.logs.Redactor.Add, Log: s.logs.Logger, Now: a.now,
	})
	if err != nil {
		return nil, errors.Join(err, s.logs.Close())
	}
	return s, nil
}

// policy says who answers questions: what is configured, else a person where there is a terminal.
func (a *app) policy(console bool) engine.Policy {
	if p := a.config.Save.OnConflict; p != "" {
		return engine.Policy(p)
	}
	if console || terminal(a.stdin) && terminal(a.stderr) {
		return engine.Prompt
	}
	return engine.Reject
}

func (a *app) logOptions() logs.Options {
	return logs.Options{
		Level:      a.config.Log.Level,
		Color:      a.colored(a.stderr),
		File:       a.logFile(),
		MaxSizeMB:  a.config.Log.MaxSizeMB,
		MaxFiles:   a.config.Log.MaxFiles,
		MaxAgeDays: a.config.Log.MaxAgeDays,
	}
}

func (a *app) logFile() string { return filepath.Join(a.config.Home, "logs", "featops.jsonl") }

// Close stops the engine and then the log.
func (s *session) Close() error {
	if s.screen != nil {
		s.screen.close()
	}
	return errors.Join(s.Engine.Close(), s.logs.Close())
}

// with runs a command's work on an engine.
func (a *app) with(ctx context.Context, u use, work func(*session) error) error {
	s, err := a.open(ctx, u)
	if err != nil {
		return err
	}
	return s.during(work)
}

// during runs work and then closes the session.
func (s *session) during(work func(*session) error) error {
	err := work(s)
	return errors.Join(err, s.Close())
}
