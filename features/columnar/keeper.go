package columnar

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// Memory bounds what a computation holds of its source. What does not fit goes to disk, in parts that are sorted.
type Memory struct {
	Own       int64  // bytes that it may take in any case
	More      Pool   // where it may ask for more; may be nil
	Partition int64  // bytes that a partition may take while it is computed, if its rows come from disk
	Dir       string // for the parts; made if need be. None is left in it after an error, and after Release.
}

// Pool is memory that several computations share.
type Pool interface {
	TryAcquire(bytes int64) bool
	Release(bytes int64)
}

// keeper takes the chunks of a source as they are decoded and puts the rows on disk when there is no room for more.
type keeper struct {
	memory  *Memory // nil: there is room for all
	sizes   sizes
	workers int
	plan    *plan
	report  *Report
	months  [2]int32 // the first and the last release month
	outputs int64    // rows of the output, of a table without event months
	total   int64    // bytes that all kept rows would take

	mu    sync.Mutex
	early map[int]*chunk // of batches before which others are missing
	next  int            // the first batch that has not come
	held  []*piece
	bytes int64 // that the held rows take
	taken int64 // of them, from the pool
	parts []*part
	disk  atomic.Int64 // bytes of the parts
}

func (p *plan) newKeeper(memory *Memory, sizes sizes, workers int, report *Report) *keeper {
	return &keeper{plan: p, memory: memory, sizes: sizes, workers: workers, report: report,
		months: [2]int32{math.MaxInt32, math.MinInt32}, early: map[int]*chunk{}}
}

// take takes a chunk. They may come in any order; those that are kept are in that of the source.
func (k *keeper) take(ctx context.Context, number int, c *chunk) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.early[number] = c
	for {
		c, ok := k.early[k.next]
		if !ok {
			return nil
		}
		delete(k.early, k.next)
		k.next++
		k.tally(c)
		if err := k.keep(ctx, &c.piece); err != nil {
			return err
		}
	}
}

// tally counts the rows of a chunk.
func (k *keeper) tally(c *chunk) {
	k.report.KeptRows += int64(c.rows)
	k.report.BadRows += c.bad
	if c.example != nil && k.report.BadExample == nil {
		k.report.BadExample = c.example
	}
	for _, m := range c.release {
		k.months[0], k.months[1] = min(k.months[0], m), max(k.months[1], m)
	}
	if !k.plan.grouped() {
		for _, since := range c.release {
			k.outputs += int64(max(0, k.plan.to-max(since, k.plan.from)+1))
		}
	}
}

// keep holds rows. When there is no room for them, those that were held go to disk.
func (k *keeper) keep(ctx context.Context, p *piece) error {
	if p.rows == 0 {
		return nil
	}
	size := p.bytes()
	k.total += size
	if len(k.held) > 0 && !k.room(size) {
		if err := k.spill(ctx); err != nil {
			return err
		}
		k.room(size) // a batch is held in any case
	}
	// Small pieces are put together, so that there are not more than have numbers.
	if n := len(k.held); n > 0 && k.held[n-1].rows+p.rows <= k.sizes.piece {
		last := k.held[n-1]
		size = -last.bytes()
		last.append(p)
		size += last.bytes()
	} else {
		k.held = append(k.held, p)
	}
	k.bytes += size
	return nil
}

// room makes room for one more piece of so many bytes, if there is some.
func (k *keeper) room(bytes int64) bool {
	if k.memory == nil {
		return true
	}
	if len(k.held) == maxPieces {
		return false
	}
	more := k.bytes + bytes - k.memory.Own - k.taken
	if more <= 0 {
		return true
	}
	if k.memory.More == nil || !k.memory.More.TryAcquire(more) {
		return false
	}
	k.taken += more
	return true
}

// spill sorts the held rows and puts them on disk.
func (k *keeper) spill(ctx context.Context) error {
	s, err := k.sorted()
	if err != nil {
		return err
	}
	part, err := writePart(ctx, k.memory.Dir, s, k.batchRows())
	if err != nil {
		return fmt.Errorf("sort on disk: put %d rows into %s: %w", s.rows, k.memory.Dir, err)
	}
	k.parts = append(k.parts, part)
	k.disk.Add(part.size)
	k.release()
	return nil
}

// sorted sorts the held rows.
func (k *keeper) sorted() (*store, error) {
	held := k.held
	k.held, k.bytes = nil, 0
	return newStore(held, k.workers)
}

// release gives back what was taken from the pool.
func (k *keeper) release() {
	if k.taken > 0 {
		k.memory.More.Release(k.taken)
		k.taken = 0
	}
}

// partitionRows is how many rows from disk a partition may have.
func (k *keeper) partitionRows() int64 {
	return max(1, k.memory.Partition/(k.total/k.report.KeptRows))
}

// batchRows is how many rows are put on disk, and read, at a time. A partition is of many batches, of which the first and
// the last of each part are only partly its own.
func (k *keeper) batchRows() int {
	const least = 64
	return int(min(int64(k.sizes.diskBatch), max(1, k.partitionRows()/least)))
}

// load reads the rows of a partition from disk and sorts them. Each part has earlier rows of the source than the next one, so
// rows with the same keys stay in the order of the source.
func (k *keeper) load(ctx context.Context, of partition) (*store, error) {
	var pieces []*piece
	for _, p := range k.parts {
		some, err := p.between(ctx, of.first, of.last)
		if err != nil {
			return nil, fmt.Errorf("read sorted rows from disk: %w", err)
		}
		pieces = append(pieces, some...)
	}
	return newStore(pieces, 1)
}

// close drops what is held, and the parts.
func (k *keeper) close() error {
	k.release()
	var errs []error
	for _, p := range k.parts {
		errs = append(errs, p.remove())
	}
	k.parts = nil
	return errors.Join(errs...)
}

// finish completes the report, and fails where too many rows are bad. It puts the rows that are still held on disk if others are
// there.
func (k *keeper) finish(ctx context.Context, allowed float64) error {
	r := k.report
	if k.plan.grouped() && r.KeptRows > 0 {
		r.FirstMonth, r.LastMonth = timeOfDay(firstDay(k.months[0]-1)), timeOfDay(firstDay(k.months[1]-1))
	}
	if rows := r.KeptRows + r.BadRows; float64(r.BadRows) > allowed*float64(rows) {
		return &BadMonthsError{Example: *r.BadExample, Bad: r.BadRows, Rows: rows, Allowed: allowed}
	}
	if len(k.held) > maxPieces {
		return fmt.Errorf("%d rows are more than can be computed in memory: about %d can", r.KeptRows, math.MaxInt32)
	}
	if len(k.parts) > 0 && len(k.held) > 0 {
		if err := k.spill(ctx); err != nil {
			return err
		}
	}
	r.DiskParts, r.DiskBytes = len(k.parts), k.disk.Load()
	return nil
}
