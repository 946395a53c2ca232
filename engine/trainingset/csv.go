package trainingset

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"featops/features/schema"
)

// csvBatch is how many rows make an array.
const csvBatch = 1 << 16

// readCSV reads a whole CSV file: UTF-8, commas, a header. A column gets the narrowest type that every value of it has, and
// an empty cell is null. The reader is read to its end.
func (l *Labels) readCSV(ctx context.Context, in io.Reader) error {
	l.Format = CSV
	buffered := bufio.NewReaderSize(in, 1<<18)
	switch head, _ := buffered.Peek(3); {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = buffered.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errors.New("is UTF-16: convert it to UTF-8")
	}
	rows := csv.NewReader(buffered)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err == io.EOF {
		return errors.New("is empty")
	}
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	columns := make([]*csvColumn, len(header))
	var names []string
	for i, name := range header {
		name = strings.TrimSpace(name)
		if name == "" {
			return fmt.Errorf("header: column %d has no name", i+1)
		}
		if slices.ContainsFunc(names, func(o string) bool { return strings.EqualFold(o, name) }) {
			return fmt.Errorf("header: column %s occurs more than once", name)
		}
		names = append(names, name)
		columns[i] = newCSVColumn()
	}
	n := 0
	for ; ; n++ {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if errors.Is(err, csv.ErrFieldCount) {
			return fmt.Errorf("%w: %d, and the header has %d", err, len(row), len(header))
		}
		if err != nil {
			return err
		}
		for i, c := range columns {
			c.add(row[i])
		}
		if n%csvBatch == csvBatch-1 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	for i, c := range columns {
		kind := c.kind()
		l.Schema = append(l.Schema, schema.Column{Name: names[i], Type: kind})
		l.memory = append(l.memory, c.values(kind))
	}
	whole, err := l.Schema.Arrow()
	if err != nil {
		return err
	}
	l.Fields, l.Rows = whole.Fields(), n
	return nil
}
