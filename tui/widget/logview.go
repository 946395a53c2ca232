package widget

import (
	"featops/engine/logs"
)

// Lines is a memory of log lines. Total counts the lines that ever came; Lines returns the newest
// of them that a filter chooses, at most limit, the oldest first.
type Lines interface {
	Total() uint64
	Lines(f logs.Filter, limit int) []logs.Line
}

// LogView is a window on log lines. It follows the newest until it is scrolled back, and then stands
// still while new lines come.
type LogView struct {
	source Lines
	end    uint64 // how many lines there were after the last one shown; 0 while it follows
	height int    // of the newest drawing
}

// NewLogView returns a view that follows the source.
func NewLogView(source Lines) *LogView { return &LogView{source: source} }

// Following reports whether the newest line is shown.
func (v *LogView) Following() bool { return v.end == 0 }

// Empty reports whether no line has come yet.
func (v *LogView) Empty() bool { return v.source.Total() == 0 }

// Newer is how many lines have come after the last one shown.
func (v *LogView) Newer() uint64 {
	if v.end == 0 {
		return 0
	}
	return v.source.Total() - v.end
}

// Follow shows the newest line again.
func (v *LogView) Follow() { v.end = 0 }

// Page scrolls by as many pages, back when that is negative. Scrolled to the end, it follows again.
func (v *LogView) Page(pages int) {
	total := int64(v.source.Total())
	end := total
	if v.end != 0 {
		end = int64(v.end)
	}
	page := int64(max(1, v.height-1))
	end = max(min(total, int64(v.height)), end+int64(pages)*page)
	if end >= total {
		v.end = 0
		return
	}
	v.end = uint64(end)
}

// Draw returns h lines of at most w cells, each in the colour of its level.
func (v *LogView) Draw(w, h int, t Theme) []string {
	v.height = h
	newer := int(v.Newer())
	found := v.source.Lines(logs.Filter{}, newer+h)
	found = found[:max(0, len(found)-newer)]
	out := make([]string, 0, h)
	for _, l := range found[max(0, len(found)-h):] {
		out = append(out, t.Level(l.Level).Styled(Fit(Clean(l.Format(false)), w)))
	}
	for len(out) < h {
		out = append(out, "")
	}
	return out
}

// Scroll returns the first line to show of total lines in a window of h, near top, such that the lines
// from first up to but not including last are in it.
func Scroll(top, first, last, h, total int) int {
	top = min(top, first)
	if last > top+h {
		top = min(first, last-h)
	}
	return max(0, min(top, total-h))
}
