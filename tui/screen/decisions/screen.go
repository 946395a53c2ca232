// Package decisions is the screen of the questions: the open ones with the time that is left, and all past
// ones with who answered and what became of them; and the screen of one decision in full.
package decisions

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/engine"
	"featops/engine/journal"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// mostPast is how many decisions are loaded, the newest.
const mostPast = 10_000

// Screen is the screen and what the user has done to it.
type Screen struct {
	console screen.Console
	state   screen.State

	past  screen.Loader[[]journal.Decision]
	stale bool // something happened since what is being loaded was asked for
	table *widget.Table[journal.Decision]
	known *engine.Snapshot // whose open questions are left out of the table

	selected string // the open question that keys act on; empty: they act on the table
	top      int    // the first open question shown
	height   int    // of the screen when it was drawn last
}

// New returns a screen that has nothing to show yet.
func New(c screen.Console) *Screen {
	s := &Screen{console: c, state: screen.State{Snapshot: &engine.Snapshot{}}}
	s.table = widget.NewTable(func(d *journal.Decision) string { return d.Question.ID },
		columns(func() *time.Location { return s.state.Now.Location() })...)
	return s
}

// Name is the screen's name.
func (s *Screen) Name() string { return "decisions" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return "decisions" }

// Show makes state what is drawn. When the selected question is closed, keys act on the one that takes its
// place, or on the table.
func (s *Screen) Show(state screen.State) {
	before := s.state.Snapshot.Questions
	s.state = state
	if state.Snapshot == s.known {
		return
	}
	s.known = state.Snapshot
	if s.selected != "" && s.index() < 0 {
		i := slices.IndexFunc(before, func(q workspaces.Question) bool { return q.ID == s.selected })
		s.selectOpen(i)
	}
	s.fill()
}

// Update loads the decisions when the screen comes to the front, and again when one may be another.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Entered:
		if s.selected == "" && len(s.open()) > 0 {
			s.selectOpen(0)
		}
		return s.load()
	case screen.Changed:
		if slices.ContainsFunc(msg.Events, Concerns) {
			return s.load()
		}
	}
	if !s.past.Update(msg) {
		return nil
	}
	s.fill()
	if s.stale {
		return s.load()
	}
	return nil
}

// Concerns reports whether a decision may be another after the event: it is settled when what it was about
// has ended.
func Concerns(e engine.Event) bool {
	switch e.Kind {
	case engine.QuestionAsked, engine.QuestionClosed, engine.TableBuilt, engine.TableRegistered, engine.TaskChanged, engine.RunChanged:
		return e.Final()
	}
	return false
}

func (s *Screen) load() tea.Cmd {
	s.stale = s.past.Loading()
	if s.stale {
		return nil
	}
	return s.past.Load(s.console, func(ctx context.Context, e screen.Engine) ([]journal.Decision, error) {
		return e.Decisions(ctx, mostPast)
	})
}

// fill puts the decisions in the table that are not open.
func (s *Screen) fill() {
	all, _ := s.past.Value()
	past := make([]journal.Decision, 0, len(all))
	for _, d := range all {
		if !slices.ContainsFunc(s.open(), func(q workspaces.Question) bool { return q.ID == d.Question.ID }) {
			past = append(past, d)
		}
	}
	s.table.Set(past)
}

// open are the open questions, the oldest first.
func (s *Screen) open() []workspaces.Question { return s.state.Snapshot.Questions }

// index is the place of the selected open question, or -1.
func (s *Screen) index() int {
	return slices.IndexFunc(s.open(), func(q workspaces.Question) bool { return q.ID == s.selected })
}

// selectOpen selects the open question at a place, or the nearest; where there is none, the table.
func (s *Screen) selectOpen(i int) {
	s.selected = ""
	if open := s.open(); len(open) > 0 {
		s.selected = open[max(0, min(i, len(open)-1))].ID
	}
	s.table.Rest(s.selected != "")
}

// list is the table with the open questions above it.
type list struct {
	*widget.Table[journal.Decision]
	s *Screen
}

// Move goes over the border between the open questions and the table.
func (l list) Move(down int) {
	s := l.s
	switch i := s.index() + down; {
	case s.selected == "" && down < 0 && l.AtTop() && len(s.open()) > 0:
		s.selectOpen(len(s.open()) - 1)
	case s.selected == "":
		l.Table.Move(down)
	case i >= len(s.open()) && l.Shown() > 0:
		s.selected = ""
		s.table.Rest(false)
	default:
		s.selectOpen(i)
	}
}

// Top goes to the first open question, or the first row where there is none.
func (l list) Top() {
	l.Table.Top()
	l.s.selectOpen(0)
}

// Bottom goes to the last row.
func (l list) Bottom() {
	if l.Shown() > 0 && l.s.selected != "" {
		l.s.otherPart()
	}
	l.Table.Bottom()
}

// Mark marks the selected row; open questions have no marks.
func (l list) Mark() {
	if l.s.selected == "" {
		l.Table.Mark()
	}
}

// Line is the selected question or row as text.
func (l list) Line() string {
	if i := l.s.index(); i >= 0 {
		q := l.s.open()[i]
		return strings.Join([]string{subject(q), widget.Clean(q.Table), widget.Clean(q.Workspace), differs(q)}, "\t")
	}
	return l.Table.Line()
}

// otherPart goes from the open questions to the table and back.
func (s *Screen) otherPart() {
	if s.selected == "" {
		s.selectOpen(0)
		return
	}
	s.selected = ""
	s.table.Rest(false)
}

func (s *Screen) cannotSwitch() string {
	if len(s.open()) == 0 {
		return "no question is open"
	}
	return ""
}

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	return append([]screen.Action{
		{Name: "open", Help: "open", Group: screen.Doing, Keys: []string{"enter"}, Short: true, Disabled: s.cannotOpen, Do: s.openSelected},
		{Name: "next-part", Help: "open questions, or past ones", Group: screen.Move, Keys: []string{"tab"}, Disabled: s.cannotSwitch,
			Do: func() tea.Cmd { s.otherPart(); return nil }},
	}, screen.ListActions(s.console, list{s.table, s}, "decisions")...)
}

func (s *Screen) cannotOpen() string {
	if s.selected == "" && s.table.Selected() == nil {
		return "there is no decision"
	}
	return ""
}

// openSelected brings an open question on the screen, or shows a past one in full.
func (s *Screen) openSelected() tea.Cmd {
	if s.selected != "" {
		s.console.Question(s.selected)
		return nil
	}
	return s.console.Open(NewDetail(s.console, *s.table.Selected()))
}

// Typing reports whether the filter is being typed.
func (s *Screen) Typing() bool { return s.table.Typing() }

// Type takes a key for the filter.
func (s *Screen) Type(k tea.KeyMsg) tea.Cmd {
	s.table.Type(k)
	return nil
}

// Wheel selects other rows.
func (s *Screen) Wheel(lines int) { list{s.table, s}.Move(lines) }

// Click selects an open question, or a row of the table.
func (s *Screen) Click(_, y int) {
	if i := (y - headLines) / openedLines; y >= headLines && i < s.openShown(s.height) {
		s.selectOpen(s.top + i)
		return
	}
	if y -= s.openLines(); y > headLines {
		s.selected = ""
		s.table.Rest(false)
		s.table.Click(y - headLines)
	}
}

// Keep is how the table is arranged.
func (s *Screen) Keep() any { return s.table.Arrangement() }

// Restore arranges the table so.
func (s *Screen) Restore(decode func(any) error) error {
	var a widget.Arrangement
	if err := decode(&a); err != nil {
		return err
	}
	s.table.Arrange(a)
	return nil
}

// headLines stand above the table.
const headLines = 1

// openedLines is how many lines an open question takes.
const openedLines = 2

// openShown is how many open questions are shown in h lines: at most a half of them.
func (s *Screen) openShown(h int) int {
	return min(len(s.open()), max(1, (h/2-1)/openedLines))
}

// openLines is how many lines the open questions take.
func (s *Screen) openLines() int { return 1 + max(1, s.openShown(s.height)*openedLines) }

// Draw returns h lines of at most w cells.
func (s *Screen) Draw(w, h int) []string {
	s.height = h
	t := s.state.Theme
	open := s.open()
	right := t.Faint.Styled("none")
	if len(open) > 0 {
		right = t.Alarm.Styled(fmt.Sprintf("%d, enter answers", len(open)))
	}
	lines := []string{widget.Rule(t.Strong.Styled("open questions"), right, w, t)}
	if len(open) == 0 {
		lines = append(lines, t.Faint.Styled("  No question is open."))
	}
	n := s.openShown(h)
	at := max(0, s.index())
	s.top = widget.Scroll(s.top, at, at+1, n, len(open))
	for _, q := range open[s.top:min(len(open), s.top+n)] {
		lines = append(lines, s.drawOpen(q, w)...)
	}
	state := s.past.Status("the decisions", s.state)
	if all, _ := s.past.Value(); len(all) == mostPast && state == "" {
		state = t.Faint.Styled(fmt.Sprintf("the newest %d", mostPast))
	}
	lines = append(lines, widget.Rule(t.Strong.Styled("past decisions"), state, w, t))
	past := s.table.Draw(w, h-len(lines), t)
	if s.table.Len() == 0 && state == "" && len(past) > headLines {
		past[headLines] = t.Faint.Styled("  Nothing was decided yet.")
	}
	return append(lines, past...)
}

// countdownWidth is how wide the countdown of an open question is, in cells.
const countdownWidth = 32

// drawOpen is an open question: what would happen, and how long there is to answer.
func (s *Screen) drawOpen(q workspaces.Question, w int) []string {
	t := s.state.Theme
	mark, style := "  ", t.Strong
	if q.ID == s.selected {
		mark, style = t.Strong.Styled("▸ "), t.Selected
	}
	verb := "overwrite "
	if q.Subject == workspaces.RegisterTable {
		verb = "register again "
	}
	what := style.Styled("? " + verb + widget.Clean(q.Table) + " in " + widget.Clean(q.Workspace))
	return []string{
		widget.Fit(mark+what+t.Faint.Styled(" · "+differs(q)), w),
		widget.Fit("    "+Countdown(q, s.state.Now, countdownWidth, t)+"  "+loss(q), w),
	}
}

// loss tells in a few words what a yes would destroy.
func loss(q workspaces.Question) string {
	n, v := q.Loss.Rows, values(q)
	if n == 0 && v == 0 {
		return "nothing lost"
	}
	return fmt.Sprintf("would lose %s and %s", counted(n, "row"), counted(v, "value"))
}
