package delta

import (
	"context"
	"fmt"
	"runtime"
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
	group.SetLimit(runtime.GOMAXPROCS(0))
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
	window := p.source.window()
	defer window.close()
	changes, row := r.changes, 0
	for {
		record, err := pass.next(ctx)
		if record == nil || err != nil {
			return err
		}
		end, n := row+int(record.NumRows()), 0
		for n < len(changes) && changes[n].row < end {
			n++
		}
		merged, err := p.replace(ctx, record, row, changes[:n], window)
		record.Release()
		if err != nil {
			return err
		}
		row = end
		err = w.write(ctx, merged)
		merged.Release()
		if err != nil {
			return err
		}
		changes = changes[n:]
	}
}

// replace returns a batch, whose first row is start in its file, with changes applied.
func (p *mergePlan) replace(ctx context.Context, record arrow.Record, start int, changes []change, window *sourceWindow) (arrow.Record, error) {
	if len(changes) == 0 {
		record.Retain()
		return record, nil
	}
	low, high := changes[0].position, 0
	for _, c := range changes {
		low, high = min(low, c.position), max(high, c.position+1)
	}
	if err := window.load(ctx, low, high); err != nil {
		return nil, err
	}
	// The batch itself is array 0, the records of the window follow.
	places := make([]place, record.NumRows())
	for i := range places {
		places[i].row = int32(i)
	}
	for _, c := range changes {
		at := window.place(c.position)
		places[c.row-start] = place{array: at.array + 1, row: at.row}
	}
	columns := make([]arrow.Array, record.NumCols())
	for i, f := range p.schema.Fields() {
		columns[i] = record.Column(i)
		if c := fieldIndex(p.source.schema, f.Name); c >= 0 {
			columns[i] = gather(append([]arrow.Array{record.Column(i)}, window.columns(c)...), places)
			defer columns[i].Release()
		}
	}
	return array.NewRecord(p.schema, columns, record.NumRows()), nil
}

// insert writes the new rows that no row of the table has matched.
func (p *mergePlan) insert(ctx context.Context, w *filesWriter) error {
	window := p.source.window()
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
