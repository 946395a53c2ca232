package delta

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"
)

// recovered turns a panic of a goroutine into its error, so that it ends the merge and not the
// process.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("merge: panic: %v\n%s", p, debug.Stack())
	}
}

// write writes the changed files anew and the rows to insert, several files at a time. It returns
// the new files in the order of the ones that they replace, the insertions last. When it fails it
// leaves no files behind.
func (p *mergePlan) write(ctx context.Context) ([]DataFile, error) {
	parts := make([][]DataFile, len(p.rewrites)+1)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.workers)
	for i, r := range p.rewrites {
		group.Go(func() (err error) {
			defer recovered(&err)
			parts[i], err = p.writeFiles(func(w *filesWriter) error { return p.rewriteFile(ctx, r, w) })
			return err
		})
	}
	group.Go(func() (err error) {
		defer recovered(&err)
		parts[len(p.rewrites)], err = p.writeFiles(func(w *filesWriter) error { return p.insert(ctx, w) })
		return err
	})
	err := group.Wait()
	var files []DataFile
	for _, part := range parts {
		files = append(files, part...)
	}
	if err != nil {
		removeFiles(files)
		return nil, err
	}
	return files, nil
}

func (p *mergePlan) writeFiles(fill func(*filesWriter) error) ([]DataFile, error) {
	dir := p.staging
	if dir == "" {
		// A merge without new rows, only a wider schema, has no staging directory.
		dir = p.base.path
	}
	w, err := newFilesWriter(dir, p.schema, WriteOptions{Sketched: p.sketched})
	if err != nil {
		return nil, err
	}
	return w.close(fill(w))
}

// rewriteFile copies a file under the new schema and replaces the rows that change.
func (p *mergePlan) rewriteFile(ctx context.Context, r rewrite, w *filesWriter) error {
	d, err := p.base.open(r.file)
	if err != nil {
		return err
	}
	defer d.close()
	pass, err := d.scan(ctx, p.schema)
	if err != nil {
		return err
	}
	defer pass.release()
	cursor := p.source.index.cursor()
	defer cursor.close()
	window := p.source.window(p.source.schema)
	defer window.close()
	row := 0
	for {
		record, err := pass.next(ctx)
		if record == nil || err != nil {
			return err
		}
		merged, err := p.replace(ctx, record, row, r.changed, cursor, window)
		row += int(record.NumRows())
		record.Release()
		if err != nil {
			return err
		}
		err = w.write(ctx, merged)
		merged.Release()
		if err != nil {
			return err
		}
	}
}

// replace returns a batch, whose first row is start in its file, with the new rows in place of those that have changed.
func (p *mergePlan) replace(ctx context.Context, record arrow.Record, start int, changed *bitmap, cursor keyCursor, window *sourceWindow) (arrow.Record, error) {
	if changed == nil || changed.none(start, start+int(record.NumRows())) {
		record.Retain()
		return record, nil
	}
	positions := make([]int, record.NumRows())
	if err := cursor.match(ctx, columnsOf(record, p.source.keys), positions); err != nil {
		return nil, err
	}
	for i := range positions {
		if !changed.has(start + i) {
			positions[i] = -1
		}
	}
	news, places, err := window.find(ctx, positions)
	if err != nil {
		return nil, err
	}
	// The batch itself is array 0, the records of the window follow.
	for i := range places {
		if places[i].array++; places[i].array == 0 {
			places[i].row = int32(i)
		}
	}
	columns := make([]arrow.Array, record.NumCols())
	for i, f := range p.schema.Fields() {
		columns[i] = record.Column(i)
		if c := fieldIndex(p.source.schema, f.Name); c >= 0 {
			columns[i] = gather(append([]arrow.Array{record.Column(i)}, news(c)...), places)
			defer columns[i].Release()
		}
	}
	return array.NewRecord(p.schema, columns, record.NumRows()), nil
}

// columnsOf is some columns of a record.
func columnsOf(record arrow.Record, schema *arrow.Schema) arrow.Record {
	columns := make([]arrow.Array, schema.NumFields())
	for i, f := range schema.Fields() {
		columns[i] = record.Column(fieldIndex(record.Schema(), f.Name))
	}
	return array.NewRecord(schema, columns, record.NumRows())
}

// insert writes the new rows that no row of the table has matched.
func (p *mergePlan) insert(ctx context.Context, w *filesWriter) error {
	window := p.source.window(p.source.schema)
	defer window.close()
	var positions []int
	flush := func() error {
		if len(positions) == 0 {
			return nil
		}
		if err := window.load(ctx, positions[0], positions[len(positions)-1]+1); err != nil {
			return err
		}
		places := make([]place, len(positions))
		for i, position := range positions {
			places[i] = window.place(position)
		}
		rows := window.gather(places)
		defer rows.Release()
		positions = positions[:0]
		return w.write(ctx, rows)
	}
	for _, u := range p.source.units {
		for position := u.start; position < u.start+u.rows; position++ {
			if !p.matched.has(position) {
				positions = append(positions, position)
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}
