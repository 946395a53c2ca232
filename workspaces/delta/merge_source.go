package delta

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
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

// window returns a view on the rows, for one goroutine. The caller closes it.
func (s *mergeSource) window() *sourceWindow { return &sourceWindow{source: s} }

// sourceWindow holds the units of a range of positions in memory.
type sourceWindow struct {
	source  *mergeSource
	first   int            // unit of records[0]
	records []arrow.Record // of consecutive units
	file    *dataFile      // the file last read from
	opened  int            // its place in source.files
}

// load makes the rows [from, to) available and drops the units that do not meet them.
func (w *sourceWindow) load(ctx context.Context, from, to int) error {
	units := w.source.units
	first := unitOf(units, from)
	last := unitOf(units, to-1)
	records := make([]arrow.Record, 0, last-first+1)
	for u := first; u <= last; u++ {
		if have := u - w.first; have >= 0 && have < len(w.records) {
			w.records[have].Retain()
			records = append(records, w.records[have])
			continue
		}
		r, err := w.read(ctx, units[u])
		if err != nil {
			release(records)
			return err
		}
		records = append(records, r)
	}
	release(w.records)
	w.first, w.records = first, records
	return nil
}

func (w *sourceWindow) read(ctx context.Context, u sourceUnit) (arrow.Record, error) {
	if u.sorted != nil {
		u.sorted.Retain()
		return u.sorted, nil
	}
	if w.file == nil || w.opened != u.file {
		if err := w.closeFile(); err != nil {
			return nil, err
		}
		d, err := openDataFile(w.source.files[u.file].Path)
		if err != nil {
			return nil, err
		}
		w.file, w.opened = d, u.file
	}
	return w.file.readGroup(ctx, w.source.schema, u.group)
}

func (w *sourceWindow) closeFile() error {
	if w.file == nil {
		return nil
	}
	err := w.file.close()
	w.file = nil
	return err
}

func (w *sourceWindow) close() {
	release(w.records)
	w.records = nil
	_ = w.closeFile() // it was only read from
}

// place returns where the row at a loaded position is among the window's records.
func (w *sourceWindow) place(position int) place {
	units := w.source.units
	u := w.first
	if position >= units[u].start+units[u].rows {
		u = unitOf(units, position)
	}
	return place{array: int32(u - w.first), row: int32(position - units[u].start)}
}

// columns returns column c of every record of the window.
func (w *sourceWindow) columns(c int) []arrow.Array {
	columns := make([]arrow.Array, len(w.records))
	for i, r := range w.records {
		columns[i] = r.Column(c)
	}
	return columns
}

// gather returns the rows at the places, with the schema of the source.
func (w *sourceWindow) gather(places []place) arrow.Record {
	columns := make([]arrow.Array, w.source.schema.NumFields())
	for c := range columns {
		columns[c] = gather(w.columns(c), places)
		defer columns[c].Release()
	}
	return array.NewRecord(w.source.schema, columns, int64(len(places)))
}

// describe returns the key at a loaded position as text.
func (w *sourceWindow) describe(position int) string {
	p := w.place(position)
	text := ""
	for i, f := range w.source.keys.Fields() {
		if i > 0 {
			text += ", "
		}
		c := fieldIndex(w.source.schema, f.Name)
		text += f.Name + " = " + w.records[p.array].Column(c).ValueStr(int(p.row))
	}
	return text
}

// unitOf returns the unit that holds a position.
func unitOf(units []sourceUnit, position int) int {
	u, found := slices.BinarySearchFunc(units, position, func(u sourceUnit, p int) int { return u.start - p })
	if !found {
		u--
	}
	return u
}

func release(records []arrow.Record) {
	for _, r := range records {
		r.Release()
	}
}

// bitmap is a set of positions that several goroutines fill.
type bitmap struct {
	mu    sync.Mutex
	words []uint64
	count int
}

func newBitmap(n int) *bitmap { return &bitmap{words: make([]uint64, (n+63)/64)} }

// add adds the positions that are not negative.
func (b *bitmap) add(positions []int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range positions {
		if p >= 0 && !b.has(p) {
			b.words[p/64] |= 1 << (p % 64)
			b.count++
		}
	}
}

func (b *bitmap) has(position int) bool { return b.words[position/64]&(1<<(position%64)) != 0 }

// none reports whether no position of [from, to) is in the set.
func (b *bitmap) none(from, to int) bool {
	for p := from; p < to; p++ {
		if b.has(p) {
			return false
		}
	}
	return true
}

// addRange adds the positions [from, to).
func (b *bitmap) addRange(from, to int) {
	for p := from; p < to; p++ {
		b.words[p/64] |= 1 << (p % 64)
	}
}
