package delta

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"golang.org/x/sync/errgroup"

	"featops/workspaces/delta/pages"
)

// batchRows is how many rows are read at once.
const batchRows = 1 << 16

// dataFile is an open Parquet file. Its columns are read side by side, and not by Arrow's own record
// reader: in its goroutines a panic on a corrupt file would end the process.
type dataFile struct {
	f       *os.File
	parquet *file.Reader
	arrow   *pqarrow.FileReader
	schema  *arrow.Schema
	notes   metadata.KeyValueMetadata // that the writer left in the footer
}

func openDataFile(path string) (_ *dataFile, err error) {
	defer recoverReading(path, &err)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	d := &dataFile{f: f}
	defer func() {
		if d.schema == nil {
			_ = f.Close()
		}
	}()
	if d.parquet, err = file.NewParquetReader(f); err != nil {
		return nil, corrupt(path, err)
	}
	// The Arrow schema that a writer may have stored with the file names types of its own choice
	// (views, dictionaries); the table's schema is what counts.
	d.notes = d.parquet.MetaData().KeyValueMetadata()
	d.parquet.MetaData().FileMetaData.KeyValueMetadata = nil
	if d.arrow, err = pqarrow.NewFileReader(d.parquet, pqarrow.ArrowReadProperties{BatchSize: batchRows}, memory.DefaultAllocator); err != nil {
		return nil, corrupt(path, err)
	}
	schema, err := d.arrow.Schema()
	if err != nil {
		return nil, corrupt(path, err)
	}
	d.schema = schema
	return d, nil
}

// recoverReading is recoverParquet for a file that is being read, which the error names.
func recoverReading(path string, err *error) {
	if p := recover(); p != nil {
		*err = corrupt(path, fmt.Errorf("parquet: %v", p))
	}
}

func corrupt(path string, err error) error {
	return fmt.Errorf("corrupt Parquet file %s: %w", path, err)
}

func (d *dataFile) close() error { return d.f.Close() }

func (d *dataFile) rows() int64 { return d.parquet.NumRows() }

// column returns the place of the named column, or -1.
func (d *dataFile) column(name string) int {
	for i, f := range d.schema.Fields() {
		if f.Name == name {
			return i
		}
	}
	for i, f := range d.schema.Fields() {
		if strings.EqualFold(f.Name, name) {
			return i
		}
	}
	return -1
}

// nulls returns the number of null values of a column by the statistics of its row groups, and
// whether all of them have any.
func (d *dataFile) nulls(column int) (n int64, ok bool, err error) {
	defer recoverReading(d.f.Name(), &err)
	for g := range d.parquet.NumRowGroups() {
		chunk, err := d.parquet.RowGroup(g).MetaData().ColumnChunk(column)
		if err != nil {
			return 0, false, corrupt(d.f.Name(), err)
		}
		if set, err := chunk.StatsSet(); err != nil || !set {
			return 0, false, nil
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasNullCount() {
			return 0, false, nil
		}
		n += stats.NullCount()
	}
	return n, true, nil
}

// scan is a pass over some columns of a file under a schema.
type scan struct {
	file    *dataFile
	schema  *arrow.Schema
	columns []columnReader // nil for a column that the file does not have
	left    int64          // rows not read yet
	batch   int64          // rows of a record
}

// scan begins a pass that delivers records of the given schema. The file's columns are found by
// name and widened; the ones it does not have are null.
func (d *dataFile) scan(ctx context.Context, schema *arrow.Schema) (*scan, error) {
	return d.scanGroups(ctx, schema, d.groups(), batchRows)
}

// readGroup returns all rows of one row group under the given schema.
func (d *dataFile) readGroup(ctx context.Context, schema *arrow.Schema, group int) (arrow.Record, error) {
	pass, err := d.scanGroups(ctx, schema, []int{group}, d.groupRows(group))
	if err != nil {
		return nil, err
	}
	defer pass.release()
	return pass.next(ctx)
}

// groups are the numbers of all row groups.
func (d *dataFile) groups() []int {
	groups := make([]int, d.parquet.NumRowGroups())
	for i := range groups {
		groups[i] = i
	}
	return groups
}

func (d *dataFile) groupRows(group int) int64 { return d.parquet.MetaData().RowGroup(group).NumRows() }

func (d *dataFile) scanGroups(ctx context.Context, schema *arrow.Schema, groups []int, batch int64) (_ *scan, err error) {
	defer recoverReading(d.f.Name(), &err)
	s := &scan{file: d, schema: schema, columns: make([]columnReader, schema.NumFields()), batch: batch}
	for _, g := range groups {
		s.left += d.groupRows(g)
	}
	for i, f := range schema.Fields() {
		c := d.column(f.Name)
		if c < 0 {
			continue
		}
		field := d.arrow.Manifest.Fields[c]
		if len(field.Children) > 0 {
			return nil, fmt.Errorf("%s: column %s is nested in the file, and %s in the table", d.f.Name(), f.Name, f.Type)
		}
		// Each reader takes the groups off its own list.
		own := append([]int(nil), groups...)
		if d.parquet.MetaData().Schema.Column(field.ColIndex).PhysicalType() == parquet.Types.Int96 {
			s.columns[i] = &int96Reader{parquet: d.parquet, column: field.ColIndex, groups: own}
			continue
		}
		kind := d.schema.Field(c).Type
		if arrow.TypeEqual(f.Type, pages.Texts) && kind.ID() == arrow.STRING {
			kind = pages.Texts
		}
		if column, ok := pages.NewColumn(d.parquet, field.ColIndex, kind, own); ok {
			s.columns[i] = column
			continue
		}
		column, err := d.arrow.GetFieldReader(ctx, c, map[int]bool{field.ColIndex: true}, own)
		if err != nil {
			return nil, corrupt(d.f.Name(), fmt.Errorf("column %s: %w", f.Name, err))
		}
		s.columns[i] = column
	}
	return s, nil
}

// next returns up to batch further rows, nil after the last one. The caller releases them.
func (s *scan) next(ctx context.Context) (_ arrow.Record, err error) {
	if s.left == 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n := min(s.left, s.batch)
	columns, errs := make([]arrow.Array, len(s.columns)), make([]error, len(s.columns))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range columns {
		group.Go(func() error {
			columns[i], errs[i] = s.nextColumn(ctx, i, n)
			return nil
		})
	}
	_ = group.Wait() // the errors are told in the order of the columns
	for i, err := range errs {
		if err != nil {
			return nil, corrupt(s.file.f.Name(), fmt.Errorf("column %s: %w", s.schema.Field(i).Name, err))
		}
	}
	s.left -= n
	return array.NewRecord(s.schema, columns, n), nil
}

func (s *scan) nextColumn(ctx context.Context, i int, n int64) (_ arrow.Array, err error) {
	defer recoverParquet(&err)
	to := s.schema.Field(i).Type
	if s.columns[i] == nil {
		return array.MakeArrayOfNull(memory.DefaultAllocator, to, int(n)), nil
	}
	chunks, err := s.columns[i].NextBatch(n)
	if err != nil {
		return nil, err
	}
	defer chunks.Release()
	if int64(chunks.Len()) != n {
		return nil, fmt.Errorf("it ends early: %d of %d rows are there", chunks.Len(), n)
	}
	whole := chunks.Chunk(0)
	if len(chunks.Chunks()) > 1 {
		if whole, err = array.Concatenate(chunks.Chunks(), memory.DefaultAllocator); err != nil {
			return nil, err
		}
		defer whole.Release()
	}
	out, err := convert(ctx, whole, to)
	if err != nil {
		return nil, fmt.Errorf("the file's %w", err)
	}
	return out, nil
}

// skipTo passes over batches until the next one begins at a row of the file.
func (s *scan) skipTo(ctx context.Context, row int) error {
	for s.file.rows()-s.left < int64(row) {
		r, err := s.next(ctx)
		if err != nil {
			return err
		}
		r.Release()
	}
	return nil
}

func (s *scan) release() {
	for _, c := range s.columns {
		if c != nil {
			c.Release()
		}
	}
}
