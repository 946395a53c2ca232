package asof

// digit is the bits by which a pass of the sort tells rows apart: its counters stay in the first cache level.
const digit = 11

// sortedBy returns rows sorted by a key, stable, by counting the values of one digit of the key after the other. Digits in
// which no two keys differ cost nothing, and neither do keys that are in order already.
func sortedBy(rows []uint32, key func(uint32) uint64) []uint32 {
	sorted, differ := true, uint64(0)
	keys := make([]uint64, len(rows))
	for i, row := range rows {
		keys[i] = key(row)
		differ |= keys[i] ^ keys[0]
		sorted = sorted && (i == 0 || keys[i-1] <= keys[i])
	}
	if sorted {
		return rows
	}
	from, to := rows, make([]uint32, len(rows))
	spare := make([]uint32, len(rows))
	otherKeys := make([]uint64, len(rows))
	for shift := 0; shift < 64; shift += digit {
		if differ>>shift&(1<<digit-1) == 0 {
			continue
		}
		var next [1 << digit]int
		for _, k := range keys {
			next[k>>shift&(1<<digit-1)]++
		}
		at := 0
		for d, n := range next {
			next[d] = at
			at += n
		}
		for i, k := range keys {
			d := k >> shift & (1<<digit - 1)
			to[next[d]], otherKeys[next[d]] = from[i], k
			next[d]++
		}
		keys, otherKeys = otherKeys, keys
		if from, to = to, from; &to[0] == &rows[0] {
			to = spare // the caller's rows stay as they are
		}
	}
	return from
}
