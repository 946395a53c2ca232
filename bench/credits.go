package main

import (
	"math"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// catalogue has the products, with the share of the customers that hold each at some time.
var catalogue = [4]struct {
	forms  [4]string
	share  float64
	lo, hi int // range of the amount
}{
	{[4]string{"tarjeta de credito", "Tarjeta de Crédito", " TARJETA DE CREDITO", "tarjeta de crédito "}, 0.70, 500, 20_000},
	{[4]string{"credito hipotecario", "Crédito Hipotecario", "CRÉDITO HIPOTECARIO ", " crédito hipotecario"}, 0.20, 100_000, 2_000_000},
	{[4]string{"credito productivo", "Crédito Productivo", " CREDITO PRODUCTIVO ", "crédito productivo"}, 0.50, 10_000, 500_000},
	{[4]string{"credito vehicular", "Crédito Vehicular", "CREDITO VEHICULAR", " crédito vehicular"}, 0.15, 50_000, 800_000},
}

// credit is the loan behind a product: it has rows in the months from since on, as many as term.
type credit struct {
	product, since, term int
	amount               float64
	opened, closed       arrow.Date32
}

func (k credit) balance(month int) float64 {
	return math.Round(k.amount * float64(k.term-(month-k.since)) / float64(k.term))
}

// credits appends the customer's credits of a month.
func (r *rows) credits(out []credit, customer, month int) []credit {
	for i, p := range catalogue {
		r.at(forCredit, customer, i)
		if !r.chance(p.share) {
			continue
		}
		k := credit{product: i, term: 12 + r.IntN(37)}
		k.since = r.IntN(r.months+k.term-1) - k.term + 1
		if k.since > month || month >= k.since+k.term {
			continue
		}
		k.amount = float64(p.lo + r.IntN(p.hi-p.lo))
		// Before the 29th, so that months between days are counted by the days alone.
		k.opened = dateOf(monthStart(k.since).AddDate(0, 0, r.IntN(28)))
		k.closed = dateOf(monthStart(k.since+k.term).AddDate(0, 0, r.IntN(28)))
		out = append(out, k)
	}
	return out
}

// products appends a row for each product that the customer holds in a month.
func (r *rows) products(customer, month int) {
	var room [len(catalogue)]credit
	held := r.credits(room[:0], customer, month)
	r.at(forProducts, customer, month)
	for _, k := range held {
		one(r, 0, 0, number(customer))
		one(r, 1, 0.005, r.spell(catalogue[k.product].forms))
		one(r, 2, 0, arrow.Timestamp(monthStart(month).UnixMicro()))
		one(r, 3, 0.005, k.balance(month))
		one(r, 4, 0.01, int64(len(held)))
		r.n++
	}
}

// payments appends a row for each credit of the customer in a month.
func (r *rows) payments(customer, month int) {
	var room [len(catalogue)]credit
	held := r.credits(room[:0], customer, month)
	grade := r.grade(customer, month)
	for _, k := range held {
		r.at(forPayment, customer, month*len(catalogue)+k.product)
		instalment := math.Round(k.amount / float64(k.term))
		missed, least := r.chance(0.05), r.chance(0.1)
		paid, days := instalment, 0
		switch {
		case missed:
			paid, days = 0, 1+r.IntN(60)
		case least:
			paid = math.Round(instalment / 2)
		}
		one(r, 0, 0, number(customer))
		one(r, 1, 0, r.periods[month])
		one(r, 2, 0.01, k.balance(month))
		one(r, 3, 0.01, !missed)
		one(r, 4, 0.01, paid)
		one(r, 5, 0.01, int64(days))
		one(r, 6, 0.01, least && !missed)
		one(r, 7, 0.005, r.spell(ratings[grade]))
		one(r, 8, 0.01, k.opened)
		one(r, 9, 0.01, k.closed)
		one(r, 10, 0.01, k.amount)
		one(r, 11, 0.01, instalment)
		one(r, 12, 0.01, int64(k.term))
		r.n++
	}
}

func periodsOf(months int) []string {
	out := make([]string, months)
	for m := range out {
		out[m] = monthStart(m).Format("2006-01")
	}
	return out
}

// releases are the first and the last release day of so many months.
func releases(months int) (first, last string) {
	return monthStart(1).Format(time.DateOnly), monthStart(months).Format(time.DateOnly)
}
