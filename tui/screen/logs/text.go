package logs

import (
	"strings"

	"featops/engine/logs"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
)

const (
	// timeLayout is how the time of a line is shown, timeWidth its width with a space.
	timeLayout = "01-02 15:04:05"
	timeWidth  = len(timeLayout + " ")
	// levelWidth and sourceWidth are at least given to the level and to what a line is of, in cells.
	levelWidth  = len("WARNING")
	sourceWidth = len("medpag/fs_cus_payment_behavior")
)

// text is a line as it is shown, and searched: the time, the level, where it is from, and the rest, so that
// messages stand below each other.
func text(l *logs.Line) string {
	var b strings.Builder
	b.WriteString(l.Time.Format(timeLayout))
	b.WriteByte(' ')
	column(&b, logs.LevelName(l.Level), levelWidth)
	source := l.Workspace
	if l.Task != "" {
		source += "/" + l.Task
	}
	column(&b, widget.Clean(source), sourceWidth)
	b.WriteString(widget.Clean(l.Details()))
	return b.String()
}

// column writes clean text in at least a width, and a space.
func column(b *strings.Builder, s string, width int) {
	const spaces = "                                        "
	b.WriteString(s)
	b.WriteString(spaces[:1+max(0, width-ansi.StringWidth(s))])
}
