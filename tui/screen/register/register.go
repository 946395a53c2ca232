// Package register is the dialog in which tables are registered by hand: it tells what would change in which workspace,
// lets the targets be chosen, and gives the commands.
package register

import (
	"fmt"
	"slices"
	"strings"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Subject is a table that can be registered.
type Subject struct {
	Table, Workspace string // and the workspace that computes it
	Version          int64
	Standings        map[string]engine.Standing // by workspace; none where it is not registered
}

// Cannot says why the subjects cannot be registered, or nothing.
func Cannot(subjects []Subject, s *engine.Snapshot) string {
	if len(subjects) == 0 {
		return "no table is selected"
	}
	if len(s.Workspaces) < 2 {
		return "there is no other workspace"
	}
	for _, t := range subjects {
		if _, known := s.Workspace(t.Workspace); !known {
			return fmt.Sprintf("%s is computed in %s, which is no workspace of this configuration", t.Table, t.Workspace)
		}
		if t.Version < 0 {
			return t.Table + " was not built yet"
		}
	}
	return ""
}

// Dialog is the dialog.
type Dialog struct {
	console  screen.Console
	subjects []Subject
	targets  []string
	chosen   map[string]bool
	at       int
}

// New returns the dialog for subjects that can be registered. All targets are chosen at first.
func New(c screen.Console, subjects []Subject, s *engine.Snapshot) *Dialog {
	d := &Dialog{console: c, subjects: subjects, chosen: map[string]bool{}}
	for _, w := range s.Workspaces {
		if slices.ContainsFunc(subjects, func(t Subject) bool { return t.Workspace != w.Name }) {
			d.targets = append(d.targets, w.Name)
			d.chosen[w.Name] = true
		}
	}
	return d
}

// Key chooses targets, registers, or closes.
func (d *Dialog) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	switch k.String() {
	case "esc", "n", "q":
		return true, nil
	case "up", "k":
		d.at = max(0, d.at-1)
	case "down", "j":
		d.at = min(len(d.targets)-1, d.at+1)
	case " ":
		d.chosen[d.targets[d.at]] = !d.chosen[d.targets[d.at]]
	case "y":
		cmds := d.commands()
		return len(cmds) > 0, tea.Batch(cmds...)
	}
	return false, nil
}

// commands gives one command for the tables of each workspace.
func (d *Dialog) commands() []tea.Cmd {
	var order []string
	tables := map[string][]string{}
	for _, t := range d.subjects {
		if tables[t.Workspace] == nil {
			order = append(order, t.Workspace)
		}
		tables[t.Workspace] = append(tables[t.Workspace], t.Table)
	}
	var cmds []tea.Cmd
	for _, from := range order {
		var to []string
		for _, target := range d.targets {
			if d.chosen[target] && target != from {
				to = append(to, target)
			}
		}
		if len(to) > 0 {
			what := fmt.Sprintf("register %s in %s", named(tables[from]), strings.Join(to, ", "))
			cmds = append(cmds, d.console.Command(what, engine.RegisterTables{Tables: tables[from], From: from, To: to}))
		}
	}
	return cmds
}

// named lists a few names, or counts many.
func named(tables []string) string {
	const most = 2
	if len(tables) > most {
		return fmt.Sprintf("%d tables", len(tables))
	}
	return strings.Join(tables, ", ")
}

// dialogWidth is how wide the dialog is, in cells, where the screen is wider.
const dialogWidth = 76

// Draw returns the box.
func (d *Dialog) Draw(w, h int, t widget.Theme) []string {
	lines := []string{"In which workspaces?", ""}
	for i, target := range d.targets {
		mark, box := "  ", "[ ] "
		if d.chosen[target] {
			box = "[x] "
		}
		name := widget.Clean(target)
		if i == d.at {
			mark, name = "▸ ", t.Selected.Styled(name)
		}
		lines = append(lines, mark+box+name)
	}
	lines = append(lines, "")
	room := max(1, h-len(lines)-6)
	all := d.effects(t)
	lines = append(lines, all[:min(room, len(all))]...)
	if more := len(all) - room; more > 0 {
		lines = append(lines, t.Faint.Styled(fmt.Sprintf("… and %d more", more)))
	}
	yes := t.Key.Styled("y") + " register"
	if len(all) == 0 {
		yes = t.Faint.Styled("y register (no target is chosen)")
	}
	lines = append(lines, "", yes+"   "+t.Key.Styled("space")+" choose   "+t.Key.Styled("↓/↑")+" workspace   "+t.Key.Styled("esc")+" close")
	title := "Register " + widget.Clean(d.subjects[0].Table)
	if n := len(d.subjects); n > 1 {
		title = fmt.Sprintf("Register %d tables", n)
	}
	return widget.Box(title, lines, min(w-4, dialogWidth), t.Strong, t)
}

// effects tells what a yes does, a line for each table and target.
func (d *Dialog) effects(t widget.Theme) []string {
	var out []string
	for _, s := range d.subjects {
		for _, target := range d.targets {
			if !d.chosen[target] || target == s.Workspace {
				continue
			}
			what := "new"
			switch s.Standings[target] {
			case engine.Verified:
				what = "is so already"
			case engine.Stale, engine.Unverified:
				what = "brought up to date"
			case engine.Conflict:
				what = t.Warn.Styled("! asks: its users would lose columns or types")
			}
			out = append(out, fmt.Sprintf("%s v%d → %s  ", widget.Clean(s.Table), s.Version, widget.Clean(target))+what)
		}
	}
	return out
}
