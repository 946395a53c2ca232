// Package ingest reads a CSV or Parquet file of somebody else's shape as a source table. A mapping,
// a TOML file, says for each column of the table where its values come from and how they are
// converted.
//
// # A mapping
//
//	table  = "pagos"            # the source table
//	absent = ["cuota_mensual"]  # its columns that the file has nothing for: null
//
//	[file]                      # how to read text; these are the defaults
//	delimiter   = ","           # CSV only
//	decimal     = "."
//	null_values = [""]
//
//	[[month]]                   # only for files with a column a month: one such table a month
//	period  = "2005-09"
//	columns = { status = "X6", bill = "X12" }
//
//	[columns.id_cliente]        # one such table a column
//	column = "ID"
//
// Every column of the table has a rule or is listed as absent: nothing is null by accident.
//
// # A rule
//
// A rule has one source of the cell:
//
//   - column: a column of the file;
//   - month_column: a name that every [[month]] gives to a column of its own;
//   - period: true for the month itself, as yyyy-MM in a STRING and as the first day in a DATE
//     or TIMESTAMP;
//   - value: a constant.
//
// Then at most two steps, in this order. Null stays null through all of them.
//
//   - scale, offset, min, max: the number x becomes scale·x + offset, kept within min and max.
//   - One of:
//     map: texts to values, with otherwise = "error" (default), "null" or "keep" (the text as it
//     is), or otherwise_value, for texts that are not listed; not after numbers were scaled;
//     compare: "<= 0" and the like, a number to a BOOLEAN;
//     cuts: thresholds on a number; the value of the highest cut that is not above the number
//     counts, and the value of below under all of them;
//     year_day: "07-01" takes the number as a year and gives this day of it;
//     format: a pattern (yyyy yy MM dd HH mm ss and punctuation) by which text is read as a date or
//     time, UTC; and write: the pattern by which a date becomes text again.
//
// The result must be exactly a value of the column's type. A file with months gives one row for
// each of its rows and each month, in the order of the mapping; other files one row for each row.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
	"featops/features/schema"
)

// ErrEmpty says that the file has no rows.
var ErrEmpty = errors.New("no rows")

// Open reads a CSV or Parquet file through a mapping, in batches with the columns and types of the
// target. A name that ends in .parquet, or a file that begins as Parquet files do, is Parquet; any
// other is CSV, UTF-8 with a header.
//
// progress, which may be nil, is told after every batch the rows given out, and the bytes read out
// of the bytes of the file. The reader's Err is a *CellError for a cell that the mapping does not
// allow, and wraps ErrEmpty for a file without rows. The caller releases the reader, which
// closes the file.
func Open(ctx context.Context, m Mapping, file string, target features.Source,
	progress func(rows, bytesRead, bytesTotal int64)) (array.RecordReader, error) {
	columns, err := m.compile(target)
	if err != nil {
		return nil, err
	}
	arrowSchema, err := target.Columns.Arrow()
	if err != nil {
		return nil, fmt.Errorf("ingest %s: %w", target.Name, err)
	}
	in, err := openRows(ctx, file, m.format, m.fileColumns())
	if err != nil {
		return nil, fmt.Errorf("ingest %s from %s: %w", target.Name, file, err)
	}
	return newReader(ctx, in, file, m, columns, target, arrowSchema, progress), nil
}

// rows is a file, row by row.
type rows interface {
	// next moves to the next row. It returns io.EOF after the last.
	next() error
	// cell is the value in the i-th of the columns asked for. Its text is valid until next.
	cell(i int) cell
	// place is where the current row is, as `line 17` or `row 16`.
	place() string
	// bytes are those read until now.
	bytes() int64
	close() error
}

// openRows opens a file and finds the named columns in it.
func openRows(ctx context.Context, path string, f format, columns []string) (rows, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in, err := readRows(ctx, file, f, columns)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return in, nil
}

func readRows(ctx context.Context, file *os.File, f format, columns []string) (rows, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("is a directory: name one CSV or Parquet file")
	}
	if info.Size() == 0 {
		return nil, ErrEmpty
	}
	var magic [4]byte
	if _, err := file.ReadAt(magic[:], 0); err != nil && err != io.EOF {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(file.Name()), ".parquet") || string(magic[:]) == "PAR1" {
		return openParquet(ctx, file, f, columns)
	}
	return openCSV(file, f, columns)
}

// locate returns the place of each wanted column among the columns of a file, whose names
// compare without regard to case.
func locate(wanted, present []string) ([]int, error) {
	at := make([]int, len(wanted))
	var missing []string
	for i, name := range wanted {
		same := func(p string) bool { return strings.EqualFold(p, name) }
		if at[i] = slices.IndexFunc(present, same); at[i] < 0 {
			missing = append(missing, name)
		} else if slices.ContainsFunc(present[at[i]+1:], same) {
			return nil, fmt.Errorf("column %s occurs more than once in the header %s", name, strings.Join(present, ", "))
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("no column %s: the file has %s", strings.Join(missing, ", "), strings.Join(present, ", "))
	}
	return at, nil
}

// CellError is a cell that the mapping does not allow. The error that wraps it names the file.
type CellError struct {
	Place  string // the line of a CSV file, the row of a Parquet file
	Column string // of the file
	Value  string
	Target schema.Column // what it was to become
	Err    error         // what is wrong with it
}

func (e *CellError) Error() string {
	return fmt.Sprintf("%s, column %s: %q for %s %s: %v",
		e.Place, e.Column, e.Value, e.Target.Name, e.Target.Type, e.Err)
}

func (e *CellError) Unwrap() error { return e.Err }
