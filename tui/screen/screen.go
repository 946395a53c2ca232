package screen

import (
	"time"

	"featops/engine"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Screen is one screen of the console. All its methods are called by one goroutine, one after the
// other, and none of them waits for anything.
type Screen interface {
	// Name is the word by which the screen is known to the palette and to the file of what is kept: runs.
	Name() string
	// Title is what the header calls the screen: runs, or run 12 of medpag.
	Title() string
	// Show makes s the state that is drawn and that actions look at. It comes before each Draw, key and
	// message, whether the screen is in front or not, so what costs time belongs behind a look at whether
	// the snapshot is another.
	Show(s State)
	// Update takes a message: Entered, Changed, or the answer to something the screen has asked for. A
	// message may be meant for another screen.
	Update(msg tea.Msg) tea.Cmd
	// Draw returns h lines of at most w cells.
	Draw(w, h int) []string
	// Actions lists what can be done here, in the order of the help. Names and default keys never change.
	Actions() []Action
}

// State is what a screen draws from, besides what it has loaded itself.
type State struct {
	Snapshot *engine.Snapshot
	Now      time.Time
	Theme    widget.Theme
}

// Entered says that the screen has come to the front: time to load what it shows.
type Entered struct{}

// Changed brings the events of the engine since the one before, none when only the log has grown. It
// goes to every screen that is open, in front or not.
type Changed struct{ Events []engine.Event }

// Typist is a screen in which text can be typed. While it is, the screen gets every key but ctrl+c.
type Typist interface {
	Typing() bool
	Type(k tea.KeyMsg) tea.Cmd
}

// Keeper is a screen that keeps something over restarts. Keep returns a value that JSON can hold;
// Restore gets it back through decode, which fails when the file holds something else.
type Keeper interface {
	Keep() any
	Restore(decode func(into any) error) error
}

// Closer is a screen that ends what it has under way when it is closed.
type Closer interface{ Close() }

// Wheeled is a screen that the wheel of the mouse scrolls.
type Wheeled interface{ Wheel(lines int) }

// Clicked is a screen on which the mouse selects. The coordinates count from its own top left cell.
type Clicked interface{ Click(x, y int) }

// Dialog is a box over everything else. It takes all keys until it closes. One in which text is typed
// has a method Typing() bool that says so, and then gets pasted text too. One that has asked the engine something has a method
// Update(tea.Msg) for the answer.
type Dialog interface {
	// Key takes a key and reports whether the dialog closes.
	Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd)
	// Draw returns the box, at most w × h cells.
	Draw(w, h int, t widget.Theme) []string
}
