package main

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
)

// firstMonth is the first event month of the sources.
var firstMonth = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)

func monthStart(m int) time.Time { return firstMonth.AddDate(0, m, 0) }

func dateOf(t time.Time) arrow.Date32 { return arrow.Date32(t.Unix() / 86400) }

// rows makes the rows of one source. A row depends on its customer and its month alone, so that all orders and
// sizes have the same rows. A little is null, and texts are spelled as people do.
//
// Amounts that are added up are whole, as pesos are. So sums are the same in whatever order an engine adds, and only rounding can
// make engines differ (see compare.go).
type rows struct {
	append  func(r *rows, customer, month int)
	builder *array.RecordBuilder
	months  int
	periods []string
	pcg     rand.PCG
	*rand.Rand
	n int // in builder
}

// appenders has the sources. The one of clients is not called for months.
var appenders = map[string]func(r *rows, customer, month int){
	features.Clients.Name:      (*rows).client,
	features.Products.Name:     (*rows).products,
	features.Payments.Name:     (*rows).payments,
	features.CreditBureau.Name: (*rows).bureau,
	features.Transactions.Name: (*rows).transactions,
}

// What draws are for.
const (
	forCustomer = iota + 1
	forClient
	forCredit
	forProducts
	forPayment
	forBureau
	forTransactions
)

// at begins the draws for a purpose, a customer, and a month or a product.
func (r *rows) at(purpose, customer, step int) {
	r.pcg.Seed(uint64(purpose)<<32|uint64(step), uint64(customer)*0x9e3779b97f4a7c15)
	r.pcg.Uint64()
}

func (r *rows) chance(p float64) bool { return r.Float64() < p }

func number(customer int) int64 { return 1_000_000_000 + int64(customer)*83 }

// one appends a value, or null with a probability.
func one[T any](r *rows, column int, null float64, v T) {
	b := r.builder.Field(column)
	if null > 0 && r.chance(null) {
		b.AppendNull()
		return
	}
	b.(interface{ Append(T) }).Append(v)
}

// spell is a text as people write it: one of four forms.
func (r *rows) spell(forms [4]string) string {
	if k := r.IntN(20); k < 4 {
		return forms[k]
	}
	return forms[0]
}

var (
	genders    = [2][4]string{{"F", "f", " F", "F "}, {"M", "m", " M", "M "}}
	states     = [3][4]string{{"Soltero", "soltero", "SOLTERO ", " Soltero"}, {"Casado", "casado", "CASADO", "Casado "}, {"Divorciado", "DIVORCIADO", " divorciado", "Divorciado "}}
	educations = [4][4]string{{"Primaria", "PRIMARIA", " primaria", "Primaria "}, {"Secundaria", "SECUNDARIA", "secundaria ", " Secundaria"},
		{"Universitario", "UNIVERSITARIO", " universitario", "Universitario "}, {"Postgrado", "postgrado", "POSTGRADO ", " Postgrado"}}
	zones  = [2][4]string{{"Urbano", "URBANO", "urbano ", " Urbano"}, {"Rural", "rural", " RURAL", "Rural "}}
	cities = [6][4]string{{"Bogotá", "BOGOTÁ", " bogota", "Bogotá "}, {"Medellín", " Medellín", "MEDELLÍN", "medellin"}, {"São Paulo", "SÃO PAULO", " São Paulo", "sao paulo"},
		{"Ciudad de México", "CIUDAD DE MÉXICO", "ciudad de mexico", "Ciudad de México "}, {"Quito", "QUITO", "quito ", " Quito"}, {"Ñuñoa", "ÑUÑOA", "nunoa", " Ñuñoa"}}
	segments = [4]string{"ELITE", "PREMIUM", "PRESTIGE", "SILVER"}
	ratings  = [5][4]string{{"A", "a", " A", "A "}, {"B", "b", "B ", " b"}, {"C", "c", " C", " c"}, {"D", "d", "D ", " D"}, {"E", "e", " e", "E "}}
)

// client appends the one row that a customer has. One in ten came within the months.
func (r *rows) client(customer, _ int) {
	r.at(forClient, customer, 0)
	opened := firstMonth.AddDate(-1-r.IntN(8), 0, r.IntN(365))
	if r.chance(0.1) {
		opened = firstMonth.AddDate(0, 0, r.IntN(30*r.months))
	}
	one(r, 0, 0, number(customer))
	one(r, 1, 0.01, dateOf(opened.AddDate(-18-r.IntN(60), 0, 0)))
	one(r, 2, 0.01, r.spell(genders[r.IntN(2)]))
	one(r, 3, 0.01, r.spell(states[r.IntN(3)]))
	one(r, 4, 0.01, r.spell(educations[r.IntN(4)]))
	one(r, 5, 0.01, float64(300+r.IntN(20_000)))
	one(r, 6, 0.01, r.spell(zones[r.IntN(2)]))
	one(r, 7, 0.01, r.spell(cities[r.IntN(6)]))
	one(r, 8, 0, dateOf(opened))
	one(r, 9, 0.01, segments[r.IntN(4)])
	r.n++
}

// grade is the customer's rating in a month, 0 (A) to 4 (E).
func (r *rows) grade(customer, month int) int {
	r.at(forCustomer, customer, 0)
	grade := min(r.IntN(3)+r.IntN(3), 4)
	r.at(forCustomer, customer, month+1)
	if r.IntN(10) == 0 {
		grade = min(grade+1, 4)
	}
	return grade
}

// bureau appends the row of a month: a score in the range of the rating, and a debt that grows and shrinks.
func (r *rows) bureau(customer, month int) {
	grade := r.grade(customer, month)
	r.at(forBureau, customer, 0)
	debt := math.Exp(9+1.2*r.NormFloat64()) * (1 + 0.2*math.Sin(float64(month)/3))
	r.at(forBureau, customer, month+1)
	debt *= 0.95 + 0.1*r.Float64()
	scores := [5][2]int{{750, 949}, {650, 749}, {550, 649}, {450, 549}, {300, 449}}[grade]
	one(r, 0, 0, number(customer))
	one(r, 1, 0, r.periods[month])
	one(r, 2, 0.002, r.spell(ratings[grade]))
	one(r, 3, 0, int32(scores[0]+r.IntN(scores[1]-scores[0]+1)))
	one(r, 4, 0.02, int32(r.IntN(3)+r.IntN(3)))
	one(r, 5, 0.02, math.Round(debt*100)/100)
	r.n++
}

// transactions appends the row of a month.
func (r *rows) transactions(customer, month int) {
	r.at(forTransactions, customer, month)
	one(r, 0, 0, number(customer))
	one(r, 1, 0, r.periods[month])
	one(r, 2, 0.01, int64(r.IntN(16)+r.IntN(16)))
	one(r, 3, 0.01, math.Round(-200*math.Log((1-r.Float64())*(1-r.Float64()))))
	one(r, 4, 0.01, int64(r.IntN(31)))
	r.n++
}
