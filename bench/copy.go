package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"

	"featops/workspaces/delta"
)

// copyBare reads the columns of the source that the table needs, and writes the bytes of the table, with the program's own reader and
// writer, and prints how long that takes by itself. What is written has been read before, outside of the time. Then it copies
// as many bytes as both have in memory, on all threads.
func (t task) copyBare(ctx context.Context) (took sample, err error) {
	source, err := delta.At(filepath.Join(t.Source, t.table().Source.Name)).Snapshot(ctx)
	if err != nil {
		return took, err
	}
	reading, inSource, err := readAll(ctx, source, t.table().Columns().Names())
	if err != nil {
		return took, err
	}
	built, err := delta.At(filepath.Dir(featops{}.files(t))).Snapshot(ctx)
	if err != nil {
		return took, err
	}
	writing, inTable, err := t.writeAgain(ctx, built)
	if err != nil {
		return took, err
	}
	rate := bandwidth(t.Threads)
	took = reading.plus(writing)
	fmt.Printf("  without computing: read %.2f s + write %.2f s = %.2f s, processor time %.2f s + %.2f s (%d MB and %d MB in memory)\n",
		reading.wall.Seconds(), writing.wall.Seconds(), took.wall.Seconds(), reading.cpu.Seconds(), writing.cpu.Seconds(), inSource>>20, inTable>>20)
	fmt.Printf("  memory is copied at %.1f GB/s: as many bytes take %.2f s\n", rate/1e9, float64(inSource+inTable)/rate)
	return took, nil
}

func readAll(ctx context.Context, s *delta.Snapshot, columns []string) (took sample, bytes int64, err error) {
	taking := begin()
	records, err := s.Read(ctx, columns)
	if err != nil {
		return took, 0, err
	}
	defer records.Release()
	for records.Next() {
		bytes += sizeInMemory(records.Record())
	}
	return taking.end(), bytes, records.Err()
}

// writeAgain writes the files of a table once more, as many at a time as there are threads.
func (t task) writeAgain(ctx context.Context, s *delta.Snapshot) (took sample, bytes int64, err error) {
	for first := 0; first < len(s.Files); first += t.Threads {
		files := s.Files[first:min(first+t.Threads, len(s.Files))]
		held := make([][]arrow.Record, len(files))
		for i := range files {
			records, err := s.Only(files[i:i+1]).Read(ctx, nil)
			if err != nil {
				return took, 0, err
			}
			for records.Next() {
				r := records.Record()
				r.Retain()
				held[i] = append(held[i], r)
				bytes += sizeInMemory(r)
			}
			if err := records.Err(); err != nil {
				return took, 0, err
			}
			records.Release()
		}
		taking := begin()
		g, ctx := errgroup.WithContext(ctx)
		for _, records := range held {
			g.Go(func() error {
				r, err := array.NewRecordReader(s.Metadata.Schema, records)
				if err == nil {
					_, err = delta.WriteFiles(ctx, filepath.Join(t.Output, "copy"), r, delta.WriteOptions{})
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return took, 0, err
		}
		took = took.plus(taking.end())
		for _, records := range held {
			for _, r := range records {
				r.Release()
			}
		}
	}
	return took, bytes, nil
}

func sizeInMemory(r arrow.Record) (n int64) {
	for _, c := range r.Columns() {
		n += int64(c.Data().SizeInBytes())
	}
	return n
}

// bandwidth is how many bytes a second threads copy within memory, the best of some times.
func bandwidth(threads int) (best float64) {
	const size = 128 << 20
	type pair struct{ from, to []byte }
	pairs := make([]pair, threads)
	for i := range pairs {
		pairs[i] = pair{make([]byte, size), make([]byte, size)}
		copy(pairs[i].to, pairs[i].from)
	}
	for range 10 {
		begun := time.Now()
		var g errgroup.Group
		for _, p := range pairs {
			g.Go(func() error { copy(p.to, p.from); return nil })
		}
		_ = g.Wait()
		best = max(best, float64(size*threads)/time.Since(begun).Seconds())
	}
	return best
}
