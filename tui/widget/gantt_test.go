package widget

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

var epoch = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func stretch(from, to time.Duration) Stretch { return Stretch{epoch.Add(from), epoch.Add(to)} }

func TestAxis(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		name      string
		w         int
		stretches []Stretch
		want      string
	}{
		{"nothing", 20, nil, strings.Repeat(" ", 20)},
		{"no room", 0, []Stretch{stretch(0, time.Minute)}, ""},
		{"a minute", 40, []Stretch{stretch(0, time.Minute)}, "╷12:00:00 ╷+15s     ╷+30s     ╷+45s     "},
		{"a repair the day after", 40, []Stretch{stretch(0, time.Minute), stretch(day, day+time.Minute)}, "╷12:00:00          ⫽╷12:00:00 ╷+30s     "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := NewAxis(tt.w, tt.stretches...)
			line := a.Draw(time.UTC, Theme{})
			for _, p := range a.parts[min(1, len(a.parts)):] {
				if r := []rune(line); r[p.x-1] != '⫽' {
					t.Errorf("no cut before cell %d: %q", p.x, line)
				}
			}
			if line != tt.want {
				t.Errorf("got  %q\nwant %q", line, tt.want)
			}
		})
	}
}

func TestASegmentHasEveryCellThatItTouches(t *testing.T) {
	a := NewAxis(10, stretch(0, 10*time.Second))
	row := a.Row([]Segment{
		{Stretch: stretch(0, 2*time.Second), Fill: '░'},
		{Stretch: stretch(2*time.Second, 6500*time.Millisecond), Fill: '█', Last: '✗'},
	}, []Segment{{Stretch: stretch(9*time.Second, 0), Fill: '│'}}, Theme{})
	if want := "░░████✗  │"; row != want {
		t.Errorf("got %q, want %q", row, want)
	}
}

// slowly is the layout told plainly: each stretch of time that no cut is in has its own cells, shared out among its moments
// in proportion.
func slowly(a Axis, at time.Time) int {
	for _, p := range a.parts {
		if at.Before(p.From) || at.After(p.To) {
			continue
		}
		for x := p.w - 1; x > 0; x-- {
			// The cell x begins where w·(at−from) reaches x·length.
			if at.Sub(p.From)*time.Duration(p.w) >= time.Duration(x)*p.length() {
				return p.x + x
			}
		}
		return p.x
	}
	return -1
}

func TestTheAxisAgainstAPlainOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(0, 200).Draw(t, "width")
		var stretches []Stretch
		for range rapid.IntRange(0, 8).Draw(t, "stretches") {
			from := rapid.Int64Range(0, int64(20*time.Hour)).Draw(t, "from")
			length := rapid.Int64Range(-1, int64(time.Hour)).Draw(t, "length")
			stretches = append(stretches, stretch(time.Duration(from), time.Duration(from+length)))
		}
		a := NewAxis(w, stretches...)
		end := 0
		for i, p := range a.parts {
			if i > 0 {
				end++ // the cut
			}
			if p.x != end || p.w < 1 {
				t.Fatalf("part %d has %d cells from %d, want some from %d", i, p.w, p.x, end)
			}
			end += p.w
		}
		if len(a.parts) > 0 && end != w {
			t.Fatalf("the parts have %d cells of %d", end, w)
		}
		for _, s := range stretches {
			if len(a.parts) == 0 {
				break
			}
			if got, want := a.Cell(s.From), slowly(a, s.From); got != want {
				t.Fatalf("%v is in cell %d, want %d", s.From, got, want)
			}
		}
		line := a.Draw(time.UTC, NewTheme(Dark, true))
		row := a.Row([]Segment{{Stretch: stretch(0, time.Hour), Fill: '█'}}, nil, NewTheme(Dark, true))
		if ansi.StringWidth(line) != w || ansi.StringWidth(row) != w {
			t.Fatalf("%d and %d cells, want %d", ansi.StringWidth(line), ansi.StringWidth(row), w)
		}
	})
}

func TestLabelsStandAtTheirMoments(t *testing.T) {
	label := func(at time.Duration, mark rune, words string) Label {
		return Label{At: epoch.Add(at), Mark: mark, Text: words}
	}
	tests := []struct {
		name   string
		labels []Label
		want   string
	}{
		{"none", nil, "                    "},
		{"words behind it", []Label{label(2*time.Second, '▼', "repair 1")}, "  ▼repair 1         "},
		{"words before it", []Label{label(15*time.Second, '↻', "retry again")}, "    retry again↻    "},
		{"no room for words", []Label{label(10*time.Second, '↻', "much too long")}, "          ↻         "},
		{"in their order, whatever that was", []Label{label(8*time.Second, 'b', "y"), label(time.Second, 'a', "x")}, " ax     by          "},
		{"no room before the next one", []Label{label(0, 'a', "123456"), label(6*time.Second, 'b', "")}, "a     b             "},
		{"room before it, but for the one before", []Label{label(10*time.Second, 'a', "x"), label(16*time.Second, 'b', "12345")}, "          ax    b   "},
		{"beyond the ends", []Label{label(-time.Hour, 'a', ""), label(time.Hour, 'b', "")}, "a                  b"},
		{"two in one cell", []Label{label(0, 'a', "x"), label(0, 'b', "y")}, "by                  "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := NewAxis(20, stretch(0, 20*time.Second)).Labels(tt.labels); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
	if got := NewAxis(0).Labels([]Label{label(0, 'a', "x")}); got != "" {
		t.Errorf("without room: %q", got)
	}
}

// A clock that was not set is centuries off; the sum of such times is more than a Duration holds.
func TestTheAxisHoldsCenturies(t *testing.T) {
	var stretches []Stretch
	for _, year := range []int{0, 120, 240, 360, 590} {
		stretches = append(stretches, Stretch{epoch.AddDate(year, 0, 0), epoch.AddDate(year+30, 0, 0)})
	}
	a := NewAxis(60, stretches...)
	last := -1
	for _, s := range stretches {
		x := a.Cell(s.From)
		if x < last || x >= 60 {
			t.Errorf("%v is in cell %d, after %d", s.From, x, last)
		}
		last = x
	}
	if got := ansi.StringWidth(a.Draw(time.UTC, Theme{})); got != 60 || len(a.parts) != 2 {
		t.Errorf("%d cells in %d parts, want 60 in 2", got, len(a.parts))
	}
}
