package logs

import (
	"context"
	"fmt"
	"time"

	"featops/engine/logs"
	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	// piece is how many lines that the filter chooses are loaded at a time.
	piece = 1000
	// fileLines is how many lines of the files are looked through at a time, some hundred milliseconds'
	// work, so that a filter that chooses next to nothing does not read them all unasked.
	fileLines = 20_000
	// near is how close to the oldest line one comes before older ones are loaded.
	near = 200
	// most is how many lines are held.
	most = 100_000
	// newest is how many new lines are looked at at once.
	newest = 1024
)

// loaded is what was read back: the lines that the filter chooses, the oldest first.
type loaded struct {
	back  *logs.Back
	lines []logs.Line
	end   bool  // there are no older lines that could be read
	read  int   // lines that were looked through in files
	err   error // why not
}

// readBack reads until there are enough lines, and more where what was found is not yet far enough, or until
// enough of the files was looked through.
func readBack(ctx context.Context, back *logs.Back, f filter, fileLines int, far func(found []logs.Line) bool) (loaded, error) {
	out := loaded{back: back}
	var pieces [][]logs.Line
	n := 0
	for out.read < fileLines {
		lines, err := back.Older(ctx)
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		if len(lines) == 0 {
			out.end, out.err = true, err
			break
		}
		if back.Beyond() {
			out.read += len(lines)
		}
		oldest := lines[0].Time
		chosen := lines[:0]
		for i := range lines {
			if f.chooses(&lines[i]) {
				chosen = append(chosen, lines[i])
			}
		}
		pieces = append(pieces, chosen)
		out.end = f.within.before(oldest)
		if n += len(chosen); out.end || n >= piece && far(chosen) || n >= most {
			break
		}
	}
	out.lines = make([]logs.Line, 0, n)
	for i := len(pieces) - 1; i >= 0; i-- {
		out.lines = append(out.lines, pieces[i]...)
	}
	return out, nil
}

func always([]logs.Line) bool { return true }

// restart reads anew, from the newest line back, as far as to the time; zero is not far. What is shown stays until
// that is done.
func (s *Screen) restart(to time.Time) tea.Cmd {
	s.older.Stop()
	s.search.Stop()
	s.returnTo = to
	f, source, file, now := s.filter, s.source, s.file, s.state.Now
	return s.fresh.Load(s.console, func(ctx context.Context, _ screen.Engine) (loaded, error) {
		if to.IsZero() {
			return readBack(ctx, source.Back(file, now), f, f.within.fileLines(), always)
		}
		return readBack(ctx, source.Back(file, now), f, most, func(found []logs.Line) bool {
			return len(found) > 0 && !found[0].Time.After(to)
		})
	})
}

// refilter shows what another filter chooses, near the line that was selected.
func (s *Screen) refilter() tea.Cmd {
	var to time.Time
	if l := s.selected(); l != nil && !s.following {
		to = l.Time
	}
	return s.restart(to)
}

// replaced takes what was read anew.
func (s *Screen) replaced(l loaded) tea.Cmd {
	s.lines, s.marks, s.detached = store{}, map[int64]bool{}, false
	s.back, s.atEnd, s.searched, s.trouble = l.back, l.end, l.read, l.err
	s.next = l.back.Newer()
	s.lines.prepend(l.lines)
	cmd := s.pull()
	s.cursor = s.lines.end() - 1
	for !s.returnTo.IsZero() && s.cursor > s.lines.first() && s.lines.at(s.cursor).Time.After(s.returnTo) {
		s.cursor--
	}
	s.top = s.cursor
	return cmd
}

// pull takes the lines in that have come since.
func (s *Screen) pull() tea.Cmd {
	if s.back == nil || s.detached || s.fresh.Loading() {
		return nil
	}
	lines, first := s.source.After(s.next, newest)
	lost := first > s.next
	behind := s.source.Total() > first+newest
	full := s.lines.len() > most
	switch {
	case s.following && (lost || behind || full):
		return s.restart(time.Time{})
	case lost || full:
		s.detached = true
		return nil
	}
	for i := range lines {
		if s.filter.chooses(&lines[i]) {
			s.lines.add(lines[i])
		}
	}
	s.next = first + uint64(len(lines))
	if s.following {
		s.cursor = s.lines.end() - 1
	}
	return nil
}

// more loads older lines where the selected one is near the oldest.
func (s *Screen) more() tea.Cmd {
	if s.back == nil || s.atEnd || s.fresh.Loading() || s.older.Loading() || s.search.Loading() || s.cursor-s.lines.first() > near {
		return nil
	}
	f, back := s.filter, s.back
	return s.older.Load(s.console, func(ctx context.Context, _ screen.Engine) (loaded, error) {
		return readBack(ctx, back, f, f.within.fileLines(), always)
	})
}

// extended takes older lines in. Where there are too many, the newest go: to see those again, one follows.
func (s *Screen) extended(l loaded) {
	s.atEnd, s.searched, s.trouble = l.end, s.searched+l.read, l.err
	s.lines.prepend(l.lines)
	if s.lines.dropNewest(most) {
		s.detached, s.following = true, false
		s.cursor = min(s.cursor, s.lines.end()-1)
	}
}

// hit is where a search has found a line, and what it has loaded on its way.
type hit struct {
	loaded
	found  bool
	number int64 // of the line, where it was loaded before
	ahead  int   // lines of those that were loaded now before it
}

// find goes to the next line that the pattern matches, down or up, and loads older lines on its way up.
func (s *Screen) find(down bool) tea.Cmd {
	from, lines, p, f := s.cursor, s.lines.view(), s.filter.pattern, s.filter
	back := s.back
	if down || s.atEnd || s.older.Loading() {
		back = nil
	}
	s.down = down
	return s.search.Load(s.console, func(ctx context.Context, _ screen.Engine) (hit, error) {
		step := int64(1)
		if !down {
			step = -1
		}
		for n := from + step; n >= lines.first() && n < lines.end() && ctx.Err() == nil; n += step {
			if p.matches(text(lines.at(n))) {
				return hit{found: true, number: n}, ctx.Err()
			}
		}
		if back == nil {
			return hit{}, ctx.Err()
		}
		l, err := readBack(ctx, back, f, fileLines, func(found []logs.Line) bool { return lastMatch(p, found) >= 0 })
		at := lastMatch(p, l.lines)
		if at < 0 {
			return hit{loaded: l}, err
		}
		return hit{loaded: l, found: true, ahead: at}, err
	})
}

// lastMatch is the place of the newest line that the pattern matches, or -1.
func lastMatch(p pattern, lines []logs.Line) int {
	for i := len(lines) - 1; i >= 0; i-- {
		if p.matches(text(&lines[i])) {
			return i
		}
	}
	return -1
}

// went takes the end of a search.
func (s *Screen) went(h hit) {
	if h.back != nil {
		s.extended(h.loaded)
		h.number = s.lines.first() + int64(h.ahead)
	}
	switch {
	case h.found:
		s.following = false
		s.cursor = h.number
	case s.down && s.detached:
		s.console.Say("no match below; newer lines are not loaded, follow the log to see them")
	case s.down:
		s.console.Say("no match below")
	case s.atEnd:
		s.console.Say("no match above")
	case h.back == nil:
		s.console.Say("no match above yet; older lines are being loaded")
	default:
		s.console.Say(fmt.Sprintf("no match in %d older lines; once more to look on", h.read))
	}
}
