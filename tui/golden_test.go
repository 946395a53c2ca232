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
	"featops/features/schema"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// TestScreens compares whole screens with those that were looked at and found right.
func TestScreens(t *testing.T) {
	screens := []state{
		{"idle", func(t *testing.T, w, h int) *console { return open(t, idle(), w, h) }},
		{"running", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.log(someLines()...)
			return c
		}},
		{"failed", func(t *testing.T, w, h int) *console {
			c := open(t, broken(), w, h)
			c.log(someLines()...)
			c.show(c.engine.snapshot, engine.Event{
				Kind: engine.TableRegistered, Error: "register fs_cus_holding_products in bncapers: permission denied",
				Registration: &engine.RegistrationResult{Table: "fs_cus_holding_products", To: "bncapers", Status: engine.RegistrationFailed},
			})
			c.keys("j")
			return c
		}},
		{"control", func(t *testing.T, w, h int) *console { return open(t, controlled(), w, h) }},
		{"repair", func(t *testing.T, w, h int) *console {
			c := open(t, broken(), w, h)
			c.keys("tab", "R")
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
		{"difference", func(t *testing.T, w, h int) *console {
			q := question("a")
			for i := range 40 {
				q.Difference.Missing = append(q.Difference.Missing, schema.Column{Name: fmt.Sprintf("chr_column_%02d", i), Type: schema.Double})
			}
			c := open(t, asking(q), w, h)
			c.wait(14 * time.Second)
			c.keys("d", "down", "down")
			return c
		}},
		{"list", func(t *testing.T, w, h int) *console {
			c := withListings(t)
			c.resize(w, h)
			c.keys("2", "/", "!medpag", "enter", "o", "O", "home", " ", " ", "up")
			return c
		}},
		{"palette", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.keys(":", "r", "e", "down")
			return c
		}},
		{"read_only", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a")), w, h, readOnly)
			c.wait(14 * time.Second)
			return c
		}},
		{"quit", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a")), w, h)
			c.wait(grace)
			c.keys("l", "q")
			return c
		}},
	}
	compare(t, screens, "")
	for _, theme := range widget.ThemeNames() {
		t.Run(theme, func(t *testing.T) {
			c := screens[2].make(t, 120, 36)
			c.setTheme(theme)
			c.draw()
			golden(t, "theme_"+theme+"_120x36", strings.ReplaceAll(trimmed(c.View()), "\x1b", "␛"))
		})
	}
}

func readOnly(o *Options) { o.ReadOnly = "read only beside process 123" }

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
