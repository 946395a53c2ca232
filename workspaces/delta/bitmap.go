package delta

import (
	"sync"
)

// bitmap is a set of positions that several goroutines fill.
type bitmap struct {
	mu    sync.Mutex
	words []uint64
	count int
}

func newBitmap(n int) *bitmap { return &bitmap{words: make([]uint64, (n+63)/64)} }

// add adds the positions that are not negative.
func (b *bitmap) add(positions []int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range positions {
		if p >= 0 && !b.has(p) {
			b.words[p/64] |= 1 << (p % 64)
			b.count++
		}
	}
}

func (b *bitmap) has(position int) bool { return b.words[position/64]&(1<<(position%64)) != 0 }

// none reports whether no position of [from, to) is in the set.
func (b *bitmap) none(from, to int) bool {
	for p := from; p < to; p++ {
		if b.has(p) {
			return false
		}
	}
	return true
}

// addRange adds the positions [from, to).
func (b *bitmap) addRange(from, to int) {
	for p := from; p < to; p++ {
		b.words[p/64] |= 1 << (p % 64)
	}
}
