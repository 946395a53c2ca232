package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"featops/features/columnar"
	"featops/workspaces/delta"
)

// datedFile is a file of a source with the months that it can have rows of.
type datedFile struct {
	delta.File
	months monthRange
	known  bool // the statistics tell the months
}

type datedFiles []datedFile

func monthsOf(files []delta.File, column string) datedFiles {
	out := make(datedFiles, len(files))
	for i, f := range files {
		months, ok := monthsByStats(f.Stats, column)
		out[i] = datedFile{f, months, ok}
	}
	return out
}

func (d datedFiles) all() monthRange {
	all := noMonths
	for _, f := range d {
		all = all.with(f.months)
	}
	return all
}

func (d datedFiles) known() bool {
	return !slices.ContainsFunc(d, func(f datedFile) bool { return !f.known })
}

// changedFiles lists the files that a table had and those that it has instead. A file that has changed its place among those
// that stay counts as both, since the order of the rows has changed with it.
func changedFiles(before, after []delta.File) (removed, added []delta.File) {
	place := map[string]int{}
	for i, f := range after {
		place[f.Path] = i
	}
	stays, last := map[string]bool{}, -1
	for _, f := range before {
		if i, ok := place[f.Path]; ok && i > last {
			stays[f.Path], last = true, i
			continue
		}
		removed = append(removed, f)
	}
	for _, f := range after {
		if !stays[f.Path] {
			added = append(added, f)
		}
	}
	return removed, added
}

// monthChanges are the months whose rows are not the ones, in the order, that the last build read.
type monthChanges struct {
	months map[int32]struct{}
	newest int32 // month that the last build can have read
}

func (c monthChanges) first() int32 {
	first := int32(math.MaxInt32)
	for m := range c.months {
		first = min(first, m)
	}
	return first
}

// reasons tells how many months have changed.
func (c monthChanges) reasons(source string) (out []string) {
	added := 0
	for m := range c.months {
		if m > c.newest {
			added++
		}
	}
	for _, n := range []struct {
		count int
		what  string
	}{{added, "new"}, {len(c.months) - added, "changed"}} {
		switch n.count {
		case 0:
		case 1:
			out = append(out, fmt.Sprintf("1 %s month of %s", n.what, source))
		default:
			out = append(out, fmt.Sprintf("%d %s months of %s", n.count, n.what, source))
		}
	}
	return out
}

// changedMonths finds the months that have changed since the last build, which read the source as it was before: those that the
// statistics of the lost and gained files allow, less those that both turn out to hold the same rows of. A change up to the oldest
// month is enough to know, for then everything is computed. full says why the months cannot be told.
func (s *staged) changedMonths(ctx context.Context, before *delta.Snapshot, oldest int32) (c monthChanges, full string, err error) {
	column := s.request.Table.Release.After
	removed, added := changedFiles(before.Files, s.source.Files)
	changed := monthsOf(slices.Concat(removed, added), column)
	if !changed.known() {
		return c, "the statistics of changed files of " + s.request.Table.Source.FullName() + " do not tell their months", nil
	}
	if slices.ContainsFunc(changed, func(f datedFile) bool { return f.months == noMonths }) {
		return c, "no row of a changed file of " + s.request.Table.Source.FullName() + " has a month", nil
	}
	c = monthChanges{map[int32]struct{}{}, monthsOf(before.Files, column).all().last}
	for _, f := range changed {
		for m := int64(f.months.first); m <= int64(f.months.last); m++ {
			c.months[int32(m)] = struct{}{}
		}
	}
	if len(removed) == 0 {
		return c, "", nil
	}
	found, err := s.compareRows(ctx, before.Only(removed), s.source.Only(added), oldest)
	if errors.Is(err, fs.ErrNotExist) {
		return c, "", nil // vacuumed: what the statistics allow has to count
	}
	if err != nil {
		return c, "", err
	}
	if found.Undated {
		return c, "rows without a month have changed", nil
	}
	// The rows of a month that other files have too stand in another order than before, even when they are the same.
	others := monthsOf(slices.DeleteFunc(slices.Clone(s.source.Files), func(f delta.File) bool {
		return slices.ContainsFunc(added, func(a delta.File) bool { return a.Path == f.Path })
	}), column)
	for m := range c.months {
		_, differs := found.Months[m]
		if !differs && !slices.ContainsFunc(others, func(f datedFile) bool { return f.months.first <= m && m <= f.months.last }) {
			delete(c.months, m)
		}
	}
	return c, "", nil
}

// compareRows compares what the table reads of two versions of files.
func (s *staged) compareRows(ctx context.Context, before, after *delta.Snapshot, oldest int32) (columnar.Changes, error) {
	columns := s.request.Table.Columns().Names()
	was, err := before.Read(ctx, columns)
	if err != nil {
		return columnar.Changes{}, err
	}
	defer was.Release()
	now, err := after.Read(ctx, columns)
	if err != nil {
		return columnar.Changes{}, err
	}
	defer now.Release()
	return columnar.Compare(ctx, was, now, s.request.Table.Release.After, oldest)
}
