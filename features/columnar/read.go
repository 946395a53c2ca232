package columnar

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"
)

// store is the kept rows of a source: the keys here, the other columns in the fields of the plan.
type store struct {
	customer []int64
	release  []int32  // as in chunk
	order    []uint32 // the rows by customer and release month; nil where they are so already
	rows     int
}

// batch is a piece of the source on its way to a decoder.
type batch struct {
	number int
	first  int64 // its first row in the source, counted from 1
	record arrow.Record
}

// read reads the source to its end, decoding with several goroutines. It fills the fields of the
// plan and the rows of the report.
func (p *plan) read(ctx context.Context, source array.RecordReader, workers int, allowed float64, progress func(rows int64), report *Report) (*store, error) {
	group, ctx := errgroup.WithContext(ctx)
	work := make(chan batch)
	group.Go(func() (err error) {
		defer close(work)
		defer recovered(&err)
		number, rows := 0, int64(0)
		for source.Next() {
			b := batch{number, rows + 1, source.Record()}
			b.record.Retain()
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
		report.SourceRows = rows
		return source.Err()
	})
	decoded := make([]map[int]*chunk, workers)
	for w := range workers {
		decoded[w] = map[int]*chunk{}
		group.Go(func() (err error) {
			defer recovered(&err)
			d := p.newDecoder()
			for b := range work {
				c, err := d.decode(b.record, b.first)
				b.record.Release()
				if err != nil {
					return fmt.Errorf("rows from %d: %w", b.first, err)
				}
				decoded[w][b.number] = c
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	chunks := inOrder(decoded)
	if err := p.tally(chunks, allowed, report); err != nil {
		return nil, err
	}
	return p.joined(chunks, workers)
}

// tally counts rows for the report and fails where too many are bad.
func (p *plan) tally(chunks []*chunk, allowed float64, report *Report) error {
	first, last := int32(math.MaxInt32), int32(math.MinInt32)
	for _, c := range chunks {
		report.KeptRows += int64(c.rows)
		report.BadRows += c.bad
		if c.example != nil && report.BadExample == nil {
			report.BadExample = c.example
		}
		for _, m := range c.release {
			first, last = min(first, m), max(last, m)
		}
	}
	if p.grouped() && report.KeptRows > 0 {
		report.FirstMonth, report.LastMonth = timeOfDay(firstDay(first-1)), timeOfDay(firstDay(last-1))
	}
	if rows := report.KeptRows + report.BadRows; float64(report.BadRows) > allowed*float64(rows) {
		return &BadMonthsError{Example: *report.BadExample, Bad: report.BadRows, Rows: rows, Allowed: allowed}
	}
	if report.KeptRows > math.MaxUint32 {
		return fmt.Errorf("%d rows: at most %d can be computed at a time", report.KeptRows, math.MaxUint32)
	}
	return nil
}

// recovered turns a panic of a goroutine into its error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

func inOrder(decoded []map[int]*chunk) []*chunk {
	n := 0
	for _, some := range decoded {
		n += len(some)
	}
	chunks := make([]*chunk, n)
	for _, some := range decoded {
		for number, c := range some {
			chunks[number] = c
		}
	}
	return chunks
}
