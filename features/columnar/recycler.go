package columnar

import (
	"math/bits"
	"sync"
)

// recycler is an Arrow allocator that gives the memory of released records to the next ones. Memory
// that nobody releases is left to the garbage collector.
type recycler struct {
	mu   sync.Mutex
	free [64][][]byte // by the binary logarithm of the capacity
}

// class is the logarithm of the least capacity that is kept for a size. Capacities of 64 bytes and
// more are aligned for every type.
func class(size int) int { return bits.Len(uint(max(size, 64) - 1)) }

// Allocate returns memory of the size, whose content is undefined.
func (r *recycler) Allocate(size int) []byte {
	k := class(size)
	r.mu.Lock()
	defer r.mu.Unlock()
	free := r.free[k]
	if len(free) == 0 {
		return make([]byte, size, 1<<k)
	}
	r.free[k] = free[:len(free)-1]
	return free[len(free)-1][:size]
}

// Reallocate returns memory of another size with the content of b as far as it goes.
func (r *recycler) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	out := r.Allocate(size)
	copy(out, b)
	r.Free(b)
	return out
}

// Free takes memory back that Allocate or Reallocate gave.
func (r *recycler) Free(b []byte) {
	if cap(b) == 0 {
		return
	}
	k := class(cap(b))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free[k] = append(r.free[k], b)
}
