package delta

import (
	"context"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

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
