package sample

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"featops/features"
)

// What feature tables must cope with is really there.

func TestEveryTableHasTheTestCustomerAndRowsWithoutOne(t *testing.T) {
	for _, src := range Tables() {
		for _, o := range []Options{medium(), {Customers: 1, Months: 1, Last: small.Last}} {
			trial, nobody := 0, 0
			rows := read(t, o, src)
			for _, r := range rows {
				switch r["id_cliente"] {
				case int64(features.TestCustomer):
					trial++
				case nil:
					nobody++
				}
			}
			if trial == 0 || nobody == 0 {
				t.Errorf("%s of %d customers: %d rows of the test customer, %d without one", src.Name, o.Customers, trial, nobody)
			}
			if o.Customers > 1 && trial+nobody > len(rows)/100 {
				t.Errorf("%s: %d of %d rows are of no customer", src.Name, trial+nobody, len(rows))
			}
		}
	}
}

func TestNulls(t *testing.T) {
	never := map[string]bool{
		"clientes.fecha_apertura": true, "clientes.segmento_cliente": true, "productos.fecha": true,
		"pagos.periodo": true, "buro_credito.periodo": true, "transacciones.periodo": true,
	}
	for _, src := range Tables() {
		rows := read(t, medium(), src)
		for _, column := range src.Columns.Names() {
			n := 0
			for _, r := range rows {
				if r[column] == nil {
					n++
				}
			}
			share := float64(n) / float64(len(rows))
			if name := src.Name + "." + column; never[name] != (n == 0) || share > 0.03 {
				t.Errorf("%s: %d nulls in %d rows", name, n, len(rows))
			}
		}
	}
}

func TestTextIsDirtyAndCleansToWhatTheTablesKnow(t *testing.T) {
	tests := []struct {
		src    features.Source
		column string
		clean  string // what is left, in alphabetical order; empty for any
	}{
		{features.Clients, "genero", "f m"},
		{features.Clients, "estado_civil", "casado divorciado soltero"},
		{features.Clients, "nivel_educativo", "postgrado primaria secundaria universitario"},
		{features.Clients, "zona_residencia", "rural urbano"},
		{features.Clients, "ciudad", ""},
		{features.Products, "producto", "credito_hipotecario credito_productivo credito_vehicular tarjeta_de_credito"},
		{features.Payments, "calificacion_sistema", "a b c d e"},
		{features.CreditBureau, "calificacion_sistema", "a b c d e"},
	}
	for _, tt := range tests {
		name := tt.src.Name + "." + tt.column
		clean := map[string]bool{}
		spaces, lower, accents := false, false, false
		for _, r := range read(t, medium(), tt.src) {
			s, ok := r[tt.column].(string)
			if !ok {
				continue
			}
			clean[features.Clean(s)] = true
			spaces = spaces || s != strings.TrimSpace(s)
			lower = lower || s == strings.ToLower(s)
			accents = accents || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
		}
		if !spaces || !lower {
			t.Errorf("%s: stray spaces %t, other case %t", name, spaces, lower)
		}
		if text := tt.column == "ciudad" || tt.column == "producto"; text && !accents {
			t.Errorf("%s has no accents", name)
		}
		for _, want := range strings.Fields(tt.clean) {
			if !clean[want] {
				t.Errorf("%s: %s does not occur", name, want)
			}
			delete(clean, want)
		}
		if tt.clean != "" && len(clean) > 0 {
			t.Errorf("%s: cleans to %v besides %s", name, clean, tt.clean)
		}
	}
}

func TestGaps(t *testing.T) {
	o := medium()
	months := map[int64]map[string]bool{}
	for _, r := range read(t, o, features.Transactions) {
		if id, ok := r["id_cliente"].(int64); ok && id != features.TestCustomer {
			if months[id] == nil {
				months[id] = map[string]bool{}
			}
			months[id][r["periodo"].(string)] = true
		}
	}
	missing, all := 0, 0
	d, p := newDraws(o.Seed), newPopulation(o)
	for index := 1; index <= o.Customers; index++ {
		c := p.customer(d, index)
		for m := max(c.since, p.from); m <= p.to; m++ {
			all++
			if !months[c.id][m.String()] {
				missing++
			}
		}
		for period := range months[c.id] {
			if period < c.since.String() {
				t.Errorf("customer %d has a row in %s, joined in %s", c.id, period, c.since)
			}
		}
	}
	near(t, "share of months without rows", float64(missing)/float64(all), gapShare, 0.005)
}

func TestEveryPeriodoIsAMonth(t *testing.T) {
	for _, src := range []features.Source{features.Payments, features.CreditBureau, features.Transactions} {
		for _, r := range read(t, medium(), src) {
			if _, err := time.Parse("2006-01", r["periodo"].(string)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
