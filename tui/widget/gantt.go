package widget

import (
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// Stretch is a time from From up to but not including To.
type Stretch struct{ From, To time.Time }

// Axis lays time out over cells, from the left to the right. Where nothing happens for longer than everything
// that happens takes together, the axis is cut: one cell then stands for all of that time.
type Axis struct {
	parts []part
	width int
}

// part is a stretch without a cut, and its cells.
type part struct {
	Stretch
	x, w int
}

// leastPart is how many cells a part has at least, where there is room.
const leastPart = 8

// NewAxis lays stretches out over w cells. In which order they come, and whether they overlap, makes no
// difference; those that are empty or end before they begin count as a moment.
func NewAxis(w int, stretches ...Stretch) Axis {
	a := Axis{width: max(0, w)}
	busy := merged(stretches)
	if len(busy) == 0 || w <= 0 {
		return a
	}
	total := 0.0 // a sum of a few centuries would be too long for a Duration
	for _, s := range busy {
		total += float64(s.To.Sub(s.From))
	}
	for _, s := range busy {
		n := len(a.parts)
		if n > 0 && (float64(s.From.Sub(a.parts[n-1].To)) <= total || (n+1)*(leastPart+1) > w) {
			a.parts[n-1].To = s.To
			continue
		}
		a.parts = append(a.parts, part{Stretch: s})
	}
	a.share()
	return a
}

// merged are the stretches in their order, those that touch as one.
func merged(stretches []Stretch) []Stretch {
	var out []Stretch
	sorted := slices.Clone(stretches)
	slices.SortFunc(sorted, func(a, b Stretch) int { return a.From.Compare(b.From) })
	for _, s := range sorted {
		if s.To.Before(s.From) {
			s.To = s.From
		}
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			if s.To.After(out[n-1].To) {
				out[n-1].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// share gives each part its cells: the least that one has, and what is left by how long it takes.
func (a *Axis) share() {
	n := len(a.parts)
	room := a.width - (n - 1)
	least := min(leastPart, room/n)
	room -= n * least
	total := 0.0
	for _, p := range a.parts {
		total += float64(p.length())
	}
	x := 0
	for i := range a.parts {
		p := &a.parts[i]
		more := room
		if i < n-1 {
			more = min(room, int(float64(room)*float64(p.length())/total))
		}
		room, total = room-more, total-float64(p.length())
		p.x, p.w = x, least+more
		x += p.w + 1
	}
}

// length is how long a part takes, a moment as the shortest time there is.
func (p part) length() time.Duration { return max(1, p.To.Sub(p.From)) }

// scaled is floor(n·d/whole) for 0 ≤ d ≤ whole.
func scaled(d, whole time.Duration, n int) int {
	hi, lo := bits.Mul64(uint64(d), uint64(n))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return int(q)
}

// Cell is the cell of a moment: of one that was cut out, the cell of the cut; of one beyond the axis, the
// first or the last cell.
func (a Axis) Cell(t time.Time) int {
	for _, p := range a.parts {
		switch {
		case t.Before(p.From):
			return max(0, p.x-1)
		case !t.After(p.To):
			return p.x + min(p.w-1, scaled(t.Sub(p.From), p.length(), p.w))
		}
	}
	return max(0, a.width-1)
}

// cells are the first cell that a stretch touches and the one after the last. A stretch that ends just where a
// cell begins does not touch that; a moment touches one cell.
func (a Axis) cells(s Stretch) (from, to int) {
	from = a.Cell(s.From)
	if !s.To.After(s.From) {
		return from, from + 1
	}
	return from, a.Cell(s.To.Add(-1)) + 1
}

// steps are what ticks may be apart.
var steps = [...]time.Duration{
	time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour,
}

// tickWidth is how many cells ticks are apart at least.
const tickWidth = 9

// step is how far the ticks of a part are apart; 0 where there is room for none.
func (p part) step() time.Duration {
	for _, s := range steps {
		if n := p.length() / s; n > 0 && p.w/int(min(n, 1<<30)) >= tickWidth || n == 0 {
			return s
		}
	}
	return 0
}

// tick is a mark on the axis and what it says.
type tick struct {
	cell int
	text string
}

// ticks are the marks of the axis: at the beginning of each part the time of day, and after it how long ago
// that was.
func (a Axis) ticks(zone *time.Location) []tick {
	var out []tick
	for _, p := range a.parts {
		out = append(out, tick{p.x, p.From.In(zone).Format(time.TimeOnly)})
		step := p.step()
		for d := step; step > 0 && d <= p.length(); d += step {
			out = append(out, tick{a.Cell(p.From.Add(d)), "+" + short(d)})
		}
	}
	return out
}

// short writes a duration without what is zero: 1m30s, 2h, 200ms.
func short(d time.Duration) string {
	s := d.String()
	for _, zero := range [...]string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// Draw is the axis as one line: a mark at each tick with what it says behind it, where that has room.
func (a Axis) Draw(zone *time.Location, t Theme) string {
	line := []rune(strings.Repeat(" ", a.width))
	free := 0
	for _, p := range a.parts[min(1, len(a.parts)):] {
		line[p.x-1] = '⫽'
	}
	for _, k := range a.ticks(zone) {
		end := a.width
		for _, p := range a.parts {
			if k.cell < p.x {
				end = p.x - 1
				break
			}
		}
		text := []rune("╷" + k.text)
		if k.cell < free || k.cell+len(text) > end {
			continue
		}
		copy(line[k.cell:], text)
		free = k.cell + len(text) + 1
	}
	return t.Faint.Styled(string(line))
}

// Label is what stands over a moment: a mark, one cell wide, and words about it.
type Label struct {
	At    time.Time
	Mark  rune
	Text  string
	Style ansi.Style
}

// Labels is a line of marks at their moments, each with its words behind it or, where they have no room there,
// before it; without room they are left out. Of marks in one cell the last is seen.
func (a Axis) Labels(labels []Label) string {
	glyphs := []rune(strings.Repeat(" ", a.width))
	styles := make([]ansi.Style, a.width)
	sorted := slices.Clone(labels)
	slices.SortStableFunc(sorted, func(a, b Label) int { return a.At.Compare(b.At) })
	free := 0
	for i, l := range sorted {
		x, end := a.Cell(l.At), a.width
		if x >= a.width {
			break
		}
		if i < len(sorted)-1 {
			end = a.Cell(sorted[i+1].At) - 1
		}
		words := []rune(l.Text)
		from, text := x, []rune{l.Mark}
		switch {
		case x+1+len(words) <= end:
			text = append(text, words...)
		case x-len(words) >= free:
			from, text = x-len(words), append(words, l.Mark)
		}
		for k, r := range text {
			glyphs[from+k], styles[from+k] = r, l.Style
		}
		free = from + len(text) + 1
	}
	return styledRuns(glyphs, styles)
}

// Segment is what a stretch is drawn with.
type Segment struct {
	Stretch
	Fill  rune // one cell wide
	Last  rune // of the last cell; 0: as the others
	Style ansi.Style
}

// Row draws segments on a line of the axis. A segment has every cell that it touches; where several touch one, it is the
// last one's. Marks are moments over all of them.
func (a Axis) Row(segments, marks []Segment, t Theme) string {
	glyphs := make([]rune, a.width)
	styles := make([]ansi.Style, a.width)
	put := func(x int, glyph rune, style ansi.Style) {
		if x >= 0 && x < a.width {
			glyphs[x], styles[x] = glyph, style
		}
	}
	for i := range glyphs {
		glyphs[i] = ' '
	}
	for _, p := range a.parts[min(1, len(a.parts)):] {
		put(p.x-1, '⫽', t.Faint)
	}
	for _, b := range segments {
		from, to := a.cells(b.Stretch)
		for x := from; x < to; x++ {
			put(x, b.Fill, b.Style)
		}
		if b.Last != 0 {
			put(to-1, b.Last, b.Style)
		}
	}
	for _, m := range marks {
		put(a.Cell(m.From), m.Fill, m.Style)
	}
	return styledRuns(glyphs, styles)
}

// styledRuns writes cells with as few changes of style as there are.
func styledRuns(glyphs []rune, styles []ansi.Style) string {
	var b strings.Builder
	for from := 0; from < len(glyphs); {
		to := from + 1
		for to < len(glyphs) && slices.Equal(styles[to], styles[from]) {
			to++
		}
		text := string(glyphs[from:to])
		if len(styles[from]) > 0 {
			text = styles[from].Styled(text)
		}
		b.WriteString(text)
		from = to
	}
	return b.String()
}
