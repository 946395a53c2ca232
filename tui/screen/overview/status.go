package overview

import (
	"strings"

	"featops/tui/widget"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
)

// look is how a state is shown: never by its colour alone.
type look struct {
	glyph, word string
	style       ansi.Style
}

func (l look) String() string { return l.style.Styled(l.glyph + " " + l.word) }

// width is in cells.
func (l look) width() int { return 2 + ansi.StringWidth(l.word) }

// statusLook shows the state of a run or a task. The words are the Jobs API's own; a state that is not
// known is shown as it is.
func statusLook(s workspaces.Status, t widget.Theme) look {
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
	l := look{word: strings.ToLower(strings.ReplaceAll(widget.Clean(word), "_", " "))}
	switch {
	case s.Succeeded():
		l.glyph, l.style = "✓", t.Good
	case s.Result == workspaces.SuccessWithFailures && s.Ended():
		l.glyph, l.style = "!", t.Warn
	case s.Skipped():
		l.glyph, l.style = "⊘", t.Faint
	case s.Canceled():
		l.glyph, l.style = "■", t.Warn
	case s.Ended():
		l.glyph, l.style = "✗", t.Bad
	case s.LifeCycle == workspaces.Running, s.LifeCycle == workspaces.Terminating:
		l.glyph, l.style = "●", t.Busy
	default:
		l.glyph, l.style = "○", t.Waiting
	}
	return l
}
