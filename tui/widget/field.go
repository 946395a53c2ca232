package widget

import (
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// Field is a line that text is typed into.
type Field struct{ input textinput.Model }

// NewField returns an empty field. The hint is shown while it is empty.
func NewField(hint string) *Field {
	f := &Field{textinput.New()}
	f.input.Placeholder = hint
	f.input.Focus()
	return f
}

// Text is what was typed.
func (f *Field) Text() string { return f.input.Value() }

// Set replaces the text and goes to its end.
func (f *Field) Set(text string) {
	f.input.SetValue(text)
	f.input.CursorEnd()
}

// Type takes a key and reports whether the text is another now.
func (f *Field) Type(k tea.KeyMsg) (changed bool) {
	before := f.input.Value()
	f.input, _ = f.input.Update(k)
	return f.input.Value() != before
}

// Draw shows the text and the cursor in at most w cells.
func (f *Field) Draw(w int, t Theme) string {
	text := []rune(f.input.Value())
	at := min(f.input.Position(), len(text))
	if len(text) == 0 {
		return Fit(t.Selected.Styled(" ")+t.Faint.Styled(f.input.Placeholder), w)
	}
	before, under, after := string(text[:at]), " ", ""
	if at < len(text) {
		under, after = string(text[at]), string(text[at+1:])
	}
	if over := ansi.StringWidth(before) + 2 - w; over > 0 {
		before = ansi.TruncateLeft(before, over+1, "…")
	}
	return Fit(before+t.Selected.Styled(under)+after, w)
}
