package tui

import (
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// palette is the dialog in which an action is found by its name.
type palette struct {
	m       *model
	actions []screen.Action
	finder  *widget.Finder
	why     string // why the chosen action would do nothing
}

func (m *model) openPalette() {
	p := &palette{m: m, actions: m.available()}
	things := make([]widget.Findable, len(p.actions))
	for i, a := range p.actions {
		things[i] = widget.Findable{Word: a.Name, Text: a.Name + " " + a.Help}
	}
	p.finder = widget.NewFinder("the name of an action", things)
	m.dialog = p
}

// Typing says that keys are text.
func (p *palette) Typing() bool { return true }

// Key types, selects, or does the selected action.
func (p *palette) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	switch k.String() {
	case "esc", "ctrl+c":
		return true, nil
	case "enter":
		i, ok := p.finder.Selected()
		if !ok {
			return false, nil
		}
		if p.why = p.m.disabled(p.actions[i]); p.why != "" {
			return false, nil
		}
		return true, p.m.act(p.actions[i])
	}
	if p.finder.Key(k) {
		p.why = ""
	}
	return false, nil
}

// Draw returns the box.
func (p *palette) Draw(w, h int, t widget.Theme) []string {
	w = min(w-4, pagerWidth)
	lines := p.finder.Draw(":", w-4, h, t, func(i int, selected bool) string { return p.row(p.actions[i], selected, w-4, t) })
	foot := keyHelp("enter", "do it", t) + "   " + keyHelp("↓/↑", "select", t) + "   " + keyHelp("esc", "close", t)
	if _, any := p.finder.Selected(); !any {
		foot = t.Warn.Styled("! no action has such a name")
	} else if p.why != "" {
		foot = t.Warn.Styled("! " + widget.Clean(p.why))
	}
	return widget.Box("Actions", append(lines, foot), w, t.Strong, t)
}

func (p *palette) row(a screen.Action, selected bool, w int, t widget.Theme) string {
	mark, name := "  ", widget.Pad(a.Name, 20)
	if selected {
		mark, name = "▸ ", t.Selected.Styled(name)
	}
	help := a.Help
	if a.Ask != nil {
		help += " …"
	}
	if why := p.m.disabled(a); why != "" {
		help = t.Faint.Styled(help + " (" + widget.Clean(why) + ")")
	}
	return widget.Spread(mark+name+" "+help, t.Key.Styled(" "+p.m.keys.hint(a.Name)), w)
}
