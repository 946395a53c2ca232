package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// The first part of the story, with few customers: a real engine builds, and the console shows it.
func TestPicturesAreOfRealScreens(t *testing.T) {
	s, err := newStage(t.Context(), t.TempDir(), time.Date(2026, time.November, 2, 6, 30, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	taken := map[string]picture{}
	if err := firstMonth(s, 50, func(p picture) { taken[p.name] = p }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"start":   {"featops", "2026-11-02 06:30:04", "○ not run"},
		"run-job": {"Start [dev ana] demo-feature-store in bncapers?"},
		"built":   {shownHome, "✓ success", "→ medpag ✓", "→ bncapers ✓", "run ended: SUCCESS"},
	} {
		p := taken[name]
		for _, text := range want {
			if !strings.Contains(ansi.Strip(p.frame), text) {
				t.Errorf("the picture %s does not show %q:\n%s", name, text, ansi.Strip(p.frame))
			}
		}
		if got := textOf(t, draw(p.frame, p.title)); !strings.Contains(got, "demo-feature-store") || !strings.Contains(got, p.title) {
			t.Errorf("the text of the picture %s is %q", name, got)
		}
	}
}

// textOf is the text of an SVG, which must be well-formed.
func textOf(t *testing.T, svg []byte) string {
	t.Helper()
	var out strings.Builder
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if text, ok := token.(xml.CharData); ok {
			out.Write(text)
		}
	}
}

func TestCellsStandInTheirGrid(t *testing.T) {
	frame := "a  b c\x1b[1;31m✓ <d>\x1b[0m\n\x1b[7m▸ \x1b[0m──│█░▂"
	got := draw(frame, "a & b")
	var lines []string
	for _, l := range strings.Split(string(got), "\n")[4:] {
		lines = append(lines, strings.NewReplacer(` lengthAdjust="spacingAndGlyphs"`, "").Replace(l))
	}
	text := func(column, row, cells float64, ink, more, text string) string {
		return fmt.Sprintf(`<text x="%s" y="%s" textLength="%s" fill="%s"%s>%s</text>`,
			number(margin+column*cellWidth), number(margin+row*cellHeight+baseline), number(cells*cellWidth), ink, more, text)
	}
	rect := func(column, top, cells, height float64, ink, more string) string {
		return fmt.Sprintf(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`,
			number(margin+column*cellWidth), number(margin+top*cellHeight), number(cells*cellWidth), number(height*cellHeight), ink, more)
	}
	want := []string{
		text(0, 0, 1, foreground, "", "a"), text(3, 0, 3, foreground, "", "b c"),
		text(6, 0, 1, palette[1], ` class="b"`, "✓"), text(8, 0, 3, palette[1], ` class="b"`, "&lt;d&gt;"),
		rect(0, 1, 2, 1, foreground, ""), text(0, 1, 1, background, "", "▸"),
		fmt.Sprintf(`<path d="M%s %sh%s" stroke="%s"/>`, number(margin+2*cellWidth), number(margin+1.5*cellHeight), number(2*cellWidth), foreground),
		`<path d="M51.8 41L51.8 32M51.8 41L51.8 50" fill="none" stroke="` + foreground + `"/>`,
		rect(5, 1, 1, 1, foreground, ""), rect(6, 1, 1, 1, foreground, ` opacity=".22"`), rect(7, 1.75, 1, .25, foreground, ""),
		"</svg>", "",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("the picture (-want +got):\n%s", diff)
	}
	if text := textOf(t, got); !strings.Contains(text, "a & b") || !strings.Contains(text, "<d>") {
		t.Errorf("its text is %q", text)
	}
}

// Every picture is whole, and stands somewhere in the documentation; every picture that stands there is here.
func TestThePicturesOfTheDocumentation(t *testing.T) {
	shown := map[string]bool{}
	for _, pattern := range []string{"../../README.md", "../*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`pictures/([a-z-]+)\.svg`).FindAllStringSubmatch(string(text), -1) {
				shown[m[1]] = true
				if _, err := os.Stat(m[1] + ".svg"); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
	files, err := filepath.Glob("*.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !shown[strings.TrimSuffix(file, ".svg")] {
			t.Errorf("%s is shown nowhere", file)
		}
		svg, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		textOf(t, svg)
		within(t, file, string(svg))
	}
}

// within wants no text to begin or end outside of the picture.
func within(t *testing.T, file, svg string) {
	t.Helper()
	view := regexp.MustCompile(`viewBox="0 0 ([0-9.]+) `).FindStringSubmatch(svg)
	width, err := strconv.ParseFloat(view[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`<text x="([0-9.]+)" y="[0-9.]+" textLength="([0-9.]+)"`).FindAllStringSubmatch(svg, -1) {
		x, errX := strconv.ParseFloat(m[1], 64)
		length, errL := strconv.ParseFloat(m[2], 64)
		if err := errors.Join(errX, errL); err != nil || x < margin || x+length > width-margin+0.1 {
			t.Errorf("%s: text from %s, %s long, in a picture %s wide: %v", file, m[1], m[2], view[1], err)
		}
	}
}
