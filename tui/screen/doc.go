// Package screen is what a screen of the console is made of, and what it may ask of the console around
// it. It knows no screen.
//
// # How to add a screen
//
// A screen is a package below this one with a struct, always used by pointer, that is a [Screen]; small
// screens are one file. This one lists the newest runs:
//
//	type Screen struct {
//		console screen.Console
//		state   screen.State
//		runs    screen.Loader[[]workspaces.Run]
//		table   *widget.Table[workspaces.Run]
//	}
//
//	func New(c screen.Console) *Screen {
//		return &Screen{console: c, table: widget.NewTable(
//			func(r *workspaces.Run) string { return fmt.Sprint(r.Workspace, " ", r.ID) },
//			widget.Column[workspaces.Run]{Title: "RUN", Text: …, Width: 8, Right: true},
//			widget.Column[workspaces.Run]{Title: "JOB", Text: …, Width: 20, Grow: 1, Rank: 1},
//		)}
//	}
//
//	func (s *Screen) Name() string              { return "runs" }
//	func (s *Screen) Title() string             { return "runs" }
//	func (s *Screen) Show(state screen.State)   { s.state = state }
//
//	func (s *Screen) Update(msg tea.Msg) tea.Cmd {
//		switch msg.(type) {
//		case screen.Entered:
//			return s.runs.Load(s.console, func(ctx context.Context, e screen.Engine) ([]workspaces.Run, error) {
//				return e.Runs(ctx, "", 200)
//			})
//		}
//		if s.runs.Update(msg) {
//			runs, _ := s.runs.Value()
//			s.table.Set(runs)
//		}
//		return nil
//	}
//
//	func (s *Screen) Draw(w, h int) []string {
//		return append([]string{s.runs.Status("runs", s.state)}, s.table.Draw(w, h-1, s.state.Theme)...)
//	}
//
//	func (s *Screen) Actions() []screen.Action {
//		return append(screen.ListActions(s.console, s.table, "runs"), screen.Action{
//			Name: "cancel", Help: "cancel run", Group: screen.Doing, Keys: []string{"c"}, Changes: true,
//			Disabled: s.cannotCancel, Ask: s.cancel,
//		})
//	}
//
// It gets its number key, its place in the palette, in the help and in the checks of the configuration
// by one line in screens.go of package tui: in numbered, or, for a screen that is only opened over
// others with [Console.Open], in screens. Beyond that:
//
//   - Text is typed into a [Typist]: a screen with a table hands Typing and Type on to it.
//   - What should survive a restart is given out by a [Keeper]: for a table its Arrangement.
//   - What is under way when the screen is closed is ended by a [Closer].
//   - [Wheeled] and [Clicked] take the mouse.
//   - Nothing waits: what takes time goes through [Loader] or [Console.Command]. The pointers of a
//     [State] are shared with the engine and are read only.
//   - Foreign text passes widget.Clean before it is drawn, which a table does itself. A state is never
//     told by its colour alone, and colours come from State.Theme.
//   - An action that cannot be done now says why in Disabled, in a few words after "cancel run: "; the
//     console does the rest. What is disabled for a read-only console has Changes set instead.
//   - A golden screen a size and a state stand in package tui, as golden_test.go has them; its property
//     test presses the keys of every screen.
package screen
