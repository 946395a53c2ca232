package tui

import (
	"featops/tui/screen"
	"featops/tui/widget"
)

// help lists every key that works here and, where it does nothing now, why.
func (m *model) help() {
	var lines []string
	actions := m.available()
	for _, g := range screen.Groups() {
		name := string(g)
		for _, a := range actions {
			if a.Group != g {
				continue
			}
			key := m.keys.hint(a.Name)
			if key == "" {
				key = ":" + a.Name
			}
			line := m.theme.Title.Styled(widget.Pad(name, 9)) + m.theme.Key.Styled(widget.Pad(key, 15)+" ") + a.Help
			if why := m.disabled(a); why != "" {
				line += m.theme.Faint.Styled(" (" + widget.Clean(why) + ")")
			}
			lines, name = append(lines, line), ""
		}
	}
	m.Tell("Keys of the "+m.front().Title()+" screen", lines)
}
