package widget

import (
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func press(f *Form, keys ...string) (closed bool) {
	types := map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "up": tea.KeyUp, "backspace": tea.KeyBackspace, "left": tea.KeyLeft}
	for _, name := range keys {
		k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
		if kind, ok := types[name]; ok {
			k = tea.KeyMsg{Type: kind}
		}
		closed, _ = f.Key(k)
	}
	return closed
}

// digits is a form whose first value must be a digit, and whose second is chosen.
func digits(done func(map[string]string)) *Form {
	return NewForm("Numbers", []string{"about them"}, "go", func(v map[string]string) tea.Cmd { done(v); return nil },
		Input{Name: "digit", Value: "7", Help: "a digit", Allowed: "0 to 9", Check: func(v string, all map[string]string) error {
			switch {
			case len(v) != 1 || v < "0" || v > "9":
				return errors.New(v + " is no digit")
			case all["odd"] == "true" && (v[0]-'0')%2 == 0:
				return errors.New(v + " is even")
			}
			return nil
		}},
		Input{Name: "odd", Value: "false", Allowed: "false, true", Choices: []string{"false", "true"}},
	)
}

func TestAFormGivesItsValues(t *testing.T) {
	var got map[string]string
	f := digits(func(v map[string]string) { got = v })
	if closed := press(f, "backspace", "3", "tab", " ", "enter"); !closed {
		t.Error("the form is still open")
	}
	if diff := cmp.Diff(map[string]string{"digit": "3", "odd": "true"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFormStaysOpenWhileAValueIsWrong(t *testing.T) {
	f := digits(func(map[string]string) { t.Error("done with a wrong value") })
	seen := func(want bool, text string) {
		t.Helper()
		if got := strings.Contains(ansi.Strip(strings.Join(f.Draw(80, 24, Theme{}), "\n")), text); got != want {
			t.Errorf("%q is seen: %t, want %t", text, got, want)
		}
	}
	seen(true, "allowed: 0 to 9")
	if press(f, "x", "enter") {
		t.Error("the form is closed")
	}
	seen(true, "✗ 7x is no digit")
	press(f, "backspace")
	seen(false, "is no digit")
	if press(f, "backspace", "8", "tab", " ", "enter") { // which is wrong by the other value, and goes back to it
		t.Error("the form is closed")
	}
	seen(true, "✗ 8 is even")
	if !press(f, "esc") {
		t.Error("esc does not close it")
	}
}

func TestChoicesGoRound(t *testing.T) {
	f := digits(nil)
	press(f, "tab", "left", "left", " ", "x")
	if got := f.Values()["odd"]; got != "true" {
		t.Errorf("the choice is %q, want true", got)
	}
}

func TestAFormFits(t *testing.T) {
	f := digits(nil)
	press(f, strings.Repeat("日", 90))
	for _, size := range [][2]int{{80, 24}, {40, 12}, {200, 60}} {
		for _, l := range f.Draw(size[0], size[1], NewTheme(Dark, true)) {
			if n := ansi.StringWidth(l); n > size[0] {
				t.Errorf("at %v a line is %d cells wide: %q", size, n, ansi.Strip(l))
			}
		}
	}
}
