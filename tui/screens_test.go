package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// state is a state of a screen that is compared with one that was looked at and found right.
type state struct {
	name string
	make func(t *testing.T, w, h int) *console
}

var sizes = [][2]int{{80, 24}, {120, 36}, {200, 60}}

// compare compares the text of states in every size, and one of them with its colours in some themes.
func compare(t *testing.T, states []state, coloured string, themes ...string) {
	for _, s := range states {
		for _, size := range sizes {
			name := fmt.Sprintf("%s_%dx%d", s.name, size[0], size[1])
			c := s.make(t, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				fits(t, c.View(), size[0], size[1])
				golden(t, name, trimmed(ansi.Strip(c.View())))
			})
			if s.name != coloured {
				continue
			}
			for _, theme := range themes {
				t.Run(name+"_"+theme, func(t *testing.T) {
					c.setTheme(theme)
					c.draw()
					golden(t, name+"_"+theme, strings.ReplaceAll(trimmed(c.View()), "\x1b", "␛"))
				})
			}
		}
	}
}
