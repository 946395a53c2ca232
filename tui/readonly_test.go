package tui

import "testing"

func TestAConsoleThatOnlyLooksChangesNothing(t *testing.T) {
	c := open(t, asking(question("a")), 120, 36, readOnly)
	c.wantSeen(t, true, "overview · read only beside process 123")
	c.wait(grace)
	c.keys("y", "n")
	c.wantCommands(t)
	c.wantSeen(t, true, "read only: answer where featops runs")
	c.keys("d")
	c.wantSeen(t, true, "Difference of fs_cus_credit_risk in bncapers")
	c.keys("esc")
	c.wait(grace)
	c.keys("l")
	c.wantSeen(t, true, "? 1 question open, 04:59 left")
	c.wantSeen(t, false, "to answer")

	for _, key := range []string{"r", "c", "g"} {
		c.keys(key)
		c.wantSeen(t, true, ": read only beside process 123")
		c.keys("y")
	}
	c.wantCommands(t)
	if !c.keys("q") {
		t.Error("quitting asks although it would end nothing")
	}
}
