package screen

import (
	"strings"

	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
)

// Look is how a state is shown: never by its colour alone.
type Look struct {
	Glyph, Word string // the glyph takes one cell
	Style       ansi.Style
}

// String is the glyph and the word.
func (l Look) String() string { return l.Style.Styled(l.Glyph + " " + l.Word) }

// Width is that of String in cells.
func (l Look) Width() int { return 2 + ansi.StringWidth(l.Word) }

// StatusLook shows the state of a run or a task. The words are the Jobs API's own; a state that is not
// known is shown as it is.
func StatusLook(s workspaces.Status, t widget.Theme) Look {
	word := string(s.LifeCycle)
	if s.Ended() && s.Result != "" {
		word = string(s.Result)
	}
	if s.Result == workspaces.TooManyRuns {
		word = "too many runs" // the name of the state is wider than all other columns
	}
	if s.LifeCycle == workspaces.WaitingForRetry {
		word = "will retry" // as above
	}
	l := Look{Word: strings.ToLower(strings.ReplaceAll(widget.Clean(word), "_", " "))}
	switch {
	case s.Succeeded():
		l.Glyph, l.Style = "✓", t.Good
	case s.Result == workspaces.SuccessWithFailures && s.Ended():
		l.Glyph, l.Style = "!", t.Warn
	case s.Skipped():
		l.Glyph, l.Style = "⊘", t.Faint
	case s.Canceled():
		l.Glyph, l.Style = "■", t.Warn
	case s.Ended():
		l.Glyph, l.Style = "✗", t.Bad
	case s.LifeCycle == workspaces.Running, s.LifeCycle == workspaces.Terminating:
		l.Glyph, l.Style = "●", t.Busy
	default:
		l.Glyph, l.Style = "○", t.Waiting
	}
	return l
}
