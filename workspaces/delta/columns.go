package delta

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"featops/workspaces/delta/pages"
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
// are numbered in the order of the files. Names compare without regard to case. A record is each's until each
// returns.
func (c *Columns) Read(ctx context.Context, file int, columns []string, each func(r arrow.Record, first int64) error) error {
	schema, err := project(c.schema, columns)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.name, err)
	}
	d, first := c.files[file], c.first[file]
	pass, err := d.scan(ctx, schema)
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

// Take gives values of one column of one file to each: those of the rows that wanted, asked for the rows from first up to
// first+rows, names by their numbers in ascending order. An array is each's until each returns.
func (c *Columns) Take(ctx context.Context, file int, column string, wanted func(first, rows int64) []uint32, each func(values arrow.Array, first, rows int64) error) error {
	schema, err := project(c.schema, []string{column})
	if err != nil {
		return fmt.Errorf("read %s: %w", c.name, err)
	}
	d, first := c.files[file], c.first[file]
	for g := range d.parquet.NumRowGroups() {
		rows := d.groupRows(g)
		if numbers := wanted(first, rows); len(numbers) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			in := make([]uint32, len(numbers))
			for i, n := range numbers {
				in[i] = n - uint32(first)
			}
			values, err := d.take(ctx, schema, g, in)
			if err != nil {
				return err
			}
			err = each(values, first, rows)
			values.Release()
			if err != nil {
				return err
			}
		}
		first += rows
	}
	return nil
}

// take returns the values of some rows of a row group.
func (d *dataFile) take(ctx context.Context, schema *arrow.Schema, group int, rows []uint32) (_ arrow.Array, err error) {
	defer recoverReading(d.f.Name(), &err)
	field := schema.Field(0)
	if c := d.column(field.Name); c >= 0 && arrow.TypeEqual(d.schema.Field(c).Type, field.Type) {
		values, ok, err := pages.Take(d.parquet.RowGroup(group), d.arrow.Manifest.Fields[c].ColIndex, field.Type, rows)
		if err != nil {
			return nil, corrupt(d.f.Name(), fmt.Errorf("column %s: %w", field.Name, err))
		}
		if ok {
			return values, nil
		}
	}
	whole, err := d.readGroup(ctx, schema, group)
	if err != nil {
		return nil, err
	}
	defer whole.Release()
	places := make([]place, len(rows))
	for i, row := range rows {
		places[i].row = int32(row)
	}
	return gather(whole.Columns(), places), nil
}

// Close closes the files.
func (c *Columns) Close() error {
	var errs []error
	for _, d := range c.files {
		errs = append(errs, d.close())
	}
	return errors.Join(errs...)
}
