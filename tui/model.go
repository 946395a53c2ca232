package tui

import (
	"time"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// model is the root of the console: what the engine last said, what the user has opened, and the frame
// drawn from both.
type model struct {
	options    Options
	background *background
	beat       func() tea.Cmd // the next look at the clock
	themeName  string
	theme      widget.Theme
	keys       keyMap

	tabs     []tab
	tab      int // the one in front
	snapshot *engine.Snapshot

	questions questions
	dialog    screen.Dialog // over everything, a question too
	aside     screen.Dialog // with text of the user's, from before a question came; nil: none
	works     []work
	lastWork  int
	loads     int    // answers that screens wait for
	failure   string // the last error
	notice    string // why the last key did nothing, or what it did
	leaving   bool   // the console ends when nothing is under way
	mouse     bool

	now           time.Time
	width, height int
	frame         string
	broken        error // a panic; the console ends
}

func newModel(o Options, b *background) (*model, error) {
	m := &model{
		options: o, background: b, beat: nextBeat, questions: newQuestions(), now: o.Now(),
	}
	m.setTheme(o.Theme)
	m.tabs = m.newTabs()
	var err error
	if m.keys, err = newKeyMap(m.scopes(), o.Keys); err != nil {
		return nil, err
	}
	m.snapshot = o.Engine.Snapshot()
	return m, nil
}

// heartbeat is how often the console looks at the clock. What has not changed is not drawn again.
const heartbeat = widget.SpinnerStep

type beatMsg struct{}

func nextBeat() tea.Cmd { return tea.Tick(heartbeat, func(time.Time) tea.Msg { return beatMsg{} }) }

// Init starts the clock and lets the screen in front load what it shows.
func (m *model) Init() (cmd tea.Cmd) {
	if err := guard(func() { cmd = tea.Batch(m.beat(), m.look(), m.enter()) }); err != nil {
		m.broken = err
		return tea.Quit
	}
	if m.mouse {
		cmd = tea.Batch(cmd, tea.EnableMouseCellMotion)
	}
	return cmd
}

// View returns the newest frame.
func (m *model) View() string { return m.frame }

// Update takes a message in and draws the frame where it could look different.
func (m *model) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	if err := guard(func() { cmd = m.update(msg) }); err != nil {
		m.broken = err
		return m, tea.Quit
	}
	return m, cmd
}

func (m *model) update(msg tea.Msg) tea.Cmd {
	before := m.now
	m.now = m.options.Now()
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case beatMsg:
		m.forget()
		if before.Unix() != m.now.Unix() || m.animated() {
			m.draw()
		}
		return tea.Batch(m.beat(), m.hurry())
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyMsg:
		cmd = m.typed(msg)
	case tea.MouseMsg:
		if !m.pointed(msg) {
			return nil
		}
	case changedMsg:
		cmd = m.take(msg.events)
	case doneMsg:
		m.done(msg)
		cmd = m.look()
	case loadedMsg:
		m.loads--
		for _, d := range []screen.Dialog{m.dialog, m.aside} {
			if u, ok := d.(interface{ Update(tea.Msg) }); ok {
				u.Update(msg.msg)
			}
		}
		cmd = m.broadcast(msg.msg)
	case brokenMsg:
		m.broken = msg.err
		return tea.Quit
	default:
		return nil
	}
	m.resume()
	m.draw()
	return cmd
}

// animated reports whether the screen changes faster than the clock shows.
func (m *model) animated() bool {
	for _, w := range m.works {
		if w.ended.IsZero() {
			return true
		}
	}
	return m.loads > 0 || m.questions.shown != "" && m.now.Sub(m.questions.since) < grace+heartbeat
}

// take takes events in.
func (m *model) take(events []engine.Event) tea.Cmd {
	for _, e := range events {
		if e.Error != "" && (e.Kind == engine.TableRegistered || e.Kind == engine.TableBuilt) {
			m.failure = e.Error
		}
	}
	return tea.Batch(m.look(), m.broadcast(screen.Changed{Events: events}))
}

// look takes the engine's newest snapshot. A question that comes on the screen closes what the user had
// opened, so that a key meant for the one never answers the other. What the user was typing comes back after it.
func (m *model) look() tea.Cmd {
	m.snapshot = m.options.Engine.Snapshot()
	opened := m.questions.update(m.snapshot.Questions, m.now)
	if opened {
		if takesText(m.dialog) {
			m.aside = m.dialog
		}
		m.dialog = nil
	}
	if m.leaving && len(m.wouldEnd()) == 0 {
		return tea.Quit
	}
	return m.call(m.questions.fresh())
}

// resume brings back what the user was typing when a question came, once no question is on the screen. A key that came too late
// for the question is a letter there, and does no harm.
func (m *model) resume() {
	if _, asked := m.questions.current(); m.aside != nil && !asked && m.dialog == nil {
		m.dialog, m.aside = m.aside, nil
	}
}

// state is what screens draw from.
func (m *model) state() screen.State {
	return screen.State{Snapshot: m.snapshot, Now: m.now, Theme: m.theme}
}

func (m *model) setTheme(name string) {
	m.themeName, m.theme = name, widget.NewTheme(name, m.options.Color)
}
