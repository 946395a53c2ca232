package logs

import (
	"slices"
	"sync"
)

// DefaultRingLines is how many lines a Ring holds unless told otherwise.
const DefaultRingLines = 50_000

// Ring holds the newest lines in memory. It is safe for concurrent use. A reader never keeps a
// writer waiting for longer than it takes to copy a few hundred lines.
type Ring struct {
	capacity int

	mutex sync.RWMutex
	lines []Line // the line of sequence number n is at n % capacity
	total uint64
}

// NewRing returns a ring for that many lines, DefaultRingLines if capacity is not positive. Memory is
// taken as lines come.
func NewRing(capacity int) *Ring {
	if capacity <= 0 {
		capacity = DefaultRingLines
	}
	return &Ring{capacity: capacity}
}

// Append adds a line, in the place of the oldest one when the ring is full.
func (r *Ring) Append(l Line) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(r.lines) < r.capacity {
		r.lines = append(r.lines, l)
	} else {
		r.lines[r.total%uint64(r.capacity)] = l
	}
	r.total++
}

// Total is how many lines were appended since the beginning, also those that are gone: while it
// stays the same there is nothing new.
func (r *Ring) Total() uint64 {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	return r.total
}

// ringBatch lines are copied at a time.
const ringBatch = 512

// Lines returns the newest lines that the filter chooses, at most limit (all, if that is not
// positive), the oldest of them first.
func (r *Ring) Lines(f Filter, limit int) []Line {
	var chosen []Line // newest first
	batch := make([]Line, 0, ringBatch)
	for end := r.Total(); ; {
		batch, end = r.before(end, batch[:0])
		if len(batch) == 0 {
			break
		}
		for _, l := range slices.Backward(batch) {
			if !f.Match(l) {
				continue
			}
			chosen = append(chosen, l)
			if len(chosen) == limit {
				slices.Reverse(chosen)
				return chosen
			}
		}
	}
	slices.Reverse(chosen)
	return chosen
}

// After returns lines from sequence number seq on, at most that many, the oldest first, and the sequence
// number of the first of them: it is larger than seq when lines between are gone.
func (r *Ring) After(seq uint64, most int) (lines []Line, first uint64) {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	first = max(seq, r.total-uint64(len(r.lines)))
	for n := first; n < r.total && len(lines) < most; n++ {
		lines = append(lines, r.lines[n%uint64(r.capacity)])
	}
	return lines, first
}

// before appends to batch the lines right before sequence number end that are still there, as many
// as fit, and returns the sequence number of the first.
func (r *Ring) before(end uint64, batch []Line) ([]Line, uint64) {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	oldest := r.total - uint64(len(r.lines))
	start := oldest
	if end > oldest+uint64(cap(batch)) {
		start = end - uint64(cap(batch))
	}
	for n := start; n < end; n++ {
		batch = append(batch, r.lines[n%uint64(r.capacity)])
	}
	return batch, start
}
