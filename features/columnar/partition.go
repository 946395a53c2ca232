package columnar

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// sizes are in rows, of the source or of the output.
type sizes struct {
	morsel           int // at least, where there are so many
	record           int // at most, but for customers with more rows than a morsel
	smallPartition   int // below, a partition is not worth its own goroutine
	largestPartition int
}

// measured are the sizes that were fastest: the registers of a morsel fit the second cache level,
// and so does a column of a record, which is worth a page of a file.
var measured = sizes{morsel: 1 << 10, record: 16 << 10, smallPartition: 64 << 10, largestPartition: 1 << 20}

// customerAt is the customer of the i-th row in order.
func (s *store) customerAt(i int) int64 { return s.customer[s.rowAt(i)] }

// rowAt is the row that is the i-th in order.
func (s *store) rowAt(i int) int {
	if s.order == nil {
		return i
	}
	return int(s.order[i])
}

// cut makes partitions of about equal numbers of source rows, and counts the customers. Small tables
// are cut into few partitions, others into several for each worker, so that none waits long at the
// end.
func (r *Result) cut(workers int) {
	s := r.store
	rows := s.rows
	if !r.plan.grouped() {
		rows = 0
		for _, since := range s.release {
			rows += int(max(0, r.plan.to-max(since, r.plan.from)+1))
		}
	}
	n := min(max(4*workers, rows/r.sizes.largestPartition+1), rows/r.sizes.smallPartition+1)
	var cuts []int
	before := int64(0)
	for i := range s.rows {
		customer := s.customerAt(i)
		if i > 0 && customer == before {
			continue
		}
		before = customer
		r.report.Customers++
		if i >= len(cuts)*s.rows/n {
			cuts = append(cuts, i)
		}
	}
	r.partitions = append(cuts, s.rows)
}

// reader computes a partition as it is read.
type reader struct {
	references atomic.Int64
	ctx        context.Context
	result     *Result
	machine    *machine // nil when there is nothing left to read
	from, to   int      // the rows in order that are not computed yet
	ids        []uint32
	record     arrow.Record
	err        error
}

func newReader(ctx context.Context, r *Result, from, to int) *reader {
	out := &reader{ctx: ctx, result: r, machine: r.machines.Get().(*machine), from: from, to: to}
	out.references.Store(1)
	return out
}

func (r *reader) Retain() { r.references.Add(1) }

func (r *reader) Release() {
	if r.references.Add(-1) == 0 {
		r.drop()
		r.end()
	}
}

func (r *reader) Schema() *arrow.Schema { return r.result.plan.schema }
func (r *reader) Record() arrow.Record  { return r.record }
func (r *reader) Err() error            { return r.err }

func (r *reader) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

// end gives the machine back. What its sinks still hold would get into another partition.
func (r *reader) end() {
	if r.machine != nil && r.err == nil && r.from == r.to {
		r.result.machines.Put(r.machine)
	}
	r.machine = nil
}

// Next computes the next record.
func (r *reader) Next() bool {
	r.drop()
	if r.machine == nil {
		return false
	}
	rows, before := 0, r.from
	sizes := r.result.sizes
	for (rows == 0 || rows+sizes.morsel <= sizes.record) && r.from < r.to {
		n, err := r.morsel()
		if err != nil {
			r.err = fmt.Errorf("compute %s: %w", r.result.plan.table.Name, err)
			r.end()
			return false
		}
		rows += n
	}
	r.result.advance(int64(r.from - before))
	if rows == 0 {
		r.end()
		return false
	}
	columns := make([]arrow.Array, len(r.machine.sinks))
	for i, s := range r.machine.sinks {
		columns[i] = s.take()
	}
	r.record = array.NewRecord(r.Schema(), columns, int64(rows))
	for _, c := range columns {
		c.Release()
	}
	return true
}

// advance tells that so many more source rows are computed.
func (r *Result) advance(rows int64) {
	if r.progress == nil || rows == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.computed += rows
	r.progress(Progress{Stage: "compute", Rows: r.computed, Total: r.report.KeptRows})
}

// morsel computes the next rows of whole customers and returns how many rows of output they gave.
func (r *reader) morsel() (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	s, m := r.result.store, r.machine
	if r.result.plan.grouped() {
		r.group(s, m)
	} else {
		r.expand(s, m)
	}
	return m.compute()
}

// group loads the rows of whole customers.
func (r *reader) group(s *store, m *machine) {
	lo := r.from
	hi := min(lo+r.result.sizes.morsel, r.to)
	for hi < r.to && s.customerAt(hi) == s.customerAt(hi-1) {
		hi++
	}
	r.from = hi
	m.rows = hi - lo
	if s.order == nil {
		m.customer.v, m.release = s.customer[lo:hi], s.release[lo:hi]
		for _, l := range m.loaders {
			l.slice(lo, hi)
		}
		return
	}
	ids := s.order[lo:hi]
	customers, releases := m.customer.resize(len(ids)), resized(m.release, len(ids))
	for i, id := range ids {
		customers[i], releases[i] = s.customer[id], s.release[id]
	}
	m.release = releases
	m.gather(ids)
}

// expand loads each row once for every month of the output from its first one on. Rows of the same
// customer give their months side by side, so that the keys stay in order.
func (r *reader) expand(s *store, m *machine) {
	p := r.result.plan
	ids, releases := r.ids[:0], m.release[:0]
	for r.from < r.to && len(ids) < r.result.sizes.morsel {
		lo := r.from
		first := s.release[s.rowAt(lo)]
		for r.from++; r.from < r.to && s.customerAt(r.from) == s.customerAt(lo); r.from++ {
			first = min(first, s.release[s.rowAt(r.from)])
		}
		for month := max(first, p.from); month <= p.to; month++ {
			for i := lo; i < r.from; i++ {
				if id := s.rowAt(i); s.release[id] <= month {
					ids, releases = append(ids, uint32(id)), append(releases, month)
				}
			}
		}
	}
	r.ids, m.release = ids, releases
	m.rows = len(ids)
	customers := m.customer.resize(len(ids))
	for i, id := range ids {
		customers[i] = s.customer[id]
	}
	m.gather(ids)
}
