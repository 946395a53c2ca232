package embedded

import (
	"context"
	"fmt"
	"runtime"

	"github.com/apache/arrow/go/v17/arrow"
	"golang.org/x/sync/semaphore"

	"featops/features/columnar"
)

// Memory is what all builds of a process may take together. One half is for what they hold; the other half is for what the
// garbage collector has not taken back yet, and for the rest of the process.
//
// A build begins with a share that is enough for any source, and waits until it is there. It then takes more as it goes on,
// as long as there is more: for goroutines, and for the rows of its source. When it gets no more it sorts these on disk.
type Memory struct {
	pool *semaphore.Weighted
	size int64
}

// NewMemory makes memory of so many bytes.
func NewMemory(bytes int64) *Memory {
	return &Memory{semaphore.NewWeighted(bytes / 2), bytes / 2}
}

const (
	// columnBytes is what a goroutine takes that computes a partition and writes its files, for each column: the rows of a row group,
	// and a quarter of that for the page in the making and for registers. It reads and decodes the source in no more.
	columnBytes = 10 << 16
	// mergeBytes is what one takes that merges a file, for each column: row groups of it, of the new rows (three) and of the new
	// file, and as many on their way from one to the other.
	mergeBytes = 9 * 8 << 16
	// partitionBytes are the rows of a partition that come from disk.
	partitionBytes = 32 << 20
)

// share is what a build has of the memory, until it gives it back.
type share struct {
	memory  *Memory // nil: all that it wants
	taken   int64
	workers int
}

// computeShare waits for the memory to compute the table.
func (s *staged) computeShare(ctx context.Context) (*share, error) {
	columns := len(s.request.Table.Features) + len(mergeKeys)
	return s.share(ctx, int64(columns)*columnBytes+partitionBytes)
}

// mergeShare waits for the memory to merge into a table.
func (s *staged) mergeShare(ctx context.Context, table *arrow.Schema) (*share, error) {
	return s.share(ctx, int64(table.NumFields())*mergeBytes)
}

// share waits for the memory of one goroutine that takes so much, and takes that of further ones, up to the number of
// processors, if it is there.
func (s *staged) share(ctx context.Context, worker int64) (*share, error) {
	m := s.w.options.Memory
	if m == nil {
		return &share{workers: runtime.GOMAXPROCS(0)}, nil
	}
	first := min(worker+m.rows(), m.size)
	if !m.pool.TryAcquire(first) {
		s.log().InfoContext(ctx, "the build waits for memory, which others have")
		if err := m.pool.Acquire(ctx, first); err != nil {
			return nil, fmt.Errorf("table %s: wait for memory: %w", s.request.Table.Name, err)
		}
	}
	out := &share{memory: m, taken: first, workers: 1}
	for out.workers < runtime.GOMAXPROCS(0) && out.taken+worker <= m.size*3/4 && m.pool.TryAcquire(worker) {
		out.taken += worker
		out.workers++
	}
	return out, nil
}

// rows is what a build has for the rows of its source in any case.
func (m *Memory) rows() int64 { return m.size / 16 }

// bound is the memory for the rows of a source, of which those that do not fit go to a directory.
func (s *share) bound(dir string) *columnar.Memory {
	if s.memory == nil {
		return nil
	}
	return &columnar.Memory{Own: s.memory.rows(), More: s.memory.pool, Partition: partitionBytes, Dir: dir}
}

func (s *share) release() {
	if s.memory != nil {
		s.memory.pool.Release(s.taken)
	}
}
