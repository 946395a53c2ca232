// Package overview is the screen that shows everything at once: each workspace with its jobs, their
// tasks in the order of their dependencies, and its tables, and under them the newest log lines. It
// draws a snapshot of the engine, knows which row is selected, and gives the commands of its actions.
package overview

import (
	"slices"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// target is a table and a workspace that it is in, or is registered in.
type target struct{ table, workspace string }

// Screen is the screen and what the user has done to it.
type Screen struct {
	console  screen.Console
	logs     *widget.LogView
	theme    widget.Theme
	state    screen.State
	failed   map[target]engine.RegistrationStatus // registrations whose newest try did not succeed
	spaces   []*space                             // the rows of each workspace
	filter   widget.Filter
	field    *widget.Field // where the filter is typed; nil: nobody types
	needs    needs
	months   months
	selected Place
	first    int                // the first workspace shown, where they stand beside each other
	tops     map[string]int     // the first row shown of each workspace; of all together under ""
	widths   map[string]columns // of each workspace
	drawn    []part             // what the newest drawing has where
}

// New returns a screen that has nothing to show yet.
func New(c screen.Console, lines widget.Lines) *Screen {
	return &Screen{
		console: c, logs: widget.NewLogView(lines), tops: map[string]int{}, widths: map[string]columns{},
		months: months{asked: map[target]int64{}, known: map[target]string{}},
		failed: map[target]engine.RegistrationStatus{}, state: screen.State{Snapshot: &engine.Snapshot{}},
	}
}

// Name is the screen's name.
func (s *Screen) Name() string { return "overview" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return "overview" }

// Show makes state what is drawn. The selected row stays selected; when it is gone, its workspace's first
// row is.
func (s *Screen) Show(state screen.State) {
	fresh := state.Snapshot != s.state.Snapshot
	s.state, s.theme = state, state.Theme
	if fresh {
		s.index()
	}
	if space, _ := s.find(); space < 0 && len(s.spaces) > 0 {
		s.pick(s.spaces[max(0, s.space())])
	}
}

// index makes the indices of the rows that the filter chooses.
func (s *Screen) index() {
	s.spaces = s.spaces[:0]
	for i := range s.state.Snapshot.Workspaces {
		s.spaces = append(s.spaces, newSpace(s.state.Snapshot, &s.state.Snapshot.Workspaces[i], s.chosen()))
	}
	s.needs = s.needed()
}

// Update notes which registrations do not succeed and how fresh tables are, and shows what another screen asks for.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.ShowRun:
		return s.showRun(msg)
	case screen.Entered:
		return s.months.load(s.console, s.state.Snapshot)
	case screen.Changed:
		s.note(msg.Events)
		return s.months.load(s.console, s.state.Snapshot)
	}
	s.months.update(msg)
	return nil
}

// note keeps which registrations do not succeed.
func (s *Screen) note(events []engine.Event) {
	for _, e := range events {
		if r := e.Registration; r != nil {
			t := target{r.Table, r.To}
			delete(s.failed, t)
			if r.Status == engine.RegistrationNo || r.Status == engine.RegistrationFailed {
				s.failed[t] = r.Status
			}
			s.needs = s.needed()
		}
	}
}

// kept is what is kept over restarts.
type kept struct {
	Place
	Filter string `json:"filter,omitempty"`
}

// Keep is the selected row and the filter.
func (s *Screen) Keep() any { return kept{s.selected, s.filter.Text()} }

// Restore selects the row that was selected before, among those that were chosen.
func (s *Screen) Restore(decode func(any) error) error {
	var k kept
	err := decode(&k)
	s.selected, s.filter = k.Place, widget.NewFilter(k.Filter)
	return err
}

// space is the index of the selected workspace, or -1.
func (s *Screen) space() int {
	return slices.IndexFunc(s.spaces, func(x *space) bool { return x.state.Name == s.selected.Workspace })
}

// find returns the index of the selected workspace and row, or -1.
func (s *Screen) find() (space, row int) {
	if space = s.space(); space >= 0 {
		if row = s.spaces[space].find(s.selected); row >= 0 {
			return space, row
		}
	}
	return -1, -1
}

// pick selects the first row of a workspace.
func (s *Screen) pick(x *space) { s.selected = x.row(x.top()).Place }

// Move selects another row, as many rows down, over the borders of workspaces.
func (s *Screen) Move(down int) {
	space, row := s.find()
	if space < 0 {
		return
	}
	row += down
	for ; space > 0 && row < s.spaces[space].top(); space-- {
		row += s.spaces[space-1].rows() - s.spaces[space].top()
	}
	for ; space < len(s.spaces)-1 && row >= s.spaces[space].rows(); space++ {
		row += s.spaces[space+1].top() - s.spaces[space].rows()
	}
	x := s.spaces[space]
	s.selected = x.row(max(x.top(), min(row, x.rows()-1))).Place
}

// Switch selects another workspace, as many further, round and round.
func (s *Screen) Switch(by int) {
	if n := len(s.spaces); n > 0 {
		s.pick(s.spaces[((s.space()+by)%n+n)%n])
	}
}

// Selection is what keys act on.
type Selection struct {
	Workspace *engine.WorkspaceState // nil when there is none
	Job       *engine.JobState       // of the row, else the workspace's only one, else nil
	Task      string                 // the key of the row's task, or empty
	Table     string                 // the table of the row, or empty
	Built     *workspaces.Table      // that table, nil when it does not exist yet
	Row       string                 // what the row is called
}

// Selected returns what keys act on.
func (s *Screen) Selected() Selection {
	space, row := s.find()
	if space < 0 {
		return Selection{}
	}
	it := s.spaces[space].row(row)
	out := Selection{Workspace: it.space, Job: it.job, Task: it.Task, Table: it.tableName(), Built: it.table, Row: it.name()}
	if out.Job == nil && len(it.space.Jobs) == 1 {
		out.Job = &it.space.Jobs[0]
	}
	return out
}
