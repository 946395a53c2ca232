package ingest

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
	parquetfile "github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"featops/features/schema"
)

// parquetRows reads the columns asked for, a batch at a time, one after another in the caller's goroutine: Arrow's
// own record reader starts goroutines, in which a panic on a damaged file would end the process.
type parquetRows struct {
	file    *os.File
	size    int64
	format  format
	readers []*pqarrow.ColumnReader
	columns []arrow.Array // of the current batch
	row     int           // in the batch
	read    int64         // rows given out, the current one included
	total   int64
}

// parquetBatch is the number of rows that are decoded at a time.
const parquetBatch = 16 * 1024

func openParquet(ctx context.Context, file *os.File, f format, columns []string) (in rows, err error) {
	defer corrupt(&err)
	reader, err := parquetfile.NewParquetReader(file)
	if err != nil {
		return nil, fmt.Errorf("is no readable Parquet file: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	arrows, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{BatchSize: parquetBatch}, memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("read the Parquet schema: %w", err)
	}
	// A nested column has no counterpart in a table.
	var present []string
	var leaves []int
	for i, field := range arrows.Manifest.Fields {
		if len(field.Children) == 0 {
			present, leaves = append(present, field.Field.Name), append(leaves, i)
		}
	}
	places, err := locate(columns, present)
	if err != nil {
		return nil, err
	}
	r := &parquetRows{file: file, size: info.Size(), format: f, total: reader.NumRows(), columns: make([]arrow.Array, len(places))}
	for _, p := range places {
		field := arrows.Manifest.Fields[leaves[p]]
		if _, err := schema.FromArrow(field.Field.Type); err != nil {
			return nil, fmt.Errorf("column %s: %w", present[p], err)
		}
		groups := make([]int, reader.NumRowGroups()) // each reader takes them off its own list
		for g := range groups {
			groups[g] = g
		}
		column, err := arrows.GetFieldReader(ctx, leaves[p], map[int]bool{field.ColIndex: true}, groups)
		if err != nil {
			return nil, fmt.Errorf("read the Parquet column %s: %w", present[p], err)
		}
		r.readers = append(r.readers, column)
	}
	return r, nil
}

// corrupt turns a panic of the Parquet library, which damaged pages can cause, into an error.
func corrupt(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("damaged Parquet file: %v", p)
	}
}

func (r *parquetRows) next() (err error) {
	defer corrupt(&err)
	if r.row++; r.columns[0] != nil && r.row < r.columns[0].Len() {
		r.read++
		return nil
	}
	if r.read == r.total {
		return io.EOF
	}
	r.drop()
	n := min(r.total-r.read, parquetBatch)
	for i, reader := range r.readers {
		chunks, err := reader.NextBatch(n)
		if err != nil {
			return fmt.Errorf("damaged Parquet file: %w", err)
		}
		if int64(chunks.Len()) != n {
			return fmt.Errorf("damaged Parquet file: ends after %d of %d rows", r.read+int64(chunks.Len()), r.total)
		}
		if r.columns[i], err = array.Concatenate(chunks.Chunks(), memory.DefaultAllocator); err != nil {
			return err
		}
		chunks.Release()
	}
	r.row = 0
	r.read++
	return nil
}

// drop lets the current batch go.
func (r *parquetRows) drop() {
	for i, c := range r.columns {
		if c != nil {
			c.Release()
			r.columns[i] = nil
		}
	}
}

func (r *parquetRows) place() string { return fmt.Sprintf("row %d", r.read) }

// bytes are estimated from the rows: the library reads ahead and more than once.
func (r *parquetRows) bytes() int64 {
	if r.total == 0 {
		return r.size
	}
	return int64(float64(r.size) * float64(r.read) / float64(r.total))
}

func (r *parquetRows) close() error {
	r.drop()
	for _, reader := range r.readers {
		reader.Release()
	}
	return r.file.Close()
}

func (r *parquetRows) cell(i int) cell {
	c := arrowCell(r.columns[i], r.row)
	if c.kind == text && r.format.null(c.s) || c.kind == number && finite(c.f) != nil && r.format.null(c.String()) {
		return cell{}
	}
	return c
}

// arrowCell is one value of a column whose type has a counterpart in package schema.
func arrowCell(a arrow.Array, i int) cell {
	if a.IsNull(i) {
		return cell{}
	}
	switch a := a.(type) {
	case *array.Boolean:
		return boolCell(a.Value(i))
	case *array.Int8:
		return cell{kind: integer, i: int64(a.Value(i))}
	case *array.Int16:
		return cell{kind: integer, i: int64(a.Value(i))}
	case *array.Int32:
		return cell{kind: integer, i: int64(a.Value(i))}
	case *array.Int64:
		return cell{kind: integer, i: a.Value(i)}
	case *array.Uint8:
		return cell{kind: integer, i: int64(a.Value(i))}
	case *array.Uint16:
		return cell{kind: integer, i: int64(a.Value(i))}
	case *array.Uint32:
		return cell{kind: integer, i: int64(a.Value(i))}
	case *array.Float32:
		return cell{kind: number, f: float64(a.Value(i))}
	case *array.Float64:
		return cell{kind: number, f: a.Value(i)}
	case *array.String:
		return textCell(a.Value(i))
	case *array.LargeString:
		return textCell(a.Value(i))
	case *array.Date32:
		return timeCell(a.Value(i).ToTime())
	case *array.Date64:
		return timeCell(a.Value(i).ToTime())
	case *array.Timestamp:
		return timeCell(a.Value(i).ToTime(a.DataType().(*arrow.TimestampType).Unit))
	case *array.Decimal128:
		return decimalCell(a.Value(i), a.DataType().(*arrow.Decimal128Type).Scale)
	case *array.Dictionary:
		return arrowCell(a.Dictionary(), a.GetValueIndex(i))
	}
	panic(fmt.Sprintf("type %s has no value", a.DataType()))
}

// decimalCell is a DECIMAL as the nearest DOUBLE, or as an integer where it has no decimals. The
// library's own conversion multiplies with a rounded power of ten and can miss by a bit.
func decimalCell(n decimal128.Num, scale int32) cell {
	digits := n.BigInt()
	if scale == 0 && digits.IsInt64() {
		return cell{kind: integer, i: digits.Int64()}
	}
	// 38 digits are within the range of a DOUBLE.
	f, _ := strconv.ParseFloat(fmt.Sprintf("%se%d", digits, -scale), 64)
	return cell{kind: number, f: f}
}
