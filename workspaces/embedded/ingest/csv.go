package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// csvRows reads CSV as RFC 4180 has it, lines ending in LF or CRLF.
type csvRows struct {
	file   *os.File
	count  *counter
	csv    *csv.Reader
	format format
	at     []int // place in a row of each column asked for
	row    []string
}

func openCSV(file *os.File, f format, columns []string) (rows, error) {
	count := &counter{in: file}
	in := bufio.NewReaderSize(count, 1<<16)
	switch head, _ := in.Peek(3); {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return nil, errors.New("is UTF-16: convert it to UTF-8")
	}
	r := &csvRows{file: file, count: count, csv: csv.NewReader(in), format: f}
	r.csv.Comma = f.delimiter
	r.csv.ReuseRecord = true
	header, err := r.csv.Read()
	if err == io.EOF {
		return nil, ErrEmpty
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	present := make([]string, len(header))
	for i, name := range header {
		present[i] = strings.TrimSpace(name)
	}
	r.at, err = locate(columns, present)
	return r, err
}

func (r *csvRows) next() error {
	row, err := r.csv.Read()
	if errors.Is(err, csv.ErrFieldCount) {
		return fmt.Errorf("%w: %d, and the header has %d", err, len(row), r.csv.FieldsPerRecord)
	}
	r.row = row
	return err
}

func (r *csvRows) cell(i int) cell {
	s := r.row[r.at[i]]
	if r.format.null(s) {
		return cell{}
	}
	return textCell(s)
}

func (r *csvRows) place() string {
	line, _ := r.csv.FieldPos(0)
	return fmt.Sprintf("line %d", line)
}

func (r *csvRows) bytes() int64 { return r.count.n }
func (r *csvRows) close() error { return r.file.Close() }

// counter counts the bytes that are read.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
