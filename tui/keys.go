package tui

import "github.com/charmbracelet/bubbles/key"

// keyMap is every key of the console. Help texts come from it.
type keyMap struct {
	Up, Down, Next, Previous key.Binding
	Run, Cancel, Register    key.Binding
	Poll                     key.Binding
	PageUp, PageDown, End    key.Binding
	Answer, Clear            key.Binding
	Help, Quit               key.Binding

	// In dialogs.
	Yes, No, Later   key.Binding
	Stay, CancelQuit key.Binding
	Close            key.Binding
}

func newKeys() keyMap {
	bind := func(help, what string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, what))
	}
	return keyMap{
		Up:       bind("↑/k", "row up", "up", "k"),
		Down:     bind("↓/j", "row down", "down", "j"),
		Next:     bind("tab", "next workspace", "tab"),
		Previous: bind("shift+tab", "previous workspace", "shift+tab"),
		Run:      bind("r", "run job", "r"),
		Cancel:   bind("c", "cancel run", "c"),
		Register: bind("g", "register table", "g"),
		Poll:     bind("p", "poll now", "p"),
		PageUp:   bind("pgup", "log back", "pgup"),
		PageDown: bind("pgdown", "log forward", "pgdown"),
		End:      bind("end", "follow log", "end"),
		Answer:   bind("a", "answer question", "a"),
		Clear:    bind("esc", "clear message", "esc"),
		Help:     bind("?", "help", "?"),
		Quit:     bind("q", "quit", "q", "ctrl+c"),

		Yes:        bind("y", "yes", "y"),
		No:         bind("n", "no", "n"),
		Later:      bind("l", "later", "l"),
		Stay:       bind("s", "stay", "s", "esc"),
		CancelQuit: bind("c", "cancel them and quit", "c"),
		Close:      bind("esc", "close", "esc", "?", "q"),
	}
}

// short lists the keys of the footer, the most useful first.
func (k keyMap) short() []key.Binding {
	return []key.Binding{k.Help, k.Quit, k.Run, k.Cancel, k.Register, k.Poll, k.Next, k.Down, k.Up, k.PageUp, k.End}
}

// section is a part of the help.
type section struct {
	name string
	keys []key.Binding
}

// sections lists all keys outside of dialogs.
func (k keyMap) sections() []section {
	return []section{
		{"Move", []key.Binding{k.Up, k.Down, k.Next, k.Previous}},
		{"Do", []key.Binding{k.Run, k.Cancel, k.Register, k.Poll, k.Answer}},
		{"Log", []key.Binding{k.PageUp, k.PageDown, k.End}},
		{"Console", []key.Binding{k.Clear, k.Help, k.Quit}},
	}
}
