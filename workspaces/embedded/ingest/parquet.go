package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
	parquetfile "github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"featops/features/schema"
)

// parquetRows reads the columns asked for, a batch at a time.
type parquetRows struct {
	file    *os.File
	size    int64
	format  format
	records pqarrow.RecordReader
	columns []arrow.Array // of the current batch, those asked for
	at      []int         // their places in the batch
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
	r := &parquetRows{file: file, size: info.Size(), format: f, total: reader.NumRows()}
	// A nested column has a path of several names and no counterpart in a table.
	var present []string
	var leaf []int
	for i := range reader.MetaData().Schema.NumColumns() {
		if path := reader.MetaData().Schema.Column(i).ColumnPath(); len(path) == 1 {
			present, leaf = append(present, path[0]), append(leaf, i)
		}
	}
	places, err := locate(columns, present)
	if err != nil {
		return nil, err
	}
	wanted := make([]int, len(places))
	for i, p := range places {
		wanted[i] = leaf[p]
	}
	slices.Sort(wanted)
	arrows, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{BatchSize: parquetBatch}, memory.DefaultAllocator)
	if err != nil {
		return nil, fmt.Errorf("read the Parquet schema: %w", err)
	}
	if r.records, err = arrows.GetRecordReader(ctx, wanted, nil); err != nil {
		return nil, fmt.Errorf("read the Parquet columns: %w", err)
	}
	for _, p := range places {
		field := r.records.Schema().FieldIndices(present[p])
		if len(field) != 1 {
			return nil, fmt.Errorf("column %s cannot be told from others in the Parquet schema", present[p])
		}
		if _, err := schema.FromArrow(r.records.Schema().Field(field[0]).Type); err != nil {
			return nil, fmt.Errorf("column %s: %w", present[p], err)
		}
		r.at = append(r.at, field[0])
	}
	r.columns = make([]arrow.Array, len(r.at))
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
	batch, err := r.records.Read()
	if errors.Is(err, io.EOF) || err == nil && batch.NumRows() == 0 {
		return fmt.Errorf("damaged Parquet file: ends after %d of %d rows", r.read, r.total)
	}
	if err != nil {
		return fmt.Errorf("damaged Parquet file: %w", err)
	}
	for i, at := range r.at {
		r.columns[i] = batch.Column(at)
	}
	r.row = 0
	r.read++
	return nil
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
	r.records.Release()
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
