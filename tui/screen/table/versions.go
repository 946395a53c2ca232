package table

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

func (s *Screen) newVersions() *widget.Table[workspaces.Commit] {
	type col = widget.Column[workspaces.Commit]
	return widget.NewTable(func(c *workspaces.Commit) string { return strconv.FormatInt(c.Version, 10) },
		col{Title: "VERSION", Text: func(c *workspaces.Commit) string { return s.versionText(c) },
			Compare: func(a, b *workspaces.Commit) int { return cmp.Compare(a.Version, b.Version) },
			Style: func(c *workspaces.Commit, t widget.Theme) ansi.Style {
				return map[bool]ansi.Style{true: t.Good}[s.newest(c)]
			}, Width: 9},
		col{Title: "TIME", Text: func(c *workspaces.Commit) string { return c.Time.Format(time.DateTime) }, Width: 19, Rank: 1},
		col{Title: "OPERATION", Text: func(c *workspaces.Commit) string { return c.Operation }, Width: 14, Grow: 1, Rank: 1},
		col{Title: "WHAT IT DID", Text: did, Width: 26, Grow: 2, Rank: 1},
		col{Title: "FROM", Text: from, Width: 32, Grow: 1, Rank: 4},
		col{Title: "BY", Text: func(c *workspaces.Commit) string { return cmp.Or(c.Parameters["user"], c.By) }, Width: 14, Rank: 3},
	)
}

func (s *Screen) newest(c *workspaces.Commit) bool { return c.Version == s.newestVersion() }

// newestVersion is the newest that is known, -1 when none is.
func (s *Screen) newestVersion() int64 {
	commits, _ := s.history.Value()
	newest := int64(workspaces.NoTable)
	for _, c := range commits {
		newest = max(newest, c.Version)
	}
	return newest
}

func (s *Screen) versionText(c *workspaces.Commit) string {
	if s.newest(c) {
		return fmt.Sprintf("%d ✓ now", c.Version)
	}
	return strconv.FormatInt(c.Version, 10)
}

// did tells what a commit did to the rows, by the metrics that Delta writers leave.
func did(c *workspaces.Commit) string {
	if to := c.Parameters["version"]; c.Operation == "RESTORE" && to != "" {
		return "went back to version " + to
	}
	var parts []string
	for _, m := range [][2]string{
		{"numTargetRowsInserted", "new"}, {"numTargetRowsUpdated", "changed"}, {"numTargetRowsDeleted", "deleted"}, {"numTargetRowsCopied", "kept"},
		{"numOutputRows", "rows written"}, {"numRemovedFiles", "files removed"}, {"numAddedFiles", "files added"},
		{"numDeletedFiles", "files deleted"},
	} {
		if n, err := strconv.ParseInt(c.Metrics[m[0]], 10, 64); err == nil && n > 0 {
			parts = append(parts, humanize.Comma(n)+" "+m[1])
		}
	}
	if len(parts) == 0 {
		return "no rows changed"
	}
	return strings.Join(parts, ", ")
}

// from tells what a build made the version from.
func from(c *workspaces.Commit) string {
	if c.Origin == nil {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c.Origin.Sources)) {
		parts = append(parts, fmt.Sprintf("%s v%d", name, c.Origin.Sources[name]))
	}
	return fmt.Sprintf("%s, %s to %s", strings.Join(parts, ", "), c.Origin.Start, c.Origin.End)
}

// tell shows all that is known of the selected version.
func (s *Screen) tell() tea.Cmd {
	c := s.versions.Selected()
	t := s.state.Theme
	var lines []string
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, t.Faint.Styled(widget.Pad(widget.Clean(name), 26))+" "+widget.Clean(value))
		}
	}
	add("time", c.Time.Format(time.RFC3339))
	add("operation", c.Operation)
	add("what it did", did(c))
	add("made from", from(c))
	if c.Origin != nil {
		add("windows over", string(c.Origin.Frame))
		add("allowed by question", c.Origin.Question)
	}
	add("written by", c.By)
	for _, group := range []map[string]string{c.Parameters, c.Metrics} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			add(name, group[name])
		}
	}
	s.console.Tell(fmt.Sprintf("Version %d of %s", c.Version, widget.Clean(s.name)), lines)
	return nil
}

func (s *Screen) cannotRestore() string {
	switch c := s.versions.Selected(); {
	case s.view != versionsView:
		return "select a version, among the versions"
	case c == nil:
		return "no version is selected"
	case s.newest(c):
		return fmt.Sprintf("version %d is the newest", c.Version)
	}
	return ""
}

// restore asks before it goes back to the selected version.
func (s *Screen) restore() screen.Question {
	c := s.versions.Selected()
	lines := []string{
		fmt.Sprintf("Make %s as it was at version %d, %s?", widget.Clean(s.name), c.Version, c.Time.Format(time.DateTime)), "",
		"That is a new version: the ones between stay, and it can be undone",
		"in the same way. The next build makes what the sources have then.",
	}
	if in := s.state.Snapshot.RegisteredIn(s.name); len(in) > 0 {
		lines = append(lines, "", "Registered as it is now until it is registered again: "+widget.Clean(strings.Join(in, ", ")))
	}
	what, command := fmt.Sprintf("restore %s to version %d", s.name, c.Version), engine.RestoreTable{Table: s.name, Version: c.Version}
	return screen.Question{Title: "Undo", Lines: lines, Yes: func() tea.Cmd { return s.console.Command(what, command) }}
}
