package build

import (
	"fmt"
	"strings"

	"featops/engine"
	"featops/features/schema"
	"featops/tui/screen"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// Draw returns h lines of at most w cells.
func (s *Screen) Draw(w, h int) []string {
	t := s.state.Theme
	head := []string{widget.Fit(t.Faint.Styled(s.given()), w), s.status(w)}
	return append(head, s.View(s.lines(w), h-len(head), t)...)
}

// status tells of the diff, and of the build.
func (s *Screen) status(w int) string {
	t := s.state.Theme
	for _, b := range s.state.Snapshot.Builds {
		if b.Workspace == s.workspace && b.Table == s.table {
			return widget.Fit(t.Busy.Styled("● building "+far(b)), w)
		}
	}
	if s.diff.Loading() {
		text := widget.Spinner(s.state.Now) + " computing the diff; nothing is saved "
		for _, d := range s.state.Snapshot.Diffs {
			if d.Workspace == s.workspace && d.Table == s.table {
				text += far(d)
			}
		}
		return widget.Fit(t.Busy.Styled(strings.TrimRight(text, " ")), w)
	}
	if e := s.ended; e != nil {
		switch {
		case e.Build != nil && e.Error == "":
			return widget.Fit(t.Good.Styled("✓ "+widget.Clean(e.Build.String())), w)
		default:
			return widget.Fit(t.Bad.Styled("✗ not built: "+widget.Clean(e.Error)), w)
		}
	}
	return widget.Fit(s.diff.Status("the diff", s.state), w)
}

func far(b engine.BuildState) string {
	if b.Progress == nil {
		return ""
	}
	p := *b.Progress
	if p.Total <= 0 {
		return screen.Progress(p)
	}
	return widget.Bar(float64(p.Rows)/float64(p.Total), 20) + " " + screen.Progress(p)
}

// lines tells what the build would change.
func (s *Screen) lines(w int) []string {
	d, known := s.diff.Value()
	if s.ended != nil {
		return []string{"", s.state.Theme.Faint.Styled("The diff was of the build before; another one compares again.")}
	}
	if !known || s.diff.Loading() || s.diff.Err() != nil {
		return nil
	}
	t := s.state.Theme
	var out []string
	say := func(style ansi.Style, text string) {
		for _, l := range widget.Wrap(text, w, 4) {
			out = append(out, style.Styled(l))
		}
	}
	rule := func(title string) { out = append(out, "", widget.Rule(t.Strong.Styled(title), "", w, t)) }
	switch {
	case !d.Exists:
		say(t.Strong, fmt.Sprintf("%s does not exist in %s: the build makes it with %s and %s.",
			widget.Clean(d.Table), widget.Clean(d.Workspace), counted(int64(len(d.Difference.New)), "column"), counted(d.Rows.Inserted, "row")))
	case d.UpToDate:
		say(t.Good, fmt.Sprintf("✓ up to date: version %d has exactly this already, %s. The build writes nothing.", d.Version, counted(d.Rows.Unchanged, "row")))
		return out
	case d.Asks:
		say(t.Alarm, "? the build would ask: columns or types of the table would be lost. Yes overwrites the whole table.")
	case d.Replaces:
		say(t.Warn, "! the build replaces the whole table. It asks nothing.")
	default:
		say(t.Good, "✓ the build merges into the table. It asks nothing.")
	}
	if d.Extent != nil {
		say(t.Faint, "It is "+d.Extent.String()+".")
	}
	rule("columns")
	out = append(out, differences(d.Difference, w, t)...)
	if !d.Exists {
		return out
	}
	rule("rows")
	out = append(out, rowLines(d, w, t)...)
	if len(d.Loss) > 0 {
		rule("lost by a yes")
		for _, l := range d.Loss {
			out = append(out, widget.Fit(t.Bad.Styled("✗ "+widget.Pad(widget.Clean(l.Column), lossWidth))+" "+counted(l.Values, "value"), w))
		}
		out = append(out, widget.Fit(t.Bad.Styled("✗ "+widget.Pad("rows that are not in the new data", lossWidth))+" "+counted(d.Rows.Absent, "row"), w))
	}
	if len(d.RegisteredIn) > 0 {
		rule("affected")
		say(nil, "Registered as it is now until it is registered again: "+widget.Clean(strings.Join(d.RegisteredIn, ", ")))
	}
	return out
}

// lossWidth is the width of the name of what would be lost, in cells: it stands under the names of the columns.
const lossWidth = 43

// differences lists the columns that differ.
func differences(d schema.Difference, w int, t widget.Theme) []string {
	var out []string
	add := func(style ansi.Style, mark, word, name, what string) {
		out = append(out, widget.Fit(style.Styled(mark+" "+widget.Pad(word, 8))+" "+widget.Pad(widget.Clean(name), 34)+" "+widget.Clean(what), w))
	}
	for _, c := range d.Missing {
		add(t.Bad, "✗", "missing", c.Name, string(c.Type))
	}
	for _, c := range d.Changed {
		add(t.Bad, "✗", "changed", c.Column, string(c.Expected)+" → "+string(c.Found))
	}
	for _, c := range d.Widened {
		add(t.Warn, "!", "widened", c.Column, string(c.Expected)+" → "+string(c.Found))
	}
	for _, c := range d.New {
		add(t.Good, "+", "new", c.Name, string(c.Type))
	}
	if d.Empty() {
		out = append(out, t.Good.Styled("✓ as they are in the table"))
	}
	return out
}

// rowLines counts the rows by what the build would do to them.
func rowLines(d engine.Diff, w int, t widget.Theme) []string {
	absent := "only in the table, and stay"
	if d.Replaces || d.Asks {
		absent = "only in the table, and go with a yes"
		if d.Replaces && !d.Asks {
			absent = "only in the table, and go"
		}
	}
	others := d.Rows.Absent
	if d.Extent != nil && d.Extent.Incremental {
		others, absent = d.Rows.Untouched, "not looked at, and stay"
	}
	all := d.Rows.Inserted + d.Rows.Updated + d.Rows.Unchanged + others
	var out []string
	for _, r := range []struct {
		rows  int64
		what  string
		style ansi.Style
	}{
		{d.Rows.Inserted, "new", t.Good}, {d.Rows.Updated, "changed", t.Warn}, {d.Rows.Unchanged, "unchanged", t.Faint}, {others, absent, t.Waiting},
	} {
		bar := widget.Bar(float64(r.rows)/float64(max(1, all)), 20)
		out = append(out, widget.Fit(fmt.Sprintf("%14s  ", humanize.Comma(r.rows))+r.style.Styled(bar)+"  "+r.what, w))
	}
	return out
}

// counted is a number with what it counts: 1 row, 1,200 rows.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return humanize.Comma(n) + " " + what + "s"
}
