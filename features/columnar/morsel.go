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
	first         []int32 // the first group of each group's customer
	starts        []int32 // first row of each group, then rows
}

// size points to the number of rows or groups.
func (m *morsel) size(at level) *int {
	if at == atGroups {
		return &m.groups
	}
	return &m.rows
}

// releases points to the release months of the rows or groups.
func (m *morsel) releases(at level) *[]int32 {
	if at == atGroups {
		return &m.groupRelease
	}
	return &m.release
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
	m.starts = append(m.starts, int32(m.rows))
	m.group = span{m.starts[:m.groups], m.starts[1:]}
}
