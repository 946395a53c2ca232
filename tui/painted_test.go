package tui

import (
	"fmt"
	"image/color"
	"strings"
	"testing"

	"featops/tui/widget"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/cellbuf"
	"github.com/google/go-cmp/cmp"
)

// letters stand for styles, in the order in which they are met.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// painted is the console as a grid with a letter for the style of each cell, and under it what each letter is in every
// theme and without colours. It wants the themes to differ in nothing but styles.
func painted(t *testing.T, c *console) string {
	t.Helper()
	themes := append(widget.ThemeNames(), "no colour")
	screens := make([]*cellbuf.Buffer, len(themes))
	plain := text(c.View())
	for i, theme := range themes {
		c.theme = widget.NewTheme(theme, theme != "no colour")
		c.draw()
		if diff := cmp.Diff(strings.Split(plain, "\n"), strings.Split(text(c.View()), "\n")); diff != "" {
			t.Errorf("the text in the theme %s is another (-as made +in it):\n%s", theme, diff)
		}
		screens[i] = cellbuf.NewBuffer(c.width, c.height)
		cellbuf.SetContent(screens[i], strings.ReplaceAll(c.View(), "\n", "\r\n"))
	}

	known := map[string]byte{}
	var grid, legend strings.Builder
	for y := range c.height {
		line := make([]byte, c.width)
		for x := range line {
			var styles []string
			for _, s := range screens {
				styles = append(styles, styleOf(s.Cell(x, y)))
			}
			all := strings.Join(styles, ",")
			if strings.Trim(all, ",") == "" {
				line[x] = ' '
				continue
			}
			if known[all] == 0 {
				if len(known) == len(letters) {
					t.Fatal("there are more styles than letters")
				}
				known[all] = letters[len(known)]
				fmt.Fprintf(&legend, "%c", known[all])
				for i, style := range styles {
					fmt.Fprintf(&legend, "  %s: %s", themes[i], nothing(style))
					if i < len(styles)-1 {
						legend.WriteString(",")
					}
				}
				legend.WriteString("\n")
			}
			line[x] = known[all]
		}
		grid.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return grid.String() + "\n" + legend.String()
}

func nothing(style string) string {
	if style == "" {
		return "nothing"
	}
	return strings.TrimSpace(style)
}

// styleOf names the style of a cell, with a space before each word; nothing for none.
func styleOf(c *cellbuf.Cell) string {
	if c == nil {
		return ""
	}
	out := ""
	for _, a := range []struct {
		mask cellbuf.AttrMask
		name string
	}{
		{cellbuf.BoldAttr, "bold"}, {cellbuf.FaintAttr, "faint"}, {cellbuf.ItalicAttr, "italic"}, {cellbuf.ReverseAttr, "reverse"},
		{cellbuf.SlowBlinkAttr, "blink"}, {cellbuf.StrikethroughAttr, "struck"},
	} {
		if c.Style.Attrs&a.mask != 0 {
			out += " " + a.name
		}
	}
	if c.Style.UlStyle != cellbuf.NoUnderline {
		out += " underlined"
	}
	if c.Style.Fg != nil {
		out += " " + colour(c.Style.Fg)
	}
	if c.Style.Bg != nil {
		out += " on " + colour(c.Style.Bg)
	}
	return out
}

// colour names one of the terminal's sixteen colours.
func colour(c color.Color) string {
	if b, ok := c.(ansi.BasicColor); ok {
		names := []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}
		if b < 8 {
			return names[b]
		}
		return "bright " + names[b-8]
	}
	return fmt.Sprint(c)
}
