package sample

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"featops/features"
)

// Tolerances below are about five standard errors, so a right generator passes with any seed.

func TestDraws(t *testing.T) {
	d := newDraws(7)
	const n = 200_000
	sample := func(draw func() float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = draw()
		}
		return x
	}
	tests := []struct {
		name            string
		draw            func() float64
		mean, deviation float64
	}{
		{"normal(3000, 2500)", func() float64 { return d.normal(3000, 2500) }, 3000, 2500},
		{"Gamma(2, 200)", func() float64 { return d.gamma2(200) }, 400, 200 * math.Sqrt2},
		{"Poisson(15)", func() float64 { return float64(d.poisson(expMinus15)) }, 15, math.Sqrt(15)},
		{"Poisson(2)", func() float64 { return float64(d.poisson(expMinus2)) }, 2, math.Sqrt2},
		{"uniform 0 to 30", func() float64 { return float64(d.between(0, 30)) }, 15, math.Sqrt((31*31 - 1) / 12.0)},
		{"amount 500 to 20000", func() float64 { return d.amount(500, 20_000) }, 10_250, 19_500 / math.Sqrt(12)},
	}
	for i, tt := range tests {
		d.at(forCustomer, i, 0)
		mean, deviation := moments(sample(tt.draw))
		near(t, tt.name+": mean", mean, tt.mean, 5*tt.deviation/math.Sqrt(n))
		near(t, tt.name+": deviation", deviation, tt.deviation, 0.02*tt.deviation)
	}
}

// The streams of neighbouring seeds, customers and steps must not be alike.
func TestStreamsAreIndependent(t *testing.T) {
	var first []float64
	for seed := range uint64(10) {
		d := newDraws(seed)
		for customer := range 100 {
			for step := range 50 {
				d.at(forBureau, customer, step)
				first = append(first, d.Float64())
			}
		}
	}
	mean, deviation := moments(first)
	near(t, "mean of first draws", mean, 0.5, 5*0.289/math.Sqrt(float64(len(first))))
	near(t, "deviation of first draws", deviation, math.Sqrt(1/12.0), 0.005)
	product := 0.0
	for i := range first[1:] {
		product += (first[i] - 0.5) * (first[i+1] - 0.5) * 12 / float64(len(first)-1)
	}
	near(t, "correlation of neighbours", product, 0, 5/math.Sqrt(float64(len(first))))
	slices.Sort(first)
	if distinct := len(slices.Compact(first)); distinct != 50_000 {
		t.Errorf("%d streams differ, want 50000", distinct)
	}
}

func TestClients(t *testing.T) {
	rows := read(t, medium(), features.Clients)
	income := numbers(rows, "ingresos_mensuales")
	within(t, "income", income, 300, 20_000)
	// P(normal(3000, 2500) < 300) and the segments' shares, from the normal distribution.
	count := func(keep func(row) bool) float64 {
		n := 0
		for _, r := range rows {
			if keep(r) {
				n++
			}
		}
		return float64(n) / float64(len(rows))
	}
	near(t, "share clipped at 300", count(func(r row) bool { return r["ingresos_mensuales"] == 300.0 }), 0.139, 0.027)
	near(t, "share ELITE", count(func(r row) bool { return r["segmento_cliente"] == "ELITE" }), 0.0026, 0.004)
	near(t, "share PREMIUM", count(func(r row) bool { return r["segmento_cliente"] == "PREMIUM" }), 0.342, 0.037)
	near(t, "share PRESTIGE", count(func(r row) bool { return r["segmento_cliente"] == "PRESTIGE" }), 0.235, 0.033)
	for _, r := range rows {
		if v, ok := r["ingresos_mensuales"].(float64); ok && segment(v) != r["segmento_cliente"] {
			t.Errorf("customer %v: segment %v, income %g", r["id_cliente"], r["segmento_cliente"], v)
		}
		if opened := r["fecha_apertura"].(string); opened < "2015-01-01" || opened > "2026-10-31" {
			t.Errorf("customer %v: joined %s", r["id_cliente"], opened)
		}
		if born, ok := r["fecha_nacimiento"].(string); ok && born > "2008-11" {
			t.Errorf("customer %v: born %s", r["id_cliente"], born)
		}
	}
}

func TestSegmentCuts(t *testing.T) {
	for income, want := range map[float64]string{
		300: "SILVER", 2499.99: "SILVER", 2500: "PRESTIGE", 3999.99: "PRESTIGE", 4000: "PREMIUM", 9999.99: "PREMIUM", 10_000: "ELITE",
	} {
		if got := segment(income); got != want {
			t.Errorf("segment(%g) = %s, want %s", income, got, want)
		}
	}
}

func TestProducts(t *testing.T) {
	o := medium()
	type customerMonth struct{ id, month any }
	perMonth := map[customerMonth]int{}
	holders := map[string]map[any]bool{}
	for _, p := range catalogue {
		holders[features.Clean(p.spellings[0])] = map[any]bool{}
	}
	rows := slices.DeleteFunc(read(t, o, features.Products), func(r row) bool {
		return r["id_cliente"] == nil || r["id_cliente"] == int64(features.TestCustomer)
	})
	for _, r := range rows {
		perMonth[customerMonth{r["id_cliente"], r["fecha"]}]++
		if name, ok := r["producto"].(string); ok {
			holders[features.Clean(name)][r["id_cliente"]] = true
		}
	}
	for _, p := range catalogue {
		share := float64(len(holders[features.Clean(p.spellings[0])])) / float64(o.Customers)
		near(t, "share with "+p.spellings[0], share, p.share, 0.045)
	}
	for _, r := range rows {
		n := perMonth[customerMonth{r["id_cliente"], r["fecha"]}]
		if total, ok := r["total_productos"].(int64); ok && int(total) != n {
			t.Errorf("customer %v in %v: %d rows, total_productos %d", r["id_cliente"], r["fecha"], n, total)
		}
	}
}

func TestCreditsAmortiseLinearly(t *testing.T) {
	k := credit{amount: 1200, term: 12, since: monthOf(small.Last)}
	for n, want := range map[month]float64{0: 1200, 1: 1100, 11: 100} {
		if got := k.balance(k.since + n); got != want {
			t.Errorf("balance after %d months = %g, want %g", n, got, want)
		}
	}
	if k.instalment() != 100 || k.active(k.since-1) || !k.active(k.since) || !k.active(k.since+11) || k.active(k.since+12) {
		t.Errorf("instalment %g, want 100; active from %s for 12 months", k.instalment(), k.since)
	}
	d, o := newDraws(1), medium()
	p := newPopulation(o)
	for index := range o.Customers {
		c := p.customer(d, index)
		for _, k := range p.credits(d, nil, c, p.to) {
			kind := catalogue[k.product]
			if k.amount < kind.lo || k.amount > kind.hi || k.term < 3 || k.term > 24 || k.since < c.since || k.opened < c.joined || k.closed <= k.opened {
				t.Errorf("customer %d: credit %+v of a customer who joined on %d", index, k, c.joined)
			}
		}
	}
}

func TestPayments(t *testing.T) {
	rows := read(t, medium(), features.Payments)
	missed := 0
	for _, r := range rows {
		if r["cuota_pagada"] == false {
			missed++
			if v, ok := r["monto_pagado"].(float64); ok && v != 0 {
				t.Errorf("missed instalment, %g paid: %v", v, r)
			}
			if v, ok := r["dias_mora"].(int64); ok && v <= 0 {
				t.Errorf("missed instalment, %d days past due: %v", v, r)
			}
		}
		if v, ok := r["dias_mora"].(int64); ok && v > 0 && r["cuota_pagada"] == true {
			t.Errorf("instalment paid, %d days past due: %v", v, r)
		}
		if p := r["periodo"].(string); p < "2024-11" || p > "2026-10" {
			t.Errorf("periodo %s outside the sample", p)
		}
	}
	near(t, "share of missed instalments", float64(missed)/float64(len(rows)), 0.15*0.25+0.85*0.02, 0.01)

	o, d, delinquent := medium(), newDraws(1), 0
	for index := range o.Customers {
		if newPopulation(o).customer(d, index).delinquent {
			delinquent++
		}
	}
	near(t, "share of delinquent customers", float64(delinquent)/float64(o.Customers), 0.15, 0.028)
}

// Tables are generated one by one, yet say the same of a customer, a month and a credit.
func TestTablesAgree(t *testing.T) {
	o := medium()
	type key struct{ id, month any }
	rating, balance := map[key]string{}, map[key][]float64{}
	for _, r := range read(t, o, features.CreditBureau) {
		grade, ok := r["calificacion_sistema"].(string)
		if !ok || r["id_cliente"] == nil {
			continue
		}
		grade = strings.ToUpper(strings.TrimSpace(grade))
		rating[key{r["id_cliente"], r["periodo"]}] = grade
		score, ok := r["buro_score"].(int32)
		if r := map[string][2]int32{"A": {750, 949}, "B": {650, 749}, "C": {550, 649}, "D": {450, 549}, "E": {300, 449}}[grade]; ok && (score < r[0] || score > r[1]) {
			t.Errorf("rating %s with score %d", grade, score)
		}
	}
	for _, r := range read(t, o, features.Products) {
		if v, ok := r["monto"].(float64); ok && r["id_cliente"] != nil {
			k := key{r["id_cliente"], r["fecha"]}
			balance[k] = append(balance[k], v)
		}
	}
	ratings, balances := 0, 0
	for _, r := range read(t, o, features.Payments) {
		k := key{r["id_cliente"], r["periodo"]}
		if r["id_cliente"] == nil {
			continue
		}
		grade, ok := r["calificacion_sistema"].(string)
		if want := rating[k]; ok && want != "" {
			ratings++
			if got := strings.ToUpper(strings.TrimSpace(grade)); got != want {
				t.Errorf("%v: rating %s in pagos, %s in buro_credito", k, got, want)
			}
		}
		if v, ok := r["saldo_total_credito"].(float64); ok && slices.Contains(balance[k], v) {
			balances++
		}
	}
	// Null cells and gaps leave some without a partner.
	if ratings < 10_000 || balances < 10_000 {
		t.Errorf("%d ratings and %d balances found in both tables, want more than 10000 each", ratings, balances)
	}
}

func TestTransactions(t *testing.T) {
	rows := read(t, medium(), features.Transactions)
	n := math.Sqrt(float64(len(rows)))
	for _, tt := range []struct {
		column          string
		mean, deviation float64
	}{
		{"numero_transacciones", 15, math.Sqrt(15)},
		{"monto_total_transacciones", 400, 200 * math.Sqrt2},
		{"recencia_ultima_transaccion", 15, math.Sqrt(80)},
	} {
		mean, _ := moments(numbers(rows, tt.column))
		near(t, tt.column+": mean", mean, tt.mean, 5*tt.deviation/n)
	}
	within(t, "recency", numbers(rows, "recencia_ultima_transaccion"), 0, 30)
}

func TestOrder(t *testing.T) {
	for _, src := range Tables() {
		previous := ""
		ids := map[int64]bool{}
		last := int64(0)
		for _, r := range read(t, medium(), src) {
			at, _ := cmp.Or(r["periodo"], r["fecha"], cell("")).(string)
			id, known := r["id_cliente"].(int64)
			if !known {
				id = math.MaxInt64
			}
			if at < previous || at == previous && id < last {
				t.Fatalf("%s: customer %d of %s after %d of %s", src.Name, id, at, last, previous)
			}
			if src.Name == features.Clients.Name && known && ids[id] {
				t.Errorf("customer %d twice", id)
			}
			ids[id] = true
			previous, last = at, id
		}
	}
}
