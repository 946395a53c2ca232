package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// state is a state of the console that is compared with one that was looked at and found right.
type state struct {
	name string
	make func(t *testing.T, w, h int) *console
}

// states lists every state that has golden screens.
func states() []state {
	return slices.Concat(consoleStates(), runsStates(), runStates(), runPartStates(), featureStates(), trainingSetStates(), decisionStates(), logStates())
}

var sizes = [][2]int{{80, 24}, {120, 36}, {200, 60}}

// paintedSize is the size in which the styles of a state are compared too.
var paintedSize = sizes[1]

// TestScreens compares the text of every state in every size, and in one size how each theme draws it.
func TestScreens(t *testing.T) {
	files := map[string]bool{}
	check := func(t *testing.T, name, got string) {
		files[name+".golden"] = true
		golden(t, name, got)
	}
	t.Run("small_60x20", func(t *testing.T) {
		c := open(t, asking(question("a")), 60, 20)
		fits(t, c.View(), 60, 20)
		check(t, "small_60x20", text(c.View()))
	})
	for _, s := range states() {
		for _, size := range sizes {
			name := fmt.Sprintf("%s_%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				c := s.make(t, size[0], size[1])
				fits(t, c.View(), size[0], size[1])
				check(t, name, text(c.View()))
				if size == paintedSize {
					check(t, s.name+"_styles", painted(t, c))
				}
			})
		}
	}
	if f := flag.Lookup("test.run"); f.Value.String() == "" {
		noOthers(t, files)
	}
}

// noOthers wants every golden screen to belong to a state.
func noOthers(t *testing.T, files map[string]bool) {
	t.Helper()
	there, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range there {
		if files[filepath.Base(file)] {
			continue
		}
		if !*update {
			t.Errorf("%s belongs to no state; go test -update removes it", file)
		} else if err := os.Remove(file); err != nil {
			t.Error(err)
		}
	}
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

// text is a frame without styles and without spaces at the ends of its lines.
func text(frame string) string {
	lines := strings.Split(ansi.Strip(frame), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
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
