// Package logs is the screen of the log: the newest lines as they come, and all older ones, from memory
// and then from the files, as one scrolls back. Lines are chosen by their level, by what they are about and
// by a pattern.
//
// The screen holds the lines that its filter chooses, those around the window and no more: another filter
// reads anew, from the newest line back, beside the screen. New lines are looked at as they come.
package logs

import (
	"log/slog"
	"strconv"
	"time"

	"featops/engine/logs"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen is the screen and what the user has done to it.
type Screen struct {
	console screen.Console
	source  screen.Lines
	file    string // of the log; empty: there is none
	state   screen.State

	filter  filter
	field   *widget.Field // where the pattern is typed; nil: nobody types
	wrong   string        // why what is typed is no pattern
	noTimes bool
	wrap    bool
	left    int // cells that are scrolled away

	lines     store
	back      *logs.Back // reads what is older; nil before the first time
	next      uint64     // the sequence number in the source of the next new line
	atEnd     bool       // there are no older lines that could be read
	trouble   error      // why not
	searched  int        // lines of the files that were looked through
	detached  bool       // newer lines are not loaded
	following bool
	cursor    int64 // the selected line
	marks     map[int64]bool

	fresh    screen.Loader[loaded]
	older    screen.Loader[loaded]
	search   screen.Loader[hit]
	choice   screen.Loader[[]value]
	returnTo time.Time // where the cursor goes when lines were read anew; zero: to the newest
	down     bool      // the way of the search

	wheeled bool // up, since the newest message

	top    int64   // the first line of the window when it was drawn last
	rows   []int64 // the line of each of its rows then
	height int     // of the window then
}

// New returns a screen that follows the newest lines.
func New(c screen.Console) *Screen {
	source, file := c.Log()
	return &Screen{console: c, source: source, file: file, filter: everything(), following: true, marks: map[int64]bool{}, cursor: -1}
}

// OfRun returns the lines of one run, as a part of another screen: that calls DrawPart and has the actions. A
// run without lines that are older than since is read no further back.
func OfRun(c screen.Console, workspace string, id int64, since time.Time) *Screen {
	s := New(c)
	s.filter.within = run{workspace, strconv.FormatInt(id, 10), since}
	return s
}

// Close gives up what is being read.
func (s *Screen) Close() {
	s.fresh.Stop()
	s.older.Stop()
	s.search.Stop()
	s.choice.Stop()
}

// Name is the screen's name.
func (s *Screen) Name() string { return "logs" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return "logs" }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) { s.state = state }

// Update reads what is shown when the screen comes to the front for the first time, and then takes in what comes.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Entered:
		if s.back == nil {
			return s.restart(time.Time{})
		}
		return s.pull()
	case screen.Changed:
		if s.wheeled {
			s.wheeled = false
			return tea.Batch(s.pull(), s.more())
		}
		return s.pull()
	case screen.ShowLogs:
		return s.show(msg)
	}
	switch {
	case s.fresh.Update(msg):
		if l, ok := s.fresh.Value(); ok && s.fresh.Err() == nil {
			return s.replaced(l)
		}
	case s.older.Update(msg):
		if l, ok := s.older.Value(); ok && s.older.Err() == nil {
			s.extended(l)
		}
	case s.search.Update(msg):
		if h, ok := s.search.Value(); ok && s.search.Err() == nil {
			s.went(h)
		}
	case s.choice.Update(msg):
		if values, ok := s.choice.Value(); ok && s.choice.Err() == nil {
			s.console.Dialog(newPicker(s, values))
		}
	}
	return nil
}

// show shows the lines about something, and nothing else.
func (s *Screen) show(about screen.ShowLogs) tea.Cmd {
	level, inContext := s.filter.Level, s.filter.InContext
	s.filter = filter{
		Level: level, InContext: inContext,
		Workspace: about.Workspace, Job: about.Job, Run: about.Run, Task: about.Task, Table: about.Table,
	}
	s.following = true
	return tea.Batch(s.console.Go(s.Name()), s.restart(time.Time{}))
}

// selected is the selected line, nil when there is none.
func (s *Screen) selected() *logs.Line {
	if s.lines.len() == 0 {
		return nil
	}
	s.cursor = max(s.lines.first(), min(s.cursor, s.lines.end()-1))
	return s.lines.at(s.cursor)
}

// openRun shows the run of the selected line.
func (s *Screen) openRun() tea.Cmd {
	l := s.selected()
	id, _ := strconv.ParseInt(l.Run, 10, 64)
	return screen.Ask(s.console, screen.ShowRun{Workspace: l.Workspace, Job: l.Job, Task: l.Task, Run: id})
}

func (s *Screen) cannotOpenRun() string {
	l := s.selected()
	switch {
	case l == nil:
		return "there is no line"
	case l.Run == "":
		return "the line is of no run"
	}
	if _, err := strconv.ParseInt(l.Run, 10, 64); err != nil {
		return widget.Clean(l.Run) + " is no number of a run"
	}
	return ""
}

// kept is what is kept over restarts.
type kept struct {
	Filter  filter `json:"filter"`
	NoTimes bool   `json:"no_times,omitempty"`
	Wrap    bool   `json:"wrap,omitempty"`
}

// Keep is how the lines are shown and chosen.
func (s *Screen) Keep() any { return kept{s.filter, s.noTimes, s.wrap} }

// Restore takes up what was kept.
func (s *Screen) Restore(decode func(any) error) error {
	k := kept{Filter: everything()}
	if err := decode(&k); err != nil {
		return err
	}
	p, err := parsePattern(k.Filter.Text)
	if err != nil {
		return err
	}
	s.filter, s.noTimes, s.wrap = k.Filter, k.NoTimes, k.Wrap
	s.filter.pattern = p
	return nil
}

// levels are the thresholds that one goes through.
var levels = [...]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}

// nextLevel raises the threshold; after the highest it shows all again.
func (s *Screen) nextLevel() tea.Cmd {
	next := levels[0]
	for _, l := range levels {
		if l > s.filter.Level {
			next = l
			break
		}
	}
	s.filter.Level = next
	return s.refilter()
}

// toggleContext shows the matches alone, or among the other lines.
func (s *Screen) toggleContext() tea.Cmd {
	s.filter.InContext = !s.filter.InContext
	return s.refilter()
}

// showAll takes the filter away.
func (s *Screen) showAll() tea.Cmd {
	s.filter = filter{Level: everything().Level, InContext: s.filter.InContext, within: s.filter.within}
	return s.refilter()
}

// Typing reports whether the pattern is being typed.
func (s *Screen) Typing() bool { return s.field != nil }

// startTyping opens the line in which the pattern is typed.
func (s *Screen) startTyping() {
	s.field = widget.NewField(patternHint)
	s.field.Set(s.filter.Text)
}

// Type takes a key for the pattern. Enter keeps it, esc takes it away.
func (s *Screen) Type(k tea.KeyMsg) tea.Cmd {
	switch k.Type {
	case tea.KeyEnter:
		s.field, s.wrong = nil, ""
		return nil
	case tea.KeyEsc:
		s.field = nil
		return s.setPattern("")
	}
	if !s.field.Type(k) {
		return nil
	}
	return s.setPattern(s.field.Text())
}

// setPattern chooses by another pattern. What is none changes nothing.
func (s *Screen) setPattern(typed string) tea.Cmd {
	p, err := parsePattern(typed)
	if err != nil {
		s.wrong = err.Error()
		return nil
	}
	s.wrong = ""
	if typed == s.filter.Text {
		return nil
	}
	s.filter.pattern, s.filter.Text = p, typed
	if s.filter.InContext {
		return nil // the same lines, other ones of them marked
	}
	return s.refilter()
}
