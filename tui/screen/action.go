package screen

import (
	tea "github.com/charmbracelet/bubbletea"
)

// Action is one thing that a user can do. The keys, the help, the footer, the palette and the
// configuration of keys all come from it.
type Action struct {
	Name  string   // words with "-" between: cancel-run. Two screens may have an action of one name, with the same keys.
	Help  string   // what it does, in a few words: cancel run
	Group Group    // its place in the help
	Keys  []string // default keys, as Bubble Tea names them; none: in the palette only
	Short bool     // shown in the footer where there is room

	// Changes says that it asks the engine to change something, which a console that only looks cannot.
	Changes bool
	// Disabled says why it would do nothing now, or nothing. nil: it always can.
	Disabled func() string
	// Do does it. It is nil where Ask asks first, which is for what cannot be taken back or is not cheap to.
	Do  func() tea.Cmd
	Ask func() Question
}

// Question is asked before something is done.
type Question struct {
	Title string
	Lines []string
	// Yes does what the lines tell. It was made when they were, so that it is about the same thing whatever
	// has changed on the screen since.
	Yes func() tea.Cmd
}

// Group is a part of the help.
type Group string

// The parts of the help, in their order.
const (
	Move    Group = "Move"
	Lists   Group = "List"
	Doing   Group = "Do"
	Log     Group = "Log"
	General Group = "Console"
)

// Groups lists the parts of the help in their order.
func Groups() []Group { return []Group{Move, Lists, Doing, Log, General} }
