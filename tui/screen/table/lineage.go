package table

import (
	"fmt"
	"strings"

	"featops/engine"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// node is a place that the data of the table passes: a source, a task, the table, a workspace that has it registered.
type node struct {
	id, drawn string // drawn with its branch before it
	kind      string
	what      string
	state     string
	style     func(widget.Theme) ansi.Style
}

func newNodes() *widget.Table[node] {
	type col = widget.Column[node]
	return widget.NewTable(func(n *node) string { return n.id },
		col{Title: "LINEAGE", Text: func(n *node) string { return n.drawn }, Width: 34},
		col{Title: "STATE", Text: func(n *node) string { return n.state }, Style: func(n *node, t widget.Theme) ansi.Style {
			if n.style == nil {
				return nil
			}
			return n.style(t)
		}, Width: 14},
		col{Title: "KIND", Text: func(n *node) string { return n.kind }, Width: 9, Rank: 2},
		col{Title: "WHAT", Text: func(n *node) string { return n.what }, Width: 22, Grow: 1, Rank: 1},
	)
}

// nodes draws the lineage from the sources down: those, the tasks, the table, the workspaces that have it or could.
func nodes(d engine.Description, s *engine.Snapshot) []node {
	var out []node
	indent := ""
	for _, src := range d.Sources {
		n := node{id: "source " + src.Name, drawn: src.Name, kind: "source", what: sourceWhat(src), state: "✓ there", style: good}
		switch {
		case src.Version < 0:
			n.state, n.style = "✗ missing", bad
		case src.BuiltFrom != nil && *src.BuiltFrom != src.Version:
			n.state, n.style = "! newer", warn
		}
		out = append(out, n)
	}
	for _, p := range d.BuiltBy {
		out = append(out, node{id: "task " + p.Job + " " + p.Task, drawn: indent + "└─▶ " + p.Task, kind: "task", what: "of job " + p.Job})
		indent = "    "
	}
	state, _ := stateLook(d.State, widget.Theme{})
	table := node{id: "table", drawn: indent + "└─▶ " + d.Name, kind: "table", state: state, what: tableWhat(d)}
	table.style = func(t widget.Theme) ansi.Style { _, style := stateLook(d.State, t); return style }
	if len(out) == 0 {
		table.drawn, indent = d.Name, ""
	} else {
		indent += "    "
	}
	out = append(out, table)
	var others []node
	for i := range s.Workspaces {
		if w := &s.Workspaces[i]; w.Name != d.Workspace {
			others = append(others, targetNode(d, w.Name))
		}
	}
	for i, n := range others {
		branch := "├─▶ "
		if i == len(others)-1 {
			branch = "└─▶ "
		}
		n.drawn = indent + branch + n.drawn
		out = append(out, n)
	}
	return out
}

func good(t widget.Theme) ansi.Style    { return t.Good }
func bad(t widget.Theme) ansi.Style     { return t.Bad }
func warn(t widget.Theme) ansi.Style    { return t.Warn }
func waiting(t widget.Theme) ansi.Style { return t.Waiting }

func targetNode(d engine.Description, workspace string) node {
	n := node{id: "workspace " + workspace, drawn: workspace, kind: "workspace", state: "○ unregistered", style: waiting}
	for _, r := range d.Registrations {
		if r.Workspace != workspace {
			continue
		}
		text, style := StandingLook(r.Standing)
		n.state, n.style = text, style
		n.what = fmt.Sprintf("version %d, registered %s", r.Version, r.Registered.Format("2006-01-02 15:04"))
		if len(r.Lacks) > 0 {
			n.what += "; lacks " + strings.Join(r.Lacks, ", ")
		}
		if len(r.Retired) > 0 {
			n.what += "; still has " + strings.Join(r.Retired, ", ")
		}
	}
	return n
}

// StandingLook is how the standing of a registration is shown: never by its colour alone.
func StandingLook(s engine.Standing) (string, func(widget.Theme) ansi.Style) {
	switch s {
	case engine.Verified:
		return "✓ verified", good
	case engine.Unverified:
		return "• registered", warn
	case engine.Stale:
		return "! stale", warn
	case engine.Conflict:
		return "✗ conflict", bad
	case engine.Orphaned:
		return "✗ orphaned", bad
	}
	return widget.Clean(string(s)), waiting
}

func sourceWhat(s engine.SourceState) string {
	if s.Version < 0 {
		return "not in " + s.Workspace
	}
	text := fmt.Sprintf("version %d, %s rows", s.Version, humanize.Comma(s.Rows))
	if s.NewestMonth != "" {
		text += ", newest month " + s.NewestMonth
	}
	if s.BuiltFrom != nil && *s.BuiltFrom != s.Version {
		text += fmt.Sprintf("; the table is from version %d", *s.BuiltFrom)
	}
	return text
}

func tableWhat(d engine.Description) string {
	if d.Version < 0 {
		return "in " + d.Workspace
	}
	text := fmt.Sprintf("version %d, %s rows", d.Version, humanize.Comma(d.Rows))
	if b := d.Build; b != nil {
		text += fmt.Sprintf("; months %s to %s", b.Start, b.End)
		if b.Run != 0 {
			text += fmt.Sprintf(", run %d", b.Run)
		}
		if b.Answered != "" {
			text += ", allowed by " + b.Answered
		}
	}
	return text
}
