package runs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/engine"
	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"
)

const (
	cellWidth = 9 // a mark, a glyph and how long it took
	headLines = 4 // the job, and of each run its number, when it began and how it ended
	footLines = 4 // a space, two lines about the selected cell, the legend
)

// Draw returns h lines of at most w cells.
func (s *Screen) Draw(w, h int) []string {
	if h <= 0 {
		return nil
	}
	out := s.lines(w, h)
	out = out[:min(len(out), h)]
	for i := range out {
		out[i] = widget.Fit(out[i], w)
	}
	return append(out, slices.Repeat([]string{""}, h-len(out))...)
}

func (s *Screen) lines(w, h int) []string {
	t := s.state.Theme
	if s.job == nil {
		return []string{t.Warn.Styled("! no feature job found")}
	}
	title := t.Title.Styled(widget.Clean(s.place.Workspace)) + t.Faint.Styled(" · ") + t.Strong.Styled(widget.Clean(s.job.Name))
	if len(s.runs) == 0 {
		note := t.Faint.Styled("the job has not run yet")
		if s.known > 0 {
			note = t.Faint.Styled(fmt.Sprintf("no run of %s is among the %s", s.among(), choices[s.states].name))
		}
		return []string{title, note, s.history.Status(s.state)}
	}
	name := s.nameWidth(w)
	across := max(1, min(len(s.runs), (w-name)/cellWidth))
	s.left = widget.Scroll(s.left, s.back, s.back+1, across, len(s.runs))
	s.left, s.across = max(0, s.left), across
	oldest := min(len(s.runs), s.left+across) - 1

	chosen := t.Faint.Styled(fmt.Sprintf(" %s, %d to %d of %s", choices[s.states].name, s.left+1, oldest+1, s.among()))
	if status := s.history.Status(s.state); status != "" {
		chosen = " " + status
	}
	out := []string{widget.Spread(title, chosen, w)}
	out = append(out, s.heads(name, oldest)...)
	room := max(1, h-headLines-footLines)
	s.top = widget.Scroll(s.top, max(0, s.row), max(0, s.row)+1, room, len(s.job.Tasks))
	for i := s.top; i < min(len(s.job.Tasks), s.top+room); i++ {
		key := widget.Pad(widget.Clean(s.job.Tasks[i].Key), name-3)
		mark := "  "
		if i == s.row {
			mark, key = "▸ ", t.Selected.Styled(key)
		}
		line := mark + key + " "
		for at := oldest; at >= s.left; at-- {
			line += s.draw(at, i, s.cell[at][i].Status, took(s.cell[at][i].Started, s.cell[at][i].Ended, s.state.Now))
		}
		out = append(out, line)
	}
	return append(append(out, ""), append(s.about(), s.legend(oldest))...)
}

// among tells how many runs there are to choose from, and whether there may be more.
func (s *Screen) among() string {
	if s.history.Whole(s.job.Runs) {
		return fmt.Sprintf("%d", s.known)
	}
	return fmt.Sprintf("the newest %d", s.known)
}

// nameWidth is the width of the names of the tasks, with the mark before them.
func (s *Screen) nameWidth(w int) int {
	widest := 12
	for _, task := range s.job.Tasks {
		widest = max(widest, len(task.Key))
	}
	return min(widest, w/2) + 3
}

// heads are the lines above the tasks: the runs, when they began, and how they ended.
func (s *Screen) heads(name, oldest int) []string {
	t := s.state.Theme
	numbers, times, ends := strings.Repeat(" ", name), strings.Repeat(" ", name), widget.Pad("  run", name)
	if s.row < 0 {
		ends = "▸ " + t.Selected.Styled(widget.Pad("run", name-3)) + " "
	}
	for at := oldest; at >= s.left; at-- {
		r := &s.runs[at]
		number := widget.Pad(fmt.Sprintf(" %d", r.ID), cellWidth)
		if at == s.back {
			number = t.Selected.Styled(number)
		}
		numbers += number
		times += t.Faint.Styled(widget.Pad(" "+began(r.Queued, s.state.Now), cellWidth))
		ends += s.draw(at, -1, r.Status, took(r.Since(), r.Ended, s.state.Now))
	}
	return []string{numbers, times, ends}
}

// draw is one cell: the glyph of a state, and how long it took.
func (s *Screen) draw(at, row int, status workspaces.Status, took string) string {
	if status.LifeCycle == "" {
		return widget.Pad("", cellWidth) // the job had no such task then
	}
	look := screen.StatusLook(status, s.state.Theme)
	text := widget.Pad(look.Glyph+" "+took, cellWidth-1)
	if at == s.back && row == s.row {
		return "›" + s.state.Theme.Selected.Styled(text)
	}
	return " " + look.Style.Styled(text)
}

// began is when a run was asked for: the time of today, or the day.
func began(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(now.Location())
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format("15:04")
	}
	return at.Format("01-02")
}

func took(from, to, now time.Time) string {
	switch {
	case from.IsZero():
		return ""
	case to.IsZero():
		return widget.Seconds(now.Sub(from))
	}
	return widget.Duration(to.Sub(from))
}

// about tells of the selected cell in words.
func (s *Screen) about() []string {
	r := &s.runs[s.back]
	what, status := fmt.Sprintf("run %d", r.ID), r.Status
	from, to, usual := r.Since(), r.Ended, s.job.Expected.Of("")
	if s.row >= 0 {
		a := &s.cell[s.back][s.row]
		what += ", " + widget.Clean(s.job.Tasks[s.row].Key)
		if a.Attempt > 0 {
			what += fmt.Sprintf(", attempt %d", a.Attempt)
		}
		status, from, to, usual = a.Status, a.Started, a.Ended, s.job.Expected.Of(s.job.Tasks[s.row].Key)
	} else if len(r.Repairs) > 0 {
		usual = 0 // of a repair there is none
	}
	t := s.state.Theme
	line := t.Strong.Styled(what) + "  " + screen.StatusLook(status, t).String() + "  " + took(from, to, s.state.Now)
	if !from.IsZero() && usual > 0 {
		end := to
		if end.IsZero() {
			end = s.state.Now
		}
		note := " usually " + widget.Duration(usual)
		if engine.Late(end.Sub(from), usual) {
			line += t.Warn.Styled(" late," + note)
		} else {
			line += t.Faint.Styled(note)
		}
	}
	return []string{line, widget.Clean(status.Message)}
}

// legend says in words which glyphs are in the window.
func (s *Screen) legend(oldest int) string {
	var parts []string
	add := func(status workspaces.Status) {
		if status.LifeCycle == "" {
			return
		}
		if look := screen.StatusLook(status, s.state.Theme).String(); !slices.Contains(parts, look) {
			parts = append(parts, look)
		}
	}
	for at := s.left; at <= oldest; at++ {
		add(s.runs[at].Status)
		for _, a := range s.cell[at] {
			add(a.Status)
		}
	}
	return strings.Join(parts, "   ")
}
