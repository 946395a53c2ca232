package tui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"featops/tui/screen"
	"featops/tui/widget"
)

// kept is what the console keeps over restarts.
type kept struct {
	Screen  string                     `json:"screen,omitempty"`
	Mouse   bool                       `json:"mouse,omitempty"`
	Theme   string                     `json:"theme,omitempty"`   // that was chosen in the console …
	Instead string                     `json:"instead,omitempty"` // … while this one was configured
	Screens map[string]json.RawMessage `json:"screens,omitempty"` // by name
}

func (m *model) keptFile() string { return filepath.Join(m.options.Home, "console.json") }

// keep writes what is kept. The file is replaced whole or stays as it was. A console that only looks
// writes none.
func (m *model) keep() {
	if m.options.Home == "" || m.options.ReadOnly != "" {
		return
	}
	k := kept{Screen: m.tabs[m.tab].base().Name(), Mouse: m.mouse, Screens: map[string]json.RawMessage{}}
	if m.themeName != m.options.Theme {
		k.Theme, k.Instead = m.themeName, m.options.Theme
	}
	var errs []error
	for _, t := range m.tabs {
		if s, ok := t.base().(screen.Keeper); ok {
			value, err := json.Marshal(s.Keep())
			if err == nil {
				k.Screens[t.base().Name()] = value
			}
			errs = append(errs, err)
		}
	}
	text, err := json.MarshalIndent(k, "", "  ")
	if err == nil {
		err = replaceFile(m.keptFile(), append(text, '\n'))
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		m.options.Log.Warn("cannot keep the state of the console", "error", err)
	}
}

func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// restore takes up what was kept. What cannot be read is as if nothing had been kept.
func (m *model) restore() {
	if m.options.Home == "" {
		return
	}
	text, err := os.ReadFile(m.keptFile())
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		m.options.Log.Warn("the kept state of the console is ignored", "file", m.keptFile(), "error", err)
		return
	}
	m.mouse = k.Mouse
	if k.Instead == m.options.Theme && slices.Contains(widget.ThemeNames(), k.Theme) {
		m.setTheme(k.Theme)
	}
	for i, t := range m.tabs {
		name := t.base().Name()
		if name == k.Screen {
			m.tab = i
		}
		value, given := k.Screens[name]
		s, ok := t.base().(screen.Keeper)
		if !ok || !given {
			continue
		}
		if err := s.Restore(func(into any) error { return json.Unmarshal(value, into) }); err != nil {
			m.options.Log.Warn("the kept state of a screen is ignored", "screen", name, "file", m.keptFile(),
				"error", fmt.Errorf("read the state of the %s screen: %w", name, err))
		}
	}
}
