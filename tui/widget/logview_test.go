package widget

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"featops/engine/logs"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func fill(r *logs.Ring, from, to int) {
	for i := from; i < to; i++ {
		r.Append(logs.Line{Time: time.Unix(0, 0), Message: fmt.Sprint(i)})
	}
}

// numbers are the messages that a view shows.
func numbers(v *LogView, h int) string {
	var out []string
	for _, l := range v.Draw(200, h, Theme{}) {
		if l != "" {
			out = append(out, l[strings.LastIndex(l, " ")+1:])
		}
	}
	return strings.Join(out, " ")
}

func TestLogView(t *testing.T) {
	ring := logs.NewRing(100)
	fill(ring, 0, 20)
	v := NewLogView(ring)
	steps := []struct {
		name      string
		do        func()
		want      string
		following bool
	}{
		{"it follows", func() {}, "15 16 17 18 19", true},
		{"new lines come in", func() { fill(ring, 20, 22) }, "17 18 19 20 21", true},
		{"a page back keeps one line", func() { v.Page(-1) }, "13 14 15 16 17", false},
		{"it stands still", func() { fill(ring, 22, 30) }, "13 14 15 16 17", false},
		{"forward", func() { v.Page(1) }, "17 18 19 20 21", false},
		{"far back it stops at the first line", func() { v.Page(-50) }, "0 1 2 3 4", false},
		{"far forward it follows", func() { v.Page(50) }, "25 26 27 28 29", true},
		{"back and follow", func() { v.Page(-2); v.Follow() }, "25 26 27 28 29", true},
	}
	for _, s := range steps {
		s.do()
		got := numbers(v, 5)
		if diff := cmp.Diff([]any{s.want, s.following}, []any{got, v.Following()}); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", s.name, diff)
		}
	}
}

func TestAFewLinesCannotBeScrolled(t *testing.T) {
	ring := logs.NewRing(100)
	fill(ring, 0, 3)
	v := NewLogView(ring)
	numbers(v, 5)
	v.Page(-1)
	if !v.Following() {
		t.Error("it is scrolled back although all lines are shown")
	}
}

func TestScrollShowsWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total, h := rapid.IntRange(0, 50).Draw(t, "total"), rapid.IntRange(1, 20).Draw(t, "height")
		first := rapid.IntRange(0, total).Draw(t, "first")
		last := rapid.IntRange(first, total).Draw(t, "last")
		top := Scroll(rapid.IntRange(0, 60).Draw(t, "top"), first, last, h, total)
		switch {
		case top < 0 || top > max(0, total-h):
			t.Errorf("window starts at %d of %d lines", top, total)
		case top > first:
			t.Errorf("line %d is above the window, which starts at %d", first, top)
		case last-first <= h && last > top+h:
			t.Errorf("line %d is below the window, which ends at %d", last, top+h)
		}
	})
}
