package logs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/dustin/go-humanize"
	"github.com/sahilm/fuzzy"
)

// value is something that lines say of what they are about, and how many do.
type value struct {
	field int // in fields
	text  string
	lines int
	time  time.Time // of the newest
}

// pick lets one pick what the lines are about from what there is: in memory, and in the newest part of the files.
func (s *Screen) pick() tea.Cmd {
	source, file, now := s.source, s.file, s.state.Now
	return s.choice.Load(s.console, func(ctx context.Context, _ screen.Engine) ([]value, error) {
		counts := map[[2]string]*value{}
		back := source.Back(file, now)
		for read := 0; read < fileLines; {
			lines, err := back.Older(ctx)
			if err != nil {
				return nil, err
			}
			if len(lines) == 0 {
				break
			}
			if back.Beyond() {
				read += len(lines)
			}
			for i := range lines {
				for f := range fields {
					of := fields[f].of(&lines[i])
					if of == "" {
						continue
					}
					key := [2]string{fields[f].name, of}
					if counts[key] == nil {
						counts[key] = &value{field: f, text: of}
					}
					counts[key].lines++
					if lines[i].Time.After(counts[key].time) {
						counts[key].time = lines[i].Time
					}
				}
			}
		}
		var out []value
		for _, v := range counts {
			out = append(out, *v)
		}
		slices.SortFunc(out, func(a, b value) int {
			return cmp.Or(cmp.Compare(a.field, b.field), b.time.Compare(a.time), cmp.Compare(a.text, b.text))
		})
		return out, nil
	})
}

// picker is the dialog in which a value is picked.
type picker struct {
	s        *Screen
	field    *widget.Field
	values   []value // those of the selected line first
	ofLine   int     // how many those are
	found    []int   // in values
	selected int
	top      int
}

func newPicker(s *Screen, values []value) *picker {
	p := &picker{s: s, field: widget.NewField("a part of the name")}
	l := s.selected()
	is := func(v value) bool { return l != nil && fields[v.field].of(l) == v.text }
	for _, v := range values {
		if is(v) {
			p.values = append(p.values, v)
		}
	}
	p.ofLine = len(p.values)
	for _, v := range values {
		if !is(v) {
			p.values = append(p.values, v)
		}
	}
	p.find()
	return p
}

// Typing says that keys are text.
func (p *picker) Typing() bool { return true }

func (p *picker) find() {
	p.found, p.selected = p.found[:0], 0
	names := make([]string, len(p.values))
	for i, v := range p.values {
		names[i] = fields[v.field].name + " " + widget.Clean(v.text)
	}
	if p.field.Text() == "" {
		for i := range names {
			p.found = append(p.found, i)
		}
		return
	}
	for _, match := range fuzzy.Find(p.field.Text(), names) {
		p.found = append(p.found, match.Index)
	}
}

// Key types, selects, or picks the selected value, or takes it away where it was picked.
func (p *picker) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	switch k.String() {
	case "esc", "ctrl+c":
		return true, nil
	case "up", "shift+tab":
		p.selected = max(0, p.selected-1)
	case "down", "tab":
		p.selected = max(0, min(len(p.found)-1, p.selected+1))
	case "enter":
		if len(p.found) == 0 {
			return false, nil
		}
		v := p.values[p.found[p.selected]]
		if wanted := fields[v.field].in(&p.s.filter); *wanted == v.text {
			*wanted = ""
		} else {
			*wanted = v.text
		}
		return true, p.s.refilter()
	default:
		if p.field.Type(k) {
			p.find()
		}
	}
	return false, nil
}

// pickerWidth is how wide the dialog is, in cells, where the screen is wider.
const pickerWidth = 76

// Draw returns the box.
func (p *picker) Draw(w, h int, t widget.Theme) []string {
	w = min(w-4, pickerWidth)
	inner := w - 4
	room := max(1, min(h-6, 14))
	lines := []string{t.Key.Styled("/") + p.field.Draw(inner-1, t), ""}
	p.top = widget.Scroll(p.top, p.selected, p.selected+1, room, len(p.found))
	for y := range room {
		i := p.top + y
		if i >= len(p.found) {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, p.draw(i, inner, t))
	}
	foot := t.Key.Styled("enter") + " pick   " + t.Key.Styled("↓/↑") + " select   " + t.Key.Styled("esc") + " close"
	if len(p.found) == 0 {
		foot = t.Warn.Styled("! no line says such a thing")
	}
	return widget.Box("Lines of", append(lines, foot), w, t.Strong, t)
}

func (p *picker) draw(i, w int, t widget.Theme) string {
	v := p.values[p.found[i]]
	mark, name := "  ", widget.Fit(widget.Pad(fields[v.field].name, 10)+widget.Clean(v.text), w-30)
	if i == p.selected {
		mark, name = "▸ ", t.Selected.Styled(name)
	}
	note := ""
	switch {
	case *fields[v.field].in(&p.s.filter) == v.text:
		note = t.Good.Styled(" ✓ picked")
	case p.found[i] < p.ofLine:
		note = t.Faint.Styled(" of this line")
	}
	return widget.Spread(mark+name+note, t.Faint.Styled(fmt.Sprintf(" %s lines", humanize.Comma(int64(v.lines)))), w)
}
