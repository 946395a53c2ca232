package widget

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"
)

func TestFinder(t *testing.T) {
	things := []Findable{{"rerun", "rerun start again"}, {"run", "run start a job"}, {"repair", "repair failed tasks"}}
	for _, c := range []struct {
		name     string
		keys     []string
		want     []int // as shown
		selected int   // -1: nothing
	}{
		{"all in their order while nothing is typed", nil, []int{0, 1, 2}, 0},
		{"letters in their order", []string{"r", "p", "r"}, []int{2}, 2},
		{"a word that was typed whole comes first", []string{"r", "u", "n"}, []int{1, 0}, 1},
		{"the selection stops at the ends", []string{"up", "down", "down", "down", "down"}, []int{0, 1, 2}, 2},
		{"what is typed selects the best again", []string{"down", "down", "r"}, []int{1, 0, 2}, 1},
		{"nothing", []string{"x"}, nil, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := NewFinder("", things)
			for _, k := range c.keys {
				switch k {
				case "up":
					f.Key(tea.KeyMsg{Type: tea.KeyUp})
				case "down":
					f.Key(tea.KeyMsg{Type: tea.KeyDown})
				default:
					f.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)})
				}
			}
			var shown []int
			f.Draw(":", 40, 24, Theme{}, func(thing int, _ bool) string {
				shown = append(shown, thing)
				return ""
			})
			if diff := cmp.Diff(c.want, shown); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got, ok := f.Selected(); ok != (c.selected >= 0) || ok && got != c.selected {
				t.Errorf("selected %d, %t, want %d", got, ok, c.selected)
			}
		})
	}
}
