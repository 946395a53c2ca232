package sketch

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// MostDistinct is up to how many different values are counted exactly.
const MostDistinct = 1024

const slotBits = 12 // of the table of hashes: at most a quarter full

// Distinct counts different values by their hashes, of which it keeps those of its level. The zero value has seen none.
type Distinct struct {
	level uint
	n     int
	slots []uint64 // hashes, by their last bits; 0 where none is
	zero  bool     // the hash 0 was seen
}

// Below is the bound below which the hash of a value must be to be of any use to Add.
func (d *Distinct) Below() uint64 { return math.MaxUint64 >> d.level }

// Add sees the hash of a value.
func (d *Distinct) Add(hash uint64) {
	if hash > d.Below() {
		return
	}
	if hash == 0 {
		if !d.zero {
			d.zero = true
			d.n++
		}
	} else if !d.put(hash) {
		return
	}
	for d.n > MostDistinct {
		d.rise()
	}
}

// put adds a hash to the table, and reports whether it is new.
func (d *Distinct) put(hash uint64) bool {
	if d.slots == nil {
		d.slots = make([]uint64, 1<<slotBits)
	}
	slots := d.slots[:1<<slotBits]
	for at := hash; ; at++ {
		switch i := at & (1<<slotBits - 1); slots[i] {
		case hash:
			return false
		case 0:
			slots[i] = hash
			d.n++
			return true
		}
	}
}

// rise drops the hashes that are not of the next level.
func (d *Distinct) rise() {
	all := d.hashes()
	d.level++
	clear(d.slots)
	d.n, d.zero = 0, false
	for _, h := range all {
		if h <= d.Below() {
			d.Add(h)
		}
	}
}

func (d *Distinct) hashes() []uint64 {
	out := make([]uint64, 0, d.n)
	if d.zero {
		out = append(out, 0)
	}
	for _, h := range d.slots {
		if h != 0 {
			out = append(out, h)
		}
	}
	return out
}

// Merge adds the values that another has seen.
func (d *Distinct) Merge(o *Distinct) {
	for d.level < o.level {
		d.rise()
	}
	for _, h := range o.hashes() {
		d.Add(h)
	}
}

// Count is how many different values were seen, and whether that is exact.
func (d *Distinct) Count() (n int64, exact bool) {
	return int64(d.n) << d.level, d.level == 0
}

// MarshalText is the level and the hashes, in ascending order.
func (d Distinct) MarshalText() ([]byte, error) {
	all := d.hashes()
	slices.Sort(all)
	bytes := []byte{byte(d.level)}
	for _, h := range all {
		bytes = binary.LittleEndian.AppendUint64(bytes, h)
	}
	return base64.StdEncoding.AppendEncode(nil, bytes), nil
}

// UnmarshalText is the inverse of MarshalText.
func (d *Distinct) UnmarshalText(text []byte) error {
	bytes, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return err
	}
	if len(bytes) == 0 || len(bytes)%8 != 1 || bytes[0] > 54 { // with more, counts are beyond 63 bits
		return errors.New("no sketch of different values")
	}
	if n := len(bytes) / 8; n > MostDistinct {
		return fmt.Errorf("a sketch of %d hashes; at most %d are allowed", n, MostDistinct)
	}
	*d = Distinct{level: uint(bytes[0])}
	for at := 1; at < len(bytes); at += 8 {
		h := binary.LittleEndian.Uint64(bytes[at:])
		if h > d.Below() {
			return fmt.Errorf("a hash that is not of level %d", d.level)
		}
		d.Add(h)
	}
	return nil
}
