package pages

import "github.com/golang/snappy"

// slabSize is much larger than most pages, so that little of a slab is left unused.
const slabSize = 1 << 20

// arena holds compressed pages, in slabs that are used again after a reset.
type arena struct {
	slabs [][]byte
	slab  int // the one in use
	used  int // bytes of it
}

// compressed compresses a page, and keeps it until the next reset.
func (a *arena) compressed(plain []byte) []byte {
	need := snappy.MaxEncodedLen(len(plain))
	for a.slab < len(a.slabs) && len(a.slabs[a.slab])-a.used < need {
		a.slab, a.used = a.slab+1, 0
	}
	if a.slab == len(a.slabs) {
		a.slabs = append(a.slabs, make([]byte, max(slabSize, need)))
	}
	out := snappy.Encode(a.slabs[a.slab][a.used:a.used+need], plain)
	a.used += len(out)
	return out
}

func (a *arena) reset() { a.slab, a.used = 0, 0 }
