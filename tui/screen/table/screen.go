// Package table is the screen of one feature table: its columns with what they hold, its lineage, and its versions.
package table

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// view is a part of the screen of which one is seen.
type view int

const (
	columnsView view = iota
	lineageView
	versionsView
)

var viewNames = []string{"columns", "lineage", "versions"}

// described is what is known of the table, and why that is not all.
type described struct {
	engine.Description
	missing error
}

// Screen is the screen of one table.
type Screen struct {
	console   screen.Console
	state     screen.State
	workspace string
	name      string

	view   view
	zoomed bool // the selected column is shown in full
	about  screen.Loader[described]
	seen   string // of the snapshot that was described; see standing

	columns *widget.Table[column]
	spread  map[string]engine.ColumnDistribution
	spreads screen.Loader[map[string]engine.ColumnDistribution]
	asked   []string // the columns that spreads asks for

	nodes    *widget.Table[node]
	history  screen.Loader[[]workspaces.Commit]
	versions *widget.Table[workspaces.Commit]
}

// New returns the screen of a table. A column may be named to be selected first.
func New(c screen.Console, workspace, name, column string) *Screen {
	s := &Screen{console: c, workspace: workspace, name: name, state: screen.State{Snapshot: &engine.Snapshot{}}, spread: map[string]engine.ColumnDistribution{}}
	s.columns, s.nodes, s.versions = s.newColumns(), newNodes(), s.newVersions()
	if column != "" {
		s.columns.SelectKey(column)
	}
	return s
}

// NewVersions returns the screen of a table that shows its versions first.
func NewVersions(c screen.Console, workspace, name string) *Screen {
	s := New(c, workspace, name, "")
	s.view = versionsView
	return s
}

// Name is the screen's name.
func (s *Screen) Name() string { return "table" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return widget.Clean(s.name) }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) { s.state = state }

// Close gives up what is under way.
func (s *Screen) Close() {
	s.about.Stop()
	s.spreads.Stop()
	s.history.Stop()
}

// Update loads what is shown: all of it when the screen comes to the front, and what has changed since.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case screen.Entered, screen.Changed:
		if s.standing() == s.seen {
			return s.want()
		}
		return s.load()
	}
	switch {
	case s.about.Update(msg):
		s.take()
	case s.spreads.Update(msg):
		found, _ := s.spreads.Value()
		for _, name := range s.asked {
			s.spread[name] = found[name] // nothing, where the table has no such column by now
		}
		s.columns.Set(s.rows())
	case s.history.Update(msg):
		commits, _ := s.history.Value()
		s.versions.Set(commits)
	default:
		return nil
	}
	return s.want()
}

func (s *Screen) load() tea.Cmd {
	s.seen = s.standing()
	workspace, name := s.workspace, s.name
	cmd := s.about.Load(s.console, func(ctx context.Context, e screen.Engine) (described, error) {
		d, err := e.Describe(ctx, name, "", workspace)
		if d.Name == "" {
			return described{}, err
		}
		return described{d, err}, nil
	})
	if _, known := s.history.Value(); known || s.view == versionsView {
		return tea.Batch(cmd, s.loadHistory())
	}
	return cmd
}

func (s *Screen) loadHistory() tea.Cmd {
	name := s.name
	return s.history.Load(s.console, func(ctx context.Context, e screen.Engine) ([]workspaces.Commit, error) { return e.History(ctx, name) })
}

// standing is what the snapshot says of the table, to notice when it says something else.
func (s *Screen) standing() string {
	var b strings.Builder
	for i := range s.state.Snapshot.Workspaces {
		w := &s.state.Snapshot.Workspaces[i]
		for k := range w.Tables {
			if t := &w.Tables[k]; t.Name == s.name && w.Name == s.workspace {
				fmt.Fprint(&b, "version ", t.Version, t.Updated.UnixNano())
			}
		}
		for k := range w.Registrations {
			if r := &w.Registrations[k]; r.Name == s.name && r.Workspace == s.workspace {
				fmt.Fprint(&b, " ", w.Name, r.Version, r.Registered.UnixNano())
			}
		}
		fmt.Fprint(&b, w.Error != "")
	}
	return b.String()
}

// take shows a new description. What columns hold is of the version that was described.
func (s *Screen) take() {
	if s.about.Err() != nil {
		return
	}
	clear(s.spread)
	s.spreads.Stop()
	s.columns.SetColumns(s.layout()...)
	s.columns.Set(s.rows())
	s.nodes.Set(nodes(s.description(), s.state.Snapshot))
}

func (s *Screen) description() engine.Description {
	d, _ := s.about.Value()
	return d.Description
}

// columnsAtOnce is how many columns are measured by one question: few, so that the first answer comes soon.
const columnsAtOnce = 6

// want asks for what is seen and not known: the versions, or how the columns in the window are spread, the selected one
// first. A question about columns that are no longer seen is given up.
func (s *Screen) want() tea.Cmd {
	d := s.description()
	switch {
	case s.view == versionsView:
		if _, known := s.history.Value(); !known && !s.history.Loading() && s.history.Err() == nil {
			return s.loadHistory()
		}
		return nil
	case s.view != columnsView || d.Version < 0 || d.Name == "" || s.about.Loading():
		return nil
	}
	var missing []string
	waits := false
	seen := s.columns.Visible()
	if selected := s.columns.Selected(); selected != nil {
		seen = append([]*column{selected}, seen...)
	}
	for _, c := range seen {
		waits = waits || slices.Contains(s.asked, c.Name)
		if _, known := s.spread[c.Name]; !known && c.there() && !slices.Contains(missing, c.Name) {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) == 0 || s.spreads.Loading() && waits || s.spreads.Err() != nil {
		return nil
	}
	s.asked = missing[:min(len(missing), columnsAtOnce)]
	asked, workspace, name := s.asked, s.workspace, s.name
	return s.spreads.Load(s.console, func(ctx context.Context, e screen.Engine) (map[string]engine.ColumnDistribution, error) {
		return e.Distributions(ctx, workspace, name, asked)
	})
}

// list is the list of the view that is seen.
func (s *Screen) list() screen.List {
	switch s.view {
	case lineageView:
		return s.nodes
	case versionsView:
		return s.versions
	}
	return s.columns
}

// typist is a list in which a filter is typed.
type typist interface {
	Typing() bool
	Type(tea.KeyMsg)
}

// Typing reports whether a filter is being typed.
func (s *Screen) Typing() bool { return s.list().(typist).Typing() }

// Type takes a key for the filter.
func (s *Screen) Type(k tea.KeyMsg) tea.Cmd {
	s.list().(typist).Type(k)
	return s.want()
}

// Wheel selects other rows.
func (s *Screen) Wheel(lines int) { s.list().Move(lines) }
