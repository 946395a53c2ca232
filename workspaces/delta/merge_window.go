package delta

import (
	"context"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// window returns a view on columns of the rows, for one goroutine. The caller closes it.
func (s *mergeSource) window(schema *arrow.Schema) *sourceWindow {
	return &sourceWindow{source: s, schema: schema}
}

// sourceWindow holds the units of a range of positions in memory.
type sourceWindow struct {
	source  *mergeSource
	schema  *arrow.Schema
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
	return w.file.readGroup(ctx, w.schema, u.group)
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

// maxUnits is how many units are held at a time: rows in key order need two, and one more where the table has fewer rows.
const maxUnits = 3

// find returns the rows at positions, of which those that are negative are none: the columns of some records, and the place of
// each row in them. Positions that are far apart are gathered from one unit after another.
func (w *sourceWindow) find(ctx context.Context, positions []int) (columns func(c int) []arrow.Array, places []place, err error) {
	places = make([]place, len(positions))
	low, high := span(positions)
	first, last := unitOf(w.source.units, low), unitOf(w.source.units, high-1)
	if last-first < maxUnits {
		if err := w.load(ctx, low, high); err != nil {
			return nil, nil, err
		}
		for i, p := range positions {
			if places[i].array = -1; p >= 0 {
				places[i] = w.place(p)
			}
		}
		return w.columns, places, nil
	}
	order := make([]int, 0, len(positions))
	for i, p := range positions {
		if places[i].array = -1; p >= 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int { return positions[i] - positions[j] })
	var pieces []arrow.Record
	for len(order) > 0 {
		p := positions[order[0]]
		if err := w.load(ctx, p, p+1); err != nil {
			return nil, nil, err
		}
		unit := w.source.units[w.first]
		var some []place
		for len(order) > 0 && positions[order[0]] < unit.start+unit.rows {
			places[order[0]] = place{int32(len(pieces)), int32(len(some))}
			some = append(some, w.place(positions[order[0]]))
			order = order[1:]
		}
		pieces = append(pieces, w.gather(some))
	}
	return func(c int) []arrow.Array {
		out := make([]arrow.Array, len(pieces))
		for i, r := range pieces {
			out[i] = r.Column(c)
		}
		return out
	}, places, nil
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
	columns := make([]arrow.Array, w.schema.NumFields())
	for c := range columns {
		columns[c] = gather(w.columns(c), places)
		defer columns[c].Release()
	}
	return array.NewRecord(w.schema, columns, int64(len(places)))
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
