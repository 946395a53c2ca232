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

// The themes, by name.
const (
	Dark     = "dark"
	Light    = "light"
	Contrast = "contrast"
)

// ThemeNames lists the themes.
func ThemeNames() []string { return []string{Dark, Light, Contrast} }

// NewTheme returns a theme by its name, the dark one for a name that is none. Without color it has bold,
// faint and reverse only, whatever its name, and contrast not even faint.
func NewTheme(name string, color bool) Theme {
	t := plainTheme()
	switch {
	case !color && name == Contrast:
		t.Faint = nil
	case !color:
	case name == Light:
		t.colour(lightColours)
	case name == Contrast:
		t.colour(contrastColours)
	default:
		t.colour(darkColours)
	}
	return t
}

func plainTheme() Theme {
	return Theme{
		Title:    ansi.NewStyle(ansi.AttrBold),
		Selected: ansi.NewStyle(ansi.AttrReverse),
		Faint:    ansi.NewStyle(ansi.AttrFaint),
		Strong:   ansi.NewStyle(ansi.AttrBold),
		Key:      ansi.NewStyle(ansi.AttrBold),
		Alarm:    ansi.NewStyle(ansi.AttrBold),
	}
}

// colours are what a theme is made of. A style may be more than a colour.
type colours struct{ title, faint, good, busy, warn, bad, alarm, info ansi.Style }

var (
	// Yellow and bright colours can hardly be read on white, cyan only just.
	lightColours = colours{
		title: ansi.NewStyle(ansi.AttrBold, ansi.AttrBlueForegroundColor),
		faint: ansi.NewStyle(ansi.AttrBrightBlackForegroundColor),
		good:  ansi.NewStyle(ansi.AttrGreenForegroundColor),
		busy:  ansi.NewStyle(ansi.AttrBlueForegroundColor),
		warn:  ansi.NewStyle(ansi.AttrMagentaForegroundColor),
		bad:   ansi.NewStyle(ansi.AttrRedForegroundColor),
		alarm: ansi.NewStyle(ansi.AttrBold, ansi.AttrMagentaForegroundColor),
		info:  ansi.NewStyle(ansi.AttrBlueForegroundColor),
	}
	darkColours = colours{
		title: ansi.NewStyle(ansi.AttrBold, ansi.AttrCyanForegroundColor),
		faint: ansi.NewStyle(ansi.AttrBrightBlackForegroundColor),
		good:  ansi.NewStyle(ansi.AttrGreenForegroundColor),
		busy:  ansi.NewStyle(ansi.AttrCyanForegroundColor),
		warn:  ansi.NewStyle(ansi.AttrYellowForegroundColor),
		bad:   ansi.NewStyle(ansi.AttrRedForegroundColor),
		alarm: ansi.NewStyle(ansi.AttrBold, ansi.AttrYellowForegroundColor),
		info:  ansi.NewStyle(ansi.AttrBlueForegroundColor),
	}
	// Nothing is fainter than the terminal's own text, and what matters is bold or reversed.
	contrastColours = colours{
		title: ansi.NewStyle(ansi.AttrBold, ansi.AttrUnderline),
		good:  ansi.NewStyle(ansi.AttrBold, ansi.AttrGreenForegroundColor),
		busy:  ansi.NewStyle(ansi.AttrBold, ansi.AttrCyanForegroundColor),
		warn:  ansi.NewStyle(ansi.AttrBold, ansi.AttrYellowForegroundColor),
		bad:   ansi.NewStyle(ansi.AttrBold, ansi.AttrReverse, ansi.AttrRedForegroundColor),
		alarm: ansi.NewStyle(ansi.AttrBold, ansi.AttrReverse, ansi.AttrYellowForegroundColor),
	}
)

func (t *Theme) colour(c colours) {
	t.Title, t.Faint, t.Alarm = c.title, c.faint, c.alarm
	t.Good, t.Busy, t.Waiting, t.Warn, t.Bad = c.good, c.busy, c.faint, c.warn, c.bad
	t.Debug, t.Info, t.Warning, t.Error = c.faint, c.info, c.warn, c.bad
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
