package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

// Still is a console that no terminal shows. Nothing in it happens by itself: it looks at the engine and takes keys when
// it is told to, and what those start has ended when the call returns. Pictures and tests are made with it. It is used by
// one goroutine.
type Still struct {
	m      *model
	events feed
}

// NewStill opens a console of width × height cells. The caller closes it.
func NewStill(ctx context.Context, o Options, width, height int) (*Still, error) {
	m, err := newModel(o, &background{ctx: ctx, engine: o.Engine})
	if err != nil {
		return nil, err
	}
	m.beat = func() tea.Cmd { return nil }
	m.restore()
	s := &Still{m, o.Engine.Subscribe()}
	m.settle(m.Init())
	s.Resize(width, height)
	return s, m.broken
}

// Resize gives the console another size, in cells.
func (s *Still) Resize(width, height int) {
	s.m.Update(tea.WindowSizeMsg{Width: width, Height: height})
}

// Look takes up the time, the engine's newest state, and what has happened since the last look.
func (s *Still) Look() error {
	s.m.settle(s.update(changedMsg{s.events.Take()}))
	s.m.settle(s.update(beatMsg{}))
	s.m.draw()
	return s.m.broken
}

// Press presses keys, named as in the configuration, one after the other.
func (s *Still) Press(keys ...string) error {
	for _, name := range keys {
		k, err := keyMsg(name)
		if err != nil {
			return fmt.Errorf("press %s: %w", name, err)
		}
		s.m.settle(s.update(k))
	}
	return s.m.broken
}

// Frame is what the console shows: as many lines as it is high, with the terminal's sequences for styles in them.
func (s *Still) Frame() string { return s.m.View() }

// Close gives up what the engine would still tell.
func (s *Still) Close() { s.events.Close() }

func (s *Still) update(msg tea.Msg) tea.Cmd {
	_, cmd := s.m.Update(msg)
	return cmd
}

// settle carries out a command, and those that come of it. It reports whether one of them ends the console.
func (m *model) settle(cmd tea.Cmd) (quit bool) {
	if cmd == nil {
		return false
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.QuitMsg:
		return true
	case tea.BatchMsg:
		for _, cmd := range msg {
			quit = m.settle(cmd) || quit
		}
	default:
		_, cmd := m.Update(msg)
		return m.settle(cmd)
	}
	return quit
}

// keyMsg is the message of a key by its name.
func keyMsg(name string) (tea.KeyMsg, error) {
	key, err := parseKey(name)
	if err != nil {
		return tea.KeyMsg{}, err
	}
	if t, ok := keyType(key); ok {
		return tea.KeyMsg{Type: t}, nil
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)}, nil
}
