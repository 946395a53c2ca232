package tui

import (
	"testing"

	"featops/engine"

	tea "github.com/charmbracelet/bubbletea"
)

func TestThePaletteDoesAnActionByItsName(t *testing.T) {
	for _, key := range []string{":", "ctrl+p"} {
		c := open(t, underWay(), 120, 36)
		c.keys(key, "cancel", "enter")
		c.wantSeen(t, true, "Cancel run 12 of [dev ana] demo-feature-store in bncapers?")
		c.keys("y")
		c.wantCommands(t, engine.CancelRun{Workspace: "bncapers", Run: 12})
	}
}

func TestThePaletteFindsByLettersInTheirOrder(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.keys(":", "t", "l", "g", "h", "enter")
	if c.themeName != "light" {
		t.Errorf("the theme is %s, want light", c.themeName)
	}
}

func TestThePaletteSaysWhyAnActionWouldDoNothing(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.keys(":", "cancel")
	c.wantSeen(t, true, "cancel run … ([dev ana] demo-feature-store is not running)")
	c.keys("enter")
	c.wantSeen(t, true, "! [dev ana] demo-feature-store is not running")
	c.keys("esc")
	c.wantSeen(t, false, "Actions")
	c.wantCommands(t)

	c.keys(":", "nothing of the kind", "enter")
	c.wantSeen(t, true, "! no action has such a name")
}

func TestWhatIsTypedInThePaletteIsText(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.keys(":", "q", "p", "backspace", "?")
	c.wantSeen(t, true, ":q?")
	c.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("quit"), Paste: true})
	c.wantSeen(t, true, ":q?quit")
	c.wantCommands(t)
}

func TestPastedTextIsNoKey(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36)
	c.wait(grace)
	c.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("yyy"), Paste: true})
	c.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("y"), Paste: true})
	c.wantCommands(t)
}

func TestTheNameOfAScreenGoesThere(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.keys("1")
	c.wantSeen(t, true, "! overview screen: it is on the screen")
}
