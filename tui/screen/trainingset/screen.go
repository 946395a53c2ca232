// Package trainingset is the form in which a training set is asked for, and the screen that tells how it is made and what is
// in it.
package trainingset

import (
	"fmt"
	"path/filepath"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen tells of one training set.
type Screen struct {
	console screen.Console
	state   screen.State
	request engine.TrainingSetRequest
	values  map[string]string // of the form
	ended   *engine.Event     // how the making ended; nil while it has not

	screen.Window // on its lines
}

// New returns the screen of a set that is asked for by values of the form.
func New(c screen.Console, r engine.TrainingSetRequest, values map[string]string) *Screen {
	return &Screen{console: c, request: r, values: values, state: screen.State{Snapshot: &engine.Snapshot{}}}
}

// Action is the one by which a training set is asked for. Each screen has it.
func Action(disabled func() string, do func() tea.Cmd) screen.Action {
	return screen.Action{Name: "training-set", Help: "make a training set", Group: screen.Doing, Keys: []string{"T"}, Changes: true, Disabled: disabled, Do: do}
}

// Name is the screen's name.
func (s *Screen) Name() string { return "training-set" }

// Title is what the header calls the screen.
func (s *Screen) Title() string { return "training set" }

// Show makes state what is drawn.
func (s *Screen) Show(state screen.State) { s.state = state }

// Update notes how the making of the set ends.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if changed, ok := msg.(screen.Changed); ok {
		for _, e := range changed.Events {
			if e.Kind == engine.TrainingSetMade && e.Output == s.request.Out {
				s.ended = &e
				s.Top()
			}
		}
	}
	return nil
}

// Actions lists what can be done on the screen.
func (s *Screen) Actions() []screen.Action {
	return append([]screen.Action{
		{Name: "edit", Help: "change and make again", Group: screen.Doing, Keys: []string{"e"}, Short: true, Changes: true, Disabled: s.cannotEdit,
			Do: s.edit},
		{Name: "stop", Help: "stop making it", Group: screen.Doing, Keys: []string{"c"}, Short: true, Disabled: s.cannotStop, Ask: s.stop},
		{Name: "copy-name", Help: "copy the path", Group: screen.Lists, Keys: []string{"y"}, Short: true,
			Do: func() tea.Cmd { return s.console.Copy("the path of the set", s.request.Out) }},
	}, s.Moves()...)
}

// underWay is the set as it is made.
func (s *Screen) underWay() (engine.TrainingSetState, bool) {
	for _, t := range s.state.Snapshot.TrainingSets {
		if t.Output == s.request.Out {
			return t, true
		}
	}
	return engine.TrainingSetState{}, false
}

func (s *Screen) cannotEdit() string {
	if _, under := s.underWay(); under {
		return "it is being made"
	}
	return ""
}

// edit opens the form with what was asked for; the set that is made of it takes the place of this one.
func (s *Screen) edit() tea.Cmd {
	return open(s.console, s.values, func(r engine.TrainingSetRequest, values map[string]string) tea.Cmd {
		s.request, s.values, s.ended = r, values, nil
		s.Top()
		return s.begin()
	})
}

// begin has the set made.
func (s *Screen) begin() tea.Cmd {
	return s.console.Command("training set "+filepath.Base(s.request.Out), engine.MakeTrainingSet{TrainingSetRequest: s.request})
}

func (s *Screen) cannotStop() string {
	if _, under := s.underWay(); !under {
		return "it is not being made"
	}
	return ""
}

func (s *Screen) stop() screen.Question {
	out := s.request.Out
	return screen.Question{
		Title: "Stop", Lines: []string{fmt.Sprintf("Stop making %s?", widget.Clean(out)), "", "Nothing of it is left. What was there before stays."},
		Yes: func() tea.Cmd {
			return s.console.Command("stop the training set", engine.StopTrainingSet{Output: out})
		},
	}
}
