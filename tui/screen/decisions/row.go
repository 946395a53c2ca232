package decisions

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"featops/engine/journal"
	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// columns are those of the table of past decisions. Times are shown in a zone.
func columns(zone func() *time.Location) []widget.Column[journal.Decision] {
	type column = widget.Column[journal.Decision]
	type row = *journal.Decision
	return []column{
		{Title: "ASKED", Width: 16, Rank: 0, Text: func(d row) string { return d.Question.Asked.In(zone()).Format("2006-01-02 15:04") },
			Compare: func(a, b row) int { return a.Question.Asked.Compare(b.Question.Asked) }},
		{Title: "TABLE", Width: 24, Grow: 1, Rank: 1, Text: func(d row) string { return d.Question.Table }},
		{Title: "WORKSPACE", Width: 10, Rank: 6, Text: func(d row) string { return d.Question.Workspace }},
		{Title: "SUBJECT", Width: 12, Rank: 12, Text: func(d row) string { return subject(d.Question) }},
		{Title: "DIFFERS", Width: 28, Grow: 2, Rank: 10, Text: func(d row) string { return differs(d.Question) }},
		{Title: "ROWS", Width: 9, Right: true, Rank: 8, Text: func(d row) string { return humanize.Comma(d.Question.Loss.Rows) },
			Compare: func(a, b row) int { return cmp.Compare(a.Question.Loss.Rows, b.Question.Loss.Rows) }},
		{Title: "VALUES", Width: 11, Right: true, Rank: 9, Text: func(d row) string { return humanize.Comma(values(d.Question)) },
			Compare: func(a, b row) int { return cmp.Compare(values(a.Question), values(b.Question)) }},
		{Title: "ANSWER", Width: 6, Rank: 3, Text: answer},
		{Title: "BY", Width: 14, Rank: 5, Text: by},
		{Title: "AFTER", Width: 7, Right: true, Rank: 11, Text: after,
			Compare: func(a, b row) int { return cmp.Compare(waited(a), waited(b)) }},
		{Title: "OUTCOME", Width: 11, Rank: 2, Text: func(d row) string { glyph, word := outcome(d); return glyph + " " + word },
			Style: outcomeStyle, Compare: func(a, b row) int { return cmp.Compare(outcomeOf(a), outcomeOf(b)) }},
		{Title: "VERSIONS", Width: 12, Rank: 7, Text: versions,
			Compare: func(a, b row) int { return cmp.Compare(a.Question.Version, b.Question.Version) }},
	}
}

func subject(q workspaces.Question) string {
	if q.Subject == workspaces.RegisterTable {
		return "registration"
	}
	return "save"
}

// differs counts the columns that differ: 2 missing, 1 changed.
func differs(q workspaces.Question) string {
	var parts []string
	d := q.Difference
	for _, c := range []struct {
		n    int
		what string
	}{{len(d.Missing), "missing"}, {len(d.Changed), "changed"}, {len(d.Widened), "widened"}, {len(d.New), "new"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	return strings.Join(parts, ", ")
}

// values is how many values would go in all columns.
func values(q workspaces.Question) int64 {
	var n int64
	for _, c := range q.Loss.Columns {
		n += c.Values
	}
	return n
}

func answer(d *journal.Decision) string {
	switch {
	case d.Answer == nil:
		return "none"
	case d.Answer.Yes:
		return "yes"
	}
	return "no"
}

func by(d *journal.Decision) string {
	if d.Answer == nil {
		return ""
	}
	return d.Answer.Whom()
}

func waited(d *journal.Decision) time.Duration {
	if d.Answer == nil {
		return -1
	}
	return d.Answer.After
}

func after(d *journal.Decision) string {
	if d.Answer == nil {
		return ""
	}
	return widget.Duration(d.Answer.After)
}

// Summary tells of a decision on one line: what became of it, what it was about, and who answered.
func Summary(d *journal.Decision, t widget.Theme) string {
	glyph, word := outcome(d)
	q := d.Question
	text := outcomeStyle(d, t).Styled(widget.Pad(glyph+" "+word, 12)) + subject(q) + " of " + widget.Clean(q.Table) + " in " + widget.Clean(q.Workspace) +
		": " + answer(d)
	if d.Answer != nil {
		text += " by " + widget.Clean(d.Answer.Whom()) + " after " + after(d)
	}
	return text + t.Faint.Styled(" · "+differs(q))
}

func outcomeOf(d *journal.Decision) workspaces.Outcome {
	if d.Settlement == nil {
		return ""
	}
	return d.Settlement.Outcome
}

// outcome is what became of a question, as a glyph and a word.
func outcome(d *journal.Decision) (glyph, word string) {
	switch o := outcomeOf(d); o {
	case "":
		return "●", "under way"
	case workspaces.Applied:
		return "✓", string(o)
	case workspaces.Refused:
		return "■", string(o)
	case workspaces.Void:
		return "⊘", string(o)
	default:
		return "✗", string(o)
	}
}

func outcomeStyle(d *journal.Decision, t widget.Theme) ansi.Style {
	switch outcomeOf(d) {
	case "":
		return t.Busy
	case workspaces.Applied:
		return t.Good
	case workspaces.Refused:
		return t.Warn
	case workspaces.Void:
		return t.Faint
	}
	return t.Bad
}

// versions are those of the table before and after: 12 → 13, or 12 where it stayed.
func versions(d *journal.Decision) string {
	before := version(d.Question.Version)
	if d.Settlement == nil || d.Settlement.Version == d.Question.Version {
		return before
	}
	return before + " → " + version(d.Settlement.Version)
}

func version(v int64) string {
	if v == workspaces.NoTable {
		return "none"
	}
	return fmt.Sprint(v)
}

// counted is a number of things: 1 row, 1,204 rows.
func counted(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return humanize.Comma(n) + " " + thing + "s"
}
