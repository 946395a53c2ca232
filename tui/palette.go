package tui

import (
	"slices"

	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"
)

// palette is the dialog in which an action is found by its name.
type palette struct {
	m        *model
	field    *widget.Field
	actions  []screen.Action
	found    []int // in actions, the best first
	selected int
	top      int
	why      string // why the chosen action would do nothing
}

func (m *model) openPalette() {
	p := &palette{m: m, field: widget.NewField("the name of an action"), actions: m.available()}
	p.find()
	m.dialog = p
}

// Typing says that keys are text.
func (p *palette) Typing() bool { return true }

// find lists the actions that fit what was typed; a name that was typed whole comes first.
func (p *palette) find() {
	p.found, p.selected, p.why = p.found[:0], 0, ""
	text := p.field.Text()
	if text == "" {
		for i := range p.actions {
			p.found = append(p.found, i)
		}
		return
	}
	names := make([]string, len(p.actions))
	for i, a := range p.actions {
		names[i] = a.Name + " " + a.Help
		if a.Name == text {
			p.found = append(p.found, i)
		}
	}
	for _, match := range fuzzy.Find(text, names) {
		if !slices.Contains(p.found, match.Index) {
			p.found = append(p.found, match.Index)
		}
	}
}

// Key types, selects, or does the selected action.
func (p *palette) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	switch k.String() {
	case "esc", "ctrl+c":
		return true, nil
	case "up", "shift+tab":
		p.selected = max(0, p.selected-1)
	case "down", "tab":
		p.selected = max(0, min(len(p.found)-1, p.selected+1))
	case "enter":
		if len(p.found) == 0 {
			return false, nil
		}
		a := p.actions[p.found[p.selected]]
		if p.why = p.m.disabled(a); p.why != "" {
			return false, nil
		}
		return true, p.m.act(a)
	default:
		if p.field.Type(k) {
			p.find()
		}
	}
	return false, nil
}

// Draw returns the box.
func (p *palette) Draw(w, h int, t widget.Theme) []string {
	w = min(w-4, dialogWidth)
	inner := w - 4
	room := max(1, min(h-6, 14))
	lines := []string{t.Key.Styled(":") + p.field.Draw(inner-1, t), ""}
	p.top = widget.Scroll(p.top, p.selected, p.selected+1, room, len(p.found))
	for y := range room {
		i := p.top + y
		if i >= len(p.found) {
			lines = append(lines, "")
			continue
		}
		a := p.actions[p.found[i]]
		mark, name := "  ", widget.Pad(a.Name, 20)
		if i == p.selected {
			mark, name = "▸ ", t.Selected.Styled(name)
		}
		help := a.Help
		if a.Ask != nil {
			help += " …"
		}
		line := mark + name + " "
		if why := p.m.disabled(a); why != "" {
			line += t.Faint.Styled(help + " (" + widget.Clean(why) + ")")
		} else {
			line += help
		}
		key := " " + p.m.keys.hint(a.Name)
		lines = append(lines, widget.Spread(line, t.Key.Styled(key), inner))
	}
	foot := keyHelp("enter", "do it", t) + "   " + keyHelp("↓/↑", "select", t) + "   " + keyHelp("esc", "close", t)
	switch {
	case len(p.found) == 0:
		foot = t.Warn.Styled("! no action has such a name")
	case p.why != "":
		foot = t.Warn.Styled("! " + widget.Clean(p.why))
	}
	return widget.Box("Actions", append(lines, foot), w, t.Strong, t)
}
