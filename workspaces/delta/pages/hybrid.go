package pages

import (
	"encoding/binary"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/bitutil"
)

// levels decodes definition levels of 0 and 1 to a bitmap with zeros up to a multiple of 64; nil when all are 1.
func levels(data []byte, n int) ([]byte, error) {
	var out []byte
	for at := 0; at < n; {
		header, size := binary.Uvarint(data)
		if size <= 0 {
			return nil, errShort
		}
		data = data[size:]
		count := int(header >> 1)
		if header&1 == 0 {
			if len(data) == 0 {
				return nil, errShort
			}
			count = min(count, n-at)
			if out == nil && count == n && data[0] == 1 {
				return nil, nil
			}
			out = bitmapOf(out, n)
			bitutil.SetBitsTo(out, int64(at), int64(count), data[0] == 1)
			data = data[1:]
		} else {
			if count > len(data) {
				return nil, errShort
			}
			out = bitmapOf(out, n)
			bits := min(8*count, n-at)
			bitutil.CopyBitmap(data, 0, bits, out, at)
			data = data[count:]
			count = bits
		}
		if count == 0 {
			return nil, errShort
		}
		at += count
	}
	return out, nil
}

func bitmapOf(bitmap []byte, n int) []byte {
	if bitmap == nil {
		bitmap = make([]byte, (n+63)/64*8)
	}
	return bitmap
}

// appendHybrid decodes n numbers of some bits each, at most 32.
func appendHybrid(out []uint32, data []byte, width, n int) ([]uint32, error) {
	end := len(out) + n
	for len(out) < end {
		header, size := binary.Uvarint(data)
		if size <= 0 || header>>1 == 0 {
			return nil, errShort
		}
		data = data[size:]
		if header&1 == 0 {
			whole := (width + 7) / 8
			if len(data) < whole {
				return nil, errShort
			}
			value := uint32(0)
			for i := range whole {
				value |= uint32(data[i]) << (8 * i)
			}
			data = data[whole:]
			for range min(int(min(header>>1, uint64(n))), end-len(out)) {
				out = append(out, value)
			}
			continue
		}
		count := int(min(header>>1, uint64(n/8+1)))
		packed := data[:min(count*width, len(data))]
		if take := min(8*count, end-len(out)); 8*len(packed) < take*width {
			return nil, errShort
		} else {
			out = appendUnpacked(out, packed, width, take)
		}
		data = data[len(packed):]
	}
	return out, nil
}

// appendUnpacked is the inverse of appendPacked, for up to 32 bits.
func appendUnpacked(out []uint32, packed []byte, width, n int) []uint32 {
	at := len(out)
	out = slices.Grow(out, n)[:at+n]
	rest := out[at:]
	if mask := uint32(1)<<width - 1; width <= 16 {
		// Of a group of eight, four lie in the word at its beginning, and four in the one at its middle.
		half, shift := width/2, uint(width%2*4)
		for ; len(rest) >= 8 && len(packed) >= half+8; rest, packed = rest[8:], packed[width:] {
			low, high := binary.LittleEndian.Uint64(packed), binary.LittleEndian.Uint64(packed[half:])>>shift
			group := (*[8]uint32)(rest)
			for k := range 4 {
				group[k] = uint32(low) & mask
				group[k+4] = uint32(high) & mask
				low, high = low>>width, high>>width
			}
		}
	}
	word, have := uint64(0), 0
	mask := uint64(1)<<width - 1
	for i := range rest {
		for have < width {
			if len(packed) >= 4 {
				word |= uint64(binary.LittleEndian.Uint32(packed)) << have
				packed, have = packed[4:], have+32
			} else {
				word |= uint64(packed[0]) << have
				packed, have = packed[1:], have+8
			}
		}
		rest[i] = uint32(word & mask)
		word >>= width
		have -= width
	}
	return out
}
