package pages

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	// maxEntries bounds a dictionary: as many as hash and compare within the second cache level.
	maxEntries = 1 << 14
	// A dictionary that has more than firstEntries and a sixteenth of the values so far will save
	// little, and is given up before much work went into it.
	firstEntries = 1 << 13
	valuesPer    = 16

	slotBits = 15 // of the hash table: it is at most half full
)

// dictionary gives the distinct values of a column chunk numbers, in the order in which they come.
type dictionary[T uint32 | uint64] struct {
	entries []T
	slots   []uint16 // by hash: the number of the entry plus 1, or 0
	values  int      // indexed so far
	given   bool     // up: the rest of the chunk is PLAIN
}

// index appends the numbers of the values to codes; not ok when the dictionary is given up.
func (d *dictionary[T]) index(codes []uint16, values []T) (_ []uint16, ok bool) {
	if d.given {
		return codes, false
	}
	if d.slots == nil {
		d.slots = make([]uint16, 1<<slotBits)
	}
	from := len(codes)
	codes = slices.Grow(codes, len(values))[:from+len(values)]
	slots, entries, out := (*[1 << slotBits]uint16)(d.slots), d.entries, codes[from:]
	for i, v := range values {
		at := uint64(v) * 0x9E3779B97F4A7C15 >> (64 - slotBits)
		n := slots[at]
		for n != 0 && entries[n-1] != v {
			at = (at + 1) & (1<<slotBits - 1)
			n = slots[at]
		}
		if n == 0 {
			if n = d.add(at, v, i); n == 0 {
				d.giveUp()
				return codes[:from], false
			}
			entries = d.entries
		}
		out[i] = n - 1
	}
	d.values += len(values)
	return codes, true
}

// add makes a value an entry, and returns its number plus 1; 0 when the dictionary has become too large for so many more values.
// Inline it would take the registers of the loop around it.
//
//go:noinline
func (d *dictionary[T]) add(slot uint64, v T, values int) uint16 {
	if len(d.entries) >= min(maxEntries, firstEntries+(d.values+values)/valuesPer) {
		return 0
	}
	d.entries = append(d.entries, v)
	n := uint16(len(d.entries))
	d.slots[slot] = n
	return n
}

// giveUp makes the rest of the chunk PLAIN. Entries that no page needs are forgotten.
func (d *dictionary[T]) giveUp() {
	d.given = true
	if d.values == 0 {
		d.entries = d.entries[:0]
	}
}

func (d *dictionary[T]) reset(given bool) {
	clear(d.slots)
	d.entries, d.values, d.given = d.entries[:0], 0, given
}

// textDictionary is a dictionary of texts, which it keeps in memory of its own, in PLAIN.
type textDictionary struct {
	codes  map[string]uint16
	plain  []byte
	values int
	given  bool
}

// index returns the number of one more text; not ok when the dictionary is given up.
func (d *textDictionary) index(text []byte) (code int, ok bool) {
	d.values++
	if code, ok := d.codes[string(text)]; ok {
		return int(code), true
	}
	code = len(d.codes)
	if code >= min(maxEntries, firstEntries+d.values/valuesPer) {
		d.given = true
		return 0, false
	}
	if d.codes == nil {
		d.codes = map[string]uint16{}
	}
	d.codes[string(text)] = uint16(code)
	d.plain = appendText(d.plain, text)
	return code, true
}

func (d *textDictionary) reset(given bool) {
	clear(d.codes)
	d.plain, d.values, d.given = d.plain[:0], 0, given
}

// appendIndices appends the values of an RLE_DICTIONARY page: the numbers of entries, of which
// there are so many.
func appendIndices(page []byte, codes []uint16, entries int) []byte {
	width := bits.Len(uint(max(entries-1, 1)))
	page = append(page, byte(width))
	if len(codes) == 0 {
		return page
	}
	page = binary.AppendUvarint(page, uint64(groupsOf8(len(codes)))<<1|1)
	return appendPacked(page, codes, width)
}

// appendPacked appends numbers of some bits each, at most 16, the lowest bit first, and zeros up to
// a multiple of eight numbers.
func appendPacked(page []byte, codes []uint16, width int) []byte {
	from := len(page)
	size := groupsOf8(len(codes)) * width
	const room = 16 // what a group of eight is written as
	page = slices.Grow(page, size+room)[:from+size+room]
	out := page[from:]
	var last [8]uint16
	shift := uint(width)
	for ; len(codes) > 0; out = out[width:] {
		var group *[8]uint16
		if len(codes) >= 8 {
			group, codes = (*[8]uint16)(codes), codes[8:]
		} else {
			copy(last[:], codes)
			group, codes = &last, nil
		}
		low := uint64(group[0]) | uint64(group[1])<<(shift&63) | uint64(group[2])<<(2*shift&63) | uint64(group[3])<<(3*shift&63)
		high := uint64(group[4]) | uint64(group[5])<<(shift&63) | uint64(group[6])<<(2*shift&63) | uint64(group[7])<<(3*shift&63)
		binary.LittleEndian.PutUint64(out, low|high<<(4*shift))
		binary.LittleEndian.PutUint64(out[8:], high>>(64-4*shift))
	}
	return page[:from+size]
}

func groupsOf8(n int) int { return (n + 7) / 8 }
