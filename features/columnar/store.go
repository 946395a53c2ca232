package columnar

const (
	// rowBits are those of a row's number in its piece; the piece's number is above them.
	rowBits = 16
	rowMask = 1<<rowBits - 1
	// maxPieces is how many pieces can have numbers.
	maxPieces = 1 << (32 - rowBits)
	// sortBytes is what sorting a row takes: two words, and its place in the order.
	sortBytes = 8 + 8 + 4
)

// piece is kept rows of a source, in its order, in memory of their own.
type piece struct {
	rows     int
	customer []int64
	release  []int32 // month of release, or the first one where the table has no event months
	columns  []any   // by field: *vector, nil where it is not stored
}

// bytes is what the rows take in memory, sorted.
func (p *piece) bytes() int64 {
	size := cap(p.customer)*8 + cap(p.release)*4 + p.rows*sortBytes
	for _, c := range p.columns {
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

// append adds the rows of another piece.
func (p *piece) append(more *piece) {
	p.customer, p.release = append(p.customer, more.customer...), append(p.release, more.release...)
	for i, c := range p.columns {
		switch c := c.(type) {
		case *vector[int64]:
			c.append(more.columns[i].(*vector[int64]))
		case *vector[float64]:
			c.append(more.columns[i].(*vector[float64]))
		case *vector[int32]:
			c.append(more.columns[i].(*vector[int32]))
		case *vector[uint8]:
			c.append(more.columns[i].(*vector[uint8]))
		}
	}
	p.rows += more.rows
}

// store is the rows of pieces, which stay where they are, in the order of customer and release month.
type store struct {
	rows     int
	customer [][]int64 // by piece
	release  [][]int32 // by piece
	columns  []any     // by field: *stored, nil where it is not stored
	order    []uint32  // the rows: the number of the piece above rowBits, and that in the piece below
	sorted   bool      // the pieces have the rows in this order
}

// stored is a column of a store.
type stored[T scalar] struct {
	v  [][]T  // by piece
	ok []mask // by piece; nil where no piece has a null
}

// newStore makes a store of at most maxPieces pieces.
func newStore(pieces []*piece, workers int) (*store, error) {
	s := &store{}
	for _, p := range pieces {
		s.rows += p.rows
		s.customer, s.release = append(s.customer, p.customer), append(s.release, p.release)
	}
	if s.rows == 0 {
		return s, nil
	}
	s.columns = make([]any, len(pieces[0].columns))
	for i, c := range pieces[0].columns {
		switch c.(type) {
		case *vector[int64]:
			s.columns[i] = columnOf[int64](pieces, i)
		case *vector[float64]:
			s.columns[i] = columnOf[float64](pieces, i)
		case *vector[int32]:
			s.columns[i] = columnOf[int32](pieces, i)
		case *vector[uint8]:
			s.columns[i] = columnOf[uint8](pieces, i)
		}
	}
	var err error
	s.order, s.sorted, err = order(s.customer, s.release, workers)
	return s, err
}

// allThere is the mask of a piece without nulls where others have some.
var allThere = func() mask {
	m := make(mask, 1<<rowBits)
	fill(m)
	return m
}()

func columnOf[T scalar](pieces []*piece, i int) *stored[T] {
	out := &stored[T]{}
	nulls := false
	for _, p := range pieces {
		c := p.columns[i].(*vector[T])
		ok := c.ok
		nulls = nulls || ok != nil
		if ok == nil {
			ok = allThere[:len(c.v)]
		}
		out.v, out.ok = append(out.v, c.v), append(out.ok, ok)
	}
	if !nulls {
		out.ok = nil
	}
	return out
}

// customerAt is the customer of the i-th row in order.
func (s *store) customerAt(i int) int64 {
	row := s.order[i]
	return s.customer[row>>rowBits][row&rowMask]
}

// together returns the piece that has the i-th to the j-th row in order side by side, and the first one's place in it, if one does.
func (s *store) together(i, j int) (piece, first int, ok bool) {
	lo, hi := s.order[i], s.order[j-1]
	return int(lo >> rowBits), int(lo & rowMask), s.sorted && lo>>rowBits == hi>>rowBits
}

// rowsAt gathers values of rows.
func rowsAt[S ~[]T, T any](out []T, pieces []S, rows []uint32) {
	out = out[:len(rows)]
	for i, row := range rows {
		out[i] = pieces[row>>rowBits][row&rowMask]
	}
}
