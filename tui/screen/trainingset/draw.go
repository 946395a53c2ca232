package trainingset

import (
	"fmt"
	"strings"
	"time"

	"featops/engine/trainingset"
	"featops/tui/screen"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// Draw returns h lines of at most w cells.
func (s *Screen) Draw(w, h int) []string {
	t := s.state.Theme
	head := []string{widget.Fit(t.Faint.Styled(widget.Clean(s.request.Labels)), w), s.status(w)}
	return append(head, s.View(s.lines(w), h-len(head), t)...)
}

// status tells how far the set is, or how it ended.
func (s *Screen) status(w int) string {
	t := s.state.Theme
	set, under := s.underWay()
	switch {
	case under:
		text := widget.Spinner(s.state.Now) + " making " + widget.Clean(s.request.Out)
		if p := set.Progress; p != nil {
			text += " " + widget.Bar(float64(p.Rows)/float64(max(1, p.Total)), 20) + " " + screen.Progress(*p)
		}
		return widget.Fit(t.Busy.Styled(text), w)
	case s.ended == nil:
		return ""
	case s.ended.TrainingSet == nil:
		return widget.Fit(t.Bad.Styled("✗ not made: "+widget.Clean(s.request.Out)), w)
	}
	m := s.ended.TrainingSet
	return widget.Fit(t.Good.Styled(fmt.Sprintf("✓ %s: %s, %s", widget.Clean(m.Output.Path), counted(m.Output.Rows, "row"), counted(len(m.Columns), "column"))), w)
}

// lines tells what is in the set, or why there is none.
func (s *Screen) lines(w int) []string {
	t := s.state.Theme
	if _, under := s.underWay(); under || s.ended == nil {
		return nil
	}
	if s.ended.TrainingSet == nil {
		lines := []string{""}
		for line := range strings.SplitSeq(s.ended.Error, "\n") {
			lines = append(lines, widget.Wrap(widget.Clean(line), w, errorLines)...)
		}
		return lines
	}
	m := *s.ended.TrainingSet
	var out []string
	say := func(style ansi.Style, text string) {
		for _, l := range widget.Wrap(widget.Clean(text), w, errorLines) {
			out = append(out, style.Styled(l))
		}
	}
	rule := func(title string) { out = append(out, "", widget.Rule(t.Strong.Styled(title), "", w, t)) }
	say(nil, "manifest: "+trainingset.ManifestPath(m.Output.Path))
	rule("labels")
	say(nil, fmt.Sprintf("customer in %s, time in %s", m.Labels.Customer, m.Labels.Time))
	if n := m.Labels.Repeated; n > 0 {
		say(nil, counted(n, "label")+" with the customer and the day of an earlier one")
	}
	if bad := m.Labels.Bad; bad.Count() > 0 {
		say(t.Warn, fmt.Sprintf("! %s kept with empty features: %s without a customer, %s without a time",
			counted(bad.Count(), "label"), humanize.Comma(int64(bad.NoCustomer)), humanize.Comma(int64(bad.NoTime))))
	}
	if d := m.LookbackDays; d != nil {
		say(nil, "rows that are at most "+counted(*d, "day")+" older")
	}
	if m.AsOf != nil {
		say(nil, "the tables as they were at "+m.AsOf.UTC().Format(time.DateTime))
	}
	rule("tables")
	out = append(out, tableLines(m, w, t)...)
	if len(m.Warnings) > 0 {
		rule("warnings")
		for _, warning := range m.Warnings {
			say(t.Warn, "! "+warning)
		}
	}
	return out
}

// errorLines is on how many lines a long text is told.
const errorLines = 20

// tableLines tells how the labels fared with each table, and why those without a row have none: beside the counts where there
// is room.
func tableLines(m trainingset.Manifest, w int, t widget.Theme) []string {
	names := len("TABLE")
	for _, table := range m.Tables {
		names = max(names, ansi.StringWidth(widget.Clean(table.Name)))
	}
	row := func(name, version, features, matched, empty string) string {
		return fmt.Sprintf("%s %7s %8s %12s %12s", widget.Pad(name, names), version, features, matched, empty)
	}
	head := row("TABLE", "VERSION", "FEATURES", "MATCHED", "EMPTY")
	beside := w - ansi.StringWidth(head) - 2
	if beside >= whyWidth {
		head += "  WHY"
	}
	out := []string{widget.Fit(t.Faint.Styled(head), w)}
	for _, table := range m.Tables {
		matched := table.Counts.Matched
		line := row(widget.Clean(table.Name), fmt.Sprint(table.Version), fmt.Sprint(len(table.Columns)), humanize.Comma(matched), humanize.Comma(int64(m.Output.Rows)-matched))
		var why []string
		for _, reason := range table.Counts.Empty() {
			why = append(why, humanize.Comma(reason.Labels)+" "+reason.What)
		}
		text := strings.Join(why, ", ")
		if beside >= whyWidth {
			out = append(out, widget.Fit(line+"  "+t.Faint.Styled(text), w))
			continue
		}
		out = append(out, widget.Fit(line, w))
		if text != "" {
			out = append(out, widget.Fit(t.Faint.Styled("  empty: "+text), w))
		}
	}
	return out
}

// whyWidth is what the reasons need beside the counts, in cells.
const whyWidth = 60

// counted is a number with what it counts: 1 row, 1,200 rows.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return humanize.Comma(int64(n)) + " " + what + "s"
}
