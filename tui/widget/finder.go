package widget

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"
)

// Finder is a list in which one thing is found by typing letters of its name.
type Finder struct {
	field    *Field
	things   []Findable
	found    []int // in things, the best first
	selected int   // in found
	top      int
}

// Findable is a thing to be found: by Text, and, where all of Word was typed, before all others.
type Findable struct{ Word, Text string }

// finderRows is how many things are shown at most.
const finderRows = 14

// NewFinder returns a finder that shows all things, in their order, until something is typed.
func NewFinder(hint string, things []Findable) *Finder {
	f := &Finder{field: NewField(hint), things: things}
	f.find()
	return f
}

func (f *Finder) find() {
	f.found, f.selected = f.found[:0], 0
	text := f.field.Text()
	texts := make([]string, len(f.things))
	for i, thing := range f.things {
		texts[i] = thing.Text
		if text == "" || thing.Word == text {
			f.found = append(f.found, i)
		}
	}
	if text == "" {
		return
	}
	for _, match := range fuzzy.Find(text, texts) {
		if !slices.Contains(f.found, match.Index) {
			f.found = append(f.found, match.Index)
		}
	}
}

// Key selects or types, and reports whether others are found now.
func (f *Finder) Key(k tea.KeyMsg) (changed bool) {
	switch k.String() {
	case "up", "shift+tab":
		f.selected = max(0, f.selected-1)
	case "down", "tab":
		f.selected = max(0, min(len(f.found)-1, f.selected+1))
	default:
		if f.field.Type(k) {
			f.find()
			return true
		}
	}
	return false
}

// Selected is the number of the selected thing, and whether there is one.
func (f *Finder) Selected() (int, bool) {
	if len(f.found) == 0 {
		return 0, false
	}
	return f.found[f.selected], true
}

// Draw shows, behind a prompt, what was typed, and under it what was found, each thing in w cells as row draws it. It
// leaves room for a frame and a line below on a screen h high.
func (f *Finder) Draw(prompt string, w, h int, t Theme, row func(thing int, selected bool) string) []string {
	room := max(1, min(h-6, finderRows))
	lines := []string{t.Key.Styled(prompt) + f.field.Draw(w-1, t), ""}
	f.top = Scroll(f.top, f.selected, f.selected+1, room, len(f.found))
	for i := f.top; i < f.top+room; i++ {
		line := ""
		if i < len(f.found) {
			line = row(f.found[i], i == f.selected)
		}
		lines = append(lines, line)
	}
	return lines
}
