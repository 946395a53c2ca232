package tui

import (
	"featops/tui/screen"
	"featops/tui/widget"
)

// helpIndent is where the words of the help begin, behind the group and the key, in cells.
const helpIndent = 25

// help lists every key that works here and, where it does nothing now, why.
func (m *model) help() {
	actions := m.available()
	m.dialog = &pager{title: "Keys of the " + m.front().Title() + " screen", lines: func(w int) []string {
		var lines []string
		for _, g := range screen.Groups() {
			group := string(g)
			for _, a := range actions {
				if a.Group == g {
					lines = append(lines, m.helpOf(a, group, w)...)
					group = ""
				}
			}
		}
		return lines
	}}
}

// helpOf tells of one action, on more lines than one where it does nothing and there is much to say on why.
func (m *model) helpOf(a screen.Action, group string, w int) []string {
	key := m.keys.hint(a.Name)
	if key == "" {
		key = ":" + a.Name
	}
	head := m.theme.Title.Styled(widget.Pad(group, 9)) + m.theme.Key.Styled(widget.Pad(key, helpIndent-10)+" ")
	why := m.disabled(a)
	if why == "" {
		return []string{head + a.Help}
	}
	lines := widget.Wrap(a.Help+" ("+widget.Clean(why)+")", w-helpIndent, 3)
	for i, l := range lines {
		if i > 0 {
			head = widget.Pad("", helpIndent)
		}
		lines[i] = head + m.theme.Faint.Styled(l)
	}
	return lines
}
