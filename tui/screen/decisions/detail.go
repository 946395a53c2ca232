package decisions

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"featops/engine"
	"featops/engine/journal"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// Detail is the screen of one past decision.
type Detail struct {
	console  screen.Console
	state    screen.State
	decision journal.Decision
	history  screen.Loader[[]workspaces.Commit]

	top, height, total int // of the lines that scroll, when they were drawn last
}

// NewDetail returns a screen of the decision.
func NewDetail(c screen.Console, d journal.Decision) *Detail { return &Detail{console: c, decision: d} }

// Name is the screen's name.
func (s *Detail) Name() string { return "decision" }

// Title is what the header calls the screen.
func (s *Detail) Title() string { return "decision about " + widget.Clean(s.decision.Question.Table) }

// Show makes state what is drawn.
func (s *Detail) Show(state screen.State) { s.state = state }

// Update loads the versions of the table, and again when there may be another.
func (s *Detail) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Entered:
		return s.load()
	case screen.Changed:
		for _, e := range msg.Events {
			if e.Table == s.decision.Question.Table && (e.Kind == engine.TableBuilt || e.Kind == engine.TableRestored) {
				return s.load()
			}
		}
	}
	s.history.Update(msg)
	return nil
}

func (s *Detail) load() tea.Cmd {
	table := s.decision.Question.Table
	return s.history.Load(s.console, func(ctx context.Context, e screen.Engine) ([]workspaces.Commit, error) { return e.History(ctx, table) })
}

// Actions lists what can be done on the screen.
func (s *Detail) Actions() []screen.Action {
	move := func(name, help string, keys []string, to func() int) screen.Action {
		return screen.Action{Name: name, Help: help, Group: screen.Move, Keys: keys, Do: func() tea.Cmd { s.scroll(to()); return nil }}
	}
	q := s.decision.Question
	return []screen.Action{
		{Name: "undo", Help: "restore the version before", Group: screen.Doing, Keys: []string{"u"}, Short: true, Changes: true,
			Disabled: s.cannotUndo, Ask: s.undo},
		{Name: "show-table", Help: "show the table", Group: screen.Doing, Keys: []string{"t"}, Short: true,
			Do: func() tea.Cmd {
				return screen.Ask(s.console, screen.ShowTable{Workspace: q.Workspace, Table: q.Table})
			}},
		{Name: "show-run", Help: "show the run", Group: screen.Doing, Keys: []string{"enter"}, Disabled: s.noRun,
			Do: func() tea.Cmd {
				return screen.Ask(s.console, screen.ShowRun{Workspace: q.Workspace, Job: q.Job, Task: q.Task, Run: q.Run})
			}},
		{Name: "show-logs", Help: "show its log lines", Group: screen.Doing, Keys: []string{"L"}, Short: true,
			Do: func() tea.Cmd {
				return screen.Ask(s.console, screen.ShowLogs{Workspace: q.Workspace, Table: q.Table})
			}},

		move("up", "line up", []string{"up", "k"}, func() int { return s.top - 1 }),
		move("down", "line down", []string{"down", "j"}, func() int { return s.top + 1 }),
		move("page-up", "page up", []string{"pgup", "ctrl+b"}, func() int { return s.top - max(1, s.height-1) }),
		move("page-down", "page down", []string{"pgdown", "ctrl+f"}, func() int { return s.top + max(1, s.height-1) }),
		move("top", "first line", []string{"home"}, func() int { return 0 }),
		move("bottom", "last line", []string{"end", "G"}, func() int { return s.total }),

		{Name: "copy", Help: "copy what is shown", Group: screen.Lists, Keys: []string{"ctrl+y"},
			Do: func() tea.Cmd {
				return s.console.Copy("the decision", strings.Join(s.lines(lineWidth, widget.Theme{}), "\n")+"\n")
			}},
		{Name: "export", Help: "write the columns that differ to a CSV file", Group: screen.Lists, Keys: []string{"ctrl+e"},
			Do: func() tea.Cmd { return s.console.Export("decision.csv", s.csv) }},
	}
}

// lineWidth is the width of a line of what is copied, in cells, and the most that lie between a column and what it loses.
const lineWidth = 100

func (s *Detail) scroll(to int) { s.top = max(0, min(to, s.total-s.height)) }

// Wheel scrolls.
func (s *Detail) Wheel(lines int) { s.scroll(s.top + lines) }

func (s *Detail) noRun() string {
	if s.decision.Question.Run == 0 {
		return "no run raised the question"
	}
	return ""
}

func (s *Detail) cannotUndo() string {
	d := s.decision
	switch {
	case d.Question.Subject == workspaces.RegisterTable:
		return "a registration has no versions to go back to"
	case outcomeOf(&d) != workspaces.Applied || d.Settlement.Version == d.Question.Version:
		return "nothing was changed"
	case d.Question.Version == workspaces.NoTable:
		return "there was no table before"
	}
	if newest, ok := s.newest(); ok && newest == d.Question.Version {
		return fmt.Sprintf("the table is at version %d", newest)
	}
	return ""
}

// newest is the newest version of the table, where that is known.
func (s *Detail) newest() (version int64, known bool) {
	commits, _ := s.history.Value()
	if len(commits) == 0 {
		return 0, false
	}
	return commits[0].Version, true
}

// undo makes the version before the newest one.
func (s *Detail) undo() screen.Question {
	q := s.decision.Question
	lines := []string{fmt.Sprintf("Restore %s in %s to version %d?", widget.Clean(q.Table), widget.Clean(q.Workspace), q.Version), ""}
	if newest, ok := s.newest(); ok {
		lines = append(lines, fmt.Sprintf("The table is at version %d. Its rows and columns become those of", newest),
			fmt.Sprintf("version %d again, as a new version; those between stay in the history", q.Version))
	} else {
		lines = append(lines, fmt.Sprintf("Its rows and columns become those of version %d again, as a new", q.Version),
			"version; those between stay in the history")
	}
	lines = append(lines, "until they are vacuumed. What builds have saved since is not in it.", "",
		"Registrations do not follow by themselves: register the table again",
		"for the other workspaces to see the restored version.")
	c := engine.RestoreTable{Table: q.Table, Version: q.Version}
	what := fmt.Sprintf("restore %s to version %d", q.Table, q.Version)
	return screen.Question{Title: "Undo", Lines: lines, Yes: func() tea.Cmd { return s.console.Command(what, c) }}
}

// csv writes the columns that differ.
func (s *Detail) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"CHANGE", "COLUMN", "BEFORE", "AFTER", "VALUES LOST"}); err != nil {
		return err
	}
	for _, c := range changes(s.decision.Question) {
		lost := ""
		if c.loses {
			lost = fmt.Sprint(c.lost)
		}
		if err := out.Write([]string{c.kind, widget.Clean(c.column), widget.Clean(string(c.before)), widget.Clean(string(c.after)), lost}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Draw returns h lines of at most w cells.
func (s *Detail) Draw(w, h int) []string {
	t := s.state.Theme
	all := s.lines(w, t)
	s.total, s.height = len(all), max(1, h-1)
	s.scroll(s.top)
	end := min(len(all), s.top+s.height)
	out := append(make([]string, 0, h), all[s.top:end]...)
	for len(out) < s.height {
		out = append(out, "")
	}
	foot := s.history.Status("the versions of the table", s.state)
	if foot == "" && s.height < s.total {
		foot = t.Faint.Styled(fmt.Sprintf("lines %d to %d of %d", s.top+1, end, s.total))
	}
	return append(out, widget.Fit(foot, w))
}

// lines is all that there is to tell.
func (s *Detail) lines(w int, t widget.Theme) []string {
	d := &s.decision
	q := d.Question
	glyph, word := outcome(d)
	what := "save of "
	if q.Subject == workspaces.RegisterTable {
		what = "registration of "
	}
	lines := []string{widget.Rule(t.Strong.Styled(what+widget.Clean(q.Table)+" in "+widget.Clean(q.Workspace)),
		outcomeStyle(d, t).Styled(glyph+" "+word), w, t)}
	tell := func(name, text string) {
		for i, l := range widget.Wrap(widget.Clean(text), w-12, 20) {
			if i > 0 {
				name = ""
			}
			lines = append(lines, t.Faint.Styled(widget.Pad("  "+name, 12))+l)
		}
	}
	asked := s.clock(q.Asked)
	if !q.Deadline.IsZero() {
		asked += ", to be answered within " + widget.Duration(q.Deadline.Sub(q.Asked))
	}
	tell("asked", asked)
	if a := d.Answer; a != nil {
		tell("answer", fmt.Sprintf("%s by %s after %s, %s", answer(d), a.Whom(), widget.Duration(a.After), s.clock(a.At)))
	} else {
		tell("answer", "none")
	}
	outcome := word
	if d.Settlement != nil {
		outcome += ", " + s.clock(d.Settled)
		if d.Settlement.Detail != "" {
			outcome += ": " + d.Settlement.Detail
		}
	}
	tell("outcome", outcome)
	tell("versions", versions(d))
	tell("raised by", strings.Trim(strings.TrimPrefix(RaisedBy(q), "Raised by "), "."))
	lines = append(lines, "", widget.Rule(t.Strong.Styled("difference"), "", w, t))
	lines = append(lines, Losses(q, w, t)...)
	lines = append(lines, "")
	lines = append(lines, Columns(q, min(w, lineWidth), t)...)
	return append(lines, s.versions(w, t)...)
}

// versions lists the versions of the table, those before and after the decision marked.
func (s *Detail) versions(w int, t widget.Theme) []string {
	commits, known := s.history.Value()
	if !known || s.decision.Question.Subject == workspaces.RegisterTable {
		return nil
	}
	lines := []string{"", widget.Rule(t.Strong.Styled("versions of the table"), "", w, t)}
	for _, c := range commits {
		note := ""
		switch {
		case c.Version == s.decision.Question.Version:
			note = t.Strong.Styled(" ← before")
		case s.decision.Settlement != nil && c.Version == s.decision.Settlement.Version:
			note = t.Strong.Styled(" ← after")
		}
		lines = append(lines, widget.Fit(fmt.Sprintf("  %6d  %s  %s", c.Version, s.clock(c.Time), widget.Clean(c.Operation))+note, w))
	}
	return lines
}

// clock is a time in the zone of the user.
func (s *Detail) clock(at time.Time) string {
	return at.In(s.state.Now.Location()).Format(time.DateTime)
}
