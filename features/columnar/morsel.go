package columnar

// morsel is a piece of the source that one goroutine computes at a time: the rows of whole customers,
// in the order of customer and release month. In a table that has no event months it is some rows of
// customers and release months, all computed by the row.
type morsel struct {
	rows     int
	customer vector[int64]
	release  []int32 // month of release

	groups        int // of one customer and month
	group         span
	groupCustomer vector[int64]
	groupRelease  []int32
	groupPlaces   []int32 // 0, 1, …
	first         []int32 // the first group of each group's customer
	starts        []int32 // first row of each group, then rows

	outputs        int // groups in the output window
	output         span
	outputCustomer vector[int64]
	outputRelease  []int32
	outputPlaces   []int32 // among the groups
}

// size points to the number of rows or groups.
func (m *morsel) size(at level) *int { return [...]*int{&m.rows, &m.groups, &m.outputs}[at] }

// releases points to the release months of the rows or groups.
func (m *morsel) releases(at level) *[]int32 {
	return [...]*[]int32{&m.release, &m.groupRelease, &m.outputRelease}[at]
}

// customers are those of the rows or groups.
func (m *morsel) customers(at level) []int64 {
	return [...][]int64{m.customer.v, m.groupCustomer.v, m.outputCustomer.v}[at]
}

// rowsOf are the rows of each group.
func (m *morsel) rowsOf(at level) *span { return [...]*span{nil, &m.group, &m.output}[at] }

// places points to the numbers of the groups among all.
func (m *morsel) places(at level) *[]int32 {
	return [...]*[]int32{nil, &m.groupPlaces, &m.outputPlaces}[at]
}

// divide finds the groups among the rows.
func (m *morsel) divide() {
	m.starts = m.starts[:0]
	m.groupCustomer.v, m.groupRelease, m.first = m.groupCustomer.v[:0], m.groupRelease[:0], m.first[:0]
	customers, releases := m.customer.v, m.release
	first := int32(0)
	for i, customer := range customers {
		if i > 0 && customer == customers[i-1] {
			if releases[i] == releases[i-1] {
				continue
			}
		} else {
			first = int32(len(m.starts))
		}
		m.starts = append(m.starts, int32(i))
		m.groupCustomer.v = append(m.groupCustomer.v, customer)
		m.groupRelease = append(m.groupRelease, releases[i])
		m.first = append(m.first, first)
	}
	m.groups = len(m.starts)
	for i := len(m.groupPlaces); i < m.groups; i++ {
		m.groupPlaces = append(m.groupPlaces, int32(i))
	}
	m.groupPlaces = m.groupPlaces[:m.groups]
	m.starts = append(m.starts, int32(m.rows))
	m.group = span{m.starts[:m.groups], m.starts[1:]}
}

// choose finds the groups of the release months from the first to the last.
func (m *morsel) choose(first, last int32) {
	n := 0
	places := resized(m.outputPlaces, m.groups)
	for i, release := range m.groupRelease {
		places[n] = int32(i)
		n += int(bit(first <= release && release <= last))
	}
	m.outputs, m.outputPlaces = n, places[:n]
	m.outputRelease = resized(m.outputRelease, n)
	m.output.lo, m.output.hi = resized(m.output.lo, n), resized(m.output.hi, n)
	customers := m.outputCustomer.resize(n)
	for k, i := range m.outputPlaces {
		customers[k], m.outputRelease[k] = m.groupCustomer.v[i], m.groupRelease[i]
		m.output.lo[k], m.output.hi[k] = m.starts[i], m.starts[i+1]
	}
}
