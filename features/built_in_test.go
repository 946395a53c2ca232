package features_test

import (
	"testing"

	"featops/features"
)

// The rules of each built-in table, on values that were computed by hand.

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
