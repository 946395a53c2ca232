package columnar

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// Changes is what differs between two versions of a source.
type Changes struct {
	Months  map[int32]struct{} // as [MonthOf] counts: their rows are not the same ones in the same order
	Undated bool               // the same of the rows whose event month is none
}

// Compare reads two versions of a source with the same columns, among them the one with the event months, to their ends.
// The order counts because sums of doubles depend on it. It ends early, with what it has found by then, when a month up to
// enough has changed.
//
// Rows are told apart by a hash of 64 bits in which a change of a single column always shows.
func Compare(ctx context.Context, before, after array.RecordReader, column string, enough int32) (Changes, error) {
	c := comparison{seed: maphash.MakeSeed(), months: map[int32]*sequence{}, enough: enough}
	sides := [2]array.RecordReader{before, after}
	ended := [2]bool{}
	for !c.done && !(ended[0] && ended[1]) {
		for side, r := range sides {
			if err := ctx.Err(); err != nil {
				return Changes{}, err
			}
			if !r.Next() {
				ended[side] = true
				if err := r.Err(); err != nil {
					return Changes{}, err
				}
				continue
			}
			if err := c.add(side, r.Record(), column); err != nil {
				return Changes{}, err
			}
		}
	}
	out := Changes{Months: map[int32]struct{}{}}
	for month, s := range c.months {
		switch {
		case !s.differs && (c.done || len(s.waiting) == 0):
		case month == noMonth:
			out.Undated = true
		default:
			out.Months[month] = struct{}{}
		}
	}
	return out, nil
}

// comparison takes the rows of both versions as they come.
type comparison struct {
	seed   maphash.Seed
	months map[int32]*sequence
	hashes []uint64
	enough int32
	done   bool
}

// sequence compares the rows of a month, one after another.
type sequence struct {
	differs bool
	side    int      // whose rows wait for those of the other
	waiting []uint64 // hashes of rows
}

func (s *sequence) add(side int, hash uint64) {
	switch {
	case s.differs:
	case len(s.waiting) == 0 || s.side == side:
		s.side = side
		s.waiting = append(s.waiting, hash)
	case s.waiting[0] == hash:
		s.waiting = s.waiting[1:]
	default:
		s.differs, s.waiting = true, nil
	}
}

func (c *comparison) add(side int, r arrow.Record, column string) error {
	at := slices.IndexFunc(r.Schema().Fields(), func(f arrow.Field) bool { return strings.EqualFold(f.Name, column) })
	if at < 0 {
		return fmt.Errorf("the source has no column %s", column)
	}
	var v vector[int32]
	if err := decode(r.Column(at), &v, months); err != nil {
		return fmt.Errorf("column %s: %w", column, err)
	}
	c.hashes = resized(c.hashes, int(r.NumRows()))
	clear(c.hashes)
	for _, values := range r.Columns() {
		c.mix(values)
	}
	var s *sequence
	last := int32(0)
	for i, month := range v.v {
		if v.ok.null(i) {
			month = noMonth
		}
		if s == nil || month != last {
			if s = c.months[month]; s == nil {
				s = &sequence{}
				c.months[month] = s
			}
			last = month
		}
		s.add(side, c.hashes[i])
		c.done = c.done || s.differs && month <= c.enough && month != noMonth
	}
	return nil
}

// mix takes the values of a column into the hashes of the rows. For a given hash, different values give different ones.
func (c *comparison) mix(a arrow.Array) {
	switch a := a.(type) {
	case *array.Int64:
		mixed(c.hashes, a, func(i int) uint64 { return uint64(a.Value(i)) })
	case *array.Int32:
		mixed(c.hashes, a, func(i int) uint64 { return uint64(a.Value(i)) })
	case *array.Float64:
		mixed(c.hashes, a, func(i int) uint64 { return math.Float64bits(a.Value(i)) })
	case *array.Date32:
		mixed(c.hashes, a, func(i int) uint64 { return uint64(a.Value(i)) })
	case *array.Timestamp:
		mixed(c.hashes, a, func(i int) uint64 { return uint64(a.Value(i)) })
	case *array.Boolean:
		mixed(c.hashes, a, func(i int) uint64 { return uint64(bit(a.Value(i))) })
	case *array.String:
		mixed(c.hashes, a, func(i int) uint64 { return maphash.String(c.seed, a.Value(i)) })
	default:
		mixed(c.hashes, a, func(i int) uint64 { return maphash.String(c.seed, a.ValueStr(i)) })
	}
}

func mixed(hashes []uint64, a arrow.Array, value func(i int) uint64) {
	const odd, null = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f
	nulls := a.NullN() > 0
	for i, h := range hashes {
		if nulls && a.IsNull(i) {
			hashes[i] = bits.RotateLeft64(h, 5) * null
			continue
		}
		hashes[i] = (bits.RotateLeft64(h, 5) ^ value(i)) * odd
	}
}
