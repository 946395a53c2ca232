package columnar

import (
	"cmp"
	"math"
	"slices"
)

// sizes are in rows, of the source or of the output.
type sizes struct {
	morsel           int // at least, where there are so many
	record           int // at most, but for customers with more rows than a morsel
	smallPartition   int // below, a partition is not worth its own goroutine
	largestPartition int
	diskBatch        int // at most, of what is read from disk at once
	piece            int // at most, of the source's rows that stay together
}

// measured are the sizes that were fastest: the registers of a morsel fit the second cache level,
// and so does a column of a record, which is worth a page of a file.
var measured = sizes{morsel: 1 << 10, record: 16 << 10, smallPartition: 64 << 10, largestPartition: 1 << 20, diskBatch: 4 << 10, piece: 1 << rowBits}

// partition is the rows of whole customers.
type partition struct {
	from, to    int   // in the order of the store
	first, last int64 // the customers, where the rows are on disk
}

// count is the number of partitions, if no customer is larger than one. Small tables are cut into few, others into several
// for each worker, as many for one as for another, so that none waits long at the end.
func (r *Result) count(workers int) int64 {
	rows := r.report.KeptRows
	if !r.plan.grouped() {
		rows = r.keeper.outputs
	}
	each := max(4, rows/int64(r.sizes.largestPartition*workers)+1)
	return min(each*int64(workers), rows/int64(r.sizes.smallPartition)+1)
}

// cut makes partitions of about equal numbers of source rows.
func (r *Result) cut(workers int) {
	s, n := r.store, int(r.count(workers))
	for k := range n {
		from := k * s.rows / n
		for 0 < from && from < s.rows && s.customerAt(from) == s.customerAt(from-1) {
			from++
		}
		if last := len(r.partitions) - 1; from < s.rows && (last < 0 || from > r.partitions[last].from) {
			r.partitions = append(r.partitions, partition{from: from})
		}
	}
	for i := range r.partitions {
		r.partitions[i].to = s.rows
		if i > 0 {
			r.partitions[i-1].to = r.partitions[i].from
		}
	}
}

// cutParts makes partitions of rows that are on disk, which fit into memory unless a single customer does not. Where they
// begin is told by the first customers of the batches, so they are larger or smaller by a batch of each part.
func (r *Result) cutParts(workers int) {
	type batch struct {
		first int64
		rows  int
	}
	var batches []batch
	for _, p := range r.keeper.parts {
		for i, first := range p.firsts {
			batches = append(batches, batch{first, min(p.batch, p.rows-i*p.batch)})
		}
	}
	slices.SortFunc(batches, func(a, b batch) int { return cmp.Compare(a.first, b.first) })
	target := max(1, min(r.report.KeptRows/r.count(workers), r.keeper.partitionRows()))
	rows := int64(0)
	for _, b := range batches {
		n := len(r.partitions)
		if n == 0 || rows >= target && b.first > r.partitions[n-1].first {
			r.partitions = append(r.partitions, partition{first: b.first, last: math.MaxInt64})
			if n > 0 {
				r.partitions[n-1].last = b.first - 1
			}
			rows = 0
		}
		rows += int64(b.rows)
	}
}
