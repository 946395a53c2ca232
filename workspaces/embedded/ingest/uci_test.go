package ingest

import (
	"context"
	"os"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/google/go-cmp/cmp"

	"featops/features"
)

const (
	uciFile     = "../../../../shared/data/uci_credit_card/UCI_Credit_Card.csv"
	uciMappings = "../../../examples/uci_credit_card/"
)

func openUCI(tb testing.TB, mapping string, target features.Source) array.RecordReader {
	tb.Helper()
	if _, err := os.Stat(uciFile); err != nil {
		tb.Skip("the UCI data is not here: ", err)
	}
	m, err := ReadMapping(uciMappings + mapping)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := Open(context.Background(), m, uciFile, target, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(r.Release)
	return r
}

// The example mappings fit their tables, whether the data is here or not.
func TestExampleMappings(t *testing.T) {
	for file, target := range map[string]features.Source{"clientes.toml": features.Clients, "pagos.toml": features.Payments} {
		m, err := ReadMapping(uciMappings + file)
		if err != nil {
			t.Error(err)
		} else if err := m.Check(target); err != nil {
			t.Error(err)
		}
	}
}

// The wanted figures of both tests were counted in the CSV file by other means.

func TestUCIClients(t *testing.T) {
	r := openUCI(t, "clientes.toml", features.Clients)
	var rows []string
	counts := map[string]int{}
	for r.Next() {
		rows = append(rows, texts(r)...)
		for _, name := range []string{"genero", "nivel_educativo", "estado_civil", "segmento_cliente"} {
			column := r.Record().Column(features.Clients.Columns.Index(name))
			for i := range column.Len() {
				counts[name+" "+column.ValueStr(i)]++
			}
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"genero M": 11888, "genero F": 18112,
		"nivel_educativo Postgrado": 10585, "nivel_educativo Universitario": 14030, "nivel_educativo Secundaria": 4917,
		"nivel_educativo (null)": 14 + 123 + 280 + 51,
		"estado_civil Casado":    13659, "estado_civil Soltero": 15964, "estado_civil (null)": 54 + 323,
		"segmento_cliente ELITE": 11150, "segmento_cliente PREMIUM": 9618, "segmento_cliente PRESTIGE": 4921, "segmento_cliente SILVER": 4311,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
	if len(rows) != 30_000 {
		t.Fatalf("%d rows, want 30000", len(rows))
	}
	first := "1|1981-07-01|F|Casado|Universitario|(null)|(null)|(null)|2005-04-01|SILVER"
	last := "30000|1959-07-01|M|Casado|Universitario|(null)|(null)|(null)|2005-04-01|PRESTIGE"
	if diff := cmp.Diff([]string{first, last}, []string{rows[0], rows[len(rows)-1]}); diff != "" {
		t.Error(diff)
	}
}

func TestUCIPayments(t *testing.T) {
	r := openUCI(t, "pagos.toml", features.Payments)
	type sums struct {
		Rows, Paid, Minimum, E int
		Balance, AmountPaid    float64
		Days                   int64
	}
	got := map[string]sums{}
	var rows []string
	column := func(name string) int { return features.Payments.Columns.Index(name) }
	for r.Next() {
		rows = append(rows, texts(r)...)
		rec := r.Record()
		for i := range int(rec.NumRows()) {
			month := rec.Column(column("periodo")).ValueStr(i)
			s := got[month]
			s.Rows++
			s.Balance += rec.Column(column("saldo_total_credito")).(*array.Float64).Value(i)
			s.AmountPaid += rec.Column(column("monto_pagado")).(*array.Float64).Value(i)
			s.Days += rec.Column(column("dias_mora")).(*array.Int64).Value(i)
			if rec.Column(column("cuota_pagada")).(*array.Boolean).Value(i) {
				s.Paid++
			}
			if rec.Column(column("pago_minimo")).(*array.Boolean).Value(i) {
				s.Minimum++
			}
			if rec.Column(column("calificacion_sistema")).ValueStr(i) == "E" {
				s.E++
			}
			got[month] = s
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string]sums{
		"2005-09": {30_000, 2759 + 5686 + 14737, 14737, 76 + 26 + 11 + 9 + 19, 1536699927, 169907415, 321090},
		"2005-08": {30_000, 3782 + 6050 + 15730, 15730, 99 + 25 + 12 + 20 + 1, 1475372255, 177634905, 288030},
		"2005-07": {30_000, 4085 + 5938 + 15764, 15764, 76 + 21 + 23 + 27 + 3, 1410394644, 156770445, 273660},
		"2005-06": {30_000, 4348 + 5687 + 16455, 16455, 69 + 35 + 5 + 58 + 2, 1297888469, 144782306, 232890},
		"2005-05": {30_000, 4546 + 5539 + 16947, 16947, 84 + 17 + 4 + 58 + 1, 1209342029, 143981629, 199350},
		"2005-04": {30_000, 4895 + 5740 + 16286, 16286, 49 + 13 + 19 + 46 + 2, 1166152812, 156465077, 203910},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Client 1: the status was -2 in April and 2 in September.
	wantRows := []string{
		"1|2005-04|0|true|0|0|false|A|2005-04-01|2010-04-01|20000|(null)|60",
		"1|2005-09|3913|false|0|60|false|C|2005-04-01|2010-04-01|20000|(null)|60",
	}
	if diff := cmp.Diff(wantRows, []string{rows[0], rows[5]}); diff != "" || len(rows) != 180_000 {
		t.Errorf("%d rows, want 180000; %s", len(rows), diff)
	}
}

func BenchmarkUCIPayments(b *testing.B) {
	b.ReportAllocs()
	rows := int64(0)
	for b.Loop() {
		r := openUCI(b, "pagos.toml", features.Payments)
		for r.Next() {
			rows += r.Record().NumRows()
		}
		if r.Err() != nil {
			b.Fatal(r.Err())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
}
