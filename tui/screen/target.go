package screen

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"
)

// These messages ask for a thing to be shown. They go to every screen that is open; the one that shows
// such things brings itself to the front, or opens them over the screen that is. See Ask.
type (
	// ShowRun asks for a run. Job and Task may be empty.
	ShowRun struct {
		Workspace, Job, Task string
		Run                  int64
	}
	// ShowTable asks for a table and its history.
	ShowTable struct{ Workspace, Table string }
	// ShowLogs asks for the log lines that say all of this; what is empty is not asked for.
	ShowLogs struct{ Workspace, Job, Run, Task, Table string }
)

// Ask sends every screen a message.
func Ask(c Console, msg tea.Msg) tea.Cmd {
	return c.Background(func(context.Context, Engine) tea.Msg { return msg })
}
