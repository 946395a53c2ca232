package columnar

import "sync"

// recycler is an Arrow allocator that gives the memory of released records to the next ones. Memory
// that nobody releases is left to the garbage collector.
type recycler struct {
	mu   sync.Mutex
	free map[int][][]byte // by capacity
}

func newRecycler() *recycler { return &recycler{free: map[int][][]byte{}} }

// Allocate returns memory of the size, whose content is undefined.
func (r *recycler) Allocate(size int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	free := r.free[size]
	if len(free) == 0 {
		return make([]byte, size)
	}
	b := free[len(free)-1]
	r.free[size] = free[:len(free)-1]
	return b
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

// Free takes memory back.
func (r *recycler) Free(b []byte) {
	if cap(b) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free[cap(b)] = append(r.free[cap(b)], b[:cap(b)])
}
