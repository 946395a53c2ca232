package delta

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// mergeSource is the new rows of a merge in key order. It is a list of units, each a row group of a
// file, or, when the files are not in key order, a piece of them that was sorted in memory.
type mergeSource struct {
	files   []DataFile
	schema  *arrow.Schema // the columns of the new rows, in the types and names of the table
	keys    *arrow.Schema
	units   []sourceUnit
	index   keyIndex
	rows    int
	inFiles bool // the units are row groups of the files, in sequence
}

type sourceUnit struct {
	file, group int
	start, rows int          // positions in key order
	sorted      arrow.Record // nil when the unit is read from its file
}

func newMergeSource(ctx context.Context, files []DataFile, schema, keys *arrow.Schema) (*mergeSource, error) {
	s := &mergeSource{files: slices.Clone(files), schema: schema, keys: keys}
	if areNumbers(keys) {
		return s, indexSource(ctx, s, encodeNumbers)
	}
	return s, indexSource(ctx, s, encodeText)
}

// indexSource brings the files into order. Those that are sorted and do not overlap, as a build writes them, are only put in
// the right sequence, and of their keys no more is held than where each row group begins and ends.
func indexSource[K mergeKey[K]](ctx context.Context, s *mergeSource, encode func(arrow.Record) []K) error {
	perFile := make([]fileKeys[K], len(s.files))
	sorted := true
	for i, f := range s.files {
		found, err := readKeys(ctx, f, s.keys, encode)
		if err != nil {
			return err
		}
		perFile[i], sorted = found, sorted && found.sorted
	}
	order := make([]int, len(perFile))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return perFile[i].first[0].compare(perFile[j].first[0]) })
	files := make([]DataFile, len(order))
	index := &filedKeys[K]{source: s, encode: encode}
	for to, from := range order {
		f := perFile[from]
		files[to] = s.files[from]
		sorted = sorted && (to == 0 || index.last[len(index.last)-1].compare(f.first[0]) <= 0)
		index.first, index.last = append(index.first, f.first...), append(index.last, f.last...)
		for g, rows := range f.rows {
			s.units = append(s.units, sourceUnit{file: to, group: g, start: s.rows, rows: rows})
			s.rows += rows
		}
	}
	s.files, s.index, s.inFiles = files, index, sorted
	if !sorted {
		return sortSource(ctx, s, encode)
	}
	for u := 1; u < len(s.units); u++ {
		if index.first[u] == index.last[u-1] {
			return s.duplicate(ctx, s.units[u].start)
		}
	}
	for i, from := range order {
		if row := perFile[from].twice; row > 0 {
			u := slices.IndexFunc(s.units, func(u sourceUnit) bool { return u.file == i })
			return s.duplicate(ctx, s.units[u].start+row)
		}
	}
	return nil
}

// sortSource sorts the rows in memory.
func sortSource[K mergeKey[K]](ctx context.Context, s *mergeSource, encode func(arrow.Record) []K) error {
	var keys sortedKeys[K]
	w := s.window(s.keys)
	defer w.close()
	for _, u := range s.units {
		r, err := w.read(ctx, u)
		if err != nil {
			return err
		}
		keys = append(keys, encode(r)...)
		r.Release()
	}
	positions := make([]int, len(keys))
	for i := range positions {
		positions[i] = i
	}
	slices.SortFunc(positions, func(i, j int) int { return keys[i].compare(keys[j]) })
	if err := s.sortRows(ctx, positions); err != nil {
		return err
	}
	sorted := make(sortedKeys[K], len(keys))
	for i, p := range positions {
		sorted[i] = keys[p]
	}
	s.index = &heldKeys[K]{sorted, encode}
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return s.duplicate(ctx, i)
		}
	}
	return nil
}

// fileKeys is what is held of the keys of a file, by row group.
type fileKeys[K any] struct {
	first, last []K
	rows        []int
	sorted      bool
	twice       int // a row with the key of the one before it; 0 where there is none
}

// readKeys reads the keys of one file. A null among them is an error.
func readKeys[K mergeKey[K]](ctx context.Context, f DataFile, schema *arrow.Schema, encode func(arrow.Record) []K) (out fileKeys[K], err error) {
	d, err := openDataFile(f.Path)
	if err != nil {
		return out, err
	}
	defer d.close()
	out.sorted = true
	rows := 0
	for g := range d.parquet.NumRowGroups() {
		r, err := d.readGroup(ctx, schema, g)
		if err != nil {
			return out, err
		}
		for i, c := range r.Columns() {
			for row := range c.Len() {
				if c.NullN() > 0 && c.IsNull(row) {
					return out, fmt.Errorf("key column %s is null in row %d of %s", schema.Field(i).Name, rows+row, f.Path)
				}
			}
		}
		keys := encode(r)
		r.Release()
		if n := len(out.last); n > 0 {
			out.sorted = out.sorted && out.last[n-1].compare(keys[0]) <= 0
		}
		for row := 1; row < len(keys) && out.sorted; row++ {
			switch c := keys[row-1].compare(keys[row]); {
			case c > 0:
				out.sorted = false
			case c == 0 && out.twice == 0:
				out.twice = rows + row
			}
		}
		out.first, out.last = append(out.first, keys[0].kept()), append(out.last, keys[len(keys)-1].kept())
		out.rows = append(out.rows, len(keys))
		rows += len(keys)
	}
	return out, nil
}

// sortRows reads all rows into memory and makes units of them in the order of positions, which are
// places in the sequence of the files.
func (s *mergeSource) sortRows(ctx context.Context, positions []int) error {
	w := s.window(s.schema)
	defer w.close()
	if err := w.load(ctx, 0, s.rows); err != nil {
		return err
	}
	var units []sourceUnit
	for start := 0; start < s.rows; start += rowGroupRows {
		end := min(s.rows, start+rowGroupRows)
		places := make([]place, end-start)
		for i := range places {
			places[i] = w.place(positions[start+i])
		}
		units = append(units, sourceUnit{start: start, rows: end - start, sorted: w.gather(places)})
	}
	s.units = units
	return nil
}

func (s *mergeSource) duplicate(ctx context.Context, position int) error {
	w := s.window(s.schema)
	defer w.close()
	if err := w.load(ctx, position, position+1); err != nil {
		return err
	}
	return fmt.Errorf("two of the new rows have the key %s", w.describe(position))
}
