package features_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/features"
	"featops/features/columnar"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// row is a row of a table by column: numbers are float64, dates are text.
type row map[string]any

// compute computes a table from JSON rows of its source for the release dates from first to last.
func compute(table features.Table, source, first, last string, badRows float64) ([]row, error) {
	s, err := table.Source.Columns.Arrow()
	if err != nil {
		return nil, err
	}
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	reader, err := array.NewRecordReader(s, []arrow.Record{record})
	if err != nil {
		return nil, err
	}
	opt := columnar.Options{BadRowsShare: badRows}
	if opt.Start, err = time.Parse(time.DateOnly, first); err != nil {
		return nil, err
	}
	if opt.End, err = time.Parse(time.DateOnly, last); err != nil {
		return nil, err
	}
	result, err := columnar.Compute(context.Background(), table, reader, opt)
	if err != nil {
		return nil, err
	}
	defer result.Release()
	var out []row
	for i := range result.Partitions() {
		p := result.Partition(context.Background(), i)
		for p.Next() {
			text, err := p.Record().MarshalJSON()
			if err != nil {
				return nil, err
			}
			var rows []row
			if err := json.NewDecoder(bytes.NewReader(text)).Decode(&rows); err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
		err = errors.Join(err, p.Err())
		p.Release()
	}
	return out, err
}

func mustCompute(t *testing.T, table features.Table, source string) []row {
	t.Helper()
	out, err := compute(table, source, "2019-01-01", "2030-01-01", 0)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// expect compares some columns of a row; the prefix is left out.
func expect(t *testing.T, table features.Table, got row, want row) {
	t.Helper()
	some := row{}
	for name := range want {
		v, ok := got[table.Prefix+name]
		if !ok {
			v = got[name]
		}
		some[name] = v
	}
	if diff := cmp.Diff(want, some); diff != "" {
		t.Errorf("%v at %v (-want +got):\n%s", got["pk_customer"], got["tpk_release_dt"], diff)
	}
}

// activity is a source of transactions: a row "customer month count amount" each.
func activity(rows ...string) string {
	var out []string
	for _, r := range rows {
		f := strings.Fields(r)
		out = append(out, fmt.Sprintf(`{"id_cliente": %s, "periodo": "%s", "numero_transacciones": %s, "monto_total_transacciones": %s}`, f[0], f[1], f[2], f[3]))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func TestWhatHappensInAMonthIsReleasedOnTheFirstOfTheNext(t *testing.T) {
	got := mustCompute(t, features.TransactionActivity(), activity("2 2024-12 1 1", "1 2024-05 1 1", "1 2024-02 1 1"))
	var keys []string
	for _, r := range got {
		keys = append(keys, fmt.Sprint(r["pk_customer"], " ", r["tpk_release_dt"]))
	}
	if diff := cmp.Diff([]string{"1 2024-03-01", "1 2024-06-01", "2 2025-01-01"}, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRowsWithoutACustomerAndOfTheTestCustomerAreDropped(t *testing.T) {
	got := mustCompute(t, features.TransactionActivity(), activity("null 2024-05 1 1", "999999999 2024-05 1 1", "999999998 2024-05 1 1"))
	if len(got) != 1 || got[0]["pk_customer"] != float64(999999998) {
		t.Errorf("rows %v", got)
	}
}

func TestAPeriodThatIsNoMonthIsABadRowAndNeverCleaned(t *testing.T) {
	source := activity("1 2024-05 1 1", "1 2024-13 1 1")
	source = strings.Replace(source, `"2024-13"`, `" 2024-06 "`, 1)
	_, err := compute(features.TransactionActivity(), source, "2019-01-01", "2030-01-01", 0.4)
	var bad *columnar.BadMonthsError
	if !errors.As(err, &bad) || bad.Example != (columnar.BadRow{Column: "periodo", Value: `" 2024-06 "`, Row: 2}) {
		t.Errorf("error %v", err)
	}
	got, err := compute(features.TransactionActivity(), source, "2019-01-01", "2030-01-01", 0.5)
	if err != nil || len(got) != 1 {
		t.Errorf("%v, %v: half of the rows may be bad", got, err)
	}
}

func TestFramesOfRowsAndMonthsDifferWhereMonthsAreMissing(t *testing.T) {
	source := activity("1 2024-01 10 0", "1 2024-02 20 0", "1 2024-05 60 0", "1 2024-06 70 0", "1 2024-08 90 0")
	for frame, want := range map[features.Frame][]row{
		features.Rows: {
			{"trx_cnt_m_ravg_3m": 10.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": nil, "active_months_6m": 1.0},
			{"trx_cnt_m_ravg_3m": 15.0, "trx_cnt_m_lag_1m": 10.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 2.0},
			{"trx_cnt_m_ravg_3m": 30.0, "trx_cnt_m_lag_1m": 20.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 3.0},
			{"trx_cnt_m_ravg_3m": 50.0, "trx_cnt_m_lag_1m": 60.0, "trx_cnt_m_lag_3m": 10.0, "active_months_6m": 4.0},
			{"trx_cnt_m_ravg_3m": 73.3333, "trx_cnt_m_lag_1m": 70.0, "trx_cnt_m_lag_3m": 20.0, "active_months_6m": 5.0},
		},
		features.Months: {
			{"trx_cnt_m_ravg_3m": 10.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": nil, "active_months_6m": 1.0},
			{"trx_cnt_m_ravg_3m": 15.0, "trx_cnt_m_lag_1m": 10.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 2.0},
			{"trx_cnt_m_ravg_3m": 60.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": 20.0, "active_months_6m": 3.0},
			{"trx_cnt_m_ravg_3m": 65.0, "trx_cnt_m_lag_1m": 60.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 4.0},
			{"trx_cnt_m_ravg_3m": 80.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": 60.0, "active_months_6m": 3.0},
		},
	} {
		table := features.TransactionActivity()
		table.Frame = frame
		got := mustCompute(t, table, source)
		for i := range want {
			expect(t, table, got[i], want[i])
		}
	}
}

func TestFramesAgreeWhereNoMonthIsMissing(t *testing.T) {
	source := activity("1 2023-11 1 5", "1 2023-12 2 7", "1 2024-01 4 0", "1 2024-02 8 3", "1 2024-03 16 1", "1 2024-04 32 0", "1 2024-05 64 9", "1 2024-06 0 2")
	byRows, byMonths := features.TransactionActivity(), features.TransactionActivity()
	byMonths.Frame = features.Months
	if diff := cmp.Diff(mustCompute(t, byRows, source), mustCompute(t, byMonths, source)); diff != "" {
		t.Errorf("(-rows +months):\n%s", diff)
	}
}

// Defect of the reference: the date window is read and then never applied.
func TestTheDateWindowIsApplied(t *testing.T) {
	source := activity("1 2024-01 1 1", "1 2024-02 2 1", "1 2024-03 3 1", "1 2024-04 4 1")
	got, err := compute(features.TransactionActivity(), source, "2024-03-01", "2024-04-01", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0]["tpk_release_dt"] != "2024-03-01" || got[1]["tpk_release_dt"] != "2024-04-01" {
		t.Errorf("rows %v", got)
	}
}

func TestALaterStartNeverChangesAValue(t *testing.T) {
	source := activity("1 2024-01 1 1", "1 2024-02 2 1", "1 2024-03 4 1", "1 2024-04 8 1", "2 2024-01 5 1", "2 2024-04 6 1")
	all := mustCompute(t, features.TransactionActivity(), source)
	for _, start := range []string{"2024-02-01", "2024-03-01", "2024-04-15", "2024-05-01"} {
		got, err := compute(features.TransactionActivity(), source, start, "2030-01-01", 0)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(r row) bool { return r["tpk_release_dt"].(string) < start })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", start, diff)
		}
	}
}

func TestDeviationsAreOfTheSampleAndNullForOneValue(t *testing.T) {
	table := features.TransactionActivity()
	got := mustCompute(t, table, activity("1 2024-01 2 0", "1 2024-02 4 0", "1 2024-03 9 0", "1 2024-04 9 0"))
	for i, want := range []any{nil, 1.4142, 3.6056, 2.8868} { // √2, √13, √(25/3)
		expect(t, table, got[i], row{"trx_cnt_m_rstd_3m": want})
	}
}

// Defect of the reference: it prepared the lags and never applied them.
func TestLagsDifferencesAndRatesOfChange(t *testing.T) {
	table := features.TransactionActivity()
	got := mustCompute(t, table, activity("1 2024-01 3 0", "1 2024-02 4 8.5", "1 2024-03 0 null", "1 2024-04 1 2"))
	for i, want := range []row{
		{"trx_cnt_m_lag_1m": nil, "trx_cnt_m_diff_1m": nil, "trx_cnt_m_roc_1m": nil, "amt_trx_sum_m_roc_1m": nil},
		{"trx_cnt_m_lag_1m": 3.0, "trx_cnt_m_diff_1m": 1.0, "trx_cnt_m_roc_1m": 0.3333, "amt_trx_sum_m_roc_1m": nil}, // by 0
		{"trx_cnt_m_lag_1m": 4.0, "trx_cnt_m_diff_1m": -4.0, "trx_cnt_m_roc_1m": -1.0, "amt_trx_sum_m_roc_1m": -1.0}, // null → 0
		{"trx_cnt_m_lag_1m": 0.0, "trx_cnt_m_diff_1m": 1.0, "trx_cnt_m_roc_1m": nil, "trx_cnt_m_roc_3m": -0.6667},    // lag 0
	} {
		expect(t, table, got[i], want)
	}
}

func TestTransactions(t *testing.T) {
	table := features.TransactionActivity()
	got := mustCompute(t, table, `[
		{"id_cliente": 1, "periodo": "2024-01", "numero_transacciones": 2, "monto_total_transacciones": 10, "recencia_ultima_transaccion": 4},
		{"id_cliente": 1, "periodo": "2024-01", "numero_transacciones": 1, "monto_total_transacciones": null, "recencia_ultima_transaccion": 5},
		{"id_cliente": 1, "periodo": "2024-02", "numero_transacciones": null, "monto_total_transacciones": 7, "recencia_ultima_transaccion": null}]`)
	expect(t, table, got[0], row{"trx_cnt_m": 3.0, "amt_trx_sum_m": 10.0, "last_transaction_recall_sum_m": 9.0,
		"amt_trx_sum_m_to_trx_cnt_m_ratio": 3.3333, "ind_active": true, "active_months_6m": 1.0})
	expect(t, table, got[1], row{"trx_cnt_m": 0.0, "amt_trx_sum_m": 7.0, "last_transaction_recall_sum_m": 0.0,
		"amt_trx_sum_m_to_trx_cnt_m_ratio": nil, "ind_active": false, "active_months_6m": 1.0,
		"amt_trx_sum_m_to_trx_cnt_m_ratio_ravg_3m": 3.3333, "amt_trx_sum_m_to_trx_cnt_m_ratio_rstd_3m": nil})
}

func TestCreditRisk(t *testing.T) {
	table := features.CreditRisk()
	got := mustCompute(t, table, `[
		{"id_cliente": 1, "periodo": "2024-01", "calificacion_sistema": "A", "buro_score": 700, "consultas_buro_12m": 2, "deuda_total_bancos": 1000.5},
		{"id_cliente": 1, "periodo": "2024-01", "calificacion_sistema": " d ", "buro_score": 600, "consultas_buro_12m": 1, "deuda_total_bancos": null},
		{"id_cliente": 1, "periodo": "2024-01", "calificacion_sistema": "E", "buro_score": null, "consultas_buro_12m": 9, "deuda_total_bancos": 9},
		{"id_cliente": 1, "periodo": "2024-01", "calificacion_sistema": null, "buro_score": 900, "consultas_buro_12m": 9, "deuda_total_bancos": 9},
		{"id_cliente": 1, "periodo": "2024-02", "calificacion_sistema": "x", "buro_score": 650, "consultas_buro_12m": 0, "deuda_total_bancos": null},
		{"id_cliente": 1, "periodo": "2024-03", "calificacion_sistema": "C", "buro_score": 0, "consultas_buro_12m": 0, "deuda_total_bancos": 2001},
		{"id_cliente": 1, "periodo": "2024-04", "calificacion_sistema": "c", "buro_score": 651, "consultas_buro_12m": 5, "deuda_total_bancos": 1999}]`)
	for i, want := range []row{
		// Rows without a score or a rating are dropped; the worst rating counts.
		{"credits_cnt": 2.0, "bureau_score_sum": 1300.0, "total_banking_debt_sum": 1000.5, "bureau_inquiries_12m_sum": 3.0, "rating_num": 4.0,
			"total_banking_debt_sum_to_bureau_score_sum_ratio": 0.7696, "ind_high_risk": true,
			"ind_rating_worsened": nil, "ind_rating_improved": nil, "bureau_score_sum_rstd_3m": nil},
		// An unknown rating is 0; null debt stays null and is skipped in windows.
		{"credits_cnt": 1.0, "total_banking_debt_sum": nil, "rating_num": 0.0, "rating_num_rmin_3m": 0.0, "rating_num_rmax_3m": 4.0,
			"bureau_score_sum_ravg_3m": 975.0, "bureau_score_sum_rstd_3m": 459.6194, "total_banking_debt_sum_ravg_3m": 1000.5,
			"total_banking_debt_sum_rstd_3m": nil, "ind_high_risk": false, "ind_rating_worsened": false, "ind_rating_improved": true,
			"total_banking_debt_sum_lag_1m": 1000.5, "total_banking_debt_sum_diff_1m": nil, "bureau_score_sum_diff_1m": -650.0, "bureau_score_sum_roc_1m": -0.5},
		{"total_banking_debt_sum_to_bureau_score_sum_ratio": nil, "ind_rating_worsened": true, "ind_rating_improved": false,
			"total_banking_debt_sum_ravg_3m": 1500.75, "bureau_inquiries_12m_sum_roc_1m": nil},
		{"ind_rating_worsened": false, "ind_rating_improved": false, "rating_num_rmax_3m": 3.0, "rating_num_rmax_6m": 4.0,
			"rating_num_rmin_6m": 0.0, "bureau_score_sum_lag_3m": 1300.0},
	} {
		expect(t, table, got[i], want)
	}
}

func TestHoldingProducts(t *testing.T) {
	table := features.HoldingProducts()
	got := mustCompute(t, table, `[
		{"id_cliente": 1, "fecha": "2024-01-01 00:00:00Z", "producto": "Tarjeta de Crédito", "monto": 100, "total_productos": 2},
		{"id_cliente": 1, "fecha": "2024-01-01 00:00:00Z", "producto": " CREDITO  HIPOTECARIO", "monto": 300, "total_productos": 3},
		{"id_cliente": 1, "fecha": "2024-01-01 00:00:00Z", "producto": "credito vehicular", "monto": null, "total_productos": 9},
		{"id_cliente": 1, "fecha": "2024-02-01 00:00:00Z", "producto": "credito-productivo", "monto": 0, "total_productos": null},
		{"id_cliente": 1, "fecha": "2024-03-01 00:00:00Z", "producto": null, "monto": 80, "total_productos": 1},
		{"id_cliente": 1, "fecha": "2024-03-01 00:00:00Z", "producto": "credito vehicular", "monto": 20, "total_productos": 1}]`)
	for i, want := range []row{
		// A row without an amount is dropped.
		{"credit_card_amount_sum_m": 100.0, "mortgage_loan_amount_sum_m": 300.0, "vehicle_loan_amount_sum_m": 0.0, "productive_credit_amount_sum_m": 0.0,
			"ind_credit_card_product": true, "ind_mortgage_loan_product": true, "ind_vehicle_loan_product": false, "ind_productive_credit_product": false,
			"products_cnt_m": 3.0, "amount_sum_m": 400.0, "amount_avg_m": 200.0, "amount_min_m": 100.0, "amount_max_m": 300.0,
			"product_diversification_ratio": 0.5, "amount_concentration_hhi": 0.625},
		// Nothing owed: shares of nothing are null, null counts are 0.
		{"products_cnt_m": 0.0, "amount_sum_m": 0.0, "amount_concentration_hhi": nil, "product_diversification_ratio": 0.25,
			"amount_sum_m_roc_1m": -1.0, "ind_credit_card_product_rmin_3m": false, "ind_credit_card_product_rmax_3m": true, "products_cnt_m_rmax_3m": 3.0},
		// An unknown product counts in the totals only.
		{"amount_sum_m": 100.0, "vehicle_loan_amount_sum_m": 20.0, "product_diversification_ratio": 0.25, "amount_concentration_hhi": 0.04000000000000001,
			"amount_sum_m_ravg_3m": 166.6667, "amount_sum_m_roc_1m": nil, "amount_sum_m_lag_3m": nil, "ind_credit_card_product_rmax_6m": true},
	} {
		expect(t, table, got[i], want)
	}
}

func TestPaymentBehavior(t *testing.T) {
	table := features.PaymentBehavior()
	got := mustCompute(t, table, `[
		{"id_cliente": 1, "periodo": "2024-01", "saldo_total_credito": 500, "cuota_pagada": true, "monto_pagado": 50, "dias_mora": 3, "pago_minimo": false,
			"calificacion_sistema": "B", "fecha_apertura": "2023-01-15", "fecha_cierre": "2024-07-14", "valor_total_credito": 1000, "cuota_mensual": 60},
		{"id_cliente": 1, "periodo": "2024-01", "saldo_total_credito": 100, "cuota_pagada": false, "monto_pagado": null, "dias_mora": 40, "pago_minimo": true,
			"calificacion_sistema": "E", "fecha_apertura": "2023-01-31", "fecha_cierre": "2023-12-20", "valor_total_credito": 200, "cuota_mensual": 10},
		{"id_cliente": 1, "periodo": "2024-01", "saldo_total_credito": 9, "calificacion_sistema": null},
		{"id_cliente": 1, "periodo": "2024-02", "saldo_total_credito": 450, "cuota_pagada": true, "monto_pagado": 55, "dias_mora": 0, "pago_minimo": null,
			"calificacion_sistema": "A", "fecha_apertura": "2024-01-31", "fecha_cierre": "2024-02-29", "valor_total_credito": 0, "cuota_mensual": 60},
		{"id_cliente": 1, "periodo": "2024-03", "saldo_total_credito": 400, "cuota_pagada": null, "monto_pagado": 60, "dias_mora": null, "pago_minimo": null,
			"calificacion_sistema": "A", "fecha_apertura": null, "fecha_cierre": "2024-07-14", "valor_total_credito": 1000, "cuota_mensual": 60},
		{"id_cliente": 1, "periodo": "2024-04", "cuota_pagada": true, "calificacion_sistema": "A"}]`)
	for i, want := range []row{
		// Months: 17.96… → 17 and 10.64… → 10 open; 6.41… → 6 and −0.38… → 0 to close.
		{"credits_cnt": 2.0, "amt_total_balance_sum": 600.0, "amt_paid_sum": 50.0, "amt_total_credit_sum": 1200.0, "amt_installment_sum": 70.0,
			"credit_duration_in_months": 27.0, "time_to_close_in_months": 6.0, "ind_installment_paid": true, "ind_did_min_payment": true, "rating_num": 5.0,
			"amt_paid_sum_pct": 4.1667, "amt_total_balance_sum_pct": 50.0, "time_to_close_in_months_pct": 22.2222,
			"days_past_due_max": 40.0, "ind_missed_installment_3m": true},
		// Both month ends: one whole month. Nothing granted: no percentage.
		{"credits_cnt": 1.0, "credit_duration_in_months": 1.0, "time_to_close_in_months": 0.0, "ind_did_min_payment": nil,
			"amt_paid_sum_pct": nil, "time_to_close_in_months_pct": 0.0, "days_past_due_max": 0.0, "days_past_due_max_rmax_3m": 40.0,
			"rating_num_rmax_3m": 5.0, "rating_num_rmin_3m": 1.0, "ind_missed_installment_3m": true, "amt_paid_sum_ravg_3m": 52.5, "amt_paid_sum_diff_1m": 5.0},
		{"credit_duration_in_months": nil, "time_to_close_in_months": 4.0, "time_to_close_in_months_pct": nil, "days_past_due_max": nil,
			"days_past_due_max_rmax_3m": 40.0, "ind_missed_installment_3m": true, "ind_did_min_payment_rmax_3m": true},
		// The missed instalment has left the last three.
		{"ind_missed_installment_3m": false, "days_past_due_max_rmax_3m": 0.0, "days_past_due_max_rmax_6m": 40.0, "amt_total_credit_sum_lag_3m": 1200.0,
			"ind_did_min_payment_rmax_3m": nil, "ind_did_min_payment_rmax_6m": true},
	} {
		expect(t, table, got[i], want)
	}
}

func TestDemographic(t *testing.T) {
	table := features.Demographic()
	source := `[
		{"id_cliente": 2, "genero": "F", "estado_civil": "Divorciado", "nivel_educativo": "Postgrado", "ingresos_mensuales": 12000.5, "zona_residencia": "Urbano",
			"ciudad": " San José ", "fecha_apertura": "2024-01-15", "segmento_cliente": "ELITE"},
		{"id_cliente": 1, "genero": "M", "estado_civil": "Viudo", "nivel_educativo": "Primaria", "fecha_apertura": "2024-03-01"},
		{"id_cliente": 3, "estado_civil": null, "nivel_educativo": null, "fecha_apertura": "2020-05-31"},
		{"id_cliente": 4, "fecha_apertura": null},
		{"id_cliente": 5, "fecha_apertura": "2024-04-02"}]`
	got, err := compute(table, source, "2024-02-01", "2024-04-01", 0)
	if err != nil {
		t.Fatal(err)
	}
	elite := row{"gender": "f", "marital_status_lvl1": "soltero", "marital_status_lvl2": "divorciado", "educational_lvl1": "superior",
		"educational_lvl2": "postgrado", "avg_income_month": 12000.5, "zone_residence": "urbano", "city": "san_jose", "segment": "elite"}
	with := func(r row, key string, months float64) row {
		out := row{"tpk_release_dt": key, "cust_code_creation_time_months": months}
		for name, v := range r {
			out[name] = v
		}
		return out
	}
	for i, want := range []row{
		with(row{"pk_customer": 1.0, "marital_status_lvl1": "casado", "educational_lvl1": "primaria", "city": nil}, "2024-03-01", 0),
		with(row{"pk_customer": 1.0}, "2024-04-01", 1),
		with(elite, "2024-02-01", 1), // not on January 1, before the customer came
		with(elite, "2024-03-01", 2), // the attributes are today's on every month
		with(elite, "2024-04-01", 3),
		with(row{"pk_customer": 3.0, "marital_status_lvl1": nil, "educational_lvl1": "ninguna", "educational_lvl2": nil}, "2024-02-01", 45),
		with(row{"pk_customer": 3.0}, "2024-03-01", 46),
		with(row{"pk_customer": 3.0}, "2024-04-01", 47),
	} {
		expect(t, table, got[i], want)
	}
	if len(got) != 8 {
		t.Errorf("%d rows, want 8", len(got))
	}
}

func TestTheCustomersTypeIsKept(t *testing.T) {
	for _, table := range features.Tables() {
		for _, customer := range []schema.Type{schema.Int, schema.BigInt} {
			s, err := table.Schema(customer)
			if err != nil {
				t.Fatal(err)
			}
			if s[0] != (schema.Column{Name: "pk_customer", Type: customer, Comment: "Customer."}) || s[1].Type != schema.Date {
				t.Errorf("%s: keys %v", table.Name, s[:2])
			}
		}
	}
}
