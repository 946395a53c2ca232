package screen

import (
	"fmt"

	"featops/tui/widget"
	"featops/workspaces"

	"github.com/dustin/go-humanize"
)

// Progress tells how far a build is where there is little room: compute 45%.
func Progress(p workspaces.Progress) string {
	if p.Total <= 0 {
		return fmt.Sprintf("%s %s rows", widget.Clean(p.Stage), humanize.Comma(p.Rows))
	}
	return fmt.Sprintf("%s %d%%", widget.Clean(p.Stage), widget.Percent(p.Rows, p.Total))
}
