package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/tui/screen/overview"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// TestScreens compares whole screens with those that were looked at and found right.
func TestScreens(t *testing.T) {
	screens := []struct {
		name string
		make func(t *testing.T, w, h int) *console
	}{
		{"idle", func(t *testing.T, w, h int) *console { return open(t, idle(), w, h) }},
		{"running", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.log(someLines()...)
			return c
		}},
		{"failed", func(t *testing.T, w, h int) *console {
			c := open(t, broken(), w, h)
			c.log(someLines()...)
			c.failed[overview.Target{Table: "fs_cus_holding_products", Workspace: "bncapers"}] = engine.RegistrationFailed
			c.failure = "register fs_cus_holding_products in bncapers: permission denied"
			c.keys("j")
			return c
		}},
		{"question", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a"), question("b")), w, h)
			c.log(someLines()...)
			c.wait(14 * time.Second)
			return c
		}},
		{"help", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.keys("?")
			return c
		}},
		{"quit", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a")), w, h)
			c.wait(grace)
			c.keys("l", "q")
			return c
		}},
	}
	for _, s := range screens {
		for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
			name := fmt.Sprintf("%s_%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				c := s.make(t, size[0], size[1])
				fits(t, c.View(), size[0], size[1])
				golden(t, name, trimmed(ansi.Strip(c.View())))
			})
		}
	}
	t.Run("coloured", func(t *testing.T) {
		c := screens[2].make(t, 120, 36)
		golden(t, "coloured_120x36", strings.ReplaceAll(trimmed(c.View()), "\x1b", "␛"))
	})
}

func trimmed(frame string) string {
	lines := strings.Split(frame, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the screen differs from %s (-want +got):\n%s", file, diff)
	}
}

type failer interface {
	Helper()
	Errorf(string, ...any)
}

// fits checks that a frame is exactly h lines of at most w cells.
func fits(t failer, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Errorf("%d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n > w {
			t.Errorf("line %d is %d cells wide, allowed are %d: %q", i+1, n, w, ansi.Strip(l))
		}
	}
}
