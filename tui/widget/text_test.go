package widget

import (
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text stays", "fs_cus_credit_risk v3", "fs_cus_credit_risk v3"},
		{"letters of any language stay", "San José 日本", "San José 日本"},
		{"a colour goes", "\x1b[31mred\x1b[0m", "red"},
		{"a title goes", "\x1b]0;owned\x07ok", "ok"},
		{"line ends and tabs become spaces", "a\nb\tc", "a b c"},
		{"a mark that reverses writing goes", "abc\u202edef", "abcdef"},
		{"broken UTF-8 is marked", "a\xffb", "a\uFFFDb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCleanTextHasNothingThatMovesACursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, r := range Clean(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q is left", r)
			}
		}
	})
}

func TestLinesAreAsWideAsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Clean(rapid.String().Draw(t, "text"))
		other := " " + Clean(rapid.String().Draw(t, "other text"))
		w := rapid.IntRange(0, 40).Draw(t, "width")
		if n := ansi.StringWidth(Fit(s, w)); n > w {
			t.Errorf("Fit is %d wide, want at most %d", n, w)
		}
		if n := ansi.StringWidth(Pad(s, w)); n != w {
			t.Errorf("Pad is %d wide, want %d", n, w)
		}
		if n := ansi.StringWidth(Spread(s, other, w)); n != w {
			t.Errorf("Spread is %d wide, want %d", n, w)
		}
		for _, l := range Wrap(s, w, 3) {
			if n := ansi.StringWidth(l); n > w {
				t.Errorf("Wrap is %d wide, want at most %d", n, w)
			}
		}
	})
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name  string
		limit int
		want  []string
	}{
		{"as many lines as it takes", 9, []string{"one two", "three", "four five"}},
		{"the rest is marked", 2, []string{"one two", "three…"}},
		{"no line at all", 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Wrap("one two three four five", 9, tt.limit)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	tests := []struct {
		d                        time.Duration
		duration, seconds, clock string
	}{
		{-time.Second, "0.0s", "0s", "00:00"},
		{0, "0.0s", "0s", "00:00"},
		{time.Millisecond, "0.0s", "0s", "00:01"},
		{4260 * time.Millisecond, "4.2s", "4s", "00:05"},
		{59999 * time.Millisecond, "59.9s", "59s", "01:00"},
		{3*time.Minute + 5*time.Second, "3m05s", "3m05s", "03:05"},
		{2*time.Hour + 7*time.Minute + 59*time.Second, "2h07m", "2h07m", "127:59"},
	}
	for _, tt := range tests {
		got := []string{Duration(tt.d), Seconds(tt.d), Clock(tt.d)}
		if diff := cmp.Diff([]string{tt.duration, tt.seconds, tt.clock}, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.d, diff)
		}
	}
}

func TestPercentIsOnly100WhenNothingIsMissing(t *testing.T) {
	for _, tt := range []struct{ part, whole, want int64 }{
		{0, 10, 0}, {5, 10, 50}, {999, 1000, 99}, {1000, 1000, 100}, {11, 10, 100}, {-1, 10, 0}, {3, 0, 0}, {1 << 62, 1 << 62, 100},
	} {
		if got := Percent(tt.part, tt.whole); got != tt.want {
			t.Errorf("Percent(%d, %d) = %d, want %d", tt.part, tt.whole, got, tt.want)
		}
	}
}

func TestBar(t *testing.T) {
	for _, tt := range []struct {
		share float64
		want  string
	}{{-1, "░░░░"}, {0, "░░░░"}, {0.5, "██░░"}, {1, "████"}, {7, "████"}} {
		if got := Bar(tt.share, 4); got != tt.want {
			t.Errorf("Bar(%v) = %s, want %s", tt.share, got, tt.want)
		}
	}
}

func TestABoxLiesOverTheMiddle(t *testing.T) {
	plain := Theme{}
	background := []string{"abcdefghij", "日本語日本", "abcdefghij", "short", "abcdefghij"}
	got := Over(background, Box("t", []string{"x"}, 7, nil, plain), 10, 5, plain)
	want := []string{
		"abcdefghij",
		" ╭─ t ─╮本", // a wide character that the edge of the box cuts is a space
		"a│ x   │ij",
		"s╰─────╯",
		"abcdefghij",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
