package delta

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/google/uuid"

	"featops/workspaces/delta/pages"
)

const (
	// rowGroupRows ends a row group: large enough to compress well, small enough to be kept in memory
	// while it is written.
	rowGroupRows = 1 << 16
	// pageRows is the most rows of a page. A column of a page stays in the second cache level on
	// its way from the values to the compressed bytes.
	pageRows = 1 << 14
)

// fileWriter writes one Parquet file and gathers its statistics.
type fileWriter struct {
	f       *os.File
	out     *bufio.Writer
	parquet *pages.Writer
	schema  *arrow.Schema
	group   []columnStats // of the row group
	stats   []columnStats // of those before it
	rows    int64
	pages   []arrow.Record // of the row group to come
	paged   int64          // rows in them
	pending []arrow.Record // the rows of the page to come
	waiting int64          // in pending
	sketch  *sketcher      // nil when none is wanted
}

func newFileWriter(dir string, part int, schema *arrow.Schema, sketched bool) (_ *fileWriter, err error) {
	defer recoverParquet(&err)
	name := fmt.Sprintf("part-%05d-%s-c000.snappy.parquet", part, uuid.New())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	w := &fileWriter{
		f:      f,
		out:    bufio.NewWriterSize(f, 1<<18),
		schema: schema,
		group:  make([]columnStats, schema.NumFields()),
		stats:  make([]columnStats, schema.NumFields()),
	}
	if w.parquet, err = pages.NewWriter(w.out, schema, "featops"); err != nil {
		w.abandon()
		return nil, err
	}
	if sketched {
		w.sketch = newSketcher(schema)
	}
	return w, nil
}

// write adds the rows of a record that has exactly the writer's schema. Small records are put
// together to pages, large ones cut.
func (w *fileWriter) write(record arrow.Record) (err error) {
	defer recoverParquet(&err)
	for from := int64(0); from < record.NumRows(); {
		to := min(record.NumRows(), from+pageRows-w.waiting)
		w.pending = append(w.pending, record.NewSlice(from, to))
		w.waiting += to - from
		w.rows += to - from
		from = to
		if w.waiting < pageRows/2 {
			continue
		}
		if err := w.endPage(); err != nil {
			return err
		}
		if w.paged >= rowGroupRows {
			if err := w.writeGroup(); err != nil {
				return err
			}
		}
	}
	return nil
}

// endPage makes the pending rows a page.
func (w *fileWriter) endPage() error {
	page := w.pending[0]
	if len(w.pending) > 1 {
		var err error
		if page, err = joined(w.schema, w.pending); err != nil {
			return err
		}
		for _, r := range w.pending {
			r.Release()
		}
	}
	w.pages, w.paged = append(w.pages, page), w.paged+w.waiting
	w.pending, w.waiting = w.pending[:0], 0
	if w.sketch != nil {
		w.sketch.rows.add(page)
	}
	return nil
}

// see adds a page to the statistics. The bounds of values that are in the dictionary of the row group are left to its end.
func (w *fileWriter) see(column int, p pages.Seen) {
	if p.Indexed {
		w.group[column].nulls += int64(p.Array.NullN())
	} else {
		w.group[column].update(p)
	}
	if w.sketch != nil {
		w.sketch.columns[column].update(p)
	}
}

// drop forgets the rows that are not written.
func (w *fileWriter) drop() {
	for _, r := range append(w.pages, w.pending...) {
		r.Release()
	}
	w.pages, w.paged = w.pages[:0], 0
	w.pending, w.waiting = w.pending[:0], 0
}

// joined returns the rows of several records in one.
func joined(schema *arrow.Schema, records []arrow.Record) (arrow.Record, error) {
	columns := make([]arrow.Array, 0, schema.NumFields())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	rows := int64(0)
	for _, r := range records {
		rows += r.NumRows()
	}
	parts := make([]arrow.Array, len(records))
	for i, f := range schema.Fields() {
		for k, r := range records {
			parts[k] = r.Column(i)
		}
		c, err := array.Concatenate(parts, memory.DefaultAllocator)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		columns = append(columns, c)
	}
	return array.NewRecord(schema, columns, rows), nil
}

// writeGroup writes the pages as a row group.
func (w *fileWriter) writeGroup() error {
	err := w.parquet.WriteGroup(w.pages, pages.Watcher{Page: w.see, Chunk: w.seen})
	w.drop()
	return err
}

// seen completes the statistics of a column in the row group, by its dictionary.
func (w *fileWriter) seen(column int, dictionary []byte) metadata.EncodedStatistics {
	kind, group := w.schema.Field(column).Type, &w.group[column]
	group.boundEntries(kind, dictionary)
	w.stats[column].merge(*group, kind)
	if w.sketch != nil {
		w.sketch.columns[column].entries(kind, dictionary, *group)
	}
	stored := group.stored(kind)
	*group = columnStats{}
	return stored
}

// close completes the file and makes it durable.
func (w *fileWriter) close() (f DataFile, err error) {
	defer recoverParquet(&err)
	if w.waiting > 0 {
		if err := w.endPage(); err != nil {
			return DataFile{}, err
		}
	}
	if w.paged > 0 {
		if err := w.writeGroup(); err != nil {
			return DataFile{}, err
		}
	}
	err = w.parquet.Close()
	if err == nil {
		err = w.out.Flush()
	}
	if err == nil {
		err = w.f.Sync()
	}
	if err == nil {
		err = w.f.Close()
	}
	if err == nil && w.sketch != nil {
		err = w.sketch.write(sketchFile(w.f.Name()), w.rows)
	}
	if err != nil {
		return DataFile{}, err
	}
	return DataFile{
		Path:   w.f.Name(),
		Size:   w.parquet.Size(),
		Rows:   w.rows,
		Schema: w.schema,
		Stats:  gatherStats(w.schema, w.stats, w.rows),

		sketched: w.sketch != nil,
	}, nil
}

// abandon drops a file that could not be completed.
func (w *fileWriter) abandon() {
	w.drop()
	_ = w.f.Close()
	_ = os.Remove(w.f.Name())
	if w.sketch != nil {
		_ = os.Remove(sketchFile(w.f.Name()))
	}
}

// recoverParquet turns a panic of Arrow's Parquet code, which it uses for corrupt input and failed
// writes, into an error.
func recoverParquet(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("parquet: %v", p)
	}
}
