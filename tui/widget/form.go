package widget

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Form is a dialog with values to fill in, each checked while it is typed.
type Form struct {
	title  string
	about  []string
	inputs []Input
	fields []*Field
	at     int // the input that keys go to
	done   func(values map[string]string) tea.Cmd
	submit string // what done does, in a word
}

// Input is a value of a form.
type Input struct {
	Name    string
	Value   string // at first
	Hint    string // shown while the value is empty
	Help    string // what it is for
	Allowed string // what may stand there, in words
	// Choices are all values that it may have, in the order in which the space bar goes through them. nil: it is typed.
	Choices []string
	// Check says what is wrong with a value, given all of them. nil: nothing ever is.
	Check func(value string, all map[string]string) error
}

// NewForm returns a form. Enter does what submit says, with the values by name, once nothing is wrong with any.
func NewForm(title string, about []string, submit string, done func(values map[string]string) tea.Cmd, inputs ...Input) *Form {
	f := &Form{title: title, about: about, inputs: inputs, done: done, submit: submit}
	for _, in := range inputs {
		field := NewField(in.Hint)
		field.Set(in.Value)
		f.fields = append(f.fields, field)
	}
	return f
}

// Typing says that keys are text.
func (f *Form) Typing() bool { return true }

// Values are the values by name, as they stand.
func (f *Form) Values() map[string]string {
	out := map[string]string{}
	for i, in := range f.inputs {
		out[in.Name] = strings.TrimSpace(f.fields[i].Text())
	}
	return out
}

// wrong says what is wrong with an input, or nothing.
func (f *Form) wrong(i int) string {
	if f.inputs[i].Check == nil {
		return ""
	}
	all := f.Values()
	if err := f.inputs[i].Check(all[f.inputs[i].Name], all); err != nil {
		return err.Error()
	}
	return ""
}

// Key types, goes to another input, or ends the form.
func (f *Form) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	n := len(f.inputs)
	choices := f.inputs[f.at].Choices
	switch k.String() {
	case "esc", "ctrl+c":
		return true, nil
	case "up", "shift+tab":
		f.at = (f.at + n - 1) % n
	case "down", "tab":
		f.at = (f.at + 1) % n
	case "enter":
		for i := range f.inputs {
			if f.wrong(i) != "" {
				f.at = i
				return false, nil
			}
		}
		return true, f.done(f.Values())
	default:
		switch field := f.fields[f.at]; {
		case choices == nil:
			field.Type(k)
		case k.String() == " " || k.String() == "right":
			field.Set(choices[(slices.Index(choices, field.Text())+1)%len(choices)])
		case k.String() == "left":
			field.Set(choices[(max(0, slices.Index(choices, field.Text()))+len(choices)-1)%len(choices)])
		}
	}
	return false, nil
}

// formWidth is how wide a form is, in cells, where the screen is wider.
const formWidth = 76

// Draw returns the box.
func (f *Form) Draw(w, h int, t Theme) []string {
	w = min(w-4, formWidth)
	inner, names := max(0, w-4), 0
	for _, in := range f.inputs {
		names = max(names, len(in.Name))
	}
	var lines []string
	for _, l := range f.about {
		lines = append(lines, Fit(Clean(l), inner))
	}
	lines = append(lines, "")
	bad := false
	for i, in := range f.inputs {
		lines = append(lines, f.line(i, in, names, inner, t))
		bad = bad || f.wrong(i) != ""
	}
	in := f.inputs[f.at]
	lines = append(lines, "")
	lines = append(lines, padded(Wrap(Clean(in.Help), inner, 2), 2)...)
	if why := f.wrong(f.at); why != "" {
		wrapped := Wrap("✗ "+Clean(why), inner, 2)
		for i := range wrapped {
			wrapped[i] = t.Bad.Styled(wrapped[i])
		}
		lines = append(lines, padded(wrapped, 2)...)
	} else {
		lines = append(lines, padded(Wrap("allowed: "+Clean(in.Allowed), inner, 2), 2)...)
	}
	enter := t.Key.Styled("enter") + " " + f.submit
	if bad {
		enter = t.Faint.Styled("enter " + f.submit + " (not while a value is wrong)")
	}
	foot := enter + "   " + t.Key.Styled("↓/↑") + " value   " + t.Key.Styled("esc") + " close"
	if in.Choices != nil {
		foot = enter + "   " + t.Key.Styled("space") + " change   " + t.Key.Styled("↓/↑") + " value   " + t.Key.Styled("esc") + " close"
	}
	lines = append(lines, "", Fit(foot, inner))
	if over := len(lines) + 2 - h; over > 0 {
		lines = lines[min(over, len(f.about)):]
	}
	return Box(f.title, lines, w, t.Strong, t)
}

func padded(lines []string, n int) []string {
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines
}

func (f *Form) line(i int, in Input, names, w int, t Theme) string {
	mark, name := "  ", Pad(in.Name, names)
	value := Clean(f.fields[i].Text())
	if i == f.at {
		mark = "▸ "
		name = t.Strong.Styled(name)
	}
	switch {
	case i != f.at && value == "":
		value = t.Faint.Styled(in.Hint)
	case i == f.at && in.Choices == nil:
		value = f.fields[i].Draw(w-names-6, t)
	case i == f.at:
		value = t.Selected.Styled(value)
	}
	if f.wrong(i) != "" {
		return Fit(mark+name+"  "+t.Bad.Styled("✗ ")+value, w)
	}
	return Fit(mark+name+"  "+t.Good.Styled("✓ ")+value, w)
}
