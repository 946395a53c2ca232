package columnar

import "golang.org/x/sync/errgroup"

// store is kept rows of a source.
type store struct {
	rows     int
	customer []int64
	release  []int32  // month of release, or the first one where the table has no event months
	columns  []any    // by field: *vector, nil where it is not stored
	order    []uint32 // the rows by customer and release month; nil where they are so already
}

// sortBytes is what sorting a row takes: two words, and its place in the order.
const sortBytes = 8 + 8 + 4

// bytes is what the rows take in memory, sorted.
func (s *store) bytes() int64 {
	size := cap(s.customer)*8 + cap(s.release)*4 + s.rows*sortBytes
	for _, c := range s.columns {
		switch c := c.(type) {
		case *vector[int64]:
			size += cap(c.v)*8 + cap(c.ok)
		case *vector[float64]:
			size += cap(c.v)*8 + cap(c.ok)
		case *vector[int32]:
			size += cap(c.v)*4 + cap(c.ok)
		case *vector[uint8]:
			size += cap(c.v) + cap(c.ok)
		}
	}
	return int64(size)
}

// sort finds the order of the rows.
func (s *store) sort(workers int) (err error) {
	if s.rows > 0 {
		s.order, err = order(s.customer, s.release, workers)
	}
	return err
}

// customerAt is the customer of the i-th row in order.
func (s *store) customerAt(i int) int64 { return s.customer[s.rowAt(i)] }

// rowAt is the row that is the i-th in order.
func (s *store) rowAt(i int) int {
	if s.order == nil {
		return i
	}
	return int(s.order[i])
}

// joined puts stores together, each column by itself, and forgets them.
func (p *plan) joined(parts []*store, workers int) (*store, error) {
	s := &store{columns: make([]any, len(p.fields))}
	for _, c := range parts {
		s.rows += c.rows
	}
	if s.rows == 0 {
		return s, nil
	}
	var group errgroup.Group
	group.SetLimit(workers)
	group.Go(func() (err error) {
		defer recovered(&err)
		s.customer, s.release = make([]int64, 0, s.rows), make([]int32, 0, s.rows)
		for _, c := range parts {
			s.customer, s.release = append(s.customer, c.customer...), append(s.release, c.release...)
			c.customer, c.release = nil, nil
		}
		return nil
	})
	for i, f := range p.fields {
		if !f.stored {
			continue
		}
		group.Go(func() (err error) {
			defer recovered(&err)
			switch parts[0].columns[i].(type) {
			case *vector[int64]:
				s.columns[i] = join[int64](parts, i, s.rows)
			case *vector[int32]:
				s.columns[i] = join[int32](parts, i, s.rows)
			case *vector[float64]:
				s.columns[i] = join[float64](parts, i, s.rows)
			case *vector[uint8]:
				s.columns[i] = join[uint8](parts, i, s.rows)
			}
			return nil
		})
	}
	return s, group.Wait()
}

// join puts column i of the stores together.
func join[T scalar](parts []*store, i, rows int) *vector[T] {
	nulls := false
	for _, c := range parts {
		nulls = nulls || c.columns[i].(*vector[T]).ok != nil
	}
	to := &vector[T]{v: make([]T, 0, rows)}
	if nulls {
		to.ok = make(mask, 0, rows)
	}
	for _, c := range parts {
		from := c.columns[i].(*vector[T])
		to.v = append(to.v, from.v...)
		switch {
		case from.ok != nil:
			to.ok = append(to.ok, from.ok...)
		case nulls:
			for range from.v {
				to.ok = append(to.ok, 1)
			}
		}
		c.columns[i] = nil
	}
	return to
}
