package main

import (
	"fmt"
	"io"
	"strings"

	"featops/engine"
)

// printLineage tells where a table comes from and where it goes.
func (s sheet) printLineage(w io.Writer) {
	var lines []string
	for _, p := range s.Sources {
		lines = append(lines, "made from", sourceLine(p))
	}
	for _, p := range s.BuiltBy {
		lines = append(lines, "built by", fmt.Sprintf("task %s of %s", p.Task, p.Job))
	}
	if s.Kind == engine.FeatureTable && s.Definition != nil && len(s.BuiltBy) == 0 {
		lines = append(lines, "built by", "no job; `featops build "+s.Name+"` does")
	}
	if s.Build != nil {
		lines = append(lines, "built", s.buildLine(*s.Build))
	}
	for _, r := range s.Registrations {
		lines = append(lines, "registered in", s.registrationLine(r))
	}
	if s.Kind == engine.FeatureTable && s.Version >= 0 && len(s.Registrations) == 0 {
		lines = append(lines, "registered in", "no other workspace; `featops register "+s.Name+"` does that")
	}
	for _, r := range s.UsedBy {
		lines = append(lines, "used by", readerLine(r))
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
		facts(w, s.width, lines...)
	}
}

func sourceLine(p engine.SourceState) string {
	if p.Version < 0 {
		return p.Name + " of " + p.Workspace + ", which is not here"
	}
	text := fmt.Sprintf("%s of %s, version %d with %s", p.Name, p.Workspace, p.Version, counted(p.Rows, "row"))
	if p.NewestMonth != "" {
		text += ", newest month " + p.NewestMonth
	}
	if p.BuiltFrom != nil && *p.BuiltFrom != p.Version {
		text += fmt.Sprintf("; the table is from version %d", *p.BuiltFrom)
	}
	return text
}

func (s sheet) buildLine(b engine.Making) string {
	text := fmt.Sprintf("version %d, %s", b.Version, at(b.Time))
	if b.Run != 0 {
		text += fmt.Sprintf(", in run %d of %s", b.Run, b.Job)
	}
	text += fmt.Sprintf(", months %s to %s", b.Start, b.End)
	if b.Frame != "" {
		text += ", windows over " + string(b.Frame)
	}
	for name, version := range b.Sources {
		text += fmt.Sprintf(", from %s version %d", name, version)
	}
	if b.Extent != nil {
		text += ", " + b.Extent.String()
	}
	switch {
	case b.Answered != "":
		text += fmt.Sprintf(", allowed by %s (question %s)", b.Answered, b.Question)
	case b.Question != "":
		text += ", allowed by question " + b.Question
	}
	return text
}

func (s sheet) registrationLine(r engine.RegistrationState) string {
	text := fmt.Sprintf("%s, version %d, %s", r.Workspace, r.Version, at(r.Registered))
	if r.Copy != "" {
		text += ", its rows in " + r.Copy
	}
	switch {
	case r.Stale && s.Version < 0:
		text += "; the table itself is gone"
	case r.Stale:
		text += fmt.Sprintf("; stale, the newest is %d: `featops register %s --to %s`", s.Version, s.Name, r.Workspace)
	}
	if len(r.Lacks) > 0 {
		text += "; lacks " + strings.Join(r.Lacks, ", ")
	}
	if len(r.Retired) > 0 {
		text += "; still has " + strings.Join(r.Retired, ", ")
	}
	return text
}

func readerLine(r engine.Reader) string {
	if r.Version < 0 {
		return r.Table + ", " + inWords(r.State)
	}
	return fmt.Sprintf("%s, version %d", r.Table, r.Version)
}
