package logs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"featops/engine/logs"
	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFound(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          []string
		matches       bool
	}{
		{"", "a table", nil, true},
		{"!", "a table", nil, true},
		{"~", "a table", nil, true},
		{"TABLE|table", "a table, a TABLE", []string{"table", "TABLE"}, true},
		{"a", "a TABLE", []string{"a", "A"}, true},
		{"A", "a TABLE", []string{"A"}, true},
		{`\Dz*`, "1a", []string{"a"}, true},
		{`\\D`, `\d \D`, []string{`\D`}, true},
		{"x*", "abc", nil, true},
		{"!x", "abc", nil, true},
		{"!b", "abc", nil, false},
		{`\!b`, "a!b", []string{"!b"}, true},
		{"~cr rs", "fs_cus_credit_risk", []string{"c", "r", "r", "s"}, true},
		{"~crrs", "credit a risk", nil, false},
		{"~ÉX", "a/éx", []string{"é", "x"}, true},
		{"!~crrs", "credit a risk", nil, true},
	}
	for _, tt := range tests {
		p, err := parsePattern(tt.pattern)
		if err != nil {
			t.Errorf("%q: %v", tt.pattern, err)
			continue
		}
		var got []string
		for _, f := range p.found(tt.text) {
			got = append(got, tt.text[f.from:f.to])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || p.matches(tt.text) != tt.matches {
			t.Errorf("%q in %q: matches %v, want %v; found (-want +got):\n%s", tt.pattern, tt.text, p.matches(tt.text), tt.matches, diff)
		}
	}
	if _, err := parsePattern("a("); err == nil || !strings.HasPrefix(err.Error(), "no regular expression: ") {
		t.Errorf("a( is a pattern: %v", err)
	}
}

// foreign draws clean text with wide characters and combining marks.
func foreign() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "table", " ", "日本語", "é", "e\u0301", "👩‍👩‍👧", "ｗ", "🇪🇸", "\u0301"})
	return rapid.Custom(func(t *rapid.T) string {
		return widget.Clean(strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), ""))
	})
}

func TestRowsOfALine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := foreign().Draw(t, "text"), rapid.IntRange(2, 20).Draw(t, "width")
		all := ""
		for _, p := range wrapped(s, w) {
			row := s[p.from:p.to]
			if ansi.StringWidth(row) > w {
				t.Fatalf("a row of %q is wider than %d: %q", s, w, row)
			}
			all += row
		}
		if all != s {
			t.Fatalf("the rows of %q are %q", s, all)
		}

		left := rapid.IntRange(0, 30).Draw(t, "left")
		p := cut(s, left, w)
		if got := p.blank + ansi.StringWidth(s[p.from:p.to]); got > w {
			t.Fatalf("cells %d to %d of %q are %d: %+v", left, left+w, s, got, p)
		}
		// What is cut away on the left, with the half of a wide character, is as wide as was asked for.
		if before := ansi.StringWidth(s[:p.from]); p.to > p.from && before != left+p.blank {
			t.Fatalf("before cell %d of %q are %d cells: %+v", left, s, before, p)
		}
	})
}

// Painting loses nothing and marks what was found.
func TestPaint(t *testing.T) {
	theme := widget.NewTheme(widget.Dark, true)
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Repeat("ab c", 8)
		p, _ := parsePattern(rapid.SampledFrom([]string{"b", "b c", "a", "x", "^ab", "c$", "~bc"}).Draw(t, "pattern"))
		from := rapid.IntRange(0, len(s)).Draw(t, "from")
		to := rapid.IntRange(from, len(s)).Draw(t, "to")
		var b strings.Builder
		paint(&b, s, part{span{from, to}, 1}, p.found(s), theme.Info, theme.Selected)
		if got := ansi.Strip(b.String()); got != " "+s[from:to] {
			t.Fatalf("painted %q, want %q", got, s[from:to])
		}
		marked := 0
		for _, f := range p.found(s) {
			marked += max(0, min(to, f.to)-max(from, f.from))
		}
		got := 0
		for _, piece := range strings.Split(b.String(), theme.Selected.String())[1:] {
			got += strings.Index(piece, "\x1b")
		}
		if got != marked {
			t.Fatalf("%d bytes are marked in %q, want %d", got, b.String(), marked)
		}
	})
}

// The store against a slice.
func TestStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s store
		var want []string
		first := int64(0)
		n := 0
		line := func() logs.Line {
			n++
			return logs.Line{Message: string(rune('a' + n%26)), Run: strings.Repeat("x", n%7)}
		}
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				for range rapid.SampledFrom([]int{1, 3, blockLines + 1}).Draw(t, "newer") {
					l := line()
					s.add(l)
					want = append(want, text(&l))
				}
			case 1:
				var lines []logs.Line
				var texts []string
				for range rapid.IntRange(0, 5).Draw(t, "older") {
					lines = append(lines, line())
					texts = append(texts, text(&lines[len(lines)-1]))
				}
				first -= int64(len(lines))
				s.prepend(lines)
				want = append(texts, want...)
			case 2:
				most := rapid.IntRange(0, 2000).Draw(t, "most")
				if s.dropNewest(most) != (s.len() < len(want)) {
					t.Fatal("it does not say whether it dropped lines")
				}
				want = want[:s.len()]
			}
			if s.len() != len(want) || len(want) > 0 && s.first() != first {
				t.Fatalf("%d lines from %d on, want %d from %d", s.len(), s.first(), len(want), first)
			}
			for i, w := range want {
				if got := text(s.at(first + int64(i))); got != w {
					t.Fatalf("line %d is %q, want %q", i, got, w)
				}
			}
		}
	})
}

func TestAViewOfTheStoreStaysAsItIs(t *testing.T) {
	var s store
	s.add(logs.Line{Message: "a"})
	v := s.view()
	s.add(logs.Line{Message: "b"})
	s.prepend([]logs.Line{{Message: "c"}})
	if v.len() != 1 || v.at(v.first()).Message != "a" {
		t.Errorf("the view has %d lines, the first is %q", v.len(), v.at(v.first()).Message)
	}
}

// Text stands below other text, and comes clean.
func TestText(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	lines := []logs.Line{
		{Time: at, Message: "a"},
		{Time: at, Message: "a", Workspace: "日本", Task: "e\u0301"},
		{Time: at, Message: "\x1b[31ma\r\n", Workspace: "b\x1b[H"},
	}
	var columns []int
	for _, l := range lines {
		s := text(&l)
		if strings.ContainsAny(s, "\x1b\r\n") {
			t.Errorf("%q is not clean", s)
		}
		columns = append(columns, ansi.StringWidth(s[:strings.LastIndex(s, " a")]))
	}
	if len(slices.Compact(columns)) != 1 {
		t.Errorf("the messages begin at %v", columns)
	}
}
