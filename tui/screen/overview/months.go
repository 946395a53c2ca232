package overview

import (
	"context"

	"featops/engine"
	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

// months tells how fresh tables are: the newest month of their rows. The engine reads it from the table, so it is asked for
// when a table has another version than it was last asked about.
type months struct {
	loader screen.Loader[[]engine.TableState]
	asked  map[target]int64 // versions
	known  map[target]string
}

// load asks for the months where a table is not the one that was asked about.
func (m *months) load(c screen.Console, s *engine.Snapshot) tea.Cmd {
	if m.loader.Loading() {
		return nil
	}
	news := false
	for _, w := range s.Workspaces {
		for i := range w.Tables {
			t := target{w.Tables[i].Name, w.Name}
			if v, ok := m.asked[t]; !ok || v != w.Tables[i].Version {
				m.asked[t], news = w.Tables[i].Version, true
			}
		}
	}
	if !news {
		return nil
	}
	return m.loader.Load(c, func(ctx context.Context, e screen.Engine) ([]engine.TableState, error) {
		tables, err := e.Tables(ctx)
		if len(tables) > 0 {
			err = nil // the screen of the features tells of what cannot be read
		}
		return tables, err
	})
}

// update takes a message, which may be the answer.
func (m *months) update(msg tea.Msg) {
	if !m.loader.Update(msg) {
		return
	}
	tables, _ := m.loader.Value()
	for _, t := range tables {
		m.known[target{t.Name, t.Workspace}] = t.NewestMonth
	}
}
