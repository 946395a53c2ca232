package widget

import (
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// Filter chooses rows by text: all of its words must be in a row, in whatever case. With "~" before it
// the letters must come in some cell in their order, with others between or not; with "!" before all,
// it chooses the rows that it would not.
type Filter struct {
	text    string
	inverse bool
	fuzzy   bool
	words   []string // in lower case; for fuzzy the pattern alone
}

// FilterHint tells the forms of a filter.
const FilterHint = "words · ~fuzzy · !not"

// NewFilter reads a filter as it is typed.
func NewFilter(text string) Filter {
	f := Filter{text: text}
	rest, inverse := strings.CutPrefix(strings.TrimSpace(text), "!")
	rest, loose := strings.CutPrefix(rest, "~")
	f.inverse, f.fuzzy = inverse, loose
	f.words = strings.Fields(strings.ToLower(rest))
	if loose && len(f.words) > 0 {
		f.words = []string{strings.Join(f.words, "")}
	}
	return f
}

// filtered appends the rows that the filter chooses.
func (t *Table[R]) filtered(to []int) []int {
	f := t.filter
	if f.Empty() {
		for i := range t.rows {
			to = append(to, i)
		}
		return to
	}
	cells := make([]string, len(t.columns))
	for i := range t.rows {
		for c := range t.columns {
			cells[c] = t.columns[c].Text(&t.rows[i])
		}
		if f.Chooses(cells) {
			to = append(to, i)
		}
	}
	return to
}

// Text is the filter as it was typed.
func (f Filter) Text() string { return f.text }

// Empty reports whether every row is chosen.
func (f Filter) Empty() bool { return len(f.words) == 0 }

// Chooses reports whether the row with these cells is chosen.
func (f Filter) Chooses(cells []string) bool { return f.Empty() || f.finds(cells) != f.inverse }

func (f Filter) finds(cells []string) bool {
	if f.fuzzy {
		return slices.ContainsFunc(cells, func(cell string) bool { return inOrder(f.words[0], strings.ToLower(cell)) })
	}
	row := strings.ToLower(strings.Join(cells, "\x00"))
	for _, w := range f.words {
		if !strings.Contains(row, w) {
			return false
		}
	}
	return true
}

// inOrder reports whether the letters are in the text in their order.
func inOrder(letters, text string) bool {
	for _, r := range letters {
		i := strings.IndexRune(text, r)
		if i < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(text[i:])
		text = text[i+n:]
	}
	return true
}

// Filter is the filter as it was typed.
func (t *Table[R]) Filter() string { return t.filter.text }

// SetFilter chooses rows by another filter.
func (t *Table[R]) SetFilter(text string) {
	t.filter = NewFilter(text)
	t.arrange()
}

// StartFilter opens the line in which the filter is typed.
func (t *Table[R]) StartFilter() {
	t.field = NewField(FilterHint)
	t.field.Set(t.filter.text)
}

// Typing reports whether the filter is being typed: the table then takes all keys.
func (t *Table[R]) Typing() bool { return t.field != nil }

// Type takes a key for the filter. Enter keeps it, esc takes it away, the arrows select rows meanwhile.
func (t *Table[R]) Type(k tea.KeyMsg) {
	switch k.Type {
	case tea.KeyEnter:
		t.field = nil
	case tea.KeyEsc:
		t.field = nil
		t.SetFilter("")
	case tea.KeyUp:
		t.Move(-1)
	case tea.KeyDown:
		t.Move(1)
	default:
		if t.field.Type(k) {
			t.SetFilter(t.field.Text())
		}
	}
}

// CSV writes the rows that are shown, in their order, under the titles of the columns.
func (t *Table[R]) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := make([]string, len(t.columns))
	for i := range t.columns {
		record[i] = t.columns[i].Title
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, i := range t.shown {
		for c := range t.columns {
			record[c] = Clean(t.columns[c].Text(&t.rows[i]))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
