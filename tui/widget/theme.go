package widget

import (
	"log/slog"

	"github.com/charmbracelet/x/ansi"
)

// Theme is every style of the console. Colours are the terminal's own sixteen, so that they fit
// whatever scheme the user has chosen; text keeps its meaning when they are taken away.
type Theme struct {
	Title    ansi.Style // names of places
	Selected ansi.Style // the row that keys act on
	Faint    ansi.Style // what can be overlooked
	Strong   ansi.Style // what should not be
	Key      ansi.Style // a key in a help text

	Good    ansi.Style // ended well
	Busy    ansi.Style // under way
	Waiting ansi.Style // not yet
	Warn    ansi.Style // wants attention
	Bad     ansi.Style // failed
	Alarm   ansi.Style // a question, or too little time

	Debug, Info, Warning, Error ansi.Style // whole log lines
}

// NewTheme returns the theme, or, without color, the same in bold, faint and reverse only.
func NewTheme(color bool) Theme {
	t := Theme{
		Title:    ansi.NewStyle(ansi.AttrBold),
		Selected: ansi.NewStyle(ansi.AttrReverse),
		Faint:    ansi.NewStyle(ansi.AttrFaint),
		Strong:   ansi.NewStyle(ansi.AttrBold),
		Key:      ansi.NewStyle(ansi.AttrBold),
		Alarm:    ansi.NewStyle(ansi.AttrBold),
	}
	if !color {
		return t
	}
	t.Title = ansi.NewStyle(ansi.AttrBold, ansi.AttrCyanForegroundColor)
	t.Faint = ansi.NewStyle(ansi.AttrBrightBlackForegroundColor)
	t.Good = ansi.NewStyle(ansi.AttrGreenForegroundColor)
	t.Busy = ansi.NewStyle(ansi.AttrCyanForegroundColor)
	t.Waiting = ansi.NewStyle(ansi.AttrBrightBlackForegroundColor)
	t.Warn = ansi.NewStyle(ansi.AttrYellowForegroundColor)
	t.Bad = ansi.NewStyle(ansi.AttrRedForegroundColor)
	t.Alarm = ansi.NewStyle(ansi.AttrBold, ansi.AttrYellowForegroundColor)
	t.Debug = ansi.NewStyle(ansi.AttrBrightBlackForegroundColor)
	t.Info = ansi.NewStyle(ansi.AttrBlueForegroundColor)
	t.Warning = ansi.NewStyle(ansi.AttrYellowForegroundColor)
	t.Error = ansi.NewStyle(ansi.AttrRedForegroundColor)
	return t
}

// Level returns the style of a whole log line.
func (t Theme) Level(l slog.Level) ansi.Style {
	switch {
	case l >= slog.LevelError:
		return t.Error
	case l >= slog.LevelWarn:
		return t.Warning
	case l >= slog.LevelInfo:
		return t.Info
	}
	return t.Debug
}
