package tui

import (
	"fmt"
	"strings"

	"featops/tui/widget"
)

// cannotChange says why the console changes nothing now, or nothing.
func (m *model) cannotChange() string {
	switch {
	case m.options.ReadOnly != "":
		return m.options.ReadOnly
	case m.options.Beside && m.snapshot.Holder == nil:
		return "nobody works here any more: quit, and open featops again"
	}
	return ""
}

// worker tells which other process does the work, if one does or did.
func (m *model) worker() string {
	switch h := m.snapshot.Holder; {
	case h == nil && m.options.Beside:
		return m.theme.Alarm.Styled("! nobody does the work any more")
	case h == nil:
		return ""
	case h.PID == 0: // it has only just begun
		return m.theme.Faint.Styled("another featops does the work")
	default:
		host, _, _ := strings.Cut(h.Host, ".")
		return m.theme.Faint.Styled(widget.Clean(fmt.Sprintf("featops %d on %s does the work", h.PID, host)))
	}
}
