// Package background keeps programs that import Bubble Tea from asking the terminal for its background
// colour before main runs. On a terminal that never answers, that question costs every command five
// seconds.
//
// Bubble Tea asks through Lip Gloss in an init function, unless Lip Gloss knows the answer already. Go
// initialises packages whose imports are ready in the order of their import paths, so this one, which
// imports Lip Gloss alone, comes before github.com/charmbracelet/bubbletea. The console draws with the
// terminal's own 16 colours and does not need to know. Import it for its effect.
package background

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
