package screen

import (
	"context"
	"io"
	"time"

	"featops/engine"
	"featops/engine/journal"
	"featops/engine/logs"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// Engine is what the console needs of an engine: plain values go in and come out. Snapshot costs
// nothing; all that takes a context may take its time, and is called in the background only.
type Engine interface {
	Snapshot() *engine.Snapshot
	Subscribe() *engine.Subscription
	Do(ctx context.Context, c engine.Command) (engine.Reply, error)

	// Runs lists the newest runs of a workspace, or of all where that is empty, the newest first.
	Runs(ctx context.Context, workspace string, limit int) ([]workspaces.Run, error)
	// JobRuns lists the newest runs of a job, the newest first.
	JobRuns(ctx context.Context, workspace string, job int64, limit int) ([]workspaces.Run, error)
	// FindRun reads one run of a workspace.
	FindRun(ctx context.Context, workspace string, id int64) (workspaces.Run, error)
	// Decisions lists the newest questions and what became of them, the newest first.
	Decisions(ctx context.Context, limit int) ([]journal.Decision, error)
	// Tables lists the feature tables with where they are registered. Where it is incomplete it comes with an error.
	Tables(ctx context.Context) ([]engine.TableState, error)
	// Search finds tables and columns, of all workspaces where none is named.
	Search(query, workspace string) (engine.Found, error)
	// Describe tells what is known of a table, or of one of its columns. Where it is incomplete it comes with an error.
	Describe(ctx context.Context, name, column, workspace string) (engine.Description, error)
	// Distributions tells how the values of columns of a feature table are spread, by column.
	Distributions(ctx context.Context, workspace, table string, columns []string) (map[string]engine.ColumnDistribution, error)
	// History lists the versions of a table, the newest first.
	History(ctx context.Context, table string) ([]workspaces.Commit, error)
	// Diff tells what a build of a table would change. It writes nothing.
	Diff(ctx context.Context, table string, parameters map[string]string) (engine.Diff, error)
	// TrainingSetOutlook tells what is wrong with the request of a training set, as far as that can be told at once.
	TrainingSetOutlook(ctx context.Context, r engine.TrainingSetRequest) engine.TrainingSetOutlook
}

// Lines holds the newest log lines in memory; it is a *logs.Ring.
type Lines interface {
	Total() uint64
	Lines(f logs.Filter, limit int) []logs.Line
	After(seq uint64, most int) (lines []logs.Line, first uint64)
	Back(path string, now time.Time) *logs.Back
}

// Console is what a screen may ask of the console around it. What takes time comes back as a command,
// for Update or an action to return.
type Console interface {
	// Command gives the engine a command. The footer tells of it while it is under way, and how it ended.
	Command(what string, c engine.Command) tea.Cmd
	// Background runs f beside the console, which waits for it at its end; ctx ends then. The message that f
	// returns goes to every screen. See Loader.
	Background(f func(ctx context.Context, e Engine) tea.Msg) tea.Cmd

	// Log is where log lines are read: the newest from memory, older ones from the file, of which the name is
	// empty where there is none.
	Log() (lines Lines, file string)

	// Open puts a screen over the one in front; esc closes it again.
	Open(s Screen) tea.Cmd
	// Go brings one of the screens of the number keys to the front.
	Go(name string) tea.Cmd
	// Dialog opens a dialog.
	Dialog(d Dialog)
	// Tell shows lines in a dialog that scrolls.
	Tell(title string, lines []string)
	// Say shows a line in the footer until the next key.
	Say(text string)

	// Copy puts text on the clipboard of the user's terminal.
	Copy(what, text string) tea.Cmd
	// Export writes a file into the folder of exports; name tells what it holds, and its kind: runs.csv.
	Export(name string, write func(io.Writer) error) tea.Cmd
	// Write is Export for what takes time: write works beside the console, until ctx ends.
	Write(name string, write func(ctx context.Context, w io.Writer) error) tea.Cmd
	// Question brings an open question on the screen, also one that was put off.
	Question(id string)
}
