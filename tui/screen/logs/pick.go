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
	s      *Screen
	values []value // those of the selected line first
	ofLine int     // how many those are
	finder *widget.Finder
}

func newPicker(s *Screen, values []value) *picker {
	p := &picker{s: s}
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
	things := make([]widget.Findable, len(p.values))
	for i, v := range p.values {
		text := widget.Clean(v.text)
		things[i] = widget.Findable{Word: text, Text: fields[v.field].name + " " + text}
	}
	p.finder = widget.NewFinder("a part of the name", things)
	return p
}

// Typing says that keys are text.
func (p *picker) Typing() bool { return true }

// Key types, selects, or picks the selected value, or takes it away where it was picked.
func (p *picker) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	switch k.String() {
	case "esc", "ctrl+c":
		return true, nil
	case "enter":
		i, ok := p.finder.Selected()
		if !ok {
			return false, nil
		}
		v := p.values[i]
		if wanted := fields[v.field].in(&p.s.filter); *wanted == v.text {
			*wanted = ""
		} else {
			*wanted = v.text
		}
		return true, p.s.refilter()
	}
	p.finder.Key(k)
	return false, nil
}

// pickerWidth is how wide the dialog is, in cells, where the screen is wider.
const pickerWidth = 76

// Draw returns the box.
func (p *picker) Draw(w, h int, t widget.Theme) []string {
	w = min(w-4, pickerWidth)
	lines := p.finder.Draw("/", w-4, h, t, func(i int, selected bool) string { return p.row(i, selected, w-4, t) })
	foot := t.Key.Styled("enter") + " pick   " + t.Key.Styled("↓/↑") + " select   " + t.Key.Styled("esc") + " close"
	if _, any := p.finder.Selected(); !any {
		foot = t.Warn.Styled("! no line says such a thing")
	}
	return widget.Box("Lines of", append(lines, foot), w, t.Strong, t)
}

func (p *picker) row(i int, selected bool, w int, t widget.Theme) string {
	v := p.values[i]
	mark, name := "  ", widget.Fit(widget.Pad(fields[v.field].name, 10)+widget.Clean(v.text), w-30)
	if selected {
		mark, name = "▸ ", t.Selected.Styled(name)
	}
	note := ""
	switch {
	case *fields[v.field].in(&p.s.filter) == v.text:
		note = t.Good.Styled(" ✓ picked")
	case i < p.ofLine:
		note = t.Faint.Styled(" of this line")
	}
	return widget.Spread(mark+name+note, t.Faint.Styled(fmt.Sprintf(" %s lines", humanize.Comma(int64(v.lines)))), w)
}
