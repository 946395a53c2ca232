package main

import (
	"fmt"
	"strings"
)

const (
	ofPeriodo = "((periodo || '-01')::DATE + INTERVAL 1 MONTH)::DATE"
	rating    = "max(CASE lower(trim(calificacion_sistema)) WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 WHEN 'd' THEN 4 WHEN 'e' THEN 5 ELSE 0 END)"
)

// clean is a text without accents, spaces around it and capitals.
func clean(x string) string {
	return fmt.Sprintf("replace(lower(trim(strip_accents(%s))), ' ', '_')", x)
}

// monthsBetween counts whole months from one day to a later one, neither of which is the 29th or later.
func monthsBetween(end, start string) string {
	return fmt.Sprintf("((year(%[1]s) - year(%[2]s)) * 12 + month(%[1]s) - month(%[2]s) - (day(%[1]s) < day(%[2]s))::INTEGER)", end, start)
}

var sqlTables = map[string]sqlTable{
	"fs_cus_demographic": {
		monthly: `
  SELECT * EXCLUDE opened, tpk_release_dt, ` + monthsBetween("tpk_release_dt", "date_trunc('month', opened)") + `::DOUBLE AS cust_code_creation_time_months
  FROM (
    SELECT id_cliente AS pk_customer, fecha_apertura AS opened, ` + clean("genero") + ` AS gender,
      CASE ` + clean("nivel_educativo") + ` WHEN 'universitario' THEN 'superior' WHEN 'postgrado' THEN 'superior'
        WHEN 'secundaria' THEN 'secundaria' WHEN 'primaria' THEN 'primaria' ELSE 'ninguna' END AS educational_lvl1,
      ` + clean("nivel_educativo") + ` AS educational_lvl2,
      CASE WHEN estado_civil IS NULL THEN NULL WHEN ` + clean("estado_civil") + ` IN ('divorciado', 'soltero') THEN 'soltero' ELSE 'casado' END AS marital_status_lvl1,
      ` + clean("estado_civil") + ` AS marital_status_lvl2, ingresos_mensuales AS avg_income_month,
      ` + clean("zona_residencia") + ` AS zone_residence, ` + clean("ciudad") + ` AS city, ` + clean("segmento_cliente") + ` AS segment
    FROM {source} WHERE id_cliente <> 999999999 AND ({condition})
  ) JOIN (SELECT unnest(generate_series(DATE '{start}', DATE '{end}', INTERVAL 1 MONTH))::DATE AS tpk_release_dt) ON tpk_release_dt >= opened`,
	},
	"fs_cus_credit_risk": {
		monthly: `
  SELECT id_cliente AS pk_customer, ` + ofPeriodo + ` AS tpk_release_dt,
    count(*)::INTEGER AS credits_cnt, sum(buro_score)::INTEGER AS bureau_score_sum,
    sum(deuda_total_bancos) AS total_banking_debt_sum, sum(consultas_buro_12m)::INTEGER AS bureau_inquiries_12m_sum, ` + rating + ` AS rating_num
  FROM {source}
  WHERE buro_score IS NOT NULL AND calificacion_sistema IS NOT NULL AND id_cliente <> 999999999 AND ({condition})
  GROUP BY ALL`,
		rolling:  []string{"bureau_score_sum", "total_banking_debt_sum", "bureau_inquiries_12m_sum"},
		extremes: []string{"rating_num"},
		lagged:   []string{"bureau_score_sum", "total_banking_debt_sum", "bureau_inquiries_12m_sum"},
		windows:  map[string]string{"rating_before": "lag(rating_num) OVER w"},
		made: map[string]string{
			"total_banking_debt_sum_to_bureau_score_sum_ratio": "{round total_banking_debt_sum / nullif(bureau_score_sum, 0)}",
			"ind_high_risk":       "rating_num >= 4",
			"ind_rating_worsened": "rating_num > rating_before",
			"ind_rating_improved": "rating_num < rating_before",
		},
	},
	"fs_cus_holding_products": {
		monthly: `
  SELECT id_cliente AS pk_customer, (date_trunc('month', fecha) + INTERVAL 1 MONTH)::DATE AS tpk_release_dt, ` + ofProducts() + `
    coalesce(max(total_productos), 0)::INTEGER AS products_cnt_m,
    sum(monto) AS amount_sum_m, avg(monto) AS amount_avg_m, min(monto) AS amount_min_m, max(monto) AS amount_max_m
  FROM (SELECT id_cliente, fecha::TIMESTAMP AS fecha, total_productos, monto, ` + clean("producto") + ` AS producto
    FROM {source} WHERE id_cliente <> 999999999 AND monto IS NOT NULL AND ({condition}))
  GROUP BY ALL`,
		rolling:  productNumbers(),
		extremes: append(productNames("ind_", "_product"), "products_cnt_m"),
		lagged:   productNumbers(),
		made: map[string]string{
			"product_diversification_ratio": "(" + strings.Join(productNames("ind_", "_product::INTEGER"), " + ") + ") / 4::DOUBLE",
			"amount_concentration_hhi":      concentration(),
		},
	},
	"fs_cus_payment_behavior": {
		monthly: `
  SELECT id_cliente AS pk_customer, (mes + INTERVAL 1 MONTH)::DATE AS tpk_release_dt, count(*)::INTEGER AS credits_cnt,
    sum(saldo_total_credito) AS amt_total_balance_sum, sum(monto_pagado) AS amt_paid_sum,
    sum(valor_total_credito) AS amt_total_credit_sum, sum(cuota_mensual) AS amt_installment_sum,
    sum(` + monthsBetween("fecha_cierre", "fecha_apertura") + `)::INTEGER AS credit_duration_in_months,
    sum(` + monthsBetween("fecha_cierre", "mes") + `)::INTEGER AS time_to_close_in_months,
    bool_or(cuota_pagada) AS ind_installment_paid, bool_or(pago_minimo) AS ind_did_min_payment, ` + rating + ` AS rating_num,
    max(dias_mora)::INTEGER AS days_past_due_max, bool_or(NOT cuota_pagada) AS missed
  FROM (SELECT *, (periodo || '-01')::DATE AS mes FROM {source} WHERE id_cliente <> 999999999 AND calificacion_sistema IS NOT NULL AND ({condition}))
  GROUP BY ALL`,
		rolling:  []string{"amt_total_balance_sum", "amt_paid_sum", "amt_installment_sum"},
		extremes: []string{"ind_installment_paid", "ind_did_min_payment", "rating_num"},
		lagged:   []string{"amt_total_balance_sum", "amt_paid_sum", "amt_total_credit_sum", "amt_installment_sum"},
		windows: map[string]string{
			"days_past_due_max_rmax_3m": "max(days_past_due_max) OVER w3",
			"days_past_due_max_rmax_6m": "max(days_past_due_max) OVER w6",
			"ind_missed_installment_3m": "bool_or(missed) OVER w3",
		},
		made: map[string]string{
			"amt_paid_sum_pct":            "{round 100 * amt_paid_sum / nullif(amt_total_credit_sum, 0)}",
			"amt_total_balance_sum_pct":   "{round 100 * amt_total_balance_sum / nullif(amt_total_credit_sum, 0)}",
			"time_to_close_in_months_pct": "{round 100 * time_to_close_in_months / nullif(credit_duration_in_months, 0)}",
		},
	},
	"fs_cus_transactions": {
		// Windows go over the rounded ratio.
		monthly: `
  SELECT *, round(amt_trx_sum_m / nullif(trx_cnt_m, 0), 4) AS amt_trx_sum_m_to_trx_cnt_m_ratio
  FROM (
    SELECT id_cliente AS pk_customer, ` + ofPeriodo + ` AS tpk_release_dt, coalesce(sum(numero_transacciones), 0)::INTEGER AS trx_cnt_m,
      coalesce(sum(monto_total_transacciones), 0) AS amt_trx_sum_m, coalesce(sum(recencia_ultima_transaccion), 0)::INTEGER AS last_transaction_recall_sum_m
    FROM {source} WHERE id_cliente <> 999999999 AND ({condition})
    GROUP BY ALL)`,
		rolling: []string{"trx_cnt_m", "amt_trx_sum_m", "last_transaction_recall_sum_m", "amt_trx_sum_m_to_trx_cnt_m_ratio"},
		lagged:  []string{"trx_cnt_m", "amt_trx_sum_m", "last_transaction_recall_sum_m", "amt_trx_sum_m_to_trx_cnt_m_ratio"},
		windows: map[string]string{"active_months_6m": "(count(*) FILTER (WHERE trx_cnt_m > 0) OVER w6)::INTEGER"},
		made:    map[string]string{"ind_active": "trx_cnt_m > 0"},
	},
}

// products have a name in the table and one in the cleaned source.
var products = [4][2]string{
	{"vehicle_loan", "credito_vehicular"}, {"mortgage_loan", "credito_hipotecario"}, {"credit_card", "tarjeta_de_credito"}, {"productive_credit", "credito_productivo"},
}

func productNames(before, after string) (out []string) {
	for _, p := range products {
		out = append(out, before+p[0]+after)
	}
	return out
}

func productNumbers() []string {
	return append(productNames("", "_amount_sum_m"), "amount_sum_m", "amount_avg_m", "amount_min_m", "amount_max_m")
}

func ofProducts() (columns string) {
	for _, p := range products {
		columns += fmt.Sprintf("\n    coalesce(sum(monto) FILTER (WHERE producto = '%[2]s'), 0) AS %[1]s_amount_sum_m, coalesce(bool_or(producto = '%[2]s'), false) AS ind_%[1]s_product,", p[0], p[1])
	}
	return columns
}

func concentration() string {
	var squares []string
	for _, x := range productNames("", "_amount_sum_m") {
		squares = append(squares, fmt.Sprintf("(%[1]s / amount_sum_m) * (%[1]s / amount_sum_m)", x))
	}
	return "CASE WHEN amount_sum_m <> 0 THEN " + strings.Join(squares, " + ") + " END"
}
