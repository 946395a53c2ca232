package sample

import "github.com/apache/arrow/go/v17/arrow"

// product is one kind of credit.
type product struct {
	spellings [4]string // the first is the usual one
	share     float64   // of the customers that hold it at some time
	lo, hi    float64   // range of the amount at the opening
}

// catalogue has the products in the order of the source's description.
var catalogue = [4]product{
	{[4]string{"tarjeta de credito", "Tarjeta de Crédito", " TARJETA DE CREDITO", "tarjeta  de crédito "}, 0.70, 500, 20_000},
	{[4]string{"credito hipotecario", "Crédito Hipotecario", "CRÉDITO HIPOTECARIO ", " crédito_hipotecario"}, 0.20, 100_000, 2_000_000},
	{[4]string{"credito productivo", "Crédito Productivo", " CREDITO PRODUCTIVO ", "crédito-productivo"}, 0.50, 10_000, 500_000},
	{[4]string{"credito vehicular", "Crédito Vehicular", "CREDITO  VEHICULAR", " crédito vehicular"}, 0.15, 50_000, 800_000},
}

// Shares of instalments that are missed.
const (
	missedByDelinquent = 0.25
	missedByOthers     = 0.02
)

// credit is the loan behind a product that a customer holds.
type credit struct {
	product        int // index in catalogue
	amount         float64
	term           int   // in months: the credit has a row in each of them
	since          month // the first of them
	opened, closed arrow.Date32
}

// active tells whether the credit has a row for the month.
func (k credit) active(m month) bool { return k.since <= m && m < k.since+month(k.term) }

// balance is what is owed in a month of the credit's life: the whole amount in the first, one
// instalment in the last.
func (k credit) balance(m month) float64 {
	return cents(k.amount * float64(k.term-int(m-k.since)) / float64(k.term))
}

func (k credit) instalment() float64 { return cents(k.amount / float64(k.term)) }

// credits appends to out the customer's credits that are active in the month. A held product is active in at
// least one month of the sample, so the catalogue's shares are those that a reader finds.
func (p population) credits(d *draws, out []credit, c customer, m month) []credit {
	for i, product := range catalogue {
		d.at(forCredits, c.index, i)
		standing := !c.regular && i == 0 // so that productos and pagos contain the others
		if !d.chance(product.share) && !standing {
			continue
		}
		k := credit{product: i, term: d.between(3, 24)}
		k.since = max(c.since, p.from-month(k.term)+1)
		if late := d.IntN(int(p.to-k.since) + 1); !standing {
			k.since += month(late)
		}
		if k.active(m) {
			k.amount = d.amount(product.lo, product.hi)
			k.opened = max(c.joined, k.since.day(d))
			k.closed = (k.since + month(k.term)).day(d)
			out = append(out, k)
		}
	}
	return out
}

// missed tells whether the customer missed the instalment that a credit had in a month. It moves
// to another stream.
func (d *draws) missed(c customer, k credit, m month) bool {
	d.at(forInstalment, c.index, int(m)*len(catalogue)+k.product)
	if c.delinquent {
		return d.chance(missedByDelinquent)
	}
	return d.chance(missedByOthers)
}

// overdue is the number of instalments missed one after another, up to the month's.
func (d *draws) overdue(c customer, k credit, m month) int {
	n := 0
	for ; m >= k.since && d.missed(c, k, m); m-- {
		n++
	}
	return n
}

// ratingMonths is how long a missed instalment worsens the rating.
const ratingMonths = 3

// rating is the customer's rating in a month, 0 (A) to 4 (E): the grade, worsened by one for each
// instalment missed lately on the given credits, those active in the month.
func (d *draws) rating(c customer, credits []credit, m month) int {
	r := c.grade
	for _, k := range credits {
		for back := m; back > m-ratingMonths && back >= k.since; back-- {
			if d.missed(c, k, back) {
				r++
			}
		}
	}
	return min(r, 4)
}
