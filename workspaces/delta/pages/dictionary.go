package pages

import (
	"encoding/binary"
	"math/bits"
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
	slots := d.slots[:1<<slotBits]
	var last T
	var code uint16 // of last; there is one after the first value
	for i, v := range values {
		if i == 0 || v != last {
			at := uint64(v) * 0x9E3779B97F4A7C15 >> (64 - slotBits)
			for {
				n := slots[at]
				if n == 0 {
					if len(d.entries) >= min(maxEntries, firstEntries+(d.values+i)/valuesPer) {
						d.given = true
						return codes, false
					}
					d.entries = append(d.entries, v)
					n = uint16(len(d.entries))
					slots[at] = n
				}
				if d.entries[n-1] == v {
					code = n - 1
					break
				}
				at = (at + 1) & (1<<slotBits - 1)
			}
			last = v
		}
		codes = append(codes, code)
	}
	d.values += len(values)
	return codes, true
}

func (d *dictionary[T]) reset() {
	clear(d.slots)
	d.entries, d.values, d.given = d.entries[:0], 0, false
}

// textDictionary is a dictionary of texts, which it keeps in memory of its own, in PLAIN.
type textDictionary struct {
	codes  map[string]uint16
	plain  []byte
	values int
	given  bool
}

// index appends the number of one more text; not ok when the dictionary is given up.
func (d *textDictionary) index(codes []uint16, text []byte) (_ []uint16, ok bool) {
	if d.given {
		return codes, false
	}
	code, known := d.codes[string(text)]
	if !known {
		if len(d.codes) >= min(maxEntries, firstEntries+d.values/valuesPer) {
			d.given = true
			return codes, false
		}
		if d.codes == nil {
			d.codes = map[string]uint16{}
		}
		code = uint16(len(d.codes))
		d.codes[string(text)] = code
		d.plain = appendText(d.plain, text)
	}
	d.values++
	return append(codes, code), true
}

func (d *textDictionary) reset() {
	clear(d.codes)
	d.plain, d.values, d.given = d.plain[:0], 0, false
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
	end := len(page) + groupsOf8(len(codes))*width
	word, n := uint64(0), 0
	for _, code := range codes {
		word |= uint64(code) << n
		if n += width; n >= 32 {
			page = binary.LittleEndian.AppendUint32(page, uint32(word))
			word >>= 32
			n -= 32
		}
	}
	for ; len(page) < end; word >>= 8 {
		page = append(page, byte(word))
	}
	return page
}

func groupsOf8(n int) int { return (n + 7) / 8 }
