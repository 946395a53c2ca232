package main

import (
	"fmt"
	"io"
	"os"

	"featops/engine/doctor"
	"featops/features"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func (a *app) doctorCommand() *cobra.Command {
	var broken error // why the configuration cannot be used
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check configuration, home, disk, records, tables and sources, and say what to do",
		Long: `Looks at everything that a run needs and says of each thing whether it is well, what is wrong with it and what to
do about it. It changes nothing, and works beside a running featops and on a damaged home. The exit code is 1
when there is a problem.`,
		Args: noArguments,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if broken = a.load(cmd, args); broken == nil {
				return nil
			}
			// The rest is looked at as it is without the file; a bad flag or variable stays an error.
			file := a.configFile
			a.configFile = os.DevNull
			defer func() { a.configFile = file }()
			return a.load(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := doctor.Examine(cmd.Context(), doctor.Examination{
				Config: a.config, ConfigFile: a.configFile, ConfigError: broken, Tables: features.Tables(),
				Environ: os.Environ(), Terminal: a.terminalHere(), Now: a.now,
			})
			if err != nil {
				return err
			}
			if err := a.print(d, func(w io.Writer) { printDiagnosis(w, d, a.colored(a.stdout)) }); err != nil {
				return err
			}
			if d.Problems > 0 {
				return errReported
			}
			return nil
		},
	}
}

// terminalHere is what the console would be drawn on.
func (a *app) terminalHere() doctor.Terminal {
	t := doctor.Terminal{Is: terminal(a.stdin) && terminal(a.stdout)}
	if f, ok := a.stdout.(interface{ Fd() uintptr }); ok && t.Is {
		if width, height, err := term.GetSize(int(f.Fd())); err == nil {
			t.Width, t.Height = width, height
		}
	}
	return t
}

func printDiagnosis(w io.Writer, d doctor.Diagnosis, colored bool) {
	for _, f := range d.Findings {
		severity := fmt.Sprintf("%-7s", f.Severity)
		if colored {
			severity = map[doctor.Severity]string{doctor.OK: "\x1b[32m", doctor.Note: "\x1b[33m", doctor.Problem: "\x1b[31m"}[f.Severity] +
				severity + "\x1b[0m"
		}
		fmt.Fprintf(w, "%s  %s %s: %s\n", severity, f.Area, f.Where, f.Message)
		if f.Do != "" {
			fmt.Fprintf(w, "         → %s\n", f.Do)
		}
	}
	fmt.Fprintf(w, "\n%s, %s\n", counted(int64(d.Problems), "problem"), counted(int64(d.Notes), "note"))
}
