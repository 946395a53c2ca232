package embedded

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/kamstrup/intmap"
	"golang.org/x/sync/errgroup"

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
	var changed, before []delta.File
	var older []int // of the files that can have rows that are looked for
	for i, f := range files {
		if !read[i] {
			older = append(older, i)
			continue
		}
		if f.months.last >= from {
			changed = append(changed, f.File)
		}
		if f.months.first < from {
			before = append(before, f.File)
		}
	}
	if err := s.kept(ctx, changed, nil, seen.addCustomers); err != nil {
		return err
	}
	if err := s.kept(ctx, before, nil, seen.add); err != nil {
		return err
	}
	short := seen.short(seen.all(), h.From, reach)
	h.Longer = seen.set(short)
	for _, c := range short {
		h.reads = min(h.reads, seen.oldest[c])
	}

	slices.SortStableFunc(older, func(i, j int) int { return cmp.Compare(files[j].months.last, files[i].months.last) })
	wanted := h.Longer
	for {
		older = slices.DeleteFunc(older, func(i int) bool { return !seen.meets(files[i].File, s.request.Table.Customer, short) })
		if len(older) == 0 {
			return nil
		}
		// Above the last month of the files that were not looked at, every row has been seen.
		last := files[older[0]].months.last
		if still := seen.short(short, last+1, reach); len(still) < len(short) {
			short, wanted = still, seen.set(still)
		}
		if len(short) == 0 {
			return nil
		}
		next := older[:min(len(older), runtime.GOMAXPROCS(0))]
		holding, err := s.holding(ctx, files, next, wanted)
		if err != nil {
			return err
		}
		newest := next[0]
		older = slices.Concat(holding, older[len(next):])
		if len(holding) == 0 || holding[0] != newest {
			continue
		}
		older = older[1:]
		rows := &columnar.History{From: math.MaxInt32, Longer: wanted}
		err = s.kept(ctx, []delta.File{files[newest].File}, rows, func(customers []int64, months []int32) {
			seen.add(customers, months)
			for _, m := range months {
				read[newest], h.reads = true, min(h.reads, m)
			}
		})
		if err != nil {
			return err
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

// holding are those of some files that have rows of one of the customers.
func (s *staged) holding(ctx context.Context, files datedFiles, some []int, customers *intmap.Set[int64]) ([]int, error) {
	lacks := make([]bool, len(files))
	g, ctx := errgroup.WithContext(ctx)
	for _, i := range some {
		g.Go(func() (err error) {
			defer recovered(&err)
			found, err := s.holds(ctx, files[i].File, customers)
			lacks[i] = !found
			return err
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(slices.Clone(some), func(i int) bool { return lacks[i] }), err
}

// holds reports whether a file has rows of one of the customers. It reads their column alone: most files have none of the
// customers who have come lately, and are looked through for them all the same.
func (s *staged) holds(ctx context.Context, f delta.File, customers *intmap.Set[int64]) (bool, error) {
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

func anyOf[T int64 | int32](values []T, customers *intmap.Set[int64]) bool {
	return slices.ContainsFunc(values, func(v T) bool { return customers.Has(int64(v)) })
}
