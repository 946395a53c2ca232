package embedded

import (
	"context"
	"iter"
	"maps"
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
	"featops/features/columnar"
	"featops/workspaces/delta"
)

// history is what has to be read of a source to compute the rows from some month on, with what their windows see.
type history struct {
	columnar.History
	files []delta.File // in the order of the source
	reads int32        // the first month that is read
}

// historyFrom finds the history of the rows from an event month on, whose features reach so far back.
//
// Windows of months see as many months as they are long. Windows of rows see as many earlier rows of the customer, however
// old: for customers with too few rows in those months, older files are looked through, the newest first, until they have enough.
// Files whose statistics have none of these customers are passed over.
func (s *staged) historyFrom(ctx context.Context, files datedFiles, from int32, reach int) (history, error) {
	h := history{reads: from - int32(reach)}
	h.From = h.reads
	read := make([]bool, len(files))
	for i, f := range files {
		read[i] = f.months.last >= h.From
	}
	if s.request.Table.Frame == features.Rows && reach > 0 {
		if err := s.lookBack(ctx, files, from, reach, &h, read); err != nil {
			return h, err
		}
	}
	for i, f := range files {
		if read[i] {
			h.files = append(h.files, f.File)
		}
	}
	return h, nil
}

// lookBack finds the customers whose windows of rows reach back beyond the first months of the history, and marks the older files
// that have rows of them.
func (s *staged) lookBack(ctx context.Context, files datedFiles, from int32, reach int, h *history, read []bool) error {
	seen := newSeenMonths(from)
	var recent, changed []delta.File
	for i, f := range files {
		if read[i] {
			recent = append(recent, f.File)
			if f.months.last >= from {
				changed = append(changed, f.File)
			}
		}
	}
	if err := s.kept(ctx, changed, nil, seen.addCustomers); err != nil {
		return err
	}
	if err := s.kept(ctx, recent, nil, seen.add); err != nil {
		return err
	}
	h.Longer = seen.short(seen.all(), h.From, reach)
	for customer := range h.Longer {
		h.reads = min(h.reads, seen.by[customer].oldest)
	}

	older := make([]bool, len(files)) // not looked at yet
	for i := range files {
		older[i] = !read[i]
	}
	short := h.Longer
	for {
		// What is looked for is in files that were not looked at. Above the last month of these, every row has been seen.
		last := int32(math.MinInt32)
		for i, f := range files {
			if older[i] {
				if older[i] = meets(f.File, s.request.Table.Customer, short); older[i] {
					last = max(last, f.months.last)
				}
			}
		}
		complete := int32(math.MinInt32)
		if last > math.MinInt32 {
			complete = last + 1
		}
		short = seen.short(maps.Keys(short), complete, reach)
		if len(short) == 0 || last == math.MinInt32 {
			return nil
		}
		for i, f := range files {
			if !older[i] || f.months.last < last {
				continue
			}
			older[i] = false
			if found, err := s.holds(ctx, f.File, short); err != nil || !found {
				if err != nil {
					return err
				}
				continue
			}
			rows := &columnar.History{From: math.MaxInt32, Longer: short}
			err := s.kept(ctx, []delta.File{f.File}, rows, func(customers []int64, months []int32) {
				seen.add(customers, months)
				for _, m := range months {
					read[i], h.reads = true, min(h.reads, m)
				}
			})
			if err != nil {
				return err
			}
		}
	}
}

// kept tells the customers and months of the rows of files that the table keeps and the history lets pass.
func (s *staged) kept(ctx context.Context, files []delta.File, h *columnar.History, each func(customers []int64, months []int32)) error {
	records, err := s.source.Only(files).ReadIndexed(ctx, columnar.KeptBy(s.request.Table))
	if err != nil {
		return err
	}
	defer records.Release()
	return columnar.Kept(ctx, s.request.Table, records, h, each)
}

// holds reports whether a file has rows of one of the customers. It reads their column alone: most files have none of the
// customers who have come lately, and are looked through for them all the same.
func (s *staged) holds(ctx context.Context, f delta.File, customers map[int64]struct{}) (bool, error) {
	records, err := s.source.Only([]delta.File{f}).Read(ctx, []string{s.request.Table.Customer})
	if err != nil {
		return false, err
	}
	defer records.Release()
	for records.Next() {
		found := false
		switch column := records.Record().Column(0).(type) {
		case *array.Int64:
			found = anyOf(column.Int64Values(), customers)
		case *array.Int32:
			found = anyOf(column.Int32Values(), customers)
		default:
			found = true // to be told by who decodes it
		}
		if found {
			return true, nil
		}
	}
	return false, records.Err()
}

func anyOf[T int64 | int32](values []T, customers map[int64]struct{}) bool {
	return slices.ContainsFunc(values, func(v T) bool {
		_, ok := customers[int64(v)]
		return ok
	})
}

// meets reports whether a file can have rows of one of the customers.
func meets(f delta.File, column string, customers map[int64]struct{}) bool {
	least, greatest := customersByStats(f.Stats, column)
	for c := range customers {
		if least <= c && c <= greatest {
			return true
		}
	}
	return false
}

// seenMonths are the months before some month in which customers have rows.
type seenMonths struct {
	before int32
	by     map[int64]seenOf
}

// seenOf is what was seen of a customer.
type seenOf struct {
	months uint64 // bit k: the month k+1 months before. Older ones than fit are not remembered.
	oldest int32
}

func newSeenMonths(before int32) *seenMonths {
	return &seenMonths{before: before, by: map[int64]seenOf{}}
}

// addCustomers remembers the customers of rows that are not before the month.
func (s *seenMonths) addCustomers(customers []int64, months []int32) {
	for i, customer := range customers {
		if months[i] >= s.before {
			s.by[customer] = seenOf{oldest: math.MaxInt32}
		}
	}
}

// add remembers rows of the customers that are in by.
func (s *seenMonths) add(customers []int64, months []int32) {
	for i, customer := range customers {
		seen, ok := s.by[customer]
		if !ok {
			continue
		}
		if back := int64(s.before) - 1 - int64(months[i]); 0 <= back && back <= 63 {
			seen.months |= 1 << back
		}
		seen.oldest = min(seen.oldest, months[i])
		s.by[customer] = seen
	}
}

func (s *seenMonths) all() iter.Seq[int64] { return maps.Keys(s.by) }

// short are those of some customers that have fewer months than wanted from a month on.
func (s *seenMonths) short(among iter.Seq[int64], from int32, wanted int) map[int64]struct{} {
	count := uint64(math.MaxUint64) // the months that count
	if n := int64(s.before) - int64(from); n < 64 {
		count = 1<<max(0, n) - 1
	}
	out := map[int64]struct{}{}
	for customer := range among {
		if bits.OnesCount64(s.by[customer].months&count) < wanted {
			out[customer] = struct{}{}
		}
	}
	return out
}
