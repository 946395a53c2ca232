package tui

import (
	"time"

	"featops/engine"
	"featops/tui/screen/overview"
	"featops/tui/widget"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// model is the root of the console: what the engine last said, what the user has opened, and the frame
// drawn from both.
type model struct {
	options    Options
	background *background
	theme      widget.Theme
	keys       keyMap

	screen    *overview.Screen
	snapshot  *engine.Snapshot
	failed    map[overview.Target]engine.RegistrationStatus
	questions questions
	dialog    *dialog // over everything, a question too

	actions    []action
	lastAction int
	failure    string // the last error
	notice     string // why the last key did nothing

	now           time.Time
	width, height int
	frame         string
	broken        error // a panic; the console ends
}

func newModel(o Options, b *background) *model {
	t := widget.NewTheme(o.Color)
	m := &model{
		options: o, background: b, theme: t, keys: newKeys(),
		screen: overview.New(o.Lines, t), failed: map[overview.Target]engine.RegistrationStatus{},
		questions: newQuestions(), now: o.Now(),
	}
	m.look()
	return m
}

// heartbeat is how often the console looks at the clock. What has not changed is not drawn again.
const heartbeat = 100 * time.Millisecond

type beatMsg struct{}

func beat() tea.Cmd { return tea.Tick(heartbeat, func(time.Time) tea.Msg { return beatMsg{} }) }

// Init starts the clock.
func (m *model) Init() tea.Cmd { return beat() }

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
		return beat()
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyMsg:
		cmd = m.typed(msg)
	case changedMsg:
		m.take(msg.events)
	case doneMsg:
		m.done(msg)
		m.look()
	case brokenMsg:
		m.broken = msg.err
		return tea.Quit
	default:
		return nil
	}
	m.draw()
	return cmd
}

// animated reports whether the screen changes faster than the clock shows.
func (m *model) animated() bool {
	for _, a := range m.actions {
		if a.ended.IsZero() {
			return true
		}
	}
	return m.questions.shown != "" && m.now.Sub(m.questions.since) < grace+heartbeat
}

// take takes events in.
func (m *model) take(events []engine.Event) {
	for _, e := range events {
		if r := e.Registration; r != nil {
			target := overview.Target{Table: r.Table, Workspace: r.To}
			delete(m.failed, target)
			if r.Status == engine.RegistrationNo || r.Status == engine.RegistrationFailed {
				m.failed[target] = r.Status
			}
		}
		if e.Error != "" && (e.Kind == engine.TableRegistered || e.Kind == engine.TableBuilt) {
			m.failure = e.Error
		}
	}
	m.look()
}

// look takes the engine's newest snapshot. A question that comes on the screen closes what the user had
// opened, so that a key meant for the one never answers the other.
func (m *model) look() {
	m.snapshot = m.options.Engine.Snapshot()
	if m.questions.update(m.snapshot.Questions, m.now) {
		m.dialog = nil
	}
}

// typed takes keys. Bubble Tea puts letters that come together into one message; each is a key.
func (m *model) typed(k tea.KeyMsg) tea.Cmd {
	if k.Paste {
		return nil
	}
	if k.Type != tea.KeyRunes || len(k.Runes) < 2 {
		return m.key(k)
	}
	var cmds []tea.Cmd
	for _, r := range k.Runes {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}))
	}
	return tea.Batch(cmds...)
}

func (m *model) key(k tea.KeyMsg) tea.Cmd {
	_, asked := m.questions.current()
	switch {
	case m.dialog != nil:
		return m.press(k)
	case k.Type == tea.KeyCtrlC:
		return m.quit()
	case asked:
		return m.questionKey(k)
	}
	return m.screenKey(k)
}

// questionKey takes a key for the question on the screen. Only its own keys do anything; Enter is
// none of them.
func (m *model) questionKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case !m.questions.listens(m.now):
	case key.Matches(k, m.keys.Yes):
		return m.answer(true)
	case key.Matches(k, m.keys.No):
		return m.answer(false)
	case key.Matches(k, m.keys.Later):
		m.questions.putOff()
	}
	return nil
}

// screenKey takes a key when nothing is over the screen.
func (m *model) screenKey(k tea.KeyMsg) tea.Cmd {
	m.screen.Show(m.state())
	for _, s := range m.keys.sections() {
		for _, b := range s.keys {
			if !key.Matches(k, b) {
				continue
			}
			m.notice = ""
			if why := m.disabled(b); why != "" {
				m.notice = b.Help().Desc + ": " + why
				return nil
			}
			return m.act(k)
		}
	}
	return nil
}

func (m *model) act(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, m.keys.Up):
		m.screen.Move(-1)
	case key.Matches(k, m.keys.Down):
		m.screen.Move(1)
	case key.Matches(k, m.keys.Next):
		m.screen.Switch(1)
	case key.Matches(k, m.keys.Previous):
		m.screen.Switch(-1)
	case key.Matches(k, m.keys.PageUp):
		m.screen.Logs.Page(-1)
	case key.Matches(k, m.keys.PageDown):
		m.screen.Logs.Page(1)
	case key.Matches(k, m.keys.End):
		m.screen.Logs.Follow()
	case key.Matches(k, m.keys.Run):
		m.runJob()
	case key.Matches(k, m.keys.Cancel):
		m.cancelRun()
	case key.Matches(k, m.keys.Register):
		return m.register()
	case key.Matches(k, m.keys.Poll):
		return m.start(polling, "", engine.Poll{})
	case key.Matches(k, m.keys.Answer):
		m.questions.recall(m.now)
	case key.Matches(k, m.keys.Clear):
		m.failure, m.notice = "", ""
	case key.Matches(k, m.keys.Help):
		m.help()
	case key.Matches(k, m.keys.Quit):
		return m.quit()
	}
	return nil
}
