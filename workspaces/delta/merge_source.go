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

// keyIndex is [sortedKeys] without its type.
type keyIndex interface {
	match(r arrow.Record, hint int, out []int) int
	between(low, high arrow.Record) bool
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

// indexSource reads the keys of all files and brings them into order. Files that are sorted and do
// not overlap, as a build writes them, are only put in the right sequence.
func indexSource[K mergeKey[K]](ctx context.Context, s *mergeSource, encode func(arrow.Record) []K) error {
	perFile := make([][]K, len(s.files))
	for i, f := range s.files {
		keys, err := readKeys(ctx, f, s.keys, encode)
		if err != nil {
			return err
		}
		perFile[i] = keys
		s.rows += len(keys)
	}
	order := make([]int, len(perFile))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return perFile[i][0].compare(perFile[j][0]) })
	keys, files := make([]K, 0, s.rows), make([]DataFile, len(order))
	for to, from := range order {
		files[to] = s.files[from]
		keys, perFile[from] = append(keys, perFile[from]...), nil
	}
	s.files = files

	if slices.IsSortedFunc(keys, K.compare) {
		s.inFiles = true
		if err := s.listGroups(); err != nil {
			return err
		}
	} else {
		positions := make([]int, len(keys))
		for i := range positions {
			positions[i] = i
		}
		slices.SortFunc(positions, func(i, j int) int { return keys[i].compare(keys[j]) })
		if err := s.sortRows(ctx, positions); err != nil {
			return err
		}
		sorted := make([]K, len(keys))
		for i, p := range positions {
			sorted[i] = keys[p]
		}
		keys = sorted
	}
	s.index = &sortedKeys[K]{keys: keys, encode: encode}
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			return s.duplicate(ctx, i)
		}
	}
	return nil
}

// readKeys reads the keys of one file. A null among them is an error.
func readKeys[K any](ctx context.Context, f DataFile, schema *arrow.Schema, encode func(arrow.Record) []K) ([]K, error) {
	d, err := openDataFile(f.Path)
	if err != nil {
		return nil, err
	}
	defer d.close()
	pass, err := d.scan(ctx, schema)
	if err != nil {
		return nil, err
	}
	defer pass.release()
	keys := make([]K, 0, d.rows())
	for {
		r, err := pass.next(ctx)
		if err != nil {
			return nil, err
		}
		if r == nil {
			return keys, nil
		}
		for i, c := range r.Columns() {
			for row := range c.Len() {
				if c.NullN() > 0 && c.IsNull(row) {
					return nil, fmt.Errorf("key column %s is null in row %d of %s", schema.Field(i).Name, len(keys)+row, f.Path)
				}
			}
		}
		keys = append(keys, encode(r)...)
		r.Release()
	}
}

// listGroups makes a unit of each row group.
func (s *mergeSource) listGroups() error {
	start := 0
	for i, f := range s.files {
		d, err := openDataFile(f.Path)
		if err != nil {
			return err
		}
		for g := range d.parquet.NumRowGroups() {
			rows := int(d.groupRows(g))
			s.units = append(s.units, sourceUnit{file: i, group: g, start: start, rows: rows})
			start += rows
		}
		if err := d.close(); err != nil {
			return err
		}
	}
	return nil
}

// sortRows reads all rows into memory and makes units of them in the order of positions, which are
// places in the sequence of the files.
func (s *mergeSource) sortRows(ctx context.Context, positions []int) error {
	if err := s.listGroups(); err != nil {
		return err
	}
	w := s.window()
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
	w := s.window()
	defer w.close()
	if err := w.load(ctx, position, position+1); err != nil {
		return err
	}
	return fmt.Errorf("two of the new rows have the key %s", w.describe(position))
}
