package delta

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"github.com/google/uuid"
)

// stickySink is the file below a Parquet writer. Arrow's writer drops some of the errors of the
// sink below it (those of row groups and of the footer), so the first one is kept here.
type stickySink struct {
	out *bufio.Writer
	n   int64
	err error
}

func (s *stickySink) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.out.Write(p)
	s.n, s.err = s.n+int64(n), err
	return n, err
}

// fileWriter writes one Parquet file and gathers its statistics.
type fileWriter struct {
	f       *os.File
	sink    *stickySink
	parquet *file.Writer
	group   file.BufferedRowGroupWriter // nil between row groups
	schema  *arrow.Schema
	stats   []columnStats
	levels  []int16 // definition levels of one column, reused
	rows    int64
	inGroup int64
}

func newFileWriter(dir string, part int, schema *arrow.Schema) (_ *fileWriter, err error) {
	defer recoverParquet(&err)
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithStats(true),
		parquet.WithCreatedBy("featops"),
		parquet.WithBatchSize(8192),
	}
	optional := make([]arrow.Field, schema.NumFields())
	for i, f := range schema.Fields() {
		// Distinct doubles gain nothing from a dictionary, and building one costs more than encoding.
		if id := f.Type.ID(); id == arrow.FLOAT64 || id == arrow.FLOAT32 || id == arrow.TIMESTAMP {
			options = append(options, parquet.WithDictionaryFor(f.Name, false))
		}
		optional[i] = arrow.Field{Name: f.Name, Type: f.Type, Nullable: true}
	}
	properties := parquet.NewWriterProperties(options...)
	stored, err := pqarrow.ToParquet(arrow.NewSchema(optional, nil), properties, pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("part-%05d-%s-c000.snappy.parquet", part, uuid.New())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	sink := &stickySink{out: bufio.NewWriterSize(f, 1<<18)}
	return &fileWriter{
		f:       f,
		sink:    sink,
		parquet: file.NewParquetWriter(sink, stored.Root(), file.WithWriterProps(properties)),
		schema:  schema,
		stats:   make([]columnStats, schema.NumFields()),
	}, nil
}

// write adds the rows of a record that has exactly the writer's schema.
func (w *fileWriter) write(ctx context.Context, record arrow.Record) (err error) {
	defer recoverParquet(&err)
	ctx = pqarrow.NewArrowWriteContext(ctx, nil)
	for from := int64(0); from < record.NumRows(); {
		if w.group == nil {
			w.group, w.inGroup = w.parquet.AppendBufferedRowGroup(), 0
		}
		to := min(record.NumRows(), from+rowGroupRows-w.inGroup)
		for i := range w.schema.NumFields() {
			part := array.NewSlice(record.Column(i), from, to)
			err := w.writeColumn(ctx, i, part)
			part.Release()
			if err != nil {
				return fmt.Errorf("column %s: %w", w.schema.Field(i).Name, err)
			}
		}
		w.inGroup += to - from
		w.rows += to - from
		if from = to; w.inGroup == rowGroupRows {
			if err := w.closeGroup(); err != nil {
				return err
			}
		}
	}
	return w.sink.err
}

func (w *fileWriter) writeColumn(ctx context.Context, i int, part arrow.Array) error {
	w.stats[i].update(part)
	column, err := w.group.Column(i)
	if err != nil {
		return err
	}
	// Flat optional columns have level 1 where there is a value and 0 where there is none; asking
	// Arrow to derive that for nested columns is what makes its own record writer slow.
	w.levels = w.levels[:0]
	nulls := part.NullN() > 0
	for row := range part.Len() {
		level := int16(1)
		if nulls && part.IsNull(row) {
			level = 0
		}
		w.levels = append(w.levels, level)
	}
	return pqarrow.WriteArrowToColumn(ctx, column, part, w.levels, nil, true)
}

func (w *fileWriter) closeGroup() error {
	err := w.group.Close()
	w.group = nil
	return errors.Join(err, w.sink.err)
}

// close completes the file and makes it durable.
func (w *fileWriter) close() (f DataFile, err error) {
	defer recoverParquet(&err)
	if w.group != nil {
		if err := w.closeGroup(); err != nil {
			return DataFile{}, err
		}
	}
	err = errors.Join(w.parquet.Close(), w.sink.err)
	if err == nil {
		err = w.sink.out.Flush()
	}
	if err == nil {
		err = w.f.Sync()
	}
	if err == nil {
		err = w.f.Close()
	}
	if err != nil {
		return DataFile{}, err
	}
	return DataFile{
		Path:   w.f.Name(),
		Size:   w.sink.n,
		Rows:   w.rows,
		Schema: w.schema,
		Stats:  gatherStats(w.schema, w.stats, w.rows),
	}, nil
}

// abandon drops a file that could not be completed.
func (w *fileWriter) abandon() {
	_ = w.f.Close()
	_ = os.Remove(w.f.Name())
}

// recoverParquet turns a panic of Arrow's Parquet code, which it uses for corrupt input and failed
// writes, into an error.
func recoverParquet(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("parquet: %v", p)
	}
}
