package sample

import (
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"featops/features"
)

// others are the customers that a feature table drops: the test customer, which comes first, and
// the rows without a customer, which come last.
const (
	others   = 1 + nobodies
	nobodies = 2
)

// Customer numbers have ten digits and grow with the index.
const (
	firstID  = 1_000_000_000
	idStride = 83
)

const (
	delinquentShare = 0.15 // of the customers
	gapShare        = 0.03 // of the months: a customer's rows are lost
)

// customer is what several tables say of one customer.
type customer struct {
	index      int
	id         int64
	unknown    bool // the rows have no id
	regular    bool // neither the test customer nor unknown
	joined     arrow.Date32
	since      month // of joined
	delinquent bool
	grade      int // 0 (A) to 4 (E), as long as no instalment is missed
}

// population is what the options mean for customers, worked out once.
type population struct {
	customers     int
	from, to      month // of the sample
	joined, until arrow.Date32
}

func newPopulation(o Options) population {
	p := population{customers: o.Customers, to: monthOf(o.Last)}
	p.from = p.to - month(o.Months) + 1
	p.joined, p.until = epoch.first(), p.to.last()
	return p
}

// size counts the customers that are generated, all kinds.
func (p population) size() int { return p.customers + others }

// customer draws the customer of an index: 0 is the test customer, then come the regular ones, then
// the rows without a customer.
func (p population) customer(d *draws, index int) customer {
	d.at(forCustomer, index, 0)
	c := customer{
		index:   index,
		id:      firstID + int64(index)*idStride + int64(d.IntN(idStride)),
		unknown: index > p.customers,
		joined:  p.joined,
		since:   epoch,
	}
	if index == 0 {
		c.id = features.TestCustomer
	}
	if c.regular = index > 0 && !c.unknown; c.regular {
		c.joined = arrow.Date32(d.between(int(p.joined), int(p.until)))
		c.since = monthOf(time.Unix(int64(c.joined)*86400, 0))
	}
	if c.delinquent = d.chance(delinquentShare); c.delinquent {
		c.grade = d.pick(0.10, 0.30, 0.30, 0.20, 0.10)
	} else {
		c.grade = d.pick(0.55, 0.25, 0.12, 0.05, 0.03)
	}
	return c
}

// gap tells whether the customer's rows of a month are lost, for a table whose stream d is at. The
// customers that are dropped have no gaps: each table is to contain them.
func (c customer) gap(d *draws) bool { return d.chance(gapShare) && c.regular }

// appendID appends the customer's number.
func (c customer) appendID(w *rows) { w.unless(c.unknown).bigint(c.id) }
