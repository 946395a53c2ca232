package sample

import "github.com/apache/arrow/go/v17/arrow"

// Shares of null cells: in columns whose null a feature table drops or fills, and elsewhere.
const (
	nullKeyShare = 0.005
	nullShare    = 0.01
)

// e^-2 and e^-15, for Poisson draws. They are written out because math.Exp may differ in its last
// bit between architectures.
const (
	expMinus2  = 0.1353352832366127
	expMinus15 = 3.059023205018258e-07
)

// clients appends the customer's one row of clientes.
func (population) clients(w *rows, d *draws, c customer, _ month) {
	d.at(forClients, c.index, 0)
	income := cents(min(max(d.normal(3000, 2500), 300), 20_000))
	// From 18 to 80 years old when joining.
	born := c.joined - arrow.Date32(d.between(18*365+5, 80*365))

	c.appendID(w)
	w.unless(d.chance(nullShare)).date(born)
	w.unless(d.chance(nullShare)).text(d.spell([]string{"F", "M"}[d.pick(0.52, 0.48)]))
	w.unless(d.chance(nullShare)).text(d.spell([]string{"Soltero", "Casado", "Divorciado"}[d.pick(0.40, 0.48, 0.12)]))
	w.unless(d.chance(nullShare)).text(d.spell(
		[]string{"Primaria", "Secundaria", "Universitario", "Postgrado"}[d.pick(0.18, 0.42, 0.31, 0.09)]))
	w.unless(d.chance(nullShare)).double(income)
	w.unless(d.chance(nullShare)).text(d.spell([]string{"Urbano", "Rural"}[d.pick(0.77, 0.23)]))
	w.unless(d.chance(nullShare)).text(cities[d.IntN(len(cities))])
	w.date(c.joined)
	w.text(segment(income))
}

// segment is the bank's segment for a monthly income.
func segment(income float64) string {
	switch {
	case income >= 10_000:
		return "ELITE"
	case income >= 4_000:
		return "PREMIUM"
	case income >= 2_500:
		return "PRESTIGE"
	default:
		return "SILVER"
	}
}

// products appends a row of productos for each product held.
func (p population) products(w *rows, d *draws, c customer, m month) {
	var room [len(catalogue)]credit
	held := p.credits(d, room[:0], c, m)
	d.at(forProducts, c.index, int(m))
	if c.gap(d) {
		return
	}
	for _, k := range held {
		name := catalogue[k.product].spellings[d.pick(0.85, 0.05, 0.05, 0.05)]
		c.appendID(w)
		w.unless(d.chance(nullKeyShare)).text(name)
		w.timestamp(m.start())
		w.unless(d.chance(nullShare)).double(k.balance(m))
		w.unless(d.chance(nullShare)).bigint(int64(len(held)))
	}
}

// payments appends a row of pagos for each credit.
func (p population) payments(w *rows, d *draws, c customer, m month) {
	var room [len(catalogue)]credit
	credits := p.credits(d, room[:0], c, m)
	rating := d.rating(c, credits, m)
	var overdue [len(catalogue)]int
	for i, k := range credits {
		overdue[i] = d.overdue(c, k, m)
	}
	d.at(forPayments, c.index, int(m))
	if c.gap(d) {
		return
	}
	for i, k := range credits {
		instalment := k.instalment()
		paid, days, minimum := instalment, 0, false
		if overdue[i] > 0 {
			paid, days = 0, 30*(overdue[i]-1)+d.between(1, 30)
		} else if d.chance(0.1) {
			paid, minimum = cents(instalment/2), true
		}
		c.appendID(w)
		w.text(m.String())
		w.unless(d.chance(nullShare)).double(k.balance(m))
		w.unless(d.chance(nullShare)).boolean(overdue[i] == 0)
		w.unless(d.chance(nullShare)).double(paid)
		w.unless(d.chance(nullShare)).bigint(int64(days))
		w.unless(d.chance(nullShare)).boolean(minimum)
		w.unless(d.chance(nullKeyShare)).text(d.spell(letter(rating)))
		w.unless(d.chance(nullShare)).date(k.opened)
		w.unless(d.chance(nullShare)).date(k.closed)
		w.unless(d.chance(nullShare)).double(k.amount)
		w.unless(d.chance(nullShare)).double(instalment)
		w.unless(d.chance(nullShare)).bigint(int64(k.term))
	}
}

// letter is a rating, 0 to 4, as A to E.
func letter(rating int) string { return "ABCDE"[rating : rating+1] }

// bureau appends the customer's row of buro_credito: the rating of pagos, and the credits of
// productos with what is owed to other banks on top.
func (p population) bureau(w *rows, d *draws, c customer, m month) {
	var room [len(catalogue)]credit
	credits := p.credits(d, room[:0], c, m)
	rating := d.rating(c, credits, m)
	d.at(forBureau, c.index, int(m))
	if c.gap(d) {
		return
	}
	debt := d.gamma2(4000)
	for _, k := range credits {
		debt += k.balance(m)
	}
	score := [...][2]int{{750, 949}, {650, 749}, {550, 649}, {450, 549}, {300, 449}}[rating]

	c.appendID(w)
	w.text(m.String())
	w.unless(d.chance(nullKeyShare)).text(d.spell(letter(rating)))
	w.unless(d.chance(nullKeyShare)).int(d.between(score[0], score[1]))
	w.unless(d.chance(nullShare)).int(d.poisson(expMinus2))
	w.unless(d.chance(nullShare)).double(cents(debt))
}

// transactions appends the customer's row of transacciones.
func (population) transactions(w *rows, d *draws, c customer, m month) {
	d.at(forTransactions, c.index, int(m))
	if c.gap(d) {
		return
	}
	c.appendID(w)
	w.text(m.String())
	w.unless(d.chance(nullShare)).bigint(int64(d.poisson(expMinus15)))
	w.unless(d.chance(nullShare)).double(cents(d.gamma2(200)))
	w.unless(d.chance(nullShare)).bigint(int64(d.between(0, 30)))
}
