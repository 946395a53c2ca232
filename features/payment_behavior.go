package features

import "slices"

// PaymentBehavior is fs_cus_payment_behavior: how the customer pays the credits back.
func PaymentBehavior() Table {
	amounts := []string{"amt_total_balance_sum", "amt_paid_sum", "amt_total_credit_sum", "amt_installment_sum"}
	return Table{
		Name:        "fs_cus_payment_behavior",
		Prefix:      "cpym_",
		Workspace:   "medpag",
		Entity:      "customer",
		Description: "payment behaviour",
		Source:      Payments,
		Customer:    "id_cliente",
		Release:     Release{After: "periodo"},
		Where:       NotNull{Col("calificacion_sistema")},
		Frame:       Rows,
		Features: slices.Concat(
			[]Feature{
				{"credits_cnt", Aggregate{Fn: Count}, "Credits with a row in the month."},
				{"amt_total_balance_sum", Aggregate{Sum, Col("saldo_total_credito")}, "Balance of the credits."},
				{"amt_paid_sum", Aggregate{Sum, Col("monto_pagado")}, "Amount paid in the month."},
				{"amt_total_credit_sum", Aggregate{Sum, Col("valor_total_credito")}, "Credit granted."},
				{"amt_installment_sum", Aggregate{Sum, Col("cuota_mensual")}, "Instalments due in the month."},
				{"credit_duration_in_months",
					Aggregate{Sum, Whole{MonthsBetween{End: Col("fecha_cierre"), Start: Col("fecha_apertura")}}},
					"Whole months from opening to closing, summed over the credits."},
				{"time_to_close_in_months",
					Aggregate{Sum, Whole{MonthsBetween{End: Col("fecha_cierre"), Start: EventMonth{}}}},
					"Whole months from the event month to closing, summed over the credits."},
				{"ind_installment_paid", Aggregate{Max, Col("cuota_pagada")}, "An instalment was paid."},
				{"ind_did_min_payment", Aggregate{Max, Col("pago_minimo")}, "Only the minimum was paid on some credit."},
				{"rating_num", Aggregate{Max, rating("calificacion_sistema")}, "Worst rating: 1 (A) to 5 (E), 0 unknown."},
			},
			rolling("amt_total_balance_sum", "amt_paid_sum", "amt_installment_sum"),
			extremes("ind_installment_paid", "ind_did_min_payment", "rating_num"),
			[]Feature{
				percent("amt_paid_sum", "amt_total_credit_sum"),
				percent("amt_total_balance_sum", "amt_total_credit_sum"),
				percent("time_to_close_in_months", "credit_duration_in_months"),
				{"days_past_due_max", Aggregate{Max, Col("dias_mora")}, "Most days past due on a credit."},
				maximum("days_past_due_max", 3),
				maximum("days_past_due_max", 6),
				{"ind_missed_installment_3m", Rolling{Max, Aggregate{Max, Not{Col("cuota_pagada")}}, 3},
					"Some instalment was not paid over the last 3."},
			},
			lags(amounts...),
		),
	}
}
