package features

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"featops/engine"
	"featops/tui/screen/table"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// spaceWidth holds "● building 45%".
const spaceWidth = 14

// columns are those of a table's own, and one for each workspace.
func (s *Screen) columns(workspaces []string) []widget.Column[engine.TableState] {
	type row = engine.TableState
	type col = widget.Column[row]
	out := []col{
		{Title: "TABLE", Text: func(t *row) string { return t.Name }, Width: 24, Grow: 1},
		{Title: "VERSION", Text: version, Compare: func(a, b *row) int { return cmp.Compare(a.Version, b.Version) }, Width: 7, Right: true, Rank: 2},
		{Title: "ROWS", Text: rows, Compare: func(a, b *row) int { return cmp.Compare(a.Rows, b.Rows) }, Width: 9, Right: true, Rank: 3},
	}
	for _, name := range workspaces {
		out = append(out, col{
			Title: name, Width: spaceWidth, Rank: 1,
			Text:  func(t *row) string { text, _ := s.look(t, name, widget.Theme{}); return text },
			Style: func(t *row, theme widget.Theme) ansi.Style { _, style := s.look(t, name, theme); return style },
		})
	}
	return append(out,
		col{Title: "NEWEST", Text: func(t *row) string { return t.NewestMonth }, Width: 7, Rank: 4},
		col{Title: "OWNER", Text: func(t *row) string { return t.Workspace }, Width: 12, Rank: 5},
		col{Title: "UPDATED", Text: func(t *row) string { return s.ago(t) }, Compare: func(a, b *row) int { return a.Updated.Compare(b.Updated) }, Width: 16, Rank: 6},
		col{Title: "COLUMNS", Text: func(t *row) string { return strconv.Itoa(len(t.Columns)) },
			Compare: func(a, b *row) int { return cmp.Compare(len(a.Columns), len(b.Columns)) }, Width: 7, Right: true, Rank: 7},
		col{Title: "FROM", Text: func(t *row) string { return strings.Join(t.Sources, ", ") }, Width: 24, Rank: 8},
		col{Title: "ABOUT", Text: func(t *row) string { return t.Description }, Width: 30, Grow: 2, Rank: 9},
	)
}

func version(t *engine.TableState) string {
	if t.Version < 0 {
		return "-"
	}
	return strconv.FormatInt(t.Version, 10)
}

func rows(t *engine.TableState) string {
	if t.Version < 0 {
		return "-"
	}
	return humanize.Comma(t.Rows)
}

func (s *Screen) ago(t *engine.TableState) string {
	if t.Updated.IsZero() {
		return ""
	}
	return humanize.RelTime(t.Updated, s.state.Now, "ago", "from now")
}

// look is how a table stands in a workspace: a glyph, a word, and a colour.
func (s *Screen) look(t *engine.TableState, workspace string, theme widget.Theme) (string, ansi.Style) {
	if t.Workspace == workspace {
		return s.home(t, theme)
	}
	for _, r := range t.Registrations {
		if r.Workspace != workspace {
			continue
		}
		text, style := table.StandingLook(r.Standing)
		if r.Standing != engine.Verified {
			if r.Standing != engine.Unverified {
				text += fmt.Sprintf(" v%d", r.Version)
			}
			if last, known := s.result(target{t.Workspace, t.Name, workspace}); known && last.Status == engine.RegistrationNo {
				text, style = fmt.Sprintf("✗ refused v%d", r.Version), func(t widget.Theme) ansi.Style { return t.Bad }
			}
		}
		return text, style(theme)
	}
	last, known := s.result(target{t.Workspace, t.Name, workspace})
	switch {
	case known && last.Status == engine.RegistrationFailed:
		return "✗ failed", theme.Bad
	case t.Version < 0:
		return "·", theme.Faint
	}
	return "○ unregistered", theme.Waiting
}

// home is how a table stands in the workspace that computes it.
func (s *Screen) home(t *engine.TableState, theme widget.Theme) (string, ansi.Style) {
	if far, under := table.UnderWay(s.state.Snapshot, t.Workspace, t.Name); under {
		text := "● building"
		if i := strings.LastIndexByte(far, ' '); i >= 0 && strings.HasSuffix(far, "%") {
			text += far[i:]
		}
		return text, theme.Busy
	}
	switch t.State {
	case engine.IsBuilt:
		if len(t.Drifted) > 0 {
			return "◆ ! drifted", theme.Warn
		}
		return "◆ owner", theme.Good
	case engine.NotBuilt:
		return "○ not built", theme.Waiting
	case engine.Undefined:
		return "? undefined", theme.Warn
	case engine.OnlyRegistered:
		return "✗ gone", theme.Bad
	case engine.Unreadable:
		return "? unreadable", theme.Bad
	}
	return widget.Clean(string(t.State)), nil
}
