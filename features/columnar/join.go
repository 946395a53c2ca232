package columnar

import "golang.org/x/sync/errgroup"

// joined puts the chunks of a source together, each column by itself, and forgets them.
func (p *plan) joined(chunks []*chunk, workers int) (*store, error) {
	s := &store{}
	for _, c := range chunks {
		s.rows += c.rows
	}
	var group errgroup.Group
	group.SetLimit(workers)
	group.Go(func() (err error) {
		defer recovered(&err)
		s.customer, s.release = make([]int64, 0, s.rows), make([]int32, 0, s.rows)
		for _, c := range chunks {
			s.customer, s.release = append(s.customer, c.customer...), append(s.release, c.release...)
			c.customer, c.release = nil, nil
		}
		return nil
	})
	for i, f := range p.fields {
		group.Go(func() (err error) {
			defer recovered(&err)
			switch to := f.stored.(type) {
			case *vector[int64]:
				join(chunks, i, s.rows, to)
			case *vector[int32]:
				join(chunks, i, s.rows, to)
			case *vector[float64]:
				join(chunks, i, s.rows, to)
			case *vector[uint8]:
				join(chunks, i, s.rows, to)
			}
			return nil
		})
	}
	return s, group.Wait()
}

// join puts column i of the chunks together.
func join[T scalar](chunks []*chunk, i, rows int, to *vector[T]) {
	nulls := false
	for _, c := range chunks {
		nulls = nulls || c.columns[i].(*vector[T]).ok != nil
	}
	to.v = make([]T, 0, rows)
	if nulls {
		to.ok = make(mask, 0, rows)
	}
	for _, c := range chunks {
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
}
