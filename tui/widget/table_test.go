package widget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type city struct {
	name, country string
	people        int
}

func cities() *Table[city] {
	return NewTable(func(c *city) string { return c.name },
		Column[city]{Title: "CITY", Text: func(c *city) string { return c.name }, Width: 12, Grow: 1},
		Column[city]{Title: "COUNTRY", Text: func(c *city) string { return c.country }, Width: 10, Rank: 2},
		Column[city]{Title: "PEOPLE", Text: func(c *city) string { return fmt.Sprint(c.people) }, Width: 9, Right: true, Rank: 1,
			Compare: func(a, b *city) int { return cmp.Compare(a.people, b.people) }},
	)
}

var some = []city{{"Lima", "Peru", 10_092_000}, {"Cusco", "Peru", 428_450}, {"東京", "Japan", 13_960_000}, {"Quito", "Ecuador", 2_011_388}}

// drawn is a table as it is seen, without the spaces at the ends of lines.
func drawn(t *Table[city], w, h int) []string {
	lines := t.Draw(w, h, Theme{})
	for i := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(lines[i]), " ")
	}
	return lines
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestATableAlignsByDisplayWidth(t *testing.T) {
	table := cities()
	table.Set(some)
	wantLines(t, drawn(table, 39, 6),
		"  CITY          COUNTRY        PEOPLE",
		"▸ Lima          Peru         10092000",
		"  Cusco         Peru           428450",
		"  東京          Japan        13960000",
		"  Quito         Ecuador       2011388",
		"1 of 4")
}

func TestColumnsGiveWayByTheirRank(t *testing.T) {
	table := cities()
	table.Set(some[:1])
	wantLines(t, drawn(table, 38, 3), "  CITY                        PEOPLE", "▸ Lima                      10092000", "1 of 1 · 2 of 3 columns")
	wantLines(t, drawn(table, 20, 3), "  CITY", "▸ Lima", "1 of 1 · 1 of 3 col…")
	table.Scroll(1)
	wantLines(t, drawn(table, 39, 3)[1:2], "▸ Lima                       10092000")
}

func TestTheWindowFollowsTheSelectedRow(t *testing.T) {
	table := cities()
	table.Set(some)
	for _, move := range []func(){func() { table.Move(1) }, table.Bottom, table.Top, func() { table.Page(1) }, func() { table.Page(-9) }} {
		table.Draw(40, 4, Theme{})
		move()
		if seen := strings.Join(drawn(table, 40, 4), "\n"); !strings.Contains(seen, "▸ "+table.Selected().name) {
			t.Errorf("%s is selected and not seen in\n%s", table.Selected().name, seen)
		}
	}
}

func TestFilters(t *testing.T) {
	tests := []struct {
		filter string
		want   []string
	}{
		{"", []string{"Lima", "Cusco", "東京", "Quito"}},
		{"peru", []string{"Lima", "Cusco"}},
		{"PERU cu", []string{"Cusco"}},
		{"lima peru", []string{"Lima"}},
		{"!peru", []string{"東京", "Quito"}},
		{"~eux", nil},
		{"~eudr", []string{"Quito"}},
		{"!~eudr", []string{"Lima", "Cusco", "東京"}},
		{"京", []string{"東京"}},
		{"!", []string{"Lima", "Cusco", "東京", "Quito"}},
		{"nowhere", nil},
	}
	for _, tt := range tests {
		table := cities()
		table.Set(some)
		table.SetFilter(tt.filter)
		if diff := gocmp.Diff(tt.want, names(table)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.filter, diff)
		}
	}
}

func names(t *Table[city]) []string {
	var out []string
	for _, i := range t.shown {
		out = append(out, t.rows[i].name)
	}
	return out
}

func TestTypingAFilter(t *testing.T) {
	table := cities()
	table.Set(some)
	table.StartFilter()
	for _, r := range "pe" {
		table.Type(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	wantLines(t, drawn(table, 40, 5)[4:], "/pe                               2 of 4")
	table.Type(tea.KeyMsg{Type: tea.KeyDown})
	table.Type(tea.KeyMsg{Type: tea.KeyEnter})
	wantLines(t, drawn(table, 40, 5)[4:], "2 of 2 · filter pe hides 2")
	table.StartFilter()
	table.Type(tea.KeyMsg{Type: tea.KeyEsc})
	wantLines(t, drawn(table, 40, 5)[4:], "2 of 4")
	if table.Typing() {
		t.Error("esc did not end the typing")
	}
}

func TestMarks(t *testing.T) {
	table := cities()
	table.Set(some)
	chosen := func(want ...string) {
		t.Helper()
		var got []string
		for _, c := range table.Chosen() {
			got = append(got, c.name)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("chosen (-want +got):\n%s", diff)
		}
	}
	chosen("Lima")
	table.Mark()
	table.Move(1)
	table.Mark()
	chosen("Lima", "東京")
	table.Invert()
	chosen("Cusco", "Quito")
	table.MarkAll()
	chosen("Lima", "Cusco", "東京", "Quito")
	table.Set(some[:2])
	chosen("Lima", "Cusco")
	table.SetFilter("cus")
	chosen("Cusco")
	table.MarkAll()
	table.SetFilter("")
	chosen("Lima")
}

func TestWhatIsSelectedStaysSelected(t *testing.T) {
	table := cities()
	table.Set(some)
	table.Move(1)
	table.Set(slices.Concat([]city{{"Bogotá", "Colombia", 7_907_281}}, some))
	table.SortNext()
	table.SortNext()
	table.SortNext()
	table.Reverse()
	if got := table.Selected().name; got != "Cusco" {
		t.Errorf("%s is selected, want Cusco", got)
	}
	if diff := gocmp.Diff([]string{"東京", "Lima", "Bogotá", "Quito", "Cusco"}, names(table)); diff != "" {
		t.Errorf("by people, the most first (-want +got):\n%s", diff)
	}
	again := cities()
	again.Arrange(table.Arrangement())
	again.Set(some)
	if again.Selected().name != "Cusco" || names(again)[0] != "東京" {
		t.Errorf("arranged again: %v, %s selected", names(again), again.Selected().name)
	}
}

func TestCSV(t *testing.T) {
	table := cities()
	table.Set([]city{{"a,b", `say "x"`, 1}, {"c\x1b[31m\nd", "", 2}, {"hidden", "", 3}})
	table.SetFilter("!hidden")
	var out strings.Builder
	if err := table.CSV(&out); err != nil {
		t.Fatal(err)
	}
	want := "CITY,COUNTRY,PEOPLE\n\"a,b\",\"say \"\"x\"\"\",1\nc d,,2\n"
	if diff := gocmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever is done to a table, it shows what a plain filter and a plain sort choose, draws what it was
// asked to, and has the selected row in its window.
func TestATableIsAPlainFilterAndSort(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("abé京 \n")), 0, 6, -1)
	rapid.Check(t, func(r *rapid.T) {
		table := cities()
		var rows []city
		set := func() {
			rows = nil
			for i := range rapid.IntRange(0, 30).Draw(r, "rows") {
				rows = append(rows, city{fmt.Sprint(text.Draw(r, "name"), i), text.Draw(r, "country"), rapid.IntRange(0, 5).Draw(r, "people")})
			}
			table.Set(rows)
		}
		set()
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			rapid.SampledFrom([]func(){
				set, table.SortNext, table.Reverse, table.Mark, table.MarkAll, table.Invert, table.Top, table.Bottom,
				func() { table.Move(rapid.IntRange(-9, 9).Draw(r, "move")) },
				func() { table.Page(rapid.IntRange(-2, 2).Draw(r, "pages")) },
				func() { table.Scroll(rapid.IntRange(-2, 2).Draw(r, "scroll")) },
				func() { table.SetFilter(rapid.SampledFrom([]string{"", "a", "!b", "a b", "京"}).Draw(r, "filter")) },
				func() { table.Click(rapid.IntRange(-1, 40).Draw(r, "line")) },
			}).Draw(r, "step")()

			var want []string
			for _, c := range plainly(table, rows) {
				want = append(want, c.name)
			}
			if diff := gocmp.Diff(want, names(table)); diff != "" {
				r.Fatalf("shown (-want +got):\n%s", diff)
			}
			w, h := rapid.IntRange(0, 90).Draw(r, "width"), rapid.IntRange(0, 20).Draw(r, "height")
			lines := table.Draw(w, h, NewTheme(Dark, true))
			if len(lines) != h {
				r.Fatalf("%d lines, want %d", len(lines), h)
			}
			seen := false
			for _, l := range lines {
				if n := ansi.StringWidth(l); n > w {
					r.Fatalf("%d cells wide, allowed are %d: %q", n, w, l)
				}
				seen = seen || strings.Contains(l, "▸")
			}
			if len(want) > 0 && h >= 3 && w > 1 && !seen {
				r.Fatalf("the selected row is not in the window")
			}
		}
	})
}

func plainly(t *Table[city], rows []city) []city {
	var out []city
	for _, c := range rows {
		row := strings.ToLower(c.name + "\x00" + c.country + "\x00" + fmt.Sprint(c.people))
		words, inverse := strings.CutPrefix(t.Filter(), "!")
		found := true
		for _, w := range strings.Fields(words) {
			found = found && strings.Contains(row, w)
		}
		if found != inverse || words == "" {
			out = append(out, c)
		}
	}
	by := []func(a, b city) int{
		func(a, b city) int { return cmp.Compare(a.name, b.name) },
		func(a, b city) int { return cmp.Compare(a.country, b.country) },
		func(a, b city) int { return cmp.Compare(a.people, b.people) },
	}
	if t.sort < 0 {
		return out
	}
	slices.SortStableFunc(out, func(a, b city) int {
		if t.descending {
			return by[t.sort](b, a)
		}
		return by[t.sort](a, b)
	})
	return out
}

// manyRows is a table of eight columns, two of them styled.
func manyRows(n int) (*Table[[8]string], [][8]string) {
	rows := make([][8]string, n)
	for i := range rows {
		for c := range rows[i] {
			rows[i][c] = fmt.Sprintf("cell %d of %d", c, i)
		}
	}
	var columns []Column[[8]string]
	for c := range 8 {
		column := Column[[8]string]{Title: fmt.Sprint("COLUMN ", c), Text: func(r *[8]string) string { return r[c] }, Width: 20, Rank: c}
		if c < 2 {
			column.Style = func(_ *[8]string, t Theme) ansi.Style { return t.Good }
		}
		columns = append(columns, column)
	}
	return NewTable(func(r *[8]string) string { return r[0] }, columns...), rows
}

// BenchmarkTableDraw draws a window of 200 × 60 cells.
func BenchmarkTableDraw(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n, " rows"), func(b *testing.B) {
			table, rows := manyRows(n)
			table.Set(rows)
			table.Select(n / 2)
			theme := NewTheme(Dark, true)
			for b.Loop() {
				table.Move(1)
				table.Draw(200, 60, theme)
			}
		})
	}
}

// BenchmarkTableSet sets 10,000 rows anew, as they come and sorted, and filters them.
func BenchmarkTableSet(b *testing.B) {
	table, rows := manyRows(10_000)
	b.Run("as they come", func(b *testing.B) {
		for b.Loop() {
			table.Set(rows)
		}
	})
	b.Run("filtered", func(b *testing.B) {
		table.SetFilter("777")
		for b.Loop() {
			table.Set(rows)
		}
	})
	b.Run("fuzzy", func(b *testing.B) {
		table.SetFilter("~c777")
		for b.Loop() {
			table.Set(rows)
		}
	})
	b.Run("sorted", func(b *testing.B) {
		table.SetFilter("")
		table.SortNext()
		for b.Loop() {
			table.Set(rows)
		}
	})
}
