package tui

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// click clicks on the line with a text, as it is on the screen.
func (c *console) click(t *testing.T, text string) {
	t.Helper()
	lines := strings.Split(ansi.Strip(c.View()), "\n")
	y := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, text) })
	if y < 0 {
		t.Fatalf("no %q on the screen:\n%s", text, ansi.Strip(c.View()))
	}
	x := ansi.StringWidth(lines[y][:strings.Index(lines[y], text)])
	_, cmd := c.Update(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	c.settle(cmd)
}

func TestAClickSelectsWhatIsUnderIt(t *testing.T) {
	c := open(t, controlled(), 120, 36)
	for _, row := range []string{"fs_cus_transactions", "fs_cus_demographic", "fs_cus_payment_behavior"} {
		c.click(t, row)
		if got := c.overview().Selected().Row; got != row {
			t.Errorf("a click on %s selects %s", row, got)
		}
	}

	b := question("b")
	b.Table = "fs_cus_demographic"
	c = open(t, asking(question("a"), b), 120, 36)
	for range 2 {
		c.wait(grace)
		c.keys("l")
	}
	c.keys("decisions!")
	for _, table := range []string{"fs_cus_demographic", "fs_cus_credit_risk"} {
		c.click(t, "? overwrite "+table)
		c.wantSeen(t, true, "▸ ? overwrite "+table)
	}
}
