package widget

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSparkline(t *testing.T) {
	tests := []struct {
		counts []int64
		w      int
		want   string
	}{
		{nil, 5, ""},
		{[]int64{1, 2, 3}, 0, ""},
		{[]int64{0, 4, 8}, 5, " ▄█"},
		{[]int64{1, 1_000_000}, 5, "▁█"},
		{[]int64{1, 1, 4, 4}, 2, "▂█"},
		{[]int64{0, 0}, 5, "  "},
	}
	for _, tt := range tests {
		if got := Sparkline(tt.counts, tt.w); got != tt.want {
			t.Errorf("%v in %d cells: %q, want %q", tt.counts, tt.w, got, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	want := []string{
		"    ██",
		"  ▄▄██",
		"▁▁████",
	}
	if diff := cmp.Diff(want, Columns([]int64{1, 12, 24}, 7, 3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Bars fit, and what is there is seen.
func TestBarsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/64), 0, 60).Draw(t, "counts")
		w, h := rapid.IntRange(0, 80).Draw(t, "width"), rapid.IntRange(0, 10).Draw(t, "height")
		lines := append(Columns(counts, w, h), Sparkline(counts, w))
		if len(lines) != h+1 {
			t.Errorf("%d lines, want %d", len(lines)-1, h)
		}
		for _, l := range lines {
			if n := ansi.StringWidth(l); n > w {
				t.Errorf("%q is %d cells wide, allowed are %d", l, n, w)
			}
		}
		some := false
		for _, n := range counts {
			some = some || n > 0
		}
		if seen := strings.TrimSpace(lines[h]) != ""; seen != (some && w > 0) {
			t.Errorf("%v is drawn as %q", counts, lines[h])
		}
	})
}

func TestANumberIsNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64().Draw(t, "number")
		if rapid.Bool().Draw(t, "whole") {
			v = math.Trunc(v)
		}
		if text := Number(v); len(text) > NumberWidth {
			t.Errorf("%v is written %q, %d cells wide", v, text, len(text))
		}
	})
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", math.Copysign(0, -1): "0", 7: "7", -12345: "-12,345", 999999: "999,999", 1000004321: "1000004321", 123456.7: "123.46 k", 12345678901: "12.35 G", -2.5e9: "-2.5 G", 0.5: "0.5",
		1234.5678: "1234.568", 0.0004: "4.00e-04", 3e20: "3.00e+20", 2.0001: "2", math.Inf(1): "+Inf",
	} {
		if got := Number(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}
