package delta

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
)

// Columns reads columns again and again, a file at a time, with the files held open. Its methods may be called from
// several goroutines at once.
type Columns struct {
	name   string // for errors
	schema *arrow.Schema
	files  []*dataFile
	first  []int64 // the number of each file's first row
	rows   int64
}

// OpenColumns opens the files of the snapshot. The caller closes them.
func (s *Snapshot) OpenColumns() (*Columns, error) {
	c := &Columns{name: fmt.Sprintf("%s version %d", s.path, s.Version), schema: s.Metadata.Schema}
	for _, f := range s.Files {
		d, err := s.open(f)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.add(d)
	}
	return c, nil
}

// OpenParquet opens a Parquet file that belongs to no table. Its columns have the types that they would have in one; a
// timestamp without a time zone is taken for UTC.
func OpenParquet(path string) (*Columns, error) {
	d, err := openDataFile(path)
	if err != nil {
		return nil, err
	}
	c := &Columns{name: path}
	c.add(d)
	fields := d.schema.Fields()
	for i, f := range fields {
		if t, ok := f.Type.(*arrow.TimestampType); ok && t.TimeZone == "" {
			fields[i].Type = &arrow.TimestampType{Unit: t.Unit, TimeZone: "UTC"}
		}
	}
	if c.schema, err = canonical(arrow.NewSchema(fields, nil)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), c.Close())
	}
	return c, nil
}

func (c *Columns) add(d *dataFile) {
	c.files, c.first = append(c.files, d), append(c.first, c.rows)
	c.rows += d.rows()
}

// Schema is that of all columns.
func (c *Columns) Schema() *arrow.Schema { return c.schema }

// Rows is the number of rows in all files.
func (c *Columns) Rows() int64 { return c.rows }

// Files is the number of files.
func (c *Columns) Files() int { return len(c.files) }

// Read gives the rows of some columns of one file to each, with the number of the first of them, by which all rows
// are numbered in the order of the files. Names compare without regard to case. Row groups that wanted, which may be
// nil, does not want are left out. A record is each's until each returns.
func (c *Columns) Read(ctx context.Context, file int, columns []string, wanted func(first, rows int64) bool, each func(r arrow.Record, first int64) error) error {
	schema, err := project(c.schema, columns)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.name, err)
	}
	d, first := c.files[file], c.first[file]
	for g := range d.parquet.NumRowGroups() {
		rows := d.groupRows(g)
		if wanted == nil || wanted(first, rows) {
			if err := d.readEach(ctx, schema, g, first, each); err != nil {
				return err
			}
		}
		first += rows
	}
	return nil
}

// readEach gives the rows of a row group to each, in batches.
func (d *dataFile) readEach(ctx context.Context, schema *arrow.Schema, group int, first int64, each func(arrow.Record, int64) error) error {
	pass, err := d.scanGroups(ctx, schema, []int{group}, batchRows)
	if err != nil {
		return err
	}
	defer pass.release()
	for {
		r, err := pass.next(ctx)
		if r == nil || err != nil {
			return err
		}
		err = each(r, first)
		first += r.NumRows()
		r.Release()
		if err != nil {
			return err
		}
	}
}

// Close closes the files.
func (c *Columns) Close() error {
	var errs []error
	for _, d := range c.files {
		errs = append(errs, d.close())
	}
	return errors.Join(errs...)
}
