package tui

import (
	"strings"
	"testing"
	"time"

	"featops/engine"

	"github.com/charmbracelet/x/ansi"
)

func TestAStillConsoleMovesOnlyWhenItIsToldTo(t *testing.T) {
	c := open(t, idle(), 80, 24)
	s := &Still{c.model, &fakeFeed{}}
	shows := func(want bool, text string) {
		t.Helper()
		if got := strings.Contains(ansi.Strip(s.Frame()), text); got != want {
			t.Errorf("it shows %q: %t, want %t:\n%s", text, got, want, ansi.Strip(s.Frame()))
		}
	}
	c.engine.snapshot = underWay()
	*c.clock = noon.Add(time.Minute)
	shows(false, "● running")
	if err := s.Look(); err != nil {
		t.Fatal(err)
	}
	shows(true, "● running")
	shows(true, "12:01:00")
	if err := s.Press("c", "y"); err != nil {
		t.Fatal(err)
	}
	c.wantCommands(t, engine.CancelRun{Workspace: "bncapers", Run: 12})
	if err := s.Press("no key"); err == nil || !strings.Contains(err.Error(), `found "no key"`) {
		t.Errorf("an unknown key: %v", err)
	}
	s.Resize(120, 36)
	fits(t, s.Frame(), 120, 36)
}
