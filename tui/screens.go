package tui

import (
	"featops/engine"
	"featops/engine/journal"
	"featops/tui/screen"
	"featops/tui/screen/decisions"
	"featops/tui/screen/features"
	"featops/tui/screen/logs"
	"featops/tui/screen/overview"
	runscreen "featops/tui/screen/run"
	"featops/tui/screen/runs"
	"featops/tui/screen/trainingset"
)

// screens makes one of every screen that there is: first those of the number keys, in their order, then
// those that are only opened over others, of which the actions alone are looked at.
func (m *model) screens() []screen.Screen {
	return append(append(m.numbered(), features.Opened(m)...), decisions.NewDetail(m, journal.Decision{}), runscreen.New(m, "", 0, ""),
		trainingset.New(m, engine.TrainingSetRequest{}, nil))
}

// numbered makes the screens of the number keys, in their order.
func (m *model) numbered() []screen.Screen {
	return []screen.Screen{
		overview.New(m, m.options.Lines),
		runs.New(m),
		features.New(m),
		decisions.New(m),
		logs.New(m),
	}
}

func (m *model) newTabs() []tab {
	var tabs []tab
	for _, s := range m.numbered() {
		tabs = append(tabs, tab{s})
	}
	return tabs
}
