// Package doctor looks at everything that a run of featops needs, says what is wrong with it, and what to do about
// it. It changes nothing, works beside an engine that is running, and a thing that is broken does not keep it from looking
// at the others.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"featops/engine"
	"featops/engine/config"
	"featops/engine/logs"
	"featops/features"
	"featops/workspaces/embedded"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	OK      Severity = "ok"
	Note    Severity = "note"    // worth knowing; nothing has to be done now
	Problem Severity = "problem" // something does not work, or will not
)

// Finding is one thing that an examination looked at.
type Finding struct {
	Severity Severity `json:"severity"`
	Area     string   `json:"area"`
	Where    string   `json:"where"`
	Message  string   `json:"message"`
	Do       string   `json:"do,omitempty"` // what to do about it
}

// Diagnosis is what an examination found.
type Diagnosis struct {
	Status   string    `json:"status"` // ok or problems
	Problems int       `json:"problems"`
	Notes    int       `json:"notes"`
	Findings []Finding `json:"findings"`
}

// Examination says what to examine.
type Examination struct {
	Config      config.Config
	ConfigFile  string           // as it was asked for with --config; empty when it was not
	ConfigError error            // why the file cannot be used; Config is then as without it
	Tables      []features.Table // the feature tables there are
	Environ     []string         // of the process, as NAME=value
	Terminal    Terminal
	Now         func() time.Time
}

// Terminal is what the console would be drawn on.
type Terminal struct {
	Is            bool // standard input and output are one
	Width, Height int  // in cells
}

// Examine looks at everything that a run needs: configuration, home, disk, lock, databases, tables, sources, registrations,
// what a crash has left, terminal and clock. It changes nothing, works beside an engine that is running, and a thing that is
// broken does not keep it from looking at the others.
func Examine(ctx context.Context, o Examination) (d Diagnosis, err error) {
	x := &examiner{Examination: o, plan: engine.Plan{Config: o.Config, Tables: o.Tables, Now: o.Now}}
	defer func() {
		for _, dir := range x.copies {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	checks := []struct {
		area string
		do   func(context.Context)
	}{
		{"configuration", x.configuration}, {"home", x.home}, {"lock", x.lock}, {"journal", x.journal},
		{"workspace", x.workspaces}, {"databricks", x.remote}, {"disk", x.disks}, {"terminal", x.terminal}, {"clock", x.clock},
	}
	for _, c := range checks {
		if err := ctx.Err(); err != nil {
			return Diagnosis{}, context.Cause(ctx)
		}
		x.guarded(ctx, c.area, c.do)
	}
	d = Diagnosis{Status: "ok", Findings: x.findings}
	for i, f := range x.findings {
		x.findings[i].Message, x.findings[i].Do = x.secrets.Redact(f.Message), x.secrets.Redact(f.Do)
		switch f.Severity {
		case Problem:
			d.Problems++
			d.Status = "problems"
		case Note:
			d.Notes++
		}
	}
	return d, nil
}

// examiner is an examination under way.
type examiner struct {
	Examination
	plan     engine.Plan
	copies   []string // directories with copies of databases, which go when all is done
	findings []Finding
	secrets  logs.Redactor // that were read
	held     bool          // another engine works in the home
	needed   uint64        // bytes that the tables take when they are all written anew
	ahead    time.Duration // by which the newest commit is in the future
}

// embedded is what an embedded workspace is, to be looked at only.
func (x *examiner) embedded(w config.Workspace) embedded.Options {
	o := x.plan.Embedded(w)
	o.ReadOnly, o.Log = true, slog.New(slog.DiscardHandler)
	return o
}

// guarded makes a panic in a check, of which damaged files may give a reason, a finding.
func (x *examiner) guarded(ctx context.Context, area string, check func(context.Context)) {
	defer func() {
		if p := recover(); p != nil {
			x.problem(area, "featops", fmt.Sprintf("looking at it caused a panic: %v\n%s", p, debug.Stack()), "report this as a bug")
		}
	}()
	check(ctx)
}

func (x *examiner) add(s Severity, area, where, message, do string) {
	x.findings = append(x.findings, Finding{s, area, where, message, do})
}

func (x *examiner) ok(area, where, message string) { x.add(OK, area, where, message, "") }
func (x *examiner) note(area, where, message, do string) {
	x.add(Note, area, where, message, do)
}
func (x *examiner) problem(area, where, message, do string) {
	x.add(Problem, area, where, message, do)
}

// command is a call of featops that works on what was examined, whatever flags this takes.
func (x *examiner) command(arguments string) string {
	words := []string{"featops"}
	if x.ConfigFile != "" {
		words = append(words, "--config", quoted(x.ConfigFile))
	}
	for _, s := range x.Config.Settings() {
		if s.Origin.Flag != "" && (s.Key == "home" || s.Key == "env") {
			words = append(words, s.Origin.Flag, quoted(s.Value))
		}
	}
	return "`" + strings.Join(append(words, arguments), " ") + "`"
}

// quoted is a word of a command for a shell.
func quoted(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n'\"\\$`!*?[](){}<>|&;#~") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// moveAway is a command that keeps a damaged file or folder for later and gives its place free.
func moveAway(path string) string {
	path = filepath.Clean(path)
	return "`mv " + quoted(path) + " " + quoted(path+".damaged") + "`"
}
