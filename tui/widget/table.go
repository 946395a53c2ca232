package widget

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Column is a column of a Table.
type Column[R any] struct {
	Title string
	Text  func(*R) string // what a cell says: shown, searched, exported
	// Style is the style of a cell. nil: plain.
	Style func(*R, Theme) ansi.Style
	// Compare orders rows by the column. nil: by what the cells say.
	Compare func(a, b *R) int
	Width   int  // in cells
	Grow    int  // its share of the width that is left over, among the shares of all columns
	Right   bool // aligned to the right, as numbers are
	// Rank says how dear the column is. Where there is no room for all, those of the highest rank go
	// first; rank 0 stays.
	Rank int
}

// Table shows rows in columns: a window on them, as high as there is room. It builds what is seen and
// nothing else, so a frame costs the same for ten rows and for a hundred thousand. Rows are
// known by a key: what is selected and marked stays so when the rows are set anew.
type Table[R any] struct {
	columns []Column[R]
	key     func(*R) string

	rows  []R
	shown []int // the rows that the filter chooses, in the order of the sort

	cursor  int // in shown
	current string
	marks   map[string]bool
	top     int
	left    int // columns that are scrolled away; the first always stays
	height  int // of the window when it was drawn last
	resting bool

	sort       int // the column, or -1: as the rows came
	descending bool
	filter     Filter
	field      *Field // where the filter is typed; nil: nobody types
}

// NewTable returns a table without rows. The key of a row is its own, among all rows.
func NewTable[R any](key func(*R) string, columns ...Column[R]) *Table[R] {
	return &Table[R]{columns: columns, key: key, marks: map[string]bool{}, sort: -1}
}

// SetColumns replaces the columns. What was sorted by stays so where a column of the title is there still.
func (t *Table[R]) SetColumns(columns ...Column[R]) {
	a := t.Arrangement()
	t.columns = columns
	t.Arrange(a)
}

// Set replaces the rows, which the table keeps and does not change. Marks of rows that are gone are
// forgotten.
func (t *Table[R]) Set(rows []R) {
	t.rows = rows
	if len(t.marks) > 0 {
		there := make(map[string]bool, len(t.marks))
		for i := range rows {
			if k := t.key(&rows[i]); t.marks[k] {
				there[k] = true
			}
		}
		t.marks = there
	}
	t.arrange()
}

// arrange filters and sorts the rows, and finds the selected one again.
func (t *Table[R]) arrange() {
	t.shown = t.filtered(t.shown[:0])
	if t.sort >= 0 {
		c := &t.columns[t.sort]
		compare := c.Compare
		if compare == nil {
			compare = func(a, b *R) int { return cmp.Compare(c.Text(a), c.Text(b)) }
		}
		slices.SortStableFunc(t.shown, func(a, b int) int {
			n := compare(&t.rows[a], &t.rows[b])
			if t.descending {
				return -n
			}
			return n
		})
	}
	at := t.cursor
	if at >= len(t.shown) || t.keyAt(at) != t.current {
		if i := slices.IndexFunc(t.shown, func(i int) bool { return t.key(&t.rows[i]) == t.current }); i >= 0 {
			at = i
		}
	}
	t.Select(at)
}

func (t *Table[R]) keyAt(i int) string { return t.key(&t.rows[t.shown[i]]) }

// Select selects a row by its place among those shown.
func (t *Table[R]) Select(i int) {
	t.cursor = max(0, min(i, len(t.shown)-1))
	if len(t.shown) > 0 {
		t.current = t.keyAt(t.cursor)
	}
}

// SelectKey selects a row by its key, now or when it comes.
func (t *Table[R]) SelectKey(key string) {
	t.current = key
	t.arrange()
	if len(t.shown) == 0 {
		t.current = key
	}
}

// Selected is the selected row; nil when none is shown.
func (t *Table[R]) Selected() *R {
	if len(t.shown) == 0 {
		return nil
	}
	return &t.rows[t.shown[t.cursor]]
}

// Chosen lists the marked rows that are shown, or, where none is marked, the selected one.
func (t *Table[R]) Chosen() []*R {
	var out []*R
	for _, i := range t.shown {
		if t.marks[t.key(&t.rows[i])] {
			out = append(out, &t.rows[i])
		}
	}
	if r := t.Selected(); len(out) == 0 && r != nil {
		out = append(out, r)
	}
	return out
}

// Shown is how many rows the filter chooses, Len how many there are.
func (t *Table[R]) Shown() int { return len(t.shown) }

// Len is how many rows there are.
func (t *Table[R]) Len() int { return len(t.rows) }

// Marked is how many rows are marked.
func (t *Table[R]) Marked() int { return len(t.marks) }

// Visible lists the rows that a window as high as when it was drawn last has in it now.
func (t *Table[R]) Visible() []*R {
	var out []*R
	top := Scroll(t.top, t.cursor, t.cursor+1, t.height, len(t.shown))
	for _, i := range t.shown[min(top, len(t.shown)):min(top+t.height, len(t.shown))] {
		out = append(out, &t.rows[i])
	}
	return out
}

// Rest says that keys go elsewhere: the selected row is not shown as one meanwhile.
func (t *Table[R]) Rest(on bool) { t.resting = on }

// Move selects the row that is as many rows further down.
func (t *Table[R]) Move(down int) { t.Select(t.cursor + down) }

// Page moves by as many windows.
func (t *Table[R]) Page(down int) { t.Move(down * max(1, t.height-1)) }

// Top selects the first row, Bottom the last.
func (t *Table[R]) Top() { t.Select(0) }

// AtTop reports whether the first row is selected, or none is shown.
func (t *Table[R]) AtTop() bool { return t.cursor <= 0 }

// Bottom selects the last row.
func (t *Table[R]) Bottom() { t.Select(len(t.shown) - 1) }

// Scroll scrolls by as many columns to the right.
func (t *Table[R]) Scroll(right int) {
	t.left = max(0, min(t.left+right, len(t.columns)-2))
}

// Mark marks the selected row, or takes its mark, and goes on to the next.
func (t *Table[R]) Mark() {
	if len(t.shown) > 0 {
		t.toggle(t.current)
		t.Move(1)
	}
}

func (t *Table[R]) toggle(key string) {
	if t.marks[key] {
		delete(t.marks, key)
	} else {
		t.marks[key] = true
	}
}

// MarkAll marks all rows that are shown, or takes the marks of all when they are marked already.
func (t *Table[R]) MarkAll() {
	all := true
	for i := range t.shown {
		all = all && t.marks[t.keyAt(i)]
	}
	for i := range t.shown {
		if all {
			delete(t.marks, t.keyAt(i))
		} else {
			t.marks[t.keyAt(i)] = true
		}
	}
}

// Invert marks the rows that are shown and not marked, and takes the marks of the others.
func (t *Table[R]) Invert() {
	for i := range t.shown {
		t.toggle(t.keyAt(i))
	}
}

// SortNext sorts by the next column; after the last the rows stand as they came.
func (t *Table[R]) SortNext() {
	t.sort, t.descending = t.sort+1, false
	if t.sort == len(t.columns) {
		t.sort = -1
	}
	t.arrange()
}

// Reverse turns the order of the sorted column round.
func (t *Table[R]) Reverse() {
	t.descending = !t.descending
	t.arrange()
}

// Sorted reports whether the rows are sorted by a column.
func (t *Table[R]) Sorted() bool { return t.sort >= 0 }

// Arrangement is how a user has arranged a table, to keep.
type Arrangement struct {
	Sort       string `json:"sort,omitempty"` // the title of a column
	Descending bool   `json:"descending,omitempty"`
	Filter     string `json:"filter,omitempty"`
	Selected   string `json:"selected,omitempty"`
}

// Arrangement returns how the table is arranged.
func (t *Table[R]) Arrangement() Arrangement {
	a := Arrangement{Filter: t.filter.text, Selected: t.current}
	if t.sort >= 0 {
		a.Sort, a.Descending = t.columns[t.sort].Title, t.descending
	}
	return a
}

// Arrange arranges the table so. A column that is no more sorts nothing.
func (t *Table[R]) Arrange(a Arrangement) {
	t.sort = slices.IndexFunc(t.columns, func(c Column[R]) bool { return c.Title == a.Sort && a.Sort != "" })
	t.descending = a.Descending && t.sort >= 0
	t.filter = NewFilter(a.Filter)
	t.SelectKey(a.Selected)
}

// Line is the selected row as text, its cells with tabs between.
func (t *Table[R]) Line() string {
	r := t.Selected()
	if r == nil {
		return ""
	}
	cells := make([]string, len(t.columns))
	for i := range t.columns {
		cells[i] = Clean(t.columns[i].Text(r))
	}
	return strings.Join(cells, "\t")
}
