package trainingset

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/workspaces/delta"
)

// writeCSV writes a Parquet file as CSV. Null is an empty cell, an empty text is "".
func writeCSV(ctx context.Context, to io.Writer, path string) error {
	columns, err := delta.OpenParquet(path)
	if err != nil {
		return err
	}
	defer columns.Close()
	out := bufio.NewWriterSize(to, 1<<20)
	var names []string
	var line []byte
	for i, f := range columns.Schema().Fields() {
		names = append(names, f.Name)
		line = appendText(separated(line, i), f.Name)
	}
	out.Write(append(line, '\n'))
	for file := range columns.Files() {
		err := columns.Read(ctx, file, names, func(r arrow.Record, _ int64) error {
			cells := make([]func(line []byte, row int) []byte, r.NumCols())
			for i, c := range r.Columns() {
				cells[i] = cellOf(c)
			}
			for row := range int(r.NumRows()) {
				line = line[:0]
				for i, cell := range cells {
					if line = separated(line, i); r.Column(i).IsValid(row) {
						line = cell(line, row)
					}
				}
				if _, err := out.Write(append(line, '\n')); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

func separated(line []byte, column int) []byte {
	if column == 0 {
		return line
	}
	return append(line, ',')
}

// cellOf appends a value that is not null.
func cellOf(a arrow.Array) func(line []byte, row int) []byte {
	switch a := a.(type) {
	case *array.Int32:
		return func(line []byte, row int) []byte { return strconv.AppendInt(line, int64(a.Value(row)), 10) }
	case *array.Int64:
		return func(line []byte, row int) []byte { return strconv.AppendInt(line, a.Value(row), 10) }
	case *array.Float64:
		return func(line []byte, row int) []byte { return strconv.AppendFloat(line, a.Value(row), 'g', -1, 64) }
	case *array.Boolean:
		return func(line []byte, row int) []byte { return strconv.AppendBool(line, a.Value(row)) }
	case *array.Date32:
		return func(line []byte, row int) []byte { return a.Value(row).ToTime().AppendFormat(line, time.DateOnly) }
	case *array.Timestamp:
		return func(line []byte, row int) []byte {
			return a.Value(row).ToTime(arrow.Microsecond).UTC().AppendFormat(line, "2006-01-02T15:04:05.999999Z07:00")
		}
	}
	return func(line []byte, row int) []byte { return appendText(line, a.ValueStr(row)) }
}

func appendText(line []byte, text string) []byte {
	if text != "" && text[0] != ' ' && !bytes.ContainsAny([]byte(text), ",\"\r\n") {
		return append(line, text...)
	}
	line = append(line, '"')
	for i := range len(text) {
		if text[i] == '"' {
			line = append(line, '"')
		}
		line = append(line, text[i])
	}
	return append(line, '"')
}
