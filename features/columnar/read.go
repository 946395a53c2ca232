package columnar

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"
)

// batch is a piece of the source on its way to a decoder.
type batch struct {
	number int
	first  int64 // its first row in the source, counted from 1
	record arrow.Record
}

// read reads the source to its end, decoding with several goroutines, each of which hands over the kept rows of a batch of at
// most so many rows, and its number. It returns the number of rows.
func (p *plan) read(ctx context.Context, source array.RecordReader, most, workers int, progress func(rows int64), take func(ctx context.Context, number int, c *chunk) error) (rows int64, err error) {
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan batch)
	group.Go(func() (err error) {
		defer close(work)
		defer recovered(&err)
		number := 0
		for source.Next() {
			record := source.Record()
			for from := int64(0); from < record.NumRows(); from += int64(most) {
				b := batch{number, rows + 1, record.NewSlice(from, min(from+int64(most), record.NumRows()))}
				number++
				rows += b.record.NumRows()
				select {
				case work <- b:
				case <-ctx.Done():
					b.record.Release()
					return ctx.Err()
				}
				progress(rows)
			}
		}
		return source.Err()
	})
	for range workers {
		group.Go(func() (err error) {
			defer recovered(&err)
			d := p.newDecoder()
			for b := range work {
				c, err := d.decode(b.record, b.first)
				b.record.Release()
				if err != nil {
					return fmt.Errorf("rows from %d: %w", b.first, err)
				}
				if err := take(ctx, b.number, c); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return rows, group.Wait()
}

// recovered turns a panic of a goroutine into its error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}
