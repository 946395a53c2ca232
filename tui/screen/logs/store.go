package logs

import (
	"slices"

	"featops/engine/logs"
)

// store holds the lines that the filter chooses, one next to the other, of a part of the log that grows at
// both ends. A line is known by its number, which stays its own while older lines come before it.
type store struct {
	blocks []block
}

// block is some lines, the number of the first, and room for more. A line never changes, so that what is
// there may be read beside the screen while more is added.
type block struct {
	first int64
	lines []logs.Line
}

const blockLines = 1024

// first is the number of the oldest line, end the one after the newest.
func (s *store) first() int64 {
	if len(s.blocks) == 0 {
		return 0
	}
	return s.blocks[0].first
}

func (s *store) end() int64 {
	if len(s.blocks) == 0 {
		return 0
	}
	return s.blocks[len(s.blocks)-1].end()
}

func (s *store) len() int { return int(s.end() - s.first()) }

func (b block) end() int64 { return b.first + int64(len(b.lines)) }

// at returns the line of a number from first up to but not including end.
func (s *store) at(n int64) *logs.Line {
	i, found := slices.BinarySearchFunc(s.blocks, n, func(b block, n int64) int { return int(b.first - n) })
	if !found {
		i--
	}
	return &s.blocks[i].lines[n-s.blocks[i].first]
}

// add adds a newer line.
func (s *store) add(l logs.Line) {
	if n := len(s.blocks); n == 0 || len(s.blocks[n-1].lines) == cap(s.blocks[n-1].lines) {
		s.blocks = append(s.blocks, block{s.end(), make([]logs.Line, 0, blockLines)})
	}
	b := &s.blocks[len(s.blocks)-1]
	b.lines = append(b.lines, l)
}

// prepend puts older lines before all others. The store keeps them.
func (s *store) prepend(lines []logs.Line) {
	if len(lines) > 0 {
		s.blocks = slices.Insert(s.blocks, 0, block{s.first() - int64(len(lines)), slices.Clip(lines)})
	}
}

// dropNewest drops newest lines until no more than most are left, and reports whether there were more.
func (s *store) dropNewest(most int) bool {
	dropped := false
	for len(s.blocks) > 1 && s.len() > most {
		s.blocks = s.blocks[:len(s.blocks)-1]
		dropped = true
	}
	return dropped
}

// view is what the store holds now, for reading beside the screen.
func (s *store) view() store { return store{slices.Clone(s.blocks)} }
